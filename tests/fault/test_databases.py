# SPDX-License-Identifier: Apache-2.0
"""Hostile databases: a schema, a file or a place that somebody has prepared for us."""
import os
import random
import sqlite3

from harness import test

NOBODY = 65534
PROGRAM = 'begin { printf("one"); printf("one"); printf("two"); emit seen { n = 1 }; }'
NO_END = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id, id AS started, NULL AS ended, NULL AS unclean FROM n"


def made(t, *statements, name="x.sqlite"):
    path = t.tmp / name
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


def stored(t, path, *flags):
    return t.run("prlimit", "--cpu=20:20", t.binary, "-q", "--db", path, *flags, "-e", PROGRAM)


@test
def triggers(t):
    """A trigger that drops every row, or changes it, does nothing."""
    for name, body in (("ignore", "SELECT RAISE(IGNORE)"), ("delete", "DELETE FROM output; SELECT RAISE(IGNORE)")):
        path = made(t, "CREATE TABLE output (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, time INTEGER NOT NULL, text TEXT NOT NULL)",
                    f"CREATE TRIGGER t BEFORE INSERT ON output BEGIN {body}; END", name=name)
        r = stored(t, path)
        t.equal((r.status, r.err), (0, ""))
        t.equal(t.sql(path, "SELECT text FROM output ORDER BY id"), [("one",), ("one",), ("two",)])
        t.equal(t.duetrace("--check-db", path).status, 0)


@test
def conflicts(t):
    """A table that would drop a second row, or the first for it, ends the run: what is lost is said."""
    for how in ("IGNORE", "REPLACE", "FAIL", "ROLLBACK"):
        path = made(t, "CREATE TABLE output (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, time INTEGER NOT NULL, "
                    f"text TEXT NOT NULL UNIQUE ON CONFLICT {how})", name=how)
        r = stored(t, path)
        t.equal(r.status, 1)
        t.found(r"ERROR: Could not write database \S+: UNIQUE constraint failed: output\.text\n", r.err)
        t.found(r"ERROR: Database \S+ lacks the last \d+ results", r.err)


@test
def views_without_end(t):
    """A view in place of a table."""
    path = made(t, f"CREATE VIEW runs AS {NO_END}")
    for r in (stored(t, path), t.run("prlimit", "--cpu=20:20", t.binary, "--check-db", path)):
        t.equal((r.status, r.out.count("\n") < 3), (1, True), r.err)
        t.found("^ERROR: (The database has a table runs whose column|Could not check database )", r.err)
    # One with the name of a view of ours is not read.
    path = t.tmp / "compat.sqlite"
    t.equal(t.duetrace("-q", "--db", path, "--compat", "duetector", "-e", 'begin { emit open { path = "a" }; }').status, 0)
    view = t.sql(path, "SELECT name FROM sqlite_schema WHERE type = 'view'")[0][0]
    t.equal(t.duetrace("--check-db", path).status, 0)
    made(t, f'DROP VIEW "{view}"', f'CREATE VIEW "{view}" AS {NO_END}', name="compat.sqlite")
    r = t.run("prlimit", "--cpu=20:20", t.binary, "--check-db", path)
    t.equal((r.status, r.err), (0, ""))


@test
def damaged_files(t):
    """--check-db on anything: an answer, no crash, and nothing that drives a terminal."""
    good = t.tmp / "good.sqlite"
    t.equal(stored(t, good).status, 0)
    data, rand = good.read_bytes(), random.Random(11)
    path = t.tmp / "bad.sqlite"
    for number in range(t.times(60, 600)):
        bad = bytearray(data)
        if number % 5 == 0:
            bad = bad[:rand.randrange(len(bad))]
        for _ in range(rand.choice((1, 8, 100))):
            if bad:
                bad[rand.randrange(min(len(bad), rand.choice((200, 4096, len(bad)))))] = rand.randrange(256)
        path.write_bytes(bad)
        r = t.run("prlimit", "--cpu=20:20", t.binary, "--check-db", path)
        t.check(r.status in (0, 1), f"number {number}: status {r.status}")
        t.absent("[\x00-\x08\x0b-\x1f\x7f-\x9f]", r.out, f"number {number}: what it says")
    path = made(t, name="names.sqlite")
    t.equal(stored(t, path).status, 0)
    made(t, "UPDATE runs SET script = 'a\x1b[31m\u202e\x9b\nrun 2', host = '\x1b[2J'", name="names.sqlite")
    r = t.duetrace("--check-db", path)
    t.equal((r.status, r.err), (0, ""))
    t.found(r"^run 1, [^\n]*, a\\x1b\[31m\\xe2\\x80\\xae\\xc2\\x9b\\nrun 2: 4 attempted", r.out)
    os.mkfifo(t.tmp / "pipe")
    for file in ("/etc/passwd", "/dev/zero", "/dev/null", "/", t.tmp / "pipe", t.tmp / "none"):
        r = t.duetrace("--check-db", file)
        t.equal((r.status, r.out), (1, ""), str(file))
        t.found("^ERROR: Could not (open|check) database ", r.err)


@test
def places(t):
    """Where others can write: not into what somebody else has put there, nor with his journal."""
    sticky, outside = t.tmp / "sticky", t.tmp / "outside"
    for folder, mode in ((sticky, 0o1777), (outside, 0o755)):
        folder.mkdir()
        folder.chmod(mode)

    def refused(path, why):
        r = stored(t, path)
        t.equal((r.status, r.out), (1, ""), str(path))
        t.found(rf"^ERROR: Could not open database \S+: {why}\n", r.err)

    db = sticky / "x.sqlite"
    t.equal(stored(t, db).status, 0)
    t.equal(stored(t, db).status, 0)
    for ending in ("-journal", "-wal", "-shm"):
        planted = sticky / f"x.sqlite{ending}"
        planted.write_bytes(b"x" * 512)
        os.chown(planted, NOBODY, NOBODY)
        before = db.read_bytes()
        refused(db, "a journal beside it belongs to another user")
        t.equal((db.read_bytes(), planted.read_bytes()), (before, b"x" * 512))
        planted.unlink()
        planted.symlink_to(outside / "victim")
        refused(db, "a journal beside it belongs to another user")
        planted.unlink()
    os.chown(db, NOBODY, NOBODY)
    refused(db, "it belongs to another user, in a folder that everybody may write to")
    open_to_all = t.tmp / "open.sqlite"
    t.equal(stored(t, open_to_all).status, 0)
    open_to_all.chmod(0o666)
    refused(open_to_all, "everybody may write to it")
    os.mkfifo(sticky / "pipe")
    refused(sticky / "pipe", "it is not a regular file")
    refused("/dev/null", "it is not a regular file")
    (sticky / "link").symlink_to(outside / "made")
    refused(sticky / "link", "File exists")
    t.equal(list(outside.iterdir()), [], "what was made where a link led")
