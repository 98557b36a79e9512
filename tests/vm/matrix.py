# SPDX-License-Identifier: Apache-2.0
"""Each way to write each probe, and what comes of it on the kernels of tests/vm: ROWS.

A row runs, and prints what it must, or is refused with its message. docs/kernels.md shows the table;
what a kernel does otherwise than the others stands in OTHERWISE, and what no machine of the tests can
show in NOT_HERE, with the reason.
"""
import shlex

KERNELS = ("6.1", "6.12")
# The one that the tests themselves run on: tests/run/test_matrix.py.
RUNNING = "6.18"

RUN = "--run cat /etc/one /etc/two"
CALLS = "-c '/tests/functions 3'"
MARKS = "-c '/tests/markers 5'"
WRITES = "--run /tests/perf writes 30"
NAMES = "/etc/one\n/etc/two\n"
END = "\n\n"
BUSY = "--run sh -c 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done'"
# A BPF program that is there meanwhile, with its ID in the environment; what runs it.
HELD = "held "
# Files on a file system of XFS, which is a module.
XFS = "xfs "
# A bpffs, and what is pinned there as `list` is read when duetrace has ended.
PINS = "pins "
RUNS = "--run /tests/programs run $PROGRAM_ID 3"
LOOP = "--run sh -c 'losetup /dev/loop%d /etc/disk; losetup -d /dev/loop%d'"


def ticks(point):
    return point + " { if (@ < 3) { @++; } else { exit(); } }"


