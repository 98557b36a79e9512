# SPDX-License-Identifier: Apache-2.0
"""Functions of user space: uprobe, uretprobe, and what their programs know: argN, retval, func."""
import os
import re
import shutil
import subprocess

from harness import WAIT, filled, test

BUILDS = {"O0": ("-O0", "-g"), "O2": ("-O2", "-g"), "no-pie": ("-no-pie",), "static": ("-static",),
          "static-pie": ("-static-pie",)}


def build(t, how="O2"):
    return t.workload("functions", "-pthread", *BUILDS[how])


def ask(t, program, want, *, how="O2", command=None, flags=()):
    """Run the workload (@ is its path in the program) and compare the lines printed."""
    path = build(t, how)
    r = t.duetrace("-q", *flags, "-c", command or path, "-e", program.replace("@@", path))
    t.equal(r.err, "", "stderr")
    t.equal(sorted(filled(r.out)), sorted(want))
    t.equal(r.status, 0, "exit status")


# counts and values, of each kind of file

def of_build(how):
    def body(t):
        ask(t, "uprobe:@@:once { @n[func] = count(); @sum = sum(arg0); } "
            "uretprobe:@@:once { @twice = sum(retval); } "
            'uprobe:@@:many { printf("%d %s %d %d %u %d %d\\n", arg0, str(arg1), arg3, arg4, arg5, '
            "arg6, (int8)arg7); } "
            "uretprobe:@@:factorial { @f = max(retval); }",
            ["-1 hello 5 1 4000000000 77 -8", "-2 hello 5 1 4000000000 77 -8",
             "-3 hello 5 1 4000000000 77 -8", "@f: 120", "@n[once]: 3", "@sum: 3", "@twice: 6"],
            how=how)
    body.__module__ = __name__
    test(name=f"values-{how}")(body)


for how in BUILDS:
    of_build(how)


@test
def names(t):
    path = build(t)
    ask(t, "u:@@:once { print((probe, func, probetype)); } ur:@@:once { print((probe, func)); }",
        [f"(uprobe:{path}:once, once, uprobe)", f"(uretprobe:{path}:once, once)"] * 3)


@test
def recursion(t):
    ask(t, "uprobe:@@:factorial { @in[arg0] = count(); } uretprobe:@@:factorial { @out[retval] = count(); }",
        [f"@in[{n}]: 1" for n in range(1, 6)] + [f"@out[{n}]: 1" for n in (1, 2, 6, 24, 120)], how="O0")


@test
def wildcard_is_one_program(t):
    path = build(t)
    ask(t, "uprobe:@@:on*, uprobe:@@:man[xy] { @[probe, func] = count(); }",
        [f"@[uprobe:{path}:many, many]: 3", f"@[uprobe:{path}:once, once]: 3"])
    image = t.tmp / "image.o"
    t.duetrace("--emit", "image", "-o", image, "-e", f"uprobe:{path}:o* {{ }}")
    t.check(image.exists(), "no image")


@test
def offset(t):
    """The second instruction of a function that begins with endbr64, push or lea."""
    path = build(t, "O0")
    at = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], capture_output=True, text=True,
                        check=True, timeout=WAIT).stdout
    first, second = re.search(r"<once>:\n +([0-9a-f]+):[^\n]*\n +([0-9a-f]+):", at).groups()
    away = int(second, 16) - int(first, 16)
    ask(t, f"uprobe:@@:once+{away} {{ @[probe, func] = count(); }} uprobe:@@:0x{second} {{ @a[probe, func] = count(); }}",
        [f"@[uprobe:{path}:once+{away}, once]: 3", f"@a[uprobe:{path}:0x{second}, once]: 3"], how="O0")
    t.refused(f"uprobe:{path}:once+4000 {{ }}", r"the offset 4000 is outside of once, which has \d+ bytes")
    t.refused(f"uprobe:{path}:0x4 {{ }}", "the address 0x4 is not in the code of")
    t.refused(f"uretprobe:{path}:once+1 {{ }}", "uretprobes can not be attached to a function offset")


@test
def stack_arguments_are_zero_where_there_is_no_stack(t):
    ask(t, "uprobe:@@:once { @ = max(arg200 & 0); }", ["@: 0"])


@test
def registers(t):
    ask(t, 'uprobe:@@:once { @[reg("di") == arg0, reg("ip") == reg("pc"), reg("sp") > 4096] = count(); } '
        'uretprobe:@@:once { @r[reg("ax") == retval] = count(); }',
        ["@[true, true, true]: 3", "@r[true]: 3"])


