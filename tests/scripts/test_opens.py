# SPDX-License-Identifier: Apache-2.0
"""Who opened what: openfiles2, open-log, open-count, open-denied, dir-scan."""
import os
import platform
import re

from harness import ROOT, test
from proof import SCRIPTS, inside, prove, python

WORKLOADS = ROOT / "tests" / "run" / "workload"
NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")


def opens_of(t, shell_words, name):
    """What openfiles.dt and openfiles2.dt print of one command of a shell, in a folder of data."""
    t.need("bash")
    shell = t.start("bash")
    env = {"PATH": f"{os.path.dirname(t.binary)}:{os.environ['PATH']}"}
    tracer = t.start(SCRIPTS / f"{name}.dt", str(shell.pid), env=env).attached()
    shell.send(f"{shell_words}\n")
    r = tracer.finish()
    shell.finish()
    return [line for line in r.out.splitlines() if "/data/" in line]


@test
def openfiles2(t):
    """Of eight ways to open a file the taught script sees the openat's of the first process."""
    data = t.tmp / "data"
    data.mkdir()
    for i in range(8):
        (data / f"f{i}").write_text("x")
    program = t.write("ways.py", "\n".join((
        "import ctypes, os, subprocess, threading",
        "libc = ctypes.CDLL(None)",
        f"d = '{data}/f%d'",
        "os.open(d % 0, 0)",                                          # openat
        "libc.syscall(2, (d % 1).encode(), 0)",                       # open
        "how = (ctypes.c_uint64 * 3)()",
        "libc.syscall(437, -100, (d % 2).encode(), how, 24)",         # openat2
        "thread = threading.Thread(target=os.open, args=(d % 3, 0))", # a thread
        "thread.start(); thread.join()",
        "os.waitpid(os.posix_spawn('/bin/sh', ['sh', '-c', ': < ' + d % 4], os.environ), 0)",
        "subprocess.run(['/bin/sh', '-c', ': < ' + d % 5])",          # vfork
        "os.close(0); os.open(d % 6, 0)",                             # descriptor 0
        "os.kill(os.fork() or os._exit(0), 0)",
        "os.open(d % 7, 0)"
    )))
    want = [f"{data}/f{i}" for i in range(8)]
    if platform.machine() != "x86_64":
        t.skip("the workload's numbers of system calls are of x86_64")
    r = prove(t, "open-log", *python(f"exec(open({program!r}).read())"))
    t.equal(inside(r.data("open", "path"), data), want, "the workload, by open-log")
    t.equal(opens_of(t, f"python3 {program}", "openfiles2"), want, "openfiles2")
    got = opens_of(t, f"python3 {program}", "openfiles")
    t.equal(got, [f"{data}/f{i}" for i in (0, 3, 7)], "openfiles")


@test
def openfiles2_first_child_is_killed(t):
    """The run ends though the child never calls exit_group; openfiles.dt would wait for ever."""
    t.need("bash")
    shell = t.start("bash")
    env = {"PATH": f"{os.path.dirname(t.binary)}:{os.environ['PATH']}"}
    tracer = t.start(SCRIPTS / "openfiles2.dt", str(shell.pid), env=env).attached()
    shell.send(f"sh -c 'read x <{t.write('data', 'x')}; kill -9 $$'\n")
    r = tracer.finish()
    t.found(f"(?m)^{t.tmp}/data$", r.out)
    t.equal(r.status, 0)


@test
def open_log(t):
    """Opens in every way there is: as many rows as the workload's ledger, with its paths and results."""
    data = t.tmp / "data"
    data.mkdir()
    comm = f"ol{os.getpid()}"
    for part in ("calls", "failures", "uring"):
        place = data / part
        place.mkdir()
        r = prove(t, "open-log", t.workload("data_open"), os.path.realpath(place), comm, part)
        # ret|ok|errno|via|flags|mode|fd|access|type|dev|ino|owner|path|name
        ledger = [line.split("|") for line in r.out.splitlines() if re.match(r"-?\d+\|[01]\|", line)]
        want = [(int(row[0]), row[3], row[12], row[13]) for row in ledger]
        t.check(len(want) > 5, f"{part}: {len(want)} rows in the ledger")
        rows = [row for row in r.records("open") if row["comm"] == comm or row["data"]["via"] == "uring"]
        got = [tuple(row["data"][f] for f in ("ret", "via", "path", "name")) for row in rows]
        t.equal(got, want, part)


@test
def open_log_one_file_by_many_names(t):
    """Relative, through .., a directory's descriptor, links, /proc/self/fd: one path."""
    data = t.tmp / "data"
    (data / "sub").mkdir(parents=True)
    (data / "f").write_text("x")
    (data / "link").symlink_to("f")
    r = prove(t, "open-log", *python(
        "import os", f"os.chdir('{data}')", "os.open('f', 0)", "os.open('./sub/../f', 0)",
        "os.open('link', 0)", "d = os.open('sub', 0)", "os.open('../f', 0, dir_fd=d)",
        "fd = os.open('/proc/self/cwd/f', 0)", "os.open(f'/proc/self/fd/{fd}', 0)", "open('f', 'a')"))
    names = [name for path, name in r.data("open", "path", "name") if path == f"{data}/f"]
    t.equal([re.sub(r"fd/\d+", "fd/N", name) for name in names],
            ["f", "./sub/../f", "link", "../f", "/proc/self/cwd/f", "/proc/self/fd/N", "f"])


