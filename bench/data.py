# SPDX-License-Identifier: Apache-2.0
"""What data probes and records cost: rows of bench/run.py."""
import os
import pathlib
import re
import signal
import sqlite3
import statistics
import subprocess
import time

from tracer import DUETRACE, HERE, Tool, start_tracer, tools

# Opens and closes a file, or, without one, calls a system call that no probe asks for: prints ns for one
# in the fastest tenth of short slices. What else the machine does can only add, and not to all of them.
SLICES = """
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#define SLICE 250
static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}
int main(int argc, char **argv)
{
	long n = atol(argv[argc - 1]) / SLICE;
	double *took = calloc(n, sizeof(*took));
	struct timespec a, b;

	for (long i = 0; i < n; i++) {
		clock_gettime(CLOCK_MONOTONIC, &a);
		for (int j = 0; j < SLICE; j++) {
			if (argc > 2)
				syscall(SYS_close, syscall(SYS_openat, AT_FDCWD, argv[1], O_RDONLY));
			else
				syscall(SYS_getppid);
		}
		clock_gettime(CLOCK_MONOTONIC, &b);
		took[i] = ((b.tv_sec - a.tv_sec) * 1e9 + b.tv_nsec - a.tv_nsec) / SLICE;
	}
	qsort(took, n, sizeof(*took), compare);
	printf("%f\\n", took[n / 10]);
	return 0;
}
"""
# Opens and closes a file for some seconds; prints how often.
FLAT_OUT = """
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	time_t end = time(NULL) + atol(argv[2]);
	long n = 0;

	(void)argc;
	while (time(NULL) < end)
		for (int i = 0; i < 1000; i++, n++)
			close(open(argv[1], O_RDONLY));
	printf("%ld\\n", n);
	return 0;
}
"""
EMIT = "emit open { args.path, args.flags, args.ok };"


def build(directory, machine, clang):
    for name in ("empty", "hook"):
        subprocess.run([clang, "-O2", "-g", "-target", "bpf", "-mcpu=v3", f"-I/usr/include/{machine}", "-c", "-o",
                        directory / f"{name}.bpf.o", HERE / f"{name}.bpf.c"], check=True)
    subprocess.run(["gcc", "-std=gnu17", "-O2", "-D_GNU_SOURCE", "-o", directory / "empty", HERE / "empty.c",
                    "-lbpf"], check=True)
    subprocess.run(["gcc", "-std=gnu17", "-O2", "-o", directory / "store", HERE / "store.c", "-lsqlite3"], check=True)
    for name, text in (("slices", SLICES), ("flat_out", FLAT_OUT)):
        (directory / f"{name}.c").write_text(text)
        subprocess.run(["gcc", "-O2", "-o", directory / name, directory / f"{name}.c"], check=True)


def with_pid(argv):
    """A command line as a tool; the word PID stands for the workload's."""
    return Tool("", lambda pid, out: [str(pid) if word == "PID" else word for word in argv], b"^[Aa]ttached", True)


