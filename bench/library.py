# SPDX-License-Identifier: Apache-2.0
"""What scripts of the library cost the program that they follow: rows of bench/run.py."""
import data

# Those that look at every open. Each is asked for the tree of the workload.
SCRIPTS = ("open-log", "open-count", "open-denied", "top-data")


def measure(report, directory, rounds, opens):
    costs = {name: [] for name in (None, *SCRIPTS)}
    opens //= 20
    for _ in range(3 * rounds):
        for name in costs:
            tracer = name and [data.DUETRACE, "-o", "/dev/null", name, "PID"]
            costs[name].append(data.loaded(directory, tracer, "workload", opens))
    alone = min(costs[None])
    for name in SCRIPTS:
        added = min(costs[name]) - alone
        report.add(f"added to an open+close, {name}", {"duetrace": f"{added:.0f} ns"})
        report.bars.append((f"duetrace {name}", added))
