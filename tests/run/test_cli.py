# SPDX-License-Identifier: Apache-2.0
"""The command line: every option, exit statuses, what goes to which stream."""
import os
import re
import signal

from harness import END, ROOT, test

HELLO = 'begin { printf("hello\\n"); }'
STAGES = ("tokens", "ast", "types", "ir", "bpf", "image")


@test
def version(t):
    for option in ("--version", "-V"):
        r = t.duetrace(option)
        t.matches(r"duetrace v\d+\.\d+\.\d+\nLLVM .*\n", r.out, option)
        t.equal((r.err, r.status), ("", 0))


@test
def help_is_on_stdout(t):
    for option in ("--help", "-h"):
        r = t.duetrace(option)
        t.equal((r.err, r.status), ("", 0), option)
        for word in ("-e", "-f", "-o", "-q", "-v", "-l", "-c", "--run", "--db", "--dry-run",
                     "--emit", "--version", "--help", "--buffer"):
            t.check(re.search(rf"(^|[\s,]){word}\b", r.out), f"--help does not show {word}")


@test
def no_arguments(t):
    r = t.duetrace()
    t.equal((r.out, r.status), ("", 1))
    t.check(r.err, "no message")


@test
def bad_option(t):
    for option in ("--no-such-option", "-Z"):
        r = t.duetrace(option, "-e", HELLO)
        t.equal((r.out, r.status), ("", 1), option)
        t.check(r.err, "no message")


@test
def option_without_its_argument(t):
    for option in ("-e", "-o", "-f", "--db", "--emit", "-c", "--buffer", "--run"):
        r = t.duetrace(*(["-e", HELLO] if option != "-e" else []), option)
        t.equal((r.out, r.status), ("", 1), option)
        t.check(r.err, f"{option}: no message")


@test
def expression(t):
    r = t.duetrace("-e", HELLO)
    t.equal(r.out, "hello\n" + END)
    t.equal(r.err, "Attached 1 probe\n", "stderr")
    t.equal(r.status, 0, "exit status")


@test
def attached_counts_probes(t):
    r = t.duetrace("-e", "begin { } end { }")
    t.equal(r.err, "Attached 2 probes\n", "stderr")


@test
def quiet(t):
    r = t.duetrace("-q", "-e", HELLO)
    t.equal((r.out, r.err), ("hello\n" + END, ""))


@test
def file(t):
    r = t.duetrace("-q", t.write("x.dt", HELLO))
    t.equal((r.out, r.err, r.status), ("hello\n" + END, "", 0))


@test
def file_with_parameters(t):
    r = t.duetrace("-q", t.write("x.dt", "begin { print(str($1)); print($2); print($#); }"), "a",
                   "7")
    t.equal((r.out, r.err), ("a\n7\n2\n" + END, ""))


@test
def file_is_completed_with_dt(t):
    t.write("hello.dt", HELLO)
    r = t.duetrace("-q", "hello", cwd=t.tmp)
    t.equal((r.out, r.status), ("hello\n" + END, 0))


@test
def shebang(t):
    script = t.write("x.dt", "#!/usr/bin/env duetrace\nbegin { print($1); }", 0o755)
    r = t.run(script, "5", env={"PATH": f"{os.path.dirname(t.binary)}:{os.environ['PATH']}"})
    t.equal((r.out, r.err), ("5\n" + END, "Attached 1 probe\n"))


@test
def stdin(t):
    r = t.duetrace("-q", "-", "3", stdin="begin { print($1); }")
    t.equal((r.out, r.err, r.status), ("3\n" + END, "", 0))


@test
def stdin_is_named_in_messages(t):
    r = t.duetrace("-", stdin="begin { print($x); }")
    t.found(r"^stdin:1:9-14: ERROR: ", r.err)


@test
def file_is_named_in_messages(t):
    script = t.write("x.dt", "begin { print($x); }")
    r = t.duetrace(script)
    t.found("^" + re.escape(script) + ":1:9-14: ERROR: ", r.err)


@test
def missing_file(t):
    r = t.duetrace("/no/such/script.dt")
    t.equal((r.out, r.status), ("", 1))
    t.found(r"^ERROR: .*script\.dt.*No such file", r.err)


@test
def directory_as_file(t):
    r = t.duetrace(str(t.tmp))
    t.equal((r.out, r.status), ("", 1))
    t.found("^ERROR: ", r.err)


@test
def empty_program(t):
    for arguments in (["-e", ""], [t.write("empty.dt", "")]):
        r = t.duetrace(*arguments)
        t.equal((r.out, r.status), ("", 1))
        t.check(r.err, "no message")