# type, variant, options and script, what is printed; a text that begins with ERROR is what is refused.
ROWS = [
    ("begin, end", "order", "-e 'end { print(3); } begin { print(1); } BEGIN { print(2); }'", "1\n2\n3\n" + END),
    ("tracepoint", "category:event", RUN + " -e 'tracepoint:syscalls:sys_enter_openat /pid == cpid/ "
     "{ @n[tid] = args.filename; } t:syscalls:sys_exit_openat /@n[tid] && args->ret > 0/ "
     "{ print(str(@n[tid])); delete(@n, tid); } end { clear(@n); }'", NAMES + END),
    ("tracepoint", "wildcard event", RUN + " -e 't:syscalls:sys_exit_open*, t:syscalls:sys_exit_nosuch* "
     "/pid == cpid && args.ret > 0/ { @[probe] = count(); }'", "ERROR: No matches for tracepoint "
     "syscalls:sys_exit_nosuch*."),
    ("tracepoint", "wildcard category", RUN + " -e 't:sysc*:sys_exit_openat /pid == cpid && args.ret > 0/ "
     "{ @[probe] = count(); }'", END + "@[tracepoint:syscalls:sys_exit_openat]: 2\n"),
    ("tracepoint", "text elsewhere in the record", RUN + " -e 't:sched:sched_process_exec /pid == cpid/ "
     "{ print(args.filename); }'", "/bin/cat\n" + END),
    ("rawtracepoint", "event, args", RUN + " -e 'rawtracepoint:sched_process_exec /pid == cpid/ "
     "{ print((args.p == curtask, str(args.bprm.filename))); }'", "(true, /bin/cat)\n" + END),
    ("rawtracepoint", "event, argN", RUN + " -e 'rt:sys_enter /pid == cpid && arg1 == 257/ { @++; }'",
     END + "@: 2\n"),
    ("rawtracepoint", "module:event", RUN + " -e 'rt:vmlinux:sched_process_exec /pid == cpid/ { @[probe] = "
     "count(); }'", END + "@[rawtracepoint:vmlinux:sched_process_exec]: 1\n"),
    ("rawtracepoint", "module's event, args", XFS + "--run dd if=/dev/zero of=/tmp/xfs/new bs=100 count=2 "
     "-e 'rt:xfs:xfs_file_buffered_write { print((args.iocb.ki_pos, args.iter.count, "
     "str(args.iocb.ki_filp.f_path.dentry.d_name.name))); }'", "(0, 100, new)\n(100, 100, new)\n" + END),
    ("rawtracepoint", "module's event, a struct of the module's", XFS + "--run dd if=/etc/one of=/tmp/xfs/new conv=fsync "
     "-e 'rt:xfs_file_fsync { @[probe] = count(); @inode = args.ip.i_ino; }'",
     END + "@[rawtracepoint:xfs:xfs_file_fsync]: 1\n@inode: 131\n"),
    ("rawtracepoint", "module's event, argN, wildcard", XFS + "--run dd if=/etc/one of=/tmp/xfs/new "
     "-e 'rt:xf?:xfs_file_buffered_wri* { @[probe, arg0 != 0] = count(); }'",
     END + "@[rawtracepoint:xfs:xfs_file_buffered_write, true]: 1\n"),
    ("rawtracepoint", "no such event", "-e 'rt:nosuch_event { }'", "ERROR: No matches for rawtracepoint nosuch_event."),
    ("rawtracepoint", "wildcard", RUN + " -e 'rt:sched_process_exe* /pid == cpid/ { @[probe] = count(); }'",
     END + "@[rawtracepoint:vmlinux:sched_process_exec]: 1\n"),
    ("tracepoint", "no such event", "-e 't:sched:nosuch { }'", "ERROR: No matches for tracepoint sched:nosuch."),
    ("interval", "s", "-e 'interval:s:1 { print(1); exit(); }'", "1\n" + END),
    ("interval", "ms", f"-e '{ticks('interval:ms:10')}'", END + "@: 3\n"),
    ("interval", "us", f"-e '{ticks('i:us:10000')}'", END + "@: 3\n"),
    ("interval", "hz", f"-e '{ticks('i:hz:50')}'", END + "@: 3\n"),
    ("interval", "duration", f"-e '{ticks('interval:20ms')}'", END + "@: 3\n"),
    ("interval", "nanoseconds", f"-e '{ticks('interval:20000000')}'", END + "@: 3\n"),
    ("profile", "hz", "-e 'profile:hz:99 { @[cpu] = 1; if (len(@) == 2) { exit(); } }'",
     END + "@[0]: 1\n@[1]: 1\n"),
    ("profile", "ms", "-e 'p:ms:10 { @ = 1; exit(); }'", END + "@: 1\n"),
    ("profile", "s", "-e 'profile:s:1 { @ = 1; exit(); }'", END + "@: 1\n"),
    ("profile", "us", "-e 'profile:us:10000 { @ = 1; exit(); }'", END + "@: 1\n"),
    ("profile", "nanoseconds", "-e 'profile:20000000 { @ = 1; exit(); }'", END + "@: 1\n"),
    ("profile", "duration", "-e 'profile:10ms { @ = 1; exit(); }'", END + "@: 1\n"),
    ("uprobe", "file:function", CALLS + " -e 'uprobe:/tests/functions:once { @ = sum(arg0); }'", END + "@: 3\n"),
    ("uprobe", "file:function+offset", CALLS + " -e 'u:/tests/functions:once+0 { @ = count(); }'", END + "@: 3\n"),
    ("uprobe", "file:0xaddress", CALLS + " -e \"uprobe:/tests/functions:0x$(cat /tests/once) { @ = count(); }\"",
     END + "@: 3\n"),
    ("uprobe", "file@source:line", CALLS + " -e 'uprobe:/tests/functions@functions.c:LINE { @ = max(1); }'",
     END + "@: 1\n"),
    ("uprobe", "args of DWARF", CALLS + " -e 'uprobe:/tests/functions:once { @ = sum(args.x); }'", END + "@: 3\n"),
    ("uprobe", "wildcard function", CALLS + " -e 'u:/tests/functions:onc* { @[func] = count(); }'",
     END + "@[once]: 3\n"),
    ("uprobe", "wildcard file", CALLS + " -e 'u:/tests/function*:once { @ = count(); }'", END + "@: 3\n"),
    ("uprobe", "no such function", CALLS + " -e 'u:/tests/functions:nosuch { }'",
     "ERROR: No matches for uprobe /tests/functions:nosuch."),
    ("uretprobe", "file:function", CALLS + " -e 'uretprobe:/tests/functions:once { @ = sum(retval); }'",
     END + "@: 6\n"),
    ("uretprobe", "uaddr", CALLS + " -e 'uretprobe:/tests/functions:once { @[*uaddr(\"counter\")] = count(); }'",
     END + "@[42]: 3\n"),
    ("uretprobe", "wildcard function", CALLS + " -e 'ur:/tests/functions:onc* { @[func] = count(); }'",
     END + "@[once]: 3\n"),
    ("uretprobe", "offset", CALLS + " -e 'uretprobe:/tests/functions:once+4 { }'",
     "ERROR: uretprobes can not be attached to a function offset"),
    ("uprobe", 'file:cpp:"name"', CALLS + " -e 'uprobe:/tests/functions:cpp:\"once\" { @ = count(); }'",
     "ERROR: No matches for uprobe /tests/functions:once."),
    ("uprobe", "library by name", "--run /tests/lookup -e 'uprobe:libc:getaddrinfo /pid == cpid/ { @[func] = count(); }'",
     END + "@[getaddrinfo]: 1\n"),
    ("usdt", "file:provider:name", MARKS + " -e 'usdt:/tests/markers:mine:plain { @ = sum(arg0); }'",
     END + "@: -25\n"),
    ("usdt", "file:name", MARKS + " -e 'U:/tests/markers:plain { @ = count(); }'", END + "@: 5\n"),
    ("usdt", "wildcard", MARKS + " -e 'usdt:/tests/markers:min*:plai* { @ = count(); }'", END + "@: 5\n"),
    ("usdt", "semaphore", MARKS + " -e 'usdt:/tests/markers:guarded { @ = sum(arg0); }'", END + "@: 10\n"),
    ("iter", "task", "-e 'iter:task /ctx.task.pid == 1/ { print(ctx.task.comm); }'", "init\n" + END),
    ("iter", "task_file", "-e 'it:task_file /ctx.task.pid == 1 && ctx.fd == 0/ "
     "{ print(str(ctx.file.f_path.dentry.d_name.name)); }'", "console\n" + END),
    ("iter", "task_vma", "-e 'iter:task_vma /ctx.task.pid == 1/ { @ = max(ctx.vma.vm_end > ctx.vma.vm_start); }'",
     END + "@: 1\n"),
    ("iter", "task:PIN", PINS + "-e 'iter:task:list /ctx.task.pid == 1/ { printf(\"%d %s\\n\", ctx.task.pid, ctx.task.comm); }'",
     END + "1 init\n"),
    ("iter", "task_file:/sys/fs/bpf/PIN", PINS + "-e 'it:task_file:/sys/fs/bpf/list /ctx.task.pid == 1 && ctx.fd == 0/ "
     "{ print(str(ctx.file.f_path.dentry.d_name.name)); }'", END + "console\n"),
    ("iter", "task_vma:PIN", PINS + "-e 'iter:task_vma:list /ctx.task.pid == 1 && ctx.meta.seq_num < 50/ "
     "{ @n += ctx.vma.vm_end > ctx.vma.vm_start; if (@n == 1) { printf(\"%04d|%-5s|%#x\\n\", @n, \"ab\", 255); } }'",
     END + "0001|ab   |0xff\n"),
    ("iter", "PIN outside of bpffs", "-e 'iter:task:list { print(1); }'",
     "ERROR: Could not pin iter:task:list to /sys/fs/bpf/list: the folder is not in a BPF file system"),
    ("kprobe", "fn", RUN + " -e 'kprobe:do_sys_openat2 /pid == cpid/ { print(str(uptr(arg1))); }'", NAMES + END),
    ("kprobe", "module:fn", RUN + " -e 'k:vmlinux:do_sys_openat2 /pid == cpid/ { @[probe] = count(); }'",
     END + "@[kprobe:vmlinux:do_sys_openat2]: 2\n"),
    ("kprobe", "function of a module", LOOP % (4, 4) + " -e 'kprobe:loop:lo_ioctl /arg2 == 0x4c01/ { @ = max(1); }'",
     END + "@: 1\n"),
    ("kprobe", "fn+offset", RUN + " -e 'kprobe:do_sys_openat2+0 /pid == cpid/ { @++; }'", END + "@: 2\n"),
    ("kprobe", "offset inside an instruction", "-e 'kprobe:do_sys_openat2+1 { }'",
     "ERROR: kprobe:do_sys_openat2+1 is not available: the offset is not where an instruction begins"),
    ("kprobe", "0xaddress", "--unsafe " + RUN + " -e \"kprobe:0x$(grep ' do_sys_openat2$' /proc/kallsyms | "
     "cut -d' ' -f1) /pid == cpid/ { @++; }\"", END + "@: 2\n"),
    ("kprobe", "0xaddress without --unsafe", "-e 'kprobe:0xffffffff81000000 { }'",
     "ERROR: A kprobe at an address needs --unsafe"),
    ("kprobe", "wildcard", RUN + " -e 'kprobe:do_sys_open* /pid == cpid/ { @[func] = count(); }'",
     END + "@[do_sys_openat2]: 2\n"),
    ("kprobe", "no such function", "-e 'kprobe:nosuch_function { }'", "ERROR: No matches for kprobe nosuch_function."),
    ("kprobe", "function on the blacklist", "-e 'kprobe:do_int3 { }'", "ERROR: kprobe:do_int3 is not available: "
     "it cannot be probed: the function is notrace or on the kernel's list"),
    ("kretprobe", "fn", RUN + " -e 'kretprobe:do_sys_openat2 /pid == cpid/ { print(retval > 2); }'",
     "true\ntrue\n" + END),
    ("kretprobe", "wildcard", RUN + " -e 'kr:do_sys_open* /pid == cpid/ { @[probe] = count(); }'",
     END + "@[kretprobe:do_sys_openat2]: 2\n"),
    ("kretprobe", "offset", "-e 'kretprobe:do_sys_openat2+4 { }'", "ERROR: kretprobe probes have no offset: only kprobe has"),
    ("fentry", "fn", RUN + " -e 'fentry:do_sys_openat2 /pid == cpid/ { print((args.dfd, str(uptr(args.filename)))); }'",
     "(-100, /etc/one)\n(-100, /etc/two)\n" + END),
    ("fentry", "module:fn", RUN + " -e 'f:vmlinux:do_sys_openat2 /pid == cpid/ { @[probe] = count(); }'",
     END + "@[fentry:vmlinux:do_sys_openat2]: 2\n"),
    ("fentry", "kfunc, wildcard", RUN + " -e 'kfunc:do_sys_open* /pid == cpid/ { @[probe] = count(); }'",
     END + "@[fentry:vmlinux:do_sys_openat2]: 2\n"),
    ("fentry", "function of a module", LOOP % (1, 1) + " -e 'fentry:loop:lo_ioctl /args.cmd == 0x4c01 && "
     "args.bdev.bd_disk.disk_name == \"loop1\"/ { print(((struct loop_device *)args.bdev.bd_disk.private_data)"
     ".lo_number); }'", "1\n" + END),
    ("fentry", "wildcard module", LOOP % (2, 2) + " -e 'fentry:lo*p:lo_ioct* { @[probe] = max(1); }'",
     END + "@[fentry:loop:lo_ioctl]: 1\n"),
    ("fentry", "bpf:program", HELD + RUNS + " -e \"fentry:bpf:probed_main "
     "{ print((args.skb.len, func)); }\"", "(50, probed_main)\n" * 3 + END),
    ("fentry", "bpf:function of a program", HELD + RUNS + " -e "
     "\"fentry:bpf:probed_add { print((args.a, args.b)); }\"", "(50, 5)\n" * 3 + END),
    ("fentry", "bpf:id:program, wildcard", HELD + RUNS + " -e "
     "\"fentry:bpf:$PROGRAM_ID:probed_* { @[func] = count(); }\"",
     END + "@[probed_add]: 3\n@[probed_main]: 3\n"),
    ("fentry", "bpf:program that there is not", HELD + "-e 'fentry:bpf:probed_nothing { }'",
     "ERROR: No matches for fentry bpf:probed_nothing."),
    ("fexit", "bpf:id:program", HELD + RUNS + " -e "
     "\"fexit:bpf:$PROGRAM_ID:probed_add { @ = sum(args.a + args.b); @r = sum(retval); @s = sizeof(retval); }\"",
     END + "@: 165\n@r: 165\n@s: 4\n"),
    ("fexit", "bpf:program", HELD + RUNS + " -e "
     "\"fexit:bpf:probed_main { print((retval, args.skb.len)); }\"", "(55, 50)\n" * 3 + END),
    ("fexit", "function of a module, which is not said", LOOP % (3, 3) + " -e 'fexit:lo_ioctl /args.cmd == 0x4c01 && "
     "args.bdev.bd_disk.disk_name == \"loop3\"/ { print((probe, retval)); }'", "(fexit:loop:lo_ioctl, 0)\n" + END),
    ("fexit", "fn", RUN + " -e 'fexit:do_sys_openat2 /pid == cpid/ { print((str(uptr(args.filename)), retval > 2)); }'",
     "(/etc/one, true)\n(/etc/two, true)\n" + END),
    ("fexit", "fr, wildcard", RUN + " -e 'fr:do_sys_open* /pid == cpid/ { @[probe] = count(); }'",
     END + "@[fexit:vmlinux:do_sys_openat2]: 2\n"),
    ("fexit", "kretfunc", RUN + " -e 'kretfunc:vmlinux:do_sys_openat2 /pid == cpid && retval > 0/ { @++; }'",
     END + "@: 2\n"),
    ("self", "anything else", "-e 'self:nosuch:SIGUSR1 { }'", "ERROR: nosuch is not a supported trigger"),
    ("self", "signal", "--run sh -c 'kill -USR1 $PPID; sleep 9' -e 'self:signal:SIGUSR1 { print(1); exit(); }'",
     "1\n" + END),
    ("test", "name", "--test -e 'test:good { return 0; }' 2>&1 | grep -c good", "1\n"),
    ("bench", "name", "--bench -e 'bench:counting { @ = count(); }' 2>&1 | grep -c counting", "1\n"),
]

