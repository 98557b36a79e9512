# SPDX-License-Identifier: Apache-2.0
"""Hostile scripts and images: a clear error soon and in little memory, from a child that may do nothing."""
import os
import random
import re

from harness import test

LIMIT_S, LIMIT_BYTES = 2, 512 << 20
# A machine with other work on it: time is what the compiler's processes took, not the clock's.


def measured(t, *args, **options):
    """The result of a run; it and its child must have kept to the limits."""
    usage = t.tmp / "usage"
    r = t.run("python3", "-c", "import os, resource, subprocess, sys\n"
              "status = subprocess.run(sys.argv[2:]).returncode\n"
              "u = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
              "open(sys.argv[1], 'w').write(f'{u.ru_utime + u.ru_stime} {u.ru_maxrss}')\n"
              "sys.exit(status if status >= 0 else 128 - status)", usage, t.binary, *args, **options)
    seconds, kib = (float(x) for x in usage.read_text().split())
    t.check(seconds < LIMIT_S, f"{seconds:.2f} s of CPU time")
    t.check(kib * 1024 < LIMIT_BYTES, f"{kib / 1024:.0f} MiB")
    return r, seconds, kib / 1024


def hostile():
    """(name, text) of scripts that must be refused, or compiled, within the limits."""
    yield "mebibyte-of-statements", "begin { " + "@x = 1; " * (1 << 17) + "}"
    yield "mebibyte-of-a-string", 'begin { print("' + "x" * (1 << 20) + '"); }'
    yield "mebibyte-of-a-name", "begin { @" + "x" * (1 << 20) + " = 1; }"
    yield "mebibyte-of-digits", "begin { print(" + "1" * (1 << 20) + "); }"
    yield "mebibyte-of-a-comment", "/*" + "*" * (1 << 20)
    yield "mebibyte-of-braces", "{" * (1 << 20)
    yield "mebibyte-of-noise", random.Random(1).randbytes(1 << 20).replace(b"\0", b"x")
    yield "mebibyte-of-operators", "begin { print(1" + "+1" * (1 << 19) + "); }"
    yield "mebibyte-of-unary", "begin { print(" + "!" * (1 << 20) + "1); }"
    yield "mebibyte-of-ternaries", "begin { print(" + "1?1:" * (1 << 18) + "1); }"
    yield "mebibyte-of-errors", "begin { " + "$x = nothing_$; " * (1 << 16) + "}"
    yield "parentheses", "begin { print(" + "(" * 10_000 + "1" + ")" * 10_000 + "); }"
    yield "open-parentheses", "begin { print(" + "(" * 10_000
    yield "brackets", "begin { @a" + "[@a" * 10_000 + "[1]" + "]" * 10_000 + " = 1; }"
    yield "blocks", "begin { " + "if (1) { " * 10_000 + "}" * 10_001
    yield "casts", "begin { print(" + "(int8)" * 10_000 + "1); }"
    yield "tuples", "begin { print(" + "(1, " * 10_000 + "1" + ")" * 10_000 + "); }"
    yield "else-ifs", "begin { " + "if ($1) { } else " * 10_000 + "{ } }"
    yield "loops", "begin { " + "unroll(100) { " * 8 + "@++; " + "}" * 9
    yield "probes", "tracepoint:sched:sched_switch { @ = count(); }\n" * 100_000
    yield "probes-of-one-block", ",".join(["begin"] * 100_000) + " { }"
    yield "intervals", "".join(f"interval:ms:{i + 1} {{ @{i} = 1; }}\n" for i in range(100_000))
    yield "huge-map", "let @a = hash(18446744073709551615); begin { @a[1] = 1; }"
    yield "huge-lhist", "begin { @ = lhist(1, 0, 18446744073709551615, 1); }"
    yield "huge-array", "struct s { int a[0x7fffffffffffffff]; }; begin { print(sizeof(struct s)); }"
    yield "huge-strlen", "config = { max_strlen = 18446744073709551615 } begin { }"
    yield "deep-macros", "".join(f"#define M{i} M{i - 1} M{i - 1}\n" for i in range(1, 40)) + "#define M0 1\nbegin { print(M39); }"
    yield "deep-script-macros", "".join(f"macro m{i}() {{ m{i - 1}() + m{i - 1}() }}\n" for i in range(1, 40)) + "macro m0() { 1 }\nbegin { print(m39()); }"
    yield "a-macro-of-itself", "macro m() { m() }\nbegin { print(m()); }"
    yield "a-define-of-itself", "#define A B\n#define B A\nbegin { print(A); }"
    yield "long-chain-of-defines", "".join(f"#define D{i} D{i + 1}\n" for i in range(20_000)) + "begin { print(D0); }"
    yield "nested-structs", "".join(f"struct s{i} {{ struct s{i - 1} a[2]; }};\n" for i in range(1, 64)) + "struct s0 { int x; };\nbegin { print(sizeof(struct s63)); }"
    yield "a-function-of-itself", "fn f($x: int64): int64 { return f($x); }\nbegin { print(f(1)); }"


