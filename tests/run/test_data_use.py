# SPDX-License-Identifier: Apache-2.0
"""Every way to use data, by the database: a workload of its own ledger, thread by thread and row by row."""
import errno
import itertools
import json
import os
import re
import shutil
import sqlite3
import tempfile

from harness import HERE, test

ARGS = {
    "open": "path name flags mode fd type dev ino",
    "read": "fd path bytes offset dev ino",
    "write": "fd path bytes offset dev ino",
    "unlink": "path dir",
    "rename": "from to flags",
    "link": "from to symbolic",
    "truncate": "path size",
    "chmod": "path mode",
    "chown": "path uid gid",
    "setxattr": "path attr",
    "list": "path bytes",
    "map": "path prot flags bytes",
    "copy": "from to bytes",
    "close": "fd path dev ino",
    "pipe-read": "fd path bytes",
    "pipe-write": "fd path bytes",
}

PARTS = {
    "open": "open",
    "tasks": "open unlink rename chmod",
    "names": "unlink rename link truncate chmod chown setxattr list",
    "io": "read write copy map pipe-read pipe-write",
    "close": "close",
}


def script(events):
    mark = 'file:open /intree(cpid) && args.name == "/ledger/%s"/ { emit mark { what = "%s" }; }'
    blocks = [mark % ("end", "end")]
    for event in events:
        probe = event.replace("-", ":") if "-" in event else "file:" + event
        fields = ", ".join(f"a{i} = " + (f"(uint64)args.{arg}" if arg == "type" else f"args.{arg}")
                           for i, arg in enumerate(ARGS[event].split()))
        blocks.append(f"{probe} /intree(cpid)/ {{ emit {event.replace('-', '_')}_row {{ ret = args.ret, "
                      f"err = args.errno, via = args.via, good = args.ok, {fields} }}; }}")
    return "\n".join(blocks + [mark % ("begin", "begin")])


def rows_of(database, events):
    """[tid, event, values] of what is between the marks, in order."""
    connection = sqlite3.connect(database)
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    try:
        begin, end = [row[0] for row in connection.execute("select seq from mark order by seq")]
        rows = []
        for event in events:
            columns = ", ".join(f"a{i}" for i in range(len(ARGS[event].split())))
            table = f"{event.replace('-', '_')}_row"
            if not connection.execute("select 1 from sqlite_master where name = ?", (table,)).fetchall():
                continue
            for seq, tid, ret, err, via, good, *values in connection.execute(
                    f'select seq, tid, ret, err, via, good, {columns} from "{table}" where seq > ? and seq < ?',
                    (begin, end)):
                rows.append((seq, tid, event, [ret, err, via, *values]))
                if bool(good) != (err == 0):
                    rows.append((seq, tid, event, ["ok is", good]))
        return [list(row[1:]) for row in sorted(rows)]
    finally:
        connection.close()


def by_thread(rows):
    threads = {}
    for tid, event, values in rows:
        threads.setdefault(tid, []).append((event, values))
    return threads


def compare(t, got, want):
    got, want = by_thread(got), by_thread(want)
    wrong = []
    for tid in sorted(set(got) | set(want)):
        for have, should in itertools.zip_longest(got.get(tid, []), want.get(tid, [])):
            if have and should and have[0] == should[0] and len(have[1]) == len(should[1]) and all(
                    b in ("*", a) for a, b in zip(have[1], should[1])):
                continue
            wrong.append(f"{tid}: {str(have)[:400]}\n  not {str(should)[:400]}")
    t.check(not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong[:20]))


def part(t, name, at_least, *wrapped):
    """Run a part of the workload, with a tool around it or without."""
    # a path that is short: ext4 keeps the text of a long link elsewhere
    place = os.path.realpath(tempfile.mkdtemp(prefix="use."))
    os.chmod(place, 0o755)
    t.cleanups.append(lambda: shutil.rmtree(place, ignore_errors=True))
    database = t.tmp / "use.sqlite"
    events = PARTS[name].split()
    r = t.duetrace("-q", "--strict", "-o", t.tmp / "trace", "--db", database, "-e", script(events), "--run", *wrapped,
                   "python3", HERE / "workload" / "use.py", place, name)
    t.equal((r.err, r.status), ("", 0), "stderr, status")
    ledger = json.loads(r.out)
    t.check(len(ledger) >= at_least, f"{len(ledger)} rows in the ledger")
    rows = rows_of(database, events)
    compare(t, rows, ledger)
    t.equal(t.duetrace("--check-db", database).status, 0, "--check-db")
    return rows


# The calls that each event is, by their names here.
CALLS = {
    "open": "open creat openat openat2 open_by_handle_at",
    "unlink": "unlink unlinkat rmdir",
    "rename": "rename renameat renameat2",
    "link": "link linkat symlink symlinkat",
    "truncate": "truncate ftruncate",
    "chmod": "chmod fchmod fchmodat fchmodat2 syscall_0x1c4",
    "chown": "chown lchown fchown fchownat",
    "setxattr": "setxattr lsetxattr fsetxattr",
    "list": "getdents64",
}


def by_strace(t, name, at_least):
    """The results of the same calls, as strace saw them."""
    t.need("strace")
    seen = t.tmp / "strace"
    rows = part(t, name, at_least, "strace", "-f", "-qq", "-o", seen)
    want = []
    text = seen.read_text(errors="surrogateescape")
    for line in text[text.index('"/ledger/begin"'):text.index('"/ledger/end"')].split("\n")[1:]:
        found = re.match(r"\d+ +(\w+)\(.* = (-?\d+)(?: (\w+))?", line)
        event = found and next((e for e, calls in CALLS.items() if found[1] in calls.split()), None)
        if event in PARTS[name].split() or (found and found[1] == "fallocate" and "PUNCH" in line):
            want.append((event or "truncate", -getattr(errno, found[3]) if found[3] else int(found[2])))
    t.equal([(event, values[0]) for _, event, values in rows], want, "calls by strace")


@test
def opens_by_strace(t):
    by_strace(t, "open", 60)


@test
def names_by_strace(t):
    by_strace(t, "names", 40)


@test
def opens(t):
    part(t, "open", 60)


@test
def tasks(t):
    """Threads, processes by every call, other users, roots, mounts, and a current directory that is gone."""
    part(t, "tasks", 30)


@test
def names(t):
    """What was done to names: links are followed as the operation follows them."""
    part(t, "names", 40)


@test
def io(t):
    part(t, "io", 45)


@test
def closes(t):
    part(t, "close", 8)