# event with its count, what is run, how many times it must fire at least and at most
COUNTED = (
    ("context-switches:1", "/tests/perf sleeps 50", 50, 500),
    ("cs:1", "/tests/perf sleeps 50", 50, 500),
    ("cpu-clock:1000000", "/tests/perf spins 100", 20, 400),
    ("cpu:1000000", "/tests/perf spins 100", 20, 400),
    ("cpu-migrations:1", "/tests/snooped moves", 20, 40),
    ("major-faults:1", "sh -c 'losetup /dev/loop0 /etc/disk; exec /tests/snooped majors 0'", 16, 16),
    ("minor-faults:1", "/tests/perf faults 500", 500, 900),
    ("page-faults:1", "/tests/perf faults 500", 500, 900),
    ("faults:1", "/tests/perf faults 500", 500, 900),
    ("task-clock:1000000", "/tests/perf spins 100", 20, 400),
)
for event, run, least, most in COUNTED:
    ROWS.append(("software", event.rpartition(":")[0], f"--run {run} -e 'software:{event} /pid == cpid/ {{ @ = count(); }} "
                 f"end {{ if (@ < {least} || @ > {most}) {{ print(@); }} clear(@); }}'", END))
for event in ("alignment-faults", "bpf-output", "dummy", "emulation-faults"):
    ROWS.append(("software", event, f"-e 'software:{event}:1 {{ @ = 1; }} interval:ms:50 {{ exit(); }}'", END))
