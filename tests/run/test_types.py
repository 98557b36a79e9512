# SPDX-License-Identifier: Apache-2.0
"""Types and memory: structs of scripts and of the kernel, pointers, arrays, casts, enums, tuples and
records, and what their values look like."""
import os
import re
import struct
import zlib

from harness import END, case, test

GROUP = "types"


def run(name, program, want, **options):
    plain = isinstance(want, str) and "@" not in want and not options.get("as_json")
    case(GROUP, name, program, want + END if plain else want, **options)


# One write(2) of the workload's: every member has a value of its own. Offsets: c 0, s 2, i 4, l 8,
# in 16, arr 24, name 36, m 44, anonymous 60, union 64, bitfields 68.
ALL = """struct in { int x; int y; };
struct bits { uint8_t a:3; uint8_t b:5; int c:20; int d:4; };
struct all { char c; short s; int i; long l; struct in in; int arr[3]; char name[8]; int m[2][2];
  struct { int anon; }; union { int u; char cc[4]; }; struct bits b; };
"""
BITS = 5 | 17 << 3 | (-7 & 0xfffff) << 8 | (-2 & 0xf) << 28
BYTES = (struct.pack("<bxhiqii3i", -1, -2, -3, -4, 5, -6, 7, 8, 9) + b"hello\0\xff\0" +
         struct.pack("<6iI", 1, 2, 3, 4, 42, 0x63, BITS))


def written(name, body, want, definitions=ALL, data=BYTES):
    """`body` runs when a child writes `data`; it finds its address in args.buf."""
    @test(name=name)
    def check(t):
        script = (t.tmp / "writer.py")
        script.write_text(f"import os\nos.write(1, bytes.fromhex('{data.hex()}'))\n")
        program = (definitions + "tracepoint:syscalls:sys_enter_write /pid == cpid && args.fd == 1/ {"
                   + body + " exit(); }")
        r = t.duetrace("-q", "-o", str((t.tmp / "out")), "-e", program, "-c", f"python3 {script}")
        t.equal(r.err, "", "stderr")
        t.equal((t.tmp / "out").read_text(), want + END if "@" not in want else want)


written("struct-members", "$p = (struct all *)args.buf; print($p->c); print($p->s); print($p->i); "
        "print($p->l); print($p->in.y); print($p->anon); print($p->u); print($p->name);",
        "-1\n-2\n-3\n-4\n-6\n42\n99\nhello\n")
written("struct-dot-is-arrow", "$p = (struct all *)args.buf; $v = *$p; "
        "print(($p.in.x, $p->in->x, $v->in.x, $v.in.x));", "(5, 5, 5, 5)\n")
written("struct-value-printed", "print(*(struct all *)args.buf);",
        "{ .c = -1, .s = -2, .i = -3, .l = -4, .in = { .x = 5, .y = -6 }, .arr = [7,8,9], "
        ".name = hello, .m = [[1,2],[3,4]], .anon = 42, .u = 99, .cc = c, "
        ".b = { .a = 5, .b = 17, .c = -7, .d = -2 } }\n")
written("struct-value-in-variable", "$v = *(struct all *)args.buf; print(($v.s, $v.in, $v.name, $v.m));",
        "(-2, { .x = 5, .y = -6 }, hello, [[1,2],[3,4]])\n")
written("struct-value-in-map", "@v = ((struct all *)args.buf)->in; @k[((struct all *)args.buf)->in] = 1; "
        "print(@v.y); @t[1, @v] = @v.x;",
        "-6\n" + END + "@k[{ .x = 5, .y = -6 }]: 1\n@t[1, { .x = 5, .y = -6 }]: 5\n"
        "@v: { .x = 5, .y = -6 }\n")
written("struct-printf", 'printf("%s|%d|%s|%5s|", ((struct all *)args.buf)->in, '
        "((struct all *)args.buf)->i, ((struct all *)args.buf)->arr, ((struct all *)args.buf)->name);",
        "{ .x = 5, .y = -6 }|-3|[7,8,9]|hello|")
written("bitfields", "$p = (struct all *)args.buf; print(($p->b.a, $p->b.b, $p->b.c, $p->b.d)); "
        "$v = $p->b; print(($v.a, $v.b, $v.c, $v.d));", "(5, 17, -7, -2)\n(5, 17, -7, -2)\n")
written("packed-members", "$p = (struct p *)args.buf; $v = *$p; print(($p->i, $p->l, $v.i, $v.l));",
        "(-2, 7, -2, 7)\n",
        "struct p { char c; int i; long l; } __attribute__((packed));\n", struct.pack("<biq", 1, -2, 7))
