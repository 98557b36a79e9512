# SPDX-License-Identifier: Apache-2.0
"""C definitions: headers of the system, whose every struct and constant gcc knows as well."""
import os
import re
import shutil
import subprocess

from harness import END, ROOT, Skip, case, test

TOOL = os.path.join(ROOT, os.environ.get("B", "build/release"), "tests", "headers")
# Together as a program can include them: netinet/ and linux/ define some names twice.
GROUPS = [
    ["sys/socket.h", "netinet/in.h", "netinet/tcp.h", "netinet/ip.h", "arpa/inet.h", "sys/un.h",
     "netdb.h", "net/if.h"],
    ["errno.h", "fcntl.h", "stdint.h", "limits.h", "signal.h", "unistd.h", "sys/stat.h",
     "sys/types.h", "sys/mman.h", "sys/epoll.h", "sys/resource.h", "time.h", "sys/time.h",
     "stdlib.h", "stdio.h", "string.h", "poll.h", "sched.h", "pthread.h", "dirent.h",
     "sys/ioctl.h", "sys/ptrace.h", "sys/wait.h", "sys/user.h", "inttypes.h", "math.h"],
    ["linux/fs.h", "linux/in.h", "linux/in6.h", "linux/tcp.h", "linux/bpf.h", "linux/types.h",
     "linux/stat.h", "linux/if_ether.h", "linux/ip.h", "linux/ipv6.h", "linux/udp.h",
     "linux/netlink.h", "linux/rtnetlink.h", "linux/perf_event.h", "linux/sched.h",
     "linux/capability.h", "linux/futex.h", "linux/io_uring.h", "linux/input.h",
     "asm/unistd.h", "linux/mman.h", "linux/ptrace.h", "linux/seccomp.h", "linux/prctl.h",
     "linux/nl80211.h", "linux/btrfs.h", "linux/kvm.h", "linux/ethtool.h"],
]


def compiler():
    found = shutil.which("gcc")
    if not found:
        raise Skip("no gcc")
    return found


def gcc(t, text, *flags):
    (t.tmp / "oracle.c").write_text(text)
    return subprocess.run([compiler(), "-w", *flags, "oracle.c"], cwd=t.tmp, capture_output=True,
                          text=True, timeout=60)


def constants(t, head, names):
    """Those of the names that gcc says are integer constants, with their values."""
    lines = head.count("\n")
    probe = head + "".join(f"void f_{i}(void) {{ enum {{ c = ({name}) * 0 }}; }}\n" for i, name in enumerate(names))
    tried = gcc(t, probe, "-fsyntax-only", "-fmax-errors=0", "-ftrack-macro-expansion=0")
    bad = {int(line) - lines - 1 for line in re.findall(r"^oracle\.c:(\d+):", tried.stderr, re.M)}
    bad |= {int(line) - lines - 1 for line in re.findall(r"oracle\.c:(\d+):\d+: error", tried.stderr)}
    good = [name for i, name in enumerate(names) if i not in bad]
    return values(t, head, {name: f"(long long)({name})" for name in good})


def values(t, head, expressions):
    text = head + "int printf(const char *, ...);\nint main(void) {\n"
    text += "".join(f'printf("%s %lld\\n", "{key}", (long long)({value}));\n'
                    for key, value in expressions.items())
    made = gcc(t, text + "return 0; }\n", "-o", "oracle")
    t.equal(made.returncode, 0, made.stderr[:2000])
    out = subprocess.run([t.tmp / "oracle"], capture_output=True, text=True, timeout=60).stdout
    return {line.rsplit(" ", 1)[0]: int(line.rsplit(" ", 1)[1]) for line in out.splitlines()}


def ours(t, names):
    done = subprocess.run([TOOL, *names], capture_output=True, text=True, timeout=60)
    t.equal(done.stderr, "")
    return [line.split() for line in done.stdout.splitlines()]


def same(name, a, b):
    # 1 << 31 is undefined in C; gcc has -2^31, we have 2^31, as the script's own language does.
    return a == b or (b == -2**31 and a == 2**31)


