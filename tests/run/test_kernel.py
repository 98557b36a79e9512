# SPDX-License-Identifier: Apache-2.0
"""Tracepoints beyond system calls, several CPUs and threads, many probes, many keys."""
import re
import signal
import subprocess

from harness import END, bpf_programs, test

ENTER = "tracepoint:syscalls:sys_enter_openat /pid == cpid/ "

# fields of other kinds than numbers


def traced_true(name, program, want):
    def body(t):
        r = t.duetrace("-q", "-e", program, "--run", "/bin/true")
        t.equal((r.out, r.err, r.status), (want, "", 0))
    body.__module__ = __name__
    test(name=name)(body)


traced_true("dynamic-string-field", "tracepoint:sched:sched_process_exec /pid == cpid/"
            " { print(args.filename); @[args.filename] = count(); }",
            "/bin/true\n" + END + "@[/bin/true]: 1\n")
traced_true("character-array-field", "tracepoint:sched:sched_process_exit /pid == cpid/"
            r' { printf("%s %d\n", args.comm, args.pid == pid); }', "true 1\n" + END)
traced_true("string-of-a-string-field", "tracepoint:sched:sched_process_exec /pid == cpid/"
            ' { printf("%s %d\\n", str(args.filename), pid == args.pid); }',
            "/bin/true 1\n" + END)
traced_true("field-against-builtin", "tracepoint:sched:sched_process_exit /pid == cpid &&"
            " args.comm == comm/ { @same = count(); }", END + "@same: 1\n")


@test
def fork_and_exit(t):
    """The tracepoints of the scheduler see a shell's three children, whatever call made them."""
    r = t.duetrace("-q", "-e", "tracepoint:sched:sched_process_fork /pid == cpid/ { @f = count(); }",
                   "--run", "sh", "-c", "/bin/true; /bin/true; (exit 3); :")
    t.equal(r.out, END + "@f: 3\n")


@test
def bytes_written(t):
    """str(pointer, length) reads a buffer that has no NUL."""
    r = t.duetrace("-q", "-o", t.tmp / "out", "-e", "tracepoint:syscalls:sys_enter_write"
                   " /pid == cpid && args.fd == 1/ { @n = sum(args.count);"
                   " print(str(args.buf, args.count)); }", "--run", "printf", "abcdef")
    t.equal(r.out, "abcdef")
    t.equal((t.tmp / "out").read_text(), "abcde\n" + END + "@n: 6\n")


@test(alone=True)
def exact_counts_on_all_cpus(t):
    """Threads on all CPUs count into the same keys, and nothing is missing."""
    r = t.duetrace("-q", "-e", ENTER + "{ @c = count(); @s = sum(2); @h = hist(5);"
                   " @k[str(args.filename)] = count(); }", "--run", t.workload("threads"),
                   "/no/such/", "8", "5000", seconds=120)
    t.equal((r.err, r.status), ("", 0))
    for number in range(8):
        t.found(rf"(?m)^@k\[/no/such/{number}\]: 5000$", r.out)
    total = int(t.found(r"(?m)^@c: (\d+)$", r.out)[1])
    others = sum(int(n) for n in re.findall(r"(?m)^@k\[/(?!no/such)[^]]*\]: (\d+)$", r.out))
    t.equal(total, 40_000 + others, "@c")
    t.found(rf"(?m)^@s: {2 * total}$", r.out)
    t.found(rf"(?m)^\[4, 8\) +{total} \|", r.out)


@test(alone=True)
def threads_do_not_mix(t):
    """What one thread keeps under its tid between entry and exit is its own."""
    out = t.tmp / "out"
    r = t.duetrace("-q", "-o", out, "--buffer", "64M", "-e",
                   ENTER + "{ @name[tid] = args.filename; @before[tid] = tid; }"
                   "tracepoint:syscalls:sys_exit_openat /@name[tid]/ {"
                   " if (@before[tid] != tid) { printf(\"mixed\\n\"); }"
                   " printf(\"%s\\n\", str(@name[tid])); delete(@name[tid]); delete(@before[tid]); }",
                   "--run", t.workload("threads"), "/no/such/", "8", "5000", seconds=120)
    t.equal((r.err, r.status), ("", 0))
    lines = out.read_text().split("\n")
    t.equal([lines.count(f"/no/such/{n}") for n in range(8)], [5000] * 8, "lines by thread")
    t.equal(lines.count("mixed"), 0, "mixed")


@test
def many_probes(t):
    """One program on every system call's entry."""
    there = len(t.duetrace("-l", "tracepoint:syscalls:sys_enter_*").out.split())
    p = t.start(t.binary, "-e", "tracepoint:syscalls:sys_enter_* /pid == cpid/ { @[probe] ="
                " count(); }", "--run", t.workload("seek"), "1", "2", "3")
    r = p.finish()
    t.found(rf"^Attached {there} probes$", r.err.strip())
    t.found(r"(?m)^@\[tracepoint:syscalls:sys_enter_lseek\]: 3$", r.out)
    t.found(r"(?m)^@\[tracepoint:syscalls:sys_enter_exit_group\]: 1$", r.out)


