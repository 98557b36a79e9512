# SPDX-License-Identifier: Apache-2.0
"""What is traced on the other kernels: (name, command, expected output), figures known beforehand.

The command is a shell's, in a directory of its own for /tmp; two cases run at the same time, so what
they count is of their own processes, except those of ALONE.
"""
import os
import shlex
import subprocess
import sys
import zlib

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "run"))
import test_data_file  # noqa: E402  pylint: disable=wrong-import-position
import test_data_net  # noqa: E402  pylint: disable=wrong-import-position
import test_data_open  # noqa: E402  pylint: disable=wrong-import-position
import test_data_proc  # noqa: E402  pylint: disable=wrong-import-position
import test_random  # noqa: E402  pylint: disable=wrong-import-position

# They take CPUs away, or need all of them; BPF programs of the same name; one disk; requests for blocks have no process to tell them by.
ALONE = ("perf/profile", "matrix/fentry/bpf", "matrix/fexit/bpf", "function/bpf", "matrix/rawtracepoint/module's", "copied/xfsdist", "user/", "function/kprobe-thousand", "copied/bi", "tools/bi", "library/media")

# Scripts that are compiled here and run there as images: what they say of the kernel's structs.
KERNEL_STRUCTS = {
    "walk": ("""begin {
  print((curtask.tgid == pid, curtask.pid == tid, curtask.comm == comm, curtask.comm));
  print((curtask.real_parent.tgid == ppid, curtask.real_parent.comm == pcomm, curtask.real_parent.comm));
  print(str(curtask.mm.exe_file.f_path.dentry.d_name.name));
  print(str(uptr((int8 *)curtask.mm.arg_start)));
  print((curtask.comm[0], curtask.comm[2], curtask.signal.rlim[3].rlim_cur));
  print((curtask.in_execve, curtask.cred.uid.val, curtask.mm.arg_start < curtask.mm.arg_end));
  $t = curtask; $p = $t.group_leader; print($p.pid == $t.tgid);
  print((uint64)(curtask + 1) == (uint64)curtask + sizeof(struct task_struct));
  print(*(int32 *)((uint64)curtask + offsetof(struct task_struct, tgid)) == pid);
  print(curtask.nsproxy.uts_ns.name.sysname);
}""", """(true, true, true, duetrace-run)
(true, true, sh)
duetrace-run
duetrace-run
(100, 101, 8388608)
(0, 0, true)
true
true
true
Linux


"""),
}
NUMBERS = """begin { print((sizeof(struct task_struct), sizeof(struct mm_struct), sizeof(*curtask.signal)));
  print((offsetof(struct task_struct, comm), offsetof(struct mm_struct, arg_start),
         offsetof(struct task_struct, se.vruntime), offsetof(struct signal_struct, rlim)));
  print(curtask.nsproxy.uts_ns.name.release); }"""
EXEC = ("tracepoint:sched:sched_process_exec /pid == cpid/ { "
        "print((curtask.in_execve, str(uptr((int8 *)curtask.mm.arg_start)))); }")
# Patched into a member that no kernel has, and an ID that no kernel has.
MISSING = "begin { print(1);\n  print(curtask.mm.arg_start); }"


def image(root, name, script):
    path = os.path.join(root, "src", name + ".o")
    subprocess.run([os.path.join(TOP, "duetrace"), "--emit", "image", "-o", path, "-e", script],
                   check=True)
    return path


def build_images(root):
    for name, (script, _) in KERNEL_STRUCTS.items():
        image(root, name, script)
    image(root, "numbers", NUMBERS)
    image(root, "exec", EXEC)
    path = image(root, "missing", MISSING)
    with open(path, "rb") as file:
        data = bytearray(file.read().replace(b"\0arg_start\0", b"\0arg_stxrt\0"))
    crc = data.index(b"DTIM") + 8
    data[crc:crc + 4] = bytes(4)
    data[crc:crc + 4] = zlib.crc32(data).to_bytes(4, "little")
    with open(path, "wb") as file:
        file.write(data)


