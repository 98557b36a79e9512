# SPDX-License-Identifier: Apache-2.0
"""What comes out, to the byte: one test for each form of docs/output.md, in text and in JSON."""
import re

from harness import case, test

BAR = "@" * 52


def both(name, body, text, rows, **options):
    """A begin block; what it prints as text up to the two newlines, the maps, and its JSON lines."""
    printed, maps = text if isinstance(text, tuple) else (text, "")
    program = "begin { " + body + " }"
    case("output", name, program, printed + "\n\n" + maps, **options)
    case("output", name + "-json", program, rows, as_json=True, **options)


def value(name, expression, text, data, **options):
    both(name, f"print({expression});", text + "\n", f'{{"type": "value", "data": {data}}}\n', **options)


def maps(name, body, text, *rows, **options):
    both(name, body, ("", text), "".join(row + "\n" for row in rows), **options)


# --- values ---
value("integer", "5", "5", "5")
value("negative", "-5", "-5", "-5")
value("string", '"hello"', "hello", '"hello"')
value("bool", "true", "true", "true")
value("comparison", "1 > 2", "false", "false")
value("tuple", '(1, "hello", (2, true))', "(1, hello, (2, true))", '[1,"hello",[2,true]]')
value("largest-double", "9007199254740992", "9007199254740992", "9007199254740992")
value("beyond-double", "9007199254740993", "9007199254740993", '"9007199254740993"')
value("beyond-double-but-even", "9007199254740994", "9007199254740994", "9007199254740994")
value("largest-unsigned", "0xffffffffffffffff", "18446744073709551615", '"18446744073709551615"')
value("smallest-signed", "(-9223372036854775807 - 1)", "-9223372036854775808", "-9223372036854775808")
value("escapes", r'"q\"b\\n\nr\rt\t\x01"', 'q"b\\n\nr\rt\t\x01', r'"q\"b\\n\nr\rt\t\u0001"')

# --- printf, time ---
both("printf", r'printf("a%d\n", 5);', "a5\n", '{"type": "printf", "data": "a5\\n"}\n')
both("printf-without-newline", r'printf("a"); printf("b\n");', "ab\n",
     '{"type": "printf", "data": "a"}\n{"type": "printf", "data": "b\\n"}\n')
case("output", "time", 'begin { time("%Y\\n"); }', re.compile(r"20\d\d\n\n\n"))
case("output", "time-default", "begin { time(); }", re.compile(r"\d\d:\d\d:\d\d\n\n\n"))
case("output", "time-no-newline", 'begin { time("%Y"); }', re.compile(r"20\d\d\n\n"))
case("output", "time-json", 'begin { time("%Y"); }', re.compile(r'\{"type": "time", "data": "20\d\d"\}\n'),
     as_json=True)

# --- printf's grammar ---
for i, (conversion, arguments, out) in enumerate((
        ("%d|%i", "5, -5", "5|-5"), ("%5d|%-5d|%05d", "42, 42, 42", "   42|42   |00042"),
        ("%+d|% d", "4, 5", "+4| 5"), ("%x|%X|%#x", "255, 255, 255", "ff|FF|0xff"),
        ("%o|%#o", "8, 8", "10|010"), ("%u", "-1", "4294967295"), ("%d", "0x1ffffffff", "-1"),
        ("%ld|%lu", "0x1ffffffff, 0x1ffffffff", "8589934591|8589934591"),
        ("%lld|%llu", "-1, -1", "-1|18446744073709551615"),
        ("%hd|%hu", "70000, 70000", "4464|4464"), ("%hhd|%hhu", "300, 300", "44|44"),
        ("%jd|%zd|%td", "0x1ffffffff, 0x1ffffffff, 0x1ffffffff",
         "8589934591|8589934591|8589934591"),
        ("%x|%lx", "-1, -1", "ffffffff|ffffffffffffffff"), ("%c%c", "65, 0x142", "AB"),
        ("%p|%p", "0x1234, 0", "0x1234|0"), ("%s|%s|%s", '1, true, (1, "a")', "1|true|(1, a)"),
        ("[%8s][%-8s]", '"ab", "cd"', "[      ab][cd      ]"), ("%d|%d", "true, false", "1|0"),
        ("%.2s|%.5d", '"abc", 5', "abc|5"), ("%05s", '"ab"', "000ab"), ("%%|%s", '"%"', "%|%"),
        ("%3s|%5s", '(1, 2), true', "(1, 2)| true"), ("%d", "(int16)-1", "-1"),
        ("%u", "(uint8)255", "255"))):
    both(f"printf-{i}", f'printf("{conversion}\\n", {arguments});', out + "\n",
         '{"type": "printf", "data": "' + out + '\\n"}\n')

