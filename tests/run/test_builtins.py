# SPDX-License-Identifier: Apache-2.0
"""Builtins and functions that say who and where, take strings and bytes apart, and act outside."""
import os
import re
import signal

from harness import END, case, test

LSEEK = "tracepoint:syscalls:sys_enter_lseek /pid == cpid/ "


def says(name, body, want, maps="", **options):
    case("builtins", name, "begin { " + body + " }", want + END + maps, **options)


def regex(name, body, want, **options):
    case("builtins", name, "begin { " + body + " }", re.compile(want + END), **options)


# who, where, when

says("username", "print(username); @[username] = username;", "root\n", "@[root]: root\n")
says("ncpus", "print(ncpus > 0); print(cpu < ncpus);", "true\ntrue\n")
says("numaid", "print(numaid < 1024);", "true\n")
says("jiffies", "print(jiffies > 0);", "true\n")
says("probetype-of-begin", "print(probetype);", "special\n")
case("builtins", "probetype", LSEEK + "{ print(probetype); exit(); }", "tracepoint\n" + END,
     run=["seek", "5"])
says("pid-words", "print(pid(init) == pid); print(tid(init) == tid); print(pid(curr_ns) == pid);",
     "true\ntrue\ntrue\n")
says("nsecs-modes", "print(nsecs(boot) - nsecs < 1000000000); print(nsecs(monotonic) > 0);"
     " print(nsecs(sw_tai) - nsecs(tai) < 1000000000); print(nsecs(tai) > nsecs);",
     "true\n" * 4)
says("bare-names-are-calls", "print(pid == pid()); print(nsecs() > 0); print(ppid == ppid());",
     "true\n" * 3)


@test
def parents(t):
    """ppid, pcomm, leader_tid and leader_comm say what /proc does, of this task and of another."""
    r = t.duetrace("-q", "-e", LSEEK + "{ printf(\"%d %s %d %s %d %s\\n\", ppid, pcomm, leader_tid,"
                   " leader_comm, ppid(curtask) == ppid, pcomm(curtask)); exit(); }",
                   "--run", t.workload("seek"), "5")
    words = r.out.split()
    t.equal(words[1], "duetrace", "pcomm")
    t.equal(words[3], "seek", "leader_comm")
    t.equal(words[4:6], ["1", "duetrace"], "of curtask")


says("cgroup-id-and-path", 'print(cgroupid("/sys/fs/cgroup")); print(cgroup_path(1));',
     "1\nunified:/\n")
says("cgroup-path-of-nothing", "print(cgroup_path(123456789)); @[cgroup_path(1)] = 1;", "\n",
     "@[unified:/]: 1\n")

# maps

says("find", "@x[1] = 2; let $v = 7; print(find(@x, 1, $v)); print($v); print(find(@x, 2, $v));"
     " print($v);", "true\n2\nfalse\n2\n", "@x[1]: 2\n")
says("find-string", '@x["a"] = "hello"; let $v = ""; if (find(@x, "a", $v)) { print($v); }',
     "hello\n", "@x[a]: hello\n")
says("len-of-map", "print(len(@x)); @x[1] = 2; @x[2] = 2; print(len(@x)); delete(@x, 1);"
     " print(len(@x));", "0\n2\n1\n", "@x[2]: 2\n")
says("len-of-aggregation", "@x[1] = count(); @x[1] = count(); print(len(@x));", "1\n",
     "@x[1]: 2\n")

# strings

says("strlen", 'print(strlen("hello")); print(strlen("")); @a = "four"; print(strlen(@a));'
     " print(strlen(str($1)));", "5\n0\n4\n11\n", "@a: four\n", params=["hello world"])
says("strcap", 'print(strcap("hello")); print(strcap(comm));', "5\n15\n")
says("strncmp", 'print(strncmp("hello", "help", 3)); print(strncmp("hello", "help", 4));'
     ' print(strncmp("a", "a", 10)); print(strncmp("a", "ab", 2)); print(strncmp("a", "b", 0));',
     "0\n1\n0\n1\n0\n")
says("strncmp-parameter", 'print(strncmp(str($1), "hello", 5));', "0\n", params=["hello world"])
says("strcontains", 'print(strcontains("hello", "ell")); print(strcontains("hello", "elx"));'
     ' print(strcontains("hello", "")); print(strcontains("hello", "hello"));'
     ' print(strcontains("hell", "hello")); print(strcontains("", ""));',
     "true\nfalse\ntrue\ntrue\nfalse\ntrue\n")
says("strcontains-backtracks", 'print(strcontains("aaaab", "aab")); print(strcontains("ababac", "abac"));',
     "true\ntrue\n")