def cases():
    """(name, command, expected output): traces whose figures are known beforehand."""
    opens = ("tracepoint:syscalls:sys_enter_openat /pid == cpid/ { @name[tid] = args.filename; } "
             "tracepoint:syscalls:sys_exit_openat /@name[tid]/ { "
             "if (args.ret > 0) { printf(\"%s\\n\", str(@name[tid])); } delete(@name[tid]); }")
    trace = "duetrace -q -o /tmp/o -e '%s' --run cat /etc/one /etc/two >/dev/null; cat /tmp/o"
    yield "trace/opened-names", trace % opens, "/etc/one\n/etc/two\n\n\n"
    # What is behind a name's NUL is no part of it, and of no key.
    yield ("trace/comm", trace % "tracepoint:syscalls:sys_enter_openat, t:syscalls:sys_exit_openat /pid == cpid/ "
           "{ @[comm] = count(); printf(\"%s|%-6s|%d\\n\", comm, comm, strlen(comm)); }",
           "cat|cat   |3\n" * 4 + "\n\n@[cat]: 4\n")
    yield ("trace/count", trace % "tracepoint:syscalls:sys_enter_openat /pid == cpid/ "
           "{ @ = count(); }", "\n\n@: 2\n")
    yield ("trace/one-program-many-probes",
           trace % ("tracepoint:syscalls:sys_exit_openat, tracepoint:syscalls:sys_exit_sendfile64 "
                    "/pid == cpid && args.ret > 0/ { @[probe] = count(); }"),
           "\n\n@[tracepoint:syscalls:sys_exit_openat]: 2\n"
           "@[tracepoint:syscalls:sys_exit_sendfile64]: 2\n")
    yield ("trace/interval", "duetrace -q -e 'interval:ms:10 { if (@ < 5) { @++; } else { exit(); } }'",
           "\n\n@: 5\n")
    yield ("loops/list", "duetrace -q --no-warnings -e 'begin { $t = curtask; $n = 0; while ($t.pid > 1) "
           "{ $t = $t.real_parent; $n++; } print(($n > 0, $t.pid < 2)); }'", "(true, true)\n\n\n")
    yield ("loops/limit", "duetrace -q --no-warnings -e 'begin { $i = 1; while ($i > 0) { $i++; } print(0); } "
           "begin { print(1); }'", "1\n\n\n")
    yield ("loops/no-trip", "duetrace -q -e 'begin { for ($i : $1..2) { for ($k : $1..50) { @n++; } } print(1); }' 2",
           "1\n\n\n")
    # Not 8: five callbacks inside each other, more than the 512 bytes of stack that 6.1 has for all of them.
    for seed in [seed for seed in range(12) if seed != 8]:
        text, output = test_random.script(seed)
        yield (f"loops/random-{seed}", f"duetrace -q --no-warnings -e {shlex.quote(text)} 1 2 3", output + "\n\n")
    yield ("trace/exit-at-once", "duetrace -q -o /tmp/o -e 'tracepoint:syscalls:sys_enter_openat /pid == cpid/ "
           "{ @n++; exit(); } tracepoint:syscalls:sys_exit_openat /pid == cpid/ { @late++; }' "
           "--run cat /etc/one /etc/two >/dev/null; cat /tmp/o", "\n\n@n: 1\n")
    user = "duetrace -q -o /tmp/o -c \"%s\" -e '%s' >/dev/null; cat /tmp/o"
    yield ("user/values", user % ("/tests/functions",
           "uprobe:/tests/functions:once { @n[func] = count(); @sum = sum(arg0); } "
           "uretprobe:/tests/functions:once { @twice = sum(retval); } "
           "uprobe:/tests/functions:many { printf(\"%d %s %d %d\\n\", arg0, str(arg1), arg6, (int8)arg7); } "
           "uretprobe:/tests/functions:factorial { @f[func] = max(retval); }"),
           "-1 hello 77 -8\n-2 hello 77 -8\n-3 hello 77 -8\n\n\n@f[factorial]: 120\n@n[once]: 3\n@sum: 3\n@twice: 6\n")
    yield ("user/wildcard", user % ("/tests/functions",
           "uprobe:/tests/functions:onc*, uprobe:/tests/functions:man[xy] "
           "{ @[*uaddr(\"counter\")] = count(); @f[func == \"once\"] = count(); } "
           "uretprobe:/tests/functions:once, uretprobe:/tests/functions:many { @r = count(); }"),
           "\n\n@[42]: 6\n@f[false]: 3\n@f[true]: 3\n@r: 6\n")
    yield ("user/threads", user % ("/tests/functions 100 8", "uprobe:/tests/functions:once { @ = count(); "
           "printf(\"%s %d\\n\", func, arg0); }") + " | sort | uniq -c | head -3",
           "      2 \n      1 @: 800\n      8 once 0\n")
    yield ("user/usdt", user % ("/tests/markers 5",
           "usdt:/tests/markers:mine:plain { @plain = sum(arg0); } "
           "usdt:/tests/markers:memory { print((arg0, arg1, arg2, arg3, arg4)); } "
           "usdt:/tests/markers:places { @places = sum(arg0); @n = count(); } "
           "usdt:/tests/markers:guarded { @guarded = sum(arg0); }"),
           5 * "(-5000000000, -2, -20, 30, -1)\n" + "\n\n@guarded: 10\n@n: 15\n"
           f"@places: {sum((n + 5) * 1001 - 100 for n in range(5))}\n@plain: -25\n")
    # A second CPU that is taken away leaves a list of online CPUs with a gap behind the first.
    for name, before in (("two", 1), ("one", 0)):
        yield (f"perf/profile-on-{name}-cpus",
               f"echo {before} >/sys/devices/system/cpu/cpu1/online; "
               "duetrace -q -e 'profile:ms:10 { @[cpu] = 1; } interval:s:1 { print(len(@)); "
               "clear(@); exit(); }'; echo 1 >/sys/devices/system/cpu/cpu1/online",
               f"{before + 1}\n\n\n")
    yield ("perf/profile-a-process",
           "(while :; do :; done) & duetrace -q -p $! -e 'profile:hz:100 { @[pid == $1] = 1; @n++; "
           "if (@n > 19) { clear(@n); exit(); } }' $!; kill $!", "\n\n@[true]: 1\n")
    yield ("perf/software-events",
           "duetrace -q -e 'software:faults:1, software:cs:1 { @[probe] = 1; } "
           "interval:s:1 { exit(); }' --run sh -c 'sleep 0.1; true'",
           "\n\n@[software:faults:1]: 1\n@[software:cs:1]: 1\n")
    # A write when it starts, and 30 in each of two threads and a child, which is left out.
    for mode in ("w", "rw"):
        yield (f"perf/watchpoint-{mode}", "duetrace -q -e "
               f"'watchpoint:0x10000000:8:{mode} {{ @[probe, usermode] = count(); }}' "
               "--run /tests/perf writes 30 </dev/null",
               f"\n\n@[watchpoint:0x10000000:8:{mode}, 1]: 61\n")
    # What both kernels have; 6.1 cannot attach to many functions at once.
    yield ("info/probes", "duetrace --info | grep -E '^  (tracepoint|rawtracepoint|profile|watchpoint|"
           "uprobe|kprobe|kretprobe|fentry|fexit|iter|lsm): '",
           "".join(f"  {name}: yes\n" for name in (
               "tracepoint rawtracepoint profile watchpoint uprobe kprobe kretprobe fentry fexit iter"
               " lsm".split())))
    yield ("info/json", "duetrace --info -f json | grep -o '\"name\": \"kfunc\\|\"name\": "
           "\"kprobe\", \"state\": \"yes\"'", '"name": "kprobe", "state": "yes"\n')
    yield ("trace/aggregations",
           "duetrace -q -e 'begin { @a = avg(3); @a = avg(6); @h = hist(5); @m[1, \"x\"] = max(7); "
           "if (@a == 4) { print(@a); } }'",
           "@a: 4\n\n\n@a: 4\n@h:\n[4, 8)                 1 |" + "@" * 52 + "|\n\n@m[1, x]: 7\n")
    for name in KERNEL_STRUCTS:
        yield (f"image/{name}", f"duetrace-run -q /src/{name}.o", KERNEL_STRUCTS[name][1])
    # the numbers of this kernel, by an image from another and by the script itself
    yield ("image/numbers", "duetrace-run -q /src/numbers.o >/tmp/image; "
           f"duetrace -q -e '{NUMBERS}' >/tmp/source; cmp /tmp/image /tmp/source && echo same", "same\n")
    yield ("image/exec", "duetrace-run -q -o /tmp/o /src/exec.o --run busybox true; cat /tmp/o",
           "(1, busybox)\n\n\n")
    yield ("image/missing", "duetrace-run -q /src/missing.o 2>&1",
           "ERROR: stdin:2: the running kernel is not the one that the image was made on: its struct "
           "mm_struct has no member arg_stxrt\n")
    yield ("trace/status", "duetrace -q -e 'begin { }' --run sh -c 'exit 7'; echo $?", "\n\n7\n")