@test
def too_much_for_the_compiler(t):
    """What is not known to be too large before it is compiled is stopped when it has taken too long."""
    path = t.write("x.dt", "begin { " + "$x = 1 + $1; print($x); " * 4990 + "}")
    # A limit that is lower than the compiler's own is kept.
    r = t.run("prlimit", "--cpu=3:4", t.binary, "--dry-run", path)
    t.equal((r.out, r.status), ("", 1))
    t.found("^ERROR: the script is too large: compiling it takes too long\n", r.err)


def add(name, text):
    @test(name=name)
    def one(t):
        path = t.tmp / "x.dt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        r, seconds, mib = measured(t, "--dry-run", "--emit", "image", "-o", t.tmp / "x.o", path)
        t.check(r.status in (0, 1), f"status {r.status}")
        if r.status:
            t.found("ERROR: ", r.err)
            t.absent("killed by signal|gave up", r.err, "what it says")
        t.check(len(r.err) < 100_000, f"{len(r.err)} bytes of messages")
        t.figure(f"{seconds:.2f} s, {mib:.0f} MiB, {'refused' if r.status else 'compiled'}")


for _name, _text in hostile():
    add(_name, _text)


@test
def imports_in_a_circle(t):
    for i in range(3):
        t.write(f"{i}.dt", f'import "{(i + 1) % 3}.dt";\nmacro m{i}() {{ 1 }}\n')
    path = t.write("main.dt", 'import "0.dt";\nbegin { print(m0() + m2()); }')
    r, _, _ = measured(t, "-q", path)
    t.equal((r.status, r.out, r.err), (0, "2\n\n\n", ""))
    t.write("self.dt", 'import "self.dt";\nbegin { print(1); }')
    r, _, _ = measured(t, "-q", t.tmp / "self.dt")
    t.check(r.status == 1 and "ERROR: " in r.err or r.out == "1\n\n\n", f"{r.status} {r.out!r} {r.err!r}")


@test
def includes_of_itself(t):
    (t.tmp / "a.h").write_text('#include "a.h"\n')
    path = t.write("main.dt", '#include "a.h"\nbegin { print(1); }')
    r, _, _ = measured(t, "-q", path)
    t.check(r.status == 1 and "ERROR: " in r.err or r.out == "1\n\n\n", f"{r.status} {r.err[:500]!r}")