ROWS.append(("software", "aliases, counted", BUSY + " -e 's:faults:1, s:cs:1, s:cpu:1000000 { @[probe] = 1; } "
             "end { print(len(@) > 1); clear(@); }'", "true\n" + END))
for event in ("backend-stalls", "branch-instructions", "branches", "branch-misses", "bus-cycles", "cache-misses",
              "cache-references", "cpu-cycles", "cycles", "frontend-stalls", "instructions", "ref-cycles"):
    ROWS.append(("hardware", event, f"-e 'h:{event}:1000 {{ }}'", f"ERROR: Could not attach hardware:{event}:1000: this "
                 "machine's CPU does not count"))
ROWS.append(("hardware", "no such event", "-e 'hardware:nosuch { }'", "ERROR: nosuch is not a hardware probe"))
for length in (1, 2, 4, 8):
    ROWS.append(("watchpoint", f"length {length}, w", WRITES + f" -e 'watchpoint:0x10000000:{length}:w "
                 "{ @ = count(); }'", END + "@: 61\n"))
ROWS += [
    ("watchpoint", "r", "--run /tests/perf reads 30 -e 'w:0x10000000:8:r { @ = count(); }'", "ERROR: invalid watchpoint mode: r"),
    ("watchpoint", "rw", WRITES + " -e 'w:0x10000000:8:rw { @ = count(); }'", END + "@: 61\n"),
    ("watchpoint", "x", CALLS + " -e \"watchpoint:0x$(cat /tests/once):8:x { @ = count(); }\"", END + "@: 3\n"),
    ("watchpoint", "not aligned", "-e 'watchpoint:0x10000001:8:w { }'",
     "ERROR: Could not attach watchpoint:0x10000001:8:w: the CPU cannot watch that"),
]

