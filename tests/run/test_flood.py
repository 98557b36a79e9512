# SPDX-License-Identifier: Apache-2.0
"""Many events at once: every one delivered, or counted as lost."""
import json
import os
import re
import signal
import time

from harness import END, test

COUNT = 300_000
PROGRAM = """
tracepoint:syscalls:sys_enter_openat /pid == cpid/ { @name[tid] = args.filename; }
tracepoint:syscalls:sys_exit_openat /pid == cpid && @name[tid]/ {
	printf("%s\\n", str(@name[tid]));
	delete(@name[tid]);
}
"""


def lost_lines(text):
    return sum(int(n) for n in re.findall(r"(?m)^(?:WARNING: )?Lost (\d+) events?", text))


@test(alone=True)
def text_to_a_file(t):
    name = t.write("flooded", "x")
    out = t.tmp / "out"
    r = t.duetrace("-q", "-o", out, "-e", PROGRAM, "--run", t.workload("opens"), name, str(COUNT),
                   seconds=180)
    t.equal((r.err, r.status), ("", 0))
    with open(out) as file:
        t.equal(sum(line == name + "\n" for line in file), COUNT, "lines")


@test(alone=True)
def into_a_database(t):
    name = t.write("flooded", "x")
    db = t.tmp / "x.sqlite"
    r = t.duetrace("-q", "-o", "/dev/null", "--db", db, "-e", PROGRAM, "--run",
                   t.workload("opens"), name, str(COUNT), seconds=180)
    t.equal((r.err, r.status), ("", 0))
    t.equal(t.sql(db, f"select count(*) from output where text = '{name}' || char(10)"),
            [(COUNT,)], "rows")
    t.equal(t.sql(db, "select lost from runs"), [(0,)], "lost")
    t.equal(t.sql(db, "select count(*) from losses"), [(0,)], "losses")


@test(alone=True)
def every_number_once_and_in_order(t):
    """One thread's events arrive whole, once and in the order in which they happened."""
    name = t.write("flooded", "x")
    out = t.tmp / "out"
    r = t.duetrace("-q", "-o", out, "-e", "tracepoint:syscalls:sys_enter_openat /pid == cpid/"
                   r' { @n += 1; printf("%ld\n", @n); }', "--run", t.workload("opens"), name,
                   "50000", seconds=180)
    t.equal((r.err, r.status), ("", 0))
    numbers = [int(line) for line in out.read_text().split(END)[0].split()]
    t.check(numbers == list(range(1, len(numbers) + 1)), "numbers are missing or out of order")
    t.check(50_000 <= len(numbers) < 50_100, f"{len(numbers)} numbers")


def stopped_reader(t, *options):
    """Flood a reader that is stopped; returns (delivered, Result)."""
    count = 20_000
    name = t.write("flooded", "x")
    load = t.start("sh", "-c", f"read go; exec {t.workload('opens')} {name} {count}")
    p = t.start(t.binary, *options, "--buffer", "64K", "-e",
                "tracepoint:syscalls:sys_enter_openat /pid == $1/ {"
                r' if (str(args.filename) == str($2)) { printf("%s\n", str(args.filename)); } }',
                str(load.pid), name)
    if "json" in options:
        p.wait_for('"attached_probes"')
    else:
        p.attached()
    p.send_signal(signal.SIGSTOP)
    try:
        load.send("go\n")
        t.equal(load.finish().status, 0, "status of the workload")
    finally:
        p.send_signal(signal.SIGCONT)
    r = p.stop()
    return r.out.count(name), count, r


@test(alone=True)
def losses_are_counted(t):
    printed, count, r = stopped_reader(t)
    t.check(0 < printed < count, f"{printed} of {count} fitted into 64K")
    t.equal(printed + lost_lines(r.err), count, f"printed + lost (stderr {r.err!r})")
    t.equal(r.status, 0, "exit status")


@test(alone=True)
def losses_are_in_the_database(t):
    db = t.tmp / "x.sqlite"
    printed, count, _ = stopped_reader(t, "--db", db)
    t.equal(t.sql(db, "select count(*) from output"), [(printed,)], "rows")
    t.equal(t.sql(db, "select sum(count) from losses"), [(count - printed,)], "losses")
    t.equal(t.sql(db, "select lost from runs"), [(count - printed,)], "lost")


@test(alone=True)
def losses_in_json(t):
    printed, count, r = stopped_reader(t, "-f", "json")
    rows = [json.loads(line) for line in r.out.split("\n") if line]
    lost = [row for row in rows if row["type"] == "lost_events"]
    t.equal(sum(row["count"] for row in lost), count - printed, "lost")
    for row in lost:
        t.equal(row["data"], {"events": row["count"]})


@test(alone=True)
def idle_reader_does_not_wake(t):
    """With nothing to read the tracer sleeps: no wake-ups to speak of in two seconds."""
    p = t.trace("-e", "tracepoint:syscalls:sys_enter_lseek /args.offset == 0x7d5e7abcdef/"
                " { print(1); }")

    def switches():
        total = 0
        for task in os.listdir(f"/proc/{p.pid}/task"):
            text = open(f"/proc/{p.pid}/task/{task}/status").read()
            total += int(re.search(r"\nvoluntary_ctxt_switches:\s*(\d+)", text)[1])
        return total

    time.sleep(0.5)  # what attaching left to do
    before = switches()
    time.sleep(2)
    t.check(switches() - before <= 4, f"{switches() - before} wake-ups in two idle seconds")
    p.stop()
