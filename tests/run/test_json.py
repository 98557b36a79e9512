# SPDX-License-Identifier: Apache-2.0
"""-f json: one object a line."""
import json

from harness import case, test


def says(name, body, want, **options):
    case("json", name, "begin { " + body + " }", want, as_json=True, **options)


def value(text):
    return '{"type": "value", "data": ' + text + "}\n"


def mapped(text, kind="map"):
    return '{"type": "' + kind + '", "data": {' + text + "}}\n"


says("printf", r'printf("a %d\n", 5);', '{"type": "printf", "data": "a 5\\n"}\n')
says("printf-escapes", r'printf("q\" b\\ n\n t\t r\r %c", 1);',
     r'{"type": "printf", "data": "q\" b\\ n\n t\t r\r \u0001"}' + "\n")
says("value-integer", "print(5); print(-5);", value("5") + value("-5"))
says("value-string", r'print("a\"b");', value(r'"a\"b"'))
says("value-bool", "print(1 == 1); print(1 == 2);", value("true") + value("false"))
says("value-tuple", 'print((1, "a", (2, 3)));', value('[1,"a",[2,3]]'))
says("value-beyond-doubles", "print(9223372036854775807); print(9007199254740993);"
     " print(9007199254740992);",
     value('"9223372036854775807"') + value('"9007199254740993"') + value("9007199254740992"))
says("map-scalar", "@x = 5;", mapped('"@x": 5'))
says("map-string", '@x = "a";', mapped('"@x": "a"'))
says("map-keyed", "@x[1] = 5; @x[2] = 3;", mapped('"@x": {"2": 3, "1": 5}'))
says("map-string-key", '@x["k"] = 5;', mapped('"@x": {"k": 5}'))
says("map-tuple-key-loses-blanks", '@x["a b", 2] = 5;', mapped('"@x": {"ab,2": 5}'))
says("map-print", "@x = 5; print(@x); clear(@x);", mapped('"@x": 5'))
says("map-of-tuples", '@x[1] = (1, "a");', mapped('"@x": {"1": [1,"a"]}'))
says("map-empty-keyed-prints-nothing", "@x[1] = 5; delete(@x, 1);", "")
says("count", "@x = count();", mapped('"@x": 1'))
says("sum-keyed", "@x[7] = sum(5);", mapped('"@x": {"7": 5}'))
says("stats", "@ = stats(4); @ = stats(8);",
     mapped('"@": {"count": 2, "average": 6, "total": 12}', "stats"))
says("stats-keyed", "@[1] = stats(4); @[1] = stats(8);",
     mapped('"@": {"1": {"count": 2, "average": 6, "total": 12}}', "stats"))
says("avg-is-a-number", "@ = avg(4); @ = avg(8);", mapped('"@": 6', "stats"))
says("hist", "@ = hist(-1); @ = hist(2); @ = hist(3); @ = hist(5);",
     mapped('"@": [{"max": -1, "count": 1},{"min": 0, "max": 0, "count": 0},'
            '{"min": 1, "max": 1, "count": 0},{"min": 2, "max": 3, "count": 2},'
            '{"min": 4, "max": 7, "count": 1}]', "hist"))
says("hist-keyed", "@[1] = hist(2);",
     mapped('"@": {"1": [{"min": 2, "max": 3, "count": 1}]}', "hist"))
says("lhist", "@ = lhist(50, 0, 4, 2); @ = lhist(1, 0, 4, 2);",
     mapped('"@": [{"min": 0, "max": 1, "count": 1},{"min": 2, "max": 3, "count": 0},'
            '{"min": 4, "count": 1}]', "hist"))
says("time", r'time("x%%\n");', '{"type": "time", "data": "x%\\n"}\n')


@test
def attached_line(t):
    """It is on stdout in JSON, and -q hides it."""
    r = t.duetrace("-f", "json", "-e", "begin { print(1); } end { print(2); }")
    rows = [json.loads(line) for line in r.out.split("\n") if line]
    t.equal(rows, [{"type": "attached_probes", "count": 2, "data": {"probes": 2}},
                   {"type": "value", "data": 1}, {"type": "value", "data": 2}])
    t.equal(r.err, "", "stderr")


@test
def bytes_that_are_not_utf8(t):
    """A file name of any bytes leaves a line that is valid JSON and valid UTF-8."""
    name = b"/no/such/\xff\xfe\x01file"
    workload = t.workload("open")
    out = t.tmp / "out"
    r = t.duetrace("-q", "-f", "json", "-o", out, "-e",
                   "tracepoint:syscalls:sys_enter_openat /pid == cpid/"
                   " { print(str(args.filename)); }", "--run", "sh", "-c",
                   f"exec {workload} \"$(printf '/no/such/\\377\\376\\001file')\"")
    t.equal(r.status, 0, "exit status")
    lines = out.read_bytes().split(b"\n")
    names = [json.loads(line.decode("utf-8"))["data"] for line in lines if line]
    shown = [n for n in names if isinstance(n, str) and n.startswith("/no/such/")]
    t.check(len(shown) == 1 and shown[0].endswith("\x01file"), f"{names} has not {name!r}")
