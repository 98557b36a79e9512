# SPDX-License-Identifier: Apache-2.0
"""What data probes say of devices, file systems and pipes, and of data that the kernel itself sends."""
import os
import random
import socket

from harness import python, test

FILTER = "/pid == cpid/"


def trace(t, program, *code):
    """What the script prints of a python program, line by line, and the program's own output."""
    out = t.tmp / "traced"
    r = t.duetrace("-q", "--strict", "-o", out, "-e", program, "--run", *python(*code))
    t.equal(r.status, 0, r.err)
    return [line for line in out.read_text().splitlines() if line], r.out.splitlines()


def file_system(path):
    """By the mounts of the process: the one that holds the path's device."""
    device = os.stat(path).st_dev
    for line in open("/proc/self/mountinfo"):
        words = line.split()
        if words[2] == f"{os.major(device)}:{os.minor(device)}":
            return words[words.index("-") + 1]
    return None


@test
def file_open_fs(t):
    """The file system's type, none of an open that failed; no disk here can be taken out."""
    path = t.write("f", "x")
    got, _ = trace(t, f'file:open {FILTER} {{ printf("%s|%s|%d\\n", args.fs, args.path, args.removable); }}',
                   "import os", f"os.open('{path}', 0)", "os.open('/proc/self/stat', 0)",
                   f"try: os.open('{t.tmp}/none', 0)", "except OSError: pass")
    got = [line for line in got if str(t.tmp) in line or "/stat" in line]
    t.equal([line.rsplit("/", 1)[1] for line in got], ["f|0", "stat|0", "none|0"])
    t.equal([line.split("|")[0] for line in got], [file_system(path), "proc", ""])


@test
def file_fs_of_reads_and_writes(t):
    path = t.write("f", "xyz")
    got, _ = trace(t, f'file:read, file:write {FILTER} {{ printf("%s %s %s\\n", probe, args.fs, args.path); }}',
                   "import os", f"fd = os.open('{path}', 2)", "os.read(fd, 2)", "os.write(fd, b'x')")
    kind = file_system(path)
    t.equal([line for line in got if line.endswith(path)], [f"file:read {kind} {path}", f"file:write {kind} {path}"])


@test
def file_identities(t):
    """Of a mapping the file's, of a copy both ends': as stat() has them."""
    a, b = t.write("a", "x" * 5000), t.write("b", "")
    got, _ = trace(t, f'''file:map {FILTER} {{ printf("map %d %d\\n", args.dev, args.ino); }}
        file:copy {FILTER} {{ printf("copy %d %d %d %d\\n", args.dev, args.ino, args.todev, args.toino); }}''',
                   "import mmap, os", f"a = os.open('{a}', 0); b = os.open('{b}', 2)",
                   "kept = mmap.mmap(a, 5000, prot=mmap.PROT_READ)", "os.copy_file_range(a, b, 5000)",
                   "os.sendfile(b, a, 0, 100)", "r, w = os.pipe()", "os.splice(a, w, 100, offset_src=0)", "os.write(w, b'x')")
    ends = f"{os.stat(a).st_dev} {os.stat(a).st_ino}"
    t.check(f"map {ends}" in got, f"{got}")
    copies = [line for line in got if line.startswith("copy")]
    t.equal(copies[:2], [f"copy {ends} {os.stat(b).st_dev} {os.stat(b).st_ino}"] * 2)
    t.found(f"^copy {ends} ", copies[2])
    t.equal(len(copies), 3)


@test
def file_sync(t):
    """fsync, fdatasync, sync_file_range, syncfs, and one that fails."""
    path = t.write("f", "x")
    got, said = trace(t, f'file:sync {FILTER} {{ printf("%d %d %s %s %d %d %d\\n", args.ret, args.fd, args.path, args.fs, '
                      'args.dev, args.ino, args.took > 0); }',
                      "import ctypes, os", "libc = ctypes.CDLL(None)", f"fd = os.open('{path}', 1); print(fd)",
                      "os.fsync(fd)", "os.fdatasync(fd)", "libc.sync_file_range(fd, ctypes.c_int64(0), ctypes.c_int64(0), 2)",
                      "libc.syncfs(fd)", "libc.fsync(1000)")
    info = os.stat(path)
    t.equal(got, [f"0 {said[0]} {path} {file_system(path)} {info.st_dev} {info.st_ino} 1"] * 4 + ["-9 1000   0 0 1"])


