# SPDX-License-Identifier: Apache-2.0
"""Rows of the reference that need a test of their own kind: flags of allocations, types in `let`,
addresses, what is asked of the kernel, what is not offered."""
import pathlib
import re
import socket
import sys

from harness import END, case, test


def says(name, body, want, maps="", **options):
    case("spec", name, "begin { " + body + " }", want + END + maps, **options)


# Bits 6, 7, 10 and 11 have been GFP_KERNEL since Linux 4.4; 8 has been __GFP_ZERO as of 4.19, with
# another bit before: include/linux/gfp_types.h.
says("gfp-flags", r'printf("%gr %gr %gr %gr\n", 0xcc0, 0xdc0, 0, 0x80000000);',
     "GFP_KERNEL GFP_KERNEL|__GFP_ZERO none 0x80000000\n")
says("gfp-flags-in-a-field", r'printf("[%14gr][%-14gr]\n", 0xcc0, 0xcc0);',
     "[    GFP_KERNEL][GFP_KERNEL    ]\n")
case("spec", "gfp-flags-json", r'begin { printf("%gr\n", 0xcc0); }',
     '{"type": "printf", "data": "GFP_KERNEL\\n"}\n', flags=["-f", "json"])


@test
def gfp_flags_as_the_kernel_prints_them(t):
    """Each name of the kernel's own list, by the bit that its enum in BTF gives it."""
    btf = t.run("bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux").out
    bits = {name: int(bit) for name, bit in re.findall(r"'___(GFP_\w+)_BIT' val=(\d+)", btf)}
    if len(bits) < 10:
        t.skip("this kernel's BTF does not have the bits")
    names = [n for n in ("GFP_IO", "GFP_FS", "GFP_ZERO", "GFP_NOWARN", "GFP_COMP") if n in bits]
    r = t.duetrace("-q", "-e", "begin { " + " ".join(
        f'printf("%gr\\n", {1 << bits[name]});' for name in names) + " }")
    t.equal(r.out, "".join(f"__{name}\n" for name in names) + END)


says("let-of-tuple-type", 'let $x : (int64, string[16]) = (1, "a"); print($x); print(sizeof($x));'
     ' $x = (-2, "longer"); print($x);', "(1, a)\n24\n(-2, longer)\n")
says("let-of-nested-tuple-type", 'let $x : (uint8, (typeof(pid), bool),) = (1, (2, true)); print($x);',
     "(1, (2, true))\n")
case("spec", "tuple-type-of-a-parameter", "fn add($t : (int64, int64)) : int64 { return $t.0 + $t.1; } "
     "begin { print(add((3, 4))); }", "7\n" + END)

says("address-of-map", "@m[(uint64)1] = 2; $p = &@m; print(($p.max_entries, $p.key_size, &@m == $p));",
     "(4096, 8, true)\n", "@m[1]: 2\n")
says("address-of-variable", "$v = 5; $p = &$v; print(*$p); $v = 6; print(*$p);", "5\n6\n")

# The kernel's BPF_CALL list: bpf_rcu_read_lock() is for all, bpf_xdp_metadata_rx_hash() for XDP only.
says("kfunc-allowed", 'print((kfunc_allowed("bpf_rcu_read_lock"), kfunc_allowed("bpf_xdp_metadata_rx_hash"),'
     ' kfunc_allowed("no_such_function")));', "(true, false, false)\n")
says("kfunc-allowed-comptime", 'if comptime (kfunc_allowed("no_such_function")) { fail("there is"); }'
     ' print(1);', "1\n")


@test
def socket_cookie(t):
    """The kernel says the same number to the socket's owner, by SO_COOKIE."""
    code = ("import socket\ns = socket.socket()\ns.bind(('127.0.0.1', 0))\ns.listen()\n"
            "print(int.from_bytes(s.getsockopt(socket.SOL_SOCKET, 57, 8), 'little'), flush=True)\n")
    out = t.tmp / "cookie"
    r = t.duetrace("-q", "-o", out, "-e", "rawtracepoint:inet_sock_set_state /pid == cpid/ "
                   "{ @cookie = socket_cookie(args.sk); }", "--run", sys.executable, "-c", code)
    t.equal(pathlib.Path(out).read_text(), END + f"@cookie: {r.out}")


