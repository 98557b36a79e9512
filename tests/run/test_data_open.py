# SPDX-License-Identifier: Apache-2.0
"""file:open against a workload that keeps its own ledger of every open and of what must be seen."""
import errno
import json
import os
import re

from harness import test

# As data_open.c prints its ledger.
ROW = ('file:open /comm == str($1)/ { printf("%d|%d|%d|%s|%o|%o|%d|%d%d%d%d|%s|%llu|%llu|%d|%s|%s\\n", '
       'args.ret, args.ok, args.errno, args.via, args.flags, args.mode, args.fd, args.reads, args.writes, '
       'args.creates, args.truncates, args.type, args.dev, args.ino, args.owner, args.path, args.name); }')

# The kernel's threads that do a ring's work are of its process, under names of their own.
URING_ROW = ROW.replace("comm == str($1)", "pid == cpid && args.via == uring")


def ledger(t, part, at_least):
    comm = f"{part[:2]}{os.getpid()}"
    t.ledger(ROW, "data_open", comm, part, params=[comm], at_least=at_least)


@test
def calls(t):
    """open, creat, openat, openat2, open_by_handle_at; links, descriptors, directories, O_PATH ..."""
    ledger(t, "calls", 25)


@test
def compared(t):
    """A name and a path with each of several constants: equal in all bytes, or not at all."""
    names = ["m", "mark", "mar", "mark1", "Mark", "markedas", "markedat", "x" * 62, "x" * 63, "x" * 64, "x" * 62 + "y", "x" * 200]
    for name in names:
        (t.tmp / name).write_text("")
    texts = ["", *names]
    folder = os.path.realpath(t.tmp)
    asked = [f'args.name == "{text}"' for text in texts] + [f'"{folder}/{text}" == args.path' for text in texts] + [
        'args.name != "mark"', f'args.path != "{folder}/mark"', f'args.path == "{folder}"',
        'args.path == "/dev/null"', 'args.path == "/dev/nul"', 'args.path == "/dev/null/"', 'args.path == "dev/null"']
    r = t.duetrace("-q", "-e", "file:open /intree(cpid) && args.creates/ { print(args.name); "
                   + "".join(f"print({one});" for one in asked) + " }",
                   "--run", "sh", "-c", f"cd {folder}; " + "".join(f": >>{name};" for name in names)
                   + " cd /; : >>dev/null")
    want = ""
    for name in [*names, "dev/null"]:
        answers = [text == name for text in texts] * 2 + [name != "mark"] * 2 + [False] + [name == "dev/null"] + [False] * 3
        want += name + "\n" + "".join(f"{str(answer).lower()}\n" for answer in answers)
    t.equal(r.out, want + "\n\n")


@test
def names_of_each_length(t):
    """Names of 1 to 40 bytes and the longest, each once between a longer and a shorter one; bytes of all kinds."""
    letters = "abcdefghijklmnopqrstuvwxyz\x01\x7fé~-+,"
    def name(length):
        text = (letters[length % 7:] * 9).encode()[:length].decode(errors="ignore")
        return text + "x" * (length - len(text.encode()))
    want = []
    for order in ([*range(1, 41), 255, 254], [*range(40, 0, -1)], [1, 33, 2, 31, 3, 32, 7, 8, 9, 1]):
        folder = os.path.join(os.path.realpath(t.tmp), *map(name, order[:-1]))
        os.makedirs(folder, exist_ok=True)
        want.append(os.path.join(folder, name(order[-1])))
    (t.tmp / "files").write_text("\0".join(want))
    opener = "import sys\nfor name in open(sys.argv[1]).read().split(chr(0)): open(name, 'x')"
    r = t.duetrace("-q", "-f", "json", "-e", "file:open /intree(cpid) && args.creates && args.ok/ { emit o { args.path }; }",
                   "--run", "python3", "-Bc", opener, t.tmp / "files")
    t.equal([json.loads(line)["data"]["path"] for line in r.out.splitlines()], want)


@test
def strace(t):
    """What strace sees of the same calls: names and results."""
    t.need("strace")
    place = t.tmp / "data"
    place.mkdir()
    comm = f"ds{os.getpid()}"
    out, seen = t.tmp / "trace", t.tmp / "strace"
    r = t.duetrace("-q", "-o", out, "-e",
                   'file:open /comm == str($1)/ { printf("%s=%d\\n", args.name, args.ret); }', comm, "--run",
                   "strace", "-f", "-qq", "-s", "5000", "-o", seen, "-e",
                   "trace=open,creat,openat,openat2,prctl", t.workload("data_open"),
                   os.path.realpath(place), comm, "failures")
    t.equal((r.err, r.status), ("", 0), "stderr, status")
    calls = seen.read_text().split("prctl(")[1].split("\n")[1:]
    want = []
    for call in calls:
        found = re.search(r'"(.*)", .* = (-?\d+)(?: (\w+))?', call)
        if found:
            want.append(f"{found[1]}={-getattr(errno, found[3]) if found[3] else found[2]}")
    t.check(len(want) > 15, f"{len(want)} calls")
    got = [line for line in out.read_text().split("\n") if line and not line.startswith("=")]
    empty = [line for line in want if line.startswith("=")]
    # strace shows a part of names that are too long; a name at a wrong address it shows as that
    t.equal([line.split("...=")[0] for line in got if len(line) < 4000],
            [line for line in want if line not in empty and len(line) < 4000], "calls")