# What else stands and falls with the kernel, in the first column by what it is.
ROWS += [
    ("ustack", "a key", CALLS + " -e 'config = { show_debug_info = 0 } uprobe:/tests/functions:once { @[ustack(1)] = count(); }'",
     END + "@[\n        once+0\n]: 3\n"),
    ("ustack", "perf", CALLS + " -e 'uprobe:/tests/functions:once { print(ustack(perf, 1)); }' 2>&1 "
     "| sed -En 's/^\t[0-9a-f]+ (once.0.*)/\\1/p' | sort -u", "once+0 (/tests/functions)\n"),
    ("ustack", "raw", CALLS + " -e 'uprobe:/tests/functions:once { @[ustack(raw, 1)] = count(); }' 2>&1 "
     "| grep -c $(sed 's/^0*//' /tests/once)", "1\n"),
    ("ustack", "build_id", CALLS + " -e 'uprobe:/tests/functions:once { print(ustack(build_id, 1)); }' 2>&1 "
     "| sed -En 's/.*[0-9a-f]{40} 0x[0-9a-f]+/id/p' | sort -u", "id\n"),
    ("kstack", "of a system call's tracepoint", RUN + " -e 't:syscalls:sys_enter_openat /pid == cpid/ { @[len(kstack(1))] = count(); }'", END + "@[1]: 2\n"),
    ("usym", "of a register", CALLS + " -e 'uprobe:/tests/functions:once { @[usym(reg(\"ip\"))] = count(); }'", END + "@[once]: 3\n"),
    ("ksym", "of kaddr", "-e 'begin { print(ksym(kaddr(\"do_sys_openat2\"))); }'", "do_sys_openat2\n" + END),
    ("strerror", "of a call's result", "--run cat /etc/none -e 't:syscalls:sys_exit_openat /pid == cpid/ { print(strerror(-args.ret)); }'",
     "No such file or directory\n" + END),
    ("missing_probes", "ignore", "-e 'config = { missing_probes = ignore } t:no:such, k:nosuch_function, begin { print(1); }'",
     "1\n" + END),
    ("--probe-filter", "of a wildcard", "--probe-filter 'exit_openat$' " + RUN + " -e 't:syscalls:sys_*_open* /pid == cpid/ "
     "{ @[probe] = count(); }'", END + "@[tracepoint:syscalls:sys_exit_openat]: 2\n"),
]

