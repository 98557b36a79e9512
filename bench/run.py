#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures duetrace beside bpftrace, opensnoop and a hand-written libbpf program, in one run.

    bench/run.py [--rounds N] [--opens N] [--quick] [--data] [--svg FILE]

Needs root, ./duetrace, clang, libbpf's headers; bpftrace and opensnoop where they are installed.
Rounds of all the tools are interleaved, so that a slow moment of the machine hits all of them, and
each figure is the median of its rounds. Exits 1 if duetrace misses a target.
"""
import argparse
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import chart
import data
import library
from tracer import DUETRACE, HERE, LIMIT, ended, start_tracer, status, tools, tree, wait_for, wakeups

ROOT = HERE.parent
TARGETS = {"startup": 1 / 10, "peak": 60.0, "resident": 12.0, "by hand": 1.3, "others": 1 / 8,
           "wake-ups": 2000}


def build(directory):
    machine = subprocess.run(["gcc", "-print-multiarch"], capture_output=True, text=True,
                             check=True).stdout.strip()
    clang = next(c for c in ("clang-19", "clang") if shutil.which(c))
    subprocess.run([clang, "-O2", "-g", "-target", "bpf", "-mcpu=v3", f"-I/usr/include/{machine}",
                    "-c", "-o", directory / "opens.bpf.o", HERE / "opens.bpf.c"], check=True)
    subprocess.run(["gcc", "-std=gnu17", "-O2", "-D_GNU_SOURCE", "-o", directory / "by-hand",
                    HERE / "opens.c", "-lbpf"], check=True)
    data.build(directory, machine, clang)
    subprocess.run(["gcc", "-std=gnu17", "-O2", "-o", directory / "workload",
                    ROOT / "tests" / "run" / "workload" / "opens.c"], check=True)


# startup and memory


def startup(argv):
    """Milliseconds from exec to exit."""
    begun = time.perf_counter()
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # wait() with a time limit looks in steps of up to 50 ms: the limit is a timer's instead.
    limit = threading.Timer(LIMIT, process.kill)
    limit.start()
    process.wait()
    took = (time.perf_counter() - begun) * 1e3
    limit.cancel()
    if process.returncode:
        raise SystemExit(f"{argv} exits with {process.returncode}")
    return took


def peak(argv):
    """MB: the largest sum of the resident peaks of the processes alive at a time."""
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        most = max(most, sum(status(pid, "VmHWM") for pid in tree(process.pid)))
    return most / 1024


def resident(argv, attached):
    """MB that the tracing process holds while it traces."""
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    wait_for(process.stdout, attached)
    time.sleep(0.5)
    size = status(process.pid, "VmRSS") / 1024
    process.send_signal(signal.SIGINT)
    process.stdout.read()
    ended(process)
    return size


# opens


def run_workload(directory, tool, opens):
    """Time the workload under a tool (None: alone). Returns ns per open+close."""
    load = subprocess.Popen(
        ["sh", "-c", 'read go; exec "$0" "$@"', directory / "workload", directory / "opened",
         str(opens), "1000"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    os.sched_setaffinity(load.pid, {min(os.sched_getaffinity(0))})
    tracer, out = start_tracer(directory, tool, load.pid)
    before = wakeups(tracer.pid) if tracer else 0
    begun = time.perf_counter()
    said, _ = load.communicate("go\n", timeout=LIMIT)
    took = time.perf_counter() - begun
    if tracer:
        tool.rates.append((wakeups(tracer.pid) - before) / took)
        stop_tracer(directory, tool, tracer, out, opens + 1000)
    return float(said)


def stop_tracer(directory, tool, tracer, out, opens):
    tracer.send_signal(signal.SIGINT)
    tracer.communicate(timeout=LIMIT)
    name = str(directory / "opened")
    if tool.database:
        rows = sqlite3.connect(tool.database)
        (delivered,) = rows.execute("select count(*) from output where text = ?",
                                    (name + "\n",)).fetchone()
        rows.close()
    else:
        with open(out, "rb") as file:
            delivered = sum(name.encode() in line for line in file)
    tool.lost += max(0, opens - delivered)


def idle_wakeups(directory, tool, seconds=5):
    """Wake-ups a second of a tracer that has nothing to do."""
    load = subprocess.Popen(["sleep", "600"])
    tracer, _ = start_tracer(directory, tool, load.pid)
    time.sleep(0.5)
    before = wakeups(tracer.pid)
    time.sleep(seconds)
    tool.idle = (wakeups(tracer.pid) - before) / seconds
    tracer.send_signal(signal.SIGINT)
    tracer.communicate(timeout=LIMIT)
    load.kill()
    load.wait()


# the report

COLUMNS = ("duetrace", "by hand", "bpftrace", "opensnoop")


class Report:
    def __init__(self):
        self.rows = []
        self.missed = 0
        self.bars = []     # (tracer, ns that it adds to an open+close)
        self.spread = 0.0  # of the untraced loop: how busy the machine was with other things

    def add(self, figure, values, target="", met=None):
        """`values`: text by column; `met`: whether the target is, None without one."""
        self.missed += met is False
        verdict = {True: "met", False: "MISSED", None: ""}[met]
        self.rows.append([figure, *(values.get(c, "") for c in COLUMNS), target, verdict])

    def print(self):
        table = [["", *COLUMNS, "target", ""], *self.rows]
        widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
        for number, row in enumerate(table):
            print("| " + " | ".join(f"{x:<{w}}" for x, w in zip(row, widths)) + " |")
            if number == 0:
                print("| " + " | ".join("-" * w for w in widths) + " |")


def measure_start(report, rounds):
    program = "BEGIN { exit(); }"
    idle = "interval:s:3600 { }"
    times, peaks, residents = {}, {}, {}
    binaries = {"duetrace": DUETRACE, "bpftrace": shutil.which("bpftrace")}
    binaries = {name: path for name, path in binaries.items() if path}
    for _ in range(rounds):
        for name, path in binaries.items():
            count = 5 if name == "duetrace" else 1
            times.setdefault(name, []).extend(startup([path, "-e", program]) for _ in range(count))
            peaks.setdefault(name, []).append(peak([path, "-e", program]))
    for name, path in binaries.items():
        residents[name] = resident([path, "-e", idle], b"Attach(ed|ing)")
    times = {name: statistics.median(values) for name, values in times.items()}
    peaks = {name: max(values) for name, values in peaks.items()}
    report.add("exec to exit of `BEGIN { exit(); }`",
               {name: f"{value:.1f} ms" for name, value in times.items()})
    if "bpftrace" in times:
        ratio = times["duetrace"] / times["bpftrace"]
        report.add("... in multiples of duetrace's", {"bpftrace": f"{1 / ratio:.1f} x"}, "at least 10 x",
                   ratio <= TARGETS["startup"])
    report.add("peak memory of that, all processes",
               {name: f"{value:.1f} MB" for name, value in peaks.items()}, "under 60 MB",
               peaks["duetrace"] < TARGETS["peak"])
    report.add("memory of the tracing process",
               {name: f"{value:.1f} MB" for name, value in residents.items()}, "under 12 MB",
               residents["duetrace"] < TARGETS["resident"])


CALLS = ("openat close read write mmap munmap ioctl fcntl dup dup2 pipe2 socket connect sendto "
         "recvfrom futex nanosleep getpid execve unlink").split()

# One of 20 probes of a script of 320 lines: most of what the language has, in each.
BODY = """tracepoint:syscalls:sys_exit_%s /args.ret >= 0 && pid != 1/
{
	$r = args.ret;
	@calls[comm, probe] = count();
	@bytes[pid] = sum($r);
	if ($r > 100) {
		@big[comm]++;
		@last[tid] = ($r, comm);
	} else {
		@small = hist($r);
	}
	if (@big[comm] > 10 && comm == "bash") {
		printf("%%s %%d %%lld\\n", comm, pid, $r);
	}
	@mx = max($r);
	delete(@bytes, pid);
}
"""


def measure_compiler(report, directory, rounds):
    """A long script, and a wildcard over the system calls whose body reads no arguments."""
    long_script = directory / "long.dt"
    long_script.write_text("".join(BODY % call for call in CALLS))
    image = directory / "long.o"
    took = statistics.median(startup([DUETRACE, "--emit", "image", "-o", image, long_script])
                             for _ in range(rounds))
    report.add("compiling 320 lines, 20 probes", {"duetrace": f"{took:.0f} ms"}, "under 150 ms",
               took < 150)


FUNCTIONS = 10_000
STACKS = """
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#define CALL long r; __asm__ volatile("syscall" : "=a"(r) : "0"(121L), "D"(0L) : "rcx", "r11", "memory"); return r + 1
%s
static long (*const all[])(void) = {%s};
static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000 + t.tv_nsec;
}
int main(int argc, char **argv)
{
	long calls = atol(argv[1]), pause = atol(argv[2]), next = now(), sum = 0;

	for (long i = 0; i < calls; i++, next += pause) {
		while (pause && now() < next)
			;
		sum += all[i %% (sizeof(all) / sizeof(all[0]))]();
	}
	usleep(300000);
	return sum == 42;
}
"""


def measure_stacks(report, directory, rounds):
    """Names against build IDs, which nobody looks up, of the same stacks is what the names cost."""
    source, workload = directory / "stacks.c", directory / "stacks"
    source.write_text(STACKS % ("\n".join(f"static long function_{i}(void) {{ CALL; }}" for i in range(FUNCTIONS)),
                                ", ".join(f"function_{i}" for i in range(FUNCTIONS))))
    subprocess.run(["gcc", "-O0", "-fno-omit-frame-pointer", "-o", workload, source], check=True)
    probe = "tracepoint:syscalls:sys_enter_getpgid /pid == cpid/ "
    times = {"build_id": [], "bpftrace": []}
    for _ in range(rounds):
        for mode, values in times.items():
            script = (f"config = {{ max_map_keys = {2 * FUNCTIONS}; }} {probe} "
                      f"{{ @[ustack({mode}, 1)] = count(); }}")
            values.append(startup([DUETRACE, "-q", "-e", script, "--run", workload, str(FUNCTIONS), "0"]))
    took = statistics.median(times["bpftrace"]) - statistics.median(times["build_id"])
    report.add(f"names of {FUNCTIONS} functions of a process", {"duetrace": f"{took:.0f} ms"},
               "under 1000 ms", took < 1000)
    run = subprocess.run([DUETRACE, "-q", "-e", probe + "{ print(ustack); print(kstack); }", "--run", workload,
                          "40000", "50000"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                         check=True)
    lost = sum(int(n) for n in re.findall(r"Lost (\d+) events", run.stderr))
    report.add("lost of two stacks each of 20 000 events a second", {"duetrace": f"{lost} of 80000"}, "0",
               lost == 0)


def measure_wildcard(report):
    """The kernel takes half a minute to detach so many, and nothing attaches quickly meanwhile: so
    this is once each, at the end, and duetrace, which leaves detaching to a process behind, last."""
    wildcard = "tracepoint:syscalls:sys_enter_* { @[probe] = count(); }"
    times = {}
    if shutil.which("bpftrace"):
        times["bpftrace"] = attached(["bpftrace", "-e", wildcard])
    times["duetrace"] = attached([DUETRACE, "-e", wildcard])
    report.add("a wildcard over 350 tracepoints, until attached",
               {name: f"{value:.0f} ms" for name, value in times.items()}, "under 1500 ms",
               times["duetrace"] < 1500)


def attached(argv):
    """Milliseconds from exec until an interval probe, attached last, speaks."""
    speak = " interval:ms:1 { printf(\"on\\n\"); exit(); }"
    begun = time.perf_counter()
    process = subprocess.Popen(argv[:-1] + [argv[-1] + speak], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    wait_for(process.stdout, b"(?m)^on")
    took = (time.perf_counter() - begun) * 1e3
    process.stdout.read()
    process.wait()
    return took


def report_costs(report, found, base):
    added = {tool.name: statistics.median(tool.costs) - base for tool in found}
    report.add("open+close, not traced", {"duetrace": f"{base:.0f} ns"})
    report.add("added to it, each name printed",
               {name: f"{value:.0f} ns" for name, value in added.items()})
    report.bars += [(name, value) for name, value in added.items()]
    for name in ("by hand", "bpftrace", "opensnoop"):
        if name not in added:
            continue
        ratio = added[name] / added["duetrace"]
        if name == "by hand":
            target, met = "at least 1/1.3", 1 / ratio <= TARGETS["by hand"]
        else:
            target, met = "at least 8 x", 1 / ratio <= TARGETS["others"]
        report.add("... in multiples of duetrace's", {name: f"{ratio:.2f} x"}, target, met)
    report.add("added, kept in SQLite as well", {"duetrace": f"{added['duetrace --db']:.0f} ns"})


def measure_opens(report, directory, rounds, opens):
    found = tools(directory)
    alone = []
    for _ in range(rounds):
        alone.append(run_workload(directory, None, opens))
        for tool in found:
            tool.costs.append(run_workload(directory, tool, opens // tool.divide))
    for tool in found:
        idle_wakeups(directory, tool)
    report_costs(report, found, statistics.median(alone))
    report.spread = (max(alone) - min(alone)) / statistics.median(alone)
    kept = next(tool for tool in found if tool.database)
    printed = [tool for tool in found if not tool.database]
    lost = {t.name: f"{t.lost} of {rounds * (opens // t.divide + 1000)}" for t in found}
    ours = next(tool for tool in printed if tool.name == "duetrace")
    report.add("events lost", lost, "0", ours.lost == 0)
    report.add("... into SQLite", {"duetrace": lost[kept.name]}, "0", kept.lost == 0)
    rates = {t.name: statistics.median(t.rates) for t in found}
    report.add("wake-ups a second in the loop", {n: f"{r:.0f}" for n, r in rates.items()},
               "under 2000", rates["duetrace"] < TARGETS["wake-ups"])
    report.add("wake-ups a second, idle", {t.name: f"{t.idle:.1f}" for t in printed}, "0",
               ours.idle < 1)


def versions():
    def first(*argv):
        try:
            done = subprocess.run(argv, capture_output=True, text=True, timeout=LIMIT, check=False)
        except OSError:
            return None
        return (done.stdout or done.stderr).strip().split("\n")[0]
    libbpf_tools = first("dpkg-query", "-W", "-f", "libbpf-tools ${Version}", "libbpf-tools")
    return ", ".join(x for x in (f"Linux {os.uname().release}", f"{os.cpu_count()} CPUs",
                                 first(DUETRACE, "--version"), first("bpftrace", "--version"),
                                 libbpf_tools) if x)


def main():
    parser = argparse.ArgumentParser(description="Measure duetrace beside other tracers.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--opens", type=int, default=300_000)
    parser.add_argument("--quick", action="store_true", help="one short round, to try it out")
    parser.add_argument("--data", action="store_true", help="only the rows of bench/data.py")
    parser.add_argument("--svg", type=pathlib.Path, help="draw what an open+close costs to this file")
    options = parser.parse_args()
    if os.geteuid() != 0:
        print("bench: needs root", file=sys.stderr)
        return 1
    if not os.access(DUETRACE, os.X_OK):
        print("bench: ./duetrace is not built", file=sys.stderr)
        return 1
    if "DUETRACE_BENCH_INSIDE" not in os.environ:
        # The other tools look for tracefs at its usual place: mount it there for them alone.
        os.environ["DUETRACE_BENCH_INSIDE"] = "1"
        os.execvp("unshare", ["unshare", "-m", "sh", "-c", "mount -t tracefs tracefs "
                              '/sys/kernel/tracing 2>/dev/null; exec "$@"', "sh", sys.executable,
                              __file__, *sys.argv[1:]])
    rounds, opens = (1, 30_000) if options.quick else (options.rounds, options.opens)
    report = Report()
    with tempfile.TemporaryDirectory(prefix="duetrace-bench.") as name:
        directory = pathlib.Path(name)
        (directory / "opened").write_text("x")
        build(directory)
        if not options.data:
            measure_start(report, rounds)
            measure_compiler(report, directory, rounds)
            measure_stacks(report, directory, rounds)
            measure_opens(report, directory, rounds, opens)
        data.measure(report, directory, rounds, opens)
        if not options.data:
            library.measure(report, directory, rounds, opens)
            measure_wildcard(report)
    print(f"{versions()}; medians of {rounds} rounds, {opens} opens each (bpftrace and opensnoop: "
          f"{opens // 3}); the untraced loop spread over {report.spread:.0%}\n")
    report.print()
    if options.svg:
        options.svg.write_text(chart.svg("What tracing adds to an open+close", report.bars))
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