def uaddr_of(how):
    def body(t):
        ask(t, 'uprobe:@@:once { @[*uaddr("counter"), *uaddr("large"), (int16)*uaddr("small"), '
            '*uaddr("tiny")] = count(); }', ["@[42, 1234567890123, -3, 200]: 3"], how=how)
    body.__module__ = __name__
    test(name=f"uaddr-{how}")(body)


for how in BUILDS:
    uaddr_of(how)


@test
def uaddr_in_a_wildcard(t):
    ask(t, 'uprobe:@@:once, uprobe:@@:factorial { @[*uaddr("counter")] = count(); }', ["@[42]: 8"], how="O0")


@test
def uaddr_where_functions_return(t):
    ask(t, 'uretprobe:@@:once, uretprobe:@@:factorial { @[*uaddr("counter")] = count(); } '
        'uretprobe:@@:once { @one[*uaddr("large")] = count(); }', ["@[42]: 8", "@one[1234567890123]: 3"], how="O0")


# which processes

@test
def only_the_process_of_p(t):
    path = build(t)
    mine, other = (t.start(path, "-") for _ in range(2))
    tracer = t.trace("-p", mine.pid, "-e", f"uprobe:{path}:once {{ @[arg0] = count(); }}")
    for process in (other, mine):
        process.send("..")
        process.close_stdin()
        process.finish()
    r = tracer.finish()
    t.equal(filled(r.out), ["@[0]: 1", "@[1]: 1", "@[2]: 1", "@[4294967295]: 2"])


@test
def all_processes_without(t):
    path = shutil.copy(build(t), t.tmp)
    tracer = t.trace("-e", f"uprobe:{path}:once {{ @[arg0 == 0] = count(); }}")
    for _ in range(2):
        t.run(path, "2")
    r = tracer.stop()
    t.equal(filled(r.out), ["@[false]: 2", "@[true]: 2"])


@test
def children(t):
    """-c is about the command only; --run about all that comes of it."""
    path = build(t)
    program = f"uprobe:{path}:in_child {{ @ = count(); }}"
    t.equal(filled(t.duetrace("-q", "-c", path, "-e", program).out), [])
    t.equal(filled(t.duetrace("-q", "-e", program, "--run", path).out), ["@: 1"])


@test
def threads(t):
    ask(t, "uprobe:@@:once { @ = count(); @t[tid] = count(); } end { print(len(@t)); clear(@t); }",
        ["16", "@: 16000"], command=build(t) + " 1000 16")


@test
def many_threads_print(t):
    """Programs that are preempted and nest have memory of their own."""
    path = build(t)
    r = t.duetrace("-q", "-c", path + " 200 8", "-e",
                   f'uprobe:{path}:once {{ printf("%s %d %s\\n", func, arg0, comm); }}')
    name = os.path.basename(path)[:15]
    got = filled(r.out)
    t.equal(sorted(got), sorted(f"once {n} {name}" for n in range(200) for _ in range(8)))


@test
def our_own_calls_are_not_reported(t):
    own = shutil.copy(t.binary, t.tmp / "own-tracer")
    tracer = t.start(own, "-e", "uprobe:libc:malloc /comm == \"own-tracer\"/ { @ = count(); }").attached()
    r = tracer.stop()
    t.equal(filled(r.out), [])


# files

@test
def library_names(t):
    for name in ("libc", "libc.so.6"):
        r = t.duetrace("-l", f"uprobe:{name}:malloc")
        t.matches(r"uprobe:/.*/libc\.so\.6:malloc\n", r.out)
    r = t.duetrace("-l", "uprobe:python3:Py_BytesMain")
    if r.out:
        t.matches(r"uprobe:/.*/python3:Py_BytesMain\n", r.out)


@test
def command_by_path(t):
    folder = t.tmp / "bin"
    folder.mkdir()
    shutil.copy(build(t), folder / "mine")
    env = {"PATH": f"{folder}:{os.environ['PATH']}"}
    r = t.duetrace("-l", "uprobe:mine:once", env=env)
    t.equal(r.out, f"uprobe:{folder}/mine:once\n")
    r = t.duetrace("-l", "uprobe:min*:once", env=env)
    t.equal(r.out, f"uprobe:{folder}/mine:once\n")