says("strcontains-of-parameters", "print(strcontains(str($1), str($2)));"
     " if (strcontains(str($1), \"wor\")) { print(1); }", "true\n1\n",
     params=["hello world", "o w"])
says("strcontains-at-the-end-of-a-long-string", "print(strcontains(str($1), str($2)));"
     " print(strstr(str($1), str($2)));", "true\n1000\n", params=["x" * 1000 + "needle", "needle"])
says("strstr", 'print(strstr("hello", "lo")); print(strstr("hello", "h"));'
     ' print(strstr("hello", "z")); print(strstr("hello", ""));', "3\n0\n-1\n0\n")
says("memcmp", 'print(memcmp("abc", "abd", 3) < 0); print(memcmp("abc", "abd", 2));'
     ' print(memcmp("b", "a", 1) > 0);', "true\n0\ntrue\n")

# bytes and addresses

says("buf", r'printf("%r\n", buf("abc\n", 4)); print(buf("hello", 5)); @[buf("ab", 2)] = 5;',
     "abc\\x0a\nhello\n", "@[ab]: 5\n")
says("buf-hex", r'printf("%rx %rh\n", buf("abc", 3), buf("abc", 3));',
     "\\x61\\x62\\x63 61 62 63\n")
@test
def bytes_at_a_pointer_of_either_space(t):
    """A pointer in a struct that a cast of an integer leads to: its address says whose memory it is."""
    r = t.duetrace("-q", "-e", """rawtracepoint:sched_process_exec /pid == cpid/ {
        $b = (struct linux_binprm *)arg2;
        printf("%r|%s|%d", buf($b->filename, 9), macaddr($b->filename), memcmp($b->filename, "/bin/echo", 9));
        $t = (struct task_struct *)arg0;
        printf("|%r", buf($t->mm->arg_start, 9));
    }""", "--run", "/bin/echo")
    t.equal(r.out.strip(), "/bin/echo|2F:62:69:6E:2F:65|0|/bin/echo")


says("buf-length-at-run-time", r'$n = (uint64)$1; printf("%r|\n", buf("abcdef", $n));', "abc|\n",
     params=["3"])
case("builtins", "buf-of-user-memory", "tracepoint:syscalls:sys_enter_write /pid == cpid &&"
     " args.fd == 1/ { printf(\"%r\\n\", buf(args.buf, args.count)); exit(); }",
     re.compile(r"(hi\\x0a\n|hi\n)+" + END), run=None, flags=["-c", "/bin/echo hi"])
case("builtins", "buf-json", 'begin { print(buf("ab", 2)); }', '{"type": "value", "data": [97,98]}\n',
     as_json=True)
says("kptr-uptr", "print(kptr(curtask) == curtask); print(uptr(curtask) == curtask);",
     "true\ntrue\n")
says("bswap", r'printf("%x %x %x %lx\n", bswap(0x12), bswap(0x1234), bswap(0x12345678),'
     " bswap(0x123456789abcdef0));", "12 3412 78563412 f0debc9a78563412\n")
says("bswap-of-a-cast", r'printf("%x\n", bswap((uint32)0x1234));', "34120000\n")
says("bswap-is-unsigned", "print(bswap((int16)0x00ff));", "65280\n")
says("ntop", r'printf("IP: %s\n", ntop(0x0100007f)); print(ntop(2, 0x0200007f));',
     "IP: 127.0.0.1\n127.0.0.2\n")
says("ntop-key-and-value", "@x[ntop(0x0100007f)] = ntop(0x0200007f);", "",
     "@x[127.0.0.1]: 127.0.0.2\n")
says("pton", 'print(ntop(pton("1.2.3.4"))); print(ntop(pton("::1")));'
     ' print(ntop(pton("2001:db8::8a2e:370:7334")));', "1.2.3.4\n::1\n2001:db8::8a2e:370:7334\n")
says("macaddr", r'print(macaddr("\x08\x01\x27\xab\xcd\xef"));', "08:01:27:AB:CD:EF\n")
case("builtins", "inet-json", "begin { print((ntop(0x0100007f), strerror(2), username)); }",
     '{"type": "value", "data": ["127.0.0.1","No such file or directory","root"]}\n', as_json=True)

# codes

says("strerror", r'print(strerror(2)); printf("%s|%30s|\n", strerror(1), strerror(13));',
     "No such file or directory\nOperation not permitted|             Permission denied|\n")
says("signal-name", "print(signal_name(9)); print(signal_name(15)); print(signal_name(0));",
     "SIGKILL\nSIGTERM\nUnknown signal 0\n")