# (type, variant) -> {kernel: what is printed there}
OTHERWISE = {
    # which function returns Linux tells since 6.6
    ("uretprobe", "uaddr"): {"6.1": END + "@[0]: 3\n"},
    # whose tracepoints of system calls have the registers of user space, from which no kernel stack leads
    ("kstack", "of a system call's tracepoint"): {"6.1": END + "@[0]: 2\n"},
    # whose list of functions has none that cannot be probed
    ("kprobe", "function on the blacklist"): {RUNNING: "ERROR: No matches for kprobe do_int3."},
}
# What the running kernel is built without.
WITHOUT = {
    "kprobe": "is not available: this kernel is built without CONFIG_KPROBES",
    "kretprobe": "is not available: this kernel is built without CONFIG_KPROBES",
    "fentry": "is not available: this kernel refuses programs for fentry and fexit, and is built without CONFIG_KPROBES",
    "fexit": "is not available: this kernel refuses programs for fentry and fexit, and is built without CONFIG_KPROBES",
}

# Rows that are not run on the running kernel, which is not a machine of the tests' own and has other processes and
# programs: the test that shows them there.
ELSEWHERE = {
    ("iter", "task"): "functions_kernel/iter-task",
    ("iter", "task_file"): "functions_kernel/iter-task-file",
    ("iter", "task_vma"): "functions_kernel/iter-task-vma",
    ("iter", "task:PIN"): "pinned/task",
    ("iter", "task_file:/sys/fs/bpf/PIN"): "pinned/task-file",
    ("iter", "task_vma:PIN"): "pinned/task-vma",
    ("iter", "PIN outside of bpffs"): "pinned/no-bpffs",
    ("fentry", "bpf:program"): "bpf_target/refused",
    ("fentry", "bpf:function of a program"): "bpf_target/refused",
    ("fexit", "bpf:program"): "bpf_target/refused",
}