@test
def dashes_start_parameters(t):
    r = t.duetrace("-q", "-e", "begin { print(str($1)); print(str($2)); print($#); }", "--", "-q",
                   "-d")
    t.equal((r.out, r.err), ("-q\n-d\n2\n" + END, ""))


@test
def output_to_a_file(t):
    out = t.tmp / "out"
    r = t.duetrace("-o", out, "-e", 'begin { printf("a\\n"); @x = 1; }')
    t.equal((r.out, r.err, r.status), ("", "Attached 1 probe\n", 0))
    t.equal(out.read_text(), "a\n" + END + "@x: 1\n")


@test
def output_to_a_file_that_cannot_be(t):
    r = t.duetrace("-o", "/no/such/dir/out", "-e", HELLO)
    t.equal((r.out, r.status), ("", 1))
    t.found(r"^ERROR: .*/no/such/dir/out.*No such file", r.err)


@test
def format_text(t):
    r = t.duetrace("-q", "-f", "text", "-e", HELLO)
    t.equal(r.out, "hello\n" + END)


@test
def format_unknown(t):
    r = t.duetrace("-f", "jsonx", "-e", HELLO)
    t.equal((r.out, r.status), ("", 1))
    t.equal(r.err, 'ERROR: Invalid output format "jsonx"\nValid formats: \'text\', \'json\'\n')


@test
def dry_run(t):
    r = t.duetrace("--dry-run", "-e", HELLO + " end { print(2); } interval:s:1 { @x = 1; }")
    t.equal((r.out.strip(), r.status), ("", 0))


@test
def dry_run_finds_errors(t):
    r = t.duetrace("--dry-run", "-e", "tracepoint:no:such { }")
    t.equal(r.status, 1, "exit status")
    t.found("ERROR: ", r.err)


@test
def emit_stages(t):
    for stage in STAGES:
        out = t.tmp / stage
        r = t.duetrace("--emit", stage, "-o", out, "-e", "begin { @x = $1 + 1; print(@x); }")
        t.equal((r.err, r.status), ("", 0), stage)
        data = out.read_bytes()
        t.check(data, f"{stage} is empty")
        if stage == "image":
            t.equal(data[:4], b"\x7fELF", stage)
        elif stage != "bpf":
            data.decode()


@test
def emit_to_stdout(t):
    for stage, pattern in (("tokens", r"@x"), ("ast", r"print"), ("types", r"int"),
                           ("ir", r"(?m)^define ")):
        r = t.duetrace("--emit", stage, "-e", "begin { @x = 1; print(@x); }")
        t.equal((r.err, r.status), ("", 0), stage)
        t.found(pattern, r.out, stage)


@test
def emit_unknown_stage(t):
    r = t.duetrace("--emit", "nonsense", "-e", HELLO)
    t.equal((r.out, r.status), ("", 1))
    for stage in STAGES:
        t.found(rf"\b{stage}\b", r.err)


@test
def emit_with_an_error(t):
    for stage in ("types", "ir", "bpf", "image"):
        out = t.tmp / stage
        r = t.duetrace("--emit", stage, "-o", out, "-e", "begin { print($x); }")
        t.equal(r.status, 1, stage)
        t.found("ERROR: ", r.err)
        t.check(not out.exists() or not out.stat().st_size, f"{stage}: output in spite of errors")


@test
def list_everything(t):
    r = t.duetrace("-l")
    t.equal((r.err, r.status), ("", 0))
    lines = r.out.splitlines()
    t.check(len(lines) > 200, f"{len(lines)} probes")
    for probe in ("tracepoint:syscalls:sys_enter_openat", "tracepoint:sched:sched_switch"):
        t.check(probe in lines, f"no {probe}")


@test
def list_agrees_with_tracefs(t):
    r = t.duetrace("-l", "tracepoint:syscalls:*")
    listed = set(r.out.splitlines())
    there = t.in_mounts("ls", "/sys/kernel/tracing/events/syscalls").out.split()
    want = {f"tracepoint:syscalls:{name}" for name in there if name.startswith("sys_")}
    t.equal(listed, want, "list")


@test
def list_with_a_pattern(t):
    r = t.duetrace("-l", "tracepoint:syscalls:sys_e*_openat")
    t.equal((r.out, r.err, r.status),
            ("tracepoint:syscalls:sys_enter_openat\ntracepoint:syscalls:sys_exit_openat\n", "", 0))


