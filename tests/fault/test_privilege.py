# SPDX-License-Identifier: Apache-2.0
"""Least privilege: what duetrace needs to begin, what it keeps, what it writes and whom it reads from."""
import os
import re
import stat

from harness import test

BPF_AND_PERFMON = "+bpf,+perfmon"
NOBODY = 65534
DROPPED = [("CapEff", "0" * 16), ("CapPrm", "0" * 16), ("CapInh", "0" * 16), ("NoNewPrivs", "1"), ("Seccomp", "2")]


def as_user(capabilities):
    """Words that run the rest as an ordinary user with these capabilities."""
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", f"--inh-caps={capabilities}",
            f"--ambient-caps={capabilities}", f"--bounding-set=-all,{capabilities}"]


def rights(pid):
    """What each thread may do: {thread: {key: value}}"""
    found = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        text = open(f"/proc/{pid}/task/{task}/status").read()
        found[task] = dict(re.findall(r"(?m)^(\w+):\t(.*)$", text))
    return found


def all_have(t, pid, want):
    tasks = rights(pid)
    for task, row in tasks.items():
        for key, value in want:
            t.equal(row.get(key), value, f"{key} of thread {task} of {len(tasks)}")
    return len(tasks)


@test
def nothing_is_kept(t):
    """No capability, no way to get one, a filter of system calls, in every thread; and all ends well."""
    db = t.tmp / "x.sqlite"
    p = t.trace("--db", db, "-e", 'file:open /args.name == "/no/such/marker"/ { @n = count(); emit seen { n = 1 }; } '
                'tracepoint:syscalls:sys_enter_getppid { } end { printf("end %d\\n", (int64)@n); }')
    t.equal(all_have(t, p.pid, DROPPED), 2, "threads")
    t.run(t.workload("open"), "/no/such/marker")
    r = p.stop()
    t.equal((r.status, r.err), (0, "Attached 3 probes\n"))
    t.found(r"end 1\n\n\n@n: 1\n", r.out)
    t.equal(sorted(path.name for path in t.tmp.iterdir()), ["x.sqlite"], "files that are left")
    t.equal(t.sql(db, "select count(*), (select ended is null from runs) from seen"), [(1, 0)])


@test
def the_runner_too(t):
    image = t.tmp / "x.o"
    t.equal(t.duetrace("--emit", "image", "-o", image, "-e", "interval:ms:10 { print(1); @ = count(); }").status, 0)
    p = t.start(t.runner, image).attached()
    all_have(t, p.pid, DROPPED)
    p.wait_for("1\n")
    t.found(r"@: \d+", p.stop().out)


def kept(t, program, want, *options):
    p = t.trace("-v", "-e", program, *options)
    r = rights(p.pid)[str(p.pid)]
    names = {1 << 1: "dac_override", 1 << 2: "dac_read_search", 1 << 5: "kill", 1 << 19: "sys_ptrace", 1 << 34: "syslog",
             1 << 38: "perfmon", 1 << 40: "checkpoint_restore"}
    effective = int(r["CapEff"], 16)
    t.equal({name for bit, name in names.items() if effective & bit}, set(want.split()), program)
    t.check(not effective & ~sum(names), f"more is kept: {effective:x}")
    t.equal((r["Seccomp"], r["NoNewPrivs"]), ("2", "1"), "filter")
    t.equal(p.stop().status, 143 if "--run" in options else 0)
    for name in want.split():
        t.found(f"(?m)^Keeping .*CAP_{name.upper()}", p.err, "what -v says")


@test
def what_is_kept_and_why(t):
    """Only what the script's own output needs."""
    kept(t, "interval:s:100 { print(kstack); }", "syslog")
    kept(t, "interval:s:100 { print(ustack); }", "sys_ptrace dac_read_search checkpoint_restore perfmon")
    kept(t, 'interval:s:100 { cat("/etc/hostname"); }', "dac_read_search sys_ptrace")
    kept(t, "interval:s:100 { print(cgroup_path(1)); }", "dac_read_search")
    kept(t, "interval:s:100 { }", "kill", "--run", "sleep", "60")
    (t.tmp / "theirs").mkdir()
    os.chown(t.tmp / "theirs", NOBODY, NOBODY)
    kept(t, "interval:s:100 { }", "dac_override", "--db", t.tmp / "theirs/x.sqlite")
    t.equal(os.listdir(t.tmp / "theirs"), ["x.sqlite"], "files in somebody else's folder")


@test
def unsafe_keeps_everything(t):
    p = t.trace("--unsafe", "-e", 'interval:ms:50 { system("echo from a shell"); }')
    t.equal(rights(p.pid)[str(p.pid)]["Seccomp"], "0", "filter")
    p.wait_for("from a shell")
    p.stop()


