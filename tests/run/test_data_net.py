# SPDX-License-Identifier: Apache-2.0
"""The events of sockets against a workload that keeps a ledger of what it does."""
import errno
import os
import re

from harness import test

COMMON = "fd family proto addr port laddr lport unixpath"
# What follows them.
MORE = {"connect": "", "accept": "listener", "bind": "", "send": "bytes", "recv": "bytes"}
PARTS = ("connect", "accept", "bind", "unix", "stream", "datagrams", "compat")


def script(via="args.via != uring"):
    blocks = []
    for event, more in MORE.items():
        args = f"via ret {COMMON} {more}".split()
        form = "%s|%lld|%d|%s|%s|%s|%d|%s|%d|%s|" + ("%d" if more else "")
        blocks.append(f'net:{event} /comm == str($1) && {via}/ {{ printf("{event}|{form}\\n", '
                      + ", ".join("args." + arg for arg in args) + "); }")
    return "\n".join(blocks)


def ledger(t, part, lines, via="args.via != uring"):
    """A part of the workload."""
    comm = f"{part[:2]}-{os.getpid()}"
    seen = t.ledger(script(via), "data_net", comm, part, params=[comm], at_least=lines)
    t.equal(len(seen), lines, "lines in the ledger")


@test
def connections(t):
    """IPv4, IPv4 in IPv6, not yet, refused, twice, of datagrams, dissolved, wrong."""
    ledger(t, "connect", 12)


@test
def accepted(t):
    ledger(t, "accept", 6)


@test
def bound(t):
    """To a port of the kernel's choice; taken, nobody's, twice."""
    ledger(t, "bind", 6)


@test
def unix_sockets(t):
    """In a directory, by another way to it, unlinked, in none, without a name."""
    ledger(t, "unix", 14)


@test
def streams(t):
    """Each call that sends or receives; not those on other files."""
    ledger(t, "stream", 18)


@test
def datagrams(t):
    """To an address, several in a call, empty ones."""
    ledger(t, "datagrams", 10)


@test
def compat(t):
    """32-bit calls, and socketcall, which is all of them."""
    if os.uname().machine != "x86_64":
        t.skip("only x86-64 has int 0x80")
    ledger(t, "compat", 20)


@test
def io_uring(t):
    """Requests that the caller itself completes: each operation once, whatever it is called there."""
    ledger(t, "inline", 30, "args.via == uring")


@test
def io_uring_workers(t):
    """The same by threads of the kernel, which go by the name of their process."""
    ledger(t, "workers", 30, "args.via == uring")


@test
def io_uring_polled(t):
    """The same by the thread that polls the ring."""
    ledger(t, "poll", 30, "args.via == uring")


@test
def strace(t):
    """What strace sees of the same calls: which, on what, with what result."""
    t.need("strace")
    place = t.tmp / "data"
    place.mkdir()
    comm = f"ns{os.getpid()}"
    out, seen = t.tmp / "trace", t.tmp / "strace"
    r = t.duetrace("-q", "-o", out, "-e",
                   'net:* /comm == str($1)/ { printf("%d\\n", args.ret); }', comm, "--run",
                   "strace", "-qq", "-X", "raw", "-o", seen, "-e",
                   "trace=connect,accept,accept4,bind,sendto,recvfrom,sendmsg,recvmsg,sendmmsg,recvmmsg,prctl",
                   t.workload("data_net"), os.path.realpath(place), comm, "datagrams")
    t.equal((r.err, r.status), ("", 0), "stderr, status")
    calls = seen.read_text().split("prctl(")[1].split("\n")[1:]
    results = [re.search(r" = (-?\d+)(?: (\w+))?", call) for call in calls if " = " in call]
    want = [found[1] if not found[2] else str(-getattr(errno, found[2])) for found in results]
    t.equal(out.read_text().split(), want, "results")


@test
def several_events_of_a_call(t):
    """A read of a file and one of a socket are the same call; each event has its own."""
    program = ('file:read /pid == cpid/ { @file[args.bytes] = count(); } net:recv /pid == cpid/ { @net[args.bytes] = '
               'count(); } net:send,net:recv /pid == cpid/ { @both[probe] = count(); }')
    source = ("import os, socket\na, b = socket.socketpair()\nf = os.open('/etc/hosts', os.O_RDONLY)\n"
              "os.read(f, 7); os.write(a.fileno(), b'abcde'); os.read(b.fileno(), 99); b.send(b'x'); a.recv(3)")
    r = t.duetrace("-q", "-e", program, "--run", "python3", "-S", "-c", source)
    t.found(r"(?m)^@both\[net:send\]: 2\n@both\[net:recv\]: 2$", r.out)
    t.found(r"(?m)^@file\[7\]: [1-9]$", r.out)
    t.found(r"(?m)^@net\[1\]: 1\n@net\[5\]: 1$", r.out)


@test
def addresses_as_values(t):
    """Compared, as keys, kept in a variable; families and protocols have names."""
    source = ("import socket\ns = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()\n"
              "c = socket.socket(); c.connect(s.getsockname())")
    r = t.duetrace("-q", "-e", 'net:connect /pid == cpid && args.family == inet && args.proto == tcp/ '
                   '{ $a = args.addr; @[$a, args.laddr] = count(); print(args.family); }', "--run", "python3", "-S",
                   "-c", source)
    t.equal((r.out, r.err, r.status), ("inet\n\n\n@[127.0.0.1, 127.0.0.1]: 1\n", "", 0))