@test
def list_of_every_type(t):
    """A pattern for the type looks through all types, whatever number of parts their names have."""
    for pattern, word in (("*:sched_process_exec", "sched_process_exec"), ("*:*:sched_process_exec", "sched_process_exec"),
                          ("*:sys_enter_openat", "sys_enter_openat")):
        r = t.duetrace("-l", pattern)
        t.equal((r.err, r.status), ("", 0), pattern)
        lines = r.out.splitlines()
        want = [line for line in t.duetrace("-l", word).out.splitlines() if line.endswith(":" + word)]
        t.equal(lines, want, pattern)
        t.check(any(line.startswith("tracepoint:") for line in lines), pattern)
    t.equal(t.duetrace("-l", "*:cs").out, "software:cs:\n")
    t.equal(t.duetrace("-l", "i*:task").out, "iter:task\n")
    r = t.duetrace("-l", "t*:sched")
    t.equal((r.out, r.err), (t.duetrace("-l", "tracepoint:sched:*").out, ""), "a whole category")
    r = t.duetrace("-l", "*:nothing_has_this_name")
    t.equal((r.out, r.err, r.status), ("", "", 0))


@test
def list_of_every_type_in_a_file(t):
    """Functions of a file by a pattern for the type; with -p a name alone is looked for in the process's files."""
    program = t.workload("functions")
    want = f"uprobe:{program}:once\nuretprobe:{program}:once\n"
    for pattern in (f"*:{program}:once", f"u*:{program}:onc?"):
        r = t.duetrace("-l", pattern)
        t.equal((r.out, r.err, r.status), (want, "", 0), pattern)
    r = t.duetrace("-p", str(os.getpid()), "-l", "*:setjmp")
    t.equal((r.err, r.status), ("", 0))
    t.found(r"(?m)^uprobe:/.*/libc\.so\.6:setjmp$", r.out)
    t.found(r"(?m)^uretprobe:/.*/libc\.so\.6:setjmp$", r.out)


@test
def list_with_arguments(t):
    r = t.duetrace("-lv", "tracepoint:syscalls:sys_enter_lseek")
    t.equal((r.err, r.status), ("", 0))
    t.matches(r"tracepoint:syscalls:sys_enter_lseek\n(    .*\n)+", r.out)
    for name in ("fd", "offset", "whence"):
        t.found(rf"(?m)^    .*\b{name}\b", r.out)


@test
def list_without_a_match(t):
    r = t.duetrace("-l", "tracepoint:nothing:here")
    t.equal((r.out, r.status), ("", 0))


@test
def command(t):
    r = t.duetrace("-q", "-e", "tracepoint:syscalls:sys_enter_lseek /pid == cpid/"
                   " { print(args.offset); }", "-c", f"{t.workload('seek')} 5 6")
    t.equal((r.out, r.err, r.status), ("5\n6\n" + END, "", 0))


@test
def command_with_quotes(t):
    r = t.duetrace("-q", "-e", "begin { }", "-c", "sh -c 'echo \"a  b\" c'")
    t.equal(r.out.strip(), "a  b c")


@test
def command_status_is_not_passed_on(t):
    r = t.duetrace("-q", "-e", "begin { }", "-c", f"{t.workload('seek')} +7")
    t.equal(r.status, 0, "exit status")


@test
def run_passes_the_status_on(t):
    for status in (0, 7, 255):
        r = t.duetrace("-q", "-e", "begin { }", "--run", t.workload("seek"), f"+{status}")
        t.equal(r.status, status, "exit status")


@test
def run_takes_everything_after_it(t):
    r = t.duetrace("-q", "-e", "begin { }", "--run", "printf", "%s|", "-q", "--db", "a b", "")
    t.equal(r.out.strip(), "-q|--db|a b||")


@test
def run_after_parameters(t):
    r = t.duetrace("-q", "-e", "begin { print($1); }", "5", "--run", "true")
    t.equal((r.out, r.status), ("5\n" + END, 0))


@test
def run_starts_after_attaching(t):
    """Nothing of the command is missed: its own execve returns into the trace."""
    r = t.duetrace("-q", "-e", "tracepoint:syscalls:sys_exit_execve /pid == cpid/"
                   " { print(args.ret); }", "--run", t.workload("seek"), "1")
    t.equal(r.out, "0\n" + END)


@test
def run_waits_for_the_whole_tree(t):
    seek = t.workload("seek")
    r = t.duetrace("-q", "-e", "tracepoint:syscalls:sys_enter_lseek /args.offset == 77000123/"
                   " { print(args.offset); }", "--run", "sh", "-c",
                   f"(sleep 0.5; {seek} 77000123) >/dev/null 2>&1 &")
    t.equal(r.out, "77000123\n" + END)


