# SPDX-License-Identifier: Apache-2.0
"""Arguments of functions by their names, and lines of source: what DWARF says."""
import re
import shutil
import subprocess

from harness import HERE, WAIT, filled, test

BUILDS = {"O0": ("-O0", "-g"), "O2": ("-O2", "-g"), "no-pie": ("-O2", "-g", "-no-pie"),
          "static": ("-O2", "-g", "-static"), "dwarf4": ("-O2", "-gdwarf-4"),
          "dwarf3": ("-O1", "-gdwarf-3", "-gstrict-dwarf")}


def build(t, how="O2"):
    return t.workload("functions", "-pthread", *BUILDS[how])


def traced(t, program, want, *, how="O2", words="1"):
    path = build(t, how)
    r = t.duetrace("-q", "-c", f"{path} {words}", "-e", program.replace("@@", path))
    t.equal(r.err, "", "stderr")
    t.equal(filled(r.out), want)


def values_of(how):
    def body(t):
        traced(t, "uprobe:@@:many { "
               "print((args.a, str(args.text), args.color, args.yes, args.number, args.seven, args.eight)); "
               "print((args.point.x, args.point.y, args.point.name, args.point->next->name)); "
               "print((args.point.inner.small, args.point.inner.text, args.point.three, args.point.five)); "
               "print((args.point.color, str(args.point.label), args.point.next.next)); }",
               ["(-1, hello, GREEN, true, 4000000000, 77, -8)", "(-3, 99, first, second)",
                "(-2, inner, 5, 17)", "(GREEN, label, 0x0)"], how=how)
    body.__module__ = __name__
    test(name=f"values-{how}")(body)


for how in BUILDS:
    values_of(how)


@test
def whole_structs_and_keys(t):
    traced(t, "uprobe:@@:many { print(*args.point.next); @[args.color, args.yes] = count(); "
           "@n[args.point.inner.text] = sum(args.point.y); @e = args.color; }",
           ["{ .x = 7, .y = 0, .name = second, .next = 0x0, .inner = { .small = 0, .text =  }, .three = 0, "
            ".five = 0, .color = RED, .label = 0x0 }", "@[GREEN, true]: 1", "@e: GREEN", "@n[inner]: 99"])


@test
def real_numbers_take_other_registers(t):
    traced(t, "uprobe:@@:real { print((args.before, args.after)); }", ["(1, 4)"])
    t.refused(f"uprobe:{build(t)}:real {{ print(args.x); }}", "'x' is passed in a register for real numbers and vectors, "
            "which programs in the kernel cannot read")


@test
def wildcard_with_different_arguments(t):
    """As many programs as there are kinds of arguments."""
    traced(t, "uprobe:@@:once, uprobe:@@:factorial, uprobe:@@:real { @[func] = count(); } "
           "uprobe:@@:on*, uprobe:@@:factoria? { @any[func] = count(); }",
           ["@[once]: 1", "@[real]: 1", "@[factorial]: 5", "@any[once]: 1", "@any[factorial]: 5"], how="O0")
    path = build(t)
    r = t.duetrace("-q", "-c", f"{path} 2", "-e", f"uprobe:{path}:once {{ @ = sum(args.x); }}")
    t.equal(filled(r.out), ["@: 1"])


@test
def this_of_cplusplus(t):
    path = t.workload("cplusplus", "-g")
    r = t.duetrace("-q", "-c", path, "-e", f'uprobe:{path}:cpp:"ns::box::get" {{ print((args.this.n, args.more)); }}')
    t.equal((filled(r.out), r.err), (["(5, 2)"], ""))
    r = t.duetrace("-lv", f'uprobe:{path}:cpp:"ns::box::get"')
    t.found(r"^uprobe:.*:cpp:_ZNK2ns3box3getEi\n    .* \* this\n    int more\n$", r.out)