@test
def writes_that_append_by_their_flag(t):
    """RWF_APPEND: at the file's end, whatever position is given; the position itself where there is no such flag."""
    path = t.write("f", "0123456789")
    got, _ = trace(t, f'file:write {FILTER} {{ printf("%d %d %s\\n", args.offset, args.bytes, args.path); }}', "import os",
                   f"fd = os.open('{path}', 1)", "os.pwritev(fd, [b'abc'], 0, 0x10)", "os.pwritev(fd, [b'de'], 2)",
                   "os.pwritev(fd, [b'f', b'g'], 5, os.RWF_DSYNC | 0x10)", "os.pwritev(fd, [b'h'], 1, os.RWF_DSYNC)")
    t.equal([line for line in got if line.endswith(path)],
            [f"{offset} {n} {path}" for offset, n in ((10, 3), (2, 2), (13, 2), (1, 1))])
    t.equal(open(path).read(), "0h" + "de" + "456789" + "abc" + "fg")


@test
def names_by_links_of_proc(t):
    """What is done by a name of /proc was done to what that leads to: a descriptor's, the program's, a directory."""
    path, gone = t.write("f", "x"), t.write("gone", "x")
    (t.tmp / "s").mkdir()
    (t.tmp / "fast").symlink_to("/proc/self/cwd/f")
    got, said = trace(
        t, f"""file:chmod {FILTER} {{ printf("%o %d %s\\n", args.mode, args.ok, args.path); }}
        file:rename {FILTER} {{ printf("%s %s\\n", args.from, args.to); }} file:unlink {FILTER} {{ print(args.path); }}
        file:truncate {FILTER} {{ printf("%d %s\\n", args.size, args.path); }}""",
        "import os, threading", f"os.chdir('{t.tmp}')", "fd = os.open('f', 2); d = os.open('s', 0); pid = os.getpid()",
        "for i, name in enumerate((f'/proc/self/fd/{fd}', f'/proc/{pid}/fd/{fd}', f'/dev/fd/{fd}', '/proc/self/cwd/f', "
        "f'/proc/self/fd/{d}/../f', '/proc/thread-self/cwd/s/../f', f'/proc/self/root{os.getcwd()}/f', 'fast')):",
        "    os.chmod(name, 0o600 + i)",
        "t = threading.Thread(target=os.chmod, args=('/proc/thread-self/cwd/f', 0o640)); t.start(); t.join()",
        "os.chmod('/proc/self/cwd', 0o711)", "os.truncate(f'/proc/self/fd/{fd}', 7)",
        "os.rename('/proc/self/cwd/f', f'/proc/self/fd/{d}/g')", "g = os.open('gone', 2); os.unlink(f'/proc/{pid}/cwd/gone')",
        "os.chmod(f'/proc/self/fd/{g}', 0o641)", "r, w = os.pipe(); os.chmod(f'/proc/self/fd/{r}', 0o600)", "print(os.fstat(r).st_ino)",
        "try: os.chmod('/proc/self/fd/999', 0o600)", "except FileNotFoundError: pass")
    t.equal(got, [f"{0o600 + i:o} 1 {path}" for i in range(8)]
            + [f"640 1 {path}", f"711 1 {t.tmp}", f"7 {path}", f"{path} {t.tmp}/s/g", gone, f"641 1 {gone} (deleted)",
               f"600 1 pipe:[{said[0]}]", "600 0 /proc/self/fd/999"])


@test
def names_that_are_too_long(t):
    """Beyond 4095 bytes no call takes them: cut, with .. at the cut, which is nowhere a folder's .. ."""
    got, _ = trace(t, f'file:open {FILTER} {{ printf("%d %s|%s\\n", args.errno, args.name, args.path); }}', "import os",
                   "for name in ('/x' * 2047 + 'x', '/' + 'x' * 4095, '/xy' * 2000, '/xxxx' * 1000, '/xxxxx' * 1000, '/' + 'x/' * 2500):",
                   "    try: os.open(name, 0)", "    except OSError: pass")
    whole = "/x" * 2047 + "x"
    cut = ["/" + "x" * 4092, ("/xy" * 2000)[:4093], ("/xxxx" * 1000)[:4093], ("/xxxxx" * 1000)[:4093], ("/" + "x/" * 2500)[:4093]]
    # Instead of the slash in front of them there is a third dot.
    cut = [name[:-1] + "." if name[-1] == "/" else name for name in cut]
    t.check(any(name[-1] == "." for name in cut), "no cut behind a slash")
    got = [line for line in got if line.startswith(("36 ", "2 /x/x"))]
    t.equal(got[0], f"2 {whole}|{whole}" if got[0][0] == "2" else f"36 {whole}|{whole}")
    t.equal(got[1:], [f"36 {name}..|{name}.." for name in cut])


