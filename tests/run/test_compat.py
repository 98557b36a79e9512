# SPDX-License-Identifier: Apache-2.0
"""The core language as bpftrace 0.26 has it: what its own tests ask, feature by feature."""
import json
import re

from harness import END, case, test

GROUP = "compat"


def run(name, program, want, **options):
    plain = isinstance(want, str) and "@" not in want and not options.get("as_json")
    case(GROUP, name, program, want + END if plain else want, **options)


# --- tuples, casts, parameters

run("tuple-of-one", 'begin { $t = ("a",); print($t); print($t.0); print((1,)); print(()); print(((2,),)); }',
    "(a,)\na\n(1,)\n()\n((2,),)\n")
run("tuple-of-one-key", "begin { @[(1,)] = 2; @v = (3,); }", END + "@[1]: 2\n@v: (3,)\n")
run("tuple-of-one-json", "begin { print((1,)); }", '{"type": "value", "data": [1]}\n', as_json=True)
run("bool-of-string", 'begin { print((bool)"a"); print((bool)""); $s = comm; print((bool)$s); }',
    "true\nfalse\ntrue\n")
run("str-of-param-offset", 'begin { print(str($1 + 1)); $a = str($1 + 2); print($a); @[str($1 + 3)] = strlen(str($1 + 4)); '
    'print(str($1 + 1) == "bcd"); }', "bcd\ncd\ntrue\n" + END + "@[d]: 0\n", params=("abcd",))


@test
def test_full_char_array(t):
    """char x[4] without a NUL has all its bytes, wherever it goes, and the trailer behind them."""
    script = t.tmp / "writer.py"
    script.write_text('import os\nos.write(1, b"abcdefgh12\\0")\n')
    program = ("struct n { char x[4]; char y[8]; } tracepoint:syscalls:sys_enter_write "
               "/pid == cpid && args.fd == 1/ { $p = (struct n *)args.buf; print($p->x); print($p->y); "
               'print(*$p); printf("%s %s\\n", $p.x, $p.y); @ = $p->x; @k[$p->x] = 1; $v = *$p; print($v.x); '
               'print($p->x == "abcd"); print(strlen($p->x)); exit(); }')
    r = t.duetrace("-q", "-o", str(t.tmp / "out"), "-e", program, "-c", f"python3 {script}")
    t.equal(r.err, "", "stderr")
    t.equal((t.tmp / "out").read_text(),
            "abcd..\nefgh12\n{ .x = abcd.., .y = efgh12 }\nabcd.. efgh12\nabcd..\ntrue\n4\n" + END +
            "@: abcd..\n@k[abcd..]: 1\n")


# --- what the command line says

@test
def test_usage_messages(t):
    for args, message in ((("-q",), "ERROR: USAGE: filename or -e 'program' required.\n"),
                          (("-B", "x", "-e", "begin { }"),
                           "ERROR: USAGE: -B must be either 'line', 'full', or 'none'.\n"),
                          (("-k", "--no-warnings", "-e", "begin { }"),
                           "ERROR: USAGE: -k conflicts with --no-warnings\n"),
                          (("/no/such.bt",),
                           "ERROR: failed to open file '/no/such.bt': No such file or directory\n")):
        r = t.duetrace(*args)
        t.equal(r.status, 1)
        t.equal(r.err.splitlines(keepends=True)[0], message)


# --- tseries

STILL = "config = { unstable_tseries = enable; } "
HOURS = STILL + "begin { "
WALL = r"\d\d:\d\d:\d\d\.\d\d\d "


def series(name, body, want, **options):
    """Of one interval of hours, so that all values fall into one."""
    case(GROUP, f"tseries-{name}", HOURS + body + " }", want, as_json=True, **options)


def value(number, where="@"):
    return re.compile(r'\{"type": "tseries", "data": \{"' + where + r'": \[\{"interval_start":'
                      r'"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9}","value":' + str(number) + r"\}\]\}\}\n")


series("last", "@ = tseries(3, 100d, 2); @ = tseries(-9, 100d, 2);", value(-9))
series("avg", '@ = tseries(-3, 100d, 2, "avg"); @ = tseries(-4, 100d, 2, "avg");', value(-3))
series("min", '@ = tseries(3, 100d, 2, "min"); @ = tseries(-4, 100d, 2, "min"); @ = tseries(9, 100d, 2, "min");', value(-4))
series("max", '@ = tseries(-3, 100d, 2, "max"); @ = tseries(-4, 100d, 2, "max");', value(-3))
series("sum", '@ = tseries(3, 100d, 2, "sum"); @ = tseries(4, 100d, 2, "sum");', value(7))
series("unsigned-max", '@ = tseries((uint64)1 << 63, 100d, 2, "max"); @ = tseries((uint64)5, 100d, 2, "max");',
       value(1 << 63))
