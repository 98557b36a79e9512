# SPDX-License-Identifier: Apache-2.0
"""Hostile programs: files with holes that symbols are read from, and surroundings that duetrace is started in."""
import os
import pathlib
import re
import resource
import signal
import struct
import subprocess

from harness import test

LIMIT_KIB = 200 << 10


def edited(t, name, change):
    """A program that is there, with its section headers changed."""
    path = t.tmp / name
    data = bytearray(pathlib.Path(t.workload("open")).read_bytes())
    (offset,), (count, names) = struct.unpack_from("<Q", data, 40), struct.unpack_from("<HH", data, 60)
    start = struct.unpack_from("<Q", data, offset + 64 * names + 24)[0]
    for i in range(count):
        at = offset + 64 * i
        text = data[start + struct.unpack_from("<I", data, at)[0]:].split(b"\0")[0].decode()
        change(data, at, text)
    path.write_bytes(data)
    path.chmod(0o755)
    os.truncate(path, 8 << 30)
    return path


def spent(t, *argv, **options):
    usage = t.tmp / "usage"
    r = t.run("python3", "-c", "import resource, subprocess, sys\nstatus = subprocess.run(sys.argv[2:]).returncode\n"
              "u = resource.getrusage(resource.RUSAGE_CHILDREN)\nopen(sys.argv[1], 'w').write(f'{u.ru_utime + u.ru_stime} {u.ru_maxrss}')\n"
              "sys.exit(status if status >= 0 else 128 - status)", usage, *argv, **options)
    seconds, kib = (float(x) for x in usage.read_text().split())
    return r, seconds, kib


@test
def sections_with_holes(t):
    """A file of 8 GiB, all of it a hole, whose sections say that they have it: known to be none, soon and in little memory."""
    def huge(kind):
        def change(data, at, text):
            if struct.unpack_from("<I", data, at + 4)[0] in kind:
                struct.pack_into("<QQ", data, at + 24, 0, 8 << 30)
        return change

    for name, kind in (("symbols", (2, 11)), ("strings", (3,)), ("notes", (7,))):
        path = edited(t, name, huge(kind))
        for words in ((f"uprobe:{path}:main {{ }}",), (f"usdt:{path}:a:b {{ }}",), (f"uprobe:{path}:main {{ print(args.a); }}",)):
            r, seconds, kib = spent(t, t.binary, "--dry-run", "-e", *words)
            t.check(r.status in (0, 1), f"{name}: status {r.status}: {r.err[-300:]}")
            t.check(kib < LIMIT_KIB and seconds < 5, f"{name}, {words}: {seconds:.1f} s, {kib / 1024:.0f} MiB")


@test
def a_traced_program_with_holes(t):
    """The same of a process whose stack is printed: its frames have no names."""
    def change(data, at, text):
        if struct.unpack_from("<I", data, at + 4)[0] in (2, 3, 7, 11) and text not in (".dynstr", ".dynsym"):
            struct.pack_into("<QQ", data, at + 24, 0, 8 << 30)

    path = edited(t, "holes", change)
    for setting in ("", "config = { show_debug_info = true } "):
        r, seconds, kib = spent(t, t.binary, "-q", "-e", setting + 'tracepoint:syscalls:sys_enter_openat /pid == cpid && '
                                'str(args.filename) == "/no/such/marker"/ { print(ustack); }', "--run", path, "/no/such/marker")
        t.equal((r.err, r.status), ("", 0))
        t.found(r"(?m)^        \S+", r.out)
        t.check(kib < LIMIT_KIB and seconds < 5, f"{seconds:.1f} s, {kib / 1024:.0f} MiB")


@test
def compressed_to_nothing(t):
    """A section of DWARF that says that it has 64 GiB when it is not compressed any more."""
    objcopy = t.tmp / "z"
    t.need("gcc", "objcopy")
    source = t.write("z.c", "int f(int a) { return a; }\nint main(void) { return f(1); }\n")
    t.equal(t.run("gcc", "-g", "-gz=zlib", "-o", objcopy, source).status, 0)
    data = bytearray(objcopy.read_bytes())
    (offset,), (count,) = struct.unpack_from("<Q", data, 40), struct.unpack_from("<H", data, 60)
    changed = 0
    for i in range(count):
        flags, _, start, size = struct.unpack_from("<QQQQ", data, offset + 64 * i + 8)
        if flags & 0x800 and size > 24:
            struct.pack_into("<Q", data, start + 8, 64 << 30)
            changed += 1
    if not changed:
        # Small sections are not compressed: one that is large enough.
        t.skip("gcc compressed nothing")
    objcopy.write_bytes(data)
    r, seconds, kib = spent(t, t.binary, "--dry-run", "-e", f"uprobe:{objcopy}:f {{ print(args.a); }}")
    t.equal((r.status, r.out), (1, ""))
    t.found("ERROR: ", r.err)
    t.check(kib < LIMIT_KIB and seconds < 5, f"{seconds:.1f} s, {kib / 1024:.0f} MiB")


# --- surroundings ---

HELLO = ["-q", "-e", 'begin { printf("hello\\n"); }']