# What section has it, and why no machine of the tests can show it.
NOT_HERE = (
    ("hardware", "an event that is counted", "a virtual machine without a PMU counts nothing; the refusal is tested"),
    ("software", "alignment-faults, emulation-faults", "x86 does not count them; they attach"),
    ("software", "bpf-output, dummy", "nothing fires them by itself; they attach"),
    ("uprobe", 'file:cpp:"name"', "the same road as file:function; tests/run/test_uprobe.py"),
    ("uprobe, usdt", "* with -p, library names", "of user space only; tests/run/test_uprobe.py, test_usdt.py"),
)


def not_there(words):
    """Why a row cannot be shown on the running kernel, or None."""
    if words.startswith(XFS) or "losetup -d" in words:
        return "no modules"
    return "it takes a loop device" if "losetup" in words else None


def wanted(series, kind, variant, printed):
    """What comes of a row on a kernel: what it prints, or, from ERROR or "is not" on, why it is refused."""
    printed = OTHERWISE.get((kind, variant), {}).get(series, printed)
    late = not is_refusal(printed) or printed.endswith("where an instruction begins")
    return WITHOUT[kind] if series == RUNNING and kind in WITHOUT and late else printed


def is_refusal(printed):
    return printed.startswith(("ERROR", "is not available"))


def cases(series, line):
    """(name, command, expected), as cases.py has them; `line`: of functions.c, where once() is."""
    for kind, variant, words, printed in ROWS:
        if series == RUNNING and ((kind, variant) in ELSEWHERE or not_there(words)):
            continue
        xfs, words = words.startswith(XFS), words.removeprefix(XFS)
        held, words = words.startswith(HELD), words.removeprefix(HELD)
        pins, words = words.startswith(PINS), words.removeprefix(PINS)
        expected = wanted(series, kind, variant, printed)
        name = "matrix/" + kind.replace(", ", "+") + "/" + variant.replace(", ", "+").replace(" ", "-")
        words = words.replace("LINE", str(line))
        options, _, script = words.partition("-e ")
        # the command stands behind the script
        at = options.find("--run")
        if at >= 0:
            options, words = options[:at], f"{options[:at]} -e {script} {options[at:]}"
        if is_refusal(expected):
            said = expected.replace("'", "'\\''")
            command = (f"duetrace -q {words} >/tmp/o 2>/tmp/e; echo $?; grep -qF '{said}' /tmp/e && echo said "
                       "|| cat /tmp/o /tmp/e")
            expected = "1\nsaid\n"
        elif "2>&1" in words:
            command = f"duetrace -q {words}"
        else:
            command = f"duetrace -q -o /tmp/o {words} >/dev/null </dev/null; cat /tmp/o"
        if xfs:
            command = ". /src/xfs.sh; " + command
        if pins:
            command = f"mount -t bpf bpf /sys/fs/bpf; {command}; cat /sys/fs/bpf/list; umount /sys/fs/bpf"
        yield name, "/tests/programs hold sh -c " + shlex.quote(command) if held else command, expected