series("zero", "@ = tseries(3, 100d, 2); zero(@); print(@);", '{"type": "tseries", "data": {"@": []}}\n' * 2)
series("clear", "@ = tseries(3, 100d, 2); @k[1] = tseries(3, 1s, 5); clear(@); clear(@k);", "")
series("key", '@k["a b"] = tseries(3, 100d, 2); print(@k["a b"]);',
       re.compile(r'\{"type": "value", "data": \[\{"interval_start":"[^"]*","value":3\}\]\}\n'
                  r'\{"type": "tseries", "data": \{"@k": \{"ab": \[\{"interval_start":"[^"]*","value":3\}\]\}\}\}\n'))
case(GROUP, "tseries-text", HOURS + "@k[1] = tseries(-5, 1ms, 3); }",
     re.compile(END + r"@k\[1\]:\n"
                r" {13}-5 {48}-5\nhh:mm:ss\.ms  \|_{51}\|\n" + WALL + r"\|\* {50}\| -5\n {13}v_{51}v\n {13}-5 {48}-5\n\n"))
case(GROUP, "tseries-whole-seconds", HOURS + "@ = tseries(7, 1s, 3); print(@); clear(@); }",
     re.compile(r"@:\n {9}7 {50}7\nhh:mm:ss \|_{51}\|\n\d\d:\d\d:\d\d \|\* {50}\| 7\n {9}v_{51}v\n {9}7 {50}7\n\n" + END))


@test
def test_tseries_over_time(t):
    """Ten values 30 ms apart into intervals of 60 ms, of which three are kept: rising, none too old."""
    r = t.duetrace("-q", "-f", "json", "-e", STILL + "interval:ms:30 { @i++; @ = tseries(@i, 60ms, 3, "
                   '"max"); if (@i == 10) { print(@); clear(@); exit(); } }')
    points = [json.loads(line) for line in r.out.splitlines() if "tseries" in line][0]["data"]["@"]
    values = [point["value"] for point in points]
    t.equal(values[-1], 10)
    t.equal(values, sorted(set(values)))
    t.check(1 <= len(values) <= 3, f"{len(values)} intervals")


@test
def test_tseries_gap(t):
    """An interval without a value has a line of its own in the graph."""
    r = t.duetrace("-q", "-e", STILL + "interval:ms:50 { @i++; if (@i == 1 || @i == 5) { @ = tseries(@i, "
                   "50ms, 10); } if (@i == 5) { print(@); clear(@); exit(); } }")
    rows = [line.rsplit("| ", 1)[1] for line in r.out.splitlines() if re.match(WALL, line)]
    t.equal(rows[0], "1")
    t.equal(rows[-1], "5")
    t.equal(set(rows[1:-1]), {"-"})


# --- test: and bench: probes

TRIALS = ('begin { print("never"); } test:good { printf("hello\\n"); return 0; } test:bad { return 7; } '
          'test:assertion { assert(1 == 2, "no"); } test:in_loop { for ($i : 0..5) { if ($i == 3) { return $i; } } } '
          'test:filtered /0/ { return 1; } end { print("never"); }')


@test
def test_probe_test(t):
    r = t.duetrace("--test", "-e", TRIALS)
    t.equal(re.sub(r" \(\d+ [num]s\)", "", r.out),
            "hello\n[       OK ] good\n[  FAILED  ] bad\n[  FAILED  ] assertion\n[  FAILED  ] in_loop\n"
            "[       OK ] filtered\n")
    t.found("ERROR: no", r.err)
    t.equal(r.status, 1)
    r = t.duetrace("--test", "-f", "json", "-e", "test:one { return 0; } test:two { return 2; }")
    results = [json.loads(line) for line in r.out.splitlines()]
    t.equal([(o["type"], o["data"]["name"], o["data"]["passed"]) for o in results],
            [("test_result", "one", True), ("test_result", "two", False)])
    t.equal(t.duetrace("--test", "-e", "test:one { }").status, 0)


@test
def test_probe_bench(t):
    r = t.duetrace("--bench", "-e", 'bench:counting { @ = count(); } bench:ends { exit(); } begin { print("never"); }')
    t.matches(re.compile(r"counting: \d+ [num]s in 10000 runs\nends: \d+ [num]s in 100 runs\n"), r.out)
    t.equal(r.status, 0)
    r = t.duetrace("--bench", "-f", "json", "-e", "bench:counting { @ = count(); }")
    result = json.loads(r.out)
    t.equal((result["type"], result["data"]["name"], result["data"]["iters"]), ("benchmark_result", "counting", 10000))
    t.check(0 < result["data"]["average"] < 1000000, str(result))