case("builtins", "syscall-name", "tracepoint:raw_syscalls:sys_enter /pid == cpid && args.id == 8/"
     " { print(syscall_name(args.id)); exit(); }", "lseek\n" + END, run=["seek", "5"])

# output and acts

says("cat", r'cat("/proc/sys/kernel/ostype"); cat("/proc/sys/kernel/%s", "ostype");',
     "Linux\nLinux\n")
says("cat-of-nothing", 'cat("/no/such/file");', "",
     err="ERROR: failed to open file '/no/such/file': No such file or directory\n")
case("builtins", "cat-json", 'begin { cat("/proc/sys/kernel/ostype"); }',
     '{"type": "cat", "data": "Linux\\n"}\n', as_json=True)
says("system", 'system("echo hello"); printf("then\\n"); system("echo %s %d", "a", 5);',
     "hello\nthen\na 5\n", flags=["--unsafe"])
case("builtins", "system-json", 'begin { system("echo hello"); }',
     '{"type": "syscall", "data": "hello\\n"}\n', as_json=True, flags=["--unsafe"])
says("errorf", 'errorf("Something bad with args: %d, %s", 10, "arg2");', "",
     err="stdin:1:9-62: ERROR: Something bad with args: 10, arg2\n")
says("warnf", 'warnf("%d is much", 5);', "", err="stdin:1:9-31: WARNING: 5 is much\n")
says("warnf-without-warnings", 'warnf("%d is much", 5);', "", flags=["--no-warnings"])
case("builtins", "errorf-json", 'begin { errorf("bad %d", 1); warnf("hm"); }',
     '{"type": "errorf", "msg": "bad 1", "filename": "stdin", "line": 1, "col": 9}\n'
     '{"type": "warnf", "msg": "hm", "filename": "stdin", "line": 1, "col": 30}\n', as_json=True)
says("assert-holds", 'assert(1 == 1, "one is one"); print(5);', "5\n")
says("assert-fails", 'assert(pid == 0, "pid is not 0"); print(5);', "", status=1,
     err="stdin:1:9-41: ERROR: pid is not 0\n")

@test
def strftime_clocks(t):
    """The same moment by the boot clock and by TAI."""
    r = t.duetrace("-q", "-e", 'begin { printf("%s %s %s\\n", strftime("%Y-%m-%d %H", nsecs),'
                   ' strftime("%Y-%m-%d %H", nsecs(tai)), strftime("%Y-%m-%d %H", nsecs(sw_tai))); }')
    days = r.out.split()
    t.equal(days[0::2], [days[0]] * 3, "days")


@test
def join_arguments(t):
    r = t.duetrace("-q", "-e", 'tracepoint:syscalls:sys_enter_execve /str(args.filename) == "/bin/echo"/'
                   ' { join(args.argv); join(args.argv, ","); }', "-c", "/bin/echo a  'b c'")
    t.found(r"(?m)^/bin/echo a b c\n/bin/echo,a,b c$", r.out)


@test
def join_json(t):
    r = t.duetrace("-q", "-f", "json", "-e", "tracepoint:syscalls:sys_enter_execve /str(args.filename)"
                   ' == "/bin/true"/ { join(args.argv); }', "-c", "/bin/true x y")
    t.equal(r.out.strip(), '{"type": "join", "data": "/bin/true x y"}')


@test
def join_takes_sixteen(t):
    words = [str(i) for i in range(1, 30)]
    r = t.duetrace("-q", "-e", 'tracepoint:syscalls:sys_enter_execve /str(args.filename) == "/bin/true"/'
                   " { join(args.argv); }", "-c", "/bin/true " + " ".join(words))
    t.equal(r.out.strip(), "/bin/true " + " ".join(words[:15]))


@test
def signal_ends_a_process(t):
    """signal() reaches the process that runs the probe, by number or by name."""
    for argument, number in (("9", 9), ('"SIGTERM"', 15), ('"USR1"', 10)):
        r = t.duetrace("-q", "--unsafe", "-e", LSEEK + "{ signal(" + argument + "); exit(); }",
                       "--run", t.workload("seek"), "5")
        t.equal(r.status, 128 + number, argument)


@test
def signal_thread_ends_a_process(t):
    r = t.duetrace("-q", "--unsafe", "-e", LSEEK + '{ signal_thread("KILL"); exit(); }',
                   "--run", t.workload("seek"), "5")
    t.equal(r.status, 128 + signal.SIGKILL)


