# SPDX-License-Identifier: Apache-2.0
"""Statements: loops over maps and ranges, conditions, blocks as values, what leaves what."""
import re

from harness import END, case

FOR = "statements"


def run(name, program, want, **options):
    """What the program prints; maps at the end are kept out by the program or are in `want`."""
    case(FOR, name, program, want, **options)


run("for-map", 'begin { @x[1] = 2; for ($kv : @x) { printf("%d %d\\n", $kv.0, $kv.1); } }',
    "1 2\n" + END + "@x[1]: 2\n")
run("for-map-without-parentheses", 'begin { @x[1] = 2; for $kv : @x { print($kv); } }',
    "(1, 2)\n" + END + "@x[1]: 2\n")
run("for-map-tuple-key", 'begin { @x["a", 1] = 2; for ($kv : @x) { print($kv); print($kv.0.1); } }',
    "((a, 1), 2)\n1\n" + END + "@x[a, 1]: 2\n")
run("for-map-string-value",
    'begin { @x[1] = "abc"; $s = ""; for ($kv : @x) { $s = $kv.1; } print($s); }',
    "abc\n" + END + "@x[1]: abc\n")
run("for-map-capture",
    'begin { @x[1] = 2; @x[2] = 3; $sum = 100; for ($kv : @x) { $sum += $kv.1; } print($sum); '
    'clear(@x); }', "105\n" + END)
run("for-map-aggregation",
    'begin { @x[1] = count(); @x[1] = count(); for ($kv : @x) { printf("%d\\n", $kv.1 + 1); } }',
    "3\n" + END + "@x[1]: 2\n")
for kind, shown in (("sum(5)", "5"), ("min(5)", "5"), ("max(5)", "5"), ("avg(5)", "5")):
    run("for-map-" + kind[:3], f'begin {{ @x[1] = {kind}; for ($kv : @x) {{ print($kv.1); }} clear(@x); }}',
        shown + "\n" + END)
run("for-map-delete",
    'begin { @x[1] = 2; @x[2] = 3; @x[3] = 4; for ($kv : @x) { if ($kv.0 != 2) { delete(@x, $kv.0); } } }',
    END + "@x[2]: 3\n")
run("for-map-break",
    'begin { @x[1] = 2; @x[2] = 3; for ($kv : @x) { @n++; break; } clear(@x); }', END + "@n: 1\n")
run("for-map-continue",
    'begin { @x[1] = 2; @x[2] = 3; for ($kv : @x) { if ($kv.0 == 1) { continue; } print($kv.0); } '
    'clear(@x); }', "2\n" + END)
run("for-map-return",
    'begin { @x[1] = 2; clear(@x); for ($kv : @x) { print("in"); return; } print("never"); }',
    "in\n" + END)
run("for-map-nested",
    'begin { @a[1] = 10; @b[2] = 20; for ($i : @a) { for ($j : @b) { print(($i, $j)); } } '
    'clear(@a); clear(@b); }', "((1, 10), (2, 20))\n" + END)
run("for-map-return-from-nested",
    'begin { @a[1] = 10; clear(@a); for ($i : @a) { for ($j : 0..1000) { if ($j == 7) { '
    'print($j); return; } } print("never"); } print("never"); }', "7\n" + END)
run("for-map-key-of-another",
    'begin { @x[1] = 2; for ($kv : @x) { @y[$kv] = $kv.1; } clear(@x); }', END + "@y[1, 2]: 2\n")

run("for-range", 'begin { for ($i : 0..3) { print($i); } }', "0\n1\n2\n" + END)
run("for-range-without-parentheses", 'begin { for $i : 0..3 { print($i); } }', "0\n1\n2\n" + END)
run("for-range-expressions", 'begin { for ($i : (1+1)..(2*2)) { print($i); } }', "2\n3\n" + END)
run("for-range-negative", 'begin { for ($i : (-2)..1) { print($i); } }', "-2\n-1\n0\n" + END)
run("for-range-empty", 'begin { for ($i : 5..0) { print($i); } for ($i : 3..3) { print($i); } }', END)
run("for-range-map-bound",
    'begin { @m[5] = 3; for ($i : 0..@m[5]) { print($i); } clear(@m); }', "0\n1\n2\n" + END)
