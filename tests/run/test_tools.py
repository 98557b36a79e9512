# SPDX-License-Identifier: Apache-2.0
"""tests/tools: the tools that people copy, in bpftrace's manner. Each runs beside a workload whose
doings are known; what other processes do at the same time is left out of what is compared."""
import os
import re
import signal

from harness import ROOT, test

TOOLS = ROOT / "tests/tools"


def tool(t, name, *words):
    return t.start(t.binary, TOOLS / f"{name}.dt", *words).attached()


def named(t, name):
    """A copy of python whose comm is the tool's own."""
    path = t.tmp / name
    if not path.exists():
        path.symlink_to(os.path.realpath("/usr/bin/python3"))
    return str(path)


def rows_of(text, comm):
    return [line for line in text.splitlines() if comm in line]


def direct(t, name, size, count, *, sync=False):
    """Write `count` blocks of `size` bytes around the page cache, as process `name`; False: not here."""
    code = "\n".join((
        "import mmap, os, sys",
        f"fd = os.open({str(t.tmp / 'blocks')!r}, os.O_RDWR | os.O_CREAT | os.O_DIRECT, 0o600)",
        f"m = mmap.mmap(-1, {size}); m.write(b'x' * {size})",
        f"os.posix_fallocate(fd, 0, {size * count})",
        f"for i in range({count}): os.pwrite(fd, m, i * {size})",
        "os.fsync(fd)" if sync else "", "os.close(fd)"))
    r = t.run(named(t, name), "-c", code)
    if "Invalid argument" in r.err:
        t.skip("the file system of the tests has no direct I/O")
    t.equal(r.status, 0, r.err)


def need_disk(t):
    device = os.stat(t.tmp).st_dev
    if not os.path.exists(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}"):
        t.skip("the files of the tests are on no block device")


def need_io_start(t):
    need_disk(t)
    if "block_io_start" not in t.duetrace("-l", "tracepoint:block:block_io_*").out:
        t.skip("the kernel has no tracepoint block_io_start")


def histogram(text, key):
    """bucket -> count of one keyed histogram."""
    found = re.search(rf"(?m)^@\[{re.escape(key)}\]:\n((?:[\[(].*\n)+)", text)
    return {row[0]: int(row[1]) for row in re.findall(r"(?m)^([\[(][^)\]]*[)\]])\s+(\d+) \|",
                                                      found[1])} if found else {}


def counts(rows):
    """lower bound -> count of the rows of hist()."""
    units = {"K": 1 << 10, "M": 1 << 20}
    low = {text: text.strip("[()]").split(",")[0] for text in rows}
    return {int(low[text].rstrip("KM")) * units.get(low[text][-1], 1): n for text, n in rows.items()}


def powers(values):
    """What hist() must count, for values above 1."""
    found = {}
    for value in values:
        low = 1 << value.bit_length() - 1
        found[low] = found.get(low, 0) + 1
    return found


@test
def bitesize(t):
    """The histogram is that of the requests, whatever the file system made of the writes: another
    run that began before and ends after says each of them, of the same process."""
    need_disk(t)
    ledger = t.start(t.binary, "-o", t.tmp / "ledger", "-e", "tracepoint:block:block_rq_issue "
                     '/args.comm == "bitesize-io"/ { printf("%d\\n", args.bytes); }').attached()
    p = tool(t, "bitesize")
    direct(t, "bitesize-io", 4096, 50)
    r = p.stop()
    ledger.stop()
    t.found(r"Tracing block device I/O\.\.\. Hit Ctrl-C to end\.\n", r.out)
    t.found(r"\nI/O size \(bytes\) histograms by process name:", r.out)
    sizes = [int(line) for line in (t.tmp / "ledger").read_text().split()]
    t.check(sizes.count(4096) >= 50 and sum(sizes) >= 50 * 4096, f"{sizes}")
    t.equal({low: n for low, n in counts(histogram(r.out, "bitesize-io")).items() if n},
            {low: n for low, n in powers(sizes).items() if n})


