# SPDX-License-Identifier: Apache-2.0
"""Uses data in every way that Linux has, and keeps a ledger of what is to be seen of each.

Usage: use.py DIRECTORY PART; DIRECTORY is empty and has no links in its path. Between an open of
/ledger/begin and one of /ledger/end the process does nothing but what its ledger says; that, as JSON on
stdout at the end, is a list of [tid, event, values]. Calls are made by number, so that no library chooses
another one. What was opened is known from fstat() and /proc/self/fd, not from what was asked for.
"""
import ctypes
import errno
import json
import mmap
import os
import socket
import struct
import sys
import threading
import traceback

X86 = os.uname().machine == "x86_64"
libc = ctypes.CDLL(None, use_errno=True)
AT_FDCWD = -100
O_PATH, O_TMPFILE = 0o10000000, 0o20200000
# of asm-generic; of x86-64 where it has others
NR = {"openat": 56, "openat2": 437, "open_by_handle_at": 265, "name_to_handle_at": 264, "read": 63, "write": 64,
      "pread64": 67, "pwrite64": 68, "readv": 65, "writev": 66, "preadv": 69, "pwritev": 70, "preadv2": 286,
      "pwritev2": 287, "sendfile": 71, "splice": 76, "tee": 77, "vmsplice": 75, "copy_file_range": 285, "close": 57,
      "close_range": 436, "dup3": 24, "renameat": 38, "renameat2": 276, "unlinkat": 35, "linkat": 37, "symlinkat": 36,
      "fchmodat": 53, "fchmod": 52, "fchmodat2": 452, "fchownat": 54, "fchown": 55, "truncate": 45, "ftruncate": 46,
      "fallocate": 47, "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "getdents64": 61, "mmap": 222, "ioctl": 29,
      "connect": 203, "bind": 200, "accept": 202, "accept4": 242, "sendto": 206, "sendmsg": 211, "sendmmsg": 269,
      "recvfrom": 207, "recvmsg": 212, "recvmmsg": 243, "clone": 220, "clone3": 435, "gettid": 178}
if X86:
    NR = {"open": 2, "creat": 85, "openat": 257, "openat2": 437, "open_by_handle_at": 304, "name_to_handle_at": 303,
          "read": 0, "write": 1, "pread64": 17, "pwrite64": 18, "readv": 19, "writev": 20, "preadv": 295,
          "pwritev": 296, "preadv2": 327, "pwritev2": 328, "sendfile": 40, "splice": 275, "tee": 276, "vmsplice": 278,
          "copy_file_range": 326, "close": 3, "close_range": 436, "dup2": 33, "dup3": 292, "rename": 82,
          "renameat": 264, "renameat2": 316, "unlink": 87, "unlinkat": 263, "rmdir": 84, "link": 86, "linkat": 265,
          "symlink": 88, "symlinkat": 266, "chmod": 90, "fchmodat": 268, "fchmod": 91, "fchmodat2": 452, "chown": 92,
          "lchown": 94, "fchownat": 260, "fchown": 93, "truncate": 76, "ftruncate": 77, "fallocate": 285,
          "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "getdents64": 217, "getdents": 78, "mmap": 9,
          "ioctl": 16, "connect": 42, "bind": 49, "accept": 43, "accept4": 288, "sendto": 44, "sendmsg": 46,
          "sendmmsg": 307, "recvfrom": 45, "recvmsg": 47, "recvmmsg": 299, "fork": 57, "vfork": 58, "clone": 56,
          "clone3": 435, "gettid": 186}

LONG = "long" * 40
top = ""
ledger = []
lock = threading.Lock()


def word(value):
    if isinstance(value, (bytes, str)):
        return ctypes.c_char_p(os.fsencode(value))
    return value if isinstance(value, ctypes._SimpleCData | ctypes.Array) else ctypes.c_long(value)


libc.syscall.restype = ctypes.c_long


def call(name, *args):
    """The result, or -errno."""
    ctypes.set_errno(0)
    ret = libc.syscall(ctypes.c_long(NR[name]), *[word(a) for a in args])
    return -ctypes.get_errno() if ret == -1 and ctypes.get_errno() else ret


def tid():
    return libc.syscall(ctypes.c_long(NR["gettid"]))


