# SPDX-License-Identifier: Apache-2.0
"""The language, one feature a test: structure, literals, operators, variables, maps, strings."""
import re

from harness import END, case, test


def says(name, body, want, maps="", **options):
    """A begin block that prints; the run ends by itself since nothing else could fire."""
    case("language", name, "begin { " + body + " }", want + END + maps, **options)


# structure

case("language", "comments", "// one\n/* two\n lines */ begin /* three */ { print(1); // four\n"
     " /* } */ print(2) } // five", "1\n2\n" + END)
case("language", "begin-in-any-case", "BEGIN { print(1); } Begin { print(2); } END { print(3); }",
     "1\n2\n3\n" + END)
case("language", "several-begin-and-end-in-source-order",
     "end { print(3); } begin { print(1); } end { print(4); } begin { print(2); }",
     "1\n2\n3\n4\n" + END)
case("language", "several-probes-a-block", "begin, end { print(probe); }", "begin\nend\n" + END)
case("language", "trailing-comma-in-probes", "begin, end, { print(7); }", "7\n7\n" + END)
case("language", "last-semicolon-optional", "begin { print(1) }", "1\n" + END)
case("language", "shebang-line", "#!/usr/bin/env duetrace -q\nbegin { print(1); }", "1\n" + END)
case("language", "empty-block", "begin { }", END)
case("language", "nested-block", "begin { { print(1); } print(2); }", "1\n2\n" + END)

# predicates

case("language", "predicate-true", "begin /1/ { print(1); }", "1\n" + END)
case("language", "predicate-false", "begin /0/ { print(1); } begin { print(2); }", "2\n" + END)
case("language", "predicate-with-division", "begin /8 / 4 == 2/ { print(1); }", "1\n" + END)
case("language", "predicate-of-a-map", "begin { @a[1] = 1; } begin /@a[1]/ { print(1); }"
     " begin /@a[2]/ { print(2); }", "1\n" + END + "@a[1]: 1\n")
case("language", "predicate-by-pid",
     "tracepoint:syscalls:sys_enter_lseek /pid == cpid/ { print(args.offset); }",
     "11\n12\n" + END, run=["seek", "11", "12"])
case("language", "predicate-by-args",
     "tracepoint:syscalls:sys_enter_lseek /pid == cpid && args.offset > 5/ { @n = count(); }",
     END + "@n: 2\n", run=["seek", "4", "5", "6", "7"])

# if, else, ternary

says("if-true", "if (1) { print(1); }", "1\n")
says("if-false", "if (0) { print(1); }", "")
says("if-else", "if (0) { print(1); } else { print(2); }", "2\n")
says("if-else-if", "$x = 2; if ($x == 1) { print(1); } else if ($x == 2) { print(2); }"
     " else { print(3); }", "2\n")
says("if-else-if-else", "$x = 5; if ($x == 1) { print(1); } else if ($x == 2) { print(2); }"
     " else { print(3); }", "3\n")
says("if-nested", "if (1) { if (0) { print(1); } else { print(2); } }", "2\n")
says("ternary", "$x = 5; print($x > 3 ? 1 : 2); print($x > 7 ? 1 : 2);", "1\n2\n")
says("ternary-nests-to-the-right", "$x = 3; print($x == 1 ? 10 : $x == 3 ? 30 : 99);", "30\n")
says("ternary-of-strings", '$x = 5; print($x > 3 ? "yes" : "no");', "yes\n")
says("ternary-with-different-lengths", '$x = 1; print($x > 3 ? "a" : "longer"); ', "longer\n")
says("ternary-without-middle", "$x = 5; $y = 0; print($x ?: 6); print($y ?: 6);", "5\n6\n")

# literals

says("integer-literals", "print(10); print(0x1f); print(0b101); print(017); print(1_000_000);"
     " print(2e3);", "10\n31\n5\n15\n1000000\n2000\n")
says("integer-suffixes", "print(5u); print(5l); print(5ll); print(5ul); print(5ull);",
     "5\n5\n5\n5\n5\n")
says("durations", "print(100ns); print(5us); print(3ms); print(1s); print(2m); print(1h);"
     " print(1d);", "100\n5000\n3000000\n1000000000\n120000000000\n3600000000000\n86400000000000\n")
says("largest-integers", "print(9223372036854775807); print(18446744073709551615);",
     "9223372036854775807\n18446744073709551615\n")
says("smallest-integer", "print(-9223372036854775807); print(-1);", "-9223372036854775807\n-1\n")
says("string-escapes", r'print("a\tb\\c\"d\x41\101");', 'a\tb\\c"dAA\n')
says("string-escape-newline", r'print("a\nb");', "a\nb\n")
says("booleans", "print(true); print(false);", "true\nfalse\n")
says("tuple", 'print((1, "a", (2, 3)));', "(1, a, (2, 3))\n")
says("tuple-fields", '$t = (1, "two", 3); print($t.0); print($t.1); print($t.2);', "1\ntwo\n3\n")

