# SPDX-License-Identifier: Apache-2.0
"""Bad input: what is wrong, where, exit status 1, and nothing printed on stdout."""
import re

from harness import case, test


def refuses(name, program, *patterns, params=()):
    """The program is refused with a message at a place, in the format of the diagnostics."""
    def body(t):
        r = t.duetrace("-e", program, *params)
        t.equal((r.out, r.status), ("", 1))
        t.found(r"^stdin:\d+(:\d+-\d+|-\d+): ERROR: .", r.err)
        t.absent("Attached", r.err)
        for pattern in patterns:
            t.found(pattern, r.err)
    body.__module__ = __name__
    test(name=name)(body)


@test
def exact_format(t):
    r = t.duetrace("-e", "begin { print($x); }")
    t.equal(r.err, "stdin:1:9-14: ERROR: Undefined or undeclared variable: $x\n"
            "begin { print($x); }\n        ~~~~~\n")


# syntax

refuses("missing-brace", "begin { print(1);")
refuses("missing-block", "begin")
refuses("missing-semicolon", "begin { $a = 1 $b = 2; }", "';'")
refuses("missing-parenthesis", "begin { print(1; }")
refuses("stray-text", "begin { } stray")
refuses("stray-brace", "begin { } }")
refuses("unknown-character", "begin { $a = 1 ` 2; }")
refuses("unterminated-string", 'begin { print("abc); }', "unterminated string")
refuses("unterminated-comment", "begin { } /* abc", "unterminated")
refuses("bad-escape", r'begin { print("a\q"); }', r"invalid escape character '\\q'")
refuses("integer-overflow", "begin { print(18446744073709551616); }")
refuses("bad-integer", "begin { print(12abc); }")
refuses("empty-predicate", "begin // { }")
refuses("expression-missing", "begin { $a = ; }", "expression")
refuses("deep-nesting", "begin { print(" + "(" * 5000 + "1" + ")" * 5000 + "); }")
refuses("binary-input", "begin { \x01\x02\x7f }")

# names

refuses("unknown-function", "begin { nosuchfunction(1); }", "nosuchfunction")
refuses("unknown-variable", "begin { print($nope); }", r"Undefined or undeclared variable: \$nope")
refuses("unknown-map", "begin { print(@nope); }", "@nope")
refuses("unknown-name", "begin { print(nosuchname); }", "nosuchname")
refuses("unknown-probe-type", "nosuchprobe:x:y { }", "nosuchprobe")
refuses("unknown-tracepoint", "tracepoint:no:such { }",
        r"No matches for tracepoint no:such\.")
refuses("unknown-wildcard", "tracepoint:no:such* { }", r"No matches for tracepoint no:such\*")
refuses("unknown-field", "tracepoint:syscalls:sys_enter_lseek { print(args.nope); }", "nope")
refuses("common-field", "tracepoint:syscalls:sys_enter_lseek { print(args.common_pid); }",
        "common_pid")
refuses("args-in-begin", "begin { print(args.x); }", "args")
refuses("variable-of-an-inner-block", "begin { if (1) { $a = 1; } print($a); }",
        r"Undefined or undeclared variable: \$a")
refuses("variable-of-another-probe", "begin { $a = 1; } end { print($a); }",
        r"Undefined or undeclared variable: \$a")
refuses("tracepoint-without-event", "tracepoint:syscalls { }")
refuses("begin-with-a-target", "begin:x { }")
refuses("interval-bad-unit", "interval:parsec:1 { }")
refuses("interval-zero", "interval:s:0 { }")
refuses("interval-not-a-number", "interval:s:abc { }")

# types

refuses("scalar-then-keyed", "begin { @x = 1; @x[1] = 2; }",
        r"@x used as a map with an explicit key \(non-scalar map\), previously used without an"
        r" explicit key \(scalar map\)")
refuses("keyed-then-scalar", "begin { @x[1] = 2; @x = 1; }", "@x used as a map without an explicit key")
refuses("key-types-differ", 'begin { @x[1] = 2; @x["a"] = 1; }', "@x")
refuses("key-counts-differ", "begin { @x[1] = 2; @x[1, 2] = 1; }", "@x")
refuses("value-types-differ", 'begin { @x = 1; @x = "a"; }', "Type mismatch for @x")
refuses("aggregations-mixed", "begin { @x = count(); @x = sum(1); }", "@x")
refuses("aggregation-and-number", "begin { @x = count(); @x = 1; }", "@x")
refuses("variable-types-differ", 'begin { $a = 1; $a = "b"; }', r"\$a")
refuses("aggregation-to-variable", "begin { $a = count(); }")
refuses("aggregation-alone", "begin { count(); }")
refuses("add-string", 'begin { print("a" + 1); }')
refuses("compare-string-with-number", 'begin { print("a" == 1); }')
refuses("order-strings", 'begin { print("a" < "b"); }')
refuses("tuple-index-out-of-range", "begin { $t = (1, 2); print($t.5); }")
refuses("field-of-a-number", "begin { $a = 1; print($a.x); }")
refuses("hist-as-key", "begin { @h = hist(1); @x[@h] = 1; }")
refuses("delete-of-a-number", "begin { delete(5); }")
refuses("has-key-on-scalar", "begin { @x = 1; print(has_key(@x, 1)); }", "@x")
refuses("assign-to-a-number", "begin { 5 = 6; }")
refuses("increment-a-number", "begin { 5++; }")
refuses("map-of-void", "begin { @x = clear(@y); }")