@test
def command_not_found(t):
    for option in ("--run", "-c"):
        r = t.duetrace("-e", HELLO, option, "/no/such/command")
        t.check(r.status in (1, 127), f"{option}: exit status {r.status}")
        t.found(r"^ERROR: .*/no/such/command.*No such file", r.err)
        t.absent("hello", r.out)


@test
def command_that_cannot_run(t):
    script = t.write("noexec", "#!/bin/sh\n", 0o644)
    r = t.duetrace("-e", HELLO, "--run", script)
    t.check(r.status in (1, 126), f"exit status {r.status}")
    t.found(r"^ERROR: .*Permission denied", r.err)


@test
def command_killed_by_a_signal(t):
    r = t.duetrace("-q", "-e", "begin { }", "--run", "sh", "-c", "kill -9 $$")
    t.equal(r.status, 128 + 9, "exit status")


@test
def interrupt_and_terminate(t):
    """They end a run in order, and so does a terminal that closes: end blocks, maps, status 0."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        p = t.trace("-e", "begin { @x = 1; } interval:s:3600 { } end { print(2); }")
        r = p.stop(number)
        t.equal((r.out, r.status), ("2\n" + END + "@x: 1\n", 0), signal.Signals(number).name)


@test
def notify_when_attached(t):
    word = "__BPFTRACE_NOTIFY_PROBES_ATTACHED"
    r = t.duetrace("-q", "-e", "begin { }", env={word: "1"})
    t.found(f"(?m)^{word}$", r.out)


@test
def buffering(t):
    for mode in ("line", "full", "none"):
        r = t.duetrace("-q", "-B", mode, "-e", HELLO)
        t.equal((r.out, r.err, r.status), ("hello\n" + END, "", 0), mode)
    r = t.duetrace("-B", "nonsense", "-e", HELLO)
    t.equal((r.out, r.status), ("", 1))
    t.found("^ERROR: ", r.err)


@test
def command_and_run_exclude_each_other(t):
    r = t.duetrace("-c", "true", "-e", HELLO, "--run", "true")
    t.equal((r.out, r.status), ("", 1))
    t.found("^ERROR: .*-c.*--run", r.err)


@test
def no_warnings(t):
    program = "begin { $a = -5; $b = 3; @ = $a / $b; }"
    t.found("WARNING: ", t.duetrace("-q", "-e", program).err)
    t.equal(t.duetrace("-q", "--no-warnings", "-e", program).err, "", "stderr")


@test
def bytes_go_into_a_pipe_as_they_are(t):
    """Only a terminal gets control characters escaped."""
    r = t.duetrace("-q", "-e", r'begin { printf("a\x1b[2Jb\x01\n"); }')
    t.equal(r.out, "a\x1b[2Jb\x01\n" + END)


@test
def verbose(t):
    r = t.duetrace("-v", "-e", HELLO)
    t.equal((r.out, r.status), ("hello\n" + END, 0))


@test
def several_expressions(t):
    r = t.duetrace("-q", "-e", "begin { print(1); }", "-e", "begin { print(2); }")
    t.equal(r.out, "1\n2\n" + END)


@test
def buffer(t):
    for size in ("64K", "1M", "65536"):
        r = t.duetrace("-q", "--buffer", size, "-e", HELLO)
        t.equal((r.out, r.err, r.status), ("hello\n" + END, "", 0), size)
    for size in ("0", "-1", "x", "12q", ""):
        r = t.duetrace("-q", "--buffer", size, "-e", HELLO)
        t.equal(r.status, 1, f"--buffer {size!r}")
        t.found("^ERROR: ", r.err)


@test
def max_strlen_from_the_environment(t):
    name = "/no/such/" + "n" * 91
    program = ("tracepoint:syscalls:sys_enter_openat /pid == cpid/ { print(str(args.filename)); }")
    for key in ("DUETRACE_MAX_STRLEN", "BPFTRACE_MAX_STRLEN"):
        r = t.duetrace("-q", "-e", program, "--run", t.workload("open"), name, env={key: "64"})
        t.equal(r.out.split("\n")[-4], name[:63] + "..", key)
    r = t.duetrace("-q", "-e", program, "--run", t.workload("open"), name,
                   env={"DUETRACE_MAX_STRLEN": "200", "BPFTRACE_MAX_STRLEN": "64"})
    t.equal(r.out.split("\n")[-4], name, "DUETRACE_ wins")


@test
def long_strings_by_default(t):
    """max_strlen is 1024: 1023 bytes are whole, 1024 are cut."""
    program = "tracepoint:syscalls:sys_enter_openat /pid == cpid/ { print(str(args.filename)); }"
    for length in (1022, 1023, 1024, 1100):
        name = "/no/" + "n" * (length - 4)
        r = t.duetrace("-q", "-e", program, "--run", t.workload("open"), name)
        t.equal(r.out.split("\n")[-4], name if length < 1024 else name[:1023] + "..", str(length))


@test
def bad_setting_in_the_environment(t):
    for value in ("x", "-1", ""):
        r = t.duetrace("-q", "-e", HELLO, env={"DUETRACE_MAX_STRLEN": value})
        t.equal(r.status, 1, f"DUETRACE_MAX_STRLEN={value}")
        t.found("MAX_STRLEN|max_strlen", r.err)


@test
def max_map_keys(t):
    """A full map loses updates, says so, and goes on."""
    r = t.duetrace("-q", "-e", "begin { @x[1] = 1; @x[2] = 1; @x[3] = 1; print(9); }",
                   env={"DUETRACE_MAX_MAP_KEYS": "2"})
    t.equal((r.out, r.status), ("9\n" + END + "@x[1]: 1\n@x[2]: 1\n", 0))
    t.check(r.err, "the lost update is not reported")


@test
def bundled_scripts_are_executable(t):
    for script in sorted((ROOT / "scripts").glob("*.dt")):
        t.check(os.access(script, os.X_OK), f"{script.name} is not executable")
        text = script.read_text()
        t.check(text.startswith("#!/usr/bin/env duetrace\n"), f"{script.name}: no shebang")
        for word in ("Question:", "Usage:", "Output:", "Limits:"):
            t.check(word in text, f"{script.name} has no {word}")


@test
def list_types(t):
    """Structs, unions and enums of the kernel's BTF, as bpftool writes them in C."""
    t.need("bpftool")
    dump = t.run("bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c").out
    for name in ("struct path", "struct task_struct", "enum pid_type", "union bpf_attr", "struct sock"):
        want = re.search(rf"(?ms)^{name} \{{\n.*?^\}}[^\n]*;\n", dump)[0]
        r = t.duetrace("-lv", name)
        t.equal((r.out, r.err, r.status), (want + "\n", "", 0), name)
        t.equal(t.duetrace("-l", name).out, name + "\n")
    for kind in ("struct", "union", "enum"):
        there = set(re.findall(rf"(?m)^({kind} \w*list\w*) \{{", dump))
        r = t.duetrace("-l", kind + " *list*")
        names = r.out.splitlines()
        t.equal(names, sorted(set(names)), "order")
        # bpftool gives a number to the second of a name
        t.equal({name for name in there if "___" not in name} - set(names), set(), kind)
        shown = re.findall(rf"(?m)^({kind} \w+) \{{", t.duetrace("-lv", kind + " *list*").out)
        t.equal({name.split("___")[0] for name in shown}, set(names), kind + " definitions")
    r = t.duetrace("-l", "struct no_such_thing")
    t.equal((r.out, r.err, r.status), ("", "", 0))
    t.duetrace("-lv", "-o", t.tmp / "types", "struct path")
    t.found("struct dentry \\*dentry;", (t.tmp / "types").read_text())