def compare(t, headers):
    present = [name for name in headers
               if gcc(t, f"#include <{name}>\n", "-fsyntax-only").returncode == 0]
    if not present:
        raise Skip("no headers of the system")
    head = "#define _DEFAULT_SOURCE 1\n" + "".join(f"#include <{name}>\n" for name in present)
    rows = ours(t, present)

    macros = re.findall(r"^#define (\w+) \S", gcc(t, head, "-E", "-dM").stdout, re.M)
    own = set(re.findall(r"^#define (\w+) ", gcc(t, "", "-E", "-dM").stdout, re.M))
    wanted = constants(t, head, [name for name in macros if name not in own])
    got = {row[1]: int(row[2]) for row in rows if row[0] == "M"}
    wrong = {name: (got.get(name), value) for name, value in wanted.items()
             if name not in got or not same(name, got[name], value)}
    # What only a compiler of its own version says.
    wrong = {name: pair for name, pair in wrong.items()
             if not re.match(r"__GLIBC_USE|__HAVE_|_STDC_PREDEF|__GNUC_|FLT_|DBL_|LDBL_|_GCC_|(h_)?errno$", name)}
    t.equal(wrong, {}, "macros")
    t.equal(len(wanted) > 300, True, f"only {len(wanted)} macros")

    enums = {row[1]: int(row[2]) for row in rows if row[0] == "E"}
    known = constants(t, head, sorted(enums))
    t.equal({name: (value, known.get(name)) for name, value in enums.items()
             if not same(name, value, known.get(name))}, {}, "enumerators")

    text = gcc(t, head, "-E", "-P").stdout
    tags = {f"{kind} {name}" for kind, name in re.findall(r"\b(struct|union)\s+(\w+)\s*\{", text)}
    have = {f"{row[1]} {row[2]}": row for row in rows if row[0] == "S"}
    head += "#include <stddef.h>\n#include <wchar.h>\n"
    t.equal(sorted(tag for tag in tags if tag not in have), [], "structs")
    for row in rows:
        if row[0] == "X":
            name = row[2] if row[1] == "type" else f"{row[1]} {row[2]}"
            tried = gcc(t, head + f"enum {{ x = sizeof({name}) }};\n", "-fsyntax-only")
            t.equal(tried.returncode, 1, f"layout of {name}")
    t.equal(len(tags) > 30, True, f"only {len(tags)} structs")
    questions, answers = {}, {}
    for tag, row in have.items():
        questions[f"size {tag}"] = f"sizeof({tag})"
        questions[f"align {tag}"] = f"__alignof__({tag})"
        answers[f"size {tag}"], answers[f"align {tag}"] = int(row[3]), int(row[4])
    for row in rows:
        if row[0] == "T":
            questions[f"type {row[1]}"] = f"sizeof({row[1]})"
            answers[f"type {row[1]}"] = int(row[2])
        elif row[0] == "F" and row[6] == "0":
            key, tag = f"{row[1]} {row[2]} {row[3]}", f"{row[1]} {row[2]}"
            questions[f"at {key}"] = f"__builtin_offsetof({tag}, {row[3]})"
            answers[f"at {key}"] = int(row[4])
            if row[7] != "0":  # else a flexible array
                questions[f"of {key}"] = f"sizeof((({tag} *)0)->{row[3]})"
                answers[f"of {key}"] = int(row[7])
        elif row[0] == "F":
            # the bit that an all-ones member sets first, and how many it sets
            key, tag = f"{row[1]} {row[2]} {row[3]}", f"{row[1]} {row[2]}"
            image = f"({{ union {{ {tag} s; unsigned char b[sizeof({tag})]; }} u = {{0}}; " \
                    f"u.s.{row[3]} = -1; int i = 0, n = 0, f = -1; " \
                    "for (i = 0; i < 8 * sizeof(u); i++) if (u.b[i / 8] >> (i % 8) & 1) " \
                    "{ if (f < 0) f = i; n++; } f * 1000 + n; })"
            questions[f"bits {key}"] = image
            answers[f"bits {key}"] = (int(row[4]) * 8 + int(row[5])) * 1000 + int(row[6])
    known = values(t, head, questions)
    t.equal({key: (value, known[key]) for key, value in answers.items() if known[key] != value},
            {}, "layouts")


@test
def test_every_struct_and_constant_of_the_network(t):
    compare(t, GROUPS[0])


@test
def test_every_struct_and_constant_of_libc(t):
    compare(t, GROUPS[1])


@test
def test_every_struct_and_constant_of_the_kernel(t):
    compare(t, GROUPS[2])