def loaded(directory, tracer, workload, count, watch=None, file="opened"):
    """What a workload prints, as ns for one operation, under a tool or a command line (None: alone), on one CPU;
    watch() is called with the tracer's pid while that runs."""
    load = subprocess.Popen(["sh", "-c", 'read go; exec "$0" "$@"', directory / workload,
                             *([directory / file] if file else []), str(count)],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    os.sched_setaffinity(load.pid, {min(os.sched_getaffinity(0))})
    tool = with_pid(tracer) if isinstance(tracer, list) else tracer
    process, _ = start_tracer(directory, tool, load.pid)
    load.stdin.write("go\n")
    load.stdin.flush()
    while watch and load.poll() is None:
        watch(process.pid)
        time.sleep(0.2)
    said, _ = load.communicate(timeout=120)
    if process:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
    return float(said)


def set_script(directory, n):
    """A script whose data set has so many patterns, none of which is about what the load opens."""
    (directory / f"set{n}.list").write_text("".join(f"/srv/customers/{i}/**/*.parquet\n" for i in range(n)))
    script = directory / f"set{n}.dt"
    script.write_text(f'dataset kept = file("set{n}.list");\n'
                      "file:open /pid == $1 && args.path in kept/ { emit o { args.path }; }\n")
    return [DUETRACE, "-o", "/dev/null", script, "PID"]


def measure_sets(report, directory, rounds, opens):
    scripts = {n: set_script(directory, n) for n in (10, 10000)}
    costs = {n: [] for n in (None, *scripts)}
    for _ in range(3 * rounds):
        for n, program in ((None, None), *scripts.items()):
            costs[n].append(loaded(directory, program, "slices", opens // 20))
    added = {n: min(costs[n]) - min(costs[None]) for n in scripts}
    ratio = added[10000] / max(added[10], 1)
    report.add("added to an open, a set of 10 patterns", {"duetrace": f"{added[10]:.0f} ns"})
    report.add("... of 10 000 patterns beside it", {"duetrace": f"{ratio:.2f} x"}, "at most 1.10 x", ratio <= 1.10)


def measure_costs(report, directory, rounds, opens):
    probes = {
        "pair": [directory / "empty", directory / "empty.bpf.o"],
        "name": [DUETRACE, "-o", "/dev/null", "-e", "file:open /pid == $1/ { emit o { args.name }; }", "PID"],
        "path": [DUETRACE, "-o", "/dev/null", "-e", "file:open /pid == $1/ { emit o { args.path }; }", "PID"],
        "filtered": [DUETRACE, "-e", "file:open /intree($1)/ { emit o { args.path }; }", "PID"],
    }
    # A tree that the workload is not in: that of a process which only sleeps.
    other = subprocess.Popen(["sleep", "600"])
    probes["filtered"][-1] = str(other.pid)
    others = {tool.name: tool for tool in tools(directory) if tool.name in ("bpftrace", "opensnoop")}
    probes |= others
    costs = {name: [] for name in (None, *probes)}
    hook = [directory / "empty", directory / "hook.bpf.o"]
    other_calls = {None: [], "calls": [], "hook": []}
    # Many short loops, and the fastest of each: what else the machine does can only add.
    opens //= 20
    for _ in range(3 * rounds):
        for name in costs:
            costs[name].append(loaded(directory, probes.get(name), "slices", opens))
        other_calls[None].append(loaded(directory, None, "slices", 10 * opens, file=None))
        other_calls["calls"].append(loaded(directory, probes["path"], "slices", 10 * opens, file=None))
        other_calls["hook"].append(loaded(directory, hook, "slices", 10 * opens, file=None))
    other.kill()
    other.wait()
    alone = min(costs[None])
    added = {name: min(costs[name]) - alone for name in probes}
    pair = max(added["pair"], 1)
    for name, title, most in (("name", "file:open, args.name", 2), ("path", "file:open, args.path", 3.5),
                              ("filtered", "file:open, turned away by intree", 1.2)):
        report.add(f"added to an open, {title}", {"duetrace": f"{added[name]:.0f} ns"})
        report.add("... beside an empty enter+exit pair",
                   {"duetrace": f"{added[name] / pair:.2f} x", "by hand": f"{pair:.0f} ns"},
                   f"at most {most} x", added[name] <= most * pair)
    for name in others:
        ratio = added[name] / max(added["name"], 1)
        report.add("args.name printed by another, in multiples of duetrace's", {name: f"{ratio:.1f} x"},
                   "at least 12 x", ratio >= 12)
    report.bars += [(f"duetrace file:open {name}", added[name]) for name in ("name", "path", "filtered")]
    report.bars.append(("an empty pair of tracepoints", pair))
    took = min(other_calls["calls"]) - min(other_calls[None])
    least = min(other_calls["hook"]) - min(other_calls[None])
    report.add("added to a call that is not traced", {"duetrace": f"{took:.0f} ns", "by hand": f"{least:.0f} ns"},
               "at most 60 ns", took <= 60)


def kept(directory, opens):
    """One CPU opens files flat out; returns (rows, lost, bytes a row, status of --check-db)."""
    database = directory / "kept.sqlite"
    for suffix in ("", "-wal", "-shm"):
        (directory / f"kept.sqlite{suffix}").unlink(missing_ok=True)
    loaded(directory, [DUETRACE, "-o", "/dev/null", "--db", database, "-e", f"file:open /pid == $1/ {{ {EMIT} }}",
                       "PID"], "workload", opens)
    connection = sqlite3.connect(database)
    (rows,), = connection.execute("select count(*) from open")
    (lost,), = connection.execute("select lost from runs")
    connection.close()
    checked = subprocess.run([DUETRACE, "--check-db", database], stdout=subprocess.DEVNULL, check=False)
    return rows, lost, database.stat().st_size / max(rows, 1), checked.returncode


def beside_ring(pid):
    """MB that a process holds, the mapped ring left out."""
    total, counts = 0, True
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            counts = "bpf-map" not in line
        elif counts and line.startswith("Rss:"):
            total += int(line.split()[1])
    return total / 1024


def flat_out(report, directory, seconds):
    """One CPU opens files flat out for a while; every one has to be in the database."""
    database, memory = directory / "flat.sqlite", []
    opened = int(loaded(directory, [DUETRACE, "-o", "/dev/null", "--db", database, "-e",
                                    f"file:open /pid == $1 && args.path == \"{directory}/opened\"/ {{ {EMIT} }}",
                                    "PID"], "flat_out", seconds, lambda pid: memory.append(beside_ring(pid))))
    connection = sqlite3.connect(database)
    (rows,), = connection.execute("select count(*) from open")
    (lost,), = connection.execute("select lost from runs")
    connection.close()
    checked = subprocess.run([DUETRACE, "--check-db", database], stdout=subprocess.DEVNULL, check=False)
    for file in directory.glob("flat.sqlite*"):
        file.unlink()
    report.add(f"lost, {seconds} s of one CPU opening flat out, --db",
               {"duetrace": f"{opened - rows} of {opened}"}, "0",
               opened == rows and lost == 0 and checked.returncode == 0)
    report.add("... the ledger", {"duetrace": "balances" if checked.returncode == 0 else "does not balance"},
               "balances", checked.returncode == 0)
    report.add("... memory of the tracing process beside the ring", {"duetrace": f"{max(memory):.1f} MB"},
               "under 64 MB", max(memory) < 64)


def rate(directory):
    """Records stored a second, from a ring that holds them all before the reader gets to it."""
    database = directory / "rate.sqlite"
    for suffix in ("", "-wal", "-shm"):
        (directory / f"rate.sqlite{suffix}").unlink(missing_ok=True)
    program = ('begin { for $i : 0..1000000 { emit open { path = "/srv/customers/2026/file.parquet",'
               ' flags = $i, ok = true }; } }')
    subprocess.run([DUETRACE, "-q", "--buffer", "256M", "-o", "/dev/null", "--db", database, "-e", program],
                   check=True)
    connection = sqlite3.connect(database)
    (rows, first), = connection.execute("select count(*), max(time) from open")
    (ended, lost), = connection.execute("select ended, lost from runs")
    connection.close()
    return rows / ((ended - first) / 1e9), lost


def stored_by_hand(directory):
    """Such records a second of a program that does nothing but store them."""
    for file in directory.glob("store.sqlite*"):
        file.unlink()
    done = subprocess.run([directory / "store", directory / "store.sqlite", "1000000", "2500"], capture_output=True,
                          check=True)
    return float(done.stdout)


def measure(report, directory, rounds, opens):
    measure_costs(report, directory, rounds, opens)
    measure_sets(report, directory, rounds, opens)
    runs = [kept(directory, opens) for _ in range(rounds)]
    lost, rows = sum(run[1] for run in runs), sum(run[0] for run in runs)
    report.add("lost, one CPU opening flat out, --db", {"duetrace": f"{lost} of {rows + lost}"}, "0",
               lost == 0 and not any(run[3] for run in runs))
    flat_out(report, directory, 60 if rounds > 1 else 3)
    size = statistics.median(run[2] for run in runs)
    report.add("bytes of a row", {"duetrace": f"{size:.0f}"}, "under 150", size < 150)
    rates, limits = [], []
    for _ in range(rounds):
        rates.append(rate(directory))
        limits.append(stored_by_hand(directory))
    fastest = max(run[0] for run in rates)
    report.add("records stored a second", {"duetrace": f"{fastest:.0f}", "by hand": f"{max(limits):.0f}"},
               "at least 300000", fastest >= 300000)