def function_cases(series):
    """The same of kernel functions, which the kernel that this was written on has no probes for."""
    trace = ("duetrace -q -o /tmp/o %s -e '%s' --run cat /etc/one /etc/two >/dev/null; cat /tmp/o")
    names = "/etc/one\n/etc/two\n\n\n"

    def case(name, program, want, options=""):
        return "function/" + name, trace % (options, program), want

    yield case("kprobe", "kprobe:do_sys_openat2 /pid == cpid/ { print(str(uptr(arg1))); }", names)
    yield case("kprobe-str-finds-the-space", "k:do_sys_openat2 /pid == cpid/ { print(str(arg1)); }", names)
    yield case("kprobe-registers", "kprobe:do_sys_openat2 /pid == cpid/ { print((reg(\"di\") == arg0, "
               "reg(\"pc\") == reg(\"ip\"), (int32)arg0, ctx.si == arg1)); }",
               "(true, true, -100, true)\n" * 2 + "\n\n")
    yield case("kretprobe", "kretprobe:do_sys_openat2 /pid == cpid/ { print((retval > 2, retval < 9)); }",
               "(true, true)\n" * 2 + "\n\n")
    for probe in ("kprobe", "fentry"):
        yield ("function/stack-" + probe, trace % ("", probe + ":do_sys_openat2 /pid == cpid/ { "
               "@[kstack(1), len(kstack(1))] = count(); }") + " | sed s/+.*//",
               "\n\n@[\n        do_sys_openat2\n, 1]: 2\n")
    # Each of the two CPUs may print one before exit() is seen.
    yield ("function/stack-rawtracepoint", "duetrace -q -e 'rawtracepoint:sched_switch { print(kstack(3)); "
           "exit(); }' | awk 'BEGIN { RS = \"\" } { n++; good += /(^|[ \\n])__schedule\\+/ } "
           "END { print good == n && (n == 1 || n == 2) }'", "1\n")
    # Nobody else may trace a function of a BPF program that another stands in for.
    yield ("function/bpf-program-replaced", "/tests/programs hold sh -c '/tests/programs replace $PROGRAM_ID "
           "duetrace -q -e \"fentry:bpf:probed_add { }\" 2>&1 | sed s/$PROGRAM_ID/ID/'",
           "ERROR: fentry:bpf:ID:probed_add is not available: another program has taken the place of the function\n")
    # What an image names may have ended.
    yield ("function/bpf-program-gone", "/tests/programs hold sh -c 'duetrace --emit image -o /tmp/o -e "
           "\"fentry:bpf:$PROGRAM_ID:probed_add { }\"; echo $PROGRAM_ID >/tmp/id'; duetrace-run -q /tmp/o 2>&1 | "
           "sed s/$(cat /tmp/id)/ID/", "ERROR: fentry:bpf:ID:probed_add is not available: there is no BPF program with "
           "this ID and function any more\nHINT: duetrace -l 'fentry:bpf:*' says which there are\n")
    # Functions that are in the BTF and not in the tracer's list; of a kernel's, one is as good as another.
    yield ("function/fentry-of-what-is-not-traced", "for name in notify_die native_load_idt exc_page_fault; do duetrace -q -e "
           "\"fentry:$name { } interval:ms:1 { exit(); }\" 2>&1; done | grep -v HINT | sed 's/vmlinux:[a-z_]* /NAME /' | uniq",
           "ERROR: fentry:NAME is not available: the function cannot be traced, or something else has changed its start\n")
    yield ("function/percpu", "duetrace -q -e 'begin { for ($i : 0..3) { "
           "$rq = (struct rq *)percpu_kaddr(\"runqueues\", $i); print(($rq != 0, $rq->cpu)); } "
           "$rq = (struct rq *)percpu_kaddr(\"runqueues\"); print($rq->cpu == cpu); }'",
           "(true, 0)\n(true, 1)\n(false, 0)\ntrue\n\n\n")
    yield ("function/ksym", "duetrace -q -e 'begin { print(ksym(kaddr(\"vfs_read\"))); "
           "printf(\"%d\\n\", *kaddr(\"jiffies_64\") <= jiffies); }'", "vfs_read\n1\n\n\n")
    yield case("kprobe-module", "kprobe:vmlinux:do_sys_openat2 /pid == cpid/ { @[probe] = count(); }",
               "\n\n@[kprobe:vmlinux:do_sys_openat2]: 2\n")
    yield case("kprobe-wildcard", "kprobe:do_sys_open* /pid == cpid/ { @[probe] = count(); }",
               "\n\n@[kprobe:do_sys_openat2]: 2\n")
    yield case("kretprobe-wildcard", "kr:do_sys_open* /pid == cpid/ { @[probe] = count(); }",
               "\n\n@[kretprobe:do_sys_openat2]: 2\n")
    yield case("kprobe-list", "kprobe:do_sys_openat2, kprobe:vfs_statx /pid == cpid/ "
               "{ @[probe] = count(); }", "\n\n@[kprobe:do_sys_openat2]: 2\n")
    # Behind the call of the tracer, which begins a function or follows the four bytes of endbr64.
    yield ("function/kprobe-offset", "for at in 5 9; do " + trace % (
        "", "kprobe:do_sys_openat2+'$at' /pid == cpid/ { @++; }") + " && break; done",
        "\n\n@: 2\n")
    yield ("function/kprobe-offset-inside-an-instruction", "duetrace -q -e 'kprobe:do_sys_openat2+1 { }' "
           "2>&1; echo $?",
           "ERROR: kprobe:do_sys_openat2+1 is not available: the offset is not where an instruction begins\n"
           "HINT: use tracepoint or rawtracepoint instead\n1\n")
    yield ("function/kprobe-address",
           "at=0x$(grep ' do_sys_openat2$' /proc/kallsyms | cut -d' ' -f1); " +
           trace % ("--unsafe", "kprobe:'$at' /pid == cpid/ { print(str(uptr(arg1))); }"), names)
    yield case("fentry", "fentry:do_sys_openat2 /pid == cpid/ "
               "{ print((args.dfd, str(uptr(args.filename)), probe)); }",
               "(-100, /etc/one, fentry:vmlinux:do_sys_openat2)\n"
               "(-100, /etc/two, fentry:vmlinux:do_sys_openat2)\n\n\n")
    yield case("fentry-struct", "fentry:do_filp_open /pid == cpid/ { print(str(args.pathname.name)); }",
               "/bin/cat\n" + names)
    yield case("path", "fentry:security_file_open /pid == cpid/ { $p = path(args.file.f_path); "
               "if (strncmp($p, \"/etc/\", 5) == 0) { print($p); } }", names)
    yield case("fentry-slots", "f:do_sys_openat2 /pid == cpid/ { print((int32)arg0); "
               "print(str(uptr(arg1))); }", "-100\n/etc/one\n-100\n/etc/two\n\n\n")
    yield case("fexit", "fexit:do_sys_openat2 /pid == cpid/ { print((str(uptr(args.filename)), retval > 2, "
               "sizeof(retval))); }", "(/etc/one, true, 8)\n(/etc/two, true, 8)\n\n\n")
    yield case("fexit-pointer", "fexit:do_filp_open /pid == cpid/ "
               "{ print(str(retval.f_path.dentry.d_name.name)); }", "busybox\none\ntwo\n\n\n")
    yield case("fentry-wildcard", "kfunc:do_sys_open* /pid == cpid/ { @[probe, args.dfd] = count(); }",
               "\n\n@[fentry:vmlinux:do_sys_openat2, -100]: 2\n")
    yield case("kretfunc", "kretfunc:vmlinux:do_sys_openat2 /pid == cpid && retval > 0/ { @++; }",
               "\n\n@: 2\n")
    yield case("rawtracepoint", "rawtracepoint:sys_enter /pid == cpid && args.id == 257/ "
               "{ print(str(uptr(args.regs.si))); }", names)
    yield case("rawtracepoint-slots", "rt:sys_enter /pid == cpid && arg1 == 257/ { @++; }",
               "\n\n@: 2\n")
    yield case("rawtracepoint-wildcard", "rt:sys_e* /pid == cpid/ { @[probe] = min(1); }",
               "\n\n@[rawtracepoint:vmlinux:sys_enter]: 1\n@[rawtracepoint:vmlinux:sys_exit]: 1\n")
    yield ("function/iter-task", "duetrace -q -e 'iter:task /ctx.task.pid == 1/ "
           "{ print(ctx.task.comm); }'", "init\n\n\n")
    yield ("function/iter-task-file", "duetrace -q -e 'iter:task_file /ctx.task.pid == 1 && ctx.fd == 0/ "
           "{ print(str(ctx.file.f_path.dentry.d_name.name)); }'", "console\n\n\n")
    yield ("function/iter-task-vma", "duetrace -q -e 'iter:task_vma /ctx.task.pid == 1/ "
           "{ @ = max(ctx.vma.vm_end > ctx.vma.vm_start); }'", "\n\n@: 1\n")
    # By one link, or, where there is none of that kind, one by one, which takes long.
    yield ("function/kprobe-many", "case $(uname -r) in 6.1.*) names='vfs_*';; *) names='s[a-h]*';; esac; "
           "DUETRACE_MAX_PROBES=9999 duetrace -q -o /tmp/o -e \"kprobe:$names /pid == cpid/ "
           "{ @ = max(1); }\" --run cat /etc/one >/dev/null; tail -n 1 /tmp/o", "@: 1\n")
    # What 1000 probes take longer than one does; a second time if the machine was busy.
    if series != "6.1":
        yield ("function/kprobe-thousand", """export DUETRACE_MAX_PROBES=9999
names=$(duetrace -l 'kprobe:s[a-e]*' | wc -l)
[ $names -ge 1000 ] && echo thousand
took() { # in hundredths of a second
	read from rest </proc/uptime
	duetrace -q -e "kprobe:$1 { } interval:ms:1 { exit(); }" >/dev/null
	read to rest </proc/uptime
	echo $((${to%.*}${to#*.} - ${from%.*}${from#*.}))
}
took vfs_read >/dev/null
for i in 1 2 3; do
	one=$(took vfs_read) many=$(took 's[a-e]*')
	echo "$names probes: $many cs, one: $one cs" >&2
	[ $((many - one)) -lt 200 ] && { echo quick; exit; }
done""", "thousand\nquick\n")
    for word, said in (("ignore", ""), ("warn",
                       "WARNING: kprobe:do_sys_openat2+1 is not available: the offset is not where an "
                       "instruction begins\nHINT: use tracepoint or rawtracepoint instead\n")):
        yield ("function/missing-" + word, f"DUETRACE_MISSING_PROBES={word} duetrace -q -e "
               "'kprobe:do_sys_openat2+1 { } interval:ms:1 { exit(); }' 2>&1", said + "\n\n")
    # The same of functions that one link is for: it is for those that there are.
    yield ("function/missing-of-many", "DUETRACE_MISSING_PROBES=ignore duetrace -q -o /tmp/o -e "
           "'kprobe:do_sys_openat2, kprobe:__x64_sys_nosuch, kprobe:vfs_read /pid == cpid/ "
           "{ @[probe] = count(); }' --run cat /etc/one >/dev/null; grep -c kprobe:do_sys_openat2 /tmp/o",
           "1\n")