def surrounded(t, *flags, prepare=None, env=None, stdin=None, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=None, words=HELLO):
    p = subprocess.run([t.binary, *words, *flags], preexec_fn=prepare, env=env, stdin=stdin, stdout=stdout, stderr=stderr, cwd=cwd, timeout=60)
    return p.returncode, (p.stdout or b"").decode(errors="replace"), (p.stderr or b"").decode(errors="replace")


@test
def descriptors_that_are_closed(t):
    """Whichever of 0, 1 and 2 are closed: no file of ours becomes what messages or output go to."""
    for mask in range(1, 8):
        def close(mask=mask):
            for fd in range(3):
                if mask & 1 << fd:
                    os.close(fd)
        db = t.tmp / f"{mask}.sqlite"
        status, out, err = surrounded(t, "--db", str(db), prepare=close, stdin=subprocess.DEVNULL)
        t.check(status in (0, 1), f"closed {mask:03b}: status {status}: {err}")
        if not mask & 2:
            t.equal((status, out), (0, "hello\n\n\n"), f"closed {mask:03b}")
        if db.exists() and db.stat().st_size:
            t.equal(t.sql(db, "PRAGMA integrity_check"), [("ok",)], f"closed {mask:03b}")
            t.check(db.read_bytes()[:15] == b"SQLite format 3", f"closed {mask:03b}: written over")


@test
def an_environment_of_anybodys(t):
    """Variables that are long, wrong or hostile change nothing but what they are for, and end nothing."""
    for name in ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "COLUMNS", "LINES", "LC_ALL", "LANG", "LANGUAGE", "TZ", "TERM", "NO_COLOR",
                 "SUDO_UID", "SUDO_GID", "PATH", "SQLITE_TMPDIR", "DEBUGINFOD_URLS", "LIBBPF_LOG_LEVEL", "MALLOC_CONF",
                 "BPFTRACE_KERNEL_SOURCE", "BPFTRACE_KERNEL_BUILD", "BPFTRACE_MAX_STRLEN", "BPFTRACE_MAX_PROBES", "BPFTRACE_PERF_RB_PAGES",
                 "DUETRACE_MAX_PROBES", "DUETRACE_LIBRARY", "DUETRACE_PATH"):
        for value in ("", "-1", "99999999999999999999", "x" * 100_000, "../../../..", "%s%n%s%n", "\x1b[2J", "/dev/zero", "\xff\xfe"):
            status, out, err = surrounded(t, env={"PATH": os.environ["PATH"], name: value}, stdin=subprocess.DEVNULL)
            t.check((status, out) == (0, "hello\n\n\n") or (status == 1 and not out and "ERROR: " in err),
                    f"{name}={value[:40]!r}: status {status}, {out[:100]!r}, {err[:300]!r}")


@test
def limits_of_anybodys(t):
    """Too little of everything: it works, or says why."""
    rows = [(resource.RLIMIT_NOFILE, n) for n in (3, 4, 6, 10, 16)] + [(resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_STACK, 64 << 10)]
    rows += [(resource.RLIMIT_AS, n << 20) for n in (100, 200, 400)] + [(resource.RLIMIT_DATA, 4 << 20), (resource.RLIMIT_MEMLOCK, 0),
                                                                        (resource.RLIMIT_SIGPENDING, 0), (resource.RLIMIT_CORE, 0)]
    for which, value in rows:
        status, out, err = surrounded(t, prepare=lambda: resource.setrlimit(which, (value, value)), stdin=subprocess.DEVNULL)
        t.check((status, out) == (0, "hello\n\n\n") or (status in (1, 127) and re.search("(?i)error", err)),
                f"limit {which} of {value}: status {status}, {out[:100]!r}, {err[:300]!r}")


@test
def signals_of_anybodys(t):
    """Ignored and blocked signals are inherited: the compile child and the command are waited for all the same."""
    def ignore():
        for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGHUP, signal.SIGTERM, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)
    t.equal(surrounded(t, prepare=ignore), (0, "hello\n\n\n", ""))
    t.equal(surrounded(t, "--run", "sh", "-c", "exit 7", prepare=ignore), (7, "hello\n\n\n", ""))
    t.equal(surrounded(t, prepare=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))), (0, "hello\n\n\n", ""))
    t.equal(surrounded(t, "--run", "sh", "-c", "exit 7", prepare=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))),
            (7, "hello\n\n\n", ""))


@test
def a_folder_that_is_gone(t):
    """A working directory that was deleted, and a umask of 0: a database is 0600 all the same."""
    folder = t.tmp / "gone"
    folder.mkdir()

    def leave():
        os.chdir(folder)
        os.rmdir(folder)
        os.umask(0)
    db = t.tmp / "x.sqlite"
    t.equal(surrounded(t, "--db", str(db), prepare=leave), (0, "hello\n\n\n", ""))
    t.equal(db.stat().st_mode & 0o777, 0o600)
    folder.mkdir()
    status, out, err = surrounded(t, prepare=leave, words=["-q", "x.dt"])
    t.equal((status, out), (1, ""))
    t.found(r"^ERROR: failed to open file 'x\.dt': No such file or directory", err)
