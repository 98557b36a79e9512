# SPDX-License-Identifier: Apache-2.0
"""What the proofs of the library are written with: run a script as a user would, read its output.

A proof is a workload that keeps a ledger of what it does, apart from the tracer, and the figures
that the script must give: not more, not less.
"""
import ctypes
import json
import os
import sys

from harness import ROOT, python  # noqa: F401

SCRIPTS = ROOT / "scripts"
# Parameters of the kernel's interfaces, for workloads in python; of this machine.
LIBC = "import ctypes; libc = ctypes.CDLL(None, use_errno=True)"


class Output:
    """What a script printed, as JSON, and what the command printed."""

    def __init__(self, result, text):
        self.status, self.out, self.err = result.status, result.out, result.err
        self.rows = [json.loads(line) for line in text.splitlines() if line.strip()]

    def records(self, name):
        return [row for row in self.rows if row.get("record") == name]

    def data(self, name, *fields):
        """A tuple of fields of each record, or the field itself if it is one."""
        found = [tuple({**row, **row["data"]}[f] for f in fields) for row in self.records(name)]
        return [row[0] for row in found] if len(fields) == 1 else found

    def map(self, name):
        """The map as it was printed last."""
        found = {}
        for row in self.rows:
            if name in row.get("data", {}) and row["type"] in ("map", "stats", "hist"):
                found = row["data"][name]
        return found


def prove(t, script, *command, options=(), parameters=(), flags=(), status=0, **how):
    """Run a script of the library over a command; nothing may be lost or said on stderr."""
    out = t.tmp / f"{script}.json"
    behind = ["--", *options] if options else []
    r = t.duetrace("-q", "--strict", "-f", "json", "-o", out, *flags, SCRIPTS / f"{script}.dt", *parameters, *behind, "--run",
                   *command, **how)
    if status is not None:
        t.equal(r.status, status, f"status of {script}: {r.err[:2000]}")
    t.absent("(?m)WARNING|ERROR", r.err, "stderr")
    return Output(r, out.read_text(errors="surrogateescape"))


def inside(rows, folder):
    """Paths, or tuples with one first, that are in a folder."""
    return [row for row in rows if str(row if isinstance(row, str) else row[0]).startswith(f"{folder}/")]
