# SPDX-License-Identifier: Apache-2.0
"""Builtins and functions."""
import datetime
import os
import re
import time

from harness import END, Skip, case, test

LSEEK = "tracepoint:syscalls:sys_enter_lseek /pid == cpid/ "
# Offsets that no other process on the machine seeks to.
MAGIC = 0x7d5e70000


def says(name, body, want, maps="", **options):
    case("functions", name, "begin { " + body + " }", want + END + maps, **options)


def bar(label, count, most):
    """A histogram line, built from its description: label in 16 columns, count in 8, bar of 52."""
    return f"{label:<16}{count:>8} |{'@' * (count * 52 // most):<52}|\n"


# delete, has_key, clear, zero

says("delete-key", "@x[1] = 5; @x[2] = 6; delete(@x, 1);", "", "@x[2]: 6\n")
says("delete-result", "@x[1] = 5; print(delete(@x, 1));", "true\n", "")
says("delete-old-form", "@x[1] = 5; @x[2] = 6; delete(@x[1]);", "", "@x[2]: 6\n")
says("delete-tuple-key", '@x[1, "a"] = 5; @x[2, "b"] = 6; delete(@x, (1, "a"));', "",
     "@x[2, b]: 6\n")
says("delete-scalar", "@x = 5; @y = 6; delete(@x);", "", "@y: 6\n")
says("delete-is-immediate", "@x[1] = 5; delete(@x, 1); print(@x[1]);", "0\n")
says("delete-then-set-again", "@x = 5; delete(@x); @x = 7;", "", "@x: 7\n")
says("has-key", "@x[1] = 0; print(has_key(@x, 1)); print(has_key(@x, 2));", "true\nfalse\n",
     "@x[1]: 0\n")
says("has-key-string", '@x["a"] = 1; print(has_key(@x, "a")); print(has_key(@x, "b"));',
     "true\nfalse\n", "@x[a]: 1\n")
says("clear", "@x[1] = 5; @y = 6; clear(@x); clear(@y);", "")
says("clear-is-late", "@x[1] = 5; clear(@x); print(@x[1]);", "5\n")
says("print-and-clear", "@x[1] = 5; print(@x); clear(@x);", "@x[1]: 5\n")
says("zero", "@x[1] = 5; @x[2] = 6; zero(@x);", "", "@x[1]: 0\n@x[2]: 0\n")
says("zero-of-counts", "@x[1] = count(); zero(@x);", "", "@x[1]: 0\n")

# aggregations, on values whose result is known

says("count", "@x = count(); @x = count(); @x = count();", "", "@x: 3\n")
says("count-keyed", "@x[1] = count(); @x[2] = count(); @x[2] = count();", "",
     "@x[1]: 1\n@x[2]: 2\n")
says("sum", "@x = sum(5); @x = sum(-7); @x = sum(12);", "", "@x: 10\n")
says("sum-keyed", "@x[1] = sum(5); @x[1] = sum(6); @x[2] = sum(1);", "", "@x[2]: 1\n@x[1]: 11\n")
says("sum-negative", "@x = sum(-5); @x = sum(-7);", "", "@x: -12\n")
says("min", "@x = min(5); @x = min(3); @x = min(9);", "", "@x: 3\n")
says("min-takes-the-first-value", "@x = min(5);", "", "@x: 5\n")
says("min-negative", "@x = min(-5); @x = min(3);", "", "@x: -5\n")
says("max", "@x = max(5); @x = max(30); @x = max(9);", "", "@x: 30\n")
says("max-takes-the-first-value", "@x = max(-5);", "", "@x: -5\n")
says("min-max-keyed", "@a[1] = min(5); @a[1] = min(4); @b[1] = max(5); @b[1] = max(4);", "",
     "@a[1]: 4\n@b[1]: 5\n")
says("avg", "@x = avg(10); @x = avg(20); @x = avg(31);", "", "@x: 20\n")
says("avg-negative", "@x = avg(-30); @x = avg(-10);", "", "@x: -20\n")
says("avg-keyed-orders-by-average", "@x[1] = avg(30); @x[2] = avg(10); @x[2] = avg(20);", "",
     "@x[2]: 15\n@x[1]: 30\n")
says("stats", "@x = stats(1); @x = stats(2); @x = stats(3);", "",
     "@x: { .count = 3, .average = 2, .total = 6 }\n")
says("stats-truncates-toward-zero", "@x = stats(-10); @x = stats(-5); @x = stats(5);", "",
     "@x: { .count = 3, .average = -3, .total = -10 }\n")
