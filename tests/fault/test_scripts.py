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
              "limit = int(sys.argv[2])\n"
              "resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 2))\n"
              "status = subprocess.run(sys.argv[3:]).returncode\n"
              "u = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
              "open(sys.argv[1], 'w').write(f'{u.ru_utime + u.ru_stime} {u.ru_maxrss}')\n"
              "sys.exit(status if status >= 0 else 128 - status)", usage, "50" if t.session.sanitized else "10", t.binary,
              *args, **options)
    seconds, kib = (float(x) for x in usage.read_text().split())
    t.measure(seconds < LIMIT_S, f"{seconds:.2f} s of CPU time")
    t.measure(kib * 1024 < LIMIT_BYTES, f"{kib / 1024:.0f} MiB")
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
    for name, token in TOKENS.items():
        yield "mebibyte-of-" + name, "begin { " + token * ((1 << 20) // len(token)) + " }"
    for name, (before, inside, after) in NESTED.items():
        yield "deep-" + name, "begin { " + before * 10_000 + inside + after * 10_000 + " }"
    for name, (before, each, after) in MANY.items():
        yield "many-" + name, before + "".join(each % ((i,) * each.count("%")) for i in range(100_000)) + after
    yield "unrolled-loops", "begin { " + "unroll(100) { unroll(100) { @++; } } " * 100 + "}"
    yield "unrolled-prints", "begin { unroll(100) { " + "print(@); " * 99 + "} }"
    yield "squares-of-macros", "macro m(e) { e * e }\nbegin { print(" + "m(" * 40 + "pid" + ")" * 40 + "); }"
    yield "macros-with-blocks", "macro m(e) { { let $a = e; $a + e } }\nbegin { print(" + "m(" * 30 + "1" + ")" * 30 + "); }"
    yield "a-define-of-everything", "#define A(x) x x x x x x x x\n" + "begin { " + "A(" * 20 + "@++;" + ")" * 20 + " }"
    yield "conditions-of-c", "#if " + "(" * 10_000 + "1" + ")" * 10_000 + "\n#endif\nbegin { }"
    yield "nested-conditions-of-c", "#if 1\n" * 10_000 + "#endif\n" * 10_000 + "begin { }"
    yield "pointers-of-c", "struct s { int " + "*" * 100_000 + "p; };\nbegin { print(sizeof(struct s)); }"
    yield "arrays-of-c", "struct s { int a" + "[2]" * 10_000 + "; };\nbegin { print(sizeof(struct s)); }"
    yield "declarators-of-c", "struct s { int " + "(*" * 10_000 + "p" + ")(void)" * 10_000 + "; };\nbegin { print(sizeof(struct s)); }"
    yield "structs-in-structs", "struct s { " * 10_000 + "int x;" + " };" * 10_000 + "\nbegin { print(sizeof(struct s)); }"
    yield "long-format", 'begin { printf("' + "%d" * (1 << 19) + '", 1); }'
    yield "wide-format", 'begin { printf("%2147483647d %99999999999s %.99999999s", 1, "a", "b"); }'
    yield "huge-tuple", "begin { @ = (" + "pid, " * 100_000 + "1); }"
    yield "huge-shift", "begin { print(1 << 18446744073709551615); print((uint8)1 << $1); }"
    yield "huge-range", "begin { for ($i : 0..9223372036854775807) { @++; } }"
    yield "huge-index", "begin { print(args[18446744073709551615]); print(comm[9223372036854775807]); }"
    yield "many-values", "begin { " + "".join(f"$v{i} = (comm, {i}); " for i in range(3_000)) + "}"
    yield "large-values", "begin { " + "".join(f'$v{i} = str($1, 200); @a[$v{i}] = $v{i}; ' for i in range(400)) + "}"
    yield "patterns", ",".join(["tracepoint:" + "*s*y*s*" * 100 + ":" + "*e*" * 1000] * 200) + " { @ = count(); }"
    yield "sets-of-letters", "tracepoint:sys*:[" + "a-z" * 100_000 + "]* { }"
    yield "a-pattern-of-stars", "tracepoint:syscalls:" + "*a" * 5000 + "* { }"


# One token, as often as a mebibyte has room for it: of each kind that the lexer knows.
TOKENS = {
    "words": "word ", "keywords": "while ", "variables": "$x ", "maps": "@x ", "parameters": "$1 ", "hex": "0xff ",
    "durations": "1s ", "strings": '"s" ', "escapes": '"\\n\\x41\\101" ', "semicolons": ";", "commas": ",", "colons": ":",
    "dots": ".", "ranges": "..", "arrows": "->", "questions": "?", "quotes": '"', "apostrophes": "'", "backslashes": "\\",
    "hashes": "\n#", "slashes": "/ ", "stars": "*", "ands": "&&", "shifts": "<<", "assignments": "=", "steps": "++",
    "closing": "}", "closing-parentheses": ")", "closing-brackets": "]", "opening-brackets": "[", "dollars": "$", "ats": "@",
    "carriage-returns": "\r", "line-ends": "\n", "form-feeds": "\f", "byte-255": "\xff", "combining": "\u0301", "null-bytes": "\0",
    "line-comments": "//\n", "block-comments": "/**/", "open-comments": "/*", "imports": 'import "x";', "lets": "let ",
    "structs": "struct s ", "defines": "\n#define A A", "includes": "\n#include <x>", "calls": "print(1);", "macros-within": "macro m() { 1 } ",
    "functions-within": "fn f() : int64 { return 1; } ", "blocks": "{ }", "ifs": "if (1) { } ", "returns": "return;",
}
# Opened ten thousand times, with something in the middle, and closed as often.
NESTED = {
    "while": ("while (1) { ", "@++;", " }"),
    "for": ("for ($i : 0..2) { ", "@++;", " }"),
    "for-map": ("for ($kv : @m) { ", "@++;", " }"),
    "unroll": ("unroll(2) { ", "@++;", " }"),
    "if-value": ("print(if 1 { ", "1", " } else { 2 });"),
    "ternary": ("print(1 ? ", "1", " : 2);"),
    "ternary-condition": ("(", "$1", " ? 1 : 2)"),
    "call": ("str(", "$1", ")"),
    "aggregate": ("@ = count(", "", ");"),
    "index": ("$a[", "1", "]"),
    "member": ("(", "curtask", ").parent"),
    "dereference": ("*", "curtask", ""),
    "address": ("&", "$x", ""),
    "minus": ("- ", "1", ""),
    "tilde": ("~", "1", ""),
    "cast-struct": ("(struct task_struct *)", "$1", ""),
    "sizeof": ("sizeof(", "1", ")"),
    "typeof": ("(typeof(", "1", "))1"),
    "offsetof": ("offsetof(struct ", "x", ", y)"),
    "record": ("print((a=", "1", "));"),
    "record-value": ("(a=", "1", ")"),
    "tuple-of-pairs": ("(1, ", "1", ")"),
    "emit": ("emit x { a = ", "1", " };"),
    "predicate": ("/", "1", "/"),
    "block": ("{", "", "}"),
    "comptime": ("if comptime (1) { ", "@++;", "}"),
    "in": ("in(", '"a"', ", x)"),
    "map-key-tuple": ("@[(", "1", ")]"),
    "step": ("++", "$x", ""),
    "logical": ("(1 && ", "1", ")"),
}
# A hundred thousand of them, each with its number.
MANY = {
    "maps": ("begin { ", "@m%d = 1; ", "}"),
    "map-declarations": ("", "let @m%d = hash(10);\n", "begin { }"),
    "variables": ("begin { ", "$v%d = 1; ", "}"),
    "strings": ("begin { ", 'print("s%d"); ', "}"),
    "members": ("struct s { ", "int m%d; ", "};\nbegin { print(sizeof(struct s)); }"),
    "bitfields": ("struct s { ", "int m%d:3; ", "};\nbegin { print(sizeof(struct s)); }"),
    "structs": ("", "struct s%d { int x; };\n", "begin { }"),
    "enumerators": ("enum e { ", "E%d, ", "};\nbegin { print(E9); }"),
    "typedefs": ("", "typedef int t%d;\n", "begin { }"),
    "defines": ("", "#define D%d %d\n", "begin { print(D7); }"),
    "macros": ("", "macro m%d() { 1 }\n", "begin { print(m7()); }"),
    "functions": ("", "fn f%d($x : int64) : int64 { return $x; }\n", "begin { print(f7(1)); }"),
    "imports": ("", 'import "f%d.dt";\n', "begin { }"),
    "settings": ("config = { ", "max_strlen = %d; ", "} begin { }"),
    "unknown-settings": ("config = { ", "nothing%d = 1; ", "} begin { }"),
    "arguments": ('begin { printf("x"', ", %d", "); }"),
    "macro-arguments": ("macro m($a) { 1 }\nbegin { m(1", ", %d", "); }"),
    "fields": ("begin { emit x { a = 1", ", f%d = 1", " }; }"),
    "record-fields": ("begin { print((a=1", ", f%d=1", ")); }"),
    "keys": ("begin { @[1", ", %d", "] = 1; }"),
    "functions-of-nothing": ("begin { ", "nothing%d(1); ", "}"),
    "uprobes": ("", "uprobe:/nosuch%d:f { }\n", ""),
    "tracepoints-of-nothing": ("", "tracepoint:a%d:b { }\n", ""),
    "processes": ("", "begin { }\n", ""),
    "predicates": ("begin /1", " && %d", "/ { }"),
    "files": ("", 'file:open /args.name == "%d"/ { @ = count(); }\n', ""),
}



@test
def too_much_for_the_compiler(t):
    """What is not known to be too large before it is compiled is stopped when it has taken too long."""
    # A limit that is lower than the compiler's own is kept.
    path = t.write("x.dt", "begin { $x = pid; " + "print($x); " * 600 + "}")
    r = t.run("prlimit", "--cpu=50", t.binary, "--dry-run", path)
    t.equal((r.out, r.err, r.status), ("", "", 0))
    path = t.write("x.dt", "".join(f"interval:s:{n + 1} {{ " + "@a[pid]++; " * 400 + "}\n" for n in range(5)))
    r = t.run("prlimit", "--cpu=1:2", t.binary, "--dry-run", path)
    t.equal((r.out, r.status), ("", 1))
    t.found("^ERROR: the script is too large: compiling it takes too long\n", r.err)


@test
def too_large_before_it_is_compiled(t):
    """What LLVM would work on for minutes is refused with its place and its size, and soon."""
    for what, text in (("the program of this probe is", "begin { }\nend { " + "$x = 1 + $1; print($x); " * 4990 + "}"),
                       ("the programs of this script are together",
                        "begin { }\n" + "".join(f"interval:s:{n + 1} {{ " + "@a[pid]++; " * 400 + "}\n" for n in range(8)))):
        r, seconds, mib = measured(t, "--dry-run", t.write("x.dt", text))
        t.equal((r.out, r.status), ("", 1))
        t.found(rf"^\S+/x\.dt:{'2' if 'program of' in what else '1'}:\S+: ERROR: {what} too large: \d+ instructions in \d+ blocks, "
                r"the limit is \d+ in \d+\n", r.err)
        t.figure(f"{seconds:.2f} s, {mib:.0f} MiB")


@test
def more_than_a_script_may_have(t):
    """What is found by going through a list has a limit: as many are taken, and one more is not."""
    sections = lambda n: "".join(f"let @m{i} = hash(1);\n" for i in range(n - 1)) + "macro m() { 1 }\nbegin { print(m()); }"  # noqa: E731
    r, _, _ = measured(t, "--no-warnings", "--dry-run", t.write("x.dt", sections(4096)))
    t.equal((r.out, r.err, r.status), ("", "", 0))
    r, _, _ = measured(t, "--dry-run", t.write("x.dt", sections(4097)))
    t.found(r"^\S+:4097:\S+: ERROR: the script is too large: it has more than 4096 settings, imports, declarations of maps, macros, "
            "functions, sets and rules\n", r.err)
    record = lambda n: "begin { $x = (" + ", ".join(f"f{i}={i}" for i in range(n)) + "); print($x.f999); }"  # noqa: E731
    r, _, _ = measured(t, "-q", t.write("x.dt", record(1000)))
    t.equal((r.out, r.err, r.status), ("999\n\n\n", "", 0))
    for text in (record(1001), record(1001).replace("$x = (", "emit x { ").replace("); print($x.f999)", " }")):
        r, _, _ = measured(t, "--dry-run", t.write("x.dt", text))
        t.found(r"^\S+:1:\S+: ERROR: a record has 1000 members or fewer\n", r.err)
        t.equal(r.status, 1)


@test
def what_llvm_cannot_do(t):
    """LLVM ends the process when no jump reaches over a program: that is an error with its words, also where its
    own message could not be written because the output is a file, of which the compiler may write nothing."""
    rand = random.Random(3)
    path = t.write("x.dt", "tracepoint:sched:sched_switch { $x = nsecs; " +
                   "".join(f"$x = ($x ^ {rand.getrandbits(63)}) * {rand.getrandbits(63) | 1}; " for _ in range(7500)) + " print($x); }")
    with open(t.tmp / "said", "wb") as said:
        status = t.start("sh", "-c", 'exec "$@" 2>&1', "sh", t.binary, "--dry-run", path, stdout=said).finish().status
    text = (t.tmp / "said").read_text()
    t.equal(status, 1, text)
    t.found("^ERROR: the script cannot be made into BPF: .*[Bb]ranch", text)


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
    p = t.start(t.binary, t.write("x.dt", "".join(f"interval:s:{n + 1} {{ " + "@a[pid]++; " * 400 + "}\n" for n in range(5))))
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
    t.measure(re.search(r"Max address space\s+\d+\s", limits), "no limit of memory")
    t.found(r"Max cpu time\s+\d+\s", limits, "limits")
    fds = {os.readlink(f"/proc/{child}/fd/{n}").split(":")[0] for n in os.listdir(f"/proc/{child}/fd") if int(n) > 2}
    t.equal(fds, {"socket"}, "descriptors")
    # Strings are put below the stack: gdb would call malloc() for them, in which the child may have been stopped.
    calls = [("/etc/passwd", "(int)open($sp-2048,0,0)"), ("", "(int)socket(2,1,0)"), ("/bin/sh", "(int)execl($sp-2048,$sp-2048,0)"),
             ("", "(int)ptrace(16,1,0,0)"), ("", "(int)kill(1,0)"), ("", "(int)fork()")]
    r = t.run("gdb", "-nx", "-batch", "-p", child, "-ex", "handle SIGSTOP nostop noprint nopass",
              *[w for text, call in calls for w in ("-ex", f'set var {{char[{len(text) + 1}]}}($sp-2048) = "{text}"', "-ex", f"print {call}")])
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
