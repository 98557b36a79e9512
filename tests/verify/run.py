#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Loads programs without tracing anything: the programs beside this file, the library, and every
example of the tables. The kernel's verifier must take each on the running kernel."""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DUETRACE = os.environ.get("DUETRACE", os.path.join(TOP, "duetrace"))


def examples(table, macro):
    """(name, program) of each row: the name is the first column, the example the last string."""
    text = open(os.path.join(TOP, table)).read()
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    for row in re.split(r"^" + macro + r"\(", text, flags=re.M)[1:]:
        strings = re.findall(r'"((?:[^"\\]|\\.)*)"', row)
        yield row.split(",")[0].strip(), strings[-1].encode().decode("unicode_escape")


def programs():
    here = os.path.join(TOP, "tests", "verify")
    for name in sorted(os.listdir(here)):
        if name.endswith(".dt"):
            yield "verify/" + name[:-3], [os.path.join(here, name), "100", "word"]
    for name in sorted(os.listdir(os.path.join(TOP, "scripts"))):
        if name.endswith(".dt"):
            yield "scripts/" + name[:-3], [os.path.join(TOP, "scripts", name), "1"]
    for table, macro in (("lang/builtins.def", "BUILTIN"), ("lang/probes.def", "PROBE_TYPE")):
        for name, program in examples(table, macro):
            yield "example/" + name, ["-e", program]


def main():
    passed = failed = 0
    for name, words in programs():
        run = subprocess.run([DUETRACE, "--dry-run"] + words, capture_output=True, text=True,
                             timeout=60)
        if run.returncode == 0 and "ERROR" not in run.stderr:
            passed += 1
            print("ok", name)
        else:
            failed += 1
            print("FAIL", name, "status", run.returncode)
            print(run.stderr)
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


sys.exit(main())
