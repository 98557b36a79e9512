# SPDX-License-Identifier: Apache-2.0
"""A compiled script is a file: other tools read it, two programs run it, a damaged one is refused."""
import json
import os
import pathlib

from harness import END, test

PROGRAM = r"""
begin { printf("%d %s\n", $1, str($2)); @x[$1] = 1; @h = hist($1); }
tracepoint:syscalls:sys_enter_lseek /args.offset == 77000321/ { print(args.offset); }
interval:ms:10 { exit(4); }
"""


def make(t, program=PROGRAM, name="x.o"):
    out = t.tmp / name
    r = t.duetrace("--emit", "image", "-o", out, "-e", program)
    t.equal((r.out, r.err, r.status), ("", "", 0))
    return out


@test
def readelf_reads_it(t):
    t.need("readelf")
    out = make(t)
    r = t.run("readelf", "-h", "-S", "-W", out)
    t.equal((r.err, r.status), ("", 0))
    t.found(r"Machine:\s+.*BPF", r.out)
    for section in (".duetrace.image", ".BTF", ".maps", "license"):
        t.found(rf"\s{section.replace('.', chr(92) + '.')}\s", r.out)


@test
def bpftool_reads_its_types(t):
    t.need("bpftool")
    r = t.run("bpftool", "-j", "btf", "dump", "file", make(t))
    t.equal(r.status, 0, "exit status")
    t.check(json.loads(r.out)["types"], "no types")


@test
def both_programs_run_it(t):
    out = make(t)
    whole = t.duetrace("-q", out, "37", "word")
    small = t.run(t.runner, "-q", out, "37", "word")
    t.equal(whole.status, 4, "exit status")
    t.equal((small.out, small.err, small.status), (whole.out, whole.err, whole.status))
    t.matches(r"37 word\n\n\n@h:\n\[32, 64\) +1 \|@{52}\|\n\n@x\[37\]: 1\n", whole.out)


@test
def other_parameters(t):
    """Parameters are given when it runs, not when it is compiled."""
    out = make(t, "begin { print($1 + 1); print(str($2)); print($#); }")
    for first, second in (("5", "a"), ("0x10", "b c")):
        r = t.run(t.runner, "-q", out, first, second)
        t.equal((r.out, r.err), (f"{int(first, 0) + 1}\n{second}\n2\n" + END, ""))


@test
def same_as_the_source(t):
    program = "begin { @x[1] = 2; printf(\"%s %d\\n\", \"a\", 5); } end { print((1, 2)); }"
    source = t.duetrace("-q", "-e", program)
    image = t.duetrace("-q", make(t, program))
    t.equal((image.out, image.err, image.status), (source.out, source.err, source.status))


@test
def the_small_program_has_no_compiler(t):
    """duetrace-run does not link LLVM and stays small."""
    t.check(os.path.getsize(t.runner) < os.path.getsize(t.binary), "it is not smaller")
    r = t.run("ldd", t.runner)
    t.absent("LLVM", r.out + r.err)
    r = t.run(t.runner, t.write("x.dt", "begin { print(1); }"))
    t.equal((r.out, r.status), ("", 1))
    t.check(r.err, "a script is not refused")


@test
def bad_parameter(t):
    r = t.run(t.runner, make(t), "word", "word")
    t.equal((r.out, r.status), ("", 1))
    t.found("ERROR: .*word", r.err)


def refused(t, path, what):
    for binary in (t.binary, t.runner):
        r = t.run(binary, path, "5", "x")
        t.equal((r.out, r.status), ("", 1), what)
        t.found("ERROR: ", r.err, what)


@test
def damaged(t):
    """One changed byte anywhere, a cut, or an appended byte is refused before anything is loaded."""
    good = make(t).read_bytes()
    path = t.tmp / "bad.o"
    step = max(1, len(good) // 40)
    for position in list(range(0, len(good), step)) + [len(good) - 1]:
        bad = bytearray(good)
        bad[position] ^= 0x41
        path.write_bytes(bad)
        refused(t, path, f"byte {position} of {len(good)} changed")
    for size in (4, 16, 64, 200, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:size])
        refused(t, path, f"cut to {size} bytes")
    path.write_bytes(good + b"\0")
    refused(t, path, "one byte appended")


@test
def not_an_image(t):
    """An ELF file without a plan."""
    path = t.tmp / "true"
    path.write_bytes(pathlib.Path("/bin/true").read_bytes())
    refused(t, path, "another ELF file")


@test
def reproducible(t):
    t.equal(make(t, name="a.o").read_bytes(), make(t, name="b.o").read_bytes(), "two compilations")
    # Helpers with types of the kernel, which LLVM keeps by their addresses: other ones in each run.
    program = "t:syscalls:sys_enter_openat { @[ppid] = count(); } file:open { @p[args.path] = count(); }"
    images = {make(t, program, f"{i}.o").read_bytes() for i in range(5)}
    t.equal(len(images), 1, "different images of five")