@test
def a_reader_that_is_taken_over(t):
    """What the filter says to what an enemy would do next, by a debugger that makes the calls."""
    t.need("gdb")
    # What gdb allocates for its strings is nobody's afterwards.
    p = t.trace("-e", "interval:s:100 { }", env={"ASAN_OPTIONS": "detect_leaks=0"})
    calls = ["(int)execl(\"/bin/sh\",\"sh\",0)", "(int)open(\"/tmp/trust-x\",0x42,0600)", "(int)socket(2,1,0)",
             "(int)ptrace(16,1,0,0)", "(long)mmap(0,4096,7,0x22,-1,0)", "(long)syscall(321,5,0,0)"]
    r = t.run("gdb", "-nx", "-batch", "-p", str(p.pid), *[w for c in calls for w in ("-ex", f"print {c}")])
    t.equal(re.findall(r"(?m)^\$\d+ = (.*)$", r.out), ["-1"] * len(calls), r.err)
    t.equal(p.stop().status, 0)


@test
def an_ordinary_user(t):
    """CAP_BPF and CAP_PERFMON are enough for what needs no tracefs."""
    t.need("setpriv")
    p = t.start(*as_user(BPF_AND_PERFMON), t.binary, "-e", 'begin { print("begin"); } '
                "rawtracepoint:sched_switch { @n = count(); } interval:s:100 { } end { print(\"end\"); }").attached()
    all_have(t, p.pid, DROPPED)
    p.wait_for("begin")
    r = p.stop()
    t.equal(r.status, 0, r.err)
    t.found(r"begin\nend\n\n\n@n: \d+\n", r.out)


@test
def an_ordinary_user_and_tracefs(t):
    """Tracepoints, and through them file:, need tracefs, which is root's: reading it takes CAP_DAC_READ_SEARCH."""
    t.need("setpriv", "unshare")
    os.chmod(t.tmp, 0o777)
    db = t.tmp / "x.sqlite"
    p = t.start("unshare", "-m", "sh", "-c", 'mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null; exec "$@"', "sh",
                *as_user(BPF_AND_PERFMON + ",+dac_read_search"), t.binary, "--db", db, "-e",
                'file:open /args.name == "/no/such/marker"/ { print(args.name); @n = count(); } '
                "tracepoint:sched:sched_switch { @s = count(); }").attached()
    all_have(t, p.pid, DROPPED)
    t.run(t.workload("open"), "/no/such/marker")
    p.wait_for("/no/such/marker")
    r = p.stop()
    t.equal(r.status, 0, r.err)
    t.found(r"@n: 1\n", r.out)
    t.equal((os.stat(db).st_uid, stat.S_IMODE(os.stat(db).st_mode)), (NOBODY, 0o600), "database")


@test
def an_ordinary_user_without(t):
    r = t.run("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", t.binary, "-e", "begin { print(1); }")
    t.equal((r.status, r.out), (1, ""))
    t.found(r"^ERROR: .*\n?.*needs root, or CAP_BPF and CAP_PERFMON", r.err)


@test
def files_for_nobody_else(t):
    """Whatever the umask: the database is its owner's, nothing is for everybody to write."""
    for umask in (0o000, 0o022, 0o077):
        db, out, image = t.tmp / f"{umask}.sqlite", t.tmp / f"{umask}.out", t.tmp / f"{umask}.o"
        # Of a shell: the umask of this process is that of the tests beside this one.
        r = t.run("sh", "-c", f'umask {umask:o}; "$0" -q --db "$1" -o "$2" -e "$4" && "$0" --emit image -o "$3" -e "$4"',
                  t.binary, db, out, image, "begin { print(1); }")
        t.equal((r.status, r.err), (0, ""))
        modes = [stat.S_IMODE(os.stat(path).st_mode) for path in (db, out, image)]
        t.equal(modes[0], 0o600, f"database, umask {umask:o}")
        for mode in modes[1:]:
            t.check(not mode & 0o022, f"umask {umask:o}: {mode:o}")
            t.equal(mode, 0o644 & ~umask, f"mode, umask {umask:o}")