says("stats-keyed", '@x["a"] = stats(4); @x["a"] = stats(6);', "",
     "@x[a]: { .count = 2, .average = 5, .total = 10 }\n")
says("aggregation-as-number", "@c = count(); @c = count(); @s = sum(5); @s = sum(6);"
     " if (@c == 2) { print(1); } print(@c + 0); print(@s + 1);", "1\n2\n12\n", "@c: 2\n@s: 11\n")
says("hist", "@ = hist(-1); @ = hist(2); @ = hist(3); @ = hist(5);", "",
     "@:\n" + bar("(..., 0)", 1, 2) + bar("[0]", 0, 2) + bar("[1]", 0, 2) + bar("[2, 4)", 2, 2) +
     bar("[4, 8)", 1, 2) + "\n")
says("hist-edges", "@ = hist(0); @ = hist(1); @ = hist(2); @ = hist(4); @ = hist(7); @ = hist(8);",
     "", "@:\n" + bar("[0]", 1, 2) + bar("[1]", 1, 2) + bar("[2, 4)", 1, 2) + bar("[4, 8)", 2, 2) +
     bar("[8, 16)", 1, 2) + "\n")
says("hist-suffixes", "@a = hist(1024); @b = hist(1048576); @c = hist(1073741824);"
     " @d = hist(1099511627776); @e = hist(1125899906842624); @f = hist(1152921504606846976);", "",
     "".join(f"@{name}:\n" + bar(f"[1{unit}, 2{unit})", 1, 1) + "\n"
             for name, unit in zip("abcdef", "KMGTPE")))
says("hist-half-suffix", "@a = hist(512);", "", "@a:\n" + bar("[512, 1K)", 1, 1) + "\n")
says("hist-bar-is-rounded-down", "@ = hist(1); @ = hist(2); @ = hist(2); @ = hist(2);", "",
     "@:\n" + bar("[1]", 1, 3) + bar("[2, 4)", 3, 3) + "\n")
says("hist-keyed-orders-by-total", "@x[1] = hist(3); @x[1] = hist(5); @x[2] = hist(5);", "",
     "@x[2]:\n" + bar("[4, 8)", 1, 1) + "\n@x[1]:\n" + bar("[2, 4)", 1, 1) + bar("[4, 8)", 1, 1) +
     "\n")
says("hist-bits", "@ = hist(4, 1); @ = hist(5, 1); @ = hist(6, 1); @ = hist(7, 1);", "",
     "@:\n" + bar("[4, 6)", 2, 2) + bar("[6, 8)", 2, 2) + "\n")
says("lhist", "@ = lhist(-5, 0, 10, 2); @ = lhist(50, 0, 10, 2); @ = lhist(5, 0, 10, 2);", "",
     "@:\n" + bar("(..., 0)", 1, 1) + bar("[0, 2)", 0, 1) + bar("[2, 4)", 0, 1) +
     bar("[4, 6)", 1, 1) + bar("[6, 8)", 0, 1) + bar("[8, 10)", 0, 1) + bar("[10, ...)", 1, 1) +
     "\n")
says("lhist-edges", "@ = lhist(0, 0, 10, 5); @ = lhist(4, 0, 10, 5); @ = lhist(5, 0, 10, 5);"
     " @ = lhist(10, 0, 10, 5);", "",
     "@:\n" + bar("[0, 5)", 2, 2) + bar("[5, 10)", 1, 2) + bar("[10, ...)", 1, 2) + "\n")
says("lhist-step-one", "@ = lhist(3, 0, 10, 1);", "", "@:\n" + bar("[3]", 1, 1) + "\n")
says("lhist-suffix", "@ = lhist(1500, 0, 4096, 1024);", "",
     "@:\n" + bar("[1K, 2K)", 1, 1) + "\n")
case("functions", "hist-of-an-argument", LSEEK + "{ @ = hist(args.offset); }",
     END + "@:\n" + bar("[16, 32)", 3, 3) + bar("[32, 64)", 0, 3) + bar("[64, 128)", 1, 3) + "\n",
     run=["seek", "16", "31", "20", "100"])
case("functions", "aggregations-of-an-argument", LSEEK + "{ @a = sum(args.offset);"
     " @b = min(args.offset); @c = max(args.offset); @d = avg(args.offset);"
     " @e = stats(args.offset); @f = count(); }",
     END + "@a: 60\n@b: -10\n@c: 50\n@d: 20\n@e: { .count = 3, .average = 20, .total = 60 }\n"
     "@f: 3\n", run=["seek", "20", "-10", "50"])


