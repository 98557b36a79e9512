# SPDX-License-Identifier: Apache-2.0
"""Pinned iterators: text that the kernel makes when somebody reads a file, with duetrace gone. What a pin says of
a process of the test's own is compared with /proc. Pins are in a bpffs of the test's own, in a mount namespace
that ends with the test."""
import os
import pathlib
import struct
import sys

from harness import END, bpf_programs, settled, test

PINNED = "Program pinned to /sys/fs/bpf/"


class Bpffs:
    """A process in a mount namespace with a bpffs."""

    def __init__(self, t, setup="mount -t bpf bpf /sys/fs/bpf && "):
        t.need("unshare", "nsenter")
        self.t = t
        self.holder = t.start("unshare", "-m", "sh", "-c", setup + "echo ready; read line; :")
        self.holder.wait_for("ready")

    def run(self, *argv):
        return self.t.run("nsenter", "-m", "-t", self.holder.pid, "--", *argv)

    def duetrace(self, *argv):
        return self.run(self.t.binary, *argv)

    def path(self, name):
        """Of a pin, from outside."""
        return pathlib.Path(f"/proc/{self.holder.pid}/root/sys/fs/bpf/{name}")

    def pin(self, code, *argv, name="list"):
        """Run a script that pins to `name`; what it prints is nothing."""
        r = self.duetrace("-q", "-e", code, *argv)
        self.t.equal((r.out, r.err, r.status), (END, PINNED + name + "\n", 0))

    def read(self, name="list"):
        return self.path(name).read_text()


def sleeper(t, *lines):
    """A process of python's that waits, behind some lines of code."""
    process = t.start(sys.executable, "-c", "import os, mmap, threading\n" + "\n".join(lines) +
                      "\nprint('ready', flush=True)\ninput()")
    process.wait_for("ready")
    return process


@test
def task(t):
    """The threads of a process, their names and parent, each time as they are then."""
    fs = Bpffs(t)
    one = sleeper(t, "e = threading.Event()",
                  "threads = [threading.Thread(target=e.wait, daemon=True) for i in range(3)]",
                  "[thread.start() for thread in threads]", "print('ready', flush=True)", "input()",
                  "open('/proc/self/comm', 'w').write('another')", "print('renamed', flush=True)", "input()")
    fs.pin('iter:task:list /ctx.task.tgid == $1/ { printf("%d %d %s\\n", ctx.task.pid, ctx.task.real_parent.tgid, '
           'ctx.task.comm); }', one.pid)

    def ledger():
        folder = f"/proc/{one.pid}/task"
        return "".join(f"{tid} {os.getpid()} {pathlib.Path(folder, tid, 'comm').read_text()}"
                       for tid in sorted(os.listdir(folder), key=int))
    want = ledger()
    t.equal(want.count("\n"), 4, "threads")
    t.equal(fs.read(), want)
    one.send("rename\n")
    one.wait_for("renamed")
    t.found(f"{one.pid} {os.getpid()} another\n", fs.read())
    t.equal(fs.read(), ledger())
    one.send("end\n")
    one.finish()
    t.equal(fs.read(), "", "when it has ended")


@test
def task_file(t):
    """The open files of a process, with their paths, in order, as links of /proc."""
    fs = Bpffs(t)
    folder = t.tmp / ("a folder with a long name " * 5)
    folder.mkdir()
    one = sleeper(t, f"files = [open({str(folder)!r} + '/' + str(i) + 'x' * i, 'w') for i in range(40)]")
    fs.pin('iter:task_file:list /ctx.task.pid == $1/ { printf("%3d %s\\n", ctx.fd, path(ctx.file.f_path)); }', one.pid)
    links = {int(fd): os.readlink(f"/proc/{one.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{one.pid}/fd")}
    t.check(len(links) > 40, "too few files")
    want = "".join(f"{fd:3} {links[fd]}\n" for fd in sorted(links) if links[fd].startswith("/"))
    t.equal("".join(line for line in fs.read().splitlines(True) if " /" in line), want)