@test
def too_many_probes(t):
    r = t.duetrace("-e", "tracepoint:*:* { @ = count(); }", env={"DUETRACE_MAX_PROBES": "100"})
    t.equal((r.out, r.status), ("", 1))
    t.found("100 probes.*MAX_PROBES", r.err)


@test
def missing_probes_can_be_ignored(t):
    program = "tracepoint:no:such* { } begin { print(1); }"
    t.equal(t.duetrace("-e", program).status, 1, "by default")
    r = t.duetrace("-q", "-e", program, env={"DUETRACE_MISSING_PROBES": "ignore"})
    t.equal((r.out, r.status), ("1\n" + END, 0))


def vanished(name, program, out, status=0, err=""):
    """A block whose probes there are none of: its maps are there, and empty."""
    @test(name="missing-probes-leave-maps-" + name)
    def body(t):
        r = t.duetrace("-q", "-e", program, env={"DUETRACE_MISSING_PROBES": "ignore"})
        t.equal((r.out, r.status), (out, status), r.err)
        t.found(err, r.err) if err else t.equal(r.err, "")


GONE = "tracepoint:no:such { %s } interval:ms:1 { %s exit(); } "
vanished("cleared", GONE % ("@s[tid] = nsecs; @h = hist(args.x);", "if (@s[tid]) { delete(@s[tid]); } zero(@h);") +
         "end { clear(@s); clear(@h); print(1); }", "1\n" + END)
vanished("read", GONE % ("@s[tid] = nsecs; @n = count(); @b[args.k] = args.m;",
                         "if (@s[tid] || @n || @b[comm]) { print(0); } print(len(@s)); print((int64)@n);"), "0\n0\n" + END)
vanished("printed", GONE % ("@h[comm] = lhist(args.x, 0, 9, 1); @n[args.k, comm] = sum(args.m);", "print(@h); print(@n);"), END)
vanished("walked", GONE % ("@n[comm, args.k] = args.m; @s[probe] = 1;",
                           "for ($kv : @n) { print(strlen($kv.0.0)); print($kv.0.1 + $kv.1); } for ($kv : @s) { print($kv); }"), END)
vanished("but-not-others", GONE % ("@a = @b; $x = @c; print(@d);", "print(@a); print(@d);"), "", 1,
         "Undefined map: @d")


@test
def map_full(t):
    """4096 keys fit by default; what does not is reported once and the run goes on."""
    r = t.duetrace("-q", "-e", "tracepoint:syscalls:sys_enter_lseek /pid == cpid/"
                   " { @[args.offset] = count(); }", "--run", t.workload("seek"),
                   *[str(n) for n in range(5000)])
    t.equal(r.status, 0, "exit status")
    t.equal(r.out.count("@["), 4096, "keys")
    t.found("(?i)map full", r.err)
    t.check(r.err.count("\n") < 20, "the message is repeated")


@test
def integer_keys_in_order(t):
    """Equal values: nothing is lost in sorting a thousand keys."""
    values = list(range(1000))
    r = t.duetrace("-q", "-e", "tracepoint:syscalls:sys_enter_lseek /pid == cpid/"
                   " { @[args.offset] = args.offset * 3; }", "--run", t.workload("seek"),
                   *[str(v) for v in reversed(values)])
    t.equal(r.out, END + "".join(f"@[{v}]: {v * 3}\n" for v in values))


@test
def maps_can_be_kept_quiet(t):
    r = t.duetrace("-q", "-e", "begin { @x = 1; }", env={"DUETRACE_PRINT_MAPS_ON_EXIT": "false"})
    t.absent("@x", r.out)


@test
def own_process_is_not_reported(t):
    """A tracer of write(2) does not trace what it writes itself: that would never end."""
    p = t.trace("-e", "tracepoint:syscalls:sys_enter_write { printf(\"%d\\n\", pid); }")
    t.run("sh", "-c", "echo x >/dev/null")
    t.eventually(lambda: "\n" in p.out, "no write at all")
    r = p.stop()
    t.check(str(p.pid) not in r.out.split("\n"), "it reports itself")


@test
def nothing_stays_after_kill(t):
    """kill -9 takes the programs along: the kernel has none of ours a moment later."""
    p = t.trace("-e", "tracepoint:syscalls:sys_enter_lseek /args.offset == 77111222333/"
                " { @ = count(); }")

    def ours():
        ids = set()
        for number in re.findall(r"(?m)^prog_id:\s+(\d+)$", subprocess.run(
                ["sh", "-c", f"cat /proc/{p.pid}/fdinfo/*"], capture_output=True, text=True,
                check=False).stdout):
            ids.add(int(number))
        return ids

    ids = ours()
    t.check(ids, "a running tracer holds no program")
    p.send_signal(signal.SIGKILL)
    p.finish()
    t.eventually(lambda: not ids & set(bpf_programs()), "programs are left")
