# SPDX-License-Identifier: Apache-2.0
"""The ledger, --check-db, runs that die, and views of other names."""
import os
import random
import signal
import sqlite3
import time

from harness import python, test

LEDGER = "attempted, filtered, emitted, stored, lost, held, unused, records, rows"


def ledger(t, db, run=1):
    (row,) = t.sql(db, f"select {LEDGER} from runs where id = {run}")
    return dict(zip(LEDGER.split(", "), row))


def change(db, statement):
    with sqlite3.connect(db) as connection:
        connection.execute(statement)
    connection.close()


@test
def every_predicate_and_record_is_counted(t):
    """What a predicate turns away, and what it lets through, are attempts."""
    db = t.tmp / "x.sqlite"
    r = t.duetrace("-q", "--db", db, "-e",
                   "file:read /pid == cpid && args.bytes == 7/ { emit seven { args.fd }; }"
                   " file:read /pid == cpid && args.bytes == 3/ { emit three { args.fd }; @three++; }"
                   " end { printf(\"over\\n\"); }",
                   "--run", "sh", "-c", "exec 3</etc/passwd; dd bs=7 count=1 <&3 2>/dev/null >/dev/null")
    t.equal((r.err, r.status), ("", 0))
    row = ledger(t, db)
    t.equal((row["lost"], row["held"], row["unused"]), (0, 0, 0))
    t.equal(row["attempted"], row["filtered"] + row["emitted"])
    t.equal(row["emitted"], row["stored"])
    t.equal(row["records"], t.sql(db, "select count(*) from seven")[0][0])
    t.check(row["filtered"] > 0, "predicates turned nothing away")
    check = t.duetrace("--check-db", db)
    t.equal((check.status, check.err), (0, ""))
    t.found(r"^run 1, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d, stdin: \d+ attempted, \d+ filtered, \d+ emitted,"
            r" \d+ stored, 0 lost, 0 held back\n.*: 1 run, 0 problems\n$", check.out)


@test
def exact_figures(t):
    """One predicate that says no; two records, a line, a value."""
    db = t.tmp / "x.sqlite"
    t.duetrace("-q", "--db", db, "-e",
               "begin { emit a { n = 1 }; emit a { n = 2 }; printf(\"x\\n\"); }"
               " begin /0 == 1/ { emit a { n = 3 }; }"
               " end /1 == 1/ { print(5); }")
    row = ledger(t, db)
    t.equal(row, {"attempted": 5, "filtered": 1, "emitted": 4, "stored": 4, "lost": 0, "held": 0,
                  "unused": 0, "records": 2, "rows": 4})


@test
def what_comes_after_exit_is_unused(t):
    db = t.tmp / "x.sqlite"
    t.duetrace("-q", "--db", db, "-e", "begin { print(1); exit(); } begin { print(2); }")
    row = ledger(t, db)
    t.equal(row["emitted"], row["stored"] + row["unused"])
    t.equal(t.duetrace("--check-db", db).status, 0)


@test
def losses_balance(t):
    """A full map and a full ring: both are attempts that were lost."""
    db = t.tmp / "x.sqlite"
    p = t.start(t.binary, "-q", "--db", db, "--buffer", "4K", "--no-warnings", "-e",
                "begin { @one = 1; } tracepoint:syscalls:sys_enter_openat /pid == cpid/ {"
                " @full[nsecs] = 1; for $i : 0..20 { printf(\"%s %s\\n\", str(args.filename), comm); } }",
                "--run", "python3", "-c",
                "import os\nfor i in range(6000): os.close(os.open('/dev/null', 0))")
    r = p.finish()
    t.equal(r.status, 0)
    row = ledger(t, db)
    (lost,) = t.sql(db, "select sum(count) from losses")[0]
    reasons = {reason for (reason,) in t.sql(db, "select distinct reason from losses")}
    t.equal(row["lost"], lost)
    t.equal(reasons, {"map full", "ring buffer full"}, "reasons")
    t.equal(row["attempted"], row["filtered"] + row["emitted"] + row["lost"])
    check = t.duetrace("--check-db", db)
    t.equal(check.status, 0, check.out)


