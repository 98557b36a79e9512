# SPDX-License-Identifier: Apache-2.0
"""A disk that is full or read-only, a database that is locked or deleted: a clear message, and every loss counted."""
import ast
import sqlite3
import time

from harness import python, test

PROGRAM = 'file:open /args.name == str($1)/ { emit opened { name = args.name }; }'
TROUBLE = r"(?m)^WARNING: Could not write database \S+: %s: trying until it can be written\n"
AGAIN = r"(?m)^Database \S+ can be written again, after \d+ s\n"


def mounted(t, size):
    """A small file system in a mount namespace of its own: (words to run something there, path from outside)."""
    t.need("unshare", "nsenter")
    (t.tmp / "mount").mkdir()
    holder = t.start("unshare", "-m", "sh", "-c",
                     f'mount -t tmpfs -o size={size} tmpfs "{t.tmp}/mount" && echo mounted; read end')
    holder.wait_for("mounted")
    return ["nsenter", f"--mount=/proc/{holder.pid}/ns/mnt"], f"/proc/{holder.pid}/root{t.tmp}/mount"


def sql(t, inside, query):
    """SQLite goes by names, so who asks must be inside too."""
    r = t.run(*inside, *python("import sqlite3, sys", "print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchall())"),
              t.tmp / ("mount/x.sqlite" if inside else "x.sqlite"), query)
    t.equal((r.status, r.err), (0, ""), query)
    return ast.literal_eval(r.out)


def account(t, inside, made):
    """Every event is stored, or counted as lost; returns both figures."""
    ((stored,),) = sql(t, inside, "select count(*) from opened")
    ((lost,),) = sql(t, inside, "select coalesce(sum(count), 0) from losses")
    t.equal(stored + lost, made, f"stored {stored} + lost {lost}")
    t.equal(sql(t, inside, "select ended is null, stored, lost, produced from runs"), [(0, stored, lost, made)], "run")
    t.equal(sql(t, inside, "pragma integrity_check"), [("ok",)])
    r = t.run(*inside, t.binary, "--check-db", t.tmp / ("mount/x.sqlite" if inside else "x.sqlite"))
    t.equal(r.status, 0, r.out)
    return stored, lost