@test
def unsafe_functions_are_refused(t):
    r = t.duetrace("-q", "-e", 'begin { system("touch ' + os.path.join(t.tmp, "x") + '"); }')
    t.equal(r.status, 1)
    t.found(r"system\(\) is an unsafe function being used in safe mode", r.err)
    t.check(not os.path.exists(os.path.join(t.tmp, "x")), "the command ran")


# print of one key, str of what is in memory

def bar(label, count, most):
    return f"{label:<16}{count:>8} |{'@' * (count * 52 // most):<52}|\n"


says("print-hist-at-key", "@x[1] = hist(5); @x[1] = hist(6); @x[2] = hist(1); print(@x[1]); clear(@x);",
     bar("[4, 8)", 2, 2) + "\n")
says("print-lhist-at-string-key", '@x["a", 1] = lhist(5, 0, 10, 5); print(@x["a", 1]); clear(@x);',
     bar("[5, 10)", 1, 1) + "\n")
says("print-stats-at-key", "@x[comm] = stats(5); @x[comm] = stats(8); print(@x[comm]); clear(@x);",
     "{ .count = 2, .average = 6, .total = 13 }\n")
says("print-count-at-key", "@x[1] = count(); @x[1] = count(); print(@x[1]); print(@x[2]); clear(@x);",
     "2\n0\n")
says("print-hist-at-a-key-that-is-not-there", "@x[1] = hist(5); print(@x[2]); clear(@x);", "")
case("builtins", "print-hist-at-key-json", "begin { @x[1] = hist(5); print(@x[1]); clear(@x); }",
     '{"type": "value", "data": [{"min": 4, "max": 7, "count": 1}]}\n', as_json=True)
says("print-stats-ignores-top", "@x[1] = stats(5); @x[2] = stats(6); print(@x, 1, 2); clear(@x);",
     "@x[1]: { .count = 1, .average = 5, .total = 5 }\n"
     "@x[2]: { .count = 1, .average = 6, .total = 6 }\n",
     err=re.compile(r"WARNING: print\(\)'s top and div arguments are ignored when used on stats\(\) maps\.\n"))
says("str-of-a-string", 'print(str("abc")); print(str("hello world", 6)); print(str(comm, 5));',
     "abc\nhello\nduet\n")
says("str-of-an-integer", "$a = 5; print(str($a)); print(str(0));", "\n\n")
says("buffers-widen", 'print(is_array(5)); $b = buf("a", 1); print($b); $b = buf("abcdef", 6); print($b);'
     ' @m = buf("a", 1); @m = buf("abcd", 4);', "false\na\nabcdef\n", "@m: abcd\n")

# questions about expressions

says("is-integer", "print(is_integer(pid)); print(is_integer(comm)); print(is_unsigned_integer(pid));"
     " print(is_unsigned_integer((int64)5));", "true\nfalse\ntrue\nfalse\n")
says("is-str-ptr-array", "print(is_str(comm)); print(is_str(5)); print(is_ptr(curtask));"
     ' print(is_ptr(pid)); print(is_array(pton("::1"))); print(is_array(comm));',
     "true\nfalse\ntrue\nfalse\ntrue\nfalse\n")
says("is-literal", 'print(is_literal(5)); print(is_literal("a")); print(is_literal(pid));',
     "true\ntrue\nfalse\n")
says("is-err", "print(is_err(0)); print(is_err(-2)); print(is_err(curtask));", "false\ntrue\nfalse\n")
says("default-str-length", "print(default_str_length());", "1024\n")
says("static-assert", 'static_assert(is_str(comm) && 1 + 1 == 2, "no"); print(1);', "1\n")
says("debugf-compiles", 'debugf("%d %s", pid, comm);', "",
     err=re.compile(r"WARNING: The debugf\(\) builtin is not recommended for production use"))
says("usermode-of-begin", "print(usermode);", "0\n")
says("signal-name-real-time", "print(signal_name(34)); print(signal_name(64)); print(signal_name(65));",
     "SIGRTMIN\nSIGRTMIN+30\nUnknown signal 65\n")
says("config-lengths", "print(str($1)); print(strlen(str($1))); print(buf(str($1), 7));"
     " print(default_str_length());", "hello w..\n7\nhello w\n8\n", params=["hello world"],
     env={"DUETRACE_MAX_STRLEN": "8"})
case("builtins", "max-cat-bytes", 'config = { max_cat_bytes = 3; } begin { cat("/proc/sys/kernel/ostype"); }',
     "Lin" + END)


