# SPDX-License-Identifier: Apache-2.0
"""USDT probes: their places, their arguments, their semaphores."""
import re
import shutil
import subprocess

from harness import WAIT, filled, test

BUILDS = {"O0": ("-O0",), "O2": (), "no-pie": ("-no-pie",), "static": ("-static",),
          "static-pie": ("-static-pie",)}


def markers(t, how="O2"):
    return t.workload("markers", *BUILDS[how])


def traced(t, program, want, *, how="O2", words=""):
    path = markers(t, how)
    r = t.duetrace("-q", "-c", f"{path} {words}", "-e", program.replace("@@", path))
    t.equal(r.err, "", "stderr")
    t.equal([line for line in filled(r.out) if not line.startswith("enabled")], want)


def values_of(how):
    def body(t):
        path = markers(t, how)
        traced(t, 'usdt:@@:mine:plain { printf("%d %s %ld %u %d %u\\n", arg0, str(arg1), arg2, arg3, arg4, arg5); } '
               "usdt:@@:mine:memory { print((arg0, arg1, arg2, arg3, arg4)); } "
               "usdt:@@:mine:places { print((arg0, arg1)); }",
               [f"-3 {path} -1234567890123 250 -7 65535", "(-5000000000, -2, -20, 30, -1)",
                "(5, 1)", "(-100, 1)", "(5000, 1)"], how=how)
    body.__module__ = __name__
    test(name=f"values-{how}")(body)


for how in BUILDS:
    values_of(how)


@test
def signs_and_widths(t):
    traced(t, "usdt:@@:mine:plain { print(arg0); print(arg2); print(arg3); print(arg5); @max = max(arg0); }",
           ["-3", "-1234567890123", "250", "65535", "@max: -3"])


@test
def names(t):
    path = markers(t)
    traced(t, "U:@@:plain { print((probe, probetype)); } usdt:@@:m*:pl?in { @ = count(); }",
           [f"(usdt:{path}:mine:plain, usdt)", "@: 1"])


@test
def every_place_counts(t):
    traced(t, "usdt:@@:places { @ = count(); @sum = sum(arg0); }", ["@: 3000", "@sum: " + str(sum((n + 5) * 1001 - 100 for n in range(1000)))], words="1000")


@test
def wildcard_over_providers(t):
    path = markers(t)
    traced(t, "usdt:@@:*:* { @[probe] = count(); }",
           [f"@[usdt:{path}:{name}]: {n}" for n, name in
            ((1, "mine:guarded"), (1, "mine:memory"), (1, "mine:plain"), (1, "other:bare"),
             (1, "other:strange"), (3, "mine:places"))])


@test
def wildcard_with_arguments(t):
    """One program whose places keep the argument in four ways."""
    path = markers(t)
    traced(t, "usdt:@@:mine:guarded, usdt:@@:mine:places { @[probe, arg0] = count(); } END { print(1); }",
           ["1"] + [f"@[usdt:{path}:mine:{name}]: 1" for name in
                    ("guarded, 0", "places, -100", "places, 5", "places, 5000")])


@test
def semaphore(t):
    path = markers(t)
    t.equal(t.run(path).out, "enabled 0\n")
    r = t.duetrace("-q", "--usdt-file-activation", "-c", path + " 7", "-e", f"usdt:{path}:guarded {{ @ = sum(arg0); }}")
    t.equal(filled(r.out), ["enabled 7", "@: 21"])
    t.equal(t.run(path).out, "enabled 0\n")


@test
def registers(t):
    traced(t, 'usdt:@@:plain { @[reg("ip") == reg("pc"), reg("sp") > 4096] = count(); }', ["@[true, true]: 1"])


@test
def of_a_process(t):
    path = markers(t)
    mine, other = t.start(path, "-"), t.start(path, "-")
    out = [f"usdt:{path}:mine:{name}" for name in ("guarded", "memory", "places", "plain")]
    for pattern in ("usdt:*:mine:*", "usdt::mine:*"):
        r = t.duetrace("-l", pattern, "-p", mine.pid)
        t.equal(filled(r.out), out)
    tracer = t.trace("-p", mine.pid, "-e", "usdt:*:mine:plain { @[pid] = count(); } usdt::guarded { @g = count(); }")
    for process in (other, mine):
        process.finish()
    t.equal(filled(tracer.finish().out), [f"@[{mine.pid}]: 1", "@g: 1"])
    t.equal((other.out, mine.out), ("enabled 0\n", "enabled 1\n"))
    t.refused("usdt:*:mine:plain { }", "it needs -p PID")


