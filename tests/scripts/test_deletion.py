# SPDX-License-Identifier: Apache-2.0
"""What was deleted, destroyed, renamed: delete-log, wipe, retention, name-change."""
import os

from harness import test
from proof import inside, prove, python


@test
def delete_log(t):
    """200 names four ways: unlink, unlinkat, find -delete, rmdir; what fails is shown when asked for."""
    t.need("find", "rm")
    data = t.tmp / "data"
    for way in ("unlink", "rm", "find"):
        (data / way).mkdir(parents=True)
        for i in range(50):
            (data / way / f"f{i}").write_text("x")
    for i in range(50):
        (data / "rmdir" / f"f{i}").mkdir(parents=True)
    program = t.write("work.py", "import os\nfor i in range(50):\n"
                      f"  os.unlink('{data}/unlink/f%d' % i)\n  os.rmdir('{data}/rmdir/f%d' % i)\n")
    work = ("sh", "-c", f"python3 {program}; cd {data} && rm rm/f*; find {data}/find -type f -delete; "
            f"rm -f {data}/none; rmdir {data}/find/none 2>/dev/null; true")
    want = {f"{data}/{way}/f{i}" for way in ("unlink", "rm", "find", "rmdir") for i in range(50)}
    r = prove(t, "delete-log", *work)
    got = inside(r.data("deleted", "path", "dir"), data)
    t.equal(len(got), 200, "rows")
    t.equal(dict(got), {path: "/rmdir/" in path for path in want})
    t.equal([path for path in want if os.path.exists(path)], [])
    r = prove(t, "delete-log", "sh", "-c", f"rmdir {data}/none {data} 2>/dev/null; rmdir {data}/rm; true",
              options=("--failed",))
    t.equal([row for row in r.data("deleted", "path", "errno", "comm") if row[2] == "rmdir"],
            [(f"{data}/none", 2, "rmdir"), (str(data), 39, "rmdir")])


@test
def wipe(t):
    """shred goes over a file three times, one O_TRUNC, one truncate; appends and new files are nothing."""
    t.need("shred")
    data = t.tmp / "data"
    data.mkdir()
    (data / "secret").write_bytes(b"x" * (1 << 20))
    (data / "emptied").write_bytes(b"x" * 100)
    (data / "cut").write_bytes(b"x" * 100)
    (data / "log").write_bytes(b"x" * 100)
    r = prove(t, "wipe", "sh", "-c", f"shred -n 3 {data}/secret; : >{data}/emptied; truncate -s 5 {data}/cut; "
              f"echo more >>{data}/log; cat {data}/log >/dev/null; mkdir {data}/new; "
              f"cp -n {data}/log {data}/new/log; chmod 600 {data}/log")
    t.equal(inside(r.data("wiped", "path", "how"), data),
            [(f"{data}/secret", "overwritten")] * 3 + [(f"{data}/emptied", "emptied"), (f"{data}/cut", "cut")])


@test
def wipe_descriptor_is_used_again(t):
    """A file that is new gets the number that an old one had."""
    data = t.tmp / "data"
    data.mkdir()
    (data / "old").write_text("x" * 10)
    r = prove(t, "wipe", *python("import os", f"fd = os.open('{data}/old', os.O_WRONLY)", "os.close(fd)",
                                 f"new = os.open('{data}/new', os.O_WRONLY | os.O_CREAT)", "assert new == fd",
                                 "os.write(new, b'x')"))
    t.equal(inside(r.data("wiped", "path", "how"), data), [])


@test
def retention(t):
    """Files that live one, two and three seconds, by their own clock, within 50 ms; one that was there before."""
    data = t.tmp / "data"
    data.mkdir()
    (data / "before").write_text("x")
    r = prove(t, "retention", *python(
        "import os, threading, time", f"d = '{data}/'", "def live(n):",
        "  a = time.monotonic_ns(); fd = os.open(d + str(n), 0o101); b = time.monotonic_ns()",
        "  time.sleep(n)",
        "  c = time.monotonic_ns(); os.unlink(d + str(n)); e = time.monotonic_ns()",
        "  os.write(1, b'%d %d %d\\n' % (n, c - b, e - a))",
        "live(1)", "live(2)", "live(3)", "os.unlink(d + 'before')"))
    ages = {path: ns / 1e6 for path, ns in inside(r.data("deleted", "path", "age"), data)}
    ledger = {n: (low / 1e6, high / 1e6) for n, low, high in (map(int, line.split()) for line in r.out.splitlines())}
    t.equal(sorted(ages), [f"{data}/{n}" for n in (1, 2, 3)])
    for n, (low, high) in ledger.items():
        age = ages[f"{data}/{n}"]
        t.check(low - 1 <= age <= high + 1 and high - low < 5000, f"{n}: {low} {age} {high}")
        t.check(high - low > 50 or abs(age - (low + high) / 2) <= 50, f"{n}: {low} {age} {high}")


@test
def name_change(t):
    """Nine forms: rename, into a directory, over a file, renameat, NOREPLACE, EXCHANGE, link, linkat, symlink."""
    data = t.tmp / "data"
    (data / "sub").mkdir(parents=True)
    for name in "abcdef":
        (data / name).write_text(name)
    r = prove(t, "name-change", *python(
        "import ctypes, os", "libc = ctypes.CDLL(None, use_errno=True)", f"os.chdir('{data}')",
        "d = os.open('sub', 0)",
        "os.rename('a', 'a1')", "os.rename('a1', 'sub/a')", "os.rename('b', 'c')",
        "os.rename('c', 'c1', dst_dir_fd=d)",
        "assert libc.renameat2(-100, b'd', -100, b'd1', 1) == 0",
        "assert libc.renameat2(-100, b'e', -100, b'f', 2) == 0",
        "os.link('e', 'e1')", "os.link('e', 'e2', dst_dir_fd=d)", "os.symlink('../e', 'sub/to-e')",
        "assert libc.renameat2(-100, b'd1', -100, b'e', 1) == -1"))
    t.equal([(how, a.removeprefix(f"{data}/"), b.removeprefix(f"{data}/"))
             for how, a, b in r.data("name", "how", "from", "to")],
            [("rename", "a", "a1"), ("rename", "a1", "sub/a"), ("rename", "b", "c"), ("rename", "c", "sub/c1"),
             ("rename", "d", "d1"), ("exchange", "e", "f"), ("link", "e", "e1"), ("link", "e", "sub/e2"),
             ("symlink", "../e", "sub/to-e")])