@test
def verbose_prints_it(t):
    r = t.duetrace("-q", "-v", "-e", "begin { print(1); }")
    t.found(r"In the kernel: 1 attempted = 0 filtered \+ 1 emitted \+ 0 lost\n", r.err)
    t.found(r"In user space: 1 emitted = 1 stored \+ 0 lost \+ 0 held back \+ 0 unused\n", r.err)


@test
def check_finds_what_is_missing(t):
    """Whatever is taken away or added, or changed in a figure, is found."""
    original = t.tmp / "x.sqlite"
    t.duetrace("-q", "--db", original, "--compat", "duetector", "-e",
               'begin { emit open { path = "a" }; emit open { path = "b" }; emit open { path = "c" };'
               ' alert bad { n = 1 }; print(1); }')
    t.equal(t.duetrace("--check-db", original).status, 0)
    host = os.uname().nodename
    for statement, message in (
            ("delete from open where seq = 2", "4 records were made, but there are 3, 3 of them different, the last is number 4"),
            ("delete from alerts", "4 records were made, but there are 3"),
            ("delete from output", "6 rows were written, but there are 5"),
            ("update open set seq = 1 where seq = 2", "4 records were made, but there are 4, 3 of them different"),
            ("update runs set lost = 3", "3 were lost, but the rows of losses say 0"),
            ("update runs set attempted = 9", "9 attempted are not 0 filtered \\+ 5 emitted \\+ 0 lost"),
            ("update runs set stored = 4", "5 emitted are not 4 stored \\+ 0 lost \\+ 0 held back \\+ 0 unused"),
            ("insert into losses values (null, 1, 1, 2, 'ring buffer full', 'x', 0, 5)",
             "0 were lost, but the rows of losses say 5"),
            ("update runs set ended = null", "it died: what it had not written yet is missing"),
            (f'drop view "duetector_tracking:OpenTracer@{host}"', "1 of the views of --compat cannot be read")):
        db = t.tmp / "copy.sqlite"
        db.write_bytes(original.read_bytes())
        change(db, statement)
        r = t.duetrace("--check-db", db)
        t.equal((r.status, r.err), (1, ""), statement)
        t.found("PROBLEM: " + message, r.out)


@test
def check_of_other_files(t):
    r = t.duetrace("--check-db", t.tmp / "none")
    t.equal((r.status, r.out), (1, ""))
    t.found("ERROR: Could not open database .*/none: No such file or directory", r.err)
    (t.tmp / "text").write_text("not a database\n" * 100)
    r = t.duetrace("--check-db", t.tmp / "text")
    t.equal((r.status, r.out), (1, ""))
    t.found("ERROR: Could not check database .*/text: file is not a database", r.err)
    change(t.tmp / "other", "create table x (y)")
    r = t.duetrace("--check-db", t.tmp / "other")
    t.equal(r.status, 1)
    t.found("no such table: runs", r.err)


@test
def killed_at_random(t):
    """The file is sound, what is there has no gap, and the next run marks the dead one."""
    db = t.tmp / "x.sqlite"
    for _ in range(3):
        p = t.trace("--db", db, "-e", "interval:us:200 { emit tick { n = @n++ }; }")
        t.eventually(lambda: db.exists() and t.sql(db, "select count(*) from runs where ended is null"
                                                       " and unclean is null")[0][0] == 1, "no run")
        time.sleep(random.uniform(0.05, 0.6))
        p.send_signal(signal.SIGKILL)
        p.finish()
        t.equal(t.sql(db, "pragma integrity_check"), [("ok",)])
    t.equal(t.sql(db, "select id, ended, unclean is null from runs"), [(1, None, 0), (2, None, 0), (3, None, 1)])
    for run in (1, 2, 3):
        numbers = [n for (n,) in t.sql(db, f"select seq from tick where run = {run} order by id")]
        t.equal(numbers, list(range(1, len(numbers) + 1)), f"run {run}")
    before = time.time_ns()
    t.duetrace("-q", "--db", db, "-e", "begin { }")
    rows = t.sql(db, "select id, ended is null, unclean is null from runs")
    t.equal(rows, [(1, 1, 0), (2, 1, 0), (3, 1, 0), (4, 0, 1)])
    t.check(t.sql(db, "select unclean from runs where id = 3")[0][0] >= before, "when it was found")
    r = t.duetrace("--check-db", db)
    t.equal(r.status, 1)
    t.equal(r.out.count("PROBLEM: it died"), 3)