run("for-range-bounds-once",
    'begin { @n = 3; for ($i : 0..@n) { @n = 10; print($i); } clear(@n); }', "0\n1\n2\n" + END)
run("for-range-million",
    'begin { $s = 0; for ($i : 0..1000000) { $s += $i; } print($s); }', "499999500000\n" + END)
# The verifier knows that there is no trip: parameters are constants to it.
run("for-range-no-trip-known-late", "begin { @g = (int64)0; @m[(int64)0] = (int64)0; $a = (int64)$1; $b = (int64)$2; "
    "$c = (int64)$3; for ($i : ($b & 3)..2) { } clear(@g); clear(@m); }", END, params=["1", "2", "3"])
run("for-range-negative-start",
    'begin { $a = 0 - 50; $s = 0; for ($i : $a..50) { $s += $i; } print($s); }', "-50\n" + END)
run("for-range-nested",
    'begin { $n = 0; for ($i : 0..100) { for ($j : $i..100) { $n++; } } print($n); }',
    "5050\n" + END)
run("for-range-break-continue",
    'begin { for ($i : 0..1000) { if ($i == 1) { continue; } if ($i == 3) { break; } print($i); } }',
    "0\n2\n" + END)
run("for-range-return", 'begin { for ($i : 0..1000) { if ($i == 2) { return; } print($i); } '
    'print("never"); }', "0\n1\n" + END)
run("for-range-strings",
    'begin { $s = "a"; for ($i : 0..100) { if ($i == 99) { $s = "the last"; } } print($s); }',
    "the last\n" + END)
run("for-range-variable-of-the-body",
    'begin { for ($i : 0..100) { $x = $i * 2; if ($x == 198) { print($x); } } }', "198\n" + END)
run("exit-in-a-loop", 'begin { for ($i : 0..100) { if ($i == 2) { exit(); } print($i); } print("never"); }',
    "0\n1\n" + END)
run("exit-in-a-loop-over-a-map", 'begin { @x[1] = 1; clear(@x); for ($kv : @x) { for ($i : 0..99) { exit(); } } print("never"); }', END)
run("while", 'begin { $i = 0; while ($i < 3) { print($i); $i++; } }', "0\n1\n2\n" + END,
    err=re.compile("WARNING: while loops are deprecated"))
run("while-break", 'begin { $i = 0; while (1) { if ($i == 2) { break; } $i++; } print($i); }',
    "2\n" + END, flags=["--no-warnings"])
run("for-range-variable-is-a-copy", 'begin { for ($i : 0..3) { $i = 100; print($i); } }', "100\n" * 3 + END)
run("for-in-for-in-few", 'begin { @m[1] = 2; for ($i : 0..2) { for ($kv : @m) { print(($i, $kv.1)); } } clear(@m); }',
    "(0, 2)\n(1, 2)\n" + END)
run("while-around-for", 'begin { $i = 0; while (1) { $i++; for ($k : 0..50) { $i++; } if ($i > 1000) { break; } } '
    'print($i); }', "1020\n" + END, flags=["--no-warnings"])
run("while-in-for", 'begin { $j = 0; for ($i : 0..100) { while ($j < 10) { $j++; if ($j == 7) { break; } } } '
    'print($j); }', "10\n" + END, flags=["--no-warnings"])
run("while-continue", 'begin { $i = 0; while ($i < 10) { $i++; if ($i % 2 == 0) { continue; } @n++; } }',
    END + "@n: 5\n", flags=["--no-warnings"])
run("while-return-in-for", 'begin { $j = 0; for ($i : 0..100) { while ($j < 10) { $j++; if ($j == 7) { return; } } } '
    'print($j); }', END, flags=["--no-warnings"])
run("len-in-a-condition", 'begin { @q[1] = 1; @q[2] = 1; if (len(@q) == 2) { print("two"); } clear(@q); }',
    "two\n" + END)
# What ends these the verifier cannot see, or not soon enough.
run("while-over-a-list", "begin { $n = 0; $t = curtask; while ($t.pid > 1) { $t = $t.real_parent; $n++; } "
    "print(($n > 0, $t.pid < 2)); }", "(true, true)\n" + END, flags=["--no-warnings"])
run("while-a-million", "begin { $i = 0; while ($i < 1000000) { $i++; } print($i); }", "1000000\n" + END,
    flags=["--no-warnings"])