@test
def relative_path_and_pattern(t):
    for name in ("one", "two", "three"):
        shutil.copy(build(t), t.tmp / name)
    (t.tmp / "text").write_text("no program")
    r = t.run(t.binary, "-l", "uprobe:./one:once", cwd=t.tmp)
    t.equal(r.out, f"uprobe:{t.tmp}/one:once\n")
    r = t.run(t.binary, "-l", f"uprobe:{t.tmp}/t*:o*e", cwd=t.tmp)
    t.equal(sorted(filled(r.out)), [f"uprobe:{t.tmp}/{name}:once" for name in ("three", "two")])
    r = t.duetrace("-q", "-c", f"{t.tmp}/two", "-e", f"uprobe:{t.tmp}/t*:onc? {{ @[probe] = count(); }}")
    t.equal(filled(r.out), [f"@[uprobe:{t.tmp}/two:once]: 3"])


@test
def blanks_and_colons_in_a_path(t):
    path = t.tmp / "a b:c"
    shutil.copy(build(t), path)
    r = t.duetrace("-q", "-c", f"'{path}'", "-e", f'uprobe:"{path}":once {{ @ = count(); }}')
    t.equal((filled(r.out), r.err), (["@: 3"], ""))


@test
def files_of_a_process(t):
    path = build(t)
    process = t.start(path, "-")
    r = t.duetrace("-p", process.pid, "-l", "uprobe:*:once")
    t.equal(r.out, f"uprobe:{path}:once\n")
    r = t.duetrace("-p", process.pid, "-l", "uprobe:*:mallo?")
    t.matches(r"uprobe:/.*libc.*:malloc\n", r.out)
    tracer = t.trace("-p", process.pid, "-e", "uprobe:*:once { @[func] = count(); }")
    process.finish()
    t.equal(filled(tracer.finish().out), ["@[once]: 3"])
    t.refused("uprobe:*:once { }", "it needs -p PID")


@test
def file_that_was_deleted(t):
    path = t.tmp / "gone"
    shutil.copy(build(t), path)
    process = t.start(path, "-")
    t.eventually(lambda: os.readlink(f"/proc/{process.pid}/exe") == str(path), "did not start")
    path.unlink()
    tracer = t.trace("-p", process.pid, "-e", "uprobe:*:once { @[probe] = count(); }")
    process.finish()
    t.equal(filled(tracer.finish().out), [f"@[uprobe:{path}:once]: 3"])


@test
def file_as_the_process_sees_it(t):
    """A process in another root: the path it has for the file means another one to us."""
    t.need("unshare")
    root = t.tmp / "root"
    (root / "bin").mkdir(parents=True)
    shutil.copy(build(t, "static"), root / "bin" / "inside")
    process = t.start("chroot", root, "/bin/inside", "-")
    t.eventually(lambda: os.readlink(f"/proc/{process.pid}/exe").endswith("inside"), "did not start")
    tracer = t.trace("-p", process.pid, "-e", "uprobe:/bin/inside:once { @[probe] = count(); }")
    process.finish()
    t.equal(filled(tracer.finish().out), ["@[uprobe:/bin/inside:once]: 3"])


@test
def library_that_is_loaded_later(t):
    source = t.write("lib.c", "int later(int x) { return x + 1; }\n")
    main = t.write("main.c", "#include <dlfcn.h>\n#include <stddef.h>\nint main(int n, char **argv)\n"
                   "{ void *lib = dlopen(argv[n - 1], RTLD_NOW); int (*f)(int) = NULL;\n"
                   "  *(void **)&f = dlsym(lib, \"later\"); return f(4) + f(5) - 11; }\n")
    for words in (("-shared", "-fPIC", "-o", t.tmp / "later.so", source), ("-o", t.tmp / "main", main)):
        subprocess.run(["gcc", "-O2", *words], check=True, timeout=WAIT)
    r = t.duetrace("-q", "-c", f"{t.tmp}/main {t.tmp}/later.so", "-e",
                   f"uprobe:{t.tmp}/later.so:later {{ @ = sum(arg0); }} "
                   f"uretprobe:{t.tmp}/later.so:later {{ @r = sum(retval); }}")
    t.equal((filled(r.out), r.err), (["@: 9", "@r: 11"], ""))


# C++

