# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random: the database is sound, what is missing is its end, nothing is left in the kernel."""
import random
import signal
import time

from harness import bpf_programs, settled, test

# A batch is written 200 ms after its first row at the latest; the rest is for a machine with other work.
BATCH_NS, LATE_NS = 200_000_000, 400_000_000


@test(alone=True)
def killed_at_random(t):
    """Each run numbers its records; a process that looks at the clock says what must be there."""
    db, rounds, worst = t.tmp / "x.sqlite", t.times(8, 100), 0
    for number in range(1, rounds + 1):
        p = t.trace("--db", db, "-o", "/dev/null", "-e",
                    'interval:us:200 { emit tick { n = @n++ }; } file:open /args.name == "/no/such/marker"/ '
                    '{ emit marker { n = @n }; }')
        until = time.monotonic() + random.uniform(0, 0.7)
        marks, last = 0, 0
        while time.monotonic() < until:
            try:
                open("/no/such/marker").close()
            except FileNotFoundError:
                marks, last = marks + 1, time.time_ns()
            time.sleep(0.005)
        killed = time.time_ns()
        p.send_signal(signal.SIGKILL)
        p.finish()
        t.equal(t.sql(db, "pragma integrity_check"), [("ok",)])
        t.equal(t.sql(db, "select ended is null, unclean is null from runs where id = (select max(id) from runs)"),
                [(1, 1)])
        # Records are numbered over all their types: no gap but the end.
        seqs = [n for (n,) in t.sql(db, f"select seq from tick where run = {number} union all "
                                        f"select seq from marker where run = {number} order by 1")]
        t.equal(seqs, list(range(1, len(seqs) + 1)), f"run {number}")
        ((there,),) = t.sql(db, f"select coalesce(max(time), 0) from tick where run = {number}")
        if there:
            worst = max(worst, killed - there)
    t.equal(t.sql(db, "select count(*) from runs where unclean is null"), [(1,)], "not yet found to be dead")
    t.check(worst < BATCH_NS + LATE_NS, f"{worst / 1e6:.0f} ms are missing at the end")
    t.duetrace("-q", "--db", db, "-e", "begin { }")
    t.equal(t.sql(db, "select count(*), sum(unclean is not null) from runs where ended is null"),
            [(rounds, rounds)], "unclean")
    before = t.session.programs
    t.equal(settled(lambda: [n for n, name in bpf_programs().items()
                             if n not in before and name.startswith("dt_")], 20), [], "programs left")
    t.figure(f"{rounds} kills: integrity ok, at most the last {worst / 1e6:.0f} ms missing")


@test(alone=True)
def killed_in_a_flood(t):
    """The worst case: everything that is in the queue and in the ring. What is there has no gap."""
    name, rounds = t.write("opened", "x"), t.times(2, 20)
    db = t.tmp / "x.sqlite"
    for number in range(1, rounds + 1):
        p = t.trace("--db", db, "-o", "/dev/null", "-e",
                    "file:open /args.name == str($1)/ { emit opened { name = args.name }; }", name)
        load = t.start(t.workload("opens"), name, "100000000")
        time.sleep(random.uniform(0.1, 1.2))
        p.send_signal(signal.SIGKILL)
        p.finish()
        load.kill()
        t.equal(t.sql(db, "pragma integrity_check"), [("ok",)])
        seqs = [n for (n,) in t.sql(db, f"select seq from opened where run = {number} order by id")]
        t.check(seqs == list(range(1, len(seqs) + 1)), f"run {number} has a gap")
    t.equal(t.sql(db, "select count(*) from runs where ended is null"), [(rounds,)])
