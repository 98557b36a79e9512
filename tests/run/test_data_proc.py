# SPDX-License-Identifier: Apache-2.0
"""The events of processes against a workload that keeps a ledger of what it does."""
import os
import re

from harness import test

# As data_proc.c prints its ledger.
LINES = {
    "fork": ("%d|%d|%lld|%d|%d|%s", "pid, tid, args.ret, args.child, args.thread, args.via"),
    "exec": ("%d|%lld|%s|%d|%s|%s|%s",
             "pid, args.ret, args.path, args.argc, args.interp, args.via, args.argv"),
    "exit": ("%d|%d|%d", "pid, args.code, args.signal"),
}


def script(events):
    return "\n".join(f'proc:{event} /intree(cpid)/ {{ printf("{event}|{LINES[event][0]}\\n", {LINES[event][1]}); }}'
                     for event in events)


def run(t, events, part, *params):
    place = t.tmp / "data"
    place.mkdir()
    out = t.tmp / "trace"
    r = t.duetrace("-q", "-o", out, "-e", script(events), "--run", t.workload("data_proc"),
                   os.path.realpath(place), part, *params)
    t.equal((r.err, r.status), ("", 0), "stderr, status")
    got = out.read_text(errors="surrogateescape")
    t.check(got.endswith("\n\n"), "the end")
    return got[:-2].splitlines(), [line for line in r.out.splitlines() if line.split("|")[0] in (*events, "late")]


def cut(line, most=1023):
    """What a line of the ledger is of `argv`: it is the last."""
    head, argv = line.rsplit("|", 1)
    return line if len(argv) <= most else f"{head}|{argv[:most]}.."


@test
def forks(t):
    """By fork, vfork, clone, clone3, posix_spawn, 32-bit calls, pthread_create; daemons; failed calls."""
    got, want = run(t, LINES, "forks", "18")
    t.check(len(want) >= 46, f"{len(want)} lines")
    t.equal("\n".join(sorted(got)), "\n".join(sorted(want)), "trace")


@test
def a_thousand_processes_by_each_call(t):
    got, want = run(t, LINES, "forks", "9000")
    t.check(len(want) >= 15000, f"{len(want)} lines")
    t.equal("\n".join(sorted(got)), "\n".join(sorted(want)), "trace")


@test
def cause_before_effect(t):
    """A process is made before it does anything, and ends behind everything."""
    got, _ = run(t, LINES, "forks", "90")
    made, ended = {int(got[0].split("|")[1])}, set()
    for line in got:
        event, pid, *rest = line.split("|")
        t.check(int(pid) in made and int(pid) not in ended, line)
        if event == "fork" and rest[3] == "0" and int(rest[1]) > 0:
            made.add(int(rest[2]))
        if event == "exit":
            ended.add(int(pid))
    t.equal(made, ended)


@test
def executions(t):
    """By path, link, descriptor, memory; scripts; 32-bit calls; long arguments; those that fail."""
    got, want = run(t, ("exec",), "execs")
    late = [line.split("|") for line in want if line.startswith("late")]
    t.equal(len(late), 1)
    # What fails when the old program is gone: that it did, and which program it was to be.
    pattern = re.compile(rf"exec\|{late[0][1]}\|-\d+\|{re.escape(late[0][2])}\|0\|\|syscall\|")
    t.equal(len([line for line in got if pattern.fullmatch(line)]), 1, "too late")
    got = [line for line in got if not pattern.fullmatch(line)]
    want = [cut(line) for line in want if not line.startswith("late")]
    t.check(len(want) >= 19, f"{len(want)} lines")
    t.equal("\n".join(got), "\n".join(want), "trace")


@test
def executions_in_long_strings(t):
    """With max_strlen above what a text holds."""
    place = t.tmp / "data"
    place.mkdir()
    out = t.tmp / "trace"
    r = t.duetrace("-q", "-o", out, "-e", "config = { max_strlen = 8192 } " + script(("exec",)), "--run",
                   t.workload("data_proc"), os.path.realpath(place), "execs")
    t.equal((r.err, r.status), ("", 0), "stderr, status")
    got = [line for line in out.read_text().splitlines() if re.match(r"exec\|\d+\|0", line)]
    want = [cut(line, 4095) for line in r.out.splitlines() if re.match(r"exec\|\d+\|0", line)]
    t.equal("\n".join(got), "\n".join(want), "trace")