@test
def test_trials_missing(t):
    for option, kind in (("--test", "test"), ("--bench", "bench")):
        r = t.duetrace(option, "-e", "begin { }")
        t.equal((r.status, r.err), (1, f"ERROR: There are no {kind} probes in the script\n"))


run("trials-wait-for-their-mode", "test:a { print(1); } bench:b { print(2); } begin { print(3); }", "3\n")


# --- what is said when the script is compiled

case(GROUP, "fail-formatted", 'begin { fail("no %s of %d, %x: %s%%|%c|%o", "use", -5, 255, 1 == 1, 65, 8); }', "",
     status=1, err=re.compile(r"stdin:1:9-\d+: ERROR: no use of -5, ff: true%\|A\|10\n"))
run("has-cpid-without", "begin { print(has_cpid); }", "false\n")
run("has-cpid", "begin { print(has_cpid); }", "true\n", flags=("-c", "true"))
case(GROUP, "literal-of-wrong-sign", "begin { let $a : uint16; $a = -5; }", "", status=1,
     err=re.compile("the literal -5 is out of range for type 'uint16'"))
run("literal-just-fits", "begin { let $a : int8 = -128; let $b : uint8 = 255; print(($a, $b)); }", "(-128, 255)\n")


# --- bpftrace's own runtime tests, as far as they run without a workload

for name, body, want in (
        ("short-ternary", "$a = 5; print($a ?: 3); $b = 0; print($b ?: 3);", "5\n3\n"),
        ("if-is-a-value", "$a = if 1 > 0 { 1 } else { 2 }; print($a); print({ let $x = 4; $x + 1 });", "1\n5\n"),
        ("scientific-and-separators", "print((0b101, 0x1F, 017, 1_000, 2e3, 5u, 6ul, 7ull, 8l, 9ll));",
         "(5, 31, 15, 1000, 2000, 5, 6, 7, 8, 9)\n"),
        ("durations", "print((100ns, 5us, 3ms, 1s, 2m, 1h, 1d, -1s));",
         "(100, 5000, 3000000, 1000000000, 120000000000, 3600000000000, 86400000000000, -1000000000)\n"),
        ("steps", "$x = 10; print(($x++, ++$x, $x--, --$x, $x));", "(10, 12, 12, 10, 10)\n"),
        ("while-break-continue", "$i = 0; while ($i < 10) { $i++; if ($i == 2) { continue; } if ($i > 4) { break; } print($i); }",
         "1\n3\n4\n"),
        ("range-bounds", "$s = 1; for ($i : $s..(2*2)) { print($i); } for $i : 3..1 { print(9); } for ($i : (-1)..1) { print($i); }",
         "1\n2\n3\n-1\n0\n"),
        ("range-carries-variables", "$x = 10; let $y; for ($i : 0..3) { $x += $i; $y = $i; } print(($x, $y));", "(13, 2)\n"),
        ("for-deletes", "@m[1] = 1; @m[2] = 2; for ($kv : @m) { delete(@m, $kv.0); } print(len(@m));", "0\n"),
        ("for-aggregations", "@c[1] = count(); @s[2] = sum(-5); @a[3] = avg(7); for ($k : @c) { print($k); } "
         "for ($k : @s) { print($k); } for ($k : @a) { print($k); } clear(@c); clear(@s); clear(@a);",
         "(1, 1)\n(2, -5)\n(3, 7)\n"),
        ("for-multi-key", '@m[1, "a"] = (5, 6); for ($kv : @m) { print($kv); print(($kv.0.1, $kv.1.0)); } clear(@m);',
         "((1, a), (5, 6))\n(a, 5)\n"),
        ("tuple-widens", '$a = ("hi", 1); $a = ("longer", 70000); print($a); $t = (1, (2, "x")); $u = $t; '
         '$u = (5, (6, "yyyy")); print(($t, $u));', "(longer, 70000)\n((1, (2, x)), (5, (6, yyyy)))\n"),
        ("record-in-other-order", '$r = (a=1, b="x"); $r = (b="yy", a=2); print($r); print($r == (b="yy", a=2));',
         "{ .a = 2, .b = yy }\ntrue\n"),
        ("bool-arithmetic", '$a = 2 > 1; print($a); print((1 == 1) + 1); printf("%d %s\\n", true, false); print(5 > 3 > 0);',
         "true\n2\n1 false\ntrue\n"),
        ("casts-narrow", "print(((int8)300, (uint8)-1, (int32)0xffffffff, (uint16)65537, (uint64)-1));",
         "(44, 255, -1, 1, 18446744073709551615)\n"),
        ("array-casts", 'print((uint8[4])0x01020304); print((int8[])"ab"); $a = (uint8[8])12345; print($a[0]); print($a[1]);',
         "[4,3,2,1]\n[97,98,0]\n57\n48\n"),
        ("subtraction-is-signed", "print((uint32)5 - (uint32)10); print((uint8)200 + (uint8)100); print((int32)1 << 40);",
         "-5\n300\n1099511627776\n"),
        ("integers-of-printf", 'printf("%d %ld %u %lu %hhd %hd %x\\n", 0x1ffffffff, 0x1ffffffff, -1, -1, 300, 70000, (int8)-1);',
         "-1 8589934591 4294967295 18446744073709551615 44 4464 ffffffff\n"),
        ("widths-of-printf", 'printf("%5d|%-5d|%05d|%+d|%#x|%#o|%5s|%-5s|%5c|%08d|\\n", 42, 42, 42, 42, 255, 8, "ab", "ab", 65, -42);',
         "   42|42   |00042|+42|0xff|010|   ab|ab   |    A|-0000042|\n"),
        ("anything-as-string", 'printf("%s %s %s %s %s\\n", 1, (1, "x"), true, (uint8[2])5, (int8*)16);',
         "1 (1, x) true [5,0] 0x10\n"),
        ("pointer-arithmetic", "$p = (uint64 *)0; print($p + 1); $q = (uint8 *)5; print($q++); $q += 3; print($q); print($p == 0);",
         "0x8\n0x5\n0x9\ntrue\n"),
        ("enums", 'print((enum E)2); printf("%d %s\\n", B, B); print(A + 1); print((enum E)7); $e = C; print($e == 10);',
         "B\n2 B\n2\n7\ntrue\n"),
        ("signal-and-error-names", "print(signal_name(15)); print(signal_name(0)); print(strerror(2)); print(syscall_name(0));",
         "SIGTERM\nUnknown signal 0\nNo such file or directory\nread\n"),
        ("strings", 'print(strstr("hello", "llo")); print(strstr("hello", "zz")); print(strcontains("abc", "")); '
         'print(strncmp("help", "hello", 3)); print("abc"[1]); print("a" == "abc");', "2\n-1\ntrue\n0\n98\nfalse\n"),
        ("buffers-of-printf", 'printf("%r|%rx|%rh\\n", buf("a\\n\\x80", 3), buf("a\\n", 2), buf("ab", 2));',
         "a\\x0a\\x80|\\x61\\x0a|61 62\n"),
        ("blocks-have-scopes", '{ $a = 1; print($a); } { $a = "s"; print($a); }', "1\ns\n"),
        ("empty-statements", "; print(1);; print(2)", "1\n2\n")):
    run(name, f"enum E {{ A = 1, B, C = 10 }} begin {{ {body} }}", want, flags=("--no-warnings",))