@test
def structs_by_value(t):
    source = t.write("v.c", """
struct big { long a, b, c; int d; };
struct pair { int left, right; };
__attribute__((noinline, noipa)) int take(int x, struct big big, int y) { return x + big.d + y; }
__attribute__((noinline, noipa)) struct big give(int x) { struct big b = {x, 2, 3, 4}; return b; }
__attribute__((noinline, noipa)) int two(int x, struct pair pair, int y) { return x + pair.left + y; }
int main(void) { struct big b = give(9); struct pair p = {5, 6}; return take(1, b, 3) + two(1, p, 2) == 0; }
""")
    path = t.tmp / "v"
    subprocess.run(["gcc", "-O2", "-g", "-o", path, source], check=True, timeout=WAIT)
    r = t.duetrace("-q", "-c", path, "-e", f"uprobe:{path}:take {{ print((args.x, args.big.a, args.big.d, args.y)); "
                   f"print(args.big); print(args); }} uprobe:{path}:give {{ print(args.x); }} uprobe:{path}:two {{ "
                   "print((args.pair.right, args.y)); print(args.pair); print(args); @ = args.pair; }")
    t.equal((filled(r.out), r.err), (["9", "(1, 9, 4, 3)", "{ .a = 9, .b = 2, .c = 3, .d = 4 }",
                                "{ .x = 1, .big = { .a = 9, .b = 2, .c = 3, .d = 4 }, .y = 3 }", "(6, 2)",
                                "{ .left = 5, .right = 6 }", "{ .x = 1, .pair = { .left = 5, .right = 6 }, .y = 2 }",
                                "@: { .left = 5, .right = 6 }"], ""))


VALUES = """
struct wide { long first; short second; char third[3]; };
struct real { double x; };
struct mixed { double x; long n; };
struct floats { float a, b, c; };
struct half { float f; int n; };
struct packed { char c; long n; } __attribute__((packed));
union either { int n; float f; };
struct bits { unsigned a : 3; int b : 9; long c : 40; };
struct point { short x; };
struct nest { struct point p[2]; struct { unsigned char k; }; };
#define N __attribute__((noinline, noipa))
N int wides(struct wide w, int y) { return w.second + y; }
N int reals(int x, struct real r, int y) { return x + r.x + y; }
N int mixes(int x, struct mixed m, int y, double d, int z) { return x + m.n + y + z; }
N int floating(struct floats f, int y) { return f.a + y; }
N int halves(struct half h, int y) { return h.n + y; }
N int packs(struct packed p, int y) { return p.n + y; }
N int unions(union either e, struct bits b, struct nest n, int y) { return e.n + b.a + n.k + y; }
N int spill(int a, int b, int c, int d, int e, struct wide w, int f, int g) { return w.first + f + g; }
N int large(int a, __int128 b, int c, int d, int e, __int128 f, int g, __int128 h) { return a + b + c + f + h; }
N int extended(int a, long double b, int c, int d) { return a + b + c + d; }
int main(void) {
	struct wide w = {77, -3, "ab"}; struct real r = {1}; struct mixed m = {2, 3}; struct floats f = {1, 2, 3};
	struct half h = {1, 42}; struct packed k = {'c', 99}; union either e = {.n = 12};
	struct bits b = {5, -4, 123456789012}; struct nest n = {{{1}, {-2}}, {200}};
	return wides(w, 8) + reals(1, r, 2) + mixes(1, m, 2, 3.0, 4) + floating(f, 7) + halves(h, 9) + packs(k, 10) +
	       unions(e, b, n, 11) + spill(1, 2, 3, 4, 5, w, 6, 7) + large(1, 2, 3, 4, 5, 6, 7, 8) +
	       extended(1, 2, 3, 4) == 0;
}
"""


