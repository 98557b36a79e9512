#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs programs on another kernel: `tests/vm/run.py 6.1`, or 6.12; with patterns behind it, those cases; with
--update, what its verifier has to do is kept (tests/verify/counts.py); --cpus=N: on a machine of so many, and not of two.

Fetches Debian's newest cloud kernel of that series with apt (unpacked, never installed), builds an
initramfs of busybox, our binaries, their libraries and the cases, boots it once under qemu without
KVM, and reports each case by name. The cases are everything that tests/verify loads, one of each
variant of a probe (matrix.py), and traces with the exact output (cases.py, library.py, tools.py). The machine's
two CPUs take the next case each, in a mount namespace of their own; a few cases run alone, behind the
others, and a few in a machine of their own, which is locked down. Packages are kept in tests/vm/kernels/, which git ignores.
"""
import glob
import itertools
import lzma
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
KERNELS = os.path.join(HERE, "kernels")
# Of one machine, in seconds; without a word of it; and how often it is booted for what one that has
# stuck did not get to: qemu's translation is not always sound where a kernel changes its own text.
TIMEOUT = 1500
SILENCE = 300
STUCK = re.compile(r"soft lockup - CPU#\d+ stuck for (?:[5-9]\d|\d{3,})s")
BOOTS = 5
SLOWEST = 5
# Of the kernel's package, for probes of modules.
MODULES = ("loop",)
# The same, loaded by the cases that need them (xfs.sh).
LATE = ("libcrc32c", "xfs")
# Of tests/run/workload, for the traces.
WORKLOADS = ("data_open", "data_file", "data_uring", "data_net", "data_proc", "data_pass", "perf", "functions", "markers", "snooped",
             "lookup", "programs", "library", "uring")
# Which look for the C library, so they need one.
DYNAMIC = ("lookup",)

sys.path.insert(0, os.path.join(TOP, "tests", "verify"))
import counts  # noqa: E402  pylint: disable=wrong-import-position
import cases  # noqa: E402  pylint: disable=wrong-import-position
import library  # noqa: E402  pylint: disable=wrong-import-position
import matrix  # noqa: E402  pylint: disable=wrong-import-position
import tools  # noqa: E402  pylint: disable=wrong-import-position
from programs import programs  # noqa: E402  pylint: disable=wrong-import-position


def newest_kernel(series):
    names = subprocess.run(["apt-cache", "pkgnames", "linux-image-" + series + "."],
                           capture_output=True, text=True, check=False).stdout.split()
    names = [n for n in names if re.fullmatch(r"linux-image-[\d.]+[-+][\w.+]+-cloud-amd64", n)]

    def version(name):
        return [int(part) for part in re.findall(r"\d+", name)]

    return max(names, key=version, default=None)


def keep_modules(folder):
    """Of all modules those that are wanted, unpacked: a folder that is there last, when all is."""
    kept = os.path.join(folder, "modules.part")
    shutil.rmtree(kept, ignore_errors=True)
    os.makedirs(os.path.join(kept, "late"))
    for name in MODULES + LATE:
        for path in glob.glob(f"{folder}/lib/modules/**/{name}.ko*", recursive=True):
            with (lzma.open if path.endswith(".xz") else open)(path, "rb") as packed:
                data = packed.read()
            with open(os.path.join(kept, "late" if name in LATE else "", name + ".ko"), "wb") as file:
                file.write(data)
    shutil.rmtree(os.path.join(folder, "lib"), ignore_errors=True)
    shutil.rmtree(os.path.join(folder, "modules"), ignore_errors=True)
    os.rename(kept, os.path.join(folder, "modules"))


def fetch(series):
    """The path of the kernel image, or None and the reason."""
    name = newest_kernel(series)
    if not name:
        return None, f"apt offers no linux-image-{series}.*-cloud-amd64"
    folder = os.path.join(KERNELS, name)
    wanted = [*MODULES, *(os.path.join("late", module) for module in LATE)]
    if not all(os.path.exists(os.path.join(folder, "modules", module + ".ko")) for module in wanted):
        os.makedirs(folder, exist_ok=True)
        got = subprocess.run(["apt-get", "download", name], cwd=KERNELS, capture_output=True,
                             text=True, check=False)
        packages = [f for f in os.listdir(KERNELS) if f.startswith(name + "_")]
        if got.returncode or not packages:
            return None, f"apt-get download {name}: {got.stderr.strip()[-200:]}"
        package = os.path.join(KERNELS, packages[0])
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
        os.unlink(package)
        keep_modules(folder)
    boot = os.path.join(folder, "boot")
    image = [f for f in os.listdir(boot) if f.startswith("vmlinuz")]
    return os.path.join(boot, image[0]), os.path.join(folder, "modules")


def libraries(binary):
    text = subprocess.run(["ldd", binary], capture_output=True, text=True, check=False).stdout
    return re.findall(r"(/\S+) \(0x", text)


# A case is whose worker made its folder of /run/taken first. What is said of a case is one write.
INIT = """#!/bin/sh
export PATH=/bin TZ=UTC
if [ "$1" = cases ]; then
	mount -t tmpfs tmp /tmp
	for case in /$2/*; do
		mkdir /run/taken/${case##*/} 2>/dev/null || continue
		read name <$case/name
		read from rest </proc/uptime
		timeout 240 sh $case/run >/tmp/.out 2>/tmp/.err
		status=$?
		read to rest </proc/uptime
		if [ -f $case/expected ]; then
			cmp -s /tmp/.out $case/expected && good=ok || good=FAIL
		elif [ $status -eq 0 ] && ! grep -q ERROR /tmp/.err; then
			good=ok
		else
			good=FAIL
		fi
		{
			echo "VM $good $name $status $from $to"
			[ $good = ok ] && [ ! -f $case/expected ] && grep '^Program ' /tmp/.err | sed 's/^/VM   /'
			[ $good = ok ] || sed 's/^/VM   /' /tmp/.out /tmp/.err | tail -n 40 | cut -c1-200
		} >/tmp/.said
		until mkdir /run/console 2>/dev/null; do :; done
		cat /tmp/.said
		rmdir /run/console
		rm -rf /tmp/*
	done
	exit
fi
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
mount -t cgroup2 none /sys/fs/cgroup
mount -t securityfs none /sys/kernel/security
mkdir /run/taken
ip link set lo up
cd /
echo 'user:x:1000:1000::/:/bin/sh' >/etc/passwd
echo first >/etc/one
echo second >/etc/two
dd if=/dev/zero of=/etc/disk bs=4096 count=16 2>/dev/null
for module in /modules/*.ko; do insmod $module; done
echo "VM kernel $(uname -r)"
if grep -q lockdown= /proc/cmdline; then
	unshare -m sh /init cases locked
	echo "VM end"
	poweroff -f
fi
unshare -m sh /init cases cases &
unshare -m sh /init cases cases &
wait
unshare -m sh /init cases alone
echo "VM end"
poweroff -f
"""


# Sourced: a file system of XFS on /tmp/xfs, whose tracepoints and functions are a module's.
XFS = """
insmod /modules/late/libcrc32c.ko 2>/dev/null
insmod /modules/late/xfs.ko 2>/dev/null
dd if=/dev/zero of=/tmp/disk bs=1 count=0 seek=300M 2>/dev/null
mkfs.xfs -q /tmp/disk
losetup /dev/loop7 /tmp/disk
mkdir /tmp/xfs
mount -t xfs /dev/loop7 /tmp/xfs
trap 'umount /tmp/xfs; losetup -d /dev/loop7' EXIT
"""


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


def add_case(root, number, name, command, expected=None):
    kind = "locked" if name.startswith("lockdown/") else "alone" if name.startswith(cases.ALONE) else "cases"
    folder = os.path.join(root, kind, f"{number:04d}")
    write(os.path.join(folder, "name"), name + "\n")
    write(os.path.join(folder, "run"), command + "\n")
    if expected is not None:
        write(os.path.join(folder, "expected"), expected)


def add_binaries(root, workloads=WORKLOADS, top=TOP):
    """Busybox, ours, which are built in `top`, and workloads, each with its libraries."""
    busybox = os.path.join(root, "bin", "busybox")
    shutil.copy(shutil.which("busybox"), busybox)
    for applet in subprocess.run([busybox, "--list"], capture_output=True, text=True,
                                 check=True).stdout.split():
        if not os.path.exists(os.path.join(root, "bin", applet)):
            os.symlink("busybox", os.path.join(root, "bin", applet))
    for binary in ("duetrace", "duetrace-run"):
        path = os.path.join(top, binary)
        # Debug information is most of the file, and the machine has to read it.
        subprocess.run(["strip", "-o", os.path.join(root, "bin", binary), path], check=True)
        for library in libraries(path):
            os.makedirs(os.path.dirname(root + library), exist_ok=True)
            shutil.copy(library, root + library)
    jobs = [subprocess.Popen(["gcc", "-std=gnu17", "-O2", "-g", "-pthread", *([] if name in DYNAMIC else ["-static"]),
                              "-o", os.path.join(root, "tests", name),
                              os.path.join(TOP, "tests/run/workload", name + ".c")])
            for name in workloads]
    if any([job.wait() for job in jobs]):
        raise SystemExit("a workload does not compile")
    symbols = subprocess.run(["nm", os.path.join(root, "tests", "functions")], capture_output=True,
                             text=True, check=True).stdout
    write(os.path.join(root, "tests", "once"), re.search(r"(\w+) T once\n", symbols)[1])




def all_cases(series):
    """Load only first: the traces, which wait, fill the time in which the other CPU still loads."""
    for name, words in programs(TOP):
        words = [shlex.quote(word.replace(TOP, "/src")) for word in words]
        yield name, " ".join(["duetrace", "--dry-run", "--unsafe", "-v"] + words), None
    source = open(os.path.join(TOP, "tests/run/workload/functions.c")).read()
    yield from matrix.cases(series, source[:source.index("return x * 2")].count("\n") + 1)
    yield from itertools.chain(cases.cases(), cases.function_cases(series), cases.refusal_cases(),
                               cases.data_cases(), library.cases(), tools.cases())


def build_root(root, series, patterns):
    for folder in ("bin", "proc", "sys", "dev", "tmp", "run", "etc", "src", "tests", "cases", "alone", "locked"):
        os.makedirs(os.path.join(root, folder))
    add_binaries(root)
    shutil.copytree(os.path.join(TOP, "tests", "verify"), os.path.join(root, "src/tests/verify"))
    shutil.copytree(os.path.join(TOP, "scripts"), os.path.join(root, "src/scripts"))
    shutil.copytree(os.path.join(TOP, "tests", "tools"), os.path.join(root, "src/tools"))
    tools.add_files(root)
    write(os.path.join(root, "init"), INIT, 0o755)
    write(os.path.join(root, "src/xfs.sh"), XFS)
    cases.build_images(root)
    count = 0
    for name, command, expected in all_cases(series):
        if not patterns or any(pattern in name for pattern in patterns):
            add_case(root, count, name, command, expected)
            count += 1
    return count


def boot(kernel, initramfs, more, cpus):
    """The lines that the machine prints, as they come; one that takes too long, or is stuck, is ended."""
    command = ["qemu-system-x86_64", "-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max", "-smp", cpus,
               "-m", "1536", "-kernel", kernel, "-initrd", initramfs, "-append",
               "console=ttyS0 quiet panic=-1 rdinit=/init" + more, "-display", "none", "-serial", "stdio",
               "-monitor", "none", "-no-reboot", "-nic", "none"]
    machine = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    end, heard, done = time.monotonic() + TIMEOUT, [time.monotonic()], threading.Event()

    def watch():
        while not done.wait(5):
            if time.monotonic() > min(end, heard[0] + SILENCE):
                machine.kill()

    threading.Thread(target=watch, daemon=True).start()
    try:
        for line in machine.stdout:
            heard[0] = time.monotonic()
            yield line.decode(errors="replace").replace("\r", "").rstrip("\n")
            if STUCK.search(line.decode(errors="replace")):
                break
    finally:
        done.set()
        machine.kill()
        machine.wait()


def report(series, lines, took, measured):
    """Says what the lines say; adds to took {name: (good, seconds)}, to measured {name: count}. Returns whether the machine came
    to its end, and the last lines."""
    last, ended, name = [], False, None
    for line in lines:
        last = last[-14:] + [line]
        _, my, said = line.partition("VM ")
        found = re.fullmatch(r"(ok|FAIL) (\S+) (\d+) ([\d.]+) ([\d.]+)", said)
        if found:
            good, name, status, begin, end = found.groups()
            took[name] = (good == "ok", float(end) - float(begin))
            print(f"{good} vm-{series}/{name}" + ("" if good == "ok" else f" status {status}"), flush=True)
        elif my and name and counts.largest(line) is not None:
            measured[name] = max(measured.get(name, 0), counts.largest(line))
        elif my and said.startswith(("kernel", "  ")):
            print(said, flush=True)
        ended |= said == "end"
    return ended, last


def leave(root, took):
    """Of the cases those that have not been told of."""
    for path in glob.glob(root + "/cases/*") + glob.glob(root + "/alone/*") + glob.glob(root + "/locked/*"):
        with open(os.path.join(path, "name")) as file:
            if file.read().strip() in took:
                shutil.rmtree(path)


def run_all(series, kernel, root, initramfs, expected, measured, cpus):
    """(passed, failed) of all cases, in as many machines as it takes."""
    took, boots = {}, 0
    for folders, more in ((("cases", "alone"), ""), (("locked",), " lockdown=confidentiality")):
        ended, last = True, []
        while boots < BOOTS and any(os.listdir(os.path.join(root, folder)) for folder in folders):
            # Not compressed: the machine would take longer to unpack it than to read it.
            subprocess.run(f"cd {root} && find . | cpio -o -H newc --quiet >{initramfs}", shell=True, check=True)
            ended, last = report(series, boot(kernel, initramfs, more, cpus), took, measured)
            leave(root, took)
            if ended:
                break
            boots += 1
            print(f"the machine is stuck after {len(took)} cases; the end of it:", *last, sep="\n   ", flush=True)
        if not ended:
            break
    slow = sorted(((seconds, name) for name, (_, seconds) in took.items()), reverse=True)
    print("slowest: " + ", ".join(f"{name} {seconds:.1f} s" for seconds, name in slow[:SLOWEST]) +
          f"; all {sum(seconds for seconds, _ in slow):.0f} s on {cpus} CPUs")
    passed = sum(good for good, _ in took.values())
    failed = len(took) - passed
    if not ended or len(took) != expected:
        print(f"FAIL vm-{series}: {len(took)} of {expected} cases reported; the end of it:")
        print("\n".join(last))
        failed += 1
    return passed, failed


def judge(series, measured, update):
    """How many of the verifier's counts have grown; with `update` they are kept."""
    said = subprocess.run([os.path.join(TOP, "duetrace"), "--info"], capture_output=True, text=True, check=False).stdout
    if update:
        counts.write(series, counts.llvm(said), {**counts.read(series)[1], **measured})
    grown, said = counts.compare(series, counts.llvm(said), measured)
    for line in grown:
        print(f"FAIL vm-{series}/{line}")
    print(said)
    return len(grown)


def skip(series, why):
    print(f"skip vm-{series}: {why}")
    print("0 passed, 0 failed, 1 skipped")
    return 0


def main():
    series = sys.argv[1] if len(sys.argv) > 1 else "6.1"
    flags = [word for word in sys.argv[2:] if word.startswith("--")]
    cpus = next((word[7:] for word in flags if word.startswith("--cpus=")), "2")
    # As an exception, so that the machine is ended and its folder removed.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    for tool in ("qemu-system-x86_64", "busybox", "cpio"):
        if not shutil.which(tool):
            return skip(series, tool + " is not installed")
    kernel, modules = fetch(series)
    if not kernel:
        return skip(series, modules)
    with tempfile.TemporaryDirectory(prefix="duetrace-vm.") as work:
        root = os.path.join(work, "root")
        os.makedirs(root)
        count = build_root(root, series, [word for word in sys.argv[2:] if word not in flags])
        shutil.copytree(modules, os.path.join(root, "modules"))
        measured = {}
        passed, failed = run_all(series, kernel, root, os.path.join(work, "initramfs"), count, measured, cpus)
    failed += judge(series, measured, "--update" in flags)
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