@test
def aggregation_on_all_cpus(t):
    """Calls from two CPUs meet in one value."""
    t.need("taskset")
    cpus = sorted(os.sched_getaffinity(0))[:2]
    seek = t.workload("seek")
    script = "; ".join(f"taskset -c {cpu} {seek} {value} {value}"
                       for cpu, value in zip(cpus, (MAGIC + 5, MAGIC + 7)))
    p = t.trace("-e", f"tracepoint:syscalls:sys_enter_lseek /args.offset == {MAGIC + 5} ||"
                f" args.offset == {MAGIC + 7}/"
                " { @c = count(); @s = sum(args.offset); @lo = min(args.offset);"
                " @hi = max(args.offset); }")
    t.run("sh", "-c", script)
    r = p.stop()
    n = len(cpus)
    t.equal(r.out, END + f"@c: {2 * n}\n@hi: {MAGIC + (7 if n > 1 else 5)}\n"
            f"@lo: {MAGIC + 5}\n@s: {2 * n * MAGIC + (24 if n > 1 else 10)}\n")


# print

says("print-value-kinds", 'print(5); print("s"); print((1, "a")); print(1 == 1);',
     "5\ns\n(1, a)\ntrue\n")
says("print-map", "@x[1] = 5; @x[2] = 6; print(@x);", "@x[1]: 5\n@x[2]: 6\n",
     "@x[1]: 5\n@x[2]: 6\n")
says("print-map-top", "@x[1] = 5; @x[2] = 6; @x[3] = 4; print(@x, 2); clear(@x);",
     "@x[1]: 5\n@x[2]: 6\n")
says("print-map-top-div", "@x[1] = 50; @x[2] = 60; @x[3] = 40; print(@x, 2, 10); clear(@x);",
     "@x[1]: 5\n@x[2]: 6\n")
says("print-map-by-reference", "@x = 1; print(@x); @x = 2;", "@x: 2\n", "@x: 2\n")
says("print-value-by-copy", "@x[1] = 1; print(@x[1]); @x[1] = 2;", "1\n", "@x[1]: 2\n")
says("print-hist", "@ = hist(2); print(@); clear(@);", "@:\n" + bar("[2, 4)", 1, 1) + "\n")
says("print-stats", "@ = stats(2); print(@); clear(@);",
     "@: { .count = 1, .average = 2, .total = 2 }\n")

# printf

says("printf-plain", r'printf("hello\n");', "hello\n")
says("printf-without-newline", 'printf("a"); printf("b");', "ab")
says("printf-percent", r'printf("100%%\n");', "100%\n")
says("printf-integers", r'printf("%d %i %u %x %X %o\n", 10, 11, 12, 255, 255, 8);',
     "10 11 12 ff FF 10\n")
says("printf-without-modifier-is-32-bits", r'printf("%d %u %x\n", 0x1ffffffff, 0x1ffffffff,'
     " 0x123456789);", "-1 4294967295 23456789\n")
says("printf-long", r'printf("%ld %lu %lx %lld\n", 0x1ffffffff, 0x1ffffffff, 0x123456789, -5);',
     "8589934591 8589934591 123456789 -5\n")
says("printf-short", r'printf("%hhd %hd %hhu %hx\n", 0x1ff, 0x1ffff, 0x1ff, 0x12345);',
     "-1 -1 255 2345\n")
says("printf-negative", r'printf("%d %ld %u\n", -5, -5, -5);', "-5 -5 4294967291\n")
says("printf-width", r'printf("[%5d][%-5d][%05d]\n", 42, 42, 42);', "[   42][42   ][00042]\n")
says("printf-string-width", r'printf("[%6s][%-6s]\n", "ab", "ab");', "[    ab][ab    ]\n")
says("printf-precision-has-no-effect-on-strings", r'printf("[%.2s]\n", "abcdef");', "[abcdef]\n")
says("printf-plus", r'printf("%+d\n", 5);', "+5\n")
says("printf-alternate", r'printf("%#x %#o\n", 255, 8);', "0xff 010\n")
says("printf-char", r'printf("%c%c\n", 65, 0x142);', "AB\n")
says("printf-pointer", r'printf("%p\n", 0x1234);', "0x1234\n")
says("printf-pointer-zero", r'printf("%p\n", 0);', "0\n")
says("printf-string-of-anything", r'printf("%s %s %s %s\n", 5, (1, "a"), 1 == 1, "s");',
     "5 (1, a) true s\n")