written("array-elements", "$p = (struct all *)args.buf; $i = 1; $v = *$p; "
        "print(($p->arr[1], $p->arr[$i], $v.arr[2], $v.arr[$i], $p->m[$i][0], $v.m[$i][$i], $v.m[$i]));",
        "(8, 8, 9, 8, 3, 4, [3,4])\n")
written("array-compared", "$p = (struct all *)args.buf; $v = *$p; "
        "print(($p->arr == $v.arr, $p->arr != $v.arr, $p->m[0] == $p->m[1]));", "(true, false, false)\n")
written("array-as-key", "@[((struct all *)args.buf)->arr] = 1;", END + "@[[7,8,9]]: 1\n")
written("char-array-compared", '$p = (struct all *)args.buf; $v = *$p; '
        'print(($p->name == "hello", $v.name == "hello", $v.name == "hell"));', "(true, true, false)\n")
written("pointer-arithmetic", "$p = (int32 *)args.buf; $q = $p + 1; $p += 4; $r = $p; $r++; "
        "print((*$q, $q[-1 + 1], *$p, *$r, *($r - 1), $q == $p));", "(-3, -3, 5, -6, 5, false)\n")
written("pointer-chain", "$p = (struct all *)args.buf; print(((struct in *)($p + 0))->x == *(int32 *)$p);",
        "true\n")
written("cast-of-memory", "print((*(uint16 *)args.buf, (uint8[2])*(uint16 *)args.buf, "
        '(string[3])(args.buf + 36), (uint32)((struct all *)args.buf)->cc[0]));',
        "(255, [255,0], he.., 99)\n")
written("union-members", "$p = (union u *)args.buf; $v = *$p; print(($p->i, $p->b, $v.b[1]));",
        "(513, [1,2], 2)\n", "union u { int i; uint8_t b[2]; };\n", struct.pack("<i", 513))
written("nested-anonymous", "$p = (struct n *)args.buf; print(($p->a, $p->b, $p->c)); print(*$p);",
        "(1, 2, 3)\n{ .a = 1, .b = 2, .c = 3 }\n",
        "struct n { int a; struct { int b; union { int c; }; }; };\n", struct.pack("<3i", 1, 2, 3))

run("sizes", """struct s { int m; char c; unsigned long n; uint8_t tail[3]; };
struct p { char a; int b; uint64_t c; } __attribute__((packed));
struct b { uint8_t a:3; uint8_t b:5; int c:20; int d:4; int e:9; };
begin { print((sizeof(struct s), sizeof(struct p), sizeof(struct b), sizeof(uint16), sizeof(int32 *),
    sizeof(uint8[5]), sizeof(pid), sizeof(size_t)));
  print((offsetof(struct s, n), offsetof(struct p, c), offsetof(struct s, tail))); }""",
    "(24, 13, 8, 2, 8, 5, 4, 8)\n(8, 5, 16)\n")
run("offsetof-path", "struct i { int a; int b; }; struct o { int x; struct i i; struct { int y; }; }; "
    "begin { print((offsetof(struct o, i.b), offsetof(struct o, y))); }", "(8, 12)\n")
run("definition-forms", """struct a { const unsigned char *p, **q; long long l; struct a *next; int (*f)(int, char *); }
union u { int a; struct { short b, c; }; };
enum { ZERO, TEN = 10, ELEVEN, };
struct z { int n[TEN + 1]; };
begin { print((sizeof(struct a), sizeof(union u), sizeof(struct z), ELEVEN)); }""", "(40, 4, 44, ELEVEN)\n")
run("define", """#define N 4
#define HALF (N / 2)
#define SUM N + 1
#define WORD "word" // a comment
begin { print((N, HALF, SUM * 2, WORD)); }""", "(4, 2, 10, word)\n")
run("ifdef", """#ifdef BPFTRACE_HAVE_BTF
#define A 1
#else
#define A 2
#endif
#ifndef A
struct broken {
#elif 0
also broken
#endif
#if defined(A) && !defined(B)
#define C 3
#endif
begin { print((A, C)); }""", "(1, 3)\n")
run("include-is-noted", "#include <linux/sched.h>\nbegin { print(1); }", "1\n")

run("enum-symbols", """enum color { RED, GREEN = 5, BLUE };
begin { print(GREEN); printf("%s %d\\n", BLUE, BLUE); print((enum color)5); print((enum color)9);
  print(GREEN + 1); @[BLUE] = RED; @x = (enum color)6; }""",
    "GREEN\nBLUE 6\nGREEN\n9\n6\n" + END + "@[BLUE]: RED\n@x: BLUE\n")