case("headers", "an-old-tool", """#ifndef BPFTRACE_HAVE_BTF
#include <linux/socket.h>
#include <net/sock.h>
#else
#include <sys/socket.h>
#endif
begin { if (AF_INET6 == 10) { printf("%d %d\\n", AF_INET, SOL_SOCKET); } }""", "2 1\n" + END)
case("headers", "macros-that-take-arguments", """#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define CAT(a, b) a ## b
#define TEXT(x) #x
#define COUNT(...) COUNT_(0, ##__VA_ARGS__, 3, 2, 1, 0)
#define COUNT_(z, a, b, c, n, ...) n
#define LIST(_) _(RED) _(GREEN) _(BLUE)
#define ITEM(x) COLOR_ ## x,
#define WIDTH MAX(3, CAT(1, 2))
#define NAME TEXT(a name)
enum color { LIST(ITEM) COLORS };
struct s { char name[MAX(4, 8)]; int v[CAT(1, 0)]; };
begin { print((WIDTH, NAME, COLORS, sizeof(struct s), COLOR_BLUE == 2)); print(COLOR_GREEN); }
""", "(12, a name, COLORS, 48, true)\nCOLOR_GREEN\n" + END)
case("headers", "conditions", """#define A 3
#if A > 2 && defined(A) && !defined(B) || 0
#define ONE 1
#endif
#if (A << 2 | 1) == 13 ? 0 : 1
#define TWO wrong
#elif -1 > 0u && 'a' == 97 && 0x10 == 020
#define TWO 2
#else
#define TWO wrong
#endif
#if __has_include("absent.h") || __x86_64__ + 0 > 5 || UNKNOWN
#define THREE wrong
#elif defined __LP64__ && __SIZEOF_POINTER__ == 8 && __linux__
#define THREE 3
#endif
#undef A
#ifdef A
#define FOUR wrong
# if 1
# else
# endif
#else /* a comment */
# define FOUR \\
	(3 + \\
	 1)
#endif
begin { print((ONE, TWO, THREE, FOUR)); }""", "(1, 2, 3, 4)\n" + END)
case("headers", "constants-of-c", """#define BIT(n) (1UL << (n))
#define HIGH BIT(40)
#define ALL ~0U
#define LETTER 'A'
#define SIZE sizeof(struct { int a; char b; })
#define HALF ((unsigned char)(0x1ff) / 2)
#define TOP 1 << 31
#define NOW (nsecs > 0)
#define SELF SELF
#define MINUS -5
begin { print((HIGH, ALL, LETTER, SIZE, HALF, TOP, NOW, MINUS)); }""",
     "(1099511627776, 4294967295, 65, 8, 127, 2147483648, true, -5)\n" + END)
case("headers", "declarations", """typedef unsigned int u_t;
typedef struct pair { u_t a, b; } pair_t, *pair_p;
struct list { struct list *next; int (*call)(int, void *), n; pair_t pairs[2]; };
union either { long l; char c[12]; };
#pragma pack(push, 1)
struct tight { char a; long b; };
#pragma pack(pop)
struct loose { char a; long b __attribute__((aligned(16))); } __attribute__((aligned(64)));
struct bits { unsigned a : 3, : 0, b : 5; _Bool c : 1; };
struct open { int n; struct { short x; union { int y; char z; }; } in[]; };
begin { print((sizeof(struct list), sizeof(pair_t), sizeof(pair_p), sizeof(union either),
  sizeof(struct tight), sizeof(struct loose), sizeof(struct bits), sizeof(struct open),
  offsetof(struct list, pairs), offsetof(struct loose, b))); }""",
     "(40, 8, 8, 16, 9, 64, 8, 4, 20, 16)\n" + END)
case("headers", "missing", "#include <sys/absent.h>\nbegin { print(1); }", "1\n" + END,
     err=re.compile(r"WARNING: cannot find the header <sys/absent\.h>.*\n.*\n.*\n"
                    r"HINT: Install libc6-dev or say with -I"))
case("headers", "missing-beside", '#include "absent.h"\nbegin { print(1); }', "", status=1,
     err=re.compile("cannot include 'absent.h': No such file"))


@test
def test_search(t):
    """-I in order, "x.h" beside the file that includes it first, #include_next, --include."""
    for folder, value in (("one", 1), ("two", 2)):
        (t.tmp / folder).mkdir()
        (t.tmp / folder / "value.h").write_text(f"#define FROM_{folder.upper()} {value}\n"
                                                + ("#include_next <value.h>\n" if value == 1 else ""))
    (t.tmp / "one" / "inner.h").write_text('#include "local.h"\n')
    (t.tmp / "one" / "local.h").write_text("enum { LOCAL = 7 };\n")
    (t.tmp / "before.h").write_text("struct given { int a[5]; };\n")
    r = t.duetrace("-q", "-I", str(t.tmp / "one"), "-I", str(t.tmp / "two"), "--include",
                   str(t.tmp / "before.h"), "-e", "#include <value.h>\n#include <inner.h>\n"
                   "begin { print((FROM_ONE, FROM_TWO, sizeof(struct given))); print(LOCAL); }")
    t.equal(r.err, "")
    t.equal(r.out.rstrip("\n"), "(1, 2, 20)\nLOCAL")
    r = t.duetrace("-q", "--include", "absent.h", "-e", "begin { }")
    t.equal(r.status, 1)
    t.found("cannot include 'absent.h'|cannot find the header", r.err)
    r = t.duetrace("-l", "-I", str(t.tmp / "two"), "-e",
                   "#include <value.h>\n#if FROM_TWO == 2\ntracepoint:syscalls:sys_enter_close { }\n#endif")
    t.equal(r.out, "tracepoint:syscalls:sys_enter_close\n")


