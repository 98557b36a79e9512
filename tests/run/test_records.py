# SPDX-License-Identifier: Apache-2.0
"""emit, alert and rule: records as text, as JSON and in the database, and the statuses of rules."""
import json
import os
import re
import time

from harness import END, case, test

ENVELOPE = ["time", "boot", "seq", "pid", "tid", "ppid", "start", "uid", "gid", "auid", "comm",
            "cgroup", "container"]
CLOCK = r"\d\d:\d\d:\d\d"


def record_line(*cells):
    return CLOCK + " " + " +".join(cells) + r"\n"


case("records", "text-header-once", 'begin { emit open { size = 5, name = "a.txt" }; '
     'emit open { size = 70000, name = "b" }; }',
     re.compile(r"TIME     PID     UID   COMM            SIZE +NAME\n"
                + record_line(r"\d+", "0", "duetrace", "5", "a.txt")
                + record_line(r"\d+", "0", "duetrace", "70000", "b") + "\n\n"))
# Long values last, whatever their place in the script.
case("records", "text-long-values-last", 'begin { emit x { path = "p", n = 1, yes = true }; }',
     re.compile(r"TIME     PID     UID   COMM            N +YES   PATH\n"
                + record_line(r"\d+", "0", "duetrace", "1", "true", "p") + "\n\n"))
case("records", "text-two-types", 'begin { emit one { a = 1 }; emit two { b = 2 }; emit one { a = 3 }; }',
     re.compile(r"TIME     RECORD PID     UID   COMM            A *\n"
                + record_line("one", r"\d+", "0", "duetrace", "1")
                + r"TIME     RECORD PID     UID   COMM            B *\n"
                + record_line("two", r"\d+", "0", "duetrace", "2")
                + record_line("one", r"\d+", "0", "duetrace", "3") + "\n\n"))
# What the script asks for, and what the command line and the environment do.
COLUMNS = 'config = { columns = "a,comm" } begin { emit x { a = 1, b = 2 }; }'
case("records", "columns-of-the-script", COLUMNS, re.compile(r"A +COMM\n1 +duetrace\n\n\n"))
case("records", "columns-of-the-script-and-option", COLUMNS, re.compile(r"B\n2\n\n\n"), flags=("--columns", "b"))
case("records", "columns-of-the-environment", COLUMNS, re.compile(r"B +A\n2 +1\n\n\n"), env={"DUETRACE_COLUMNS": "b,a"})
case("records", "columns-of-the-script-unknown", 'config = { columns = "nope" } begin { emit x { a = 1 }; }', "",
     status=1, err=re.compile("nope"))
case("records", "columns-unknown", 'begin { emit x { a = 1, b = 2 }; emit y { c = 3 }; }', "", flags=("--columns", "a,nope"),
     status=1, err=re.compile(r"^ERROR: No record of the script has a column nope\nHINT: The columns are time, boot, seq, pid, "
                              r"tid, ppid, start, uid, gid, auid, comm, cgroup, container, a, b, c\n"))
for _asked, _meant in (("pth", "path"), ("lenght", "length"), ("Comm", "comm"), ("contianer", "container"), ("recrod", "record"),
                       ("datas", "data"), ("pids", "pid")):
    case("records", f"columns-near-{_meant}", 'begin { emit x { path = "a", length = 1 }; }', "",
         flags=("--columns", f"time,{_asked}"), status=1,
         err=re.compile(rf"^ERROR: No record of the script has a column {_asked}\nHINT: Did you mean '{_meant}'\?\n$"))
case("records", "columns-of-no-record", 'begin { print(1); exit(); }', "", flags=("--columns", "comm"), status=1,
     err=re.compile(r"^ERROR: No record of the script has a column comm\nHINT: It has no records at all: they are made by emit and alert\n$"))
case("records", "columns-of-json", 'begin { emit x { a = 1 }; exit(); }', "", flags=("-f", "json", "--columns", "a"), status=1,
     err=re.compile(r"^ERROR: --columns is for text, not for -f json\n"))
case("records", "columns-of-no-record-of-the-script", 'config = { columns = "comm" } begin { print(1); }', "", status=1,
     err=re.compile(r"^ERROR: No record of the script has a column comm\nHINT: It has no records at all"))
