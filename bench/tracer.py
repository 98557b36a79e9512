# SPDX-License-Identifier: Apache-2.0
"""The tracers that are measured, and the processes of each."""
import os
import pathlib
import re
import shutil
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
DUETRACE = str(HERE.parent / "duetrace")
LIMIT = 120


def ended(process, seconds=LIMIT):
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise SystemExit(f"{process.args} did not end in {seconds} s") from None


def tree(pid):
    """A process and its descendants."""
    found = [pid]
    for parent in found:
        try:
            for task in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{task}/children") as file:
                    found += [int(child) for child in file.read().split()]
        except OSError:
            continue
    return found


def status(pid, field):
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(rf"(?m)^{field}:\s+(\d+)", text)
    return int(found[1]) if found else 0


def wakeups(pid):
    """Voluntary context switches of a process's threads, its children's included."""
    total = 0
    for member in tree(pid):
        try:
            tasks = os.listdir(f"/proc/{member}/task")
        except OSError:
            continue
        for task in tasks:
            total += status(f"{member}/task/{task}", "voluntary_ctxt_switches")
    return total


def wait_for(stream, pattern):
    seen = b""
    while not re.search(pattern, seen):
        data = os.read(stream.fileno(), 4096)
        if not data:
            raise SystemExit(f"the tracer said {seen.decode(errors='replace')!r}")
        seen += data


class Tool:
    """A way to print what a process opens: its command line and how it says that it is ready."""

    def __init__(self, name, command, attached, own_output=False, divide=1, database=None):
        self.name = name
        self.command = command        # (pid, output file) -> argv
        self.attached = attached      # pattern on stderr (or stdout), or seconds to wait
        self.own_output = own_output  # writes the file itself
        self.divide = divide          # makes fewer opens: it is that much slower
        self.database = database      # is kept here too, and read from here
        self.costs = []
        self.lost = 0
        self.rates = []
        self.idle = None


def start_tracer(directory, tool, pid):
    if not tool:
        return None, None
    out = directory / "out"
    out.unlink(missing_ok=True)
    with open(directory / "unused" if tool.own_output else out, "w") as stdout:
        tracer = subprocess.Popen(tool.command(pid, out), stdout=stdout, stderr=subprocess.PIPE)
    if isinstance(tool.attached, (int, float)):
        time.sleep(tool.attached)
    elif tool.attached.startswith(b"^"):
        wait_for(tracer.stderr, tool.attached[1:])
    else:
        until = time.monotonic() + LIMIT
        while tool.attached not in out.read_bytes():
            if time.monotonic() > until or tracer.poll() is not None:
                raise SystemExit(f"{tool.name} does not attach: {out.read_bytes()!r}")
            time.sleep(0.02)
        time.sleep(1)  # announced before it attaches
    return tracer, out


def tools(directory):
    script = str(HERE / "opens.dt")
    old = directory / "opens.bt"
    old.write_text(re.sub(r"\bargs\.", "args->", pathlib.Path(script).read_text()))

    def to_database(pid, out):
        for suffix in ("", "-wal", "-shm"):
            (directory / f"x.sqlite{suffix}").unlink(missing_ok=True)
        return [DUETRACE, "--db", directory / "x.sqlite", "-o", out, script, str(pid)]

    found = [
        Tool("by hand", lambda pid, out: [directory / "by-hand", directory / "opens.bpf.o",
                                          str(pid), out], b"^attached", True),
        Tool("duetrace", lambda pid, out: [DUETRACE, "-o", out, script, str(pid)], b"^Attached",
             True),
        Tool("duetrace --db", to_database, b"^Attached", True,
             database=directory / "x.sqlite"),
    ]
    if shutil.which("bpftrace"):
        found.append(Tool("bpftrace", lambda pid, out: ["bpftrace", "-B", "line", old, str(pid)],
                          b"Attaching", divide=3))
    if shutil.which("opensnoop"):
        found.append(Tool("opensnoop", lambda pid, out: ["opensnoop", "-p", str(pid)], 1.5,
                          divide=3))
    return found