@test
def which_registers_hold_a_struct(t):
    """By the ABI's classes of what is in each word; what is behind it is where the ABI says, too."""
    t.need("gcc")
    source, path = t.write("w.c", VALUES), t.tmp / "w"
    shown = {"wides": ("args.w.first, args.w.second, args.w.third, args.y", '(77, -3, ab, 8)'),
             "reals": ("args.x, args.y", "(1, 2)"), "mixes": ("args.x, args.y, args.z", "(1, 2, 4)"),
             "floating": ("args.y, 0", "(7, 0)"), "halves": ("args.h.n, args.y", "(42, 9)"),
             "packs": ("args.p.c, args.p.n, args.y", "(99, 99, 10)"),
             "unions": ("args.e.n, args.b.a, args.b.b, args.b.c, args.n.p[0].x, args.n.p[1].x, args.n.k, args.y",
                        "(12, 5, -4, 123456789012, 1, -2, 200, 11)"),
             "spill": ("args.e, args.w.first, args.w.second, args.f, args.g", "(5, 77, -3, 6, 7)"),
             "large": ("args.a, args.b, args.c, args.d, args.e, args.f, args.g, args.h",
                       "(1, [2,0], 3, 4, 5, [6,0], 7, [8,0])"),
             "extended": ("args.a, args.c, args.d", "(1, 3, 4)")}
    program = " ".join(f"uprobe:{path}:{name} {{ print(({what})); }}" for name, (what, _) in shown.items())
    for options in (["-gdwarf-5"], ["-gdwarf-4"], ["-gdwarf-3", "-gstrict-dwarf"]):
        subprocess.run(["gcc", "-std=gnu17", "-O2", *options, "-o", path, source], check=True, timeout=WAIT)
        r = t.duetrace("-q", "-c", path, "-e", program)
        t.equal((filled(r.out), r.err), ([want for _, want in shown.values()], ""), options)
    for name, argument in (("reals", "r"), ("mixes", "m"), ("floating", "f")):
        t.refused(f"uprobe:{path}:{name} {{ print(args.{argument}); }}", f"'{argument}' is passed in a register for real numbers")


CLASSES = """
struct plain { int a; long b; };
struct counted { int n; counted(int n) : n(n) {} counted(const counted &o) : n(o.n) {} ~counted() {} };
struct easy { int n; easy(int n) : n(n) {} easy(const easy &) = default; };
struct none {};
#define N __attribute__((noinline, noipa))
N int first(int x, plain p, int y) { return x + p.a + y; }
N int second(int x, counted c, int y) { return x + c.n + y; }
N counted third(int x) { return counted(x); }
N int fourth(none, int x, int y) { return x + y; }
N int fifth(bool b, short s, plain &r, int &&z) { return b + s + r.a + z; }
N int sixth(easy e, int y) { return e.n + y; }
int main() { plain p = {3, 4}; counted c(7); return first(1, p, 2) + second(3, c, 4) + third(5).n +
	fourth(none(), 8, 9) + fifth(true, -2, p, 5) + sixth(6, 7) == 0; }
"""


@test
def classes_by_value(t):
    """What has a copy constructor of its own is passed by its address."""
    source, path = t.write("c.cpp", CLASSES), t.tmp / "c"
    compilers = [["g++", "-gdwarf-5"]]
    if shutil.which("clang++"):
        compilers.append(["clang++", "-gdwarf-5", "-Dnoipa=noinline,optnone"])
    program = "".join(f'uprobe:{path}:{name} {{ print(({what})); }} ' for name, what in (
        ("_Z5firsti5plaini", "args.x, args.p.a, args.p.b, args.y"), ("_Z6secondi7countedi", "args.x, args.c.n, args.y"),
        ("_Z5thirdi", "args.x, 0"), ("_Z6fourth4noneii", "args.x, args.y"),
        ("_Z5fifthbsR5plainOi", "args.b, args.s, args.r.a, *args.z"), ("_Z5sixth4easyi", "args.e.n, args.y")))
    for compiler in compilers:
        subprocess.run([*compiler, "-O2", "-o", path, source], check=True, timeout=WAIT)
        r = t.duetrace("-q", "-c", path, "-e", program)
        t.equal((filled(r.out), r.err), (["(1, 3, 4, 2)", "(3, 7, 4)", "(5, 0)", "(8, 9)", "(true, -2, 3, 5)", "(6, 7)"], ""),
                compiler)
    # before DWARF 5 nothing tells a constructor of somebody's from one that is the compiler's
    subprocess.run(["g++", "-gdwarf-4", "-O2", "-o", path, source], check=True, timeout=WAIT)
    t.refused(f"uprobe:{path}:_Z6secondi7countedi {{ print(args.c.n); }}", "does not contain a field named 'c'")