@test
def biolatency(t):
    need_disk(t)
    p = tool(t, "biolatency")
    direct(t, "biolatency-io", 4096, 50)
    r = p.stop()
    found = re.search(r"(?m)^@usecs:\n((?:[\[(].*\n)+)", r.out)
    t.check(found, f"no histogram:\n{r.out}")
    total = sum(int(n) for n in re.findall(r"(?m)^[\[(][^)\]]*[)\]]\s+(\d+) \|", found[1]))
    t.check(total >= 50, f"{total} requests")
    t.absent("@start", r.out)


@test
def biosnoop(t):
    need_io_start(t)
    p = tool(t, "biosnoop")
    direct(t, "biosnoop-io", 65536, 20)
    r = p.stop()
    t.equal(r.out.split("\n")[0], "TIME(ms)     COMM             PID     OP           SECTOR  LAT(us)")
    rows = [line.split() for line in rows_of(r.out, "biosnoop-io")]
    writes = [row for row in rows if row[3].startswith("WS")]
    t.check(18 <= len(writes) <= 24, f"{len(writes)} writes")
    t.equal(len({row[2] for row in rows}), 1, "processes")
    sectors = [int(row[4]) for row in writes]
    t.check(len(set(sectors)) == len(sectors), "each write is of its own sectors")
    t.absent("(?m)^@", r.out)


def in_turns(t, seconds=0.5):
    """Two processes on one CPU, which wait for each other until each had it for so long. They are of
    one session: the kernel may keep a queue for each (sched_autogroup_enabled)."""
    cpu = min(os.sched_getaffinity(0))
    code = f"import os, time\nos.sched_setaffinity(0, [{cpu}])\nchild = os.fork()\n" \
           f"while time.process_time() < {seconds}: pass\n" \
           "if child: os._exit(os.wait()[1])"
    t.equal(t.run(named(t, "turns"), "-c", code).status, 0)


@test
def runqlat(t):
    p = tool(t, "runqlat")
    in_turns(t)
    r = p.stop()
    found = t.found(r"(?m)^@usecs:\n((?:[\[(].*\n)+)", r.out)
    rows = re.findall(r"(?m)^\[(\d+K?), \S+\s+(\d+) \|", found[1])
    # who shares a CPU waits for a slice of it: more than 512 us
    waits = sum(int(n) for low, n in rows if low.endswith("K") or int(low) >= 512)
    t.check(waits >= 10, f"{waits} waits of a slice:\n{r.out}")
    t.absent("@qtime", r.out)


@test
def runqlen(t):
    """While two processes share a CPU, one waits."""
    if not re.search(r"\bh_nr_queued;", t.duetrace("-lv", "struct cfs_rq").out):
        t.skip("the kernel calls it otherwise")
    p = tool(t, "runqlen")
    in_turns(t, 1)
    r = p.stop()
    found = t.found(r"(?m)^@runqlen:\n((?:\[.*\n)+)", r.out)
    lengths = {int(low): int(n) for low, n in re.findall(r"(?m)^\[(\d+)\]\s+(\d+) \|", found[1])}
    # of two seconds, as long as neither has ended
    t.check(sum(n for low, n in lengths.items() if low >= 1) >= 50, f"{lengths}")
    t.check(max(lengths) < 100, f"{lengths}")


@test
def cpuwalk(t):
    p = tool(t, "cpuwalk")
    in_turns(t, 1)
    r = p.stop()
    found = t.found(r"(?m)^@cpu:\n((?:\[.*\n)+)", r.out)
    cpus = {int(low): int(n) for low, n in re.findall(r"(?m)^\[(\d+)\]\s+(\d+) \|", found[1])}
    t.check(cpus.get(min(os.sched_getaffinity(0)), 0) >= 20, f"{cpus}")
    t.check(set(cpus) <= set(range(os.cpu_count())), f"{cpus}")


@test
def syscount(t):
    p = tool(t, "syscount")
    t.run(named(t, "syscount-work"), "-c", "import os\nfor i in range(200000): os.getppid()")
    r = p.stop()
    number = 110 if os.uname().machine == "x86_64" else 173
    t.check(int(t.found(rf"(?m)^@syscall\[{number}\]: (\d+)$", r.out)[1]) >= 200000, "getppid")
    t.check(int(t.found(r"(?m)^@process\[syscount-work\]: (\d+)$", r.out)[1]) >= 200000, "process")
    first, second = r.out.split("\nTop 10 processes:\n")
    t.found("^Counting syscalls... Hit Ctrl-C to end.\n\nTop 10 syscalls IDs:\n", first)
    for part in (first, second):
        counts = [int(n) for n in re.findall(r"(?m)^@\w+\[.*\]: (\d+)$", part)]
        t.check(0 < len(counts) <= 10 and counts == sorted(counts), f"{counts}")