@test
def write_user(t):
    """Where the kernel lets it, echo prints what was put into its buffer."""
    r = t.duetrace("-q", "-o", "/dev/null", "--unsafe", "-e",
                   "tracepoint:syscalls:sys_enter_write /pid == cpid && args.fd == 1/ "
                   '{ $x = write_user(args.buf, "XY", 2); $y = write_user(args.buf + 2, (uint8)90); }',
                   "--run", "/bin/echo", "hello")
    if "cannot use helper" in r.err:
        t.skip("this kernel does not let programs write to processes")
    t.equal(r.out, "XYZlo\n")


# The functions of the script: `return` inside loops.
case("spec", "return-in-a-range", "fn f($a : int64) : int64 { for ($i : 0..5) { if ($i == $a) "
    "{ return $i * 10; } } return 1; } begin { print((f(3), f(9))); }", "(30, 1)\n" + END)
# $n: 100 for each $i, and 1 for each $j: 5 of them unless it returns. 3 is 1 * 3: 105 + 100 + 4;
# 9 is 3 * 3: 315 + 100 + 4.
case("spec", "return-in-loops-in-loops", """fn f($a : int64) : int64 {
  $n = 0;
  for ($i : 0..5) {
    $n += 100;
    for ($j : 0..100) {
      $n++;
      if ($i * $j == $a) { return $n; }
      if ($j > 3) { break; }
    }
  }
  if ($a == 77) { for ($i : 0..3) { if ($i == 2) { return 5; } } }
  for ($k : 0..200) { if ($k == $a) { return $k + 5000; } }
  return 1;
}
begin { print((f(3), f(9), f(77), f(150), f(201))); }""", "(209, 419, 5, 5150, 1)\n" + END)
case("spec", "return-in-a-walk-of-a-map", "fn f($a : int64) : void { @c[$a] = 0; for ($kv : @m) "
     "{ if ($kv.0 == $a) { return; } @c[$a]++; } @after[$a] = 1; } begin { @m[5] = 1; f(5); f(6); }",
     END + "@after[6]: 1\n@c[5]: 0\n@c[6]: 1\n@m[5]: 1\n")
case("spec", "return-in-a-block-and-in-while", """fn f($a : int64) : string[8] {
  print($a);
  { if ($a == 1) { return "one"; } }
  while ($a > 0) { $a--; if ($a == 3) { return "three"; } }
  return "none";
}
begin { print(f(1)); print(f(5)); print(f(2)); }""", "1\none\n5\nthree\n2\nnone\n" + END,
     flags=["--no-warnings"])

# What is not compiled need not make sense.
says("dead-comptime-names", 'if comptime (kfunc_exist("no_such_function")) { no_such_function($x); @n = args.y; }'
     ' else { let $z = 4; print($z); } print(comptime is_str(comm) ? 5 : no_such_name);'
     ' if comptime (false) { let $z = 3; nothing(); } print(1);', "4\n5\n1\n")


@test
def step_of_a_missing_key(t):
    """With -k, as bpftrace's own tests have it: @x[1]++ looks the key up."""
    r = t.duetrace("-q", "-k", "-e", "begin { @y[1]++; @y[1]++; @z[2] += 3; }")
    places = re.findall(r"(?m)^stdin:(\S+): WARNING: Can't lookup map element because it does not exist\.$"
                        r"\nAdditional Info - helper: map_lookup_elem, retcode: 0$", r.err)
    t.equal(places, ["1:9-14", "1:27-32"])
    t.equal(r.out, END + "@y[1]: 2\n@z[2]: 3\n")
    t.equal(t.duetrace("-q", "-e", "begin { @y[1]++; }").err, "")


@test
def cpid_without_a_command(t):
    r = t.duetrace("-q", "-e", "begin { print(cpid); }")
    t.equal((r.out, r.status), ("0\n" + END, 0))
    t.equal(r.err, "stdin:1:15-19: WARNING: cpid is 0: no command is started, by -c or --run\n"
            "begin { print(cpid); }\n              ~~~~\n")
    t.equal(t.duetrace("-q", "-e", "begin { if (has_cpid) { print(cpid); } }").err, "")
    t.equal(t.duetrace("-q", "-e", "begin { print(cpid > 0); }", "--run", "true").err, "")