# calls

refuses("printf-too-few", r'begin { printf("%d %d\n", 1); }',
        r"not enough arguments for format string \(1 supplied, 2 expected\)")
refuses("printf-too-many", r'begin { printf("%d\n", 1, 2); }', "too many arguments")
refuses("printf-wrong-type", r'begin { printf("%d\n", "a"); }')
refuses("printf-unknown-conversion", r'begin { printf("%y\n", 1); }')
refuses("printf-float", r'begin { printf("%f\n", 1); }')
refuses("printf-format-not-literal", r'begin { $a = "x"; printf($a); }')
refuses("printf-no-arguments", "begin { printf(); }")
refuses("print-no-arguments", "begin { print(); }")
refuses("count-with-argument", "begin { @x = count(1); }")
refuses("sum-without-argument", "begin { @x = sum(); }")
refuses("sum-of-a-string", 'begin { @x = sum("a"); }')
refuses("hist-bits-too-many", "begin { @x = hist(1, 6); }")
refuses("lhist-bad-range", "begin { @x = lhist(1, 10, 0, 1); }")
refuses("lhist-zero-step", "begin { @x = lhist(1, 0, 10, 0); }")
refuses("lhist-too-many-buckets", "begin { @x = lhist(1, 0, 1000000, 1); }")
refuses("lhist-not-literal", "begin { $a = 5; @x = lhist(1, 0, 10, $a); }")
refuses("exit-too-many", "begin { exit(1, 2); }")
refuses("exit-string", 'begin { exit("a"); }')
refuses("str-no-arguments", "begin { print(str()); }")
refuses("time-not-literal", "begin { $a = 5; time($a); }")
refuses("strftime-one-argument", 'begin { print(strftime("%Y")); }')
refuses("clear-not-a-map", "begin { clear(5); }")
refuses("parameter-is-not-a-number", "begin { print($1); }", r"str\(\$1\)", params=["abc"])
refuses("parameter-zero", "begin { print($0); }")


@test
def several_errors_in_one_run(t):
    r = t.duetrace("-e", "begin { print($a); }\nbegin { print($b); }\nbegin { nosuch(); }")
    t.equal((r.out, r.status), ("", 1))
    t.equal(re.findall(r"(?m)^stdin:(\d+):\d+-\d+: ERROR:", r.err), ["1", "2", "3"],
            "lines of the errors")


@test
def place_in_a_later_line(t):
    r = t.duetrace("-e", "begin\n{\n\tprint($x);\n}\n")
    t.equal(r.err, "stdin:3:2-7: ERROR: Undefined or undeclared variable: $x\n"
            "    print($x);\n    ~~~~~\n")


@test
def thousands_of_errors_end(t):
    """A hopeless script gives a bounded message."""
    r = t.duetrace("-e", "begin { " + "print($x); " * 5000 + "}")
    t.equal(r.status, 1)
    t.check(0 < len(r.err) < 500_000, f"{len(r.err)} bytes of messages")


@test
def nothing_is_attached_after_an_error(t):
    marker = t.tmp / "marker"
    r = t.duetrace("-e", "begin { print(1); } tracepoint:no:such { }", "--run", "touch",
                   str(marker))
    t.equal((r.out, r.status), ("", 1))
    t.check(not marker.exists(), "the command ran in spite of the error")


# privilege


@test
def no_privilege(t):
    t.need("setpriv")
    r = t.run("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", t.binary, "-e",
              "begin { print(1); } interval:s:1 { exit(); }")
    t.equal((r.out, r.status), ("", 1))
    t.found("^ERROR: .*(root|CAP_BPF|privilege|permi)", r.err)
    t.check(r.err.count("\n") <= 4, "the message is not short")


@test
def unprivileged_help_and_version(t):
    t.need("setpriv")
    for option in ("--help", "--version"):
        r = t.run("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", t.binary,
                  option)
        t.equal((r.err, r.status), ("", 0), option)


# databases and outputs that cannot be


def refuses_database(t, path, pattern):
    marker = t.tmp / "marker"
    r = t.duetrace("--db", path, "-e", "begin { print(1); }", "--run", "touch", str(marker))
    t.equal(r.status, 1, "exit status")
    t.found(rf"(?m)^ERROR: .*{pattern}", r.err)
    t.check(not marker.exists(), "the command ran")