@test
def pidpersec(t):
    p = tool(t, "pidpersec")
    t.run("sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do /bin/true; done")
    p.wait_for(r"PIDs/sec: @: \d+\n(?s:.*)PIDs/sec: ")
    r = p.stop()
    counts = [int(n) for n in re.findall(r"(?m)^\d\d:\d\d:\d\d PIDs/sec: @: (\d+)$", r.out)]
    t.check(sum(counts) >= 11, f"{counts}")


@test
def opensnoop(t):
    p = tool(t, "opensnoop")
    there = t.write("is-there", "x")
    t.run("cat", there)
    t.run("cat", str(t.tmp / "is-not"))
    r = p.stop()
    t.found(r"^PID    COMM               FD ERR PATH\n", r.out)
    t.found(rf"(?m)^\d+ +cat +\d+   0 {re.escape(there)}$", r.out)
    t.found(rf"(?m)^\d+ +cat +-1   2 {re.escape(str(t.tmp))}/is-not$", r.out)


@test
def execsnoop(t):
    p = tool(t, "execsnoop")
    t.run("/bin/echo", "one", "two three", "snooped")
    r = p.stop()
    t.found(rf"(?m)^ *\d\d:\d\d:\d\d\.\d{{6}} \d+ +{os.getpid()} +/bin/echo one two three snooped$", r.out)


@test
def killsnoop(t):
    victim = t.start("sleep", "60")
    p = tool(t, "killsnoop")
    t.run("bash", "-c", f"kill -CONT {victim.pid}; kill -0 4194303")
    r = p.stop()
    t.found(rf"(?m)^\d\d:\d\d:\d\d  \d+ +bash +{signal.SIGCONT.value}   {victim.pid} +0$", r.out)
    t.found(r"(?m)^\d\d:\d\d:\d\d  \d+ +bash +0    4194303 -3$", r.out)


@test
def statsnoop(t):
    p = tool(t, "statsnoop")
    t.run(named(t, "stats"), "-c", "import os\nos.path.exists('/no/such/thing/at/all')")
    r = p.stop()
    t.found(r"(?m)^\d+ +stats +2 /no/such/thing/at/all$", r.out)


@test
def syncsnoop(t):
    p = tool(t, "syncsnoop")
    path = t.write("synced", "x")
    t.run(named(t, "syncs"), "-c", f"import os\nfd = os.open({path!r}, 1)\n"
          "for i in range(3): os.fsync(fd)\nos.fdatasync(fd)")
    r = p.stop()
    t.equal([line.split()[-1] for line in rows_of(r.out, "syncs")],
            ["tracepoint:syscalls:sys_enter_fsync"] * 3 + ["tracepoint:syscalls:sys_enter_fdatasync"])


@test
def writeback(t):
    """It attaches to what it needs; that something is written back soon nobody promises."""
    p = tool(t, "writeback")
    r = p.stop()
    t.equal(r.status, 0)
    t.found(r"^TIME      DEVICE   PAGES    REASON           ms\n", r.out)
    t.absent("(?m)^@", r.out)


@test
def mountsnoop(t):
    p = tool(t, "mountsnoop")
    t.run("unshare", "-m", "sh", "-c", f"mount -t tmpfs snooped {t.tmp} && umount {t.tmp}")
    r = p.stop()
    where = re.escape(str(t.tmp))
    t.found(rf'(?m)^mount +\d+ +\d+ +mount\("snooped", "{where}", "tmpfs"\)$', r.out)
    t.found(rf'(?m)^umount +\d+ +\d+ +umount\("{where}"\)$', r.out)


@test
def faults(t):
    p = tool(t, "faults")
    t.run("bash", "-c", 'exec -a faulting "$0" faults 3000', t.workload("perf"))
    r = p.stop()
    n = int(t.found(r"(?m)^@\[perf\]: (\d+)$", r.out)[1])
    t.check(3000 <= n <= 3400, f"{n} faults")