@test
def failures(t):
    ledger(t, "failures", 20)


@test
def deep(t):
    """Paths beyond 4095 bytes have their first names replaced by .. ."""
    ledger(t, "deep", 60)


@test
def tasks(t):
    """Threads, fork, vfork, posix_spawn, exec, clone3, a daemon whose parents are gone."""
    ledger(t, "tasks", 8)


@test
def signals(t):
    """A call that begins again after a signal is one; one that a handler ends has failed with EINTR."""
    ledger(t, "signals", 2)


@test
def mounts(t):
    """Bind mounts, a tmpfs, mounts on mounts, chroot."""
    ledger(t, "mounts", 9)


@test
def compat(t):
    """32-bit system calls: their numbers are others, and so are the registers."""
    if os.uname().machine != "x86_64":
        t.skip("only x86-64 has int 0x80")
    ledger(t, "compat", 7)


@test
def not_our_own(t):
    """Neither our own files nor the database's."""
    r = t.duetrace("-q", "--db", t.tmp / "use.sqlite", "-e",
                   'file:open { @[comm, args.name] = count(); if (comm == "duetrace") { printf("%s\\n", args.name); } } '
                   "interval:ms:300 { exit(); }")
    t.equal((r.err, r.status), ("", 0), "stderr, status")
    t.absent("use.sqlite", r.out, "output")


@test
def pid_filter(t):
    """-p takes away what other processes do."""
    r = t.duetrace("-q", "-p", "1", "-e", "file:open /pid != 1/ { printf(\"%d\\n\", pid); } "
                   "interval:ms:200 { exit(); }")
    t.equal((r.out, r.err, r.status), ("\n\n", "", 0))


@test
def listing(t):
    """-l and -lv; of a script too."""
    t.equal(t.duetrace("-l", "file:ope*").out, "file:open\n")
    lines = t.duetrace("-lv", "file:open").out.split("\n")
    t.equal(lines[:5], ["file:open", "    int64 ret", "    bool ok", "    int32 errno", "    enum via via"])
    t.check("    string path" in lines and "    int64 owner" in lines, f"{lines}")
    t.equal(t.duetrace("-l", "-e", "file:open { }").out, "file:open\n")
    t.found(r"(?m)^file:open$", t.duetrace("-l", "*").out)



def open_two(t, program, want):
    """A shell's opens of /etc/hosts, which is there, and /etc/none/at/all, which is not."""
    r = t.duetrace("-q", "-e", program, "--run", "sh", "-c", "exec 9</etc/hosts; exec 8</etc/none/at/all")
    t.equal(r.out, want, "stdout")


@test
def uses_of_a_path(t):
    """In the predicate, twice in a printf, in a key, in a variable, in a loop."""
    open_two(t, 'file:open /pid == cpid && args.path == "/etc/hosts"/ { printf("%s %s %d\\n", args.path, '
             "args.path, strlen(args.path)); @[args.path, args.ok] = count(); $p = args.path; @p = $p; "
             "for ($i : 0..40) { if ($i == 39) { @l[$i, args.path] = 1; } } }",
             "/etc/hosts /etc/hosts 10\n\n\n@[/etc/hosts, true]: 1\n@l[39, /etc/hosts]: 1\n@p: /etc/hosts\n")


@test
def blocks(t):
    """Several blocks on one event run in order; a pattern has the args that all events have."""
    open_two(t, 'file:open /pid == cpid && args.name == "/etc/hosts"/ { printf("1 %s\\n", probe); } '
             'file:o* /pid == cpid/ { @[probe, args.ok, args.errno, args.via, args.ret >= 0] = 1; } '
             'file:open /pid == cpid && args.name == "/etc/hosts"/ { printf("2\\n"); }',
             "1 file:open\n2\n\n\n@[file:open, false, 2, syscall, false]: 1\n@[file:open, true, 0, syscall, true]: 1\n")


@test
def words(t):
    """The values of `type` and `via` have names; one of the script's own wins."""
    open_two(t, 'file:open /pid == cpid && args.type == regular && args.path == "/etc/hosts"/ '
             '{ printf("%s %d %d\\n", args.type, args.type, args.via == syscall); }', "regular 8 1\n\n\n")
    open_two(t, 'enum mine { regular = 77 } file:open /pid == cpid && args.name == "/etc/hosts"/ '
             '{ printf("%d\\n", regular); }', "77\n\n\n")


@test
def io_uring(t):
    """Requests of a ring: done at once, by the kernel's workers, by its polling thread."""
    program = URING_ROW + (
        " file:open /pid == cpid && args.via == uring && (args.took == 0 || args.took > 60000000000)/ "
        '{ printf("took %d\\n", args.took); }')
    lines = t.ledger(program, "data_open", "uring", "uring", params=["unused"], at_least=24)
    t.equal(len(lines), 24, "lines in the ledger")
