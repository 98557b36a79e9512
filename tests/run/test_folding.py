# SPDX-License-Identifier: Apache-2.0
"""What is known when a script is compiled: literals that are folded, comptime, and the places where a
value must be known."""
import random

from harness import END, case, test

I64, U64 = 1 << 63, 1 << 64


def run(name, program, want, **more):
    case("folding", name, program, want + END, **more)


def divide(a, b):
    q = abs(a) // abs(b)
    return q if (a < 0) == (b < 0) else -q


def value(op, a, b):
    """Of two literals: C's, in as many bits as it takes."""
    return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: divide(a, b),
            "%": lambda: a - divide(a, b) * b, "<": lambda: a < b, "==": lambda: a == b,
            ">=": lambda: a >= b, "!=": lambda: a != b}[op]()


@test
def literals(t):
    """Two hundred sums, products ... of literals, beside what Python makes of them."""
    chance = random.Random(1)
    numbers = [0, 1, 2, 7, 255, 1 << 31, (1 << 32) - 1, I64 - 1, I64, U64 - 1]
    program, want = [], []
    while len(want) < 200:
        a, b = (chance.choice(numbers) * chance.choice((1, -1)) for _ in "ab")
        op = chance.choice("+ - * / % < == >= !=".split())
        if a < -I64 or b < -I64 or (op in "/%" and not b):
            continue
        result = value(op, a, b)
        if not -I64 <= result < U64:
            continue
        program.append(f"print({a} {op} {b});" if b >= 0 else f"print({a} {op} ({b}));")
        want.append(str(result).lower() if isinstance(result, bool) else str(result))
    r = t.duetrace("-q", "-e", "begin { " + " ".join(program) + " }")
    t.equal((r.out, r.err), ("\n".join(want) + "\n" + END, ""))


run("bits", "begin { print((1 << 63, 1 << 31, -8 >> 1, 0xf0 & 0x3c, 0xf0 | 0x0f, 5 ^ 1, ~10, ~0)); "
    "print((-1 & 0xff, -1 ^ 1)); }", "(9223372036854775808, 2147483648, -4, 48, 255, 4, -11, -1)\n(255, -2)\n")
run("truth", 'begin { print((1 && 0, 1 || 0, !5, !!7, "a" == "a", "a" == "ab", "a" != "b", true == false)); }',
    "(false, true, false, true, true, false, true, false)\n")
run("nested", "begin { print(-(-5)); print(2 * (3 + 4) - 20); print((1 + 1 == 2) && (3 > 2)); }",
    "5\n-6\ntrue\n")
run("types-of-folded", "begin { print((sizeof(1 + 1), sizeof(100 + 100), sizeof(1 << 20), sizeof(0 - 129))); }",
    "(1, 2, 4, 2)\n")
run("division-by-zero-is-left", 'begin { print((7 / 0, 7 % 0)); }', "(0, 7)\n",
    flags=("--no-warnings",))
run("typed", "begin { let $a : int8 = 100 + 27; print($a); let $b : uint8 = 2 * 100; print($b); }", "127\n200\n")
case("folding", "out-of-range", "begin { let $a : int8 = 100 + 28; }", "", status=1,
     err="stdin:1:25-33: ERROR: the literal 100 + 28 is out of range for type 'int8'\n"
         "begin { let $a : int8 = 100 + 28; }\n"
         "                        ~~~~~~~~\n")
case("folding", "rest-of-a-parameter",
     "begin { print((str($1), str($1 + 1), str($1 + 2, 3), str($1 + 6), str($1 + 1 * 4))); "
     'if (str($1 + 3) == "def") { print(strlen(str($1 + 4))); } @[str($1 + 5)] = 1; }',
     "(abcdef, bcdef, cd, , ef)\n2\n" + END + "@[f]: 1\n", params=("abcdef",))
run("comptime-branches", """macro kind(x) {
  if comptime (is_str(x)) { printf("str %s\\n", x); }
  else if comptime (is_ptr(x)) { printf("ptr %d\\n", x->tgid == pid); }
  else { printf("num %d\\n", x + 1); }
}
begin { kind("a"); kind(5); kind(curtask); }""", "str a\nnum 6\nptr 1\n")
run("dead-branches", 'begin { if comptime (probetype == "special") { print(1); } else { @dead = args.nothing; } '
    'if comptime (1 > 2) { $x = curtask->nothing; } print(comptime (1 == 1) ? "yes" : args.no); }', "1\nyes\n")
case("folding", "probe-names", 'begin { if comptime (probe == "begin") { print("b"); } } '
     'end { if comptime (probe == "begin") { print("no"); } else { print("e"); } }', "b\ne\n" + END)
case("folding", "probe-at-run-time", 'begin, end { if (probe == "end") { print("e"); } '
     'else if ("begin" == probe) { print("b"); } print(probe != "x"); }', "b\ntrue\ne\ntrue\n" + END)
run("parameters", 'begin { if comptime ($1 == 7) { print("seven"); } if comptime (str($2) == "abc") { print("abc"); } '
    'if comptime ($# == 2) { print("two"); } if comptime (getopt("x", 3) == 3) { print("x"); } }',
    "seven\nabc\ntwo\nx\n", params=("7", "abc"))
case("folding", "constant-places", "begin { unroll(sizeof(uint16) + 1) { @u++; } "
     "@l = lhist(5, 0, 5 * 2, sizeof(uint8)); @h = hist(5, 1 + 1); "
     'print(strncmp("abc", "abd", 1 + 1)); }', "0\n" + END +
     "@h:\n[5]                    1 |" + "@" * 52 + "|\n\n@l:\n[5]                    1 |" + "@" * 52 +
     "|\n\n@u: 3\n")
run("typeinfo", 'config = { unstable_typeinfo = enable } begin { print(typeinfo(pid)); '
    'print((typeinfo("ab").base_ty, typeinfo(curtask).full_ty, typeinfo(true).base_ty, typeinfo((1, 2)).base_ty)); '
    'if comptime (typeinfo(pid).full_ty == "uint32") { print("pid"); } }',
    "{ .btf_id = 0, .base_ty = int, .full_ty = uint32 }\n(string, struct task_struct *, bool, tuple)\npid\n")
run("static-assert", 'begin { static_assert(sizeof(uint32) == 2 * 2, "no"); '
    'static_assert(offsetof(struct task_struct, comm) > 8 && !is_str(1), "no"); print(1); }', "1\n")


@test
def parameters_of_an_image(t):
    """What only chose a branch is compiled in; another value is refused when the image runs."""
    out = t.tmp / "x.o"
    r = t.duetrace("--emit", "image", "-o", out, "-e",
                   "begin { if comptime ($1 == 5) { print(str($2 + 1)); } else { print(6); } }", "5", "x")
    t.equal((r.out, r.err, r.status), ("", "", 0))
    r = t.run(t.runner, "-q", out, "5", "word")
    t.equal((r.out, r.err), ("ord\n" + END, ""))
    r = t.run(t.runner, "-q", out, "6", "word")
    t.equal((r.out, r.status), ("", 1))
    t.found("parameter \\$1 is '6', but this image was compiled with '5'", r.err)
