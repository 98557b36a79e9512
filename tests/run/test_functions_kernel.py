# SPDX-License-Identifier: Apache-2.0
"""Raw tracepoints, iterators, and what is said of probes that this kernel does not give. Probes on the
kernel's functions work in tests/vm/run.py's kernels."""
import glob
import json
import os
import re
import subprocess
import sys

from harness import END, Skip, case, test

GETPPID = 110
OPENAT = 257
# Does what its lines ask: "N" calls getppid N times.
CALLER = ("import os, sys\nprint('ready', flush=True)\n"
          "for line in sys.stdin:\n"
          "    for _ in range(int(line)):\n        os.getppid()\n"
          "    print('done', flush=True)\n")
KPROBE_HINT = ("HINT: try a tracepoint (duetrace -l tracepoint), a raw tracepoint, or file:open and its "
               "like\n")


class Caller:
    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, "-c", CALLER], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()
        self.pid = str(self.process.pid)
        return self

    def call(self, times):
        self.process.stdin.write(f"{times}\n")
        self.process.stdin.flush()
        self.process.stdout.readline()

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def run_true(name, program, want):
    def body(t):
        r = t.duetrace("-q", "-e", program, "--run", "/bin/true")
        t.equal((r.out, r.err, r.status), (want, "", 0))
    body.__module__ = __name__
    test(name=name)(body)


# Names and types are those of the kernel's prototypes.
run_true("rawtracepoint-args", "rawtracepoint:sched_process_exec /args.p.tgid == (int32)cpid/ "
         "{ print((str(args.bprm.filename), args.p.pid == args.old_pid, args.p == curtask)); }",
         "(/bin/true, true, true)\n" + END)
run_true("rawtracepoint-argN", "rt:sched_process_exec /((struct task_struct *)arg0).tgid == (int32)cpid/ "
         "{ print((arg0 == (uint64)curtask, (int32)arg1 == tid)); }", "(true, true)\n" + END)
run_true("rawtracepoint-wildcard", "rt:sched_process_ex[ei][ct]* /pid == cpid/ { @[probe] = count(); }",
         END + "@[rawtracepoint:vmlinux:sched_process_exec]: 1\n"
         "@[rawtracepoint:vmlinux:sched_process_exit]: 1\n")
run_true("rawtracepoint-module", "rawtracepoint:vmlinux:sched_process_exec /pid == cpid/ "
         "{ print(probe); print(probetype); }",
         "rawtracepoint:vmlinux:sched_process_exec\nrawtracepoint\n" + END)


@test
def rawtracepoint_of_system_calls(t):
    """The registers of the call, and a result below 0."""
    r = t.duetrace("-q", "-e", "rt:sys_enter /pid == cpid && args.id == %d && "
                   "str(uptr(args.regs.si)) == \"/no/such/file\"/ { @wanted[tid] = 1; } "
                   "rt:sys_exit /@wanted[tid] && args.regs.orig_ax == %d/ "
                   "{ print(args.ret); delete(@wanted, tid); }" % (OPENAT, OPENAT),
                   "--run", "/bin/cat", "/no/such/file")
    t.equal(r.out, "-2\n" + END)


@test
def rawtracepoint_of_one_process(t):
    """-p takes what that process does."""
    with Caller() as caller:
        p = t.trace("-p", caller.pid, "-e", "rt:sys_enter /arg1 == %d/ { @[pid] = count(); }" % GETPPID)
        os.getppid()
        caller.call(7)
    t.equal(p.finish().out, END + f"@[{caller.pid}]: 7\n")


def scratch_map(t, pid):
    for path in glob.glob(f"/proc/{pid}/fdinfo/*"):
        found = re.search(r"map_id:\t(\d+)", open(path).read())
        if not found:
            continue
        info = json.loads(t.run("bpftool", "-j", "map", "show", "id", found[1]).out)
        if info["name"] == "scratch":
            return info
    return None