case("records", "columns-of-no-record-of-the-environment", 'begin { print(1); exit(); }', "1\n\n\n", env={"DUETRACE_COLUMNS": "comm"})
# severity and rule are columns of alerts only
case("records", "columns-near-severity", 'rule r = { severity = high; } begin { alert r { a = 1 }; }', "",
     flags=("--columns", "severty"), status=1, err=re.compile(r"HINT: Did you mean 'severity'\?\n$"))
case("records", "columns-not-of-records", 'begin { emit x { a = 1 }; }', "", flags=("--columns", "severty"), status=1,
     err=re.compile(r"HINT: The columns are time, "))
case("records", "text-escapes", r'begin { emit x { name = "a\nb\x1b[2J" }; }',
     re.compile(r"TIME .*\n.*a\\nb\\x1b\[2J\n\n\n"))
case("records", "text-raw", r'begin { emit x { name = "a\x07b" }; }',
     re.compile("TIME .*\n.*a\x07b\n\n\n"), flags=("--raw",))
ENUM = "enum road { foot = 1, rail = 7 } "


@test
def enums_have_names(t):
    """In text, JSON and the database; one without a name is its number, and print() keeps bpftrace's form."""
    script = ENUM + "rule hit = { severity = low; } begin { emit way { a = rail, b = (enum road)9 }; alert hit { by = foot }; print(rail); }"
    db = t.tmp / "x.db"
    r = t.duetrace("-q", "-f", "json", "--db", db, "-e", script)
    rows = [json.loads(line) for line in r.out.splitlines()]
    t.equal([row["data"] for row in rows], [{"a": "rail", "b": 9}, {"by": "foot"}, 7])
    t.equal(t.sql(db, "select a, b from way"), [("rail", "9")])
    t.equal(t.sql(db, "select json_extract(data, '$.by') from alerts"), [("foot",)])
    t.found(r"rail +9\n", t.duetrace("-q", "-e", script).out)


@test
def names_from_values(t):
    r = t.duetrace("-q", "-f", "json", "-e",
                   'begin { $v = 3; $pair = (1, 2); @m["k"] = 4; emit x { $v, @m["k"], (1, 2).1 + $pair.0, (int8)cpu, elapsed, '
                   'curtask.tgid }; }')
    t.equal((r.err, r.status), ("", 0))
    data = json.loads(r.out.splitlines()[0])["data"]
    t.equal(list(data), ["v", "m", "pair", "cpu", "elapsed", "tgid"])


@test
def json_form(t):
    before = time.time_ns()
    r = t.duetrace("-q", "-f", "json", "-e",
                   'begin { emit x { path = "/x", flags = -1, ok = false, t = (1, "a") }; '
                   'emit x { path = "y", flags = 5, ok = true, t = (2, "b") }; }')
    after = time.time_ns()
    t.equal((r.err, r.status), ("", 0))
    lines = [line for line in r.out.splitlines() if line]
    first, second = (json.loads(line) for line in lines)
    t.equal(list(first), ["type", "record", *ENVELOPE, "data"])
    t.check(lines[0].startswith('{"type": "record", "record": "x", "time": "2'), lines[0])
    t.equal((first["type"], first["record"]), ("record", "x"))
    t.equal(first["data"], {"path": "/x", "flags": -1, "ok": False, "t": [1, "a"]})
    t.equal(second["data"], {"path": "y", "flags": 5, "ok": True, "t": [2, "b"]})
    t.equal((first["seq"], second["seq"]), (1, 2))
    t.equal((first["uid"], first["gid"], first["comm"], first["container"]), (0, 0, "duetrace", ""))
    stamp = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})Z", first["time"])
    t.check(stamp, first["time"])
    seconds = time.mktime(time.strptime(stamp[1], "%Y-%m-%dT%H:%M:%S")) - time.timezone
    wall = int(seconds) * 10**9 + int(stamp[2])
    t.check(before - 10**9 <= wall <= after + 10**9, f"{before} {wall} {after}")


def stat_of(pid):
    """Parent and start time, in clock ticks, of a process."""
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    return int(fields[1]), int(fields[19])


