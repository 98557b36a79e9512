# SPDX-License-Identifier: Apache-2.0
"""A file system of one file, for each operation on which somebody waits 10 ms, and what it takes: `slowfs.py FOLDER`.

It speaks FUSE's protocol itself (linux/fuse.h), so that nothing needs to be installed. Prints how long
each of 100 opens, reads, writes and fsyncs took, in ns: "open 10123456 ...". 2: there is no FUSE here.
"""
import ctypes
import os
import struct
import sys
import time

DELAY = 0.010
LOOKUP, FORGET, GETATTR, SETATTR, OPEN, READ, WRITE, STATFS, RELEASE, FSYNC, FLUSH, INIT = 1, 2, 3, 4, 14, 15, 16, 17, 18, 20, 25, 26
BATCH_FORGET, INTERRUPT = 42, 36
ENOSYS, ENOENT = 38, 2
ROOT, FILE, SIZE = 1, 2, 4096
FOREVER = 1000000
DIRECT = 1


def attributes(node):
    mode = 0o40755 if node == ROOT else 0o100644
    return struct.pack("<6Q10I", node, SIZE, 8, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def answer(opcode, node, body):
    """(error, bytes), or None where none is expected."""
    if opcode in (FORGET, BATCH_FORGET, INTERRUPT):
        return None
    if opcode == INIT:
        return 0, struct.pack("<4I2H2I2HI7I", 7, 31, 0, 0, 12, 9, 65536, 1, 16, 0, 0, *[0] * 7)
    if opcode == LOOKUP:
        if body.rstrip(b"\0") != b"f":
            return -ENOENT, b""
        return 0, struct.pack("<4Q2I", FILE, 0, FOREVER, FOREVER, 0, 0) + attributes(FILE)
    if opcode in (GETATTR, SETATTR):
        return 0, struct.pack("<Q2I", FOREVER, 0, 0) + attributes(node)
    if opcode in (OPEN, READ, WRITE, FSYNC):
        time.sleep(DELAY)
    if opcode == OPEN:
        return 0, struct.pack("<Q2I", 1, DIRECT, 0)
    if opcode == READ:
        return 0, b"x" * min(SIZE, struct.unpack_from("<I", body, 16)[0])
    if opcode == WRITE:
        return 0, struct.pack("<2I", struct.unpack_from("<I", body, 16)[0], 0)
    if opcode in (FSYNC, FLUSH, RELEASE):
        return 0, b""
    return -ENOSYS, b""


def serve(fd):
    while True:
        try:
            request = os.read(fd, 1 << 20)
        except OSError:
            os._exit(0)
        _, opcode, unique, node = struct.unpack_from("<IIQQ", request)
        told = answer(opcode, node, request[40:])
        if told is not None:
            error, body = told
            os.write(fd, struct.pack("<IiQ", 16 + len(body), error, unique) + body)


def timed(times, operation):
    begun = time.monotonic_ns()
    result = operation()
    times.append(time.monotonic_ns() - begun)
    return result


def main():
    folder = sys.argv[1]
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        fd = os.open("/dev/fuse", os.O_RDWR)
    except OSError:
        sys.exit(2)
    if libc.mount(b"slow", folder.encode(), b"fuse", 0, f"fd={fd},rootmode=40000,user_id=0,group_id=0".encode()):
        sys.exit(2)
    server = os.fork()
    if not server:
        serve(fd)
    os.close(fd)
    times = {name: [] for name in ("open", "read", "write", "sync")}
    for _ in range(100):
        f = timed(times["open"], lambda: os.open(f"{folder}/f", os.O_RDWR))
        assert len(timed(times["read"], lambda: os.read(f, 100))) == 100
        assert timed(times["write"], lambda: os.write(f, b"12345")) == 5
        timed(times["sync"], lambda: os.fsync(f))
        os.close(f)
    for name, took in times.items():
        print(name, *took)
    libc.umount2(folder.encode(), 2)
    os.kill(server, 9)
    os.waitpid(server, 0)


main()