says("printf-many-arguments", r'printf("%d %d %d %d %d %d %d %d %d %d\n", 1, 2, 3, 4, 5, 6, 7, 8,'
     " 9, 10);", "1 2 3 4 5 6 7 8 9 10\n")
says("printf-map-value", '@x[1] = 5; @s = "a"; ' r'printf("%d %s\n", @x[1], @s);', "5 a\n",
     "@s: a\n@x[1]: 5\n")
says("printf-long-text", 'printf("' + "x" * 900 + r'\n");', "x" * 900 + "\n")

# exit

says("exit", "print(1); exit(); ", "1\n")
says("exit-status", "exit(3);", "", status=3)
says("exit-runs-end", "exit(); } end { print(2); ", "2\n")
says("exit-returns-at-once", "if (pid) { exit(); } print(1);", "")
# Once it is sent no program begins any more, long before the reader comes to it; end does.
case("functions", "exit-at-once", "tracepoint:syscalls:sys_enter_lseek /pid == cpid/ { @n++; print(args.offset);"
     " exit(); } tracepoint:syscalls:sys_exit_lseek /pid == cpid/ { @late++; } end { print(@n); }",
     "1\n@n: 1\n" + END + "@n: 1\n", run=["seek", *map(str, range(1, 200))])
case("functions", "exit-at-once-in-begin", "begin { print(1); exit(5); } begin { print(2); } "
     "tracepoint:syscalls:sys_enter_lseek /pid == cpid/ { @late++; } end { print(3); }", "1\n3\n" + END,
     run=["seek", "1"], status=5)
case("functions", "exit-at-once-for-all-blocks", "file:open /pid == cpid/ { @n++; exit(); }"
     " file:open /pid == cpid/ { @other++; }", END + "@n: 1\n", run=["open", "/etc/hostname", "/etc/passwd"])
case("functions", "exit-at-once-in-a-loop", "tracepoint:syscalls:sys_enter_lseek /pid == cpid/ "
     "{ for ($i : 0..100) { @n++; if ($i == 40) { exit(2); } } @late++; }", END + "@n: 41\n",
     run=["seek", *map(str, range(50))], status=2)
case("functions", "exit-from-a-tracepoint", "tracepoint:syscalls:sys_exit_lseek /pid == cpid/"
     " { exit(7); }", END, run=["seek", "1"], status=7)

# time


@test
def time_default(t):
    r = t.duetrace("-q", "-e", "begin { time(); }")
    t.matches(r"\d\d:\d\d:\d\d\n\n\n", r.out)


@test
def time_format(t):
    before = time.time()
    r = t.duetrace("-q", "-e", r'begin { time("%Y-%m-%dT%H:%M:%SZ x%%\n"); }')
    after = time.time()
    stamp = t.found(r"^(.*)Z x%\n\n\n$", r.out).group(1)
    shown = datetime.datetime.fromisoformat(stamp + "+00:00").timestamp()
    t.check(int(before) <= shown <= after, f"{stamp} is not now")


@test
def strftime(t):
    before = time.time()
    r = t.duetrace("-q", "-e", 'begin { print(strftime("%s %f", nsecs)); '
                   r'printf("%s\n", strftime("%Y", nsecs)); }')
    after = time.time()
    match = t.found(r"^(\d+) (\d{6})\n(\d{4})\n\n\n$", r.out)
    shown = int(match[1]) + int(match[2]) / 1e6
    # the wall clock and the boot clock are related once a run: allow for a step of the clock
    t.check(before - 0.1 <= shown <= after + 0.1, f"{shown} is not between {before} and {after}")
    t.check(match[3] in (time.strftime("%Y", time.gmtime(before)),
                         time.strftime("%Y", time.gmtime(after))), "wrong year")


@test
def strftime_as_key(t):
    r = t.duetrace("-q", "-e", 'begin { @x[strftime("%Y", nsecs)] = 1; }')
    t.matches(r"\n\n@x\[\d{4}\]: 1\n", r.out)


# builtins


@test
def identity(t):
    """pid, tid, uid, gid and comm of a process whose ids are known."""
    t.need("setpriv")
    r = t.duetrace("-q", "-e", 'tracepoint:syscalls:sys_enter_lseek'
                   r' /pid == cpid && comm == "seek"/ { printf("%d %d %d %d %s\n", pid == cpid, tid == pid, uid, gid, comm); }',
                   "--run", "setpriv", "--reuid", "12345", "--regid", "23456", "--clear-groups",
                   t.workload("seek"), "1")
    t.equal(r.out, "1 1 12345 23456 seek\n" + END)


