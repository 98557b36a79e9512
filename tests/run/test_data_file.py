# SPDX-License-Identifier: Apache-2.0
"""The other events of files against a workload that keeps a ledger of what it does."""
import os

from harness import test

# As data_file.c prints its ledger: what follows the event, the road and the result.
ARGS = {
    "read": ("%d|%s|%lld|%lld|%llu|%llu", "fd path bytes offset dev ino"),
    "write": ("%d|%s|%lld|%lld|%llu|%llu", "fd path bytes offset dev ino"),
    "unlink": ("%s|%d", "path dir"),
    "rename": ("%s|%s|%d", "from to flags"),
    "link": ("%s|%s|%d", "from to symbolic"),
    "truncate": ("%s|%lld", "path size"),
    "chmod": ("%s|%o", "path mode"),
    "chown": ("%s|%lld|%lld", "path uid gid"),
    "setxattr": ("%s|%s", "path attr"),
    "list": ("%s|%d", "path bytes"),
    "map": ("%s|%d|%d|%d|%d%d%d", "path prot flags bytes reads writes shared"),
    "copy": ("%s|%s|%d", "from to bytes"),
}


def script(events):
    blocks = []
    for event in events:
        form, args = ARGS[event]
        blocks.append(f'file:{event} /comm == str($1)/ {{ printf("{event}|%s|%lld|{form}\\n", args.via, args.ret, '
                      + ", ".join(f"args.{arg}" for arg in args.split()) + "); }")
    return "\n".join(blocks)


def ledger(t, part, events, at_least):
    """Run a part of the workload; the trace must be its ledger, but for the ledger's own writing."""
    place = t.tmp / "data"
    place.mkdir()
    place = os.path.realpath(place)
    comm = f"{part[:2]}-{os.getpid()}"
    out = t.tmp / "trace"
    r = t.duetrace("-q", "-o", out, "-e", script(events), comm, "--run", t.workload("data_file"), place,
                   comm, part)
    t.equal((r.err, r.status), ("", 0), "stderr, status")
    t.check(len(r.out.splitlines()) >= at_least, f"{len(r.out.splitlines())} lines in the ledger")
    t.equal(out.read_text(errors="surrogateescape"), r.out + "\n\n", "trace")


@test
def reads_and_writes(t):
    """Offsets of each variant, appends, ends of files; not of pipes, directories, devices."""
    ledger(t, "io", ("read", "write"), 21)


@test
def names(t):
    ledger(t, "names", ("unlink", "rename", "link"), 17)


@test
def attributes(t):
    ledger(t, "attributes", ("truncate", "chmod", "chown", "setxattr"), 16)


@test
def lists_and_maps(t):
    ledger(t, "list-map", ("list", "map"), 10)


@test
def copies(t):
    """Between files, pipes and sockets; clones."""
    ledger(t, "copy", ("copy",), 9)
