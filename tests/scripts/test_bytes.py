# SPDX-License-Identifier: Apache-2.0
"""Bytes: read-bytes, write-bytes, map-data, uring-data, top-data."""
import os
import random
import re
import sys

from harness import test
from proof import SCRIPTS, prove, python


def of_data(table, folder):
    """{(name in the folder, program): number}"""
    return {(key.rpartition(",")[0].removeprefix(f"{folder}/"), key.rpartition(",")[2]): n
            for key, n in table.items() if key.startswith(f"{folder}/")}


@test
def read_bytes(t):
    """64 KiB a thousand times; a copy that calls no read, one that does, sendfile; failures are nothing."""
    t.need("dd", "cp")
    data = t.tmp / "data"
    data.mkdir()
    (data / "big").write_bytes(b"x" * 65536)
    (data / "f").write_bytes(os.urandom(300000))
    program = t.write("send.py", "import os\n"
                      f"a = os.open('{data}/f', 0); b = os.open('{data}/sent', 0o101)\n"
                      "while os.sendfile(b, a, None, 70000): pass\n"
                      "try: os.read(os.open('.', 0), 5)\nexcept OSError: pass\n")
    r = prove(t, "read-bytes", "sh", "-c", f"dd if={data}/big of=/dev/null bs=64K iflag=fullblock count=1 2>/dev/null; "
              f"cp {data}/f {data}/copy; cat {data}/f >/dev/null; python3 {program}")
    got = {key: n for key, n in of_data(r.map("@bytes"), data).items() if not key[1].startswith("python")}
    t.equal(got, {("big", "dd"): 65536, ("f", "cp"): 300000, ("f", "cat"): 300000})
    t.equal([n for key, n in of_data(r.map("@bytes"), data).items() if key[1].startswith("python")], [300000])
    t.equal((data / "copy").read_bytes(), (data / "f").read_bytes())


@test
def read_bytes_a_thousand_times(t):
    data = t.tmp / "data"
    data.mkdir()
    (data / "big").write_bytes(b"x" * 65_536_000)
    r = prove(t, "read-bytes", "dd", f"if={data}/big", "of=/dev/null", "bs=64K")
    t.equal(of_data(r.map("@bytes"), data), {("big", "dd"): 65_536_000})


@test
def write_bytes(t):
    """A thousand pwrites of 4 097, appends, a copy in the kernel, and three ways to cut off."""
    data = t.tmp / "data"
    data.mkdir()
    (data / "f").write_bytes(b"x" * 5000)
    r = prove(t, "write-bytes", *python(
        "import os", f"d = '{data}/'",
        "fd = os.open(d + 'p', 0o102)", "for i in range(1000): os.pwrite(fd, b'x' * 4097, i * 4097)",
        "for i in range(10): open(d + 'a', 'a').write('12345')",
        "os.copy_file_range(os.open(d + 'f', 0), os.open(d + 'c', 0o102), 5000)",
        "os.truncate(d + 'p', 5)", "os.ftruncate(fd, 0)", "os.close(os.open(d + 'p', 0o1001))"))
    t.equal({key[0]: n for key, n in of_data(r.map("@bytes"), data).items()},
            {"p": 4_097_000, "a": 50, "c": 5000})
    t.equal({key[0]: n for key, n in of_data(r.map("@truncated"), data).items()}, {"p": 3})


@test
def map_data(t):
    """Ten mappings to read, one to write what others see, one of its own; the loader's are left out."""
    data = t.tmp / "data"
    data.mkdir()
    (data / "f").write_bytes(b"x" * 5000)
    program = ("import mmap", f"f = open('{data}/f', 'r+b')",
               "kept = [mmap.mmap(f.fileno(), 5000, prot=mmap.PROT_READ) for i in range(10)]",
               "shared = mmap.mmap(f.fileno(), 4096)",
               "own = mmap.mmap(f.fileno(), 4096, flags=mmap.MAP_PRIVATE)")
    r = prove(t, "map-data", *python(*program))
    got = [row for row in r.data("map", "path", "bytes", "prot", "shared", "writes") if row[0] == f"{data}/f"]
    path = f"{data}/f"
    t.equal(got, [(path, 5000, 1, True, False)] * 10 + [(path, 4096, 3, True, True), (path, 4096, 3, False, False)])
    t.equal([path for path in r.data("map", "path") if ".so" in path], [])
    r = prove(t, "map-data", *python(*program), options=("--code",))
    t.check(any("libc.so" in path for path in r.data("map", "path")), "no libc with --code")