@test
def database_in_an_unknown_folder(t):
    refuses_database(t, "/no/such/folder/x.sqlite", "/no/such/folder/x.sqlite")


@test
def database_that_is_a_directory(t):
    refuses_database(t, t.tmp, re.escape(str(t.tmp)))


@test
def database_that_is_none(t):
    path = t.write("x.sqlite", "this is not a database, " * 200)
    refuses_database(t, path, "x.sqlite.*not a database")
    t.equal((t.tmp / "x.sqlite").read_text(), "this is not a database, " * 200, "the file")


@test
def database_read_only(t):
    """On a read-only mount: root writes past file modes."""
    script = ('mount -t tmpfs -o size=1m tmpfs "$MOUNT" && sqlite3 "$MOUNT/x.sqlite" '
              '"create table t(a)" && mount -o remount,ro "$MOUNT" && '
              'exec "$DUETRACE" --db "$MOUNT/x.sqlite" -e "begin { print(1); }"')
    t.need("unshare", "sqlite3")
    (t.tmp / "mount").mkdir()
    r = t.run("unshare", "-m", "sh", "-c", script,
              env={"MOUNT": str(t.tmp / "mount"), "DUETRACE": t.binary})
    t.equal(r.status, 1, "exit status")
    t.found(r"(?m)^ERROR: .*x\.sqlite.*read-?\s?only", r.err.lower().replace("error", "ERROR"))


def on_a_full_disk(t, *arguments, size="256k"):
    """Run duetrace where $MOUNT is a small file system of its own."""
    t.need("unshare")
    (t.tmp / "mount").mkdir(exist_ok=True)
    setup = f'mount -t tmpfs -o size={size} tmpfs "$MOUNT";'
    return t.in_mounts(t.binary, *arguments, setup=setup, env={"MOUNT": str(t.tmp / "mount")})


@test
def output_to_a_full_disk(t):
    r = on_a_full_disk(t, "-o", t.tmp / "mount" / "out", "-e",
                       'interval:us:1000 { printf("' + "x" * 900 + r'\n"); @n++;'
                       " if (@n > 1000) { exit(); } }")
    t.equal(r.status, 1, "exit status")
    t.found("(?m)^ERROR: .*No space left", r.err)
    t.check(len(re.findall("No space left", r.err)) == 1, "the message is repeated")


@test
def database_on_a_full_disk(t):
    r = on_a_full_disk(t, "--db", t.tmp / "mount" / "x.sqlite", "-o", "/dev/null", "-e",
                       'interval:us:1000 { printf("' + "x" * 900 + r'\n"); @n++;'
                       " if (@n > 1000) { exit(); } }")
    t.equal(r.status, 1, "exit status")
    t.found("(?m)^ERROR: .*(disk is full|No space left)", r.err)


@test
def output_to_dev_full(t):
    with open("/dev/full", "w") as full:
        r = t.start(t.binary, "-e", "begin { print(1); }", stdout=full).finish()
    t.equal(r.status, 1, "exit status")
    t.found("(?m)^ERROR: .*No space left", r.err)


@test
def reader_goes_away(t):
    """`duetrace ... | head -1` ends, without a message about it."""
    script = (f'{t.binary} -q -e \'interval:ms:5 {{ printf("line\\n"); }}\' | head -1')
    r = t.run("bash", "-c", script + "; echo ${PIPESTATUS[0]}")
    lines = r.out.split("\n")
    t.equal(lines[0], "line")
    t.check(lines[1] in ("0", "1", "141"), f"exit status {lines[1]}")
    t.equal(r.err, "", "stderr")


@test
def closed_standard_streams(t):
    for closed in (">&-", "2>&-", "<&-", "<&- >&- 2>&-"):
        r = t.run("sh", "-c", f"exec \"$0\" -q -e 'begin {{ @x = 1; }}' {closed}", t.binary)
        t.check(r.status in (0, 1), f"{closed}: status {r.status}")


@test
def input_that_is_not_text(t):
    (t.tmp / "x.dt").write_bytes(bytes(range(256)) * 64)
    r = t.duetrace(t.tmp / "x.dt")
    t.equal((r.out, r.status), ("", 1))
    t.check(0 < len(r.err) < 200_000, f"{len(r.err)} bytes of messages")


@test
def huge_script(t):
    """Ten thousand statements compile or are refused with a message; they do not crash."""
    r = t.duetrace("-q", "-e", "begin { " + "@x = 1; " * 10000 + "}", seconds=120)
    t.check(r.status in (0, 1), f"status {r.status}")
    t.check(r.status == 0 or "ERROR: " in r.err, "no message")


# warnings do not stop a run

case("errors", "warnings-go-to-stderr", "begin { $a = -5; $b = 3; print($a / $b > 100); }",
     re.compile(r"(true|false)\n\n\n"),
     err=re.compile("WARNING: signed operands for '/' can lead to undefined behavior"))