run("enum-json", """enum color { RED, GREEN = 5 };
begin { print(GREEN); @ = GREEN; printf("%s", GREEN); }""",
    '{"type": "value", "data": 5}\n{"type": "printf", "data": "GREEN"}\n'
    '{"type": "map", "data": {"@": 5}}\n', as_json=True)
run("kernel-enum", "begin { print((BPF_MAP_TYPE_ARRAY, (enum bpf_map_type)1)); }",
    "(BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_HASH)\n")
run("kernel-struct", 'begin { print(curtask->tgid == pid); print(curtask.pid == tid); '
    'print(curtask->comm == comm); print(((struct task_struct *)curtask)->real_parent->tgid > 0); '
    'print(str(curtask->mm->exe_file->f_path.dentry->d_name.name)); }',
    re.compile("true\ntrue\ntrue\ntrue\nduetrace\n\n\n"), err=re.compile("Unnecessary cast"))
run("kernel-typedef", "begin { print((sizeof(pid_t), (u8)257, (uint16_t)65537, (size_t)-1 > 0)); }",
    "(4, 1, 1, true)\n")

run("address-of-variable", 'begin { $a = (int32)-7; $p = &$a; print(*$p); $a = 9; print(*$p); '
    '$t = (1, "x"); $q = &$t; print(*$q); }', "-7\n9\n(1, x)\n")
run("cast-integers", "begin { print(((int8)255, (uint8)-1, (int16)65535, (uint32)-1, (bool)5, (bool)0, "
    "(int32)true)); }", "(-1, 255, -1, 4294967295, true, false, 1)\n")
run("cast-to-array", 'begin { print((uint8[8])12345); print((int8[])"abc"); print((uint8[4])0x01020304); '
    "$a = (uint8[4])0x01020304; $i = 3; print(($a[0], $a[$i])); }",
    "[57,48,0,0,0,0,0,0]\n[97,98,99,0]\n[4,3,2,1]\n(4, 1)\n")
run("cast-array-to-integer", "begin { print((uint32)(uint8[4])0x01020304); }", "16909060\n")
run("cast-to-string", 'begin { print((string[8])"abc"); printf("%r\\n", (buffer[2])"abc"); }', "abc\nab\n")
run("cast-typeof", "begin { $x = (uint16)3; $y = (typeof($x))65537; print($y); let $z : typeof(pid) = 5; "
    "print($z); }", "1\n5\n")
run("cast-to-pointer", "struct s { int a; }; begin { print((struct s *)16); print((uint64)(int8 *)255); }",
    "0x10\n255\n")
run("index-out-of-bounds", "begin { $a = (uint8[4])1; $i = 7; print($a[$i]); }", "0\n",
    err=re.compile("stdin:1:41-47: WARNING: Array access out of bounds"))
run("index-constant-out-of-bounds", "begin { $a = (uint8[4])1; print($a[5]); }", re.compile(""), status=1,
    err=re.compile("the index 5 is out of bounds for array of size 4"))
run("index-of-string", 'begin { print("abc"[1]); $s = "xyz"; $i = 2; print($s[$i]); }', "98\n122\n")

run("tuples", 'begin { $t = (1, ("a", 2), 3); print($t.1.0); print($t[2]); print($t); print(()); }',
    "a\n3\n(1, (a, 2), 3)\n()\n")
run("tuples-compared", 'begin { $a = (1, "x"); print(($a == (1, "x"), $a == (2, "x"), $a != (1, "y"), '
    '(1, (2, 3)) == (1, (2, 3)))); }', "(true, false, true, true)\n")
run("records", 'begin { $r = (a=1, b="x"); print($r); print($r.b); $r = (a=300, b="long"); print($r); '
    "$r = (b=\"y\", a=2); print($r.a); }",
    "{ .a = 300, .b = x }\nx\n{ .a = 300, .b = long }\n2\n".replace("300, .b = x", "1, .b = x"))
run("records-compared", 'begin { print(((a=1, b=2) == (a=1, b=2), (a=1, b=2) == (b=2, a=1), '
    '(a=1, b=2) == (a=1, b=3))); }', "(true, true, false)\n")
run("records-nested", "begin { @ = (a=(b=(1, 2), c=3), d=4); print(@.a.b.1); }",
    "2\n" + END + "@: { .a = { .b = (1, 2), .c = 3 }, .d = 4 }\n")
run("record-json", 'begin { print((a=1, b=("x", true))); }',
    '{"type": "value", "data": {"a": 1, "b": ["x",true]}}\n', as_json=True)
run("array-json", "begin { print((uint8[3])258); }", '{"type": "value", "data": [2,1,0]}\n', as_json=True)