# operators; every value is worked out by hand from C's rules on 64 bits

says("add-subtract", "$a = 7; $b = 10; print($a + $b); print($a - $b); print($b - $a);",
     "17\n-3\n3\n")
says("multiply-divide", "$a = 7; $b = 3; print($a * $b);", "21\n")
says("divide-unsigned", "$a = nsecs * 0 + 17; print($a / 5); print($a % 5);", "3\n2\n")
case("language", "divide-by-zero", "begin { $a = nsecs * 0 + 17; $z = nsecs * 0; print($a / $z);"
     " print($a % $z); }", "0\n17\n\n\n", flags=("--no-warnings",))
says("precedence", "$o = 1; print($o + 2 * 3); print(($o + 2) * 3); print(10 - $o - 2);"
     " print($o << 2 + 1); print(7 - 2 * 2 - $o);", "7\n9\n7\n8\n2\n")
says("constant-folding", "print(1 + 2 * 3); print((1 + 2) * 3); print(10 - 2 - 3); print(1 << 4);",
     "7\n9\n5\n16\n")
says("bit-operators", "$a = 6; $b = 3; print($a & $b); print($a | $b); print($a ^ $b);"
     " print(~$a);", "2\n7\n5\n-7\n")
says("shifts", "$a = 1; print($a << 10); print(1024 >> $a); print($a << 40);",
     "1024\n512\n1099511627776\n")
says("bit-precedence", "$a = 1; print($a | 6 & 4 ^ 1);", "5\n")
says("unary-minus", "$a = 5; print(-$a); print(-$a + 7); print(- -$a);", "-5\n2\n5\n")
says("not", "$a = 5; $z = 0; print(!$a); print(!$z);", "false\ntrue\n")
says("comparisons-print-as-bool", "$a = 3; print($a == 3); print($a != 3); print($a < 4);"
     " print($a <= 3); print($a > 3); print($a >= 4);", "true\nfalse\ntrue\ntrue\nfalse\nfalse\n")
says("comparisons-as-numbers", r'$a = 3; printf("%d %d\n", $a == 3, $a == 4);', "1 0\n")
says("signed-comparison", "$a = -5; print($a < 3); print($a > 3); print($a < -4);",
     "true\nfalse\ntrue\n")
says("logic", "$a = 3; $z = 0; print($a && $z); print($a || $z); print($z || $z);"
     " print($a && 1);", "false\ntrue\nfalse\ntrue\n")
says("and-short-circuits", "$x = 0; if (0 && ++$x) { } print($x);", "0\n")
says("or-short-circuits", "$x = 0; if (1 || ++$x) { } print($x);", "0\n")
says("logic-precedence", "$z = 0; print(1 || 1 && $z);", "true\n")
says("wrap-around", "$a = 9223372036854775807; $a += 1; print($a);", "-9223372036854775808\n")

# scratch variables

says("scratch-variables", '$a = 1; $b = "x"; print($a); print($b); $a = 2; print($a);',
     "1\nx\n2\n")
says("compound-assignment", "$a = 6; $a += 4; print($a); $a -= 3; print($a); $a *= 6; print($a);"
     " $a &= 58; print($a); $a |= 5; print($a); $a ^= 1; print($a); $a <<= 2; print($a);"
     " $a >>= 1; print($a);", "10\n7\n42\n42\n47\n46\n184\n92\n")
says("increment-and-decrement", "$a = 5; print($a++); print($a); print(++$a); print($a--);"
     " print($a); print(--$a);", "5\n6\n7\n7\n6\n5\n")
says("scratch-widens", "$a = 1; $a = 5000000000; print($a);", "5000000000\n")
says("scratch-string-widens", '$a = "ab"; $a = "abcdefghij"; print($a);', "abcdefghij\n")
says("scratch-in-inner-block", "$a = 1; if (1) { $a = 2; } print($a);", "2\n")

# maps

says("scalar-map", "@x = 5; print(@x);", "@x: 5\n", "@x: 5\n")
says("anonymous-map", "@ = 5;", "", "@: 5\n")
says("keyed-map", '@x["a"] = 1;', "", "@x[a]: 1\n")
says("integer-maps-order-by-value", "@x[1] = 30; @x[2] = 10; @x[3] = 20;", "",
     "@x[2]: 10\n@x[3]: 20\n@x[1]: 30\n")
says("string-maps-order-by-key", '@x[3] = "a"; @x[1] = "c"; @x[2] = "b";', "",
     "@x[1]: c\n@x[2]: b\n@x[3]: a\n")