@test
def a_run_that_lives_is_not_marked(t):
    """However many others begin and end meanwhile, and --check-db takes it as it is."""
    db = t.tmp / "x.sqlite"
    p = t.trace("--db", db, "-e", "interval:ms:5 { emit tick { n = 1 }; }")
    for _ in range(2):
        t.duetrace("-q", "--db", db, "-e", "begin { print(1); }")
    t.equal(t.sql(db, "select id, ended is null, unclean is null from runs"), [(1, 1, 1), (2, 0, 1), (3, 0, 1)])
    r = t.duetrace("--check-db", db)
    t.found(r"^run 1, .*: still running\n", r.out)
    t.equal(r.status, 0, r.out)
    p.stop()
    r = t.duetrace("--check-db", db)
    t.equal((r.status, "PROBLEM" in r.out), (0, False))


@test
def compat_duetector(t):
    """The question that duetector answers with 101: 100 times appended, once read, by python."""
    db = t.tmp / "use.sqlite"
    folder = t.tmp / "work"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    t.tmp.chmod(0o755)
    program = ("import os\nos.setgid(9999); os.setuid(9999)\n"
               "for i in range(100):\n  open('somefile', 'a+').close()\n"
               "open('somefile').read()\nos.unlink('somefile')\n")
    r = t.duetrace("-q", "--db", db, "--compat", "duetector", "-e",
                   "file:open /intree(cpid)/ { emit open { args.path, args.name, args.flags }; }",
                   "--run", "python3", "-c", program, cwd=folder)
    t.equal((r.err, r.status), ("", 0))
    view = f'"duetector_tracking:OpenTracer@{os.uname().nodename}"'
    t.equal(t.sql(db, f'select count(*) from {view} where uid=9999 and comm="python3"'
                      ' and fname="somefile"'), [(101,)])
    t.equal([row[1] for row in t.sql(db, f"pragma table_info({view})")],
            "id pid uid gid timestamp comm cwd fname extended".split())
    rows = t.sql(db, f"select v.timestamp = o.boot, v.gid, json_extract(extended, '$.path'), cwd from {view} v"
                     " join open o using (id) where fname = 'somefile' limit 1")
    t.equal(rows, [(1, 9999, str(folder / "somefile"), None)])
    t.equal(t.duetrace("--check-db", db).status, 0)


@test
def compat_of_what_happens(t):
    """duetector's tables of clone and connect over what proc:fork and net:connect see."""
    db = t.tmp / "x.sqlite"
    r = t.duetrace("-q", "--db", db, "--compat", "duetector", "-e",
                   "proc:fork /pid == cpid/ { emit clone { args.child, args.thread }; }"
                   " net:connect /pid == cpid/ { emit connect { args.addr, args.port, args.errno }; }",
                   "--run", *python("import os, socket", "for i in range(3):", " p = os.fork()", " if not p: os._exit(0)",
                                    " os.waitpid(p, 0)", "s = socket.socket()", "s.settimeout(5)", "try: s.connect(('127.0.0.1', 1))",
                                    "except ConnectionRefusedError: pass"))
    t.equal(r.err, "")
    view = lambda tracer: f'"duetector_tracking:{tracer}@{os.uname().nodename}"'  # noqa: E731
    t.equal(t.sql(db, f"select count(*), count(distinct json_extract(extended, '$.child')) from {view('CloneTracer')}"
                      " where comm like 'python%' and uid = 0"), [(3, 3)])
    t.equal(t.sql(db, f"select json_extract(extended, '$.addr'), json_extract(extended, '$.port'), uid from "
                      f"{view('TcpconnectTracer')}"), [("127.0.0.1", 1, 0)])