@test
def demangled_names(t):
    path = t.workload("cplusplus")
    r = t.duetrace("-q", "-c", path, "-e", f'''
uprobe:{path}:cpp:"ns::add(int, int)" {{ @two = sum(arg0); @f[func] = count(); }}
uprobe:{path}:cpp:"ns::add(double)" {{ @one = count(); }}
uprobe:{path}:cpp:"ns::add" {{ @any = count(); }}
uprobe:{path}:cpp:"ns::box::get" {{ @get = sum(arg1); }}
uprobe:{path}:cpp:"*twice*" {{ @twice[func] = sum(arg0); }}
uretprobe:{path}:cpp:"ns::add(int,int)" {{ @r[probe] = sum(retval); }}
uprobe:{path}:_ZN2ns3addEii {{ @m[func] = count(); }}''')
    t.equal((filled(r.out), r.err), ([
        "@any: 3", "@f[ns::add(int, int)]: 2", "@get: 2", "@m[_ZN2ns3addEii]: 2", "@one: 1",
        f"@r[uretprobe:{path}:cpp:_ZN2ns3addEii]: 10", "@twice[int ns::twice<int>(int)]: 4", "@two: 4"], ""))
    t.refused(f'uprobe:{path}:cpp:"ns::add(float)" {{ }}', "No matches for uprobe")
    t.refused(f"uprobe:{path}:rust:f {{ }}", "unsupported language: rust")


# what is wrong

@test
def wrong_files(t):
    text = t.write("text", "no program\n")
    old = t.write("old.c", "int main(void) { return 0; }\n")
    head = bytearray(open(build(t), "rb").read())
    head[4] = 1  # ELFCLASS32
    (t.tmp / "narrow").write_bytes(head)
    stripped = t.tmp / "stripped"
    subprocess.run(["gcc", "-O2", "-s", "-o", stripped, old], check=True, timeout=WAIT)
    t.refused("uprobe:/no/such/file:f { }", "target file '/no/such/file' does not exist or is not executable")
    t.refused("uprobe:nosuchcommand:f { }", "target file 'nosuchcommand' does not exist")
    t.refused("uprobe:libnosuch:f { }", "target file 'libnosuch' does not exist")
    t.refused(f"uprobe:{text}:f {{ }}", f"'{text}' is no ELF file")
    t.refused(f"uprobe:{t.tmp}/narrow:once {{ }}", "is not a 64-bit program of this machine")
    t.refused(f"uprobe:{stripped}:main {{ }}", "No matches for uprobe", "The file has no symbols")
    t.refused(f"uprobe:{build(t)}:onec {{ }}", r"No matches for uprobe .*:onec\.", "Did you mean 'uprobe:.*:once'")
    t.refused(f"uprobe:{build(t)}:counter {{ }}", "No matches for uprobe")


@test
def missing_is_allowed(t):
    path = build(t)
    for program in (f"uprobe:{path}:nosuch {{ }}", "uprobe:/no/such:f { }", f"uprobe:{path}:x*y {{ }}"):
        r = t.duetrace("-q", "-e", "config = { missing_probes = warn } begin { print(1); } " + program)
        t.equal((filled(r.out), r.status), (["1"], 0))
        t.found("WARNING: No matches for uprobe", r.err)
        r = t.duetrace("-q", "-e", "config = { missing_probes = ignore } begin { print(1); } " + program)
        t.equal((filled(r.out), r.err, r.status), (["1"], "", 0))


@test
def file_changes_before_the_image_runs(t):
    path = t.tmp / "prog"
    shutil.copy(build(t), path)
    image = t.tmp / "image.o"
    t.duetrace("--emit", "image", "-o", image, "-e", f"uprobe:{path}:once {{ @ = count(); }}")
    r = t.run(t.runner, "-q", "-c", path, image)
    t.equal(filled(r.out), ["@: 3"])
    shutil.copy(build(t, "O0"), path)
    r = t.run(t.runner, image)
    t.equal((r.out, r.status), ("", 1))
    t.found(r"Could not attach uprobe:.*:once: .*/prog is not the file that the script was compiled for", r.err)
    path.write_text("no program")
    r = t.run(t.runner, image)
    t.equal((r.out, r.status), ("", 1))
    t.found(r"Could not attach uprobe:.*:once", r.err)
    path.unlink()
    r = t.run(t.runner, image)
    t.equal((r.out, r.status), ("", 1))
    t.found(r"Could not attach uprobe:.*:once: .*prog: No such file", r.err)


# lists

@test
def lists(t):
    path = build(t)
    r = t.duetrace("-l", f"uprobe:{path}:*")
    names = re.findall(rf"^uprobe:{path}:(\w+)$", r.out, re.M)
    t.check({"main", "once", "many", "factorial"} <= set(names), f"not all in {names}")
    t.equal(names, sorted(names))
    t.equal(t.duetrace("-l", f"uprobe:{path}").out, r.out)
    t.equal(t.duetrace("-l", f"u:{path}:on*").out, f"uprobe:{path}:once\n")
    r = t.duetrace("-l", f"uretprobe:{path}:*")
    t.check(f"uretprobe:{path}:once" in r.out, r.out)


