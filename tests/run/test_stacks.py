# SPDX-License-Identifier: Apache-2.0
"""Stacks and symbols of programs that the tests compile; nm and /proc/kallsyms know the names too."""
import bisect
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

from harness import END, WAIT, Skip, case, test

# Makes the system call in line: the innermost frame is a function of the program's own. It writes
# where its main() is, so that a test knows where it was loaded, and stays a while for those who look it up.
SOURCE = r"""
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/syscall.h>

#define STAYS __attribute__((noinline, noclone))

STAYS long leaf(long n)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "0"((long)SYS_getpgid), "D"(n)
			 : "rcx", "r11", "memory");
	return result + 1;
}

STAYS long middle(long n)
{
	return leaf(n) + 1;
}

STAYS static long outer(long n)
{
	return middle(n) + 1;
}

STAYS long other(long n)
{
	return leaf(n) + 2;
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 1, sum = 0;

	for (long i = 0; i < rounds; i++)
		sum += outer(0);
	if (argc > 2)
		sum += other(0);
	if (getenv("WHERE")) {
		FILE *where = fopen(getenv("WHERE"), "w");

		fprintf(where, "%lx", (long)main);
		fclose(where);
	}
	usleep(argc > 3 ? atoi(argv[3]) : 600000);
	return sum == 42;
}
"""
FLAGS = ["-O0", "-fno-omit-frame-pointer", "-fno-optimize-sibling-calls"]
CALL = "tracepoint:syscalls:sys_enter_getpgid /pid == cpid/ "


def build(t, name="program", source=SOURCE, *flags, compiler="gcc", suffix=".c"):
    t.need(compiler)
    text = t.write(name + suffix, source)
    out = str(t.tmp / name)
    made = subprocess.run([compiler, *FLAGS, "-o", out, text, *flags], capture_output=True,
                          text=True, check=False)
    t.equal((made.returncode, made.stderr), (0, ""), "compiler")
    return out