@test
def task_vma(t):
    """The mappings of a process, more text than one read gives, as /proc/PID/maps."""
    fs = Bpffs(t)
    one = sleeper(t, "m = [mmap.mmap(-1, 4096, prot=1 + i % 2) for i in range(3000)]")
    fs.pin('iter:task_vma:/sys/fs/bpf/areas /ctx.task.pid == $1/ { $f = ctx.vma.vm_flags; '
           'printf("%08lx-%08lx %c%c%c\\n", ctx.vma.vm_start, ctx.vma.vm_end, $f & 1 ? 114 : 45, $f & 2 ? 119 : 45, '
           '$f & 4 ? 120 : 45); }', one.pid, name="areas")
    rows = [line.split()[:2] for line in open(f"/proc/{one.pid}/maps") if "[vsyscall]" not in line]
    t.check(len(rows) > 3000, "too few areas")
    t.equal(fs.read("areas"), "".join(f"{area} {flags[:3]}\n" for area, flags in rows))


# script, values, what comes out: as tests/run/test_printf.py has it of events
FORMATS = (
    (r"%d %i %u|", "-1, -2, 3", "-1 -2 3|"),
    (r"%d %ld|", "0x1ffffffff, 0x1ffffffff", "-1 8589934591|"),
    (r"%hhd %hd %hhu|", "0x1ff, 0x18000, 0x1ff", "-1 -32768 255|"),
    (r"%x %X %lx %llX|", "0xabcdef, 0xabcdef, -1, -2", "abcdef ABCDEF ffffffffffffffff FFFFFFFFFFFFFFFE|"),
    (r"%#x %#X %#x|", "0xab, 0xab, 0", "0xab 0XAB 0|"),
    (r"%5d|%-5d|%05d|%-05d|%+d|% d|%+05d|", "42, 42, -42, 42, 42, 42, 42", "   42|42   |-0042|42   |+42| 42|+0042|"),
    (r"%+u|% x|", "7, 7", "7|7|"),
    (r"%#8x|%-#8x|%#08x|%#08x|", "255, 255, 255, 0", "    0xff|0xff    |0x0000ff|00000000|"),
    (r"%p|%p|%8p|%-8p|%08p|", "4096, 0, 4096, 4096, 4096", "0x1000|0|  0x1000|0x1000  |0x001000|"),
    (r"%c%c|%3c|%-3c|%03c|", "65, 0x142, 67, 68, 69", "AB|  C|D  |00E|"),
    (r"%s|%5s|%-5s|%05s|%1s|%.1s|", '"abc", "abc", "abc", "abc", "abc", "abc"', "abc|  abc|abc  |00abc|abc|abc|"),
    (r"%s%sx%d%s1%c|", '"a", "", 5, "b", 99', "ax5b1c|"),
    (r"%s|%5s|%05s|%-5s|", "-7, -7, -7, (uint64)-1", "-7|   -7|000-7|18446744073709551615|"),
    (r"%s %s|%7s|%-7s|", "1 == 1, 1 == 2, 1 == 1, 1 == 2", "true false|   true|false  |"),
    (r"%s|%18s|", "(int64 *)4096, (int64 *)0", "0x1000|               0x0|"),
    (r"%% %d%%|", "5", "% 5%|"),
    ("\u00e9\u4e2d\\x01 %d \u00e9%s\\t|", '1, "\u00e9"', "\u00e9\u4e2d\x01 1 \u00e9\u00e9\t|"),
    (" ".join(["%d"] * 30) + "|", ", ".join(map(str, range(30))), " ".join(map(str, range(30))) + "|"),
    (r"%255d|%-255s|%0255x|", '1, "a", 1', " " * 254 + "1|" + "a" + " " * 254 + "|" + "0" * 254 + "1|"),
)


