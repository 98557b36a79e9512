# SPDX-License-Identifier: Apache-2.0
"""Hostile images: plans, maps and programs that no compiler has made, with a checksum that is right."""
import pathlib
import re
import sys

from harness import test

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from image_edit import Image  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MAPS = ('begin { @plain[pid] = 1; @pinning[pid] = count(); @few = 1; @large[0] = "a long text"; '
        'print(intree($1)); }')


def compiled(t, program, *flags, params=()):
    path = t.tmp / "good.o"
    r = t.duetrace("--emit", "image", "-o", path, *flags, t.write("x.dt", program), *params)
    t.equal(r.status, 0, r.err)
    return Image(path.read_bytes(), ROOT)


def run(t, image, *flags):
    path = t.tmp / "x.o"
    path.write_bytes(image.signed())
    # AddressSanitizer maps more than that before it begins.
    memory = [] if t.session.sanitized else ["--as=4294967296"]
    r = t.run("prlimit", "--cpu=20:20", *memory, t.runner, "-q", *flags, path)
    t.check(r.status in (0, 1), f"status {r.status}: {r.err[-500:]}")
    return r


def refused(t, image, pattern, *flags):
    r = run(t, image, *flags)
    t.equal((r.status, r.out), (1, ""), r.err)
    t.found(rf"^ERROR: Could not (load|open) \S+: {pattern}\n", r.err)


@test
def maps_of_another_type(t):
    """The kernel copies values for each CPU into memory for one: the type and the sizes must be the plan's."""
    image = compiled(t, MAPS)
    t.equal(run(t, image).status, 0)
    image.set_member("AT_plain", "type", 5)  # BPF_MAP_TYPE_PERCPU_HASH
    refused(t, image, "the plan and the object disagree about the map @plain")
    image = compiled(t, MAPS)
    image.set_member("AT_few", "type", 6)  # BPF_MAP_TYPE_PERCPU_ARRAY
    refused(t, image, "the plan and the object disagree about the map @few")
    image = compiled(t, MAPS)
    image.set_member("AT_plain", "value_size", 4096)
    refused(t, image, "the plan and the object disagree about the map @plain")


@test
def maps_of_our_own(t):
    """What the reader itself looks into: a value that is larger than it thinks would go over its stack."""
    image = compiled(t, MAPS)
    image.set_pointed("trees", "value", 4096)
    refused(t, image, "the object has another kind of map as trees")
    image = compiled(t, MAPS)
    image.set_member("lost", "value_size", 4096)
    refused(t, image, "the object has another kind of map as lost")
    image = compiled(t, MAPS)
    image.set_member("ring", "type", 1)
    r = run(t, image)
    t.equal((r.status, r.out), (1, ""))


@test
def a_map_that_would_stay(t):
    """libbpf keeps a map that asks for it as a file, and takes one that is there already."""
    image = compiled(t, MAPS)
    image.set_member("AT_plain", "max_entries", 1, "pinning")  # LIBBPF_PIN_BY_NAME
    refused(t, image, "a map would be kept as the file /sys/fs/bpf/AT_plain")
    t.check(not pathlib.Path("/sys/fs/bpf/AT_plain").exists(), "it was kept")


@test
def unsafe_images(t):
    """What needs --unsafe when it is compiled needs it where it runs, too."""
    for program, what in (('begin { system("echo hello > %s"); }' % (t.tmp / "made"), r"it runs commands by system\(\)"),
                          ("tracepoint:sched:sched_switch /pid == 4294967290/ { signal(10); }", "it sends signals")):
        image = compiled(t, program, "--unsafe")
        refused(t, image, what + ", which has to be allowed by --unsafe")
        r = t.duetrace("-q", t.tmp / "x.o")
        t.equal((r.status, r.out), (1, ""))
        t.found(what, r.err)
        t.check(not (t.tmp / "made").exists(), "it ran")
        r = t.run(t.runner, "-q", "--dry-run", "--unsafe", t.tmp / "x.o")
        t.equal((r.status, r.err), (0, ""))
    image = compiled(t, 'begin { system("echo hello > %s"); }' % (t.tmp / "made"), "--unsafe")
    t.equal(run(t, image, "--unsafe").status, 0)
    t.equal((t.tmp / "made").read_text(), "hello\n")


@test
def programs_nobody_named(t):
    """A program that the plan does not have is not loaded."""
    image = compiled(t, "begin { print(1); } end { print(2); }")
    name = image.string(image.word("programs", 1, 0))
    image.data[image.array("strings")[0] + image.word("programs", 1, 0)] = ord("X")
    r = run(t, image, "-v")
    t.equal((r.status, r.out), (1, ""))
    t.found("a probe has no program in the object", r.err)
    t.absent(f"Program {name}", r.err, "what was loaded")


@test
def more_text_than_memory(t):
    """A format may name one long literal as often as it likes: an error, and not all there is of memory."""
    image = compiled(t, 'begin { printf("' + "x" * 1_000_000 + '"); ' + ('printf("' + "%d" * 100 + '", ' + ", ".join(["1"] * 100) + "); ") * 10 + "}")
    start, size, pieces = image.array("pieces")
    first = image.data[start:start + size]
    t.equal((int.from_bytes(first[4:8], "little"), pieces), (1_000_000, 1001))
    image.data[start:start + size * pieces] = first * pieces
    for event in range(image.array("events")[2]):
        if image.word("events", event, 4) == 1:  # n_pieces
            image.word("events", event, 4, pieces)
    r = run(t, image)
    t.equal((r.status, r.out.strip()), (1, ""))
    t.equal(r.err, "ERROR: A result takes more memory than there is, or than 512 MiB\n")


@test
def every_word_of_a_plan(t):
    """Each word of each row replaced by what is too much: refused, or run without harm."""
    program = ('begin { @a[pid, "x"] = count(); @h = hist(5); @s = "text"; printf("%d %s", 5, comm); print((1, 2)); '
               'emit x { a = 1, b = "two" }; time("%H"); }')
    good = compiled(t, program)
    values = (0xffffffff, 0x7fffffff) if t.times(1, 2) == 1 else (0xffffffff, 0x7fffffff, 0x10000, 1, 0)
    tried = survived = 0
    for name in good.arrays:
        _, size, count = good.array(name)
        for row in range(min(count, t.times(3, 40))):
            for index in range(size // 4):
                for value in values:
                    image = Image(good.data, ROOT)
                    image.word(name, row, index, value)
                    r = run(t, image)
                    tried += 1
                    survived += r.status == 0
                    if r.status:
                        t.found("(?m)^ERROR: .+", r.err, f"{name}[{row}] word {index} = {value:x}")
    t.figure(f"{tried} plans with one word that is too much: {tried - survived} refused or failed with a reason, the others ran")