def fill(place):
    """Use up all that is left."""
    with open(f"{place}/filler", "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass


@test(alone=True)
def full_disk_and_space_again(t):
    """20 MB of rows for a disk of 6, until somebody makes room: nothing is lost but what is counted."""
    name, made = t.write("opened-" + "n" * 200, "x"), 60_000
    inside, place = mounted(t, "6m")
    p = t.start(*inside, t.binary, "--db", t.tmp / "mount/x.sqlite", "-o", "/dev/null", "--buffer", "256K", "-e",
                PROGRAM, name).attached()
    t.run(t.workload("opens"), name, str(made))
    p.wait_for(TROUBLE % "database or disk is full", "err")
    t.run(*inside, "mount", "-o", "remount,size=200m", t.tmp / "mount")
    p.wait_for(AGAIN, "err")
    t.run(t.workload("opens"), name, "100")
    r = p.stop()
    t.equal(r.status, 0, "exit status")
    stored, lost = account(t, inside, made + 100)
    t.check(stored > 5_000 and lost > 1_000, f"stored {stored}, lost {lost}")
    t.equal(r.err.count("trying until"), 1, "messages")


def on_a_full_disk(t):
    """What runs a command where the disk is, and the tracer that has said that it is full."""
    name = t.write("opened-" + "n" * 200, "x")
    inside, _ = mounted(t, "6m")
    p = t.start(*inside, t.binary, "--db", t.tmp / "mount/x.sqlite", "-o", "/dev/null", "--buffer", "256K", "-e",
                PROGRAM, name).attached()
    t.run(t.workload("opens"), name, "60000")
    p.wait_for(TROUBLE % "database or disk is full", "err")
    return inside, p


@test(alone=True)
def full_disk_for_good(t):
    """Asked to end, it tries for a while, then says what the database lacks."""
    inside, p = on_a_full_disk(t)
    begun = time.monotonic()
    r = p.stop()
    t.check(time.monotonic() - begun < 30, "it took long to end")
    t.equal(r.status, 1, "exit status")
    t.found(r"(?m)^ERROR: Could not write database \S+: database or disk is full\n", r.err)
    t.found(r"(?m)^ERROR: Database \S+ lacks the last \d+ results\n", r.err)
    t.run(*inside, "mount", "-o", "remount,size=200m", t.tmp / "mount")
    t.equal(sql(t, inside, "pragma integrity_check"), [("ok",)])
    t.equal(sql(t, inside, "select count(*) from runs where ended is null"), [(1,)])


@test(alone=True)
def an_insistent_user(t):
    """A second ^C ends it at once."""
    inside, p = on_a_full_disk(t)
    begun = time.monotonic()
    p.send_signal(2)
    time.sleep(0.5)
    r = p.stop()
    t.check(time.monotonic() - begun < 8, "it took long to end")
    t.equal(r.status, 1, "exit status")


@test(alone=True)
def the_command_ends_meanwhile(t):
    """What is traced ends while nothing can be written: the run ends too, and says what is missing."""
    name = t.write("opened-" + "n" * 200, "x")
    inside, place = mounted(t, "6m")
    r = t.run(*inside, t.binary, "-q", "--db", t.tmp / "mount/x.sqlite", "-o", "/dev/null", "--buffer", "256K", "-e",
              PROGRAM, name, "--run", t.workload("opens"), name, "60000")
    t.equal(r.status, 1, "exit status")
    t.found(r"lacks the last \d+ results", r.err)


@test(alone=True)
def filled_by_others(t):
    """A disk on which others left nothing, until they remove it."""
    name = t.write("opened", "x")
    inside, place = mounted(t, "50m")
    p = t.start(*inside, t.binary, "--db", t.tmp / "mount/x.sqlite", "-o", "/dev/null", "--buffer", "256K", "-e",
                PROGRAM, name).attached()
    t.run(t.workload("opens"), name, "100")
    t.eventually(lambda: sql(t, inside, "select count(*) from opened") == [(100,)], "rows")
    fill(place)
    t.run(t.workload("opens"), name, "30000")
    p.wait_for(TROUBLE % ".*", "err")
    t.run("rm", f"{place}/filler")
    p.wait_for(AGAIN, "err")
    r = p.stop()
    t.equal(r.status, 0, "exit status")
    account(t, inside, 30100)


@test
def read_only_from_the_start(t):
    inside, place = mounted(t, "5m")
    t.run(*inside, "mount", "-o", "remount,ro", t.tmp / "mount")
    r = t.run(*inside, t.binary, "-q", "--db", t.tmp / "mount/x.sqlite", "-e", "begin { print(1); }")
    t.equal((r.status, r.err), (1, f"ERROR: Could not open database {t.tmp}/mount/x.sqlite: Read-only file system\n"))


@test(alone=True)
def locked_for_ten_seconds(t):
    """Somebody keeps the database for himself; then all of it is there, but for what is counted."""
    name, made, seconds = t.write("opened", "x"), 100_000, t.times(2, 10)
    db = t.tmp / "x.sqlite"
    p = t.trace("--db", db, "-o", "/dev/null", "--buffer", "256K", "-e", PROGRAM, name)
    holder = t.start(*python(
        "import sqlite3, sys, time",
        "c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)",
        "c.execute('begin immediate'); print('locked', flush=True); time.sleep(float(sys.argv[2]))",
        "c.execute('rollback')"), str(db), str(seconds))
    holder.wait_for("locked")
    begun = time.monotonic()
    t.run(t.workload("opens"), name, str(made))
    t.equal(holder.finish().status, 0)
    t.run(t.workload("opens"), name, "100")
    r = p.stop()
    t.equal(r.status, 0, r.err)
    _, lost = account(t, [], made + 100)
    t.figure(f"locked for {time.monotonic() - begun:.0f} s: {lost} of {made} lost, and counted")


@test(alone=True)
def locked_for_longer(t):
    """Longer than one try takes: said once, and tried again."""
    name = t.write("opened", "x")
    db = t.tmp / "x.sqlite"
    p = t.trace("--db", db, "-o", "/dev/null", "-e", PROGRAM, name)
    other = sqlite3.connect(db, isolation_level=None, timeout=60, check_same_thread=False)
    other.execute("begin immediate")
    t.run(t.workload("opens"), name, "100")
    p.wait_for(TROUBLE % "another process keeps it locked", "err")
    other.execute("rollback")
    other.close()
    p.wait_for(AGAIN, "err")
    r = p.stop()
    t.equal(r.status, 0, r.err)
    account(t, [], 100)


@test(alone=True)
def a_reader_that_stays(t):
    """Who reads keeps nobody from writing."""
    name = t.write("opened", "x")
    db = t.tmp / "x.sqlite"
    p = t.trace("--db", db, "-o", "/dev/null", "-e", PROGRAM, name)
    reader = sqlite3.connect(db, isolation_level=None)
    reader.execute("begin")
    reader.execute("select count(*) from opened").fetchall()
    t.run(t.workload("opens"), name, "50000")
    r = p.stop()
    reader.close()
    t.equal((r.status, "WARNING" in r.err), (0, False), r.err)
    account(t, [], 50_000)


@test
def deleted_under_us(t):
    """Rows in a file that nobody can find are no evidence: the run ends and says so."""
    name = t.write("opened", "x")
    db = t.tmp / "x.sqlite"
    p = t.trace("--db", db, "-o", "/dev/null", "-e", PROGRAM, name)
    t.run(t.workload("opens"), name, "10")
    db.unlink()
    t.run(t.workload("opens"), name, "1000")
    r = p.finish()
    t.equal(r.status, 1, "exit status")
    t.found(r"(?m)^ERROR: Could not write database \S+: it was deleted or replaced while in use\n", r.err)
    t.found(r"(?m)^ERROR: Database \S+ lacks the last \d+ results\n", r.err)
