# SPDX-License-Identifier: Apache-2.0
"""The other events of files against a workload that keeps a ledger of what it does."""
import os
import re

from harness import test

# As data_file.c prints its ledger: what follows the event, the road and the result.
ARGS = {
    "close": ("%d|%s|%llu|%llu", "fd path dev ino"),
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


# Parts of the workload, and the events that each is about.
PARTS = {
    "io": ("read", "write"),
    "names": ("unlink", "rename", "link"),
    "attributes": ("truncate", "chmod", "chown", "setxattr"),
    "list-map": ("list", "map"),
    "copy": ("copy",),
    "close": ("close",),
}


def script(events):
    blocks = []
    for event in events:
        form, args = ARGS[event]
        blocks.append(f'file:{event} /comm == str($1)/ {{ printf("{event}|%s|%lld|{form}\\n", args.via, args.ret, '
                      + ", ".join(f"args.{arg}" for arg in args.split()) + "); }")
    return "\n".join(blocks)


def ledger(t, part, at_least):
    """A part of the workload, but for the ledger's own writing."""
    comm = f"{part[:2]}-{os.getpid()}"
    t.ledger(script(PARTS[part]), "data_file", comm, part, params=[comm], at_least=at_least)


@test
def reads_and_writes(t):
    """Offsets of each variant, appends, ends of files; not of pipes, directories, devices."""
    ledger(t, "io", 21)


@test
def names(t):
    ledger(t, "names", 17)


@test
def attributes(t):
    ledger(t, "attributes", 16)


@test
def lists_and_maps(t):
    ledger(t, "list-map", 10)


@test
def copies(t):
    """Between files, pipes and sockets; clones."""
    ledger(t, "copy", 9)


@test
def closes(t):
    """What a descriptor stood for; by close, close_range, and dup2 and dup3 over one that was open."""
    ledger(t, "close", 15)


@test
def took(t):
    """How long an operation took; an event that began before tracing is 0."""
    r = t.duetrace("-q", "-e", "file:open, file:close, file:read /pid == cpid/ { @[probe, args.took > 0, "
                   "args.took < 60000000000] = count(); @max = max(args.took); } end { clear(@max); }",
                   "--run", "sh", "-c", "read line </etc/hosts")
    t.equal(r.status, 0, "status")
    got = re.findall(r"@\[(file:\w+), (\w+), (\w+)\]", r.out)
    t.equal(sorted(got), [("file:close", "true", "true"), ("file:open", "true", "true"),
                          ("file:read", "true", "true")])


@test
def took_is_time(t):
    """An open of a pipe waits for its other end."""
    os.mkfifo(t.tmp / "pipe")
    r = t.duetrace("-q", "-e", f'file:open /pid == cpid && args.name == "{t.tmp}/pipe"/ '
                   '{ printf("%d\\n", args.took / 100000000); }', "--run", "sh", "-c",
                   f"(sleep 0.35; exec 3>{t.tmp}/pipe) & exec 4<{t.tmp}/pipe; wait")
    t.check(3 <= int(r.out.split()[0]) < 100, r.out)


URING = {
    "open": ("%d|%s|%s", "fd path name"),
    "close": ARGS["close"],
    "read": ("%d|%s|%lld|%lld", "fd path bytes offset"),
    "write": ("%d|%s|%lld|%lld", "fd path bytes offset"),
    "sync": ("%d|%s", "fd path"),
}


def uring_script():
    blocks = []
    for event in ("open", "close", "read", "write", "unlink", "rename", "link", "truncate", "setxattr", "copy", "sync"):
        form, args = URING.get(event) or ARGS[event]
        blocks.append(f'file:{event} /pid == cpid && args.via == uring/ {{ '
                      f'printf("{event}|%s|%lld|{form}\\n", args.via, args.ret, '
                      + ", ".join(f"args.{arg}" for arg in args.split()) + "); }")
    return "\n".join(blocks)


def uring(t, how):
    """Requests of a ring: what is seen of each, whoever does it for the process."""
    t.ledger(uring_script(), "data_uring", "mine", how, params=["mine"], at_least=40)


@test
def uring_inline(t):
    uring(t, "inline")


@test
def uring_workers(t):
    uring(t, "workers")


@test
def uring_poll(t):
    """By the kernel's thread that polls the ring."""
    uring(t, "poll")