def refusal_cases():
    """What a kernel gives nobody who is not allowed to, and in lockdown nobody."""
    locked = ("ERROR: {} is not available: the kernel is locked down (/sys/kernel/security/lockdown)\n"
              "HINT: try a tracepoint (duetrace -l tracepoint)\n1\n")
    for probe in ("kprobe:do_sys_openat2", "kretprobe:do_sys_openat2"):
        yield (f"lockdown/{probe.split(':')[0]}", f"duetrace -q -e '{probe} {{ }}' 2>&1; echo $?", locked.format(probe))
    reads = ("ERROR: stdin:1: the kernel is locked down (/sys/kernel/security/lockdown): this probe may not "
             "read the kernel's memory\n1\n")
    yield ("lockdown/fentry", "duetrace -q -e 'fentry:do_sys_openat2 { print(args.filename); }' 2>&1; echo $?", reads)
    yield ("lockdown/kernel-memory", "duetrace -q -e 'begin { print(str(kptr(kaddr(\"linux_banner\")))); }' 2>&1; "
           "echo $?", reads)
    yield ("lockdown/begin", "duetrace -q -e 'begin { print(1); }' 2>&1; echo $?", "1\n\n\n0\n")
    yield ("lockdown/uprobe", "duetrace -q -c '/tests/functions 3' -e 'uprobe:/tests/functions:once { @ = sum(arg0); }' "
           "2>&1; echo $?", "\n\n@: 3\n0\n")
    for probe in ("rawtracepoint:sys_enter", "fentry:do_sys_openat2", "profile:hz:99", "interval:ms:100"):
        yield (f"lockdown/{probe.split(':')[0]}-fires",
               f"duetrace -q -e '{probe} {{ @[probe] = max(1); exit(); }}' -c 'sh -c \"exec >/dev/null; sleep 60\"'",
               f"\n\n@[{PROBES.get(probe, probe)}]: 1\n")
    yield ("lockdown/tracepoint", "duetrace -q -e 't:syscalls:sys_enter_openat { }' 2>&1; echo $?",
           "stdin:1:1-28: ERROR: not allowed to read tracefs: run as root, on a kernel that is not locked down\n"
           "t:syscalls:sys_enter_openat { }\n" + 27 * "~" + "\n1\n")
    yield ("lockdown/info", "duetrace --info | grep -E '^  (not locked down|kprobe|tracepoint|fentry|rawtracepoint): ' | cut -d';' -f1",
           "  not locked down: no (none integrity [confidentiality])\n  tracepoint: no (tracefs cannot be opened)\n"
           "  rawtracepoint: yes\n  kprobe: no (Operation not permitted)\n  fentry: yes\n")
    for probe in ("kprobe:do_sys_openat2", "kretprobe:do_sys_openat2", "fentry:do_sys_openat2", "rawtracepoint:sys_enter",
                  "iter:task", "tracepoint:syscalls:sys_enter_openat", "software:cs:1", "profile:hz:9",
                  "watchpoint:0x10000000:8:w", "uprobe:/tests/functions:once"):
        yield (f"unprivileged/{probe.split(':')[0]}", f"su user -c \"duetrace -q -e '{probe} {{ }}' 2>&1 | grep ERROR\"",
               "stdin:1:1-37: ERROR: not allowed to read tracefs: run as root, on a kernel that is not locked down\n"
               if probe.startswith("tracepoint") else
               "ERROR: Could not load stdin: Operation not permitted: duetrace needs root, or CAP_BPF and CAP_PERFMON\n")