@test
def envelope_of_a_process(t):
    """Against /proc: a shell that waits, then opens a file of its own name."""
    mark = t.tmp / "mark"
    mark.write_text("")
    shell = t.start("sh", "-c", f"read line; : < {mark}")
    tracer = t.start(t.binary, "-f", "json", "-e",
                              'tracepoint:syscalls:sys_enter_openat /str(args.filename) == str($1)/ '
                              '{ emit open { name = str(args.filename) }; exit(); }', mark)
    tracer.wait_for("attached_probes")
    ppid, ticks = stat_of(shell.pid)
    shell.send("go\n")
    r = tracer.finish()
    record = json.loads(r.out.splitlines()[1])
    t.equal((record["pid"], record["tid"], record["ppid"]), (shell.pid, shell.pid, ppid))
    t.equal(record["start"] // (10**9 // os.sysconf("SC_CLK_TCK")), ticks, "start")
    t.equal(record["comm"], "sh")
    auid = int(open("/proc/self/loginuid").read()) if os.path.exists("/proc/self/loginuid") else 2**32 - 1
    t.equal(record["auid"], auid)
    t.check(record["cgroup"] > 0, record)


@test
def database_table(t):
    db = t.tmp / "x.sqlite"
    r = t.duetrace("-q", "--db", db, "-e",
                   'begin { emit x { path = "/x", flags = -1, ok = false, raw = buf("ab", 2), '
                   't = (1, "a"), big = (uint64)5 }; emit x { path = "y", flags = 1 << 40, ok = true, '
                   'raw = buf("cd", 2), t = (2, "b"), big = (uint64)6 }; }')
    t.equal((r.err, r.status), ("", 0))
    columns = [(name, kind) for _, name, kind, *_ in t.sql(db, "pragma table_info(x)")]
    t.equal([name for name, _ in columns],
            ["id", "run", *ENVELOPE, "path", "flags", "ok", "raw", "t", "big"])
    kinds = dict(columns)
    t.equal([kinds[c] for c in ("path", "flags", "ok", "raw", "t", "big", "comm", "pid")],
            ["TEXT", "INTEGER", "INTEGER", "BLOB", "TEXT", "INTEGER", "TEXT", "INTEGER"])
    t.equal(t.sql(db, "select id, run, seq, path, flags, ok, raw, t, big, comm from x order by id"),
            [(1, 1, 1, "/x", -1, 0, b"ab", '[1,"a"]', 5, "duetrace"),
             (2, 1, 2, "y", 1 << 40, 1, b"cd", '[2,"b"]', 6, "duetrace")])
    t.equal(t.sql(db, "select produced, stored, lost from runs"), [(2, 2, 0)])


@test
def database_grows_with_the_record(t):
    db = t.tmp / "x.sqlite"
    t.equal(t.duetrace("-q", "--db", db, "-e", 'begin { emit x { a = 1 }; }').status, 0)
    r = t.duetrace("-q", "--db", db, "-e", 'begin { emit x { a = 2, more = "m" }; }')
    t.equal((r.err, r.status), ("", 0))
    t.equal(t.sql(db, "select run, a, more from x order by id"), [(1, 1, None), (2, 2, "m")])
    r = t.duetrace("-q", "--db", db, "-e", 'begin { emit X { more = 7 }; }')
    t.equal(r.status, 1)
    t.equal(r.err, "ERROR: The database has a table X whose column more is TEXT, made by run 2; here it "
            "is INTEGER\nHINT: Rename the record or the field, or use another database\n")
    t.equal(t.sql(db, "select count(*) from runs"), [(2,)], "a refused run leaves no row")


@test
def the_same_record_from_several_places(t):
    """Fields by name, in any order; integers widen."""
    r = t.duetrace("-q", "-f", "json", "-e",
                   'begin { emit x { a = (uint8)1, b = "one" }; } end { emit x { b = "three", a = -70000 }; }')
    rows = [json.loads(line)["data"] for line in r.out.splitlines() if line]
    t.equal(rows, [{"a": 1, "b": "one"}, {"a": -70000, "b": "three"}])


RULES = ('rule key_read = { about = "A key was read"; severity = high; tags = "credentials,keys"; } '
         'rule never = { severity = critical } ')


@test
def alerts_in_the_database(t):
    db = t.tmp / "x.sqlite"
    r = t.duetrace("-q", "--db", db, "-e", RULES + 'begin { alert key_read { path = "/k" }; '
                   'alert plain { n = 1 }; alert key_read { path = "/l" }; }')
    t.equal((r.err, r.status), ("", 0))
    t.equal(t.sql(db, "select run, name, about, severity, tags from rules order by id"),
            [(1, "key_read", "A key was read", "high", "credentials,keys"),
             (1, "never", "", "critical", ""), (1, "plain", "", "medium", "")])
    t.equal(t.sql(db, "select run, rule, severity, seq, comm, data from alerts order by id"),
            [(1, "key_read", "high", 1, "duetrace", '{"path": "/k"}'),
             (1, "plain", "medium", 2, "duetrace", '{"n": 1}'),
             (1, "key_read", "high", 3, "duetrace", '{"path": "/l"}')])


case("records", "alert-text", RULES + 'begin { alert key_read { path = "/k", n = 3 }; }',
     re.compile(r"TIME     SEVERITY RULE     PID     UID   COMM            DATA\n"
                + record_line("high", "key_read", r"\d+", "0", "duetrace", "path=/k n=3") + "\n\n"))
case("records", "alert-json", RULES + 'begin { alert key_read { path = "/k" }; }',
     re.compile(r'\{"type": "alert", "rule": "key_read", "severity": "high", "time": "[^"]*Z", "boot": .*'
                r'"container": "", "data": \{"path": "/k"\}\}\n'), as_json=True)
for severity, status in (("info", 3), ("low", 3), ("medium", 3), ("high", 3), ("critical", 0)):
    case("records", f"fail-on-{severity}", RULES + 'begin { alert key_read { a = 1 }; }',
         re.compile("TIME .*\n.*\n\n\n"), flags=("--fail-on", severity), status=status)
case("records", "fail-on-nothing-fired", RULES + 'begin { if (pid == 0) { alert key_read { a = 1 }; } }', END,
     flags=("--fail-on", "info"))
case("records", "fail-on-wrong", "begin { }", "", flags=("--fail-on", "bad"), status=1,
     err="ERROR: --fail-on takes info, low, medium, high or critical, not 'bad'\n"
         "HINT: duetrace --help lists the options.\n")
case("records", "strict-nothing-lost", "begin { emit x { a = 1 }; }", re.compile("TIME .*\n.*\n\n\n"),
     flags=("--strict",))


@test
def strict_with_losses(t):
    """A map of one key: the second update is lost, and counted."""
    r = t.duetrace("-q", "--strict", "-e", "let @a = hash(1); begin { @a[1] = 1; @a[2] = 1; }")
    t.equal(r.status, 4)


@test
def columns_in_the_order_asked(t):
    r = t.duetrace("-q", "--columns", "b,uid,a", "-e", 'begin { emit x { a = 1, b = "t" }; }')
    t.equal((r.err, r.status), ("", 0))
    lines = r.out.splitlines()
    t.equal([line.split() for line in lines[:2]], [["B", "UID", "A"], ["t", "0", "1"]])


@test
def columns_of_alerts_and_of_records_that_have_them_not(t):
    r = t.duetrace("-q", "--columns", "record,severity,a,data", "-e",
                   'begin { emit x { a = 1 }; alert y { a = 2 }; }')
    lines = [line.split() for line in r.out.splitlines() if line]
    t.equal(lines, [["RECORD", "A", "DATA"], ["x", "-", "1", "a=1"],
                    ["RECORD", "SEVERITY", "A", "DATA"], ["y", "medium", "2", "a=2"]])


@test
def words_are_names_elsewhere(t):
    """emit, alert and rule are words of records only where those can stand."""
    r = t.duetrace("-q", "-e", 'macro emit($x) { $x + 1 } macro rule() { 7 } '
                   'begin { $alert = 1; print(emit($alert)); @rule = rule(); }')
    t.equal((r.out, r.err, r.status), ("2\n" + END + "@rule: 7\n", "", 0))


@test
def without_semicolon(t):
    r = t.duetrace("-q", "-f", "json", "-e", "begin { emit x { a = 1 } if (1) { emit x { a = 2, } } emit y { } }")
    t.equal(r.err, "")
    t.equal([json.loads(line)["data"] for line in r.out.splitlines() if line], [{"a": 1}, {"a": 2}, {}])


@test
def from_an_image(t):
    image = t.tmp / "x.o"
    t.equal(t.duetrace("--emit", "image", "-o", image, "-e",
                       RULES + 'begin { emit x { a = 1 }; alert key_read { a = 2 }; }').status, 0)
    db = t.tmp / "x.sqlite"
    r = t.run(t.runner, "-q", "--db", db, "--fail-on", "high", "--columns", "a", image)
    t.equal((r.err, r.status), ("", 3))
    t.equal([line.strip() for line in r.out.splitlines() if line], ["A", "1", "A", "2"])
    t.equal(t.sql(db, "select a from x"), [(1,)])


@test
def colour_only_on_a_terminal(t):
    r = t.duetrace("-q", "-e", RULES + 'begin { alert key_read { a = 1 }; }')
    t.check("\033" not in r.out, r.out)