@test
def lists_arguments(t):
    path = build(t)
    r = t.duetrace("-lv", f"uprobe:{path}:many")
    t.equal(r.out, f"uprobe:{path}:many\n    int a\n    const char * text\n    struct point * point\n"
            "    enum color color\n    _Bool yes\n    number_t number\n    long int seven\n    signed char eight\n")
    t.equal(t.duetrace("-lv", f"uretprobe:{path}:many").out, f"uretprobe:{path}:many\n")
    plain = t.workload("functions", "-pthread", "-static")
    t.equal(t.duetrace("-lv", f"uprobe:{plain}:many").out, f"uprobe:{plain}:many\n")


@test
def debug_file_by_its_build_id(t):
    """What is stripped has its DWARF below /usr/lib/debug; here, of the process's own root."""
    path = t.tmp / "stripped"
    shutil.copy(build(t), path)
    subprocess.run(["strip", "--strip-debug", path], check=True, timeout=WAIT)
    t.refused(f"uprobe:{path}:many {{ print(args.a); }}", "has no debug information")


@test
def not_known(t):
    path = build(t, "O0")
    plain = t.workload("functions", "-pthread", "-static")
    t.refused(f"uprobe:{plain}:many {{ print(args.a); }}", "args of uprobe:.*:many is not known")
    t.refused(f"uprobe:{path}:many+4 {{ print(args.a); }}", "a function that begins there")
    t.refused(f"uretprobe:{path}:many {{ print(args.a); }}", "The args builtin can only be used with .*uretprobe used here")
    t.refused(f"uprobe:{path}:many {{ print(args.b); }}",
            "type 'args of uprobe:.*:many' does not contain a field named 'b'")
    t.refused(f"uprobe:{path}:many {{ print(args.point.z); }}", "type 'struct point' does not contain a field named 'z'")
    t.refused(f"uprobe:{path}:many {{ @ = 1; @ = args.point; }}", r"'struct point \*'")


# lines of source

def line_of(text):
    """Its number in the workload."""
    source = (HERE / "workload" / "functions.c").read_text().split("\n")
    return next(n for n, line in enumerate(source, 1) if text in line)


@test
def source_lines(t):
    path = build(t, "O0")
    line = line_of("return x * 2;")
    for source in ("functions.c", "workload/functions.c", HERE / "workload" / "functions.c"):
        r = t.duetrace("-q", "-c", path, "-e", f"uprobe:{path}@{source}:{line} {{ @[probe, func] = count(); }}")
        t.equal((filled(r.out), r.err), ([f"@[uprobe:{path}@{source}:{line}, once]: 3"], ""))
    r = t.duetrace("-q", "-c", path, "-e", f"uprobe:{path}@functions.c:{line}:11 {{ @ = count(); }}")
    t.equal((filled(r.out), r.err), (["@: 3"], ""))
    t.refused(f"uprobe:{path}@functions.c:{line}:77 {{ }}", f"has no code that begins at functions.c:{line}:77")
    t.refused(f"uprobe:{path}@functions.c:1 {{ }}", "has no code that begins at functions.c:1")
    t.refused(f"uprobe:{path}@unctions.c:1 {{ }}", "has no code of a source file 'unctions.c'")
    t.refused(f"uprobe:{t.workload('functions', '-pthread', '-static')}@functions.c:1 {{ }}",
            r"has no line information \(DWARF\)")
    t.refused(f"uretprobe:{path}@functions.c:{line} {{ }}", "can not be attached to a function offset")


@test
def library_in_an_archive(t):
    t.refused('uprobe:"/x/y.apk!/lib/libx.so":f { }', "'/x/y.apk!/lib/libx.so' is in an archive")


