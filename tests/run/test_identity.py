# SPDX-License-Identifier: Apache-2.0
"""Who and where: exe, cwd, fdpath, start, auid, nodename, onhost, container."""
import json
import os
import re
import shutil
from pathlib import Path

from harness import END, case, test

OPEN = 'tracepoint:syscalls:sys_enter_openat /pid == cpid && str(args.filename) == str($1)/ '


@test
def paths_of_a_process(t):
    """A program by a symbolic link, in a directory by another; files, a pipe and a socket open."""
    real = t.tmp / "real"
    real.mkdir()
    (t.tmp / "link").symlink_to(real)
    (t.tmp / "sh").symlink_to("/bin/sh")
    (real / "file").write_text("")
    (real / "mark").write_text("")
    exe = os.path.realpath("/bin/sh")
    r = t.duetrace("-q", "-e", OPEN + "{ print(exe); print(cwd); print(fdpath(7)); print(fdpath(8)); "
                   "print(fdpath(99)); exit(); }", "mark", "--run", t.tmp / "sh", "-c",
                   f"cd {t.tmp}/link; exec 7<file; true | (exec 8<&0; cat) ; exec 8</dev/null; : <mark")
    t.equal((r.out, r.status), (f"{exe}\n{real}\n{real}/file\n/dev/null\n\n" + END, 0))


@test
def of_what_has_no_path(t):
    r = t.duetrace("-q", "-e", 'begin { print(fdpath(0)); print(fdpath(1)); }')
    lines = r.out.splitlines()
    t.matches(re.compile(r"pipe:\[\d+\]"), lines[0])
    t.matches(re.compile(r"pipe:\[\d+\]"), lines[1])


