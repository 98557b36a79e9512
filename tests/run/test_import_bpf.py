# SPDX-License-Identifier: Apache-2.0
"""import "x.bpf.c": functions written in C. What they must give is worked out from C's rules."""
import os

from harness import test

MATH = r"""
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "own.h"
static __attribute__((noinline)) int twice(int x) { return x * 2; }
int add(int a, signed char b) { return twice(a) + b + OWN; }
_Bool odd(unsigned long long n) { return n & 1; }
enum choice { FIRST = -3, SECOND };
enum choice pick(_Bool first) { return first ? FIRST : SECOND; }
void *same(void *p) { return p; }
unsigned char narrow(unsigned x) { return x; }
struct task_struct;
void nothing(struct task_struct *t) { }
__attribute__((noinline)) int below(int n)
{
	int sum = 0;

	for (int i = 0; i < 100 && i < n; i++) {
		sum += i;
		__asm__ volatile("" : "+r"(sum));
	}
	return sum;
}
SEC("kprobe/not_a_program") __u64 process(void) { return bpf_get_current_pid_tgid() >> 32; }
"""


def imported(t, source, script, name="math.bpf.c", **options):
    t.write("own.h", "#define OWN 1000\n")
    path = t.write(name, source)
    return t.duetrace("-q", "-e", f'import "{path}"; {script}', **options)


@test
def values_are_those_of_c(t):
    r = imported(t, MATH, """
fn wrapped($a : int64) : int64 { return add($a, 300); }
begin {
  print(add(1, 2)); print(add(-5, -1)); print(wrapped(1));
  print((odd(3), odd(4), pick(true), pick(0)));
  print(same(4096)); print(narrow(257)); print(below(10)); print(process() == pid);
  nothing(curtask); add(1, 1);
  $x = pick(odd(7)); print($x);
  exit();
}""")
    t.equal(r.err, "", "stderr")
    # the second parameter of add() is a char: 300 is 44
    t.equal(r.out.strip(), "1004\n989\n1046\n(true, false, -3, -2)\n0x1000\n1\n45\ntrue\n-3")


@test
def types_of_the_kernel_move_with_it(t):
    source = """
struct task_struct { int tgid; } __attribute__((preserve_access_index));
int process_of(struct task_struct *t)
{
	int id = 0;

	((long (*)(void *, unsigned, const void *))113)(&id, sizeof(id), &t->tgid);
	return id;
}
"""
    r = imported(t, source, "begin { print(process_of(curtask) == pid); exit(); }")
    t.equal(r.out.strip(), "true", "the member's place is the running kernel's")


@test
def in_an_image(t):
    t.write("own.h", "#define OWN 1000\n")
    path, image = t.write("math.bpf.c", MATH), t.write("image.o", "")
    r = t.duetrace("--emit", "image", "-o", image, "-e",
                   f'import "{path}"; begin {{ print((add(1, 2), below(5))); exit(); }}')
    t.equal((r.err, r.status), ("", 0), "compiling")
    r = t.run(t.runner, "-q", image)
    t.equal(r.out.strip(), "(1004, 10)", "stdout of the image")


@test
def calls_are_checked(t):
    r = imported(t, MATH, 'begin { add(1); add("a", 1); print(nothing(1)); print(twice(3)); }')
    for text in (r"Function add\(\) expects 2 arguments, got 1",
                 r"add\(\) only supports integer arguments \(string\[2\] provided\)",
                 r"the function returns nothing that could be used as a value",
                 r"Unknown function: 'twice'"):
        t.found(text, r.err, "stderr")
    t.equal(r.status, 1, "exit status")


@test
def what_cannot_be_imported(t):
    for source, text in (
            ("int f(int a) { return a + nosuch; }",
             r"x\.bpf\.c:1:27: error: use of undeclared identifier 'nosuch'"),
            ("int count; int f(void) { return count++; }",
             r"it has a variable or map of its own, count: pass it"),
            ("int other(int); int f(int a) { return other(a); }",
             r"it calls other\(\), which is not in it"),
            ("struct s { int a, b; }; int f(struct s s) { return s.a; }",
             r"cannot import f\(\): its parameters, 5 at most, and its result must be integers"),
            ("int comm(void) { return 1; }", r"cannot import comm\(\): a builtin has this name"),
            ("static int f(void) { return 1; }", r"it has no function that a script could call"),
            ("", r"it has no function that a script could call")):
        r = imported(t, source, "begin { }", name="x.bpf.c")
        t.found(text, r.err, "stderr")
        t.equal((r.out, r.status), ("", 1), "stdout and status")


@test
def a_name_once(t):
    other = t.write("other.bpf.c", "int odd(int x) { return x; }\n")
    r = imported(t, MATH, f'import "{other}"; begin {{ }}')
    t.found(r"a function odd\(\) is imported already", r.err, "stderr")
    t.equal(r.status, 1, "exit status")


@test
def not_if_others_can_write_it(t):
    r = imported(t, MATH, "begin { }", name="math.bpf.c")
    os.chmod(t.write("open.bpf.c", MATH), 0o666)
    path = os.path.join(os.path.dirname(t.write("own.h", "")), "open.bpf.c")
    r = t.duetrace("-e", f'import "{path}"; begin {{ }}')
    t.found(r"refusing to import '.*open\.bpf\.c'", r.err, "stderr")
    t.equal(r.status, 1, "exit status")


@test
def without_clang(t):
    r = imported(t, MATH, "begin { }", env={"PATH": "/nowhere"})
    t.found(r"cannot import '.*': clang, which compiles it, is not installed", r.err, "stderr")
    t.equal(r.status, 1, "exit status")


@test
def formatting_compiles_nothing(t):
    script = t.write("a.dt", 'import "nowhere.bpf.c";\nbegin{print(f(1))}\n')
    r = t.duetrace("--fmt", script)
    t.equal((r.out, r.err, r.status), ('import "nowhere.bpf.c";\nbegin { print(f(1)) }\n', "", 0))


@test
def clang_has_no_rights(t):
    """It reads what everybody can read, and nothing else: as the compiler, it is nobody."""
    secret = t.write("secret.h", "#define SECRET 1\n", mode=0o600)
    r = imported(t, f'#include "{secret}"\nint f(void) {{ return SECRET; }}\n', "begin { }")
    t.found(r"secret\.h", r.err, "stderr")
    t.found(r"error: .*Permission denied|error: .*file not found", r.err, "stderr")
    t.equal(r.status, 1, "exit status")


@test
def what_clang_wrote_cannot_be_read(t):
    """No memory for it, or a file that has become shorter: an error, once."""
    lib = t.workload("no_reads", "-shared", "-fPIC")
    r = imported(t, MATH, "begin { print(add(1, 2)); }", env={"LD_PRELOAD": lib})
    t.equal((r.out, r.status), ("", 1))
    t.found("ERROR: .*math.bpf.c.*[Cc]annot allocate memory", r.err)
