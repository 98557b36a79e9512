# SPDX-License-Identifier: Apache-2.0
"""The core language as bpftrace 0.26 has it: what its own tests ask, feature by feature."""
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