@test
def list_into_a_closed_pipe(t):
    """Who reads only the first line gets it, and nobody complains."""
    r = t.run("bash", "-c", '"$0" -l | head -n 1; echo "${PIPESTATUS[1]}"; "$0" -l "struct *" | head -n 1',
              t.binary)
    t.matches(r"\w+:.*\n0\nstruct \w+\n", r.out)
    t.equal(r.err, "")


@test
def list_types_of_probes(t):
    """A pattern without a colon is looked for in the names of all types; order is the table's."""
    r = t.duetrace("-l", "soft*:*faults*:")
    t.equal(r.out, "".join(f"software:{name}:\n" for name in (
        "alignment-faults", "emulation-faults", "major-faults", "minor-faults", "page-faults", "faults")))
    r = t.duetrace("-l", "hardware:*")
    t.equal(r.out, "".join(f"hardware:{name}:\n" for name in (
        "backend-stalls branch-instructions branches branch-misses bus-cycles cache-misses "
        "cache-references cpu-cycles cycles frontend-stalls instructions ref-cycles").split()))
    r = t.duetrace("-l", "prof*")
    t.equal(r.out, "".join(f"profile:{unit}:\n" for unit in ("hz", "ms", "s", "us")))
    t.equal(t.duetrace("-l", "i:*").out.count("interval:"), 4)