@test
def compat_tables_and_hosts(t):
    """cwd and fname are fields when there are some; clone and connect; a later run adds columns."""
    db = t.tmp / "x.sqlite"
    t.duetrace("-q", "--db", db, "--compat", "duetector", "-e",
               'begin { emit open { fname = "f", cwd = "/c", path = "/c/f", raw = buf("ab", 2) };'
               ' emit clone { child = 5 }; emit connect { daddr = "::1", dport = 80 }; }')
    t.duetrace("-q", "--db", db, "--compat", "duetector", "-e", 'begin { emit open { path = "p", more = 1 }; }')
    host = os.uname().nodename
    view = lambda tracer: f'"duetector_tracking:{tracer}@{host}"'  # noqa: E731
    t.equal(t.sql(db, f"select cwd, fname, json_extract(extended, '$.raw'), json_extract(extended, '$.more')"
                      f" from {view('OpenTracer')} order by id"),
            [("/c", "f", "6162", None), (None, None, "", 1)])
    t.equal(t.sql(db, f"select json_extract(extended, '$.child'), fname from {view('CloneTracer')}"), [(5, None)])
    t.equal(t.sql(db, f"select json_extract(extended, '$.daddr'), json_extract(extended, '$.dport')"
                      f" from {view('TcpconnectTracer')}"), [("::1", 80)])
    change(db, "update runs set host = 'another' where id = 1")
    t.equal(t.sql(db, f"select count(*) from {view('OpenTracer')}"), [(1,)], "rows of this host")


@test
def compat_mistakes(t):
    db = t.tmp / "x.sqlite"
    r = t.duetrace("--compat", "duetector", "-e", "begin { }")
    t.equal((r.status, r.out), (1, ""))
    t.found("--compat needs --db", r.err)
    r = t.duetrace("--db", db, "--compat", "other", "-e", "begin { }")
    t.found("--compat takes duetector, not 'other'", r.err)
    t.equal(r.status, 1)
    r = t.duetrace("-q", "--db", db, "--compat", "duetector", "-e", "begin { emit x { n = 1 }; }")
    t.equal(r.status, 0)
    t.found("WARNING: --compat duetector: the script emits no record named open, clone or connect, so"
            " there are no views", r.err)


@test
def a_database_of_before(t):
    """Tables that lack the newer columns get them; runs without a ledger are taken as they are."""
    db = t.tmp / "x.sqlite"
    change(db, "create table runs (id INTEGER PRIMARY KEY, started INTEGER NOT NULL, ended INTEGER, host TEXT,"
               " boot_id TEXT, kernel TEXT, version TEXT, script TEXT, sha256 TEXT, args TEXT, coverage TEXT,"
               " produced INTEGER, stored INTEGER, lost INTEGER)")
    change(db, "insert into runs (started, ended, script, stored, lost) values (1, 2, 'old', 3, 0)")
    t.equal(t.duetrace("-q", "--db", db, "-e", "begin { print(1); }").status, 0)
    r = t.duetrace("--check-db", db)
    t.equal(r.status, 0, r.out)
    t.found(r"^run 1, 1970-01-01 00:00:00, old: 3 stored, 0 lost; no ledger\nrun 2, ", r.out)


@test
def the_first_line_of_the_readme(t):
    """`file:open /intree($1)/` in a process that is there before, and in what it starts."""
    p = t.start("sh", "-c", "read go; cat /etc/hostname >/dev/null; (exec cat /etc/shells >/dev/null)")
    trace = t.trace("-e", "file:open /intree($1)/ { print(args.path); }", str(p.pid))
    p.send("\n")
    p.finish()
    trace.wait_for("/etc/shells\n")
    lines = trace.stop().out.split("\n")
    t.equal([line for line in lines if line in ("/etc/hostname", "/etc/shells")], ["/etc/hostname", "/etc/shells"])