@test
def the_compile_child(t):
    """No capability, no new privileges, a filter, limits, no file: seen in /proc and by a debugger's calls."""
    t.need("gdb", "strace")
    # Some seconds of work, so that there is time to find it.
    p = t.start(t.binary, t.write("x.dt", "begin { " + "$x = 1 + $1; print($x); " * 3000 + "}"))
    child = None

    def found():
        nonlocal child
        try:
            children = open(f"/proc/{p.pid}/task/{p.pid}/children").read().split()
        except OSError:
            return False
        for pid in children:
            try:
                os.kill(int(pid), 19)
            except ProcessLookupError:
                continue
            text = open(f"/proc/{pid}/status").read()
            if "Seccomp:\t2" in text:
                child = pid
                return True
            os.kill(int(pid), 18)
        return False
    t.eventually(found, "there is no compile child, or it has no filter", 20)
    status = dict(re.findall(r"(?m)^(\w+):\t(.*)$", open(f"/proc/{child}/status").read()))
    for key in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
        t.equal(status[key], "0" * 16, key)
    t.equal((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
    t.equal(status["Uid"].split(), ["65534"] * 4, "uid")
    limits = open(f"/proc/{child}/limits").read()
    for name in ("Max core file size", "Max file size", "Max processes", "Max open files"):
        t.found(rf"{name}\s+0\s+0\s", limits, "limits")
    t.found(r"Max address space\s+\d+\s", limits, "limits")
    t.found(r"Max cpu time\s+\d+\s", limits, "limits")
    fds = {os.readlink(f"/proc/{child}/fd/{n}").split(":")[0] for n in os.listdir(f"/proc/{child}/fd") if int(n) > 2}
    t.equal(fds, {"socket"}, "descriptors")
    calls = ['(int)open("/etc/passwd",0,0)', "(int)socket(2,1,0)", '(int)execl("/bin/sh","sh",0)', "(int)ptrace(16,1,0,0)",
             "(int)kill(1,0)", "(int)fork()"]
    r = t.run("gdb", "-nx", "-batch", "-p", child, "-ex", "handle SIGSTOP nostop noprint nopass", *[w for c in calls for w in ("-ex", f"print {c}")])
    t.equal(re.findall(r"(?m)^\$\d+ = (.*)$", r.out), ["-1"] * len(calls), r.err)
    os.kill(int(child), 18)
    p.send_signal(2)
    p.finish()


# --- images ---


def image(t, program="begin { printf(\"%d\\n\", 5); @x[1] = 2; }"):
    path = t.tmp / "good.o"
    r = t.duetrace("--emit", "image", "-o", path, "-e", program)
    t.equal(r.status, 0, r.err)
    return path.read_bytes()


@test
def damaged_images(t):
    """Every cut and every bit that is turned is refused with a reason, or changes nothing that matters."""
    good = image(t)
    rand = random.Random(7)
    damaged = [good[:n] for n in (0, 1, 4, 63, 64, len(good) // 2, len(good) - 1)]
    for _ in range(t.times(40, 400)):
        data = bytearray(good)
        data[rand.randrange(len(data))] ^= 1 << rand.randrange(8)
        damaged.append(bytes(data))
    refused = 0
    for number, data in enumerate(damaged):
        path = t.tmp / "bad.o"
        path.write_bytes(data)
        r = t.run(t.runner, "-q", path)
        t.check(r.status in (0, 1), f"number {number}: status {r.status}")
        if r.status:
            refused += 1
            t.found("(?m)^ERROR: .*: .+", r.err)
        else:
            t.equal(r.out.split("\n")[0], "5", f"number {number}")
    t.check(refused > len(damaged) // 2, f"{refused} of {len(damaged)} were refused")
    t.figure(f"{refused} of {len(damaged)} damaged images refused, the others unharmed")


@test
def foreign_objects(t):
    """Objects of other makers, and other files: the reason, from both programs."""
    for name in ("/bin/true", "/etc/passwd", "/dev/null"):
        r = t.run(t.runner, name)
        t.equal((r.status, r.out), (1, ""))
        t.found(r"^ERROR: Could not open \S+: .+\n$", r.err)
    good = bytearray(image(t))
    at = good.find(b"DUETRACE")
    if at >= 0:
        good[at:at + 8] = b"BPFTRACE"
    path = t.tmp / "x.o"
    path.write_bytes(open("/bin/true", "rb").read())
    r = t.duetrace("-q", path)
    t.equal((r.status, r.out), (1, ""))
    t.found("^ERROR: |: ERROR: ", r.err)


@test
def wide_buckets(t):
    """What a fuzzer has found: bounds that do not fit a signed number, of buckets that have none."""
    r = t.duetrace("-q", "-e", "begin { @ = lhist(5, 0, 17179869184000, 17179869184); }")
    t.equal((r.status, r.err), (0, ""))
    t.found(r"(?m)^\[0, (16G|16384M)\) +1 \|@+\|$", r.out)