def say(event, ret, *values, via="syscall"):
    with lock:
        ledger.append([tid(), event, [ret, -ret if -4096 < ret < 0 else 0, via, *values]])
    return ret


def at(name):
    return f"{top}/{name}"


def path_of(fd):
    return os.readlink(f"/proc/self/fd/{fd}")


def identity(fd):
    stat = os.fstat(fd)
    return [stat.st_dev, stat.st_ino]


def opened(ret, name, flags, mode=0, path=None, via="syscall"):
    """path: if it failed, or if /proc cannot be asked"""
    if ret >= 0:
        values = [path or path_of(ret), name, flags, mode, ret, os.fstat(ret).st_mode >> 12, *identity(ret)]
    else:
        values = [path, name, flags, mode, -1, 0, 0, 0]
    return say("open", ret, *values, via=via)


def at_open(directory, name, flags, mode=0, path=None):
    return opened(call("openat", directory, name, flags, mode), name, flags, mode, path)


def shut(fd):
    """A close that belongs to no ledger: PART does not ask for file:close."""
    if fd >= 0:
        os.close(fd)


def make(name, data=b"0123456789"):
    fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
    os.pwrite(fd, data, 0)
    return fd


def tree():
    """What opens and names are about."""
    os.makedirs("real/deep")
    for name in ("f", "real/f", "real/deep/g"):
        os.close(make(name))
    os.symlink("real", "soft")
    os.symlink(at("real/deep"), "absolute")
    os.symlink("soft/deep/../deep", "winding")
    os.symlink("me", "me")
    os.symlink("../f", "real/up")
    os.symlink("deep/g", "real/to-g")
    os.mkfifo("fifo")
    os.link("f", "second")
    for name in "abcdefgh":
        os.close(make(f"real/{name}"))
    os.mkdir("real/folder")
    os.mkdir("real/other")
    # a long link's text is not in its inode
    os.mkdir(LONG)
    os.close(make(LONG + "/f"))
    os.symlink(LONG, "far")
    os.symlink("real", "spare")


def begin():
    libc.syscall(ctypes.c_long(NR["openat"]), ctypes.c_long(AT_FDCWD), ctypes.c_char_p(b"/ledger/begin"),
                 ctypes.c_long(0))


def how(flags, mode=0, resolve=0):
    return ctypes.create_string_buffer(struct.pack("QQQ", flags, mode, resolve), 24)


def two_open(directory, name, flags, mode=0, resolve=0, path=None):
    return opened(call("openat2", directory, name, how(flags, mode, resolve), 24), name, flags, mode, path)


def int80(number, *args):
    """As a 32-bit program does it."""
    code = bytes.fromhex("53 89f8 89f3 87ca 4489c6 4489cf cd80 5b 4898 c3")
    page = mmap.mmap(-1, 4096, prot=7)
    page.write(code)
    function = ctypes.CFUNCTYPE(ctypes.c_long, *[ctypes.c_long] * 6)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    return function(number, *args, *[0] * (5 - len(args)))


def low(text):
    """The address of a text below 4 GB."""
    libc.mmap.restype = ctypes.c_long
    address = libc.mmap(None, ctypes.c_long(4096), 3, 0x62, -1, ctypes.c_long(0))
    ctypes.memmove(address, os.fsencode(text) + b"\0", len(os.fsencode(text)) + 1)
    return address


