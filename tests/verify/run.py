#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Loads programs without tracing anything: the programs beside this file, the library, and every
example of the tables. The kernel's verifier must take each on the running kernel, if it has the kind of probe, and
must not have a tenth more to do than what is kept in counts/; `run.py --update` keeps what it has now."""
import os
import re
import subprocess
import sys

import counts
from programs import programs

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DUETRACE = os.environ.get("DUETRACE", os.path.join(TOP, "duetrace"))

# A kind of probe that this kernel has none of; tests/vm/run.py loads them where it has.
NOT_HERE = re.compile(r"is not available: (this kernel (?:is built without|refuses).*)")


def judge(measured, update):
    """How many counts have grown; with `update` they are kept."""
    series = ".".join(os.uname().release.split(".")[:2])
    version = counts.llvm(subprocess.run([DUETRACE, "--info"], capture_output=True, text=True).stdout)
    if update:
        counts.write(series, version, measured)
    grown, said = counts.compare(series, version, measured)
    for line in grown:
        print("FAIL", line)
    print(said)
    return len(grown)


def main():
    passed = failed = skipped = 0
    measured = {}
    for name, words in programs(TOP):
        run = subprocess.run([DUETRACE, "--dry-run", "--unsafe", "-v"] + words, capture_output=True,
                             text=True, timeout=60)
        if "Failed to resolve kernel symbol" in run.stderr:
            # A kernel without KALLSYMS_ALL has no names of variables.
            skipped += 1
            print("skip", name, "the kernel does not have the symbol")
        elif run.returncode == 0 and "ERROR" not in run.stderr:
            passed += 1
            print("ok", name)
            if counts.largest(run.stderr) is not None:
                measured[name] = counts.largest(run.stderr)
        elif NOT_HERE.search(run.stderr):
            skipped += 1
            print(f"skip {name}: {NOT_HERE.search(run.stderr)[1]}")
        else:
            failed += 1
            print("FAIL", name, "status", run.returncode)
            print(run.stderr)
    failed += judge(measured, "--update" in sys.argv[1:])
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if failed == 0 and passed > 0 else 1


sys.exit(main())