def set_taken(t, info, taken):
    for slot in range(2, info["max_entries"]):
        value = [str(taken)] + ["0"] * (info["bytes_value"] - 1)
        r = t.run("bpftool", "map", "update", "id", str(info["id"]), "key", str(slot), "0", "0", "0",
                  "value", *value)
        t.equal(r.status, 0, r.err)


@test(alone=True)
def no_scratch_free(t):
    """An event that finds the pool taken is counted as lost, with that reason, and nothing else is."""
    t.need("bpftool")
    database = t.tmp / "lost.sqlite"
    with Caller() as caller:
        p = t.trace("--db", database, "-p", caller.pid, "-e",
                    'rt:sys_enter /arg1 == %d/ { printf("%%s\\n", str($1)); }' % GETPPID, "called")
        caller.call(3)
        info = scratch_map(t, p.pid)
        set_taken(t, info, 1)
        caller.call(5)
        set_taken(t, info, 0)
        caller.call(4)
    r = p.finish()
    t.equal(r.out, "called\n" * 7 + END)
    t.found(re.compile("^Lost 5 events$", re.M), r.err)
    t.found(re.compile("^WARNING: 5 events found no scratch memory free: too many probes interrupted "
                       "each other on one CPU$", re.M), r.err)
    t.equal(t.sql(database, "select reason, probe, sum(count) from losses group by 1, 2"),
            [("no scratch free", "rawtracepoint:vmlinux:sys_enter", 5)])
    t.equal(t.sql(database, "select produced, stored, lost from runs"), [(12, 7, 5)])


@test(alone=True)
def interrupted_programs_keep_their_scratch(t):
    """A timer fires inside of raw tracepoints' programs; neither's strings get into the other's."""
    a, b = "a" * 400, "b" * 400
    with Caller() as caller:
        p = t.trace("-p", caller.pid, "-e",
                    'rt:sys_enter /arg1 == %d/ { $s = str($1); printf("%%s\\n", $s); } '
                    'rt:sys_exit { $s = str($1); if ($s != str($1)) { printf("bad\\n"); } } '
                    'profile:hz:9999 { $s = str($2); printf("%%s\\n", $s); }' % GETPPID, a, b)
        caller.call(20000)
    lines = p.finish().out.split("\n")
    t.equal(lines.count(a), 20000, "system calls")
    t.check(lines.count(b) > 0, "the timer never fired")
    t.equal(set(lines) - {a, b, ""}, set(), "other lines")


# iterators


@test
def iter_task(t):
    """Every process, in the order of the kernel's list, with its parent."""
    with Caller() as caller:
        r = t.duetrace("-q", "-e", "iter:task /ctx.task.tgid == $1/ { printf(\"%d %d %s\\n\", "
                       "ctx.task.pid, ctx.task.real_parent.tgid, ctx.task.comm); }", caller.pid)
        comm = open(f"/proc/{caller.pid}/comm").read()
        t.equal((r.out, r.status), (f"{caller.pid} {os.getpid()} {comm}" + END, 0))
    r = t.duetrace("-q", "-e", "iter:task { print((ctx.meta.seq_num, ctx.task.pid)); }")
    rows = re.findall(r"^\((\d+), (\d+)\)$", r.out, re.M)
    t.equal([int(number) for number, _ in rows], list(range(len(rows))), "in order")
    t.check(str(os.getpid()) in [pid for _, pid in rows], "this process is not among them")


@test
def iter_task_file(t):
    """An open file by its descriptor and name."""
    name = t.write("held-by-a-test", "x")
    with open(name) as file:
        r = t.duetrace("-q", "-e", "iter:task_file /ctx.task.tgid == $1 && ctx.task.pid == ctx.task.tgid && "
                       "ctx.fd == $2/ { print(str(ctx.file.f_path.dentry.d_name.name)); }",
                       str(os.getpid()), str(file.fileno()))
        t.equal(r.out, "held-by-a-test\n" + END)