@test
def readline_tool(t):
    """As bashreadline: what a shell has read."""
    t.need("bash")
    bash = shutil.which("bash")
    if not t.duetrace("-l", f"uretprobe:{bash}:readline").out:
        t.skip("bash has no symbol readline")
    tracer = t.trace("-e", f'uretprobe:{bash}:readline {{ printf("%s: %s\\n", comm, str(retval)); }}')
    master, slave = os.openpty()
    shell = t.start(bash, "--norc", "-i", stdin=slave, env={"INPUTRC": "/dev/null", "HISTFILE": ""})
    os.write(master, b"echo traced $((6 * 7))\nexit\n")
    shell.popen.wait(WAIT)
    for fd in (master, slave):
        os.close(fd)
    out = tracer.stop().out
    t.equal(filled(out), ["bash: echo traced $((6 * 7))", "bash: exit"])


@test
def getaddrinfo_tool(t):
    """As gethostlatency: a name, and how long it took."""
    t.need("getent")
    program = ("uprobe:libc:getaddrinfo { @start[tid] = nsecs; @name[tid] = arg0; } "
               "uretprobe:libc:getaddrinfo /@start[tid]/ { printf(\"%s %s %d\\n\", comm, str(@name[tid]), "
               "(nsecs - @start[tid]) / 1000 > 0); delete(@start, tid); delete(@name, tid); }")
    r = t.duetrace("-q", "-c", "getent ahosts 127.0.0.1", "-e", program)
    t.equal([line for line in filled(r.out) if "getent" in line], ["getent 127.0.0.1 1"])


@test
def pthread_create_tool(t):
    """As threadsnoop: who makes threads, and of which function."""
    path = build(t)
    r = t.duetrace("-q", "-c", path + " 1 5", "-e", "uprobe:libc:pthread_create { @[comm] = count(); }")
    t.equal(filled(r.out), [f"@[{os.path.basename(path)[:15]}]: 5"])


@test
def instruction_that_cannot_be_probed(t):
    """One with a lock prefix: left out of a wildcard, with a word; an error where it is all."""
    source = t.write("s.c", """
#define FUNCTION(name, code) __asm__(".text\\n.globl " #name "\\n.type " #name ", @function\\n" #name ":\\n" \\
	code "\\nret\\n.size " #name ", . - " #name "\\n"); void name(void);
FUNCTION(some_a, "nop")
FUNCTION(some_b, "lock addl $0, (%rsp)")
FUNCTION(some_c, "cs nop")
FUNCTION(some_d, "data16 nop")
int main(void) { some_a(); some_b(); some_c(); some_d(); return 0; }
""")
    path = t.tmp / "s"
    subprocess.run(["gcc", "-O2", "-o", path, source], check=True, timeout=WAIT)
    r = t.duetrace("-q", "-c", path, "-e", f"uprobe:{path}:some_* {{ @[func] = count(); }}")
    t.equal(filled(r.out), ["@[some_a]: 1", "@[some_d]: 1"])
    t.found(r"WARNING: Could not attach to 2 of 4 places, as uprobe:.*:some_b: the kernel cannot probe the instruction", r.err)
    t.equal(r.status, 0)
    r = t.duetrace("-q", "-e", f"uprobe:{path}:some_[bc] {{ }}")
    t.equal(r.status, 1)
    t.found(r"Could not attach uprobe:.*:some_b: the kernel cannot probe the instruction there", r.err)


@test
def compares_with_bpftrace(t):
    """The same words of the language; 0.17 has one program for each function."""
    t.need("bpftrace")
    path = shutil.copy(build(t), t.tmp)
    for program in ('uprobe:@@:once { printf("%d %s\\n", arg0, probe); } uretprobe:@@:once { printf("%d\\n", retval); }',
                    'uprobe:@@:many { printf("%d %s %d %u\\n", arg0, str(arg1), arg3, arg5); }',
                    'uprobe:@@:on* { printf("%s %d\\n", probe, reg("di")); }'):
        program = program.replace("@@", path)
        theirs = t.run("bpftrace", "-q", "-c", path, "-e", program)
        ours = t.duetrace("-q", "-c", path, "-e", program)
        t.equal(filled(ours.out), filled(theirs.out))
