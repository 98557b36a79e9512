# SPDX-License-Identifier: Apache-2.0
"""Damaged programs: every one runs, or is refused with a message at a place; none crashes or hangs.

The damage is pseudo-random from a fixed seed, so a failure comes back. The program that failed is in
the message.
"""
import random

from harness import ROOT, Failure, test

SEEDS = 4
PROGRAMS = 80
SMALL = [
    'begin { @x[1, "a"] = hist(5); print(@x, 2, 3); $a = (1, (2, "x")); print($a.1.0);'
    " if ($1 > 3) { exit(2); } else { clear(@x); } }",
    "tracepoint:syscalls:sys_enter_lseek /pid == cpid && args.offset > 5/ {"
    ' @n = lhist(args.offset, 0, 100, 10); printf("%d %s %-5x\\n", args.fd, comm, 1 ? 2 : 3);'
    " @a[comm, tid]++; }",
    'interval:ms:100 { @s = stats(rand % 10); time("%H"); print(strftime("%Y", nsecs));'
    " delete(@z, 1); @z[2] = has_key(@z, 3); }",
]
PIECES = ("@ @x $a $1 ( ) { } [ ] ; , / \" 1 -1 0x 1e9 9999999999999999999 count() hist( str( args"
          " args. .0 ? : == ! ~ - ++ << && if else while for unroll(3) let config macro // /* */"
          " \x01 \xff tracepoint:*:* begin comm pid % %s \\ (1,) () (int8) sizeof( & $# $99").split()


def damage(source, rng):
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(source))
        kind = rng.randrange(4)
        if kind == 0:
            source = source[:at] + rng.choice(PIECES) + source[at:]
        elif kind == 1:
            source = source[:at] + source[at + rng.randint(1, 8):]
        elif kind == 2:
            begin = rng.randrange(len(source))
            source = source[:at] + source[begin:begin + 30] + source[at:]
        else:
            source = source[:at] + chr(rng.randrange(256)) + source[at + 1:]
        source = source or " "
    return source


def look_at(t, source, load):
    stage = ["--dry-run"] if load else ["--emit", "image", "-o", "/dev/null"]
    path = t.write("x.dt", source)
    r = t.duetrace(*stage, path, "5", "abc")
    wrong = None
    if r.status not in (0, 1):
        wrong = f"exit status {r.status}"
    elif r.status == 1 and "ERROR: " not in r.err:
        wrong = "no message"
    elif "the kernel refused" in r.err or "the compiler" in r.err:
        wrong = "an accepted program did not make it into the kernel"
    if wrong:
        raise Failure(f"{wrong}\nprogram: {source!r}\nstderr: {r.err[:2000]}")


def damaged(seed):
    def body(t):
        rng = random.Random(seed)
        whole = [p.read_text() for p in sorted((ROOT / "scripts").glob("*.dt"))] + SMALL
        for number in range(PROGRAMS):
            look_at(t, damage(rng.choice(whole), rng), number % 2 == 0)
    body.__module__ = __name__
    return body


for _seed in range(SEEDS):
    test(name=f"seed-{_seed}")(damaged(_seed))