def tool(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


class Names:
    """What nm says of a file: its functions by address."""

    def __init__(self, path, *flags):
        self.rows = []
        for line in tool("nm", *flags, path).splitlines():
            found = re.fullmatch(r"([0-9a-f]+) [tTwW] (.*)", line)
            if found:
                self.rows.append((int(found[1], 16), found[2]))
        self.rows.sort()

    def address(self, name):
        return next(address for address, found in self.rows if found == name)

    def at(self, address):
        row = self.rows[bisect.bisect_right(self.rows, (address, "\xff")) - 1]
        return f"{row[1]}+{address - row[0]}"


def stacks(t, program, *args, script=None, flags=(), env=None):
    """Run the program; returns what was printed."""
    script = script or "{ print(ustack(raw)); print(ustack); }"
    env = {"WHERE": str(t.tmp / "where"), **(env or {})}
    r = t.duetrace("-q", *flags, "-e", CALL + script, "--run", program, *args, env=env)
    t.equal((r.err, r.status), ("", 0), "stderr")
    return r.out


def raw_and_named(t, out):
    """The two stacks of print(ustack(raw)); print(ustack): addresses, and names."""
    found = t.found(r"\A\n((?:[0-9a-f]+\n)+)\n\n((?: {8}\S.*\n)+)\n", out)
    return [int(line, 16) for line in found[1].split()], [line[8:] for line in found[2].splitlines()]


def check_names(t, out, names, functions=("leaf", "middle", "outer", "main")):
    """The innermost frames are those functions, at the offsets that nm knows."""
    addresses, named = raw_and_named(t, out)
    base = int((t.tmp / "where").read_text(), 16) - names.address("main")
    expected = [names.at(address - base) for address in addresses[:len(functions)]]
    t.equal(named[:len(functions)], expected, "frames")
    t.equal([frame.split("+")[0] for frame in expected], list(functions), "functions")
    t.equal(len(addresses), len(named), "number of frames")


def program_kind(name, *flags):
    def body(t):
        program = build(t, "program", SOURCE, *flags)
        check_names(t, stacks(t, program), Names(program))
    body.__module__ = __name__
    test(name=name)(body)


program_kind("pie", "-pie", "-fPIE")
program_kind("no-pie", "-no-pie")
program_kind("static", "-static")
program_kind("static-pie", "-static-pie", "-fPIE")
program_kind("compressed-debug", "-g", "-gz=zlib")


@test
def stripped(t):
    """Without symbols, addresses of the program; the library's are known by .dynsym."""
    program = build(t)
    tool("strip", program)
    addresses, named = raw_and_named(t, stacks(t, program))
    t.equal(named[:4], [f"0x{address:x}" for address in addresses[:4]])


@test
def debuglink(t):
    for folder in (".", ".debug"):
        program = build(t, f"program{len(folder)}", SOURCE, "-g", "-Wl,--build-id=none")
        names = Names(program)
        (t.tmp / folder).mkdir(exist_ok=True)
        debug = str(t.tmp / folder / (os.path.basename(program) + ".debug"))
        tool("objcopy", "--only-keep-debug", program, debug)
        tool("objcopy", "--strip-all", "--add-gnu-debuglink=" + debug, program)
        check_names(t, stacks(t, program), names)
        # A debug file of another build is none of this program's.
        with open(debug, "ab") as file:
            file.write(b"x")
        t.absent("middle", stacks(t, program))


@test
def build_id_folder(t):
    program = build(t, "program", SOURCE, "-Wl,--build-id=0x123456789abcdef0")
    names = Names(program)
    debug = str(t.tmp / "kept")
    tool("objcopy", "--only-keep-debug", program, debug)
    tool("strip", program)
    r = t.in_mounts(t.binary, "-q", "-e", CALL + "{ print(ustack(raw)); print(ustack); }", "--run",
                    program, env={"WHERE": str(t.tmp / "where")},
                    setup="mount -t tmpfs none /usr/lib/debug && mkdir -p /usr/lib/debug/.build-id/12"
                          f" && cp {debug} /usr/lib/debug/.build-id/12/3456789abcdef0.debug;")
    t.equal((r.err, r.status), ("", 0), "stderr")
    check_names(t, r.out, names)


CPP = SOURCE.replace("STAYS long leaf", 'extern "C" STAYS long leaf').replace(
    "STAYS static long outer(long n)\n{\n\treturn middle(n) + 1;\n}", """
namespace shop {
struct Basket {
	template <typename T> STAYS long add(T n, const char *, unsigned) { return middle(n) + 1; }
	STAYS long operator()(long n) { return add<long>(n, "", 0) + 1; }
};
}
STAYS static long outer(long n) { shop::Basket basket; return basket(n) + 1; }
""")


@test
def cplusplus(t):
    program = build(t, "program", CPP, compiler="g++", suffix=".cc")
    functions = ("leaf", "middle(long)", "long shop::Basket::add<long>(long, char const*, unsigned int)",
                 "shop::Basket::operator()(long)", "outer(long)", "main")
    check_names(t, stacks(t, program), Names(program, "-C"), functions)
    mangled = ("leaf", "_Z6middlel", "_ZN4shop6Basket3addIlEElT_PKcj", "_ZN4shop6BasketclEl", "_ZL5outerl",
               "main")
    check_names(t, stacks(t, program, env={"BPFTRACE_CPP_DEMANGLE": "false"}), Names(program), mangled)
    r = t.duetrace("-q", "-e", "config = { cpp_demangle = false; } " + CALL + "{ @[usym(0)] = ustack(2); }",
                   "--run", program)
    t.found(r"(?m)^ {8}_Z6middlel\+\d+$", r.out)


LINES = """#include <unistd.h>
__attribute__((noinline)) long leaf(long n)
{
	long r;
	__asm__ volatile("syscall" : "=a"(r) : "0"(121L), "D"(n) : "rcx", "r11", "memory"); __asm__ volatile("" : : "r"(__builtin_frame_address(0)));
	return r;
}
static inline __attribute__((always_inline)) long inner(long n)
{
	return leaf(n) + 1;
}
static inline __attribute__((always_inline)) long outer(long n)
{
	long r = inner(n);

	return r + 1;
}
__attribute__((noinline)) long middle(long n)
{
	long r = outer(n);

	return r * 3;
}
int main(void)
{
	return middle(0) == 42;
}
"""


@test
def lines_and_what_is_inlined(t):
    """Each frame is of the line that it was called from, also from inlined code, which has frames of its own."""
    source, program = t.write("lines.c", LINES), t.tmp / "lines"
    frames = [rf"        \[inlined\] inner@{source}:10\n", rf"        \[inlined\] outer@{source}:14\n",
              rf"        middle\+\d+@{source}:20\n", rf"        main\+\d+@{source}:26\n"]
    flags = ["-fno-omit-frame-pointer", "-mno-omit-leaf-frame-pointer", "-o", program, source]

    def stack(setting, mode="bpftrace"):
        r = t.duetrace("-q", "-e", f"config = {{ show_debug_info = {setting} }} " + CALL + f"{{ @[ustack({mode}, 3)] = 1; }}",
                       "--run", program)
        t.equal(r.err, "")
        return r.out

    for how in (["gcc", "-O1", "-g"], ["gcc", "-O2", "-gdwarf-4"], ["gcc", "-O1", "-gdwarf-3", "-gstrict-dwarf"],
                ["clang", "-O1", "-g"]):
        if not shutil.which(how[0]):
            continue
        subprocess.run([*how, *flags], check=True, timeout=WAIT)
        # the last address is behind the system call
        t.matches(END + rf"@\[\n        leaf\+\d+@{source}:[67]\n" + "".join(frames) + r"\]: 1\n", stack("true"))
    subprocess.run(["gcc", "-O0", "-g", *flags], check=True, timeout=WAIT)
    t.found(rf"        middle\+\d+@{source}:20\n", stack("1"))
    t.absent(r"@/|\[inlined", stack("false"))
    t.absent(r"@/|\[inlined", stack("true", "perf"))
    subprocess.run(["strip", program], check=True, timeout=WAIT)
    t.absent(r"@/|\[inlined", stack("true"))


@test
def cache_settings(t):
    """How long symbols are kept changes nothing of what is printed."""
    program = build(t)
    for setting in ("cache_user_symbols = PER_PID", "cache_user_symbols = PER_PROGRAM",
                    "cache_user_symbols = NONE", "lazy_symbolication = false", "show_debug_info = false",
                    "use_blazesym = false"):
        r = t.duetrace("-q", "-e", f"config = {{ {setting}; }} " + CALL + "{ print(ustack(3)); }",
                       "--run", program, "2")
        t.equal(re.sub(r"\+\d+", "", r.out).splitlines()[:10],
                2 * ["", "        leaf", "        middle", "        outer", ""], setting)


LIBRARY = r"""
#include <sys/syscall.h>
long library_call(long n)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "0"((long)SYS_getpgid), "D"(n)
			 : "rcx", "r11", "memory");
	return result + 1;
}
"""
LOADER = r"""
#include <dlfcn.h>
#include <sys/syscall.h>
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	long (*call)(long), result;
	void *library;

	/* once before there is a library, and time to look */
	__asm__ volatile("syscall" : "=a"(result) : "0"((long)SYS_getpgid), "D"(0L) : "rcx", "r11", "memory");
	usleep(100000);
	library = dlopen(argv[1], RTLD_NOW);
	if (!library)
		return 1;
	call = (long (*)(long))dlsym(library, "library_call");
	result = call(0);
	usleep(600000);
	return result == 42;
}
"""


@test
def dlopen(t):
    """A library that was not there when the process was first looked at."""
    library = build(t, "library.so", LIBRARY, "-shared", "-fPIC")
    program = build(t, "program", LOADER)
    out = stacks(t, program, library, script="{ printf(\"%s|\", ustack(perf, 2)); }")
    first, second, rest = out.split("|")
    t.matches(r"\n\t[0-9a-f]+ main\+\d+ \(" + re.escape(program) + r"\)\n"
              r"\t[0-9a-f]+ \S+\+\d+ \(\S*libc\S*\)\n", first)
    t.matches(r"\n\t[0-9a-f]+ library_call\+\d+ \(" + re.escape(library) + r"\)\n"
              r"\t[0-9a-f]+ main\+\d+ \(" + re.escape(program) + r"\)\n", second)
    t.equal(rest, END)


@test
def other_mount_namespace(t):
    """The program's file is in a file system that only the program sees."""
    program = build(t, "program", SOURCE, "-static")
    names = Names(program)
    hidden = t.tmp / "hidden"
    hidden.mkdir()
    script = f"mount -t tmpfs none {hidden} && cp {program} {hidden}/only-there && exec {hidden}/only-there"
    out = stacks(t, "unshare", "-m", "sh", "-c", script,
                 script='{ if (comm == "only-there") { print(ustack(raw)); print(ustack); } }')
    t.check(not list(hidden.iterdir()), "the test's file is seen from outside")
    check_names(t, out, names)


@test
def deleted(t):
    """The program's file is gone, and another is in its place, when its stack is printed."""
    program = build(t, "program", SOURCE.replace(
        "sum = 0;", 'sum = 0;\n\n\tunlink(argv[0]);\n\tfclose(fopen(argv[0], "w"));'))
    names = Names(program)
    check_names(t, stacks(t, program), names)


@test
def executed_anew(t):
    """A process that executes another program is another: the old one's addresses mean nothing."""
    second = build(t, "second", SOURCE.replace("middle", "second_middle").replace("leaf", "second_leaf"))
    first = build(t, "first", SOURCE.replace("return sum == 42;", f'execl("{second}", "second", (char *)0);'))
    out = stacks(t, first, script='{ printf("%s|", ustack(2)); }')
    t.equal(re.sub(r"\+\d+", "", out),
            "\n        leaf\n        middle\n|\n        second_leaf\n        second_middle\n|" + END)


@test
def exited(t):
    """Keys are printed at the end, when the process is gone: it was looked at in time."""
    program = build(t)
    out = stacks(t, program, "3", "and", script="{ @[ustack(2), comm] = count(); }")
    t.equal(re.sub(r"\+\d+", "", out), END +
            "@[\n        leaf\n        other\n, program]: 1\n@[\n        leaf\n        middle\n, program]: 3\n")


MADE = r"""
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
int main(void)
{
	/* mov $121,%eax; xor %edi,%edi; syscall; ret */
	static const unsigned char code[] = {0xb8, 121, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05, 0xc3};
	unsigned char *page = mmap(0, 4096, 7, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char path[64];
	FILE *map;

	memcpy(page + 16, code, sizeof(code));
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	map = fopen(path, "w");
	fprintf(map, "nonsense\n%lx %zx Made::at run time\n%lx\n", (long)page + 16, sizeof(code), (long)page);
	fclose(map);
	((void (*)(void))(page + 16))();
	usleep(600000);
	unlink(path);
	return 0;
}
"""


@test
def made_code(t):
    program = build(t, "program", MADE)
    out = stacks(t, program, script='{ printf("%s%s|", ustack(1), ustack(perf, 1)); }')
    t.matches(r"\n        Made::at run time\+9\n\n\t[0-9a-f]+ Made::at run time\+9 \(/tmp/perf-\d+\.map\)\n\|\n\n",
              out)


VDSO = r"""
#include <time.h>
#include <unistd.h>
int main(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	usleep(600000);
	return 0;
}
"""


@test
def vdso(t):
    """What the kernel lends has no file."""
    program = build(t, "program", VDSO)
    r = t.duetrace("-q", "-e", "tracepoint:syscalls:sys_enter_clock_gettime /pid == cpid && args.which_clock == 2/"
                   " { print(ustack(perf, 1)); }", "--run", program)
    if not r.out.strip():
        t.skip("this kernel's vdso does not make the system call itself")
    t.matches(r"\n\t[0-9a-f]+ (__vdso_)?clock_gettime\+\d+ \(\[vdso\]\)\n\n\n\n", r.out)


@test
def modes(t):
    program = build(t, "program", SOURCE, "-Wl,--build-id=0x00112233445566778899aabbccddeeff00112233")
    names = Names(program)
    out = stacks(t, program, script='{ printf("%s|%s|%s|%s|", ustack(raw, 2), ustack(perf, 2), '
                                    'ustack(bpftrace, 2), ustack(build_id, 2)); }')
    raw, perf, plain, ids, _ = out.split("|")
    addresses = [int(line, 16) for line in raw.split()]
    offsets = [names.address("leaf"), names.address("middle")]
    expected = [names.at(names.address(name) + address % 4096 - names.address(name) % 4096)
                for name, address in zip(("leaf", "middle"), addresses)]
    t.equal(plain, "".join(["\n"] + [f"        {name}\n" for name in expected]))
    t.equal(perf, "".join(["\n"] + [f"\t{address:x} {name} ({program})\n"
                                    for address, name in zip(addresses, expected)]))
    t.equal(ids, "".join(["\n"] + [
        f"00112233445566778899aabbccddeeff00112233 0x{(start & ~4095) + address % 4096:x}\n"
        for start, address in zip(offsets, addresses)]))


@test
def mode_of_the_config(t):
    program = build(t)
    r = t.duetrace("-q", "-e", "config = { stack_mode = raw; } " + CALL + "{ print(ustack(1)); print(kstack(1)); }",
                   "--run", program)
    t.found(r"\A\n[0-9a-f]{8,16}\n\n\nffffffff[0-9a-f]{8}\n\n", r.out)
    # There is no build ID of the kernel's code: names.
    r = t.duetrace("-q", "-e", CALL + "{ print(ustack(1)); print(kstack(1)); }", "--run", program,
                   env={"BPFTRACE_STACK_MODE": "build_id"})
    t.found(r"\A\n[0-9a-f]{40} 0x[0-9a-f]+\n\n\n {8}\w+\+\d+\n\n", r.out)


@test
def lengths(t):
    program = build(t)
    out = stacks(t, program, script="{ $s = ustack; @x = kstack(2); @y[1] = ustack(1);"
                 ' printf("%d %d %d %d %d\\n", len($s) == len(ustack), len(ustack(3)), len(@x), len(@y[1]),'
                 " len(kstack(1024)) == len(kstack)); clear(@x); clear(@y) }")
    t.equal(out, "1 3 2 1 1\n" + END)


@test
def key_is_the_content(t):
    """The same stack is one key however often it comes, in tuples, variables and values too."""
    program = build(t)
    out = stacks(t, program, "5", "and", script="{ $s = ustack(2); @k[$s] = count(); @t[(1, $s)] = count();"
                 " @v[nsecs % 1] = $s; @same[kstack] = count(); }")
    out = re.sub(r"\+\d+", "", out)
    t.check(out.startswith(END + "@k[\n        leaf\n        other\n]: 1\n"
                           "@k[\n        leaf\n        middle\n]: 5\n@same[\n"), out)
    t.found(r"\n@same\[\n( {8}\S+\n)+\]: 6\n", out)
    t.found(r"\n@t\[1, \n {8}leaf\n {8}other\n\]: 1\n@t\[1, \n {8}leaf\n {8}middle\n\]: 5\n", out)
    t.check(out.endswith("\n@v[0]: \n        leaf\n        other\n\n"), out)


@test
def json_forms(t):
    program = build(t)
    r = t.duetrace("-q", "-f", "json", "-e", CALL +
                   '{ print(ustack(2)); printf("%s", ustack(1)); print((1, ustack(1)));'
                   ' @[ustack(2), "a b"] = 1; @s = ustack(1); @u[usym(0x10)] = ksym(0x20); }', "--run", program)
    rows = [json.loads(line) for line in r.out.splitlines() if line.startswith("{")]
    plain = json.loads(re.sub(r"\+\d+", "", json.dumps(rows)))
    t.equal(plain, [
        {"type": "value", "data": "\n        leaf\n        middle\n"},
        {"type": "printf", "data": "\n        leaf\n"},
        {"type": "value", "data": [1, "\n        leaf\n"]},
        {"type": "map", "data": {"@": {"\nleaf\nmiddle\n,ab": 1}}},
        {"type": "map", "data": {"@s": "\n        leaf\n"}},
        {"type": "map", "data": {"@u": {"0x10": "0x20"}}},
    ])


@test
def usym(t):
    """Addresses that a program hands to the kernel: the function of a handler."""
    program = build(t, "program", SOURCE.replace(
        "sum = 0;", "sum = 0;\n\n\tlong where[2] = {(long)other, (long)other + 3};\n"
                    "\tsyscall(SYS_write, -1, where, 16);"))
    r = t.duetrace("-q", "-e", "tracepoint:syscalls:sys_enter_write /pid == cpid && args.fd == 4294967295/"
                   " { $p = (uint64 *)args.buf; print((usym($p[0]), usym($p[1]))); @[usym($p[0])] = count();"
                   ' printf("%s %s\\n", usym($p[1]), usym(1)); }', "--run", program)
    t.equal(r.out, "(other, other)\nother 0x1\n" + END + "@[other]: 1\n")


# the kernel

def kallsyms():
    rows = []
    for line in open("/proc/kallsyms"):
        address, kind, name = line.split()[:3]
        if kind in "tTwW" and not name.startswith("__pfx_"):
            rows.append((int(address, 16), name))
    return sorted(rows)


@test
def kernel_stack(t):
    """The names of a stack's addresses, as the kernel's own list has them."""
    program = build(t)
    out = stacks(t, program, script="{ print(kstack(raw)); print(kstack); print(kstack(perf)); }")
    found = t.found(r"\A\n((?:[0-9a-f]{16}\n)+)\n\n((?: {8}\S+\n)+)\n\n((?:\t[0-9a-f]{16} \S+\n)+)\n", out)
    addresses = [int(line, 16) for line in found[1].split()]
    rows = kallsyms()
    for address, name in zip(addresses, found[2].split()):
        start = rows[bisect.bisect_right(rows, (address, "\xff")) - 1][0]
        names = {f"{n}+{address - start}" for a, n in rows if a == start}
        t.check(name in names, f"{address:x} is {name}, not one of {names}")
    t.equal(found[3], "".join(f"\t{address:x} {name}\n"
                              for address, name in zip(addresses, found[2].split())))
    t.equal(len(addresses), len(found[2].split()))
    t.found(r"do_syscall_64\+\d+\n +entry_SYSCALL_64_after_hwframe\+\d+\n", found[2])
    t.absent("bpf_prog_", out)


@test
def kernel_symbols(t):
    rows = {}
    for address, name in kallsyms():
        rows.setdefault(name, address)
    r = t.duetrace("-q", "-e", 'begin { $a = kaddr("vfs_read"); printf("%lx\\n", $a); print(ksym($a));'
                   ' print(ksym($a + 1)); printf("%s\\n", ksym(0)); @[ksym($a)] = ksym(kaddr("vfs_write"));'
                   ' printf("%d\\n", *$a == *(uint64 *)kptr($a)); print(ksym((uint64)-1)); exit(); }')
    last = kallsyms()[-1][1]
    t.equal(r.out, f"{rows['vfs_read']:x}\nvfs_read\nvfs_read\n0x0\n1\n{last}\n" + END +
            "@[vfs_read]: vfs_write\n")


def stacks_too_late(t, program, *args, before_the_reader=lambda: None):
    """Run the program, which is called `gone`, to its end while the reader stands still."""
    p = t.trace("-e", 'tracepoint:syscalls:sys_enter_getpgid /comm == "gone"/ '
                "{ print(ustack(raw)); print(ustack); }")
    p.send_signal(signal.SIGSTOP)
    subprocess.run([program, *args], check=False, env={"WHERE": str(t.tmp / "where")})
    before_the_reader()
    p.send_signal(signal.SIGCONT)
    r = p.stop()
    t.equal((r.status, r.out[-len(END):]), (0, END))
    return r.out[:-len(END)]


AT_ONCE = SOURCE.replace("usleep(", "(void)(")


@test
def process_that_has_ended(t):
    """/proc has nothing of it any more; the kernel told what it mapped when it did."""
    program = build(t, "gone", AT_ONCE, "-pie", "-fPIE")
    check_names(t, stacks_too_late(t, program), Names(program))


@test
def fork_that_has_ended(t):
    """The child never executed anything: it has what its parent had, which is gone as well."""
    source = AT_ONCE.replace("\tlong rounds", "\tif (fork())\n\t\treturn wait(NULL) < 0;\n\tlong rounds")
    program = build(t, "gone", "#include <sys/wait.h>" + source, "-pie", "-fPIE")
    check_names(t, stacks_too_late(t, program), Names(program))


@test
def program_executed_by_one_that_has_ended(t):
    """Of what was mapped before execve() nothing is left."""
    other = build(t, "gone", AT_ONCE, "-pie", "-fPIE")
    first = build(t, "first", "#include <unistd.h>\nint main(int n, char **v) { return execv(v[1], v + 1); }")
    check_names(t, stacks_too_late(t, first, other), Names(other))


@test
def file_replaced_after_the_process_ended(t):
    """It has the path, but it is not the file: no name is better than a wrong one."""
    program = build(t, "gone", AT_ONCE, "-no-pie")

    def replace():
        other = build(t, "other", AT_ONCE.replace("leaf", "leav"), "-no-pie")
        os.replace(other, program)

    _, named = raw_and_named(t, stacks_too_late(t, program, before_the_reader=replace))
    t.equal([frame[:2] for frame in named[:4]], ["0x"] * 4)


@test
def no_stack_in_process(t):
    """A kernel thread, and a timer on an idle CPU, have no user stack: nothing, in no brackets."""
    r = t.duetrace("-q", "-e", "tracepoint:sched:sched_switch /pid == 0/ { @[ustack] = 1; print((1, ustack)); exit(); }")
    # CPUs that become busy at the same moment each print before exit() is seen
    t.matches(r"(\(1, \)\n){1,%d}" % os.cpu_count() + END + r"@\[\]: 1\n", r.out)


@test
def timer_stacks(t):
    """From a timer the stack is what it interrupted; none of it is ours."""
    r = t.duetrace("-q", "-e", "interval:ms:5 { @++; @k[kstack] = count(); @u[ustack] = count();"
                   " if (@ > 20) { exit(); } }")
    t.equal(r.status, 0)
    t.absent("bpf_prog_|lost stack", r.out)


@test
def own_frames_are_left_out(t):
    """A begin probe runs the way raw tracepoints do: the program itself is on the kernel's stack."""
    r = t.duetrace("-q", "-e", "begin { print(kstack); }")
    t.absent("bpf_prog_|bpf_trace_run", r.out)
    t.found(r"\A\n {8}__sys_bpf\+\d+\n {8}__\w+_sys_bpf\+\d+\n", r.out)
    r = t.duetrace("-q", "-e", "begin { print(kstack(1)); @[kstack(1)] = 1; } end { print(kstack(1)); }")
    frame = " {8}__sys_bpf\\+\\d+\\n"
    t.found(f"\\A\\n{frame}\\n\\n{frame}\\n{END}@\\[\\n{frame}\\]: 1\\n\\Z", r.out)


BRANCHES = SOURCE.replace("int main(", """
STAYS long left(long bits, int n);
STAYS long right(long bits, int n);
STAYS long walk(long bits, int n)
{
	if (!n)
		return leaf(0) + 1;
	return (bits & 1 ? left(bits >> 1, n - 1) : right(bits >> 1, n - 1)) + 1;
}
STAYS long left(long bits, int n) { return walk(bits, n) + 1; }
STAYS long right(long bits, int n) { return walk(bits, n) + 2; }

int main(""").replace("sum += outer(0);", "sum += walk(i, 15);")


@test(alone=True)
def many_stacks(t):
    """Every one of 20 000 different stacks is kept and read, more than the kernel remembers."""
    program = build(t, "program", BRANCHES)
    r = t.duetrace("-q", "-e", "config = { max_map_keys = 40000; } " + CALL + "{ @[ustack] = count(); }",
                   "--run", program, "20000", seconds=120)
    t.equal(r.err, "")
    t.equal(len(re.findall(r"(?m)^\]: 1$", r.out)), 20000, "keys")
    blocks = set(re.findall(r"(?ms)^@\[\n(.*?)^\]: 1$", r.out))
    t.equal(len(blocks), 20000, "different stacks")
    t.absent("0x|lost stack", r.out)


@test(alone=True)
def lost_stacks(t):
    """A ring that holds few stacks: those that did not get through are counted and said to be lost."""
    program = build(t, "program", BRANCHES)
    r = t.duetrace("-q", "--buffer", "4K", "-e", CALL + "{ @[ustack] = count(); }", "--run", program,
                   "4000", env={"BPFTRACE_MAX_MAP_KEYS": "4096"}, seconds=120)
    lost = sum(int(n) for n in re.findall(r"(?m)^Lost (\d+) events$", r.err))
    t.check(lost > 0, r.err)
    t.equal(r.out.count("[lost stack]"), lost, "stacks without frames")


@test(alone=True)
def flood(t):
    """A stack of each of 100 000 events in a row is printed, none lost."""
    program = build(t)
    r = t.duetrace("-q", "-e", CALL + "{ print(ustack(3)); }", "--run", program, "100000", seconds=120)
    t.equal(r.err, "")
    t.equal(len(re.findall(r"\n {8}leaf\+\d+\n {8}middle\+\d+\n {8}outer\+\d+\n", r.out)), 100000)


@test
def damaged_files(t):
    """A process whose file is nonsense behind its code still has addresses."""
    program = build(t)
    data = bytearray(pathlib.Path(program).read_bytes())
    table = int.from_bytes(data[40:48], "little")
    for name, change in (("headers", {table + i: 0xff for i in range(64, 64 * 30)}),
                         ("offset", {40 + i: 0xf0 for i in range(8)}),
                         ("count", {60: 0xff, 61: 0xff}),
                         ("sizes", {table + 64 * n + 32 + i: 0xff for n in range(1, 30) for i in range(8)})):
        bad = bytearray(data)
        for at, byte in change.items():
            if at < len(bad):
                bad[at] = byte
        path = t.tmp / name
        path.write_bytes(bad)
        path.chmod(0o755)
        addresses, named = raw_and_named(t, stacks(t, str(path)))
        t.equal(len(addresses), len(named), name)
        t.equal(named[:4], [f"0x{address:x}" for address in addresses[:4]], name)


@test
def hostile_names(t):
    """A function's name cannot drive a terminal, and is valid in JSON."""
    program = build(t)
    bad = str(t.tmp / "bad")
    tool("objcopy", "--redefine-sym", "middle=mid\x1b[31mdle", program, bad)
    r = t.duetrace("-q", "-f", "json", "-e", CALL + "{ print(ustack(2)); }", "--run", bad)
    t.check("mid\\u001b[31mdle+" in r.out, r.out)


# messages

@test
def hidden_kernel_symbols(t):
    """Where the kernel hides its addresses, stacks are addresses, and it is said once."""
    hidden = t.write("kallsyms", "0000000000000000 T vfs_read\n0000000000000000 t vfs_write\n")
    setup = f"mount --bind {hidden} /proc/kallsyms;"
    r = t.in_mounts(t.binary, "-q", "-e", "begin { print(kstack(1024)); print(kstack(1)); print(ksym(5)); }",
                    setup=setup)
    t.matches(r"\n( {8}0x[0-9a-f]{16}\n)+\n\n {8}0x[0-9a-f]{16}\n\n0x5\n\n\n", r.out)
    t.equal(r.err, "WARNING: Could not read the kernel's symbols: Operation not permitted\n")
    r = t.in_mounts(t.binary, "-q", "-e", 'begin { print(kaddr("vfs_read")); }', setup=setup)
    t.equal((r.status, r.out), (1, ""))
    t.found(r"(?m)^stdin:1:21-31: ERROR: the kernel's symbols cannot be read: Operation not permitted$", r.err)


@test
def addresses_of_another_boot(t):
    """An image keeps addresses of the kernel: it says so when the machine was started since."""
    image = str(t.tmp / "image.o")
    t.equal(t.duetrace("--emit", "image", "-o", image, "-e",
                       'begin { print(ksym(kaddr("vfs_read"))); }').status, 0)
    r = t.run(t.runner, "-q", image)
    t.equal((r.out, r.err), ("vfs_read\n" + END, ""))
    other = t.write("boot", "00000000-0000-0000-0000-000000000000\n")
    r = t.in_mounts(t.runner, "-q", image, setup=f"mount --bind {other} /proc/sys/kernel/random/boot_id;")
    t.equal((r.out, r.err),
            ("vfs_read\n" + END, "WARNING: the image was made before the machine was started: addresses of the "
             "kernel in it are wrong\n"))


@test
def as_bpftrace(t):
    """The frames and their form are bpftrace's."""
    t.need("bpftrace")
    program = build(t)
    script = CALL + '{ printf("%s|%s|", ustack(perf, 3), kstack(perf)); }'
    theirs = t.in_mounts("bpftrace", "-c", f"{program} 1", "-e", script)
    if "|" not in theirs.out:
        raise Skip("bpftrace does not run here: " + theirs.err.strip().split("\n")[-1])
    ours = t.duetrace("-q", "-c", f"{program} 1", "-e", script)
    user, kernel = theirs.out.split("\n", 1)[1].split("|")[:2]
    got_user, got_kernel = ours.out.split("|")[:2]
    # a caller that is only there while somebody else traces the same
    other = r"\t[0-9a-f]+ __traceiter_sys_enter\+\d+\n"
    t.equal(re.sub(other, "", got_kernel), re.sub(other, "", kernel), "kernel stack")
    # It looks the process up later than we do: names only if it was not too late.
    if "leaf" in user:
        t.equal(re.sub(r"\t[0-9a-f]+", "\t", got_user), re.sub(r"\t[0-9a-f]+", "\t", user), "user stack")


# probes of other kinds

@test
def raw_tracepoint(t):
    """A program that the kernel calls directly is on its stack, and is left out; the limit counts the rest."""
    program = build(t)
    r = t.duetrace("-q", "-e", "rawtracepoint:sys_enter /pid == cpid && args.id == 121/ { print(kstack(1));"
                   " print(kstack(3)); printf(\"%d\\n\", len(kstack(1))); @[kstack(2)] = count();"
                   " print(ustack(3)); }", "--run", program)
    out = re.sub(r"\+\d+", "", r.out)
    first, second = "        syscall_trace_enter\n", "        do_syscall_64\n"
    if first not in out:
        t.skip("another function of this kernel has the raw tracepoint sys_enter")
    t.equal(out, f"\n{first}\n\n{first}{second}        entry_SYSCALL_64_after_hwframe\n\n1\n"
            f"\n        leaf\n        middle\n        outer\n\n{END}@[\n{first}{second}]: 1\n")


@test
def uprobe(t):
    program = build(t)
    r = t.duetrace("-q", "-e", f"uprobe:{program}:leaf {{ print(ustack(3)); @[ustack(2), kstack] = count(); }}",
                   "--run", program, "2")
    leaf = "        leaf+0\n        middle+"
    t.equal(r.out.count(leaf), 3)
    t.matches(r"(\n {8}leaf\+0\n {8}\w+\+\d+\n {8}\w+\+\d+\n\n){2}\n\n@\[\n {8}leaf\+0\n {8}\w+\+\d+\n, \]: 2\n", r.out)


@test
def data_probe(t):
    """The block of a data probe is called by the program that has the stack."""
    program = build(t, "program", SOURCE.replace("sum = 0;", 'sum = 0;\n\n\tfopen("/etc/passwd", "r");'))
    r = t.duetrace("-q", "-e", 'file:open /pid == cpid && args.path == "/etc/passwd"/ { print(kstack);'
                   " @[kstack(1), len(ustack) > 0] = count(); }", "--run", program)
    t.equal(r.err, "")
    t.absent("bpf_|lost", r.out)
    t.found(r"\A\n( {8}\S+\n)* {8}do_syscall_64\+\d+\n", r.out)
    t.found(r"@\[\n {8}\S+\n, true\]: 1\n", r.out)


@test
def profile(t):
    """Where a program spends its time: the timer sees its functions."""
    program = build(t, "program", SOURCE.replace("sum += outer(0);", "for (volatile long n = 0; n < 400000000; n++)\n"
                                                 "\t\t\t;"))
    r = t.duetrace("-q", "-e", "profile:hz:99 /pid == cpid/ { @[ustack(1)] = count(); }", "--run", program)
    t.found(r"@\[\n {8}main\+\d+\n\]: \d+\n", r.out)