@test
def whose_scripts_are_run(t):
    """Not what somebody else could have written; /tmp, where nobody can replace another's file, is fine."""
    script = t.write("x.dt", 'begin { print("ran"); }')
    open_folder, sticky = t.tmp / "open", t.tmp / "sticky"
    for folder, mode in ((open_folder, 0o777), (sticky, 0o1777)):
        folder.mkdir()
        folder.chmod(mode)
        (folder / "x.dt").write_text('begin { print("ran"); }')

    def ran(path, **options):
        r = t.duetrace("-q", path, **options)
        t.equal("ran" in r.out, r.status == 0)
        return r.status == 0, r.err

    t.equal(ran(script), (True, ""))
    t.equal(ran(sticky / "x.dt"), (True, ""))
    t.equal(ran(open_folder / "x.dt"), (False, f"ERROR: {open_folder}/x.dt: everybody may write to its folder\n"
                                        "HINT: a script is only as trustworthy as who could have put it there.\n"))
    os.chmod(script, 0o666)
    t.equal(ran(script)[1].split("\n")[0], f"ERROR: {script}: everybody may write to it")
    os.chmod(script, 0o664)
    t.equal(ran(script), (True, ""))
    # Of another user in /tmp: he may change it while we look.
    os.chown(sticky / "x.dt", NOBODY, NOBODY)
    t.equal(ran(sticky / "x.dt")[1].split("\n")[0],
            f"ERROR: {sticky}/x.dt: it belongs to another user, in a folder that everybody may write to")
    # Nor is a pipe with a name any better.
    for owner, fine in ((NOBODY, False), (0, True)):
        os.mkfifo(sticky / "pipe.dt", 0o644)
        os.chown(sticky / "pipe.dt", owner, owner)
        t.start("sh", "-c", "echo 'begin { print(\"ran\"); }' > " + str(sticky / "pipe.dt"))
        t.equal(ran(sticky / "pipe.dt")[0], fine, "a pipe of another user's" if owner else "a pipe of ours")
        os.unlink(sticky / "pipe.dt")
    # An image is code too.
    image = open_folder / "x.o"
    t.duetrace("--emit", "image", "-o", image, "-e", 'begin { print("ran"); }')
    t.check(not ran(image)[0], "an image in an open folder runs")
    r = t.run(t.runner, "-q", image)
    t.equal((r.status, r.out), (1, ""))
    t.found("everybody may write to its folder", r.err)
    # Through a link it is the file's own folder that counts.
    (t.tmp / "link.dt").symlink_to(open_folder / "x.dt")
    t.check(not ran(t.tmp / "link.dt")[0], "a link into an open folder runs")
    # stdin is whoever calls.
    t.equal(t.duetrace("-q", "-", stdin='begin { print("ran"); }').out, "ran\n\n\n")


@test
def links_to_secrets(t):
    """What is read because of how its name ends has to be that, too: nothing of another file gets into a message."""
    secret = t.write("secret", "root:$6$hash:19000:0:99999:7:::\n", 0o600)
    for name in ("x.h", "x.dt", "x.bt", "x.bpf.c", "x.list"):
        (t.tmp / name).symlink_to(secret)
    for program, message in (('#include "x.h"\nbegin { }', r"cannot include 'x\.h': not a header \(\.h\)"),
                             ('import "x.dt";\nbegin { }', r"cannot import '\S+/x\.dt': not a script"),
                             ('import "x.bt";\nbegin { }', r"cannot import '\S+/x\.bt': not a script"),
                             ('import "x.h";\nbegin { }', r"cannot import '\S+/x\.h': not a script"),
                             ('import "x.bpf.c";\nbegin { }', "cannot import"),
                             ('dataset secrets = file("x.list");\nfile:open /in(secrets)/ { }', "the name of such a file ends in .list")):
        r = t.duetrace("--dry-run", t.write("main.dt", program))
        t.equal((r.status, r.out), (1, ""), program)
        t.found("ERROR: .*" + message, r.err, program)
        t.absent("19000", r.err, program)
    # A link to what is of the kind is fine.
    t.write("real.h", "#define FIVE 5\n")
    (t.tmp / "link.h").symlink_to(t.tmp / "real.h")
    t.equal(t.duetrace("-q", t.write("main.dt", '#include "link.h"\nbegin { print(FIVE); }')).out, "5\n\n\n")


@test
def whose_imports_are_read(t):
    (t.tmp / "lib").mkdir()
    (t.tmp / "lib/x.dt").write_text("macro one() { 1 }\n")
    script = t.write("main.dt", 'import "lib/x.dt";\nbegin { print(one()); }')
    t.equal(t.duetrace("-q", script).out, "1\n\n\n")
    os.chmod(t.tmp / "lib", 0o777)
    r = t.duetrace("-q", script)
    t.equal((r.status, r.out), (1, ""))
    t.found("ERROR: .*write", r.err)
    os.chmod(t.tmp / "lib", 0o1777)
    t.equal(t.duetrace("-q", script).out, "1\n\n\n")
    os.chown(t.tmp / "lib/x.dt", NOBODY, NOBODY)
    t.equal(t.duetrace("-q", script).status, 1)