@test
def open_log_options(t):
    """--failed, --user, a process to follow."""
    data = t.tmp / "data"
    data.mkdir()
    (data / "f").write_text("x")
    work = ("sh", "-c", f"cat {data}/f {data}/none; setpriv --reuid 1234 cat {data}/f; exit 0")
    for options, want in (((), [(f"{data}/f", 0), (f"{data}/none", 0), (f"{data}/f", 1234)]),
                          (("--failed",), [(f"{data}/none", 0)]),
                          (("--user=1234",), [(f"{data}/f", 1234)]),
                          (("--container=none",), [])):
        r = prove(t, "open-log", *work, options=options)
        t.equal(inside(r.data("open", "path", "uid"), data), want, str(options))
    shell = t.start("sh", "-c", f"read line; cat {data}/f")
    stranger = t.start("sh", "-c", f"read line; cat {data}/f")
    tracer = t.trace(SCRIPTS / "open-log.dt", str(shell.pid))
    for process in (shell, stranger):
        process.send("go\n")
        process.finish()
    t.equal(tracer.stop().out.count(f"{data}/f"), 2, "path and name, once")


@test
def open_count(t):
    """A hundred appends and a read are 101, and stay 101 when the file is removed."""
    data = t.tmp / "data"
    data.mkdir()
    for more in ("", f"os.remove('{data}/f')"):
        r = prove(t, "open-count", *python(
            "import os", "for i in range(100):", f"  open('{data}/f', 'a').write('x')",
            f"open('{data}/f').read()", more))
        got = {key: n for key, n in r.map("@opens").items() if key.startswith(f"{data}/")}
        t.equal(list(got.values()), [101])
        t.found(rf"^{data}/f,python", list(got)[0])


@test
def open_count_top(t):
    data = t.tmp / "data"
    data.mkdir()
    for name in "abc":
        (data / name).write_text("x")
    r = prove(t, "open-count", *python(f"for name, n in (('a', 700), ('b', 900), ('c', 800)):",
                                       f"  for i in range(n): open('{data}/' + name)"), options=("--top=2",))
    t.equal(sorted((key.split(",")[0], n) for key, n in r.map("@opens").items()),
            [(f"{data}/b", 900), (f"{data}/c", 800)])


@test
def open_denied(t):
    """25 opens of a file without permissions by nobody; root's own opens of it are allowed."""
    secret = t.write("secret", "x", 0)
    program = f"for i in $(seq 25); do (: <{secret}) 2>/dev/null; done; cat {t.tmp}/none; true"
    r = prove(t, "open-denied", *NOBODY, "sh", "-c", program)
    t.equal(inside(r.data("denied", "path", "errno", "uid", "writes"), t.tmp), [(secret, 13, 65534, False)] * 25)
    r = prove(t, "open-denied", "sh", "-c", program)
    t.equal(inside(r.data("denied", "path"), t.tmp), [])


@test
def dir_scan(t):
    """find reads a thousand directories, ls one."""
    t.need("find")
    data = t.tmp / "data"
    for i in range(9):
        for j in range(110):
            (data / str(i) / str(j)).mkdir(parents=True)
    folders = sum(1 for _ in os.walk(data))
    t.equal(folders, 1000, "directories")
    r = prove(t, "dir-scan", "sh", "-c", f"find {data} >/dev/null; ls {data} >/dev/null")
    got = {tuple(key.split(","))[0]: n for key, n in r.map("@directories").items()}
    t.equal(got, {"find": 1000, "ls": 1})


@test
def open_odd(t):
    """Five roads of one program, a ring's and a 32-bit program's; an ordinary open, and /proc/self/stat, are none."""
    data = t.tmp / "data"
    data.mkdir()
    (data / "f").write_text("x")
    r = prove(t, "open-odd", *python(
        "import ctypes, os", "libc = ctypes.CDLL(None, use_errno=True)", f"os.chdir('{data}')",
        "d = os.open('.', 0)", "handle = (ctypes.c_char * 136)(); handle[0] = 128", "mount = ctypes.c_int()",
        "if libc.name_to_handle_at(-100, b'f', handle, ctypes.byref(mount), 0): print('no handles')",
        "else: assert libc.open_by_handle_at(d, handle, 0) > 0",
        "only = os.open('f', os.O_PATH)", "os.open(f'/proc/self/fd/{only}', 0)",
        "os.open('.', os.O_TMPFILE | os.O_RDWR)", "os.open('/proc/self/root' + os.getcwd() + '/f', 0)",
        "os.open(f'/proc/self/fd/{os.memfd_create(\"m\")}', 0)", "os.open('f', 0)", "os.open('/proc/self/stat', 0)"))
    handles = [] if "no handles" in r.out else ["handle"]
    t.equal(r.data("odd", "road"), [*handles, "reopen", "nameless", "root", "memory"])
    t.equal(r.data("odd", "path")[len(handles)::2], [f"{data}/f", f"{data}/f"])
    for part, road in (("uring", "uring"), ("compat", "32-bit")):
        place = data / part
        place.mkdir()
        r = prove(t, "open-odd", t.workload("data_open"), os.path.realpath(place), "odd", part, status=None)
        via = {"uring": "uring", "32-bit": "compat"}[road]
        ledger = [line for line in r.out.splitlines() if re.match(rf"\d+\|1\|0\|{via}\|", line)]
        t.equal(r.data("odd", "road").count(road), len(ledger), road)