@test
def waiting_is_no_act_of_the_command(t):
    """Until the probes are attached the command waits: it has used no pipe before it runs."""
    got, _ = trace(t, f'pipe:read, pipe:write {FILTER} {{ printf("%s %s\\n", comm, probe); }}', "pass")
    t.equal(got, [])


@test
def pipe_read_and_write(t):
    """A pipe without a name and one with; vmsplice; the end; a file, a socket and a failure on no pipe are none."""
    fifo = t.tmp / "fifo"
    os.mkfifo(fifo)
    path = t.write("f", "x")
    got, said = trace(t, f'pipe:read, pipe:write {FILTER} '
                      '{ printf("%d %s %d %d %s\\n", args.ino, probe, args.fd, args.bytes, args.path); }',
                      "import ctypes, os, socket", "libc = ctypes.CDLL(None)", f"q = os.open('{fifo}', 2)",
                      "r, w = os.pipe(); os.set_blocking(r, False)",
                      "print(r, w, os.fstat(r).st_ino, q, os.fstat(q).st_ino)", "os.write(w, b'x' * 1000)",
                      "os.writev(w, [b'xx', b'y'])", "os.read(r, 900)", "a = ctypes.create_string_buffer(70)",
                      "v = (ctypes.c_uint64 * 2)(ctypes.addressof(a), 70)", "assert libc.vmsplice(w, v, ctypes.c_long(1), 0) == 70",
                      "assert len(os.read(r, 4096)) == 173", "os.write(q, b'name'); os.read(q, 2)",
                      "try: os.read(r, 1)", "except BlockingIOError: pass", "os.close(w); os.read(r, 5)",
                      f"f = os.open('{path}', 2); os.read(f, 5); os.write(f, b'x')",
                      "s = socket.socketpair(); s[0].send(b'x'); os.read(s[1].fileno(), 1)", "os.close(q)",
                      "libc.read(1000, a, 1)")
    r, w, ino, q, named = said[0].split()
    anonymous = f"pipe:[{ino}]"
    want = [("write", w, 1000, anonymous), ("write", w, 3, anonymous), ("read", r, 900, anonymous),
            ("write", w, 70, anonymous), ("read", r, 173, anonymous), ("write", q, 4, fifo),
            ("read", q, 2, fifo), ("read", r, 0, anonymous), ("read", r, 0, anonymous)]
    # The python program prints through a pipe, too.
    t.equal([line for line in got if line.split()[0] in (ino, named)],
            [f"{named if path == fifo else ino} pipe:{event} {fd} {n} {path}" for event, fd, n, path in want])


@test
def pipe_wildcard(t):
    got, _ = trace(t, 'pipe:* /intree(cpid) && args.ret > 2/ { printf("%s %d\\n", probe, args.ret); }',
                   "import os", "r, w = os.pipe(); os.write(w, b'x' * 1234); os.read(r, 1234)")
    t.equal([line for line in got if line.endswith(" 1234")], ["pipe:write 1234", "pipe:read 1234"])


@test
def net_send_data(t):
    """Where the process has what it sends, by any call; of several buffers the first."""
    got, said = trace(t, f'net:send {FILTER} {{ printf("%d %d %s %s\\n", args.port, args.bytes, args.addr, '
                      'str(uptr(args.data), 6)); }',
                      "import socket, os", "l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen()",
                      "s = socket.socket(); s.connect(l.getsockname()); c, _ = l.accept(); n = s.fileno()",
                      "print(l.getsockname()[1])", "s.send(b'hello')",
                      "s.sendmsg([b'world', b'more'])", "os.write(n, b'writt')", "os.writev(n, [b'vecto', b'r'])",
                      "u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.sendto(b'dgram', l.getsockname())")
    t.equal([line.split(" ", 1)[0] for line in got], [said[0]] * 5)
    t.equal([line.split(" ", 1)[1] for line in got],
            ["5 127.0.0.1 hello", "9 127.0.0.1 world", "5 127.0.0.1 writt", "6 127.0.0.1 vecto", "5 127.0.0.1 dgram"])