@test
def usermode_of_a_timer(t):
    """On a machine with something to do, a timer interrupts both sides at some time."""
    p = t.trace("-e", "interval:ms:1 { @[usermode] = count(); @n++; if (@n > 20000) { exit(); } }")
    busy = t.start("taskset", "-c", "0-" + str(os.cpu_count() - 1), "sh", "-c",
                   "for i in $(seq " + str(os.cpu_count()) + "); do timeout 1 sh -c 'while :; do :; done' & done; wait")
    busy.finish()
    r = p.stop()
    t.found(r"(?m)^@\[1\]: \d+$", r.out)


says("reads-that-fail-are-said-with-k", "print(buf(uptr(7), 4)); print(macaddr(uptr(7)));",
     "\n00:00:00:00:00:00\n", flags=["-k"],
     err=re.compile(r"stdin:1:15-30: WARNING: Bad address\nAdditional Info - helper: probe_read_user,"
                    r" retcode: -14\n(.*\n)*stdin:1:39-55: WARNING: Bad address\n"))
says("find-takes-a-variable-without-a-type", '@s["k"] = "val"; let $s; if (find(@s, "k", $s)) { print($s); }',
     "val\n", "@s[k]: val\n")
says("find-in-a-long-loop", "@a[1] = 5; @a[2] = 7; let $v = 0; for ($i : 0..100000) {"
     " if (find(@a, $i, $v)) { @n++; } } print($v);", "7\n", "@a[1]: 5\n@a[2]: 7\n@n: 2\n")
says("calls-in-a-loop-over-a-map", '@a[1] = 5; for ($kv : @a) { print(strcontains("abc", "b"));'
     ' print((len(@a), buf("ab", 2), ntop($kv.0))); cat("/proc/sys/kernel/ostype"); }',
     "true\n(1, ab, 1.0.0.0)\nLinux\n", "@a[1]: 5\n")
says("assert-in-a-loop", "@a[1] = 5; for ($kv : @a) { assert($kv.1 == 6, \"not six\"); } print(1);",
     "", "@a[1]: 5\n", status=1, err="stdin:1:37-66: ERROR: not six\n")
case("builtins", "members-of-structs", "struct A { char name[8]; char rest[8]; } "
     "tracepoint:syscalls:sys_enter_execve /str(args.filename) == \"/bin/true\"/ "
     "{ $p = (struct A *)args.filename; print(buf($p->name, 4)); print(macaddr($p->name));"
     " print(strcontains($p->name, \"bin\")); }",
     "/bin\n2F:62:69:6E:2F:74\ntrue\n" + END, flags=["-c", "/bin/true"])
case("builtins", "ntop-of-a-tracepoint", "tracepoint:sock:inet_sock_set_state /args.newstate == 10 &&"
     " args.family == 2 && pid == cpid/ { print(ntop(args.saddr)); print(ntop(args.family, args.saddr));"
     " @[ntop(args.saddr)] = count(); }", "127.0.0.7\n127.0.0.7\n" + END + "@[127.0.0.7]: 1\n",
     flags=["-c", "python3 -c 'import socket; s = socket.socket(); s.bind((\"127.0.0.7\", 0)); s.listen()'"])


@test
def comm_of_another(t):
    """comm(pid) asks the kernel for the thread; there may be none of that ID."""
    r = t.duetrace("-q", "-e", LSEEK + '{ printf("%s %s [%s]\\n", comm(pid), comm(ppid), comm(0x3fffff));'
                   ' @[comm(tid)] = count(); exit(); }', "--run", t.workload("seek"), "5")
    if "not allowed" in r.err:
        t.skip("the kernel does not find threads for tracepoints")
    t.equal(r.out, "seek duetrace []\n" + END + "@[seek]: 1\n")
says("str-concat", 'print(str_concat("abc", "def")); $s = str_concat(str_concat(comm, "-"), str($1));'
     ' print($s); print(strlen($s)); print(str_concat("", "")); @[str_concat("a", "b")] = 1;',
     "abcdef\nduetrace-end\n12\n\n", "@[ab]: 1\n", params=["end"])


@test
def pid_namespace(t):
    """In a PID namespace of its own, as in a container: IDs, filters and cpid are of that namespace."""
    t.need("unshare")
    script = t.write("x.dt", 'begin { print((pid < 100, tid == pid, pid(init) > pid, pid(curr_ns) == pid)); } '
                     'tracepoint:syscalls:sys_enter_openat /pid == cpid/ { @opens = 1; @small = pid < 100; } '
                     'tracepoint:syscalls:sys_enter_openat /pid(init) == cpid/ { @outside = 1; }')
    r = t.run("unshare", "-pf", "--mount-proc", t.binary, "-q", script, "--run", "cat", "/dev/null")
    t.equal((r.out, r.err, r.status),
            ("(true, true, true, true)\n" + END + "@opens: 1\n@small: true\n", "", 0))
