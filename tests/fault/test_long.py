# SPDX-License-Identifier: Apache-2.0
"""What must not grow, however long it goes on: memory, descriptors, programs and maps of the kernel; and two
million events of which none is lost. DURATION, in seconds, makes the one that goes by time longer."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import threading
import time

from harness import held_objects, settled, test

PROGRAM = 'file:open /args.name == str($1)/ { emit opened { name = args.name }; }'
MIB = 1 << 20


def objects(kind):
    """IDs of the kernel's BPF objects that are named as ours are, or that a program of ours could have."""
    out = subprocess.run(["bpftool", "-j", kind, "show"], capture_output=True, check=False).stdout
    try:
        return {row["id"] for row in json.loads(out)}
    except ValueError:
        return set()


def memory(pid):
    """(VmRSS, memory of BPF maps but for the ring) of a process, in bytes."""
    rss = int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) * 1024
    maps = {}
    for info in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir():
        try:
            fields = dict(re.findall(r"(?m)^(\w+):\s+(\d+)$", info.read_text()))
        except OSError:
            continue
        if "map_id" in fields and fields["map_type"] != "27":
            maps[fields["map_id"]] = int(fields.get("memlock", 0))
    return rss, sum(maps.values())


@test(alone=True)
def attach_and_detach(t):
    """Nothing is more after a thousand cycles than after the first."""
    t.need("bpftool")
    rounds, peaks, db = t.times(30, 1000), [], t.tmp / "x.sqlite"
    held = {kind: objects(kind) for kind in ("prog", "map", "link")}
    before = int(open("/proc/sys/fs/file-nr").read().split()[0])
    for number in range(rounds):
        # A database of their own for each tenth, or looking at the last run would take longer each time.
        p = subprocess.Popen([t.binary, "-q", "--db", str(db) + str(number // 10), "-o", "/dev/null", "-e",
                              "file:open, tracepoint:sched:sched_process_exec, interval:ms:1 "
                              "{ @[probe] = count(); @s[comm] = hist(1); exit(); }"], stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = status
        t.equal(status, 0, f"status of cycle {number}")
        peaks.append(usage.ru_maxrss * 1024)
    left = {kind: settled(lambda kind=kind, ids=ids: [n for n in objects(kind) if n not in ids and n in ours(kind)], 20)
            for kind, ids in held.items()}
    t.equal(left, {"prog": [], "map": [], "link": []}, "objects left in the kernel")
    tenth = max(len(peaks) // 10, 3)
    first, last = max(peaks[:tenth]), max(peaks[-tenth:])
    t.measure(last < first + 2 * MIB, f"the first took {first / MIB:.1f} MiB, the last {last / MIB:.1f} MiB")
    after = int(open("/proc/sys/fs/file-nr").read().split()[0])
    t.figure(f"{rounds} cycles: no program, map or link left; memory of a run {first / MIB:.1f} MiB at first, "
             f"{last / MIB:.1f} MiB at last; files open on the machine {before} before, {after} after")


def ours(kind):
    """IDs of what only duetrace makes: programs that begin with its names, and maps and links of nobody who lives."""
    return objects(kind) - held_objects(kind)


@test(alone=True)
def descriptors_of_one_run(t):
    """While processes come and go by the thousand, the run has no more descriptors than for the 128 that it remembers."""
    true = shutil.copy("/bin/true", t.tmp / "duetrace-true")
    p = t.trace("-o", "/dev/null", "--db", t.tmp / "x.sqlite", "-e",
                'proc:exec /comm == "duetrace-true"/ { emit run { stack = ustack(3), program = exe }; }')
    number, most = t.times(400, 5000), 0
    load = t.start("sh", "-c", f"i=0; while [ $i -lt {number} ]; do {true}; i=$((i+1)); done")
    while load.popen.poll() is None:
        most = max(most, len(os.listdir(f"/proc/{p.pid}/fd")))
        time.sleep(0.05)
    t.equal(load.finish(600).status, 0)
    t.check(most < 40 + 2 * 128, f"{most} descriptors")
    t.equal(p.stop().status, 0)
    t.equal(t.sql(t.tmp / "x.sqlite", "select count(*) from run"), [(number,)])
    t.figure(f"{number} processes: {most} descriptors at most")


@test(alone=True)
def two_million_opens(t):
    """Two processes as fast as they can, default settings, into a database: every one is there."""
    t.unsanitized("the reader is several times as slow as it is")
    name, db, each = t.write("opened", "x"), t.tmp / "x.sqlite", t.times(150_000, 1_000_000)
    p = t.trace("--db", db, "-o", "/dev/null", "-e", PROGRAM, name)
    begun = time.monotonic()
    loads = [t.start(t.workload("opens"), name, str(each)) for _ in range(2)]
    for load in loads:
        t.equal(load.finish(1800).status, 0)
    took = time.monotonic() - begun
    r = p.stop()
    t.equal((r.status, "Lost" in r.err), (0, False), r.err)
    t.equal(t.sql(db, "select count(*) from opened"), [(2 * each,)], "stored")
    t.equal(t.sql(db, "select stored, lost, produced from runs"), [(2 * each, 0, 2 * each)])
    t.figure(f"{2 * each} opens in {took:.0f} s: 0 lost")


@test(alone=True)
def one_core_flat_out(t):
    """One CPU that does nothing but open a file, for a long time: every open is stored, and memory stays where it was."""
    t.unsanitized("the reader is several times as slow as it is")
    name, db, each, made, samples = t.write("opened", "x"), t.tmp / "x.sqlite", 500_000, 0, []
    seconds = float(os.environ.get("DURATION", t.times(10, 600)))
    p = t.trace("--db", db, "-o", "/dev/null", "-e", PROGRAM, name)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        t.equal(t.run("taskset", "-c", "0", t.workload("opens"), name, str(each), seconds=300).status, 0)
        made += each
        samples.append(memory(p.pid)[0])
    r = p.stop()
    t.equal((r.status, "Lost" in r.err), (0, False), r.err)
    t.equal(t.sql(db, "select stored, lost, produced from runs"), [(made, 0, made)])
    t.equal(t.sql(db, "select max(id) from opened"), [(made,)], "stored")
    t.measure(max(samples) < 64 * MIB, f"{max(samples) / MIB:.1f} MiB")
    if len(samples) >= 40:  # the ring's pages and the caches of the database are there after a tenth of them
        first, last = (max(part) for part in (samples[len(samples) // 10:len(samples) // 2], samples[len(samples) // 2:]))
        t.measure(last < first + MIB // 4, f"{first / MIB:.1f} MiB, then {last / MIB:.1f} MiB")
    t.figure(f"{made} opens in {seconds:.0f} s: 0 lost; {max(samples) / MIB:.1f} MiB at most, the ring among them")


CROWD = """let @paths = lruhash(1024);
file:open /comm == "crowd"/ { @paths[args.name]++; }
file:open /comm == "crowd" && once(args.name)/ { emit opened { name = args.name, exe = exe }; }
file:open /comm == "crowd" && once(pid)/ { emit process { number = pid, stack = ustack(2) }; }
"""


@test(alone=True)
def bounded_memory(t):
    """A million paths and many processes: memory stays where it was, and what was forgotten is counted."""
    paths, each = 1_000_000, 100
    seconds = float(os.environ.get("DURATION", t.times(15, 300)))
    folder, db = t.tmp / "folder", t.tmp / "x.sqlite"
    folder.mkdir()
    p = t.trace("--db", db, "-o", "/dev/null", "-e", CROWD)
    load = t.start(t.workload("crowd"), folder, str(paths), str(each), str(seconds), "50000")
    samples, done = [], threading.Event()

    def sample():
        while not done.wait(0.25):
            samples.append(memory(p.pid))
    thread = threading.Thread(target=sample)
    thread.start()
    try:
        r = load.finish(seconds + 120)
    finally:
        done.set()
        thread.join()
    t.equal(r.status, 0, r.err)
    processes, opens = (int(word) for word in r.out.split())
    r = p.stop()
    t.equal(r.status, 0, r.err)
    rss, maps = (max(column) for column in zip(*samples))
    t.measure(rss + maps < 64 * MIB, f"{rss / MIB:.1f} MiB and {maps / MIB:.1f} MiB of maps")
    # Flat from when all that remembers processes (4 096 of them, and what they run) is full; a shorter run cannot tell.
    if processes >= 9000:
        full = samples[len(samples) * 6000 // processes:]
        first, last = (max(r for r, _ in part) for part in (full[:len(full) // 2], full[len(full) // 2:]))
        t.measure(last < first + MIB // 4, f"{first / MIB:.1f} MiB, then {last / MIB:.1f} MiB")
    ((opened,), (told,)) = t.sql(db, "select count(*) from opened where name like 'path-%'") + t.sql(db, "select count(*) from process")
    ((lost,),) = t.sql(db, "select coalesce(sum(count), 0) from losses")
    forgotten = [int(n) for n in re.findall(r"(\d+) keys of once\(\) or limit\(\) were forgotten", r.err)]
    # Names and processes are new when they come by again after a million, and the first process is the workload's.
    t.check(opened <= opens and told <= processes + 1 and opened + told + lost >= opens + processes + 1,
            f"{opens} opens, {opened} new; {processes} processes, {told} new; {lost} lost")
    # What was put in is still there, as 4 096 of each can be, or was forgotten; two names more are the C library's.
    new = opened + told + lost + 2
    t.check(new - 2 * 4096 <= sum(forgotten) <= new, f"{forgotten} forgotten of {opened} and {told}")
    t.figure(f"{seconds:.0f} s, {opens} opens of {min(opens, paths)} paths by {processes} processes, {opens / seconds:.0f} a second, "
             f"{lost} lost and counted: {rss / MIB:.1f} MiB at most and {maps / MIB:.1f} MiB of maps; {sum(forgotten)} keys forgotten")
