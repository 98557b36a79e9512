# SPDX-License-Identifier: Apache-2.0
"""Loss is never silent: what a workload made is what is stored and what is counted as lost."""
import signal
import time

from harness import test

PROGRAM = 'file:open /args.name == str($1)/ { emit opened { name = args.name }; }'


def account(t, db, made, name):
    """made == stored + lost, in the rows, in the run's own words and for --check-db."""
    ((stored,),) = t.sql(db, f"select count(*) from opened where name = '{name}'")
    ((lost,),) = t.sql(db, "select coalesce(sum(count), 0) from losses")
    t.equal(stored + lost, made, f"stored {stored} + lost {lost}")
    t.equal(t.sql(db, "select stored, lost, produced from runs"), [(stored, lost, made)], "run")
    r = t.duetrace("--check-db", db)
    t.equal(r.status, 0, r.out)
    return lost


@test(alone=True)
def slow_sink(t):
    """A ring of 256 KiB, and a disk on which each write of SQLite's takes a millisecond more."""
    made, name = 30_000, t.write("opened", "x")
    slow = t.workload("slow_disk", "-shared", "-fPIC")
    rounds, lossy, least = t.times(3, 20), 0, made
    for number in range(rounds):
        db = t.tmp / f"{number}.sqlite"
        r = t.duetrace("-q", "-o", "/dev/null", "--db", db, "--buffer", "256K", "-e", PROGRAM, name, "--run",
                       t.workload("opens"), name, str(made), env={"LD_PRELOAD": slow, "SLOW_US": "1000"})
        t.equal(r.status, 0, "exit status")
        lost = account(t, db, made, name)
        lossy += lost > 0
        least = min(least, lost)
        t.found(r"(?m)^Lost \d+ events" if lost else "^$", r.err)
    t.check(lossy == rounds, f"only {lossy} of {rounds} runs lost anything: nothing is proven")
    t.figure(f"{rounds} of {rounds} runs balance, each with at least {least} of {made} lost")


@test(alone=True)
def stopped_reader(t):
    """The reader is stopped for five seconds of a flood: the loss says when it was."""
    made, name, seconds = 400_000, t.write("opened", "x"), t.times(1, 5)
    db = t.tmp / "x.sqlite"
    p = t.trace("-o", "/dev/null", "--db", db, "--buffer", "256K", "-e", PROGRAM, name)
    # Events before and after, so that the losses can be told from those of other times.
    t.run(t.workload("opens"), name, "1000")
    time.sleep(1.2)
    t.run(t.workload("opens"), name, "1000")
    before = time.time_ns()
    p.send_signal(signal.SIGSTOP)
    try:
        t.run(t.workload("opens"), name, str(made))
        time.sleep(seconds)
    finally:
        p.send_signal(signal.SIGCONT)
    after = time.time_ns()
    t.eventually(lambda: t.sql(db, "select count(*) from losses")[0][0] > 0, "no loss is told of")
    t.run(t.workload("opens"), name, "1000")
    r = p.stop()
    t.equal(r.status, 0, "exit status")
    t.check(account(t, db, made + 3000, name) > 0, "nothing was lost")
    for begun, ended in t.sql(db, "select from_time, to_time from losses"):
        t.check(begun < after and ended > before, "a loss of another time")
        t.check(ended - begun < (seconds + 30) * 10**9, f"a loss somewhere in {ended - begun} ns")
        t.check(before - begun < 3 * 10**9, "it begins long before")