# As `probe` says it.
PROBES = {"rawtracepoint:sys_enter": "rawtracepoint:vmlinux:sys_enter",
          "fentry:do_sys_openat2": "fentry:vmlinux:do_sys_openat2"}


def data_cases():
    """Ledgers of what was done with files, as tests/run has them."""
    opens = {"open-" + part: ("data_open", part, test_data_open.ROW)
             for part in ("calls", "failures", "deep", "tasks", "mounts", "compat", "signals")}
    opens["open-uring"] = ("data_open", "uring", test_data_open.URING_ROW)
    files = {"file-" + part: ("data_file", part, test_data_file.script(events))
             for part, events in test_data_file.PARTS.items()}
    rings = {"uring-" + how: ("data_uring", how, test_data_file.uring_script())
             for how in ("inline", "workers", "poll")}
    sockets = {"net-" + part: ("data_net", part, test_data_net.script()) for part in test_data_net.PARTS}
    sockets |= {"net-uring-" + how: ("data_net", how, test_data_net.script("args.via == uring"))
                for how in ("inline", "workers", "poll")}
    for number, (name, (workload, part, script)) in enumerate((opens | files | rings | sockets).items()):
        mine = f"mine{number}"
        yield (f"data/{name}", f"mkdir /tmp/{name}; duetrace -q -o /tmp/trace -e {shlex.quote(script)} {mine} --run "
               f"/tests/{workload} /tmp/{name} {mine} {part} | cat >/tmp/ledger; echo >>/tmp/ledger; echo >>/tmp/ledger; "
               "diff /tmp/ledger /tmp/trace && echo same", "same\n")
    yield ("data/ignore-host", "duetrace -q --ignore-host -e 'file:open /args.path == \"/etc/one\"/ "
           "{ print((container, args.path)); } proc:exec { print(args.argv); }' --run cat /etc/one >/dev/null && echo done",
           "done\n")
    yield from proc_cases()


