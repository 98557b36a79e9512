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