@test
def every_conversion(t):
    """What the kernel writes is what printf() of duetrace's own prints."""
    fs = Bpffs(t)
    body = " ".join(f'printf("{text}\\n", {values});' for text, values, _ in FORMATS)
    code = "iter:task/ctx.task.pid == $1/ { " + body + " }"
    pid = str(os.getpid())
    fs.pin(code.replace("iter:task", "iter:task:list ", 1), pid)
    want = "".join(out + "\n" for _, _, out in FORMATS)
    t.equal(fs.read(), want)
    r = t.duetrace("-q", "-e", code.replace("iter:task", "iter:task ", 1), pid)
    t.equal((r.out, r.err), (want + END, ""), "without a pin")


@test
def strings(t):
    """Strings of any length come whole, with the trailer where they are cut, and in fields."""
    fs = Bpffs(t)
    long = "".join(chr(97 + i % 26) for i in range(1500))
    pid = str(os.getpid())
    fs.pin('iter:task:list /ctx.task.pid == $1/ { print(str($2)); printf("%s|%30s|%-30s|\\n", str($2, 11), str($2, 11), '
           'str($2, 11)); $s = str($2, 4); printf("%s%s\\n", $s, str_concat($s, "!")); print("literal"); print(probe); }',
           pid, long)
    out = fs.read().split("\n")
    r = t.duetrace("-q", "-e", "iter:task /ctx.task.pid == $1/ { print(str($2)); }", pid, long)
    t.equal(out[0] + "\n" + END, r.out, "as it is printed without a pin")
    t.check(out[0].startswith(long[:1000]) and out[0].endswith(".."), "long, and cut")
    t.equal(out[1], f"{long[:10]}|{long[:10]:>30}|{long[:10]:<30}|")
    t.equal(out[2:], ["abcabc!", "literal", "iter:task:list", ""])


@test
def cut_in_a_field(t):
    """The trailer counts for the width, and is the setting's."""
    fs = Bpffs(t)
    name = t.write("a-file-with-a-long-name", "")
    with open(name) as file:
        code = ('config = { max_strlen = 8; str_trunc_trailer = "[cut]" } iter:task_file:list '
                '/ctx.task.pid == $1 && ctx.fd == $2/ { printf("%20s|\\n", str(ctx.file.f_path.dentry.d_name.name)); }')
        fs.pin(code, str(os.getpid()), str(file.fileno()))
        r = t.duetrace("-q", "-e", code.replace(":list", ""), str(os.getpid()), str(file.fileno()))
        t.equal((fs.read() + END, "[cut]|\n" in r.out), (r.out, True))


@test
def maps_live_on(t):
    """Maps, loops and branches are the kernel's: what a map knows it knows at the next reading."""
    fs = Bpffs(t)
    fs.pin('iter:task:list /ctx.task.pid == $1/ { @n++; @sum[1] += 10; for ($i : 0..3) { printf("%d ", $i); } '
           'for ($kv : @sum) { printf("%d=%d ", $kv.0, $kv.1); } if (@n > 1) { print("again"); } else { print("first"); } '
           'print(@sum[1]); }', str(os.getpid()))
    t.equal(fs.read(), "0 1 2 1=10 first\n10\n")
    t.equal(fs.read(), "0 1 2 1=20 again\n20\n")


@test
def one_process(t):
    """With -p the pin is of that process, for ever."""
    fs = Bpffs(t)
    one = sleeper(t)
    fs.pin("iter:task:list { print(ctx.task.tgid); }", "-p", str(one.pid))
    t.equal(fs.read(), f"{one.pid}\n")


@test
def stays_until_removed(t):
    """The pin holds its program; when it is removed both are gone."""
    fs = Bpffs(t)
    name = f"stay{os.getpid()}"
    fs.pin("iter:task:" + name + " { print(1); }", name=name)

    def mine():
        return [number for number, title in bpf_programs().items() if title.startswith(name[:15])]
    t.equal(len(mine()), 1, "programs while it is pinned")
    t.equal(fs.path(name).stat().st_mode & 0o777, 0o600)
    fs.path(name).unlink()
    t.equal(settled(mine), [])