says("maps-print-in-name-order", "@b = 2; @a = 1; @c = 3;", "", "@a: 1\n@b: 2\n@c: 3\n")
says("two-keys", '@x[1, "a"] = 5;', "", "@x[1, a]: 5\n")
says("two-keys-are-a-tuple", "@x[1, 2] = 5; @x[(1, 2)] = 6;", "", "@x[1, 2]: 6\n")
says("nested-tuple-key", "@a[1, (2, 3)] = 4;", "", "@a[1, (2, 3)]: 4\n")
says("tuple-value", '@x = (1, "b"); @y[1] = (2, "c");', "", "@x: (1, b)\n@y[1]: (2, c)\n")
says("map-value", "@x[5] = 7; print(@x[5]);", "7\n", "@x[5]: 7\n")
says("missing-value-is-zero", '@x[1] = 5; @s[1] = "a"; print(@x[2]); print(@s[2]);', "0\n\n",
     "@s[1]: a\n@x[1]: 5\n")
says("reading-creates-nothing", "@x[1] = 1; if (@x[2]) { } $y = @x[3]; print($y);", "0\n",
     "@x[1]: 1\n")
says("map-compound-assignment", "@x = 6; @x += 4; @x -= 3; @x *= 6; @y[1] = 1; @y[1] += 2;"
     " @y[2] |= 4;", "", "@x: 42\n@y[1]: 3\n@y[2]: 4\n")
says("map-increment", "@x++; @x++; @y[1]++; @y[1]++; @y[1]--; print(@x++); print(++@x);",
     "2\n4\n", "@x: 4\n@y[1]: 1\n")
says("map-of-bools", "@x = 3 > 2; @y[1] = 2 > 3;", "", "@x: true\n@y[1]: false\n")
says("map-copy", "@x = 5; @y = @x; @y = @y + 1;", "", "@x: 5\n@y: 6\n")
says("negative-keys-and-values", "@x[-5] = -1; @x[3] = -2;", "", "@x[3]: -2\n@x[-5]: -1\n")
says("map-in-several-probes", "@x = 1; } end { @x++; ", "", "@x: 2\n")
says("map-of-strings-widens", '@x = "ab"; @x = "abcdef";', "", "@x: abcdef\n")
says("empty-string", '@x = ""; print(@x == ""); print("");', "true\n\n", "@x: \n")

# strings

says("string-equality", '$a = "abc"; print($a == "abc"); print($a == "abd"); print($a != "abc");'
     ' print($a != "x");', "true\nfalse\nfalse\ntrue\n")
says("string-equality-of-prefixes", '$a = "abc"; print($a == "ab"); print($a == "abcd");',
     "false\nfalse\n")
says("string-key-lookup", '@x["abc"] = 1; $k = "abc"; print(@x[$k]); print(@x["abd"]);', "1\n0\n",
     "@x[abc]: 1\n")
case("language", "comm-equality",
     'tracepoint:syscalls:sys_enter_lseek /pid == cpid && comm == "seek"/ { @n = count(); }',
     END + "@n: 1\n", run=["seek", "1"])

# positional parameters

says("parameters", "print($1); print($2); print($1 + $2); print($#);", "5\n7\n12\n2\n",
     params=["5", "7"])
says("parameters-in-any-base", "print($1); print($2); print($3); print($4);", "31\n8\n-4\n1000\n",
     params=["--", "0x1f", "010", "-4", "1e3"])
says("parameters-with-units", "print($1); print($2 / 1ms); print($3);", "5000000\n2000\n-7\n",
     params=["--", "5ms", "2s", "-7ul"])
case("language", "parameter-with-unit-in-attach-point", "interval:$1 { print(probe); exit(); }",
     "interval:5ms\n" + END, params=["5ms"])
says("parameters-missing", 'print($1); print(str($2) == ""); print($#);', "0\ntrue\n0\n",
     err=re.compile(r"^(|(.*WARNING.*\n.*\n.*\n)+)$"))
says("parameters-as-strings", 'print(str($1)); print(str($2) == "b c"); @x[str($1)] = 1;',
     "a\ntrue\n", "@x[a]: 1\n", params=["a", "b c"])
says("parameter-number-as-string", "print(str($1)); print($1);", "007\n7\n", params=["007"])
says("parameters-after-dashes", "print($1); print($#);", "3\n2\n", params=["--", "3", "4"])
case("language", "parameter-in-attach-point", "interval:ms:$1 { print(1); exit(); }", "1\n" + END,
     params=["10"])
case("language", "parameter-as-part-of-a-name",
     "tracepoint:syscalls:sys_enter_$1 /pid == cpid/ { print(args.offset); }", "9\n" + END,
     params=["lseek"], run=["seek", "9"])