@test
def test_script_wins_over_the_kernel(t):
    """A struct of the script is not the kernel's of the same name."""
    r = t.duetrace("-q", "-e", "struct task_struct { int only; };\n"
                   "begin { print(sizeof(struct task_struct)); }")
    t.equal(r.out.rstrip("\n"), "4")


@test
def test_hostile(t):
    """Whatever a header holds, the compiler answers soon."""
    hostile = {
        "itself": '#include "h.h"\n#include "h.h"\n',
        "macro": "#define A0 x x\n" + "".join(f"#define A{i} A{i - 1} A{i - 1}\n"
                                            for i in range(1, 40)) + "enum { E = A39 };\n",
        "open": "struct s { int a[(((" * 5000,
        "comment": "/* " * 100000,
        "string": 'int x = "' + "a" * 100000,
        "parens": "enum { E = " + "(" * 100000,
        "braces": "struct s { " * 100000,
        "stars": "typedef int " + "*" * 100000 + "x;\n",
        "pointers": "int (" * 100000,
        "nul": "struct s { int \0 a; };\n#define \0\n#if \0\n#endif\n",
        "calls": "#define F(x) F(x)\n#define G(x) x\nenum { E = " + "G(" * 20000 + "1" + ")" * 20000
                 + " };\n",
        "ifs": "#if 1\n" * 100000,
        "huge": "int a;\n" * 5000000,
        "dimensions": "int a" + "[1]" * 100000 + ";\n",
        "unary": "#if " + "-" * 100000 + "1\n#endif\n",
        "ternary": "#if " + "1 ? " * 100000 + "1\n#endif\n",
    }
    for name, text in hostile.items():
        (t.tmp / "h.h").write_bytes(text.encode())
        (t.tmp / "a.dt").write_text('#include "h.h"\nbegin { print(1); }\n')
        r = t.duetrace("-q", str(t.tmp / "a.dt"))
        t.equal(r.status in (0, 1), True, name)
        t.equal("killed" in r.err or "Sanitizer" in r.err, False, f"{name}: {r.err[:300]}")
    big = t.tmp / "h.h"
    with open(big, "wb") as file:
        file.truncate(100 << 20)
    r = t.duetrace("-q", str(t.tmp / "a.dt"))
    t.equal(r.status, 1)
    t.found("cannot include 'h.h': File too large", r.err)


@test
def test_kernel_headers(t):
    """BPFTRACE_KERNEL_SOURCE and _BUILD: theirs come before the system's, with __KERNEL__."""
    files = {"source/include/linux/kconfig.h": "#include <generated/autoconf.h>\n",
             "source/include/linux/in.h": "#ifdef __KERNEL__\n#define WHERE \"the kernel\"\n#endif\n"
                                          "#include <uapi/linux/in.h>\n",
             "source/include/uapi/linux/in.h": "enum { UAPI = 5 };\n",
             "source/arch/x86/include/asm/one.h": "#define ARCH 3\n",
             "source/arch/arm64/include/asm/one.h": "#define ARCH 3\n",
             "build/include/generated/autoconf.h": "#define CONFIG_HZ 250\n"}
    for name, text in files.items():
        (t.tmp / name).parent.mkdir(parents=True, exist_ok=True)
        (t.tmp / name).write_text(text)
    r = t.duetrace("-q", "-e", "#include <linux/in.h>\n#include <asm/one.h>\n#if UNKNOWN + CONFIG_HZ == 250\n"
                   "begin { print((WHERE, ARCH, UAPI == 5, CONFIG_HZ)); }\n#endif",
                   env={"BPFTRACE_KERNEL_SOURCE": str(t.tmp / "source"),
                        "BPFTRACE_KERNEL_BUILD": str(t.tmp / "build")})
    t.equal(r.err, "")
    t.equal(r.out.rstrip("\n"), "(the kernel, 3, true, 250)")