@test
def uring_data(t):
    """50 opens, reads, writes, 5 unlinks; not the opens of the loader, which makes calls."""
    data = t.tmp / "data"
    data.mkdir()
    r = prove(t, "uring-data", t.workload("uring"), data, status=None)
    if r.out == "no io_uring\n":
        t.skip("this kernel has no io_uring, or does not allow it")
    t.equal(r.out, "50 50 50 5 204800\n")
    t.equal(sorted(r.data("open", "path")), sorted(f"{data}/f{i}" for i in range(50)))
    moved = r.data("moved", "path", "by", "bytes")
    t.equal(sorted(moved), sorted((f"{data}/f{i}", probe, 4096) for i in range(50) for probe in ("file:read", "file:write")))
    t.equal(r.data("removed", "path", "errno"), [(f"{data}/f{i}", 0) for i in range(5)])
    t.equal(r.map("@requests"), {"file:open": 50, "file:read": 50, "file:write": 50, "file:unlink": 5})
    t.equal(r.map("@bytes"), {"file:read": 204800, "file:write": 204800})


@test
def top_data(t):
    """Ten thousand files, opened as often as Zipf's law has it: the ten first in order, the sum right."""
    data = t.tmp / "data"
    data.mkdir()
    counts = {f"{i:05}": max(1, 3000 // i) for i in range(1, 10001)}
    rounds = [name for name, n in counts.items() for _ in range(n)]
    random.Random(7).shuffle(rounds)
    for name in counts:
        (data / name).write_text("x" * 10)
    rounds = t.write("rounds", "\n".join(rounds))
    work = python("import os", f"for name in open('{rounds}').read().split():",
                  f"  fd = os.open('{data}/' + name, 0); os.read(fd, 10); os.close(fd)")
    r = prove(t, "top-data", *work, flags=("--buffer", "16M"))
    got = [(key, n) for key, n in r.map("@opens").items()]
    t.equal(sorted(got, key=lambda row: -row[1]), [(f"{data}/{i:05}", 3000 // i) for i in range(1, 11)])
    r = prove(t, "top-data", *work, options=("--top=0",), flags=("--buffer", "16M"))
    got = {key.removeprefix(f"{data}/"): n for key, n in r.map("@opens").items() if key.startswith(f"{data}/")}
    t.equal(got, counts)
    read = {key.removeprefix(f"{data}/"): n for key, n in r.map("@bytes").items() if key.startswith(f"{data}/")}
    t.equal(read, {name: 10 * n for name, n in counts.items()})
    t.equal(list(r.map("@bytes_of_user")), ["0"])


@test
def top_data_every_second(t):
    r = t.duetrace("-q", "top-data", "--", "--every=1", "--run", "sleep", "2.5")
    t.check(len(re.findall(r"(?m)^OPENS PROGRAM\n +\d+ sleep\n\n", r.out)) in (2, 3, 4), r.out)


@test
def text_is_for_eyes(t):
    """Aligned, a header once, and units, where JSON and tables have the number: write-bytes of 10 bytes, 1 536 and 3 MiB."""
    data = t.tmp / "data"
    data.mkdir()
    r = t.duetrace("-q", SCRIPTS / "write-bytes.dt", "--", f"--under={data}", "--run", *python(
        f"d = '{data}/'", "open(d + 'a', 'wb', 0).write(b'x' * 10)", "open(d + 'b', 'wb', 0).write(b'x' * 1536)",
        "f = open(d + 'c', 'wb', 0)", "for i in range(3): f.write(b'x' * (1 << 20))"))
    name = os.path.basename(sys.executable)
    comm = next(word for word in r.out.split() if word.startswith("python"))[:15]
    t.check(comm in (name, "python3"), comm)
    pad = " " * (max(len(comm), len("PROGRAM")) - len("PROGRAM"))
    fill = " " * (max(len(comm), len("PROGRAM")) - len(comm))
    t.equal(r.out.split("\n\n")[:2],
            [f"  BYTES PROGRAM{pad} PATH\n   10 B {comm}{fill} {data}/a\n1.5 KiB {comm}{fill} {data}/b\n  3 MiB {comm}{fill} {data}/c",
             f"TRUNCATED PROGRAM{pad} PATH\n" + "\n".join(f"        1 {comm}{fill} {data}/{f}" for f in "abc")])