# --- maps ---
maps("map-scalar", "@x = 42;", "@x: 42\n", '{"type": "map", "data": {"@x": 42}}')
maps("map-nameless", '@ = "a";', "@: a\n", '{"type": "map", "data": {"@": "a"}}')
maps("map-keyed", "@[2] = 1;", "@[2]: 1\n", '{"type": "map", "data": {"@": {"2": 1}}}')
maps("map-two-keys", '@["a b", 2] = 1;', "@[a b, 2]: 1\n", '{"type": "map", "data": {"@": {"ab,2": 1}}}')
maps("map-tuple-in-key", "@[1, (2, 3)] = 4;", "@[1, (2, 3)]: 4\n",
     '{"type": "map", "data": {"@": {"1,(2,3)": 4}}}')
maps("map-tuple-value", '@[1] = (2, "x");', "@[1]: (2, x)\n",
     '{"type": "map", "data": {"@": {"1": [2,"x"]}}}')
maps("map-bool-key", "@[true] = 2; @[false] = 1;", "@[false]: 1\n@[true]: 2\n",
     '{"type": "map", "data": {"@": {"false": 1, "true": 2}}}')
maps("maps-by-name", "@b = 1; @a = 2; @ = 3; @c[1] = 4;", "@: 3\n@a: 2\n@b: 1\n@c[1]: 4\n",
     '{"type": "map", "data": {"@": 3}}', '{"type": "map", "data": {"@a": 2}}',
     '{"type": "map", "data": {"@b": 1}}', '{"type": "map", "data": {"@c": {"1": 4}}}')
maps("order-integers-by-value", "@[1] = 30; @[2] = -10; @[3] = 20;", "@[2]: -10\n@[3]: 20\n@[1]: 30\n",
     '{"type": "map", "data": {"@": {"2": -10, "3": 20, "1": 30}}}')
maps("order-strings-by-key", '@["b"] = "1"; @["a"] = "2";', "@[a]: 2\n@[b]: 1\n",
     '{"type": "map", "data": {"@": {"a": "2", "b": "1"}}}')
maps("order-tuples-by-key", "@[10] = (1, 1); @[9] = (2, 2);", "@[9]: (2, 2)\n@[10]: (1, 1)\n",
     '{"type": "map", "data": {"@": {"9": [2,2], "10": [1,1]}}}')
maps("order-keys-signed", '@[(int64)-1] = "a"; @[2] = "b"; @[(int64)-3] = "c";',
     "@[-3]: c\n@[-1]: a\n@[2]: b\n", '{"type": "map", "data": {"@": {"-3": "c", "-1": "a", "2": "b"}}}')

# --- aggregations ---
maps("count", "@ = count(); @ = count();", "@: 2\n", '{"type": "map", "data": {"@": 2}}')
maps("count-order", "@[1] = count(); @[1] = count(); @[2] = count();", "@[2]: 1\n@[1]: 2\n",
     '{"type": "map", "data": {"@": {"2": 1, "1": 2}}}')
maps("sum", "@ = sum(5); @ = sum(-7);", "@: -2\n", '{"type": "map", "data": {"@": -2}}')
maps("min-max", "@a = min(5); @a = min(-3); @b = max(-5); @b = max(-7);", "@a: -3\n@b: -5\n",
     '{"type": "map", "data": {"@a": -3}}', '{"type": "map", "data": {"@b": -5}}')
maps("avg-toward-zero", "@ = avg(-30); @ = avg(-10); @b = avg(-5); @b = avg(-6);", "@: -20\n@b: -5\n",
     '{"type": "stats", "data": {"@": -20}}', '{"type": "stats", "data": {"@b": -5}}')
maps("stats", "@ = stats(4); @ = stats(8);", "@: { .count = 2, .average = 6, .total = 12 }\n",
     '{"type": "stats", "data": {"@": {"count": 2, "average": 6, "total": 12}}}')
maps("stats-toward-zero", "@ = stats(-10); @ = stats(-5); @ = stats(5);",
     "@: { .count = 3, .average = -3, .total = -10 }\n",
     '{"type": "stats", "data": {"@": {"count": 3, "average": -3, "total": -10}}}')
maps("stats-keyed-by-average", "@[1] = stats(9); @[2] = stats(3);",
     "@[2]: { .count = 1, .average = 3, .total = 3 }\n@[1]: { .count = 1, .average = 9, .total = 9 }\n",
     '{"type": "stats", "data": {"@": {"2": {"count": 1, "average": 3, "total": 3}, '
     '"1": {"count": 1, "average": 9, "total": 9}}}}')
