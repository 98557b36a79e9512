# SPDX-License-Identifier: Apache-2.0
"""Options that bpftrace has: -d, --emit-elf, --emit-llvm, -I, --include, --info; colour."""
import os
import re
import tty

from harness import test


@test
def debug_stages(t):
    for name, stage in (("ast", "ast"), ("types", "types"), ("codegen", "ir"), ("codegen-opt", "ir"),
                        ("dis", "bpf")):
        ours = t.duetrace("-d", name, "-e", "begin { @x = 1; }")
        t.equal(ours.status, 0)
        t.equal(ours.out, t.duetrace("--emit", stage, "-e", "begin { @x = 1; }").out)
    r = t.duetrace("-q", "-d", "libbpf", "-e", "begin { print(1); }")
    t.equal((r.status, r.out), (0, "1\n\n\n"))
    t.found("libbpf", r.err)
    t.equal(t.duetrace("-d", "x", "-e", "begin { }").status, 1)


@test
def emit_files(t):
    image, code = t.tmp / "x.o", t.tmp / "x.ll"
    t.equal(t.duetrace("--emit-elf", str(image), "-e", "begin { print(7); }").status, 0)
    t.equal(t.run(t.runner, "-q", str(image)).out, "7\n\n\n")
    t.equal(t.duetrace("--emit-llvm", str(code), "-e", "begin { print(7); }").status, 0)
    t.found("define ", code.read_text())


@test
def include_options(t):
    r = t.duetrace("-q", "-I", "/usr/include", "--include", "linux/types.h", "-e", "begin { print(1); }")
    t.equal((r.status, r.out, r.err), (0, "1\n\n\n", ""))


@test
def info(t):
    r = t.duetrace("--info")
    t.equal((r.status, r.err), (0, ""))
    for line in ("System", "  btf: yes", "  tracefs: yes", "  tracepoint: yes", "  ringbuf: yes"):
        t.check(line in r.out.split("\n"), f"no {line!r} in {r.out}")


@test
def help_and_version(t):
    r = t.duetrace("-h")
    t.equal((r.status, r.err), (0, ""))
    t.found("Usage: ", r.out)
    r = t.duetrace("--nonsense")
    t.equal((r.status, r.out), (1, ""))
    t.found("unknown option", r.err)
    t.matches(r"duetrace v\d+\.\d+\.\d+\nLLVM .*\n", t.duetrace("-V").out)


@test
def colour(t):
    """Never into a pipe, unless asked for; DUETRACE_ wins over BPFTRACE_."""
    red = "\x1b[31mERROR: \x1b[0m"
    for env, expected in (({}, False), ({"DUETRACE_COLOR": "always"}, True),
                          ({"BPFTRACE_COLOR": "always"}, True),
                          ({"DUETRACE_COLOR": "never", "BPFTRACE_COLOR": "always"}, False)):
        r = t.duetrace("-e", "begin { print($x); }", env=env)
        t.equal((r.status, red in r.err), (1, expected))


@test
def diagnostic_forms(t):
    """The place, the line with tabs as four blanks, the markers; several lines without markers."""
    r = t.duetrace("-e", "begin {\n\tprint($x);\n}")
    t.equal(r.err, "stdin:2:2-7: ERROR: Undefined or undeclared variable: $x\n    print($x);\n"
                   "    ~~~~~\n")
    r = t.duetrace("-e", 'begin { @ = 1; @[\n1,\n2] = 3; }')
    t.check(re.match(r"stdin:1-3: ERROR: .*\nbegin \{ @ = 1; @\[\n1,\n2\] = 3; \}\n", r.err), r.err)


@test
def raw(t):
    """On a terminal a text from outside cannot drive it, unless --raw is given."""
    for flags, shown in (((), b"a\\x1b[31mb"), (("--raw",), b"a\x1b[31mb")):
        master, slave = os.openpty()
        tty.setraw(slave)
        try:
            r = t.start(t.binary, "-q", *flags, "-e", "begin { print(str($1)); }", "a\x1b[31mb",
                        stdout=slave).finish()
            t.equal((r.status, r.err), (0, ""))
            t.equal(os.read(master, 4096), shown + b"\n\n\n")
        finally:
            os.close(master)
            os.close(slave)


@test
def list_of_a_script(t):
    program = "begin { } tracepoint:syscalls:sys_enter_open* { } interval:s:1 { } end { }"
    want = "begin\ntracepoint:syscalls:sys_enter_open\n"
    for words in (("-e", program), (t.write("x.dt", program),)):
        r = t.duetrace("-l", *words)
        t.equal((r.status, r.err), (0, ""))
        t.check(r.out.startswith(want) and r.out.endswith("\ninterval:s:1\nend\n"), r.out)
        t.found(r"\n    int dfd\n", t.duetrace("-lv", *words).out)
    r = t.duetrace("-l", "-e", "tracepoint:no:such { }")
    t.equal((r.status, r.out), (1, ""))
    t.found("No matches for tracepoint no:such", r.err)


@test
def probe_filter(t):
    """--probe-filter leaves probes out by their full names, in runs and lists; begin and end stay."""
    script = ("begin { print(1); } end { print(2); } interval:ms:1 { print(3); exit(); }"
              "software:faults:1, profile:hz:9 { }")
    r = t.duetrace("-l", "--probe-filter", "^(soft|interval:ms)", "-e", script)
    t.equal(r.out, "begin\nend\ninterval:ms:1\nsoftware:faults:1\n")
    r = t.duetrace("--probe-filter", "interval", "-e", script)
    t.equal((r.out, r.err, r.status), ("1\n3\n2\n\n\n", "Attached 3 probes\n", 0))
    r = t.duetrace("-l", "--probe-filter", "sys_(enter|exit)_openat$", "tracepoint:*")
    t.equal(r.out, "tracepoint:syscalls:sys_enter_openat\ntracepoint:syscalls:sys_exit_openat\n")
    r = t.duetrace("--probe-filter", "nothing", "-e", "interval:s:1 { }")
    t.equal((r.status, r.err), (1, "ERROR: No probes to attach\n"))
    for words, why in ((["--probe-filter", "a("], "--probe-filter takes a regular expression, not 'a(': "),
                       (["--probe-filter", "a", "--probe-filter", "b"], "--probe-filter can be given once")):
        r = t.duetrace(*words, "-e", script)
        t.equal((r.status, r.out), (1, ""))
        t.found(re.escape(why), r.err)