run("while-of-a-map", "begin { while (@x[0] < 3) { @x[0]++; if (@x[0] == 2) { break; } } print((0, @x[0])); clear(@x); }",
    "(0, 2)\n" + END, flags=["--no-warnings"])
run("while-in-while", "begin { $i = 0; while ($i < 3) { $j = 0; while ($j < 5) { $j++; if ($j == 2) { continue; } "
    "if ($j == 4) { break; } print(($i, $j)); } $i++; if ($i == 2) { return; } } print(0); }",
    "(0, 1)\n(0, 3)\n(1, 1)\n(1, 3)\n" + END, flags=["--no-warnings"])
run("while-in-unroll", "begin { $n = 0; unroll(3) { $i = 0; while ($i < 4) { $i++; $n++; } } print($n); }",
    "12\n" + END, flags=["--no-warnings"])
run("append-in-a-loop", 'begin { $s = "a"; for ($i : 0..5) { $s = str_concat($s, "bc"); } print($s); print(strlen($s)); }',
    "abcbcbcbcbc\n11\n" + END)
run("append-in-a-loop-to-the-limit", 'config = { max_strlen = 16 } begin { @s = ""; for ($i : 0..50) { @s = str_concat("xyz", @s); } '
    'print(strlen(@s) >= 15); print(strncmp(@s, "xyzxyzxyzxyzxyz", 15)); clear(@s); }', "true\n0\n" + END)
run("while-in-fn", "fn log($n : uint64) : uint64 { $i = (uint64)0; while ($n > 1) { $n >>= 1; $i++; } return $i; } "
    "begin { print((log(1), log(1024))); }", "(0, 10)\n" + END, flags=["--no-warnings"])
run("unroll", 'begin { unroll(3) { @n++; } }', END + "@n: 3\n")
run("unroll-folded", 'begin { unroll(2 * 2 - 1) { @n++; } }', END + "@n: 3\n")
run("unroll-macro", 'macro N() { 3 } begin { unroll(N) { @n++; } }', END + "@n: 3\n")
run("unroll-parameter", 'begin { unroll($1) { @n++; } }', END + "@n: 4\n", params=["4"])
run("unroll-with-a-loop", 'begin { unroll(2) { for ($i : 0..100) { @n++; } } }', END + "@n: 200\n")
run("scope-of-a-block", 'begin { if (1) { $x = 1; print($x); } if (1) { $x = "a"; print($x); } }',
    "1\na\n" + END)
run("scope-ends", 'begin { if (1) { $x = 1; } print($x); }', "", status=1,
    err=re.compile(r"Undefined or undeclared variable: \$x"))
run("predicate", 'begin /1 == 2/ { print("no"); } begin /4 \\/ 2 == 2/ { print("yes"); }'.replace("\\/", "/"),
    "yes\n" + END)
run("return-value", 'begin { print(1); return 5; }', "1\n" + END)
run("unreachable", 'begin { return; print(1); }', END, err=re.compile("Unreachable statement"))
run("discard", 'begin { @x[1] = 1; _ = has_key(@x, 1); clear(@x); }', END)
run("let", 'begin { let $x; let $y = 5; let $z : int8 = 3; $x = 2; print($x + $y + $z); }', "10\n" + END)
run("values-too-large", 'config = { max_strlen = 16384 } begin { $a = str($1); $b = str($1); $c = ($a, $b); }', "",
    status=1, flags=["--no-warnings"], err=re.compile("the values of this probe take [0-9]+ bytes"))
# Warnings are on: what says that a loop had no end is not in the deepest of the functions.
run("while-in-while-of-five", "begin { " + "".join(f"${v} = 0; while (${v} < 2) {{ " for v in "abcde") +
    "@ = count(); " + "".join(f"${v}++; }} " for v in "edcba") + "}", END + "@: 32\n",
    err=re.compile("while loops are deprecated"))
run("while-without-an-end-in-a-loop", "begin { @m[1] = 1; for ($kv : @m) { $i = 0; while ($kv.1 == 1) { $i++; } print(1); }"
    ' print(2); } end { clear(@m); print("end"); }', "end\n" + END,
    err=re.compile(r"stdin:1:45-63: WARNING: The probe was left: its while loops ran 1048576 times"))