maps("hist", "@ = hist(-1); @ = hist(2); @ = hist(3); @ = hist(7);",
     "@:\n"
     "(..., 0)               1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |\n"
     "[0]                    0 |                                                    |\n"
     "[1]                    0 |                                                    |\n"
     f"[2, 4)                 2 |{BAR}|\n"
     "[4, 8)                 1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |\n\n",
     '{"type": "hist", "data": {"@": [{"max": -1, "count": 1},{"min": 0, "max": 0, "count": 0},'
     '{"min": 1, "max": 1, "count": 0},{"min": 2, "max": 3, "count": 2},'
     '{"min": 4, "max": 7, "count": 1}]}}')
maps("hist-bits", "@ = hist(9, 2);", f"@:\n[8, 10)                1 |{BAR}|\n\n",
     '{"type": "hist", "data": {"@": [{"min": 8, "max": 9, "count": 1}]}}')
maps("hist-suffixes", "@ = hist(1024); @b = hist(1048576); @c = hist(1 << 62);",
     f"@:\n[1K, 2K)               1 |{BAR}|\n\n@b:\n[1M, 2M)               1 |{BAR}|\n\n"
     f"@c:\n[4E, 8E)               1 |{BAR}|\n\n",
     '{"type": "hist", "data": {"@": [{"min": 1024, "max": 2047, "count": 1}]}}',
     '{"type": "hist", "data": {"@b": [{"min": 1048576, "max": 2097151, "count": 1}]}}',
     '{"type": "hist", "data": {"@c": [{"min": 4611686018427387904, "max": "9223372036854775807", '
     '"count": 1}]}}')
maps("hist-keyed-by-total", '@["a"] = hist(1); @["a"] = hist(1); @["b"] = hist(1);',
     f"@[b]:\n[1]                    1 |{BAR}|\n\n@[a]:\n[1]                    2 |{BAR}|\n\n",
     '{"type": "hist", "data": {"@": {"b": [{"min": 1, "max": 1, "count": 1}], '
     '"a": [{"min": 1, "max": 1, "count": 2}]}}}')
maps("lhist", "@ = lhist(-5, 0, 10, 5); @ = lhist(7, 0, 10, 5); @ = lhist(10, 0, 10, 5);",
     "@:\n"
     f"(..., 0)               1 |{BAR}|\n"
     "[0, 5)                 0 |                                                    |\n"
     f"[5, 10)                1 |{BAR}|\n"
     f"[10, ...)              1 |{BAR}|\n\n",
     '{"type": "hist", "data": {"@": [{"max": -1, "count": 1},{"min": 0, "max": 4, "count": 0},'
     '{"min": 5, "max": 9, "count": 1},{"min": 10, "count": 1}]}}')
maps("lhist-step-one", "@ = lhist(3, 0, 10, 1);", f"@:\n[3]                    1 |{BAR}|\n\n",
     '{"type": "hist", "data": {"@": [{"min": 3, "max": 3, "count": 1}]}}')
maps("lhist-suffixes", "@ = lhist(5000, 0, 16384, 2048);", f"@:\n[4K, 6K)               1 |{BAR}|\n\n",
     '{"type": "hist", "data": {"@": [{"min": 4096, "max": 6143, "count": 1}]}}')
maps("lhist-no-suffix", "@ = lhist(5000, 0, 10000, 1000);", f"@:\n[5000, 6000)           1 |{BAR}|\n\n",
     '{"type": "hist", "data": {"@": [{"min": 5000, "max": 5999, "count": 1}]}}')

# --- print, clear, zero of maps ---
both("print-top", "@[1] = 5; @[2] = 6; @[3] = 4; print(@, 2); clear(@);", "@[1]: 5\n@[2]: 6\n",
     '{"type": "map", "data": {"@": {"1": 5, "2": 6}}}\n')
both("print-top-div", "@[1] = 50; @[2] = 60; @[3] = 40; print(@, 2, 10); clear(@);", "@[1]: 5\n@[2]: 6\n",
     '{"type": "map", "data": {"@": {"1": 5, "2": 6}}}\n')
both("print-hist-div", "@ = hist(5); @ = hist(5); @ = hist(5); @ = hist(5); print(@, 0, 2); clear(@);",
     f"@:\n[4, 8)                 2 |{BAR}|\n\n",
     '{"type": "hist", "data": {"@": [{"min": 4, "max": 7, "count": 2}]}}\n', err=re.compile(""))
both("print-element", "@[1] = 5; print(@[1]); clear(@);", "5\n", '{"type": "value", "data": 5}\n')
both("print-untouched", "print(@c); print(@v); print(@k); if (0) { @c = count(); @v = 1; @k[1] = 1; }",
     "@c: 0\n@v: 0\n", '{"type": "map", "data": {"@c": 0}}\n{"type": "map", "data": {"@v": 0}}\n')
