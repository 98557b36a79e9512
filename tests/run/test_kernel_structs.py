# SPDX-License-Identifier: Apache-2.0
"""Images that meet another kernel: they say which one they were made on, and where it is another, each
member of the kernel's structs is looked up by its name. tests/vm runs such images on other kernels;
here the image is made to believe that the running kernel is another one."""
import struct
import zlib

from harness import END, test

WALK = """begin {
  print((curtask.tgid == pid, curtask.pid == tid, curtask.comm == comm));
  print(curtask.real_parent.tgid == ppid);
  print((curtask.comm[0], str(curtask.mm.exe_file.f_path.dentry.d_name.name)));
  print((curtask.cred.uid.val == uid, curtask.mm.arg_start < curtask.mm.arg_end));
  $c = curtask.comm; print($c == comm);
  print((uint64)(curtask + 1) == (uint64)curtask + sizeof(struct task_struct));
  print(*(int32 *)((uint64)curtask + offsetof(struct task_struct, tgid)) == pid);
  $fs = *curtask.fs; print($fs.users);
}"""
WANT = "(true, true, true)\ntrue\n(100, {})\n(true, true)\ntrue\ntrue\ntrue\n1\n" + END


def build_id():
    """As `readelf -n` would read it: name size, value size, type, "GNU", 20 bytes."""
    notes = open("/sys/kernel/notes", "rb").read()
    at = notes.index(struct.pack("<III", 4, 20, 3) + b"GNU\0") + 16
    return notes[at:at + 20].hex().encode()


def make(t, program, *changes):
    out = t.tmp / "x.o"
    r = t.duetrace("--emit", "image", "-o", out, "-e", program)
    t.equal((r.out, r.err, r.status), ("", "", 0))
    data = out.read_bytes()
    for old, new in changes:
        t.check(b"\0" + old + b"\0" in data, f"no {old}")
        data = data.replace(b"\0" + old + b"\0", b"\0" + new + b"\0")
    data = bytearray(data)
    crc = data.index(b"DTIM") + 8
    data[crc:crc + 4] = bytes(4)
    data[crc:crc + 4] = struct.pack("<I", zlib.crc32(data))
    out.write_bytes(data)
    return out


@test
def members_on_this_kernel(t):
    r = t.run(t.runner, "-q", make(t, WALK))
    t.equal((r.out, r.err, r.status), (WANT.format("duetrace-run"), "", 0))


@test
def members_on_another(t):
    """The same numbers, from the BTF."""
    out = make(t, WALK, (build_id(), b"f" * 40))
    r = t.run(t.runner, "-q", out)
    t.equal((r.out, r.err, r.status), (WANT.format("duetrace-run"), "", 0))
    r = t.duetrace("-q", out)
    t.equal((r.out, r.err, r.status), (WANT.format("duetrace"), "", 0))


@test
def a_script_that_runs_at_once_has_fixed_offsets(t):
    """No relocation is paid for where none is needed."""
    t.check(b".rodata.kernel" in make(t, WALK).read_bytes(), "an image has no members")
    t.absent(".rodata.kernel", make(t, "begin { print(pid); }").read_bytes().decode("latin1"))
    r = t.duetrace("-q", "-e", WALK)
    t.equal((r.out, r.err, r.status), (WANT.format("duetrace"), "", 0))


# include/linux/pid.h; BPF_MAP_TYPE_RINGBUF is 27 for all time (include/uapi/linux/bpf.h).
ENUMERATORS = """begin {
  print((int64)PIDTYPE_PGID); print(PIDTYPE_PGID == 2); print(BPF_MAP_TYPE_RINGBUF + 1);
  @[BPF_MAP_TYPE_RINGBUF == 27] = count();
}"""


@test
def enumerators_are_the_running_kernels(t):
    r = t.duetrace("-q", "-e", ENUMERATORS)
    t.equal((r.err, r.status), ("", 0))
    here = r.out
    t.check(here.startswith("2\ntrue\n28\n"), here)
    for changes in ((), ((build_id(), b"f" * 40),)):
        r = t.run(t.runner, "-q", make(t, ENUMERATORS, *changes))
        t.equal((r.out, r.err, r.status), (here, "", 0))


@test
def an_enumerator_is_looked_up_by_name(t):
    """As if the enumerator's name had been that of the one before it, which is 1."""
    out = make(t, ENUMERATORS, (build_id(), b"f" * 40), (b"PIDTYPE_PGID", b"PIDTYPE_TGID"))
    r = t.run(t.runner, "-q", out)
    t.check(r.out.startswith("1\nfalse\n28\n"), r.out)


def refused(t, program, line, why, *changes):
    r = t.run(t.runner, "-q", make(t, program, (build_id(), b"f" * 40), *changes))
    t.equal((r.out, r.err, r.status), (
        "", f"ERROR: stdin:{line}: the running kernel is not the one that the image was made on: {why}\n",
        1))


@test
def an_enumerator_that_is_not_there(t):
    refused(t, "begin {\n  print(PIDTYPE_PGID + 1);\n}", 2, "no enum of it has PIDTYPE_XGID",
            (b"PIDTYPE_PGID", b"PIDTYPE_XGID"))


@test
def a_member_that_is_not_there(t):
    refused(t, "begin {\n  print(curtask.real_parent);\n}", 2,
            "its struct task_struct has no member real_parxnt", (b"real_parent", b"real_parxnt"))
    refused(t, "begin { print(curtask.cred.uid.val); }", 1,
            "its struct cred has no member uid.vxl", (b"uid.val", b"uid.vxl"))


@test
def a_struct_that_is_not_there(t):
    refused(t, "begin { print(1);\n  print(sizeof(struct mm_struct)); }", 2,
            "it has no struct mm_strxct", (b"mm_struct", b"mm_strxct"))


@test
def a_member_of_another_type(t):
    refused(t, "begin { print(curtask.pid); }", 1,
            "the member mm of its struct task_struct is of another type", (b"pid", b"mm\0"))


@test
def a_struct_of_another_layout(t):
    refused(t, "begin {\n  print(*curtask.fs); }", 2,
            "its struct fs_struct has another layout, and the script copies it whole",
            (b"umask", b"umxsk"))


@test
def a_struct_without_a_name(t):
    refused(t, "begin { $u = curtask.cred.uid;\n\n print(((kuid_t *)curtask)->val); }", 3,
            "an unnamed struct cannot be found there: name the way to it in one expression")
