# SPDX-License-Identifier: Apache-2.0
"""--coverage: which roads to an operation the data probes see, and that the database keeps it."""
import json
import os
import re
import shutil

from harness import test

ROADS = ("syscall", "compat", "uring")
STATES = {"seen", "not seen", "never"}


def coverage(t):
    r = t.duetrace("--coverage", "-f", "json")
    t.equal((r.err, r.status), ("", 0))
    told = json.loads(r.out)
    t.equal(told["type"], "coverage")
    return told["data"]


def probes(t):
    return {name for provider in ("file", "net", "pipe", "proc")
            for name in t.duetrace("-l", f"{provider}:*").out.split()}


@test
def every_event_has_an_answer(t):
    data = coverage(t)
    t.equal(data["kernel"], os.uname().release)
    t.equal(set(data["events"]), probes(t), "events")
    for name, event in data["events"].items():
        t.equal({event[road] for road in ROADS} - STATES, set(), name)
    t.equal(tuple(data["roads"]), ROADS)
    for road in data["roads"].values():
        t.equal("reason" in road, road["state"] != "seen", "a reason for what is not seen")


@test
def as_it_is(t):
    """What is said to be seen is: an open by a system call. Of chmod an io_uring knows nothing."""
    events = coverage(t)["events"]
    t.equal((events["file:open"]["syscall"], events["file:chmod"]["uring"]), ("seen", "never"))
    r = t.duetrace("-q", "-e", 'file:open /pid == cpid && args.path == "/etc/hostname"/ { printf("%d\\n", args.via); }',
                   "--run", t.workload("open"), "/etc/hostname")
    t.equal(r.out, "0\n\n\n")


@test
def text(t):
    r = t.duetrace("--coverage")
    t.equal((r.err, r.status), ("", 0))
    data = coverage(t)
    for road in ROADS:
        t.found(rf"  {road} +[\w\- ]+: {data['roads'][road]['state']}", r.out)
    rows = {line.split()[0]: line for line in r.out.split("\n") if re.match(r"\w+:\w+ ", line)}
    t.equal(set(rows), set(data["events"]))
    for name, line in rows.items():
        event = data["events"][name]
        t.found(rf"^{name} +{event['syscall']} +{event['compat']} +{event['uring']} +"
                + re.escape(event.get("not_shown", "-")) + "$", line)


@test
def without_rights(t):
    t.tmp.chmod(0o755)
    shutil.copy(t.binary, t.tmp / "duetrace")
    r = t.run("setpriv", "--reuid", "65534", "--clear-groups", "--inh-caps=-all", t.tmp / "duetrace",
              "--coverage", "-f", "json")
    t.equal(r.status, 0)
    road = json.loads(r.out)["data"]["roads"]["syscall"]
    t.equal(road["state"], "unknown")
    t.check(road["reason"], "no reason")


@test
def kept_with_the_run(t):
    """Of the events that the script has probes on, and only with data probes."""
    db = t.tmp / "x.sqlite"
    t.duetrace("-q", "--db", db, "-e", "file:open, file:rename { @ = count(); } begin { exit(); }")
    t.duetrace("-q", "--db", db, "-e", "begin { }")
    t.duetrace("-q", "--db", db, "-e", "file:* { @ = count(); } begin { exit(); }")
    all_of_them = coverage(t)
    kept = [row[0] and json.loads(row[0]) for row in t.sql(db, "select coverage from runs order by id")]
    want = {name: all_of_them["events"][name] for name in ("file:open", "file:rename")}
    t.equal(kept[0], {"kernel": os.uname().release, "roads": all_of_them["roads"], "events": want})
    t.equal(kept[1], None)
    t.equal(set(kept[2]["events"]), {name for name in probes(t) if name.startswith("file:")})
    t.equal(t.sql(db, "select json_extract(coverage, '$.events.\"file:open\".syscall') from runs where id = 1"),
            [("seen",)])