both("print-untouched-hist", "print(@); if (0) { @ = hist(1); }", "@:\n\n",
     '{"type": "hist", "data": {"@": []}}\n')
both("print-untouched-stats", "print(@); if (0) { @ = stats(1); }",
     "@: { .count = 0, .average = 0, .total = 0 }\n",
     '{"type": "stats", "data": {"@": {"count": 0, "average": 0, "total": 0}}}\n')
both("print-by-reference", "@ = 1; print(@); @ = 2; print(@); clear(@);", "@: 2\n@: 2\n",
     '{"type": "map", "data": {"@": 2}}\n{"type": "map", "data": {"@": 2}}\n')
maps("clear", "@c = count(); clear(@c); @k[1] = 1; clear(@k); @h = hist(1); clear(@h); @s = 1; clear(@s);", "")
maps("zero", "@c = count(); zero(@c); @k[1] = 5; zero(@k);", "@c: 0\n@k[1]: 0\n",
     '{"type": "map", "data": {"@c": 0}}', '{"type": "map", "data": {"@k": {"1": 0}}}')
maps("zero-hist", "@ = hist(5); zero(@); @k[1] = hist(5); zero(@k);", "@:\n\n@k[1]:\n\n",
     '{"type": "hist", "data": {"@": []}}', '{"type": "hist", "data": {"@k": {"1": []}}}')
maps("deleted-scalar", "@ = 5; delete(@);", "")
maps("not-assigned", "if (0) { @ = 5; @k[1] = 1; @h = hist(1); }", "")


# --- streams ---
@test
def attached_on_stderr(t):
    r = t.duetrace("-e", "begin { print(1); }")
    t.equal((r.out, r.err), ("1\n\n\n", "Attached 1 probe\n"))
    r = t.duetrace("-e", "begin { print(1); } end { print(2); }")
    t.equal((r.out, r.err), ("1\n2\n\n\n", "Attached 2 probes\n"))


@test
def attached_json_on_stdout(t):
    r = t.duetrace("-f", "json", "-e", "begin { }")
    t.equal((r.out, r.err), ('{"type": "attached_probes", "count": 1, "data": {"probes": 1}}\n', ""))


@test
def bad_format(t):
    r = t.duetrace("-f", "jsonx", "-e", "begin { }")
    t.equal((r.status, r.out, r.err),
            (1, "", "ERROR: Invalid output format \"jsonx\"\nValid formats: 'text', 'json'\n"))


@test
def buffering_modes(t):
    for mode in ("line", "full", "none"):
        r = t.duetrace("-q", "-B", mode, "-e", "begin { print(1); @ = 2; }")
        t.equal((r.status, r.out, r.err), (0, "1\n\n\n@: 2\n", ""))
    r = t.duetrace("-B", "lines", "-e", "begin { }")
    t.equal(r.status, 1)


@test
def output_file(t):
    path = t.tmp / "out"
    r = t.duetrace("-q", "-o", str(path), "-e", 'begin { printf("a\\n"); @ = 1; }')
    t.equal((r.status, r.out, r.err), (0, "", ""))
    t.equal(path.read_text(), "a\n\n\n@: 1\n")


@test
def exit_status(t):
    for program, status in (("begin { exit(); }", 0), ("begin { exit(3); }", 3), ("begin { x }", 1)):
        t.equal(t.duetrace("-q", "-e", program).status, status)


# --- -p ---
@test
def pid_filters_and_ends(t):
    """Only that process, and the run ends with it."""
    process = t.start("sh", "-c", "while read x; do cat /dev/null; : >/dev/null; done")
    r = t.trace("-p", str(process.pid), "-e",
                'tracepoint:syscalls:sys_enter_openat { @[pid] = count(); } end { print("end"); }')
    r.attached()
    process.send("go\n")
    process.close_stdin()
    r = r.finish()
    t.matches(rf"end\n\n\n@\[{process.pid}\]: \d+\n", r.out)
    t.equal(r.status, 0)


@test
def pid_refused(t):
    for pid, message in (("0", "out of valid pid range"), ("x", "Failed to parse pid: invalid integer: x"),
                         ("99999999", "out of valid pid range"), ("4194303", "No such process")):
        r = t.duetrace("-p", pid, "-e", "begin { }")
        t.equal(r.status, 1)
        t.found(message, r.err)
    r = t.duetrace("-c", "true", "-p", "1", "-e", "begin { }")
    t.equal(r.status, 1)
    t.found("Cannot use both -c and -p.", r.err)