@test
def start_and_auid(t):
    ticks = os.sysconf("SC_CLK_TCK")
    shell = t.start("sh", "-c", "read line; : <mark")
    tracer = t.trace("-e", 'tracepoint:syscalls:sys_enter_openat /pid == $1/ { printf("%lu %u\\n", '
                     'start, auid); exit(); }', shell.pid)
    fields = open(f"/proc/{shell.pid}/stat").read().rpartition(")")[2].split()
    auid = int(open("/proc/self/loginuid").read()) if os.path.exists("/proc/self/loginuid") else 2**32 - 1
    shell.send("go\n")
    start, login = tracer.finish().out.split()[:2]
    t.equal((int(start) // (10**9 // ticks), int(login)), (int(fields[19]), auid))


@test
def on_the_host(t):
    r = t.duetrace("-q", "-e", 'begin { print(nodename); print(onhost); print(container); }')
    t.equal(r.out, f"{os.uname().nodename}\ntrue\n\n" + END)


HOST_PATHS = ('file:open /intree(cpid) && comm == "cat"/ '
              '{ printf("%s|%s|%s\\n", args.path, args.hostpath, hostroot); }')


@test
def paths_on_the_host(t):
    """hostpath and hostroot of what a container of namespaces has of the host's by mounts: what the host has mounted has a path there."""
    t.need("unshare", "mount", "chroot", "busybox")
    box, data = t.tmp / "box", t.tmp / "data"
    for folder in (box / "bin", box / "in", box / "own", data / "deep" / "er"):
        folder.mkdir(parents=True)
    shutil.copy(shutil.which("busybox"), box / "bin" / "cat")
    for place in (box, data, data / "deep" / "er"):
        (place / "mark").write_text("x")
    r = t.duetrace("-q", "-e", HOST_PATHS, "--run", "sh", "-c", f"cat {data}/mark >/dev/null; exec unshare -m sh -c '"
                   f"mount --bind {data}/deep {box}/in; mount -t tmpfs none {box}/own; echo x >{box}/own/mark; cd {box}/in; "
                   f"exec chroot {box} /bin/cat mark /mark /in/er/mark /own/mark >/dev/null'")
    lines = [line.split("|") for line in r.out.splitlines() if "/mark" in line]
    t.equal(lines[0], [f"{data}/mark", f"{data}/mark", "/"])
    t.equal(lines[1:], [[f"{box}/mark", f"{box}/mark", str(box)], [f"{box}/mark", f"{box}/mark", str(box)],
                        [f"{box}/in/er/mark", f"{data}/deep/er/mark", str(box)], [f"{box}/own/mark", "", str(box)]])


@test
def path_where_the_host_has_mounted_a_part(t):
    """The first that the machine has of a file system is a folder of it: what is not below it has no path there."""
    t.need("unshare", "mount", "umount")
    if t.run("unshare", "-m", "mount", "-t", "tmpfs", "none", t.tmp).status:
        t.skip("no tmpfs can be mounted here")
    whole, part = t.tmp / "whole", t.tmp / "part"
    whole.mkdir()
    part.mkdir()
    for folder in (part, whole):
        t.cleanups.append(lambda folder=folder: t.run("umount", folder))
    t.equal(t.run("sh", "-c", f"mount -t tmpfs none {whole} && mkdir {whole}/sub && mount --bind {whole}/sub {part} && "
                  f"echo x >{whole}/mark && echo x >{whole}/sub/mark && mkdir {whole}/submarine && echo x >{whole}/submarine/mark").status, 0)
    box = t.start("unshare", "-m", "sh", "-c", f"echo ready; read line; cat {whole}/sub/mark {whole}/mark {whole}/submarine/mark >/dev/null")
    box.wait_for("ready")
    t.equal(t.run("umount", whole).status, 0)
    tracer = t.trace("-e", HOST_PATHS.replace("cpid", "$1"), box.pid)
    box.send("go\n")
    box.finish()
    lines = [line for line in tracer.stop().out.splitlines() if "/mark" in line]
    t.equal(lines, [f"{whole}/sub/mark|{part}/mark|/", f"{whole}/mark||/", f"{whole}/submarine/mark||/"])


@test
def in_other_namespaces(t):
    """Two containers of namespaces, with names of their own, and the host: each row has its own."""
    t.need("unshare")
    inner = "unshare --pid --fork --uts sh -c 'hostname %s; : <mark'"
    r = t.duetrace("-q", "-e", 'tracepoint:syscalls:sys_enter_openat /intree(cpid) && '
                   'str(args.filename) == "mark"/ { printf("%s %s %d\\n", container, nodename, onhost); }',
                   "--run", "sh", "-c", inner % "one" + "; " + inner % "two" + "; : <mark")
    host = os.uname().nodename
    t.equal(r.out, f"one one 0\ntwo two 0\n {host} 1\n" + END)


LONG = "0123456789abcdef" * 4
GROUPS = {
    f"docker-{LONG}.scope": "0123456789ab",
    f"libpod-{LONG}.scope": "0123456789ab",
    f"libpod-{LONG}.scope/container": "0123456789ab",
    f"cri-containerd-{LONG}.scope": "0123456789ab",
    f"crio-{LONG}.scope": "0123456789ab",
    f"docker/{LONG}": "0123456789ab",
    f"kubepods/besteffort/pod12345678-1234-1234-1234-123456789abc/{LONG}": "0123456789ab",
    "machine-web.scope": "web",
    "systemd-nspawn@db.service": "db",
    "systemd-nspawn@db.service/payload/system.slice": "db",
    "lxc.payload.mail": "mail",
    # Not of a container, however near.
    f"docker-{LONG[:-1]}x.scope": "",
    f"{LONG[:-1]}": "",
    f"{LONG[:-1]}G": "",
    "docker.service": "",
    "system.slice/ssh.service": "",
    "machine-.scope": "",
    "libpod-conmon": "",
    "crio.service": "",
    "systemd-journald.service": "",
}


@test
def by_cgroup(t):
    """The hierarchy of version 2 on a mount of the test's own; every group is removed again."""
    t.need("unshare")
    root = t.tmp / "cgroup"
    root.mkdir()
    for path, want in GROUPS.items():
        top = "duetrace-test"
        r = t.run("unshare", "-m", "--propagation", "private", "sh", "-c", f"""
mount -t cgroup2 none {root} || exit 77
mkdir -p '{root}/{top}/{path}'
sh -c 'echo $$ >"$1/cgroup.procs"; exec "$2" -q -e "begin {{ print(container); }}"' sh '{root}/{top}/{path}' {t.binary}
status=$?
cd {root} && rmdir -p '{top}/{path}'
exit $status""")
        if r.status == 77:
            t.skip("no cgroup v2 can be mounted")
        t.equal((r.out, r.status), (want + "\n" + END, 0), path)


@test
def as_it_moves(t):
    """One process goes through more groups than are remembered, twice: what was found for another is not its."""
    t.need("unshare")
    root = t.tmp / "cgroup"
    root.mkdir()
    (t.tmp / "mark").write_text("")
    names = [f"machine-m{i}.scope" for i in range(9)] + [f"docker-{i:x}{LONG[1:]}.scope" for i in range(9)] + ["plain"]
    want = [f"m{i}" for i in range(9)] + [f"{i:x}{LONG[1:12]}" for i in range(9)] + [""]
    r = t.run("unshare", "-m", "--propagation", "private", "sh", "-c", f"""
mount -t cgroup2 none {root} || exit 77
cd {root} && mkdir duetrace-moves && cd duetrace-moves && mkdir {" ".join(names)} && cd {t.tmp} || exit 1
"$1" -q -f json -e 'file:open /intree(cpid) && args.name == "mark"/ {{ emit o {{ c = container }}; }}' --run sh -c '
for round in 1 2; do for group in {" ".join(names)}; do echo $$ >{root}/duetrace-moves/$group/cgroup.procs; : <mark; : <mark; done; done
echo $$ >{root}/cgroup.procs'
status=$?
cd {root} && rmdir duetrace-moves/*/ duetrace-moves
exit $status""", "sh", t.binary)
    if r.status == 77:
        t.skip("no cgroup v2 can be mounted")
    rows = [json.loads(line) for line in r.out.splitlines() if '"record": "o"' in line]
    t.equal([(row["container"], row["data"]["c"]) for row in rows], [(c, c) for c in want for _ in range(2)] * 2)
    t.equal(len({row["cgroup"] for row in rows}), len(names))


@test
def as_its_group_is_renamed(t):
    """Which a hierarchy of version 1 lets one do: the task's own, and the one around it."""
    root = Path("/sys/fs/cgroup/pids")
    top = root / f"duetrace-test-{os.getpid()}"
    if not (root / "cgroup.procs").exists():
        t.skip("no cgroup v1 hierarchy of pids is mounted")
    (t.tmp / "mark").write_text("")
    names = ["plain", LONG, "plain", LONG[::-1], "machine-m.scope", "plain"]
    moves = [f"mv {a} {b}" for a, b in zip(names, names[1:])]
    around = ["cd ..", f"mv $$ docker-{LONG}.scope", f"mv docker-{LONG}.scope other"]
    steps = "".join(f"{step}; : <{t.tmp}/mark; : <{t.tmp}/mark; " for step in moves + around)
    top.mkdir()
    try:
        r = t.duetrace("-q", "-f", "json", "-e", 'file:open /intree(cpid) && args.path == str($1)/ { emit o { args.path }; }',
                       t.tmp / "mark", "--run", "sh", "-c", f"""
cd {top} && mkdir $$ $$/plain && cd $$ && echo $$ >plain/cgroup.procs && {steps}
echo $$ >{root}/cgroup.procs; rmdir other/*/ other""")
    finally:
        os.rmdir(top)
    got = [json.loads(line)["container"] for line in r.out.splitlines() if '"record": "o"' in line]
    want = [LONG[:12], "", LONG[::-1][:12], "m", "", "", LONG[:12], ""]
    t.equal(got, [name for name in want for _ in range(2)], r.err)


# A script's own names win over those that the core language does not have.
case("identity", "own-names-win", "#define onhost 11\nenum e { start = 5, tree = 6, exe = 7, container = 8 } "
     "macro cwd() { 9 } begin { print((int32)start); print((int32)tree); print((int32)exe); "
     "print((int32)container); print(cwd); $auid = 10; print($auid); print(onhost); }", "5\n6\n7\n8\n9\n10\n11\n" + END)
case("identity", "in-a-record-and-a-key", 'begin { emit x { exe, onhost }; @[nodename, container] = count(); }',
     re.compile(r'\{"type": "record", .*"data": \{"exe": "/[^"]*duetrace", "onhost": true\}\}\n'
                r'\{"type": "map", "data": \{"@": \{"[^"]+,": 1\}\}\}\n'), as_json=True)