def part_open():
    lost = make("lost")
    os.unlink("lost")
    os.makedirs("/".join(["q" * 99] * 5))
    begin()
    if X86:
        shut(opened(call("open", "f", os.O_RDONLY), "f", os.O_RDONLY))
        shut(opened(call("open", "n1", os.O_CREAT | os.O_WRONLY, 0o640), "n1", os.O_CREAT | os.O_WRONLY, 0o640))
        shut(opened(call("creat", "n2", 0o600), "n2", os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        low_f = low("soft/up")
        shut(opened(int80(5, low_f, os.O_RDWR), "soft/up", os.O_RDWR, via="compat"))
        opened(int80(5, low("absolute/none"), 0), "absolute/none", 0, path=at("absolute/none"), via="compat")
    for name in ("f", "./f", "real/../f", "soft/f", "soft/up", "absolute/g", "absolute/../f", "winding/g", "second", at("f"),
                 "/proc/self/cwd/f", "real//deep/./g", "soft/to-g", "/", "..", "real/", "fifo", "/dev/null", "/dev/zero",
                 "/proc/self/status", "/proc/self/ns/net", "/proc/thread-self/ns/mnt", "/sys/kernel/uevent_seqnum"):
        shut(at_open(AT_FDCWD, name, os.O_RDONLY | os.O_NONBLOCK))
    folder = at_open(AT_FDCWD, "soft", os.O_RDONLY | os.O_DIRECTORY)
    for name in ("f", "deep/g", "../f", "up", "../soft/../second", "/dev/null"):
        shut(at_open(folder, name, os.O_RDONLY))
    shut(two_open(folder, "deep/g", os.O_RDONLY, resolve=8))
    shut(two_open(folder, "deep/../f", os.O_RDONLY, resolve=8))
    shut(two_open(folder, "/deep/g", os.O_RDONLY, resolve=16))
    shut(two_open(folder, "new", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o611))
    two_open(folder, "../f", os.O_RDONLY, resolve=8, path=at("f"))
    two_open(AT_FDCWD, "soft/f", os.O_RDONLY, resolve=4, path=at("soft/f"))
    two_open(AT_FDCWD, "/dev/null", os.O_RDONLY, resolve=1, path="/dev/null")
    two_open(AT_FDCWD, "/proc/self/fd/0", os.O_RDONLY, resolve=2, path=f"/proc/self/fd/0")
    at_open(AT_FDCWD, "f", os.O_RDONLY | os.O_DIRECTORY, path=at("f"))
    opened(call("openat2", AT_FDCWD, "f", how(0), 7), "f", 0, path=at("f"))
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0), 136)
    mount = ctypes.c_int()
    if call("name_to_handle_at", AT_FDCWD, "real/deep/g", handle, ctypes.c_long(ctypes.addressof(mount)), 0) == 0:
        shut(opened(call("open_by_handle_at", folder, handle, os.O_RDONLY), "", os.O_RDONLY))
    opened(call("open_by_handle_at", folder, ctypes.c_long(8), os.O_RDWR), "", os.O_RDWR, path="")
    fd = at_open(AT_FDCWD, "soft/f", O_PATH)
    shut(at_open(AT_FDCWD, f"/proc/self/fd/{fd}", os.O_RDONLY))
    shut(fd)
    shut(at_open(AT_FDCWD, "soft", O_PATH | os.O_NOFOLLOW))
    shut(at_open(AT_FDCWD, ".", O_TMPFILE | os.O_RDWR, 0o600))
    memory = os.memfd_create("mine")
    shut(at_open(AT_FDCWD, f"/proc/self/fd/{memory}", os.O_RDWR))
    both = os.pipe()
    shut(at_open(AT_FDCWD, f"/proc/self/fd/{both[0]}", os.O_RDONLY | os.O_NONBLOCK))
    shut(at_open(AT_FDCWD, f"/proc/self/fd/{lost}", os.O_RDONLY))
    odd = b"\xff\n\"'\\;%s\t".decode("utf-8", "surrogateescape")
    shut(at_open(AT_FDCWD, odd, os.O_CREAT | os.O_RDWR, 0o600))
    # lengths
    name = "/".join(["q" * 99] * 5)
    shut(at_open(AT_FDCWD, name + "/z", os.O_CREAT | os.O_WRONLY, 0o600))
    slashes = "./" * ((4095 - 1) // 2) + "f"
    shut(at_open(AT_FDCWD, slashes, os.O_RDONLY))
    # failures
    at_open(AT_FDCWD, slashes + "ff", os.O_RDONLY, path=None)
    ledger[-1][2][3:5] = ["*", "*"]  # of a name beyond what the kernel takes nothing is known
    at_open(AT_FDCWD, "f", os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600, path=at("f"))
    for name in ("none", "none/x", "f/x", "me", "me/x", "soft/none", "real/./deep//none", "x" * 256, "." * 700 + "/y", "z/../" + "x" * 300 + "/../y", "/none/at/../all"):
        at_open(AT_FDCWD, name, os.O_RDONLY, path=os.path.normpath(os.path.join(top, name)))
    at_open(AT_FDCWD, "real", os.O_WRONLY, path=at("real"))
    at_open(folder, "none", os.O_RDONLY, path=at("real/none"))
    at_open(987, "none", os.O_RDONLY, path="none")
    at_open(AT_FDCWD, "", os.O_RDONLY, path="")
    opened(call("openat", AT_FDCWD, ctypes.c_long(1), os.O_RDONLY), "", os.O_RDONLY, path="")
    # onto descriptor 0
    os.close(0)
    at_open(AT_FDCWD, "f", os.O_RDONLY)


def child(function, maker=os.fork):
    """What a process of its own does; its ledger comes by a pipe."""
    there, here = os.pipe()
    pid = maker()
    if pid == 0:
        ledger.clear()
        status = 1
        try:
            function()
            with os.fdopen(here, "w") as file:
                json.dump(ledger, file)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(here)
    with os.fdopen(there) as file:
        text = file.read()
    status = os.waitpid(pid, 0)[1]
    if status:
        raise SystemExit(f"a child ended with {status}")
    with lock:
        ledger.extend(json.loads(text))


def clone_three():
    args = ctypes.create_string_buffer(struct.pack("QQQQQQQQ", 0, 0, 0, 0, 17, 0, 0, 0), 64)
    return call("clone3", args, 64)


def daemon():
    """Its parents are gone."""
    there, here = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while os.getppid() == os.getpgrp():
                os.sched_yield()
            ledger.clear()
            shut(at_open(AT_FDCWD, "soft/f", os.O_RDONLY))
            os.write(here, json.dumps(ledger).encode())
        os._exit(0)
    os.close(here)
    with os.fdopen(there) as file:
        ledger.extend(json.loads(file.read()))
    os.wait()


def some_opens():
    shut(at_open(AT_FDCWD, "soft/f", os.O_RDONLY))
    at_open(AT_FDCWD, "none", os.O_RDWR, path=at("none"))


def lowly():
    os.umask(0o27)
    os.mkdir("closed", 0o750)
    os.mknod("closed/f")
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
    at_open(AT_FDCWD, "closed/f", os.O_RDONLY, path=at("closed/f"))
    at_open(AT_FDCWD, "f", os.O_WRONLY, path=at("f"))
    shut(at_open(AT_FDCWD, "f", os.O_RDONLY))


def rooted():
    os.chroot("real")
    for name, path in (("/f", at("real/f")), ("/deep/../../../f", at("real/f")), ("/", at("real"))):
        shut(at_open(AT_FDCWD, name, os.O_RDONLY, path=path))
    at_open(AT_FDCWD, "/../none", os.O_RDONLY, path=at("real/none"))
    os.chdir("/deep")
    shut(at_open(AT_FDCWD, "../../f", os.O_RDONLY, path=at("real/f")))
    at_open(AT_FDCWD, "none", os.O_RDONLY, path=at("real/deep/none"))


def mount(source, target, kind, flags=0, data=None):
    if libc.mount(source.encode(), target.encode(), kind and kind.encode(), ctypes.c_ulong(flags),
                  data and data.encode()):
        raise OSError(ctypes.get_errno(), target)


MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18


def mounted():
    if libc.unshare(0x20000):
        raise OSError(ctypes.get_errno(), "unshare")
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    for name in ("bound", "memory", "layers"):
        os.mkdir(name)
    mount("real", "bound", None, MS_BIND)
    mount("none", "memory", "tmpfs")
    for name in ("lower", "upper", "work"):
        os.mkdir("memory/" + name)
    os.mknod("memory/lower/low")
    for name in ("down", "up"):
        os.mkdir("memory/lower/in-" + name)
        os.mknod(f"memory/lower/in-{name}/f")
    os.symlink("in-down", "memory/lower/to-down")
    mount("none", "layers", "overlay", 0, "lowerdir=memory/lower,upperdir=memory/upper,workdir=memory/work")
    mount("bound", "memory/lower", None, MS_BIND)
    for name in ("bound/f", "bound/deep/../f", "memory/lower/deep/g", "layers/low", "bound/../memory/lower/f"):
        shut(at_open(AT_FDCWD, name, os.O_RDONLY))
    shut(at_open(AT_FDCWD, "layers/low", os.O_RDWR))
    shut(at_open(AT_FDCWD, "layers/new", os.O_RDWR | os.O_CREAT, 0o600))
    at_open(AT_FDCWD, "layers/none", os.O_RDONLY, path=at("layers/none"))
    say("chmod", call("fchmodat", AT_FDCWD, "bound/deep/../f", 0o640), at("bound/f"), 0o640)
    say("chmod", call("fchmodat", AT_FDCWD, "layers/low", 0o640), at("layers/low"), 0o640)
    os.symlink("in-up", "layers/to-up")
    for name in ("down", "up"):
        say("chmod", call("fchmodat", AT_FDCWD, f"layers/to-{name}/f", 0o640), at(f"layers/in-{name}/f"), 0o640)
    say("unlink", call("unlinkat", AT_FDCWD, "memory/../layers/low", 0), at("layers/low"), 0)
    say("unlink", call("unlinkat", AT_FDCWD, "memory/lower/to-g", 0), at("memory/lower/to-g"), 0)
    say("rename", call("renameat", AT_FDCWD, "memory/lower/f", AT_FDCWD, "memory/lower/deep/f"),
        at("memory/lower/f"), at("memory/lower/deep/f"), 0)
    os.chroot("bound")
    say("rename", call("renameat", AT_FDCWD, "/../deep/f", AT_FDCWD, "/deep/../f"), at("bound/deep/f"), at("bound/f"), 0)
    os.chdir("/deep")
    say("unlink", call("unlinkat", AT_FDCWD, "../../../f", 0), at("bound/f"), 0)


def homeless():
    os.mkdir("home")
    os.chdir("home")
    say("unlink", call("unlinkat", AT_FDCWD, at("home"), 0x200), at("home"), 1)
    at_open(AT_FDCWD, "x", os.O_RDONLY, path=at("home/x"))
    shut(at_open(AT_FDCWD, ".", os.O_RDONLY))
    at_open(AT_FDCWD, "../f", os.O_RDONLY, path=at("f"))


def part_tasks():
    begin()
    thread = threading.Thread(target=some_opens)
    thread.start()
    thread.join()
    child(some_opens)
    child(some_opens, clone_three)
    if X86:
        child(some_opens, lambda: call("fork"))
    daemon()
    for function in (lowly, rooted, mounted, homeless):
        child(function)


def moved(name, event="rename"):
    """By a call of two names, each with a folder or without."""
    def do(source, target, seen_source, seen_target, last=0):
        return say(event, call(name, source, target), seen_source, seen_target, last)
    return do


def part_names():
    begin()
    folder = os.open("soft", os.O_RDONLY | os.O_DIRECTORY)
    if X86:
        rename, link, soft = moved("rename"), moved("link", "link"), moved("symlink", "link")
        rename("soft/a", "absolute/a", at("real/a"), at("real/deep/a"))
        rename("soft/folder/", "winding/folder/", at("real/folder"), at("real/deep/folder"))
        rename("soft/none", "soft/a", at("soft/none"), at("soft/a"))
        rename("real/b", "real/b/c", at("real/b"), at("real/b/c"))
        link("soft/b", "absolute/../b2", at("real/b"), at("real/b2"))
        link("soft/up", "l1", at("real/up"), at("l1"))
        link("soft/b", "f", at("soft/b"), at("f"))
        soft("soft/b", "soft/s1", "soft/b", at("real/s1"), 1)
        soft("", "s2", "", at("s2"), 1)
        say("unlink", call("unlink", "absolute/a"), at("real/deep/a"), 0)
        say("unlink", call("unlink", "soft"), at("soft"), 0)
        rename("spare", "soft", at("spare"), at("soft"))
        say("unlink", call("unlink", "real"), at("real"), 0)
        say("unlink", call("rmdir", "winding/folder"), at("real/deep/folder"), 1)
        say("unlink", call("rmdir", "soft/deep"), at("soft/deep"), 1)
        say("chmod", call("chmod", "soft/to-g", 0o4755), at("real/deep/g"), 0o4755)
        say("chmod", call("chmod", "soft/.", 0o755), at("real"), 0o755)
        say("chmod", call("chmod", "absolute/..", 0o755), at("real"), 0o755)
        say("chmod", call("chmod", "me", 0o755), at("me"), 0o755)
        say("chown", call("chown", "soft", 1, 2), at("real"), 1, 2)
        say("chown", call("lchown", "soft", 3, -1), at("soft"), 3, -1)
        say("chown", call("lchown", "soft/", -1, -1), at("real"), -1, -1)
    say("rename", call("renameat", folder, "c", AT_FDCWD, "absolute/c"), at("real/c"), at("real/deep/c"), 0)
    say("rename", call("renameat2", folder, "d", AT_FDCWD, "absolute/c", 1), at("real/d"), at("absolute/c"), 1)
    say("rename", call("renameat2", folder, "d", AT_FDCWD, "absolute/c", 2), at("real/d"), at("real/deep/c"), 2)
    say("rename", call("renameat2", folder, "d", folder, "d2", 1 << 20), at("real/d"), at("real/d2"), 1 << 20)
    say("link", call("linkat", folder, "e", AT_FDCWD, "absolute/e", 0), at("real/e"), at("real/deep/e"), 0)
    say("link", call("linkat", folder, "to-g", AT_FDCWD, "l2", 0), at("real/to-g"), at("l2"), 0)
    say("link", call("linkat", folder, "to-g", AT_FDCWD, "l3", 0x400), at("real/deep/g"), at("l3"), 0)
    say("link", call("symlinkat", "anything", folder, "../soft/s3"), "anything", at("real/s3"), 1)
    say("unlink", call("unlinkat", folder, "../soft/f", 0), at("real/f"), 0)
    say("unlink", call("unlinkat", folder, "../soft/f", 0), at("soft/f"), 0)
    say("unlink", call("unlinkat", folder, "other/", 0x200), at("real/other"), 1)
    say("unlink", call("unlinkat", 987, "x", 0), "x", 0)
    say("unlink", call("unlinkat", folder, ctypes.c_long(1), 0), "", 0)
    say("chmod", call("fchmodat", folder, "../winding/g", 0o600), at("real/deep/g"), 0o600)
    say("chmod", call("fchmod", folder, 0o711), at("real"), 0o711)
    if call("fchmodat2", folder, "e", 0o600, 0) == 0:
        say("chmod", 0, at("real/e"), 0o600)
        say("chmod", call("fchmodat2", folder, "", 0o755, 0x1000), at("real"), 0o755)
        say("chmod", call("fchmodat2", AT_FDCWD, "soft", 0o755, 0x100), at("soft"), 0o755)
    say("chown", call("fchownat", folder, "to-g", 7, 8, 0), at("real/deep/g"), 7, 8)
    say("chown", call("fchownat", folder, "to-g", 7, 8, 0x100), at("real/to-g"), 7, 8)
    say("chown", call("fchownat", folder, "", 0, 0, 0x1000), at("real"), 0, 0)
    say("chown", call("fchown", folder, 0, -1), at("real"), 0, -1)
    say("chown", call("fchown", 987, 0, -1), "", 0, -1)
    say("truncate", call("truncate", "soft/to-g", 3), at("real/deep/g"), 3)
    say("truncate", call("truncate", "soft", 3), at("soft"), 3)
    say("truncate", call("truncate", "soft/e", -1), at("soft/e"), -1)
    fd = os.open("real/e", os.O_RDWR)
    say("truncate", call("ftruncate", fd, 9000), at("real/e"), 9000)
    say("truncate", call("fallocate", fd, 3, 0, 4096), at("real/e"), 9000)
    call("fallocate", fd, 0, 0, 10000)
    say("setxattr", call("setxattr", "soft/to-g", "user.one", "x", 1, 0), at("real/deep/g"), "user.one")
    say("setxattr", call("lsetxattr", "soft/to-g", "trusted.two", "x", 1, 0), at("real/to-g"), "trusted.two")
    say("setxattr", call("fsetxattr", fd, "user.three", "x", 1, 0), at("real/e"), "user.three")
    say("setxattr", call("setxattr", "soft/none", "user.four", "x", 1, 0), at("soft/none"), "user.four")
    known = file_system(top) == "tmpfs"
    say("unlink", call("unlinkat", AT_FDCWD, "far/f", 0), at((LONG if known else "far") + "/f"), 0)
    listed = call("getdents64", folder, ctypes.create_string_buffer(32768), 32768)
    say("list", listed, at("real"), listed)
    say("list", call("getdents64", folder, ctypes.create_string_buffer(32768), 32768), at("real"), 0)
    say("list", call("getdents64", fd, ctypes.create_string_buffer(32768), 32768), at("real/e"), 0)


def file_system(path):
    best = ("", "")
    with open("/proc/self/mounts", encoding="utf-8") as file:
        for line in file:
            _, place, kind, *_ = line.split()
            if (path + "/").startswith(place.rstrip("/") + "/") and len(place) >= len(best[0]):
                best = (place, kind)
    return best[1]


def vector(*parts):
    """An array of struct iovec, with what it points to."""
    buffers = [ctypes.create_string_buffer(part, len(part)) for part in parts]
    array = (ctypes.c_ulong * (2 * len(parts)))()
    for i, buffer in enumerate(buffers):
        array[2 * i], array[2 * i + 1] = ctypes.addressof(buffer), len(buffer)
    array.buffers = buffers
    return array


def part_io():
    lost = make("lost")
    os.unlink("lost")
    target = make("target")
    begin()
    fd = os.open("soft/f", os.O_RDWR)
    seen, ids = at("real/f"), identity(fd)

    def io(event, name, offset, *args, of=fd, path=seen, numbers=None):
        ret = call(name, of, *args)
        return say(event, ret, of, path, max(ret, 0), offset, *(numbers or ids))

    room = ctypes.create_string_buffer(100)
    three = vector(b"12", b"345", b"6")
    io("read", "read", 0, room, 4)
    io("read", "read", 4, room, 100)
    io("read", "read", 10, room, 100)
    io("read", "pread64", 7, room, 100, 7)
    io("read", "pread64", 1000, room, 100, 1000)
    os.lseek(fd, 2, 0)
    io("read", "readv", 2, three, 3)
    io("read", "preadv", 1, three, 2, 1, 0)
    io("read", "preadv2", 3, three, 3, 3, 0, 0)
    io("read", "preadv2", 8, three, 1, -1, -1, 0)
    io("read", "read", 10, ctypes.c_long(1), 5)
    io("read", "pread64", -5, room, 5, -5)
    os.lseek(fd, 0, 0)
    io("write", "write", 0, "ab", 2)
    io("write", "pwrite64", 20, "xyz", 3, 20)
    io("write", "writev", 2, three, 3)
    io("write", "pwritev", 30, three, 3, 30, 0)
    io("write", "pwritev2", 40, three, 2, 40, 0, 0)
    io("write", "pwritev2", 8, three, 1, -1, -1, 0)
    io("write", "write", 10, ctypes.c_long(1), 5)
    end = os.fstat(fd).st_size
    tail = os.open("real/f", os.O_WRONLY | os.O_APPEND)
    io("write", "write", end, "12345", 5, of=tail)
    io("write", "pwrite64", end + 5, "12345", 5, 0, of=tail)
    io("read", "read", end + 5, room, 5, of=tail)
    copy = os.dup(fd)
    io("read", "read", 10, room, 1, of=copy)
    io("read", "read", 11, room, 1)
    io("write", "write", 0, "x", 1, of=lost, path=at("lost (deleted)"), numbers=identity(lost))
    memory = os.memfd_create("mine")
    io("write", "write", 0, "x", 1, of=memory, path="/memfd:mine (deleted)", numbers=identity(memory))
    # moved without a buffer of ours
    both, other = os.pipe(), os.pipe()
    ends = socket.socketpair()
    here, there = f"pipe:[{os.fstat(both[0]).st_ino}]", f"pipe:[{os.fstat(other[0]).st_ino}]"
    sock = f"socket:[{os.fstat(ends[0].fileno()).st_ino}]"

    def copies(name, source, to, *args):
        ret = call(name, *args)
        return say("copy", ret, source, to, max(ret, 0))

    copies("sendfile", seen, at("target"), target, fd, 0, 5)
    copies("sendfile", seen, here, both[1], fd, 0, 5)
    copies("sendfile", seen, sock, ends[0].fileno(), fd, 0, 5)
    copies("tee", here, there, both[0], other[1], 100, 2)
    copies("splice", here, at("target"), both[0], 0, target, 0, 3, 0)
    copies("splice", here, sock, both[0], 0, ends[0].fileno(), 0, 100, 0)
    copies("splice", seen, here, fd, 0, both[1], 0, 4, 0)
    copies("splice", here, there, both[0], 0, other[1], 0, 4, 0)
    copies("copy_file_range", seen, at("target"), fd, 0, target, 0, 6, 0)
    copies("copy_file_range", here, at("target"), both[0], 0, target, 0, 6, 0)
    copies("splice", at("target"), seen, target, 0, fd, 0, 6, 0)
    copies("sendfile", "", at("target"), target, 987, 0, 5)
    copies("ioctl", seen, at("target"), target, 0x40049409, fd)
    copies("ioctl", seen, at("target"), target, 0x4020940d,
           ctypes.create_string_buffer(struct.pack("qQQQ", fd, 0, 4096, 0), 32))
    say("pipe-write", call("vmsplice", both[1], three, 2, 0), both[1], here, 5)
    say("pipe-read", call("read", both[0], room, 5), both[0], here, 5)
    say("pipe-write", call("write", both[1], "x", 1), both[1], here, 1)
    say("pipe-read", call("readv", both[0], three, 2), both[0], here, 1)

    def maps(length, prot, flags, of, path, offset=0):
        ret = call("mmap", 0, length, prot, flags, of, offset)
        failed = -4096 < ret < 0
        say("map", ret, path, prot, flags, 0 if failed else length)
        return ret

    maps(4096, 1, 2, fd, seen)
    maps(5000, 3, 1, fd, seen)
    maps(4096, 3, 3, fd, seen)
    maps(4096, 3, 2, tail, seen)
    maps(0, 1, 2, fd, seen)
    maps(4096, 1, 1, memory, "/memfd:mine (deleted)")
    call("mmap", 0, 4096, 1, 0x22, -1, 0)


def closes(ret, fd, path, numbers):
    return say("close", ret, fd, path, *numbers)


def part_close():
    begin()
    made = [os.open("soft/f", os.O_RDONLY) for _ in range(6)]
    ids = identity(made[0])
    closes(call("close", made[0]), made[0], at("real/f"), ids)
    closes(call("close", made[0]), made[0], "", [0, 0])
    closes(call("close", -1), -1, "", [0, 0])
    sock = socket.socket()
    number = identity(sock.fileno())
    shut_socket = sock.detach()
    closes(call("close", shut_socket), shut_socket, f"socket:[{number[1]}]", number)
    name = "dup2" if X86 else "dup3"
    rest = () if X86 else (0,)
    closes(call(name, made[1], made[2], *rest), made[2], at("real/f"), ids)
    call(name, made[1], made[0], *rest)
    if X86:
        call("dup2", made[1], made[1])
    closes(call("dup3", made[1], made[3], os.O_CLOEXEC), made[3], at("real/f"), ids)
    call("dup3", made[1], made[1], 0)
    call("dup3", 987, made[1], 0)
    row = len(ledger)
    last = made[-1]
    for fd in sorted(set(made[2:])):
        ledger.append([tid(), "close", [0, 0, "syscall", fd, at("real/f"), *ids]])
    if call("close_range", made[2], last, 0):
        del ledger[row:]


PARTS = {"open": part_open, "tasks": part_tasks, "names": part_names, "io": part_io, "close": part_close}


def main():
    global top
    os.umask(0o22)
    os.chdir(sys.argv[1])
    top = os.getcwd()
    output = os.dup(1)
    tree()
    PARTS[sys.argv[2]]()
    libc.syscall(ctypes.c_long(NR["openat"]), ctypes.c_long(AT_FDCWD), ctypes.c_char_p(b"/ledger/end"), ctypes.c_long(0))
    os.write(output, b"")
    with os.fdopen(output, "w", errors="surrogateescape") as file:
        json.dump(ledger, file)


main()