@test
def damaged_dwarf(t):
    """Whatever it holds, it is an error or it is other arguments."""
    path = t.tmp / "damaged"
    data = open(build(t), "rb").read()
    at = subprocess.run(["readelf", "-SW", build(t)], capture_output=True, text=True, check=True,
                        timeout=WAIT).stdout
    for section in (".debug_info", ".debug_abbrev", ".debug_str", ".debug_line"):
        start, size = (int(word, 16) for word in re.search(
            rf" {re.escape(section)} +\w+ +\w+ (\w+) (\w+)", at).groups())
        for fill, step in ((b"\xff", 7), (b"\x00", 3), (b"\x41", 11)):
            copy = bytearray(data)
            for i in range(start, start + size, step):
                copy[i:i + 1] = fill
            path.write_bytes(copy)
            r = t.duetrace("-lv", f"uprobe:{path}:many")
            t.check(r.status in (0, 1), f"{section}: status {r.status}")
            r = t.duetrace("--dry-run", "-e", f"uprobe:{path}:many {{ print(args.point.next.x); }}")
            t.check(r.status in (0, 1), f"{section}: status {r.status}")
            r = t.duetrace("--dry-run", "-e", f"uprobe:{path}@functions.c:60 {{ }}")
            t.check(r.status in (0, 1), f"{section}: status {r.status}")


OUTSIDE = """
struct s { long a; char b; };
__attribute__((noipa)) long f(struct s x, int y) { return x.a + x.b + y; }
int main(int c, char **v) { (void)v; return (int)f((struct s){c, 1}, 2); }
"""


@test
def a_member_outside_of_its_struct(t):
    """One whose last bit is the last of the 64-bit numbers is in none of the struct's words."""
    t.need("gcc")
    source, path = t.write("o.c", OUTSIDE), t.tmp / "o"
    text = subprocess.run(["gcc", "-O1", "-gdwarf-5", "-dA", "-S", "-o", "-", source], capture_output=True, text=True,
                          check=True, timeout=WAIT).stdout
    # A number with a sign takes the same one byte: -1 in place of 8.
    text, forms = re.subn(r"(\(DW_AT_data_member_location\)\n\t\.uleb128 )0xb", r"\g<1>0xd", text)
    text, places = re.subn(r"\.byte\t0x8\t# DW_AT_data_member_location", ".byte 0x7f", text)
    t.equal((forms >= 1, places), (True, 1))
    subprocess.run(["gcc", "-o", path, t.write("o.s", text)], check=True, timeout=WAIT)
    r = t.duetrace("-lv", f"uprobe:{path}:f")
    t.equal((r.err, r.status), ("", 0))
    t.found(r"(?m)^    struct s x$", r.out)
    r = t.duetrace("--dry-run", "-e", f"uprobe:{path}:f {{ print(args.y); }}")
    t.equal((r.out, r.err, r.status), ("", "", 0))
    t.refused(f"uprobe:{path}:f {{ print(args.x.b); }}", "does not contain a field named 'x'")


@test
def members_in_members(t):
    """A type of some lines with more members than anybody could look at: at once, and not told."""
    t.need("gcc", "g++")
    path = t.tmp / "m"
    # g++ itself takes its time for more.
    for compiler, options, empty, n in (("gcc", ["-xc"], "struct s0 { };", 18), ("g++", ["-xc++", "-gdwarf-4"], "struct s0 { char c; };", 15)):
        text = empty + "".join(f"struct s{i} {{ struct s{i - 1} a, b, c; }};" for i in range(1, n + 1)) + \
            f"__attribute__((noipa)) int f(int y, struct s{n} x) {{ return y; }} int main(void) {{ return 0; }}"
        subprocess.run([compiler, *options, "-g", "-o", path, t.write("m.c", text)], check=True, timeout=WAIT)
        name = f"_Z1fi3s{n}" if compiler == "g++" else "f"
        r = t.run("prlimit", "--cpu=5", t.binary, "--dry-run", "-e", f"uprobe:{path}:{name} {{ print(args.y); }}")
        t.equal((r.out, r.err, r.status), ("", "", 0))