# probes

case("language", "tracepoint", "tracepoint:syscalls:sys_enter_lseek /pid == cpid/"
     r' { printf("%s %ld %d\n", probe, args.offset, args.whence); }',
     "tracepoint:syscalls:sys_enter_lseek -3 0\n" + END, run=["seek", "-3"])
case("language", "tracepoint-alias", "t:syscalls:sys_enter_lseek /pid == cpid/ { print(probe); }",
     "tracepoint:syscalls:sys_enter_lseek\n" + END, run=["seek", "1"])
case("language", "tracepoint-wildcard",
     "tracepoint:syscalls:sys_e*_lseek /pid == cpid/ { @[probe] = count(); }",
     END + "@[tracepoint:syscalls:sys_enter_lseek]: 2\n@[tracepoint:syscalls:sys_exit_lseek]: 2\n",
     run=["seek", "1", "2"])
case("language", "tracepoint-wildcard-in-category",
     "tracepoint:sysc*:sys_enter_lseek /pid == cpid/ { print(probe); }",
     "tracepoint:syscalls:sys_enter_lseek\n" + END, run=["seek", "1"])
case("language", "tracepoint-list", "tracepoint:syscalls:sys_enter_lseek,\n"
     "tracepoint:syscalls:sys_exit_lseek /pid == cpid/ { print(probe); }",
     "tracepoint:syscalls:sys_enter_lseek\ntracepoint:syscalls:sys_exit_lseek\n" + END,
     run=["seek", "1"])
case("language", "one-tracepoint-twice",
     "tracepoint:syscalls:sys_enter_lseek /pid == cpid/ { @a = count(); }"
     "tracepoint:syscalls:sys_enter_lseek /pid == cpid/ { @b = count(); }",
     END + "@a: 3\n@b: 3\n", run=["seek", "1", "2", "3"])
case("language", "args-arrow", "tracepoint:syscalls:sys_enter_lseek /pid == cpid/"
     " { print(args->offset); }", "5\n" + END, run=["seek", "5"])
case("language", "args-return-value", "tracepoint:syscalls:sys_exit_lseek /pid == cpid/"
     " { print(args.ret); }", "-9\n" + END, run=["seek", "5"])
case("language", "args-string", "tracepoint:syscalls:sys_enter_openat /pid == cpid/"
     " { print(str(args.filename)); }", re.compile(r"(.*\n)*/no/such/a\n/no/such/b\n\n\n"),
     run=["open", "/no/such/a", "/no/such/b"])
for spec in ("s:1", "ms:10", "us:5000", "hz:99", "10ms", "1000000"):
    case("language", f"interval-{spec.replace(':', '-')}",
         f"interval:{spec} {{ print(1); exit(); }}", "1\n" + END)
case("language", "interval-alias", "i:ms:5 { print(probe); exit(); }", "interval:ms:5\n" + END)
case("language", "interval-repeats", "interval:ms:5 { @n++; if (@n == 4) { exit(); } }",
     END + "@n: 4\n")
case("language", "interval-predicate-after-blank", "interval:ms:5 /1/ { print(1); exit(); }",
     "1\n" + END)


@test
def stays_without_a_signal(t):
    """Only begin and end make a run end by itself; an interval does not."""
    p = t.trace("-e", "begin { print(1); } interval:s:3600 { }")
    p.wait_for("^1\n")
    t.check(p.popen.poll() is None, "ended although an interval could still fire")
    r = p.stop()
    t.equal(r.out, "1\n" + END)
    t.equal(r.status, 0, "exit status")

case("language", "functions-of-the-script", """fn add($a : uint64, $b : uint64) : uint64 { return $a + $b; }
fn sign($x : int64) : int64 {
  if ($x < 0) { return -1; }
  $y = $x * 2;
  if ($y > 10) { @big++; return 2; } else if ($y == 0) { return 0; }
  return 1
}
fn note($what : uint64) : void { if ($what == 3) { return; } @seen[$what] = 1; }
fn sum($n : int64) : int64 { $s = 0; for $i : 0..$n { if ($i == 2) { continue; } $s += $i; } return $s; }
fn name($n : int64) : string[8] { if ($n == 1) { return "one"; } return "many"; }
begin {
  $x = 5;
  $k = 0;
  print((add(1, 2), add($x, add($x, 1)), sign(-5), sign(0), sign(3), sign(7)));
  if (sign($x) == 1) { note(1); }
  note(3); note(4);
  print((add($k++, $k++), $k, sum(5), name(1), name(2)));
}""", "(3, 11, -1, 0, 1, 2)\n(1, 2, 8, one, many)\n" + END
     + "@big: 1\n@seen[1]: 1\n@seen[4]: 1\n")