@test
def ends(t):
    """By exit and exit_group, of a thread, behind the leader, by signals, in an exec; all threads at once."""
    got, want = run(t, ("exit",), "exits", "600")
    t.check(len(want) >= 610, f"{len(want)} lines")
    t.equal("\n".join(sorted(got)), "\n".join(sorted(want)), "trace")


@test
def lived(t):
    r = t.duetrace("-q", "-e", 'proc:exit /pid == cpid/ { printf("%d\\n", args.lived / 100000000); } '
                   'proc:exec /pid == cpid/ { printf("%d %d\\n", args.took > 0, args.took < 60000000000); }',
                   "--run", "sleep", "0.35")
    took, life = r.out.splitlines()[:2]
    t.equal(took, "1 1")
    t.check(3 <= int(life) < 600, r.out)


@test
def numbers_are_the_tracers(t):
    """In a pid namespace, a tracer inside has its own numbers, one outside the initial ones."""
    t.need("unshare")
    code = 'proc:fork /comm == "maker"/ { printf("%d %d %d\\n", pid, args.child, args.ret); exit(); }'
    inside = t.run("unshare", "--pid", "--fork", "--mount-proc", t.binary, "-q", "-e", code, "--run", "bash", "-c",
                   "printf maker >/proc/self/comm; true & wait")
    pid, child, ret = map(int, inside.out.split())
    t.check(pid < child < 100 and child == ret, inside.out)


PASS = {
    "setid": ("%d|%lld|%lld|%lld|%lld|%lld|%s",
              "pid, args.ret, args.olduid, args.newuid, args.oldgid, args.newgid, args.via"),
    "peek": ("%d|%lld|%d|%d|%s", "pid, args.ret, args.target, args.bytes, args.via"),
    "passfd": ("%d|%lld|%d|%s|%d|%s", "pid, args.ret, args.fd, args.path, args.from, args.via"),
}


def pass_script(event):
    form, args = PASS[event]
    return f'proc:{event} /intree(cpid)/ {{ printf("{event}|{form}\\n", {args}); }}'


def passes(t, part, event, at_least):
    t.ledger(pass_script(event), "data_pass", part, at_least=at_least)


@test
def ids(t):
    """Set by each call, by 32-bit calls, by threads, by programs that are set-user-ID; failures."""
    passes(t, "ids", "setid", 24)


@test
def memory_of_others(t):
    """By ptrace, process_vm_*, /proc/PID/mem by all its names; not one's own, nor what only looks so."""
    passes(t, "peek", "peek", 17)


@test
def descriptors_of_others(t):
    """In one message, in many, with others around them, cut, by 32-bit calls, by a ring, to a client; by pidfd_getfd."""
    passes(t, "pass", "passfd", 276)


@test
def records_have_the_tracers_numbers(t):
    """In a pid namespace a record says who in its terms; the tracer's own doings are not seen."""
    t.need("unshare")
    db = t.tmp / "x.sqlite"
    r = t.run("unshare", "--pid", "--fork", "--mount-proc", t.binary, "-q", "--db", db, "-e",
              'proc:exec /args.argc == 2/ { emit program { mine = pid, thread = tid, args.argv }; }'
              ' file:open /comm == "duetrace" && pid && pid != cpid/ { @own = count(); }',
              "--run", "sh", "-c", "/bin/true $$; :")
    t.equal(r.err, "")
    t.absent("@own", r.out)
    pid, tid, ppid, mine, thread, argv = t.sql(db, "SELECT pid, tid, ppid, mine, thread, argv FROM program")[0]
    t.equal((pid, tid, argv), (mine, thread, f"/bin/true {ppid}"))
    t.check(pid < 100, f"{pid} is a number of the host")
