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
    for args, message in (((), "ERROR: USAGE: filename or -e 'program' required.\n"),
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
