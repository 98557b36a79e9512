#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""End-to-end tests: run the real ./duetrace on the running kernel. Needs root.

    tests/run.py                    everything
    tests/run.py PATTERN ...        the tests whose name contains a PATTERN (* matches any text)
    tests/run.py -l                 names only
    tests/run.py -j N               N at a time (default: one per CPU)
    tests/run.py --suite scripts    the proofs of the library, of tests/scripts/, in place of tests/run/
    tests/run.py --suite fault      loads, faults and hostile input, of tests/fault/
    tests/run.py --suite sanitizers what a duetrace built with SANITIZE=1 finds, of tests/sanitizers/
    tests/run.py --full             those as often as docs/trust.md says
    tests/run.py --repeat N         each test N times
    tests/run.py --noise            beside a loop that compiles on every CPU
    tests/run.py --binary FILE      another duetrace; duetrace-run is expected beside it

Prints `ok NAME`, `FAIL NAME` with the difference, or `skip NAME: reason`; the last line is
`N passed, N failed, N skipped`. Exits 0 if nothing failed and something passed; for a user who is
not root everything is skipped, and that is no failure.

The tests are the functions that tests/run/test_*.py register; tests/run/harness.py is what they
are written with.
"""
import argparse
import concurrent.futures
import contextlib
import fnmatch
import importlib
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE / "run"))

import harness  # noqa: E402


class Noise:
    """A compiler that runs again and again, once for each CPU: processes, opens, reads and writes that are none of the tests'.
    What runs when the tests are over is waited for, so nothing is left and nothing has to be killed."""

    def __init__(self, folder):
        self.folder = folder
        self.over = threading.Event()
        self.compiled = 0
        self.threads = [threading.Thread(target=self._loop, args=(i,)) for i in range(os.cpu_count() or 1)]

    def _loop(self, number):
        source = HERE / "run" / "workload" / "data_file.c"
        command = ["gcc", "-std=gnu17", "-O2", "-g", "-c", "-o", self.folder / f"noise{number}.o", source]
        while not self.over.is_set():
            self.compiled += subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                            stderr=subprocess.DEVNULL, check=False).returncode == 0

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()
        print(f"compiled {self.compiled} times meanwhile")


def selected(tests, patterns):
    if not patterns:
        return tests
    return [t for t in tests if any(fnmatch.fnmatch(t.name, f"*{p}*") for p in patterns)]


def report(test, outcome, seconds, verbose):
    kind, text = outcome
    if kind == "ok":
        print(f"ok {test.name}" + (f" ({seconds:.2f} s)" if verbose else ""))
    elif kind == "skip":
        print(f"skip {test.name}: {text}")
    else:
        print(f"FAIL {test.name}")
        for line in text.rstrip("\n").split("\n"):
            print(f"    {line}")
    sys.stdout.flush()


def run_all(tests, jobs, verbose):
    """Run the tests that can share the machine side by side, then the others one by one."""
    counts = {"ok": 0, "FAIL": 0, "skip": 0}

    def one(test):
        begun = time.monotonic()
        return test, harness.run_test(test), time.monotonic() - begun

    def count(result):
        test, outcome, seconds = result
        counts[outcome[0]] += 1
        report(test, outcome, seconds, verbose)

    together = [t for t in tests if not t.alone]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for future in concurrent.futures.as_completed([pool.submit(one, t) for t in together]):
            count(future.result())
    for test in tests:
        if test.alone:
            count(one(test))
    return counts


def main():
    parser = argparse.ArgumentParser(description="End-to-end tests of duetrace.")
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    parser.add_argument("-l", "--list", action="store_true")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--suite", choices=("run", "scripts", "fault", "sanitizers"), default="run")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--noise", action="store_true")
    parser.add_argument("--binary", default=str(HERE.parent / "duetrace"))
    options = parser.parse_args()

    # Under nohup and behind a script's & they are ignored, and what ignores them when it starts goes on with it.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    sys.path.insert(0, str(HERE / options.suite))
    for path in sorted((HERE / options.suite).glob("test_*.py")):
        importlib.import_module(path.stem)
    tests = selected(harness.TESTS, options.patterns)
    if options.list:
        for test in tests:
            print(test.name)
        return 0
    if not tests:
        print("no test has such a name", file=sys.stderr)
        return 1

    harness.FULL = options.full
    tests = tests * options.repeat
    with harness.Session(pathlib.Path(options.binary)) as session:
        if session.reason:
            for test in tests:
                report(test, ("skip", session.reason), 0, False)
            counts = {"ok": 0, "FAIL": 0, "skip": len(tests)}
        else:
            with Noise(session.tmp) if options.noise else contextlib.nullcontext() as noise:
                counts = run_all(tests, options.jobs, options.verbose)
            if noise and not noise.compiled:
                counts["FAIL"] += 1
                report(harness.Test("noise", None), ("FAIL", "nothing was compiled"), 0, False)
    if not session.reason:
        left = session.left_behind()
        test = harness.Test("nothing-left-behind", None)
        counts["FAIL" if left else "ok"] += 1
        report(test, ("FAIL", "\n".join(left)) if left else ("ok", ""), 0, False)
    print(f"{counts['ok']} passed, {counts['FAIL']} failed, {counts['skip']} skipped")
    return 1 if counts["FAIL"] or not (counts["ok"] or session.unprivileged) else 0


if __name__ == "__main__":
    sys.exit(main())