for name, body, want in (
        ("top-and-div", "@[1] = 100; @[2] = 200; @[3] = 300; print(@, 2, 10); clear(@);", "@[2]: 20\n@[3]: 30\n" + END),
        ("one-value-of-a-map", '@h["x"] = hist(5); print(@h["x"]); @s["x"] = stats(5); print(@s["x"]); clear(@h); clear(@s);',
         "[4, 8)                 1 |" + "@" * 52 + "|\n\n{ .count = 1, .average = 5, .total = 5 }\n" + END),
        ("keys-of-maps", '@[1, "a"] = 5; @[(2, "bb")] = 6; $k = (2, "bb"); @[$k]++; @b[(1, 2), 3] = 1; @c[true] = "x";',
         END + "@[1, a]: 5\n@[2, bb]: 7\n@b[(1, 2), 3]: 1\n@c[true]: x\n"),
        ("order-of-maps", '@a["z"] = 3; @a["a"] = 1; @s["z"] = "a"; @s["b"] = "z"; @t[3] = (1,2); @t[1] = (5,6);',
         END + "@a[a]: 1\n@a[z]: 3\n@s[b]: z\n@s[z]: a\n@t[1]: (5, 6)\n@t[3]: (1, 2)\n"),
        ("zeroed", "@c = count(); @st = stats(3); @m[1] = count(); @mn = min(5); zero(@c); zero(@st); zero(@m); zero(@mn);",
         END + "@c: 0\n@m[1]: 0\n@mn: 0\n@st: { .count = 0, .average = 0, .total = 0 }\n"),
        ("cleared", "@b = 5; clear(@b); print(@b); @s = stats(1); clear(@s); print(@s); @k[1] = 1; clear(@k); print(@k);",
         "@b: 0\n@s: { .count = 0, .average = 0, .total = 0 }\n" + END)):
    run(name, f"begin {{ {body} }}", want)
# The command is found before it is traced: one execve, though it may be far back in PATH.
case(GROUP, "one-execve-of-the-command", "tracepoint:syscalls:sys_enter_execve /pid == cpid/ { @ = count(); }",
     END + "@: 1\n", flags=("-c", "true"))
