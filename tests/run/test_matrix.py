# SPDX-License-Identifier: Apache-2.0
"""Each way to write each probe on the running kernel: the rows of tests/vm/matrix.py that stand for it, in a root folder
as the machines of tests/vm have it. Where another kernel runs than the one the list was made on, they are skipped."""
import os
import pathlib
import sys

import harness
from harness import ROOT, Skip, TESTS, test

sys.path.insert(0, str(ROOT / "tests" / "vm"))
import matrix  # noqa: E402  pylint: disable=wrong-import-position
import run as machine  # noqa: E402  pylint: disable=wrong-import-position

WORKLOADS = ("functions", "markers", "perf", "snooped", "lookup", "programs")
SETUP = ("mount -t proc proc $1/proc && mount --rbind /sys $1/sys && mount -t tracefs tracefs $1/sys/kernel/tracing && "
         "mount --rbind /dev $1/dev && mount -t tmpfs tmp $1/tmp && exec env -i PATH=/bin TZ=UTC "
         '"$(command -v chroot)" $1 /bin/sh -c "$2"')


def root_folder(session):
    """Made once a run."""
    root = pathlib.Path(session.tmp) / "matrix"
    with session.lock:
        if not root.exists():
            for folder in ("bin", "proc", "sys", "dev", "tmp", "run", "etc", "tests"):
                (root / folder).mkdir(parents=True)
            machine.add_binaries(str(root), WORKLOADS, str(session.tmp))
            (root / "etc" / "one").write_text("first\n")
            (root / "etc" / "two").write_text("second\n")
    return root


def add(name, command, expected):
    def body(t):
        if not os.uname().release.startswith(matrix.RUNNING + "."):
            raise Skip(f"the list is of Linux {matrix.RUNNING}")
        if os.path.exists("/sys/bus/event_source/devices/kprobe"):
            raise Skip("this kernel has kprobes, the list is of one without")
        t.need("unshare", "busybox", "chroot", "nm", "strip")
        r = t.run("unshare", "-m", "sh", "-c", SETUP, "sh", str(root_folder(harness.SESSION)), command)
        t.equal(r.out, expected)
    test(body, name=name.removeprefix("matrix/"))


SOURCE = (ROOT / "tests/run/workload/functions.c").read_text()
for row in matrix.cases(matrix.RUNNING, SOURCE[:SOURCE.index("return x * 2")].count("\n") + 1):
    add(*row)


@test
def elsewhere(t):
    """What the list says that another test shows is shown by a test that there is."""
    names = {item.name for item in TESTS}
    t.equal([name for name in matrix.ELSEWHERE.values() if name not in names], [])