def proc_cases():
    """The same of processes. What fails too late has no errno of its own in the ledger; long arguments are cut."""
    seen = "grep -v '^late\\|/late|' /tmp/%s | cut -c1-300 | sort >/tmp/%s"
    for part, events in (("forks", test_data_proc.LINES), ("execs", ("exec",)), ("exits", ("exit",))):
        script = shlex.quote(test_data_proc.script(events))
        wanted = "|".join(f"^{event}" for event in events).replace("|", "\\|")
        yield (f"data/proc-{part}", f"mkdir /tmp/{part}; duetrace -q -o /tmp/trace -e {script} --run "
               f"/tests/data_proc /tmp/{part} {part} 27 | grep '{wanted}' >/tmp/ledger; echo >>/tmp/ledger; "
               f"echo >>/tmp/ledger; {seen % ('ledger', 'a')}; {seen % ('trace', 'b')}; diff /tmp/a /tmp/b && "
               "wc -l </tmp/a | awk '{ print ($1 > 15) }'", "1\n")
    for part, event in (("ids", "setid"), ("peek", "peek"), ("pass", "passfd")):
        script = shlex.quote(test_data_proc.pass_script(event))
        yield (f"data/proc-{part}", f"mkdir /tmp/{part}; duetrace -q -o /tmp/trace -e {script} --run /tests/data_pass "
               f"/tmp/{part} {part} | cat >/tmp/ledger; echo >>/tmp/ledger; echo >>/tmp/ledger; "
               "diff /tmp/ledger /tmp/trace && wc -l </tmp/ledger | awk '{ print ($1 > 15) }'", "1\n")