@test
def lists_all_of_a_process(t):
    path = markers(t)
    process = t.start(path, "-")
    found = filled(t.duetrace("-l", "-p", process.pid).out)
    for name in (f"usdt:{path}:mine:plain", f"uprobe:{path}:main", f"uretprobe:{path}:main"):
        t.check(name in found, f"no {name}")
    t.check(not [name for name in filled(t.duetrace("-l").out) if name.startswith(("uprobe:", "usdt:"))],
            "files without a process")


@test
def lists(t):
    path = markers(t)
    want = [f"usdt:{path}:{name}" for name in ("mine:guarded", "mine:memory", "mine:places", "mine:plain",
                                               "other:bare", "other:strange")]
    t.equal(filled(t.duetrace("-l", f"usdt:{path}:*").out), want)
    t.equal(filled(t.duetrace("-l", f"usdt:{path}").out), want)
    t.equal(filled(t.duetrace("-l", f"usdt:{path}:o*:*").out), want[4:])


@test
def with_the_header(t):
    """Notes that <sys/sdt.h> makes, in a library that two processes use."""
    asked = subprocess.run(["gcc", "-E", "-include", "sys/sdt.h", "-x", "c", "/dev/null"],
                           capture_output=True, check=False, timeout=WAIT)
    if asked.returncode:
        t.skip("sys/sdt.h is not installed")
    source = t.write("s.c", "#include <sys/sdt.h>\nint f(int a, const char *s)\n"
                     "{ STAP_PROBE3(head, er, a, s, (char)-5); return a; }\n")
    main = t.write("m.c", "int f(int, const char *);\nint main(void) { return f(7, \"text\") - 7; }\n")
    for words in (("-shared", "-fPIC", "-o", t.tmp / "libs.so", source),
                  ("-o", t.tmp / "main", main, t.tmp / "libs.so")):
        subprocess.run(["gcc", "-O2", *words], check=True, timeout=WAIT)
    r = t.duetrace("-q", "-c", t.tmp / "main", "-e",
                   f'usdt:{t.tmp}/libs.so:head:er {{ printf("%d %d\\n", arg0, arg2); }}')
    t.equal((filled(r.out), r.err), (["7 -5"], ""))


@test
def compares_with_bpftrace(t):
    t.need("bpftrace")
    path = shutil.copy(markers(t), t.tmp)
    program = f'usdt:{path}:mine:plain {{ printf("%d %d %d\\n", arg0, arg3, arg4); }}'
    ours = filled(t.duetrace("-q", "-c", path, "-e", program).out)
    theirs = filled(t.run("bpftrace", "-q", "-c", path, "-e", program).out)
    t.check(any(line in theirs for line in ours if re.match(r"-3", line)), f"{ours} but {theirs}")


@test
def wrong(t):
    path = markers(t)
    t.refused(f"usdt:{path}:mine:plane {{ }}", r"No matches for usdt .*:mine:plane\.",
            r"Did you mean 'usdt:.*:mine:plain'\?")
    t.refused(f"usdt:{path}:mine:guarded {{ print(arg1); }}", "has 1 arguments: there is no arg1")
    t.refused(f"usdt:{path}:bare {{ print(arg0); }}", "has 0 arguments: there is no arg0")
    t.refused(f"usdt:{path}:strange {{ print(arg0); }}", "the place of arg0 of .* is not known: '8f@%xmm0'")
    t.refused(f"usdt:{path}:strange {{ print(arg1); }}", "the place of arg1 of .* is not known: '4@%cr0'")
    t.refused(f"usdt:{path}:mine:plain {{ print(retval); }}", "The retval builtin can only be used with 'kretprobe' and 'uretprobe' and 'fentry' probes")
    t.refused(f"usdt:{t.workload('open')}:mine:plain {{ }}", "The file has no USDT probes")
    t.refused("usdt:/no/such:a:b { }", "usdt target file '/no/such' does not exist")
    t.refused(f"usdt:{path} {{ }}", "usdt probe type requires 2 or 3 arguments")


@test
def damaged_notes(t):
    """Whatever the notes hold, nothing but their probes is lost."""
    path = t.tmp / "damaged"
    data = bytearray(open(markers(t), "rb").read())
    at = data.index(b"stapsdt\0")
    for n, change in enumerate((b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\xff\xff\xff\x7f")):
        copy = bytearray(data)
        copy[at - 8:at - 4] = change  # the length of a note
        path.write_bytes(copy)
        r = t.duetrace("-l", f"usdt:{path}:*")
        t.check(r.status in (0, 1), f"{n}: status {r.status}")
    for end in (64, 1000, at + 20):
        path.write_bytes(data[:end])
        r = t.duetrace("-e", f"usdt:{path}:mine:plain {{ }}")
        t.equal(r.status, 1)