@test
def image(t):
    """An image pins as the script does, with its own parameters; a dry run pins nothing."""
    fs = Bpffs(t)
    out = t.tmp / "pins.o"
    code = 'iter:task:list /ctx.task.pid == $1/ { printf("%s %d\\n", str($2), ctx.task.pid); }'
    r = t.duetrace("--emit", "image", "-o", out, "-e", code)
    t.equal((r.out, r.err, r.status), ("", "", 0))
    r = fs.duetrace("-q", "--dry-run", out, "1", "none")
    t.equal((r.err, fs.path("list").exists()), ("", False))
    for program, word in ((t.binary, "one"), (pathlib.Path(t.binary).with_name("duetrace-run"), "two")):
        r = fs.run(program, "-q", out, str(os.getpid()), word)
        t.equal((r.out, r.err, r.status), (END, PINNED + "list\n", 0))
        t.equal(fs.read(), f"{word} {os.getpid()}\n")
        fs.path("list").unlink()


@test
def image_pinned_elsewhere(t):
    """A pin that is no path is refused when the image is opened."""
    out = t.tmp / "pins.o"
    r = t.duetrace("--emit", "image", "-o", out, "-e", "iter:task:list { print(1); }")
    t.equal((r.err, r.status), ("", 0))
    data = out.read_bytes()
    path = b"\0/sys/fs/bpf/list\0"
    t.equal(data.count(path), 1)
    for bad in (b"\0xsys/fs/bpf/list\0", b"\0/sys/fs/bpf/lis/\0"):
        out.write_bytes(sealed(data.replace(path, bad)))
        r = t.duetrace(out)
        t.equal((r.out, r.status), ("", 1))
        t.found("probe 0 is pinned to no path", r.err)


def sealed(data):
    """The image with its checksum: the third word of the plan, taken as zero meanwhile."""
    import zlib
    at = data.index(b"DTIM") + 8
    data = data[:at] + bytes(4) + data[at + 4:]
    return data[:at] + struct.pack("=I", zlib.crc32(data)) + data[at + 4:]


@test
def refused(t):
    """Where nothing can be pinned is said with what to do; what was there stays."""
    fs = Bpffs(t)
    fs.pin("iter:task:list { print(1); }")
    for pin, path, reason, hint in (
            ("list", "/sys/fs/bpf/list", "File exists", "remove what is there: rm /sys/fs/bpf/list"),
            ("none/list", "/sys/fs/bpf/none/list", "No such file or directory", "make the folder: mkdir -p /sys/fs/bpf/none"),
            ("/tmp/list", "/tmp/list", "the folder is not in a BPF file system", "mount one: mount -t bpf bpf /sys/fs/bpf"),
            ("a.list", "/sys/fs/bpf/a.list", "the kernel wants no dot in the name", None)):
        r = fs.duetrace("-q", "-e", f"iter:task:{pin} {{ print(2); }}")
        want = f"ERROR: Could not pin iter:task:{pin} to {path}: {reason}\n" + (f"HINT: {hint}\n" if hint else "")
        t.equal((r.out, r.err, r.status), ("", want, 1))
    t.equal(set(fs.read().split()), {"1"})


@test
def no_bpffs(t):
    """Without a bpffs at /sys/fs/bpf it is not mounted, but said how."""
    fs = Bpffs(t, setup="while mountpoint -q /sys/fs/bpf; do umount /sys/fs/bpf; done; ")
    r = fs.duetrace("-q", "-e", "iter:task:list { print(2); }")
    t.equal((r.out, r.err, r.status), ("", "ERROR: Could not pin iter:task:list to /sys/fs/bpf/list: the folder is not in "
                                       "a BPF file system\nHINT: mount one: mount -t bpf bpf /sys/fs/bpf\n", 1))