@test
def pid_is_the_process_and_tid_the_thread(t):
    code = ("import os, threading\n"
            "def f():\n"
            "    print(os.getpid(), threading.get_native_id(), flush=True)\n"
            "    try:\n        os.lseek(12345, 4321, 0)\n"
            "    except OSError:\n        pass\n"
            "x = threading.Thread(target=f)\nx.start()\nx.join()\n")
    out = t.tmp / "out"
    r = t.duetrace("-q", "-o", out, "-e",
                   "tracepoint:syscalls:sys_enter_lseek /pid == cpid && args.offset == 4321/"
                   r' { printf("%d %d\n", pid, tid); }', "--run", "/usr/bin/env", "python3", "-c",
                   code)
    ids = r.out.split()
    t.check(len(ids) == 2 and ids[0] != ids[1], f"the workload said {r.out!r}")
    t.equal(out.read_text(), f"{ids[0]} {ids[1]}\n" + END)


@test
def cpu(t):
    t.need("taskset")
    for wanted in sorted(os.sched_getaffinity(0))[:2]:
        r = t.duetrace("-q", "-e", LSEEK + "{ print(cpu); }", "--run", "taskset", "-c",
                       str(wanted), t.workload("seek"), "1")
        t.equal(r.out, f"{wanted}\n" + END)


@test
def nsecs_is_the_boot_clock(t):
    before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    r = t.duetrace("-q", "-e", "begin { print(nsecs); }")
    after = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    t.check(before <= int(r.out) <= after, f"{r.out.strip()} is not between {before} and {after}")


@test
def elapsed_counts_from_the_start(t):
    before = time.monotonic_ns()
    r = t.duetrace("-q", "-e", "begin { @b = elapsed; } interval:ms:50 { print(elapsed - @b);"
                   " clear(@b); exit(); }")
    took = time.monotonic_ns() - before
    value = int(r.out)
    t.check(40_000_000 <= value <= took, f"{value} ns went by in a run of {took} ns")


@test
def rand(t):
    values = {t.duetrace("-q", "-e", "begin { print(rand); }").out for _ in range(3)}
    t.check(len(values) > 1, f"three runs gave the same number {values}")
    for value in values:
        t.check(0 <= int(value) < 1 << 32, f"{value} is not 32 bits")


@test
def curtask(t):
    r = t.duetrace("-q", "-e", r'begin { printf("%p %d\n", curtask, curtask != 0); }')
    t.matches(r"0x[0-9a-f]+ 1\n\n\n", r.out)


@test
def cgroup(t):
    """The id of the cgroup v2 is the inode number of its directory."""
    path = next((line.split("::", 1)[1].strip() for line in open("/proc/self/cgroup")
                 if line.startswith("0::")), None)
    if path is None or not os.path.isfile("/sys/fs/cgroup/cgroup.procs"):
        raise Skip("cgroup v2 is not mounted at /sys/fs/cgroup")
    r = t.duetrace("-q", "-e", LSEEK + "{ print(cgroup); }", "--run", t.workload("seek"), "1")
    t.equal(r.out, f"{os.stat('/sys/fs/cgroup' + path).st_ino}\n" + END)


@test
def cpid(t):
    out = t.tmp / "out"
    r = t.duetrace("-q", "-o", out, "-e", "begin { print(cpid); }", "--run", "sh", "-c", "echo $$")
    t.equal(out.read_text(), r.out + END)


says("cpid-without-a-command", "print(cpid);", "0\n", err=re.compile(""))

# str


@test
def str_length_counts_the_nul(t):
    r = t.duetrace("-q", "-e", "tracepoint:syscalls:sys_enter_openat /pid == cpid/"
                   ' { if (str(args.filename) == "/no/such/file") { print(str(args.filename, 4));'
                   " print(str(args.filename, 14)); print(str(args.filename, 100)); } }",
                   "--run", t.workload("open"), "/no/such/file")
    t.found(r"^/no(\.\.)?\n/no/such/file\n/no/such/file\n\n\n$", r.out)


says("str-of-null", "$p = nsecs * 0; print(str($p)); print(1);", "\n1\n")
says("str-of-a-bad-address", 'print(str(0x10)); print(1);', "\n1\n", err=re.compile(""))
