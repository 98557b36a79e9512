# SPDX-License-Identifier: Apache-2.0
"""What a script must not fall for: see the table of docs/library.md."""
import json
import os
import sys

from harness import test
from proof import inside, prove, python


@test
def descriptors_that_were_not_opened_here(t):
    """Inherited, duplicated, opened by a thread: the bytes are the reader's, at the file's path; a short read counts what it gave."""
    data = t.tmp / "data"
    data.mkdir()
    for name, size in (("inherited", 5000), ("duplicated", 10), ("thread", 70)):
        (data / name).write_bytes(b"x" * size)
    r = prove(t, "read-bytes", "sh", "-c", f"exec 7<{data}/inherited; cat <&7 >/dev/null; exec {sys.executable} -c \"$0\"", "\n".join((
        "import os, threading", f"a = os.open('{data}/duplicated', 0); b = os.dup2(a, 30); os.close(a)",
        "assert len(os.read(b, 1 << 20)) == 10", "got = []",
        f"t = threading.Thread(target=lambda: got.append(os.open('{data}/thread', 0))); t.start(); t.join()",
        "assert len(os.read(got[0], 100)) == 70")), options=(f"--under={data}",))
    t.equal({key.rpartition(",")[0].rpartition("/")[2]: n for key, n in r.map("@bytes").items()},
            {"inherited": 5000, "duplicated": 10, "thread": 70})


@test
def name_that_changes_under_the_kernel(t):
    """A thread rewrites the name while it is opened: the path is that of what was opened, whatever the memory says later."""
    data = t.tmp / "data"
    data.mkdir()
    for name in ("one", "two"):
        (data / name).write_text("x")
    r = prove(t, "open-log", *python(
        "import ctypes, os, threading", "libc = ctypes.CDLL(None)", f"names = [b'{data}/one', b'{data}/two']",
        "text = ctypes.create_string_buffer(names[0], 4096); end = threading.Event()", "def flip():",
        "  while not end.is_set():", "    ctypes.memmove(text, names[1], len(names[1])); ctypes.memmove(text, names[0], len(names[0]))",
        "t = threading.Thread(target=flip); t.start()", "for i in range(300):", "  fd = libc.syscall(257, -100, text, 0)",
        "  print(os.readlink(f'/proc/self/fd/{fd}')); os.close(fd)", "end.set(); t.join()"), options=(f"--under={data}",))
    t.equal(inside(r.data("open", "path"), data), r.out.split())


@test
def names_of_bytes(t):
    """Neither a new line nor bytes that are no UTF-8 make another row, or JSON that is none."""
    data = t.tmp / "data"
    data.mkdir()
    names = (b"new\nline", b"\xff\xfe", b"\x1b[31mred", "ü".encode())
    for name in names:
        with open(os.fsencode(data) + b"/" + name, "wb"):
            pass
    work = python("import os", f"d = os.fsencode('{data}')", "for n in sorted(os.listdir(d)): os.close(os.open(d + b'/' + n, 0))")
    r = prove(t, "open-log", *work, options=(f"--under={data}",))
    t.equal(len(r.records("open")), 1 + len(names), "the folder and its files")
    for row in r.records("open"):
        json.dumps(row).encode("utf-8")
    out = t.tmp / "text"
    t.equal(t.duetrace("-q", "-o", out, "open-log", "--", f"--under={data}", "--run", *work).status, 0)
    lines = [line for line in out.read_bytes().splitlines() if line]
    t.equal(len(lines), 1 + 1 + len(names), "the header, the folder and its files")
    t.absent("[\x1b\xff]", out.read_text(errors="surrogateescape"))


@test
def roots_of_others(t):
    """In a chroot and another mount namespace the path is absolute where the process sees it."""
    t.need("unshare", "mount", "chroot")
    data = t.tmp / "data"
    (data / "etc").mkdir(parents=True)
    (data / "etc" / "f").write_text("x")
    r = prove(t, "open-log", *python("import os", f"os.chroot('{data}')", "os.chdir('/etc')", "os.open('f', 0); os.open('/etc/../etc/f', 0)"))
    t.equal([path for path, name in r.data("open", "path", "name") if name.endswith("f") and "/etc/" in path and path.endswith("/f")],
            [f"{data}/etc/f"] * 2)