@test
def iter_path(t):
    """path() of an open file is where it is; without room for it there is no more than the room."""
    name = t.write("named-by-path", "x")
    with open(name) as file:
        r = t.duetrace("-q", "-e", "iter:task_file /ctx.task.pid == $1 && ctx.fd == $2/ "
                       "{ print(path(ctx.file.f_path)); @[path(ctx.file.f_path)] = 1; "
                       "print(path(ctx.file.f_path) == str($3)); print(strlen(path(ctx.file.f_path, 8)) < 8); }",
                       str(os.getpid()), str(file.fileno()), str(name))
    t.equal((r.out, r.err), (f"{name}\ntrue\ntrue\n" + END + f"@[{name}]: 1\n", ""))


@test
def iter_task_vma(t):
    """The sizes of a process's mappings, as /proc has them."""
    with Caller() as caller:
        r = t.duetrace("-q", "-e", "iter:task_vma /ctx.task.tgid == $1/ "
                       "{ @ = sum(ctx.vma.vm_end - ctx.vma.vm_start); @n = count(); }", caller.pid)
        rows = [line.split()[0].split("-") for line in open(f"/proc/{caller.pid}/maps")
                if "[vsyscall]" not in line]
    total = sum(int(end, 16) - int(start, 16) for start, end in rows)
    t.equal(r.out, END + f"@: {total}\n@n: {len(rows)}\n")


@test
def iter_of_one_process(t):
    """-p walks the threads of that process."""
    with Caller() as caller:
        r = t.duetrace("-q", "-p", caller.pid, "-e", "iter:task { print(ctx.task.tgid); }")
        t.equal((r.out, r.err, r.status), (caller.pid + "\n" + END, "", 0))


@test
def iter_fills_no_ring(t):
    """The ring is emptied while an iterator runs, however small it is."""
    # Neighbours of other rights are areas of their own: 4 000 of them make 128 KB of records.
    many = t.start(sys.executable, "-c", "import mmap\nm = [mmap.mmap(-1, 4096, prot=1 + i % 2) "
                   "for i in range(4000)]\nprint('ready', flush=True)\ninput()")
    many.wait_for("ready")
    r = t.duetrace("-q", "--buffer", "64K", "-e", "iter:task_vma /ctx.task.tgid == $1/ { "
                   "printf(\"%d %d\\n\", ctx.task.pid, ctx.vma.vm_flags); }", many.pid)
    t.equal((r.err, r.status), ("", 0))
    areas = sum("[vsyscall]" not in line for line in open(f"/proc/{many.pid}/maps"))
    t.equal(r.out.count("\n") - len(END), areas, "areas")
    t.check(areas > 2000, "too little to fill a ring")
    many.send("end\n")


@test
def iter_does_not_list_what_is_not_there(t):
    r = t.duetrace("-l", "iter:*")
    t.equal(r.out, "iter:task\niter:task_file\niter:task_vma\n")
    r = t.duetrace("-lv", "iter:task")
    t.found(re.compile("    struct task_struct \\* task\n"), r.out)


# what there is not


def without_kprobes():
    if os.path.exists("/sys/bus/event_source/devices/kprobe"):
        raise Skip("this kernel has kprobes")


@test
def no_kprobes(t):
    without_kprobes()
    for kind, named in (("kprobe", "vfs_read"), ("kretprobe", "vfs_read"), ("k", "vfs_read")):
        r = t.duetrace("-q", "-e", f"{kind}:{named} {{ exit(); }}")
        full = "kprobe" if kind == "k" else kind
        t.equal((r.status, r.err),
                (1, f"ERROR: {full}:{named} is not available: this kernel is built without CONFIG_KPROBES\n"
                 + KPROBE_HINT))


@test
def no_fentry(t):
    without_kprobes()
    for kind in ("fentry", "fexit"):
        r = t.duetrace("-q", "-e", f"{kind}:vfs_read {{ exit(); }}")
        t.equal((r.status, r.err),
                (1, f"ERROR: {kind}:vmlinux:vfs_read is not available: this kernel refuses programs for "
                 "fentry and fexit, and is built without CONFIG_KPROBES\n" + KPROBE_HINT))


