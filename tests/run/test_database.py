# SPDX-License-Identifier: Apache-2.0
"""--db: what was printed, the maps, the run and its losses, in SQLite."""
import hashlib
import json
import os
import shutil
import signal
import stat
import time

from harness import END, test


@test
def rows_equal_the_lines(t):
    db = t.tmp / "x.sqlite"
    r = t.duetrace("-q", "--db", db, "-e",
                   r'begin { printf("a %d\n", 1); print("b"); print((1, 2)); printf("c"); }')
    t.equal((r.out, r.err, r.status), ("a 1\nb\n(1, 2)\nc" + END, "", 0))
    rows = [row[0] for row in t.sql(db, "select text from output order by id")]
    t.equal("".join(rows), "a 1\nb\n(1, 2)\nc", "text of the rows")


@test
def run_row(t):
    db = t.tmp / "x.sqlite"
    program = "begin { print($1); }"
    script = t.write("x.dt", program)
    before = time.time_ns()
    t.duetrace("-q", "--db", db, script, "5", "six")
    after = time.time_ns()
    columns = [row[1] for row in t.sql(db, "pragma table_info(runs)")]
    want = ("id started ended host boot_id kernel version script sha256 args coverage produced"
            " stored lost").split()
    t.check(set(want) <= set(columns), f"runs has {columns}")
    (row,) = t.sql(db, "select " + ", ".join(want) + " from runs")
    row = dict(zip(want, row))
    t.check(before <= row["started"] <= row["ended"] <= after, f"times: {row}")
    t.equal(row["kernel"].split()[0] if row["kernel"] else row["kernel"], os.uname().release)
    t.equal(row["host"], os.uname().nodename, "host")
    t.equal(row["boot_id"].replace("-", ""),
            open("/proc/sys/kernel/random/boot_id").read().strip().replace("-", ""), "boot_id")
    t.equal(row["sha256"], hashlib.sha256(program.encode()).hexdigest(), "sha256")
    t.check(row["script"].endswith("x.dt"), f"script: {row['script']}")
    t.check("five" not in row["args"] and "5" in row["args"] and "six" in row["args"],
            f"args: {row['args']}")
    t.equal(row["lost"], 0, "lost")
    t.check("duetrace" in row["version"] or row["version"][:1].lstrip("v").isdigit()
            or row["version"].startswith("v"), f"version: {row['version']}")


@test
def maps_at_exit(t):
    db = t.tmp / "x.sqlite"
    t.duetrace("-q", "--db", db, "-e",
               'begin { @n = 5; @k["a"] = 1; @t[1, "b"] = "v"; @s = stats(4); @h = hist(2); }')
    rows = {(name, json.dumps(json.loads(key))): json.loads(value)
            for name, key, value in t.sql(db, "select map, key, value from maps")}
    names = sorted({name for name, _ in rows})
    t.equal(names, ["@h", "@k", "@n", "@s", "@t"], "maps")
    t.equal(rows[("@n", "null")], 5, "@n")
    t.equal(rows[("@k", '"a"')], 1, "@k")
    t.equal(rows[("@t", '[1, "b"]')], "v", "@t")
    t.equal(rows[("@s", "null")], {"count": 1, "average": 4, "total": 4}, "@s")
    t.equal(rows[("@h", "null")], [{"min": 2, "max": 3, "count": 1}], "@h")


@test
def printed_maps_are_kept_too(t):
    db = t.tmp / "x.sqlite"
    t.duetrace("-q", "--db", db, "-e", "begin { @n = 5; print(@n); clear(@n); }")
    t.equal(t.sql(db, "select map, value from maps"), [("@n", "5")])


@test
def file_mode(t):
    db = t.tmp / "x.sqlite"
    t.duetrace("-q", "--db", db, "-e", "begin { print(1); }")
    t.equal(stat.S_IMODE(os.stat(db).st_mode), 0o600, "mode")
    t.equal(sorted(p.name for p in t.tmp.iterdir()), ["x.sqlite"], "files")


