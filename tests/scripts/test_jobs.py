# SPDX-License-Identifier: Apache-2.0
"""Processes and time: exec-tree, ns-enter, data-latency."""
import os
import pathlib
import sys

from harness import test
from proof import prove, python

HERE = pathlib.Path(__file__).resolve().parent

# fork, vfork and exec, posix_spawn, clone3, and by a child that ends first: 200 of each.
JOB = """import ctypes, os, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
me, ledger = os.getpid(), []
def note(pid, parent, code): ledger.append((pid, parent, code)); return pid
for i in range(200):
    pid = os.fork()
    if not pid: os._exit(i % 7)
    os.waitpid(note(pid, me, i % 7), 0)
    done = subprocess.Popen(['/bin/sh', '-c', 'exit 3']); done.wait()
    note(done.pid, me, 3)
    os.waitpid(note(os.posix_spawn('/bin/true', ['true', str(i)], os.environ), me, 0), 0)
    pid = libc.syscall(435, (ctypes.c_uint64 * 8)(0, 0, 0, 0, 17, 0, 0, 0), 64)
    if not pid: os._exit(9)
    os.waitpid(note(pid, me, 9), 0)
for i in range(100):
    r, w = os.pipe()
    middle = os.fork()
    if not middle:
        last = os.fork()
        if last: os.write(w, str(last).encode()); os._exit(1)
        os._exit(2)
    os.close(w)
    os.waitpid(middle, 0)
    last = int(os.read(r, 20))
    note(middle, me, 1); note(last, middle, 2)
    os.close(r)
open(sys.argv[1], 'w').write(repr((me, ledger)))
"""


@test
def exec_tree(t):
    """A thousand processes by five roads: as many nodes, each with the parent that made it, and their exit codes."""
    ledger = t.tmp / "ledger"
    r = prove(t, "exec-tree", sys.executable, t.write("job.py", JOB), ledger)
    me, nodes = eval(ledger.read_text())
    t.equal(len(nodes), 1000)
    got = {row["pid"]: (row["data"]["parent"], row["data"]["code"]) for row in r.records("process")}
    t.equal(len(r.records("process")), 1001, "records")
    t.equal({pid: got.get(pid) for pid, _, _ in nodes}, {pid: (parent, code) for pid, parent, code in nodes})
    t.equal([pid for pid, (parent, _) in got.items() if parent not in got and pid != me], [], "orphans")
    arguments = sorted(row["data"]["args"] for row in r.records("process") if row["data"]["args"].startswith("true "))
    t.equal(arguments, sorted(f"true {i}" for i in range(200)))


@test
def exec_tree_figures(t):
    """Bytes, a signal, how long it lived."""
    (t.tmp / "f").write_text("x" * 5000)
    r = prove(t, "exec-tree", "sh", "-c", f"dd if={t.tmp}/f of={t.tmp}/g bs=1000 2>/dev/null; sleep 0.3; sh -c 'kill -9 $$'; exit 5", status=5)
    rows = {row["data"]["args"]: row["data"] for row in r.records("process")}
    dd = next(row for args, row in rows.items() if args.startswith("dd"))
    t.equal(dd["written"], 5000)
    t.check(dd["read"] >= 5000, f"{dd}")
    t.check(300e6 <= rows["sleep 0.3"]["lived"] < 60e9, f"{rows['sleep 0.3']}")
    t.equal((rows["sh -c kill -9 $$"]["code"], rows["sh -c kill -9 $$"]["signal"]), (0, 9))
    t.equal([row["code"] for args, row in rows.items() if args.startswith("sh -c dd")], [5])


@test
def ns_enter(t):
    """Who enters a container and reads its data is one row, with the login; what lives there, and who reads outside, is none."""
    t.need("unshare", "nsenter")
    data = t.tmp / "set"
    data.mkdir()
    (data / "f").write_text("x")
    ready = t.tmp / "ready"
    box = (f"unshare -mu --pid --fork sh -c 'echo box >/proc/sys/kernel/hostname; cat {data}/f; echo $$ >{ready}; exec sleep 60' & "
           f"outer=$!; while [ ! -s {ready} ]; do sleep 0.05; done; inner=$(cat /proc/$outer/task/$outer/children); cat {data}/f; "
           f"nsenter -t $inner -m -u -p cat {data}/f; cat {data}/f; kill -9 $inner; true")
    r = prove(t, "ns-enter", "sh", "-c", box, options=(f"--under={data}",))
    rows = [row for row in r.rows if row["type"] == "alert"]
    login = int(pathlib.Path("/proc/self/loginuid").read_text())
    t.equal([(row["rule"], row["data"]["path"], row["data"]["login"], row["data"]["box"], row["comm"]) for row in rows],
            [("entered", f"{data}/f", login, "box", "cat")])


@test
def data_latency(t):
    """A file system that takes 10 ms for each: a hundred of each in the bucket of 8 to 16 ms, unless the program waited longer, too."""
    t.need("unshare")
    mounted = t.tmp / "mounted"
    mounted.mkdir()
    r = prove(t, "data-latency", "unshare", "-m", sys.executable, HERE / "slowfs.py", mounted, options=(f"--under={mounted}",), status=None)
    if r.status == 2:
        t.skip("no FUSE can be mounted here")
    ledger = {words[0]: [int(n) for n in words[1:]] for words in map(str.split, r.out.splitlines())}
    t.equal({name: len(took) for name, took in ledger.items()}, dict.fromkeys(("open", "read", "write", "sync"), 100))
    for name, took in ledger.items():
        buckets = r.map(f"@{name}_us")["fuse"]
        t.equal(sum(b["count"] for b in buckets), 100, name)
        t.equal([b for b in buckets if b["count"] and b["min"] < 8192], [], f"{name}: less than 8 ms")
        for edge in (16384, 32768, 65536, 131072):
            above = sum(b["count"] for b in buckets if b["min"] >= edge)
            t.check(above <= sum(n >= edge * 1000 for n in took), f"{name}: {above} of {edge} us or more")