@test
def file_copy_to_sockets(t):
    """Whom the kernel sends a file or a pipe's data to; nobody if it goes to a file."""
    path = t.write("f", "0123456789" * 500)
    got, said = trace(t, f'file:copy {FILTER} {{ printf("%d %d [%s] %s\\n", args.port, args.bytes, args.addr, args.from); }}',
                      "import os, socket",
                      "for family, host in ((socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1')):",
                      "  l = socket.socket(family); l.bind((host, 0)); l.listen()",
                      "  s = socket.socket(family); s.connect(l.getsockname()); n = s.fileno()",
                      f"  f = os.open('{path}', 2); print(l.getsockname()[1])",
                      "  assert os.sendfile(n, f, 0, 5000) == 5000", "  r, w = os.pipe(); os.write(w, b'pipedata')",
                      "  assert os.splice(r, n, 8) == 8", "  os.sendfile(w, f, 0, 10)")
    v4, v6 = said
    t.equal([line.split(" pipe:")[0] for line in got],
            [f"{v4} 5000 [127.0.0.1] {path}", f"{v4} 8 [127.0.0.1]", f"0 10 [] {path}",
             f"{v6} 5000 [::1] {path}", f"{v6} 8 [::1]", f"0 10 [] {path}"])


@test
def str_of_addresses(t):
    """Addresses as text, in a string, are what inet_ntop() of the C library makes of them."""
    addresses = ["::", "::1", "1::", "fe80::1", "2001:db8:0:0:1:0:0:1", "::ffff:1.2.3.4", "::1.2.3.4", "1:2:3:4:5:6:7:8",
                 "1:0:0:4:5:0:0:8", "0:1:0:0:0:0:0:1", "::ffff:0:1.2.3.4", "1.2.3.4", "255.255.255.255", "0.0.0.0",
                 "10.0.100.9", "1:0:3:4:5:6:7:0", "0:0:0:4:5:6:7:8", "abcd:ef01:10:200:3000:0:0:0"]
    chance = random.Random(1)
    for _ in range(22):
        groups = (chance.choice((0, 0, chance.getrandbits(16), chance.getrandbits(4))) for _ in range(8))
        addresses.append(":".join(f"{group:x}" for group in groups))
    for first in range(0, len(addresses), 8):
        some = addresses[first:first + 8]
        r = t.duetrace("-q", "-e", "begin { " + "".join(f'print(str(ntop(pton("{a}")))); ' for a in some) + "}")
        want = [socket.inet_ntop(f, socket.inet_pton(f, a)) for a in some
                for f in (socket.AF_INET6 if ":" in a else socket.AF_INET,)]
        t.equal((r.out.split(), r.err), (want, ""))


@test
def session(t):
    """The session's ID, before and after a process makes one of its own."""
    out = t.tmp / "out"
    r = t.duetrace("-q", "-o", out, "-e", 'file:open /intree(cpid) && glob(args.name, "/dev/nul*")/ { print(session); }', "--run",
                   *python("import os", "os.open('/dev/null', 0)", "child = os.fork()", "if not child: os.setsid()",
                           "os.open('/dev/null', 0)" " if child else print(os.getsid(0), flush=True)",
                           "if child: os.wait(); print(os.getsid(0), flush=True)", "os.open('/dev/null', 0)"))
    child, own = r.out.split()
    got = out.read_text().split()
    t.equal(sorted(got), sorted([own] * 3 + [child]))


@test
def files(t):
    """Files of a folder are known by any name; the folder that is not there is an error that says so."""
    data, other = t.tmp / "data", t.tmp / "other"
    (data / "sub").mkdir(parents=True)
    other.mkdir()
    for path in (data / "a", data / "sub" / "b", other / "c"):
        path.write_text("x")
    (data / "away").symlink_to(other / "c")
    os.link(data / "sub" / "b", other / "linked")
    program = "begin { files(@data, str($1)); } file:open /pid == cpid && has_key(@data, (args.dev, args.ino))/ { print(args.path); }"
    out = t.tmp / "out"
    r = t.duetrace("-q", "-o", out, "-e", program + " end { clear(@data); }", data, "--run",
                   *python("import os", f"for f in ('data/a', 'data/sub/b', 'data/away', 'other/c', 'other/linked', 'data/sub'): "
                           f"os.open('{t.tmp}/' + f, 0)"))
    t.equal((out.read_text().split(), r.err), ([f"{data}/a", f"{data}/sub/b", f"{other}/linked"], ""))
    r = t.duetrace("-q", "-e", program, f"{t.tmp}/none", "--run", "true")
    t.equal(r.err, f"ERROR: Could not read all files of '{t.tmp}/none' into @data: No such file or directory\n")
    r = t.duetrace("-q", "-e", "begin { files(@data, \"/\"); @data = 1; }")
    t.found("call to files\\(\\) expects a map with explicit keys", r.err)