run("block-value", "begin { $a = { $b = 2; $b * 3 }; print($a); print({ 5 }); }", "6\n5\n")
run("if-value", 'begin { $a = if pid == 0 { "none" } else if pid > 0 { "some" } else { "?" }; print($a); }',
    "some\n")
run("discard", "begin { _ = pid; _ = (1, 2); print(1); }", "1\n")
run("comptime", "begin { if comptime (sizeof(uint32) == 4) { print(1); } print(comptime (1 + 2)); }", "1\n3\n")
run("ternary-of-records", "begin { $c = pid ? (a=1, b=2) : (a=3, b=4); print($c); }",
    "{ .a = 1, .b = 2 }\n")
run("typedefs", """typedef struct { int a; char b[4]; } foo_t;
typedef unsigned int number, *numbers;
struct s { number a; foo_t f; numbers p; };
begin { print((sizeof(foo_t), sizeof(struct s), sizeof(number), sizeof(numbers), (number)-1));
  $x = (foo_t *)curtask; print($x->a == *(int32 *)$x); }""", "(8, 24, 4, 8, 4294967295)\ntrue\n")
run("pointers-in-maps", "begin { @p = curtask; print(@p->pid == tid); @q[1] = curtask; "
    "for ($kv : @q) { print($kv.1->tgid == pid); } delete(@p); delete(@q, 1); }", "true\ntrue\n")
run("array-of-structs", """struct foo { int x; };
struct bar { struct foo f[2]; };
begin { $b = (struct bar *)curtask; $v = *$b; $i = 1;
  print(($b->f[$i].x == ((int32 *)curtask)[1], $v.f[1].x == $b->f[1].x, $v.f[$i].x == $v.f[1].x)); }""",
    "(true, true, true)\n")

run("enumerators-of-enumerators", "enum { A = 1 << 3, B = A | 1, C = -1, D }; begin { "
    'printf("%d %d %d %d\\n", A, B, C, D); }', "8 9 -1 0\n")
run("floats-are-null", """struct f { bool b; uint8_t :0; unsigned :3; unsigned z:2; double d; float f[2]; };
begin { print(sizeof(struct f)); print(*(struct f *)0); }""",
    "24\n{ .b = false, .z = 0, .d = null, .f = [null,null] }\n")


@test
def test_include_of_a_header(t):
    """#include "file": beside the script, once, with what it includes; system headers are only noted."""
    (t.tmp / "my.h").write_text('#ifndef MY_H\n#define MY_H\n#include "other.h"\n#define SEVEN 7\n'
                                "struct mine { int a; int b; };\n#endif\n")
    (t.tmp / "other.h").write_text("#pragma once\n#define EIGHT (SEVEN + 1)\nenum e { FOUR = 4 };\n")
    (t.tmp / "a.dt").write_text('#include "my.h"\n#include <linux/sched.h>\n#include "linux/fs.h"\n'
                                '#include "my.h"\n'
                                "begin { print((SEVEN, EIGHT, FOUR, sizeof(struct mine))); }\n")
    r = t.duetrace("-q", str(t.tmp / "a.dt"))
    t.equal((r.out, r.err, r.status), ("(7, 8, FOUR, 8)\n" + END, "", 0))
run("opaque-types", "begin { let $a : inet = ntop(0x0100007f); let $b : username_t = username; "
    "let $c : macaddr_t; $c = macaddr(curtask); print($a); print($b == username); print($c == macaddr(curtask)); "
    "let $d : timestamp = strftime(\"%Y\", 0); print(sizeof($a)); }", "127.0.0.1\ntrue\ntrue\n20\n")
run("opaque-compared", "begin { print((ntop(1) == ntop(1), ntop(1) != ntop(2), strerror(2) == strerror(2), "
    "signal_name(9) == signal_name(8))); @ip[ntop(7)] = 1; for ($kv : @ip) { print($kv.0 == ntop(7)); } clear(@ip); }",
    "(true, true, true, false)\ntrue\n")
run("container_of", "struct in { int a; int b; } struct out { int x; struct in in; } begin { "
    "print((uint64)container_of((int32 *)100, struct out, in.b)); print((uint64)container_of((struct in *)100, struct out, in)); "
    "$first = curtask.tasks.next; $next = container_of($first, struct task_struct, tasks); "
    "print((uint64)$next + offsetof(struct task_struct, tasks) == (uint64)$first); }", "92\n96\ntrue\n")
run("kfunc_exist", 'begin { print(kfunc_exist("bpf_task_from_pid")); '
    'if comptime (kfunc_exist("no_such_function")) { print(1); } else { print(2); } }', "true\n2\n")