@test
def missing_kprobe_is_a_warning(t):
    without_kprobes()
    program = "config = { missing_probes = %s } kprobe:vfs_read { exit(); } interval:ms:1 { exit(); }"
    r = t.duetrace("-q", "-e", program % '"warn"')
    t.equal((r.status, r.out), (0, END))
    t.found(re.compile("^WARNING: kprobe:vfs_read is not available: this kernel is built without "
                       "CONFIG_KPROBES$", re.M), r.err)
    r = t.duetrace("-q", "-e", program % '"ignore"')
    t.equal((r.status, r.out, r.err), (0, END, ""))


@test
def function_without_types(t):
    """The BTF has none of what is written in assembly; the kernel's symbols do."""
    without_kprobes()
    r = t.duetrace("-q", "-e", "kprobe:entry_SYSCALL_64 { }")
    t.equal((r.status, r.err.split(":")[:3]), (1, ["ERROR", " kprobe", "entry_SYSCALL_64 is not available"]))


@test
def missing_fentry_is_a_warning(t):
    """What the kernel refuses when it is loaded: of each probe once, and the others go on."""
    without_kprobes()
    program = "fentry:vfs_read, fexit:vfs_read { exit(); } fentry:vfs_write { } interval:ms:1 { exit(); }"
    said = "".join(f"%s: {name} is not available: this kernel refuses programs for fentry and fexit, and is "
                   "built without CONFIG_KPROBES\n" + KPROBE_HINT
                   for name in ("fentry:vmlinux:vfs_read", "fentry:vmlinux:vfs_write", "fexit:vmlinux:vfs_read"))
    for how, err in (("warn", said.replace("%s", "WARNING")), ("ignore", "")):
        r = t.duetrace("-q", "-e", program, env={"DUETRACE_MISSING_PROBES": how})
        t.equal((r.status, r.out, r.err), (0, END, err), how)
    r = t.duetrace("-e", program, env={"DUETRACE_MISSING_PROBES": "ignore"})
    t.equal((r.status, r.err), (0, "Attached 1 probe\n"))
    r = t.duetrace("-e", "fentry:vfs_read { }", env={"DUETRACE_MISSING_PROBES": "ignore"})
    t.equal((r.status, r.err), (1, "ERROR: None of the probes could be attached\n"))


@test
def lists_of_functions(t):
    """-l by BTF and the kernel's symbols; -lv has the prototype."""
    t.equal(t.duetrace("-l", "rawtracepoint:sched_process_e*").out,
            "rawtracepoint:vmlinux:sched_process_exec\nrawtracepoint:vmlinux:sched_process_exit\n")
    t.equal(t.duetrace("-lv", "rt:sched_process_fork").out,
            "rawtracepoint:vmlinux:sched_process_fork\n    struct task_struct * parent\n"
            "    struct task_struct * child\n")
    t.equal(t.duetrace("-lv", "fexit:vfs_read").out,
            "fexit:vmlinux:vfs_read\n    struct file * file\n    char * buf\n    size_t count\n"
            "    loff_t * pos\n    ssize_t retval\n")
    t.found(re.compile("^kprobe:vfs_read$", re.M), t.duetrace("-l", "kprobe:vfs_re*").out)


case("functions_kernel", "no-such-function", "kprobe:vfs_reed { }", "", status=1,
     err="stdin:1:1-16: ERROR: No matches for kprobe vfs_reed.\nkprobe:vfs_reed { }\n~~~~~~~~~~~~~~~\n"
     "HINT: Did you mean 'kprobe:vfs_read'?\n")
case("functions_kernel", "no-such-raw-tracepoint", "rt:sched_swich { }", "", status=1,
     err="stdin:1:1-15: ERROR: No matches for rawtracepoint sched_swich.\nrt:sched_swich { }\n"
     "~~~~~~~~~~~~~~\nHINT: Did you mean 'rawtracepoint:sched_switch'?\n")
case("functions_kernel", "no-match-of-a-wildcard", "fentry:nothing_at_all* { }", "", status=1,
     err=re.compile("ERROR: No matches for fentry nothing_at_all\\*\\."))