@test
def options_of_bpftrace(t):
    """Those that change nothing here are taken; those that would are refused."""
    for words in (["--traceable-functions", "x"], ["--debuginfo", "x"], ["--no-feature", "kprobe_multi"],
                  ["--verify-llvm-ir"], ["--mode", "codegen"]):
        r = t.duetrace("-q", *words, "-e", "begin { print(1); }")
        t.equal((r.out, r.err, r.status), ("1\n" + END, "", 0), words[0])
    for words, why in ((["--dwarf-pid", "1"], "--dwarf-pid is not supported: stacks are not unwound by DWARF"),
                       (["--mode", "compiler_bench"], "--mode compiler_bench is not supported, only codegen and format")):
        r = t.duetrace("-q", *words, "-e", "begin { print(1); }")
        t.equal((r.out, r.err.split("\n")[0], r.status), ("", "ERROR: " + why, 1), words[0])
    image = t.tmp / "made.o"
    t.equal(t.duetrace("--aot", image, "-e", "begin { print(7); }").status, 0)
    t.equal(t.duetrace("-q", image).out, "7\n" + END)


@test
def settings_of_what_is_not_here(t):
    """They are taken, with the values that bpftrace has for them and no others."""
    for key in ("unstable_dw_ustack", "unstable_import_statement"):
        for value in ("enable", "warn", "error"):
            r = t.duetrace("-q", "-e", f"config = {{ {key} = {value} }} begin {{ print(1); }}")
            t.equal((r.out, r.err, r.status), ("1\n" + END, "", 0), key)
        r = t.duetrace("-q", "-e", f"config = {{ {key} = 5 }} begin {{ print(1); }}")
        t.equal((r.out, r.status), ("", 1), key)
        t.found(r"ERROR: ", r.err)


# A literal beyond INT64_MAX is unsigned, and so is what is worked out of it.
says("unsigned-literal-in-a-variable",
     "$x = 0xffffffffffffffff; print(($x / 2, $x % 10, $x >> 4, $x + 1, $x | 1, $x * 1, $x > 5));",
     "(9223372036854775807, 5, 1152921504606846975, 0, 18446744073709551615, 18446744073709551615, true)\n")
# bpftrace's buckets are of signed numbers, whatever the type of the value.
says("buckets-of-huge-values", "@h = hist((uint64)-1); @l = lhist(0xffffffffffffffff, 0, 10, 1);", "",
     "".join(f"@{name}:\n(..., 0)               1 |{'@' * 52}|\n\n" for name in "hl"))
# The text of a string ends at its NUL, wherever it comes from; a format has all its bytes.
says("strings-end-at-nul", r'$s = "a\0b"; printf("%s|%s|\0|\n", "a\0b", $s); print("a\0b"); print($s);'
     r' print(("a\0b", 1)); @["a\0b"] = 1;', "a|a|\0|\na\na\n(a, 1)\n", "@[a]: 1\n")
says("numbers-given-with-underscores", "print(($1, $2, $3));", "(1000, 255, 1000)\n",
     params=["1_000", "0xf_f", "1e3"])
case("spec", "named-blocks", "first=begin { print(probe); } _2nd=begin,end /pid/ { print(probe); }",
     "begin\nbegin\n" + "end\n" + END)
case("spec", "macro-does-not-see-the-caller", "macro f(x) { $y + x } begin { $y = 1; print((f(1), $y)); }", "",
     status=1, err="""stdin:1:14-16: ERROR: Undefined or undeclared variable: $y
macro f(x) { $y + x } begin { $y = 1; print((f(1), $y)); }
             ~~
stdin:1:46-50: ERROR: expanded from
macro f(x) { $y + x } begin { $y = 1; print((f(1), $y)); }
                                             ~~~~
""")


@test
def args_as_a_whole(t):
    """All members in their order: what the kernel's format says, and what the fields say one by one."""
    program = ("rawtracepoint:sched_process_exec /pid == cpid/ { print(args.old_pid); } "
               "tracepoint:sched:sched_process_exec /pid == cpid/ "
               '{ print(args); printf("%s\\n", args()); print((args.filename, args.pid, args.old_pid)); }')
    r = t.duetrace("-q", "-e", program, "--run", "/bin/true")
    t.equal((r.err, r.status), ("", 0))
    pid = r.out.split("\n")[0] if r.out[0].isdigit() else re.search(r"\d+", r.out).group()
    record = f"{{ .filename = /bin/true, .pid = {pid}, .old_pid = {pid} }}\n"
    t.equal(sorted(r.out.splitlines(True)), sorted(
        [record, record, f"(/bin/true, {pid}, {pid})\n", f"{pid}\n", "\n", "\n"]))
    r = t.duetrace("-q", "-f", "json", "-e", "tracepoint:syscalls:sys_enter_dup2 /pid == cpid/ { print(args); }",
                   "--run", sys.executable, "-c", "import os; os.dup2(1, 77)")
    t.found(r'^{"type": "value", "data": {"__syscall_nr": 33, "oldfd": 1, "newfd": 77}}$', r.out)