@test
def runs_share_a_file(t):
    db = t.tmp / "x.sqlite"
    for number in (1, 2, 3):
        r = t.duetrace("-q", "--db", db, "-e", f"begin {{ print({number}); }}")
        t.equal((r.err, r.status), ("", 0))
    t.equal(t.sql(db, "select run, text from output order by id"),
            [(1, "1\n"), (2, "2\n"), (3, "3\n")])
    t.equal(t.sql(db, "select count(*), count(ended) from runs"), [(3, 3)])


@test
def runs_at_once_share_a_file(t):
    db = t.tmp / "x.sqlite"
    running = [t.trace("--db", db, "-e", f"interval:ms:5 {{ print({n}); @n++;"
                       " if (@n == 100) { exit(); } }") for n in (1, 2)]
    for p in running:
        r = p.finish()
        t.equal(r.status, 0, "exit status")
    t.equal(t.sql(db, "select text, count(*), count(distinct run) from output group by text"),
            [("1\n", 100, 1), ("2\n", 100, 1)])


@test
def readable_while_it_is_written(t):
    db = t.tmp / "x.sqlite"
    p = t.trace("--db", db, "-e", "interval:ms:5 { print(1); }")
    t.eventually(lambda: db.exists() and t.sql(db, "select count(*) from output")[0][0] > 20,
                 "rows do not appear while tracing")
    t.equal(t.sql(db, "select ended from runs"), [(None,)])
    r = p.stop()
    t.equal(t.sql(db, "select count(*) from output")[0][0], r.out.count("1\n"))
    t.check(t.sql(db, "select ended from runs")[0][0], "the run has no end")


@test
def sound_after_kill(t):
    """kill -9 leaves a database that is whole, with a run that has no end."""
    db = t.tmp / "x.sqlite"
    p = t.trace("--db", db, "-e", "interval:us:500 { printf(\"%d\\n\", @n++); }")
    t.eventually(lambda: db.exists() and t.sql(db, "select count(*) from output")[0][0] > 100,
                 "rows do not appear while tracing")
    p.send_signal(signal.SIGKILL)
    p.finish()
    t.equal(t.sql(db, "pragma integrity_check"), [("ok",)])
    rows = [int(row[0]) for row in t.sql(db, "select text from output order by id")]
    t.equal(rows, list(range(len(rows))), "rows")
    t.equal(t.sql(db, "select ended from runs"), [(None,)])


@test
def with_json_output(t):
    db = t.tmp / "x.sqlite"
    r = t.duetrace("-q", "-f", "json", "--db", db, "-e", r'begin { printf("a\n"); }')
    t.equal(json.loads(r.out.split("\n")[0]), {"type": "printf", "data": "a\n"})
    t.equal(t.sql(db, "select text from output"), [("a\n",)])


@test
def any_name_is_a_file(t):
    """Names that SQLite gives a meaning of their own are files like others."""
    for name in (":memory:", "file:x?mode=memory", "a b'\"%.sqlite"):
        r = t.duetrace("-q", "--db", name, "-e", "begin { print(1); }", cwd=t.tmp)
        t.equal((r.err, r.status), ("", 0), name)
        copy = t.tmp / "copy.sqlite"
        shutil.copy(t.tmp / name, copy)
        t.equal(t.sql(copy, "select text from output"), [("1\n",)], name)


@test
def empty_name(t):
    r = t.duetrace("-q", "--db", "", "-e", "begin { print(1); }")
    t.equal((r.out, r.status), ("", 1))
    t.found("^ERROR: ", r.err)


@test
def quotes_are_data(t):
    db = t.tmp / "x.sqlite"
    name = "/no/such/'); drop table output; --"
    t.duetrace("-q", "--db", db, "-e", "tracepoint:syscalls:sys_enter_openat /pid == cpid/"
               " { print(str(args.filename)); }", "--run", t.workload("open"), name)
    t.check((name + "\n",) in t.sql(db, "select text from output"), "the name is not there")


@test
def not_reported_by_itself(t):
    """What duetrace opens for its database is not in its trace."""
    db = t.tmp / "own.sqlite"
    p = t.trace("--db", db, "-e", "tracepoint:syscalls:sys_enter_openat"
                " { printf(\"%s\\n\", str(args.filename)); }")
    t.run(t.workload("open"), "/no/such/marker")
    p.wait_for("/no/such/marker")
    r = p.stop()
    t.absent("own.sqlite", r.out, "stdout")
