# SPDX-License-Identifier: Apache-2.0
"""The tools that people copy, each beside a workload whose doings are known, on kernels that have
what they need: those of Debian's bpftrace package as they are (COPIED), and those of tests/tools that
the language of today wants written otherwise (OURS).

What stands in a line but is not known beforehand (a process, a time) is cut out of it; lines of others
are left out by what the workload alone has: its comm, a port, a disk.
"""
import glob
import os
import re
import shutil
import subprocess

FOLDER = "/usr/sbin"
IGNORE = "DUETRACE_MISSING_PROBES=ignore"
# Headers that the tools include for their macros.
HEADERS = ("sys/socket.h",)
# Bashreadline looks at a program of the distribution, xfsdist needs a file system.
PROGRAMS = ("/bin/bash", "/sbin/mkfs.xfs")

SEQUENCE = "tr -s ' ' | sed 's/ *$//'"


def without(columns):
    """A cut of the first columns."""
    return f"{SEQUENCE} | sed 's/^ *//' | cut -d' ' -f{columns + 1}-"


def mine(name, columns):
    """The rows in which `name` stands, but for the first columns."""
    return f"grep -w '{name}' /tmp/o | {without(columns)}"


def on_disk(number, writes):
    """Blocks written to a disk of the case's own, each a request of 4 KiB."""
    return (f"losetup /dev/loop{number} /etc/disk; busybox-disk dd if=/dev/zero of=/dev/loop{number} bs=4096 "
            f"count={writes} oflag=direct; losetup -d /dev/loop{number}")


OOM = ("echo +memory >/sys/fs/cgroup/cgroup.subtree_control; mkdir /sys/fs/cgroup/oom; "
       "echo 16777216 >/sys/fs/cgroup/oom/memory.max; "
       "sh -c 'echo $$ >/sys/fs/cgroup/oom/cgroup.procs; exec /tests/snooped memory'")

# tool, environment, what is run beside it, how its output is cut, what is left
COPIED = (
    ("bashreadline", "", "echo 'true one two' | bash --norc --noprofile -i", mine("true", 2), "true one two\n"),
    ("capable", "", "busybox-cap mknod /tmp/node c 1 3", mine("CAP_MKNOD", 3), "busybox-cap 27 CAP_MKNOD 0\n"),
    ("execsnoop", "", 'busybox-exec echo one "two three"', "grep -E '^[0-9]+ +[0-9]+ +busybox-exec' /tmp/o | " + without(2),
     "busybox-exec echo one two three\n"),
    ("gethostlatency", "", "/tests/lookup", mine("lookup", 4), "127.0.0.1\n127.0.0.2\n127.0.0.3\n"),
    ("killsnoop", "", "busybox-kill sh -c 'kill -0 $$; kill -CONT $$; kill -9 4194000'",
     mine("busybox-kill", 2) + " | sed -E 's/ [0-9]{1,6} 0$/ self 0/'",
     "busybox-kill 0 self 0\nbusybox-kill 18 self 0\nbusybox-kill 9 4194000 -3\n"),
    ("naptime", "", "/tests/snooped naps", mine("snooped", 4), "snooped 0.050\n"),
    ("oomkill", "", OOM, "grep snooped /tmp/o | sed -E 's/^[0-9:]* //; s/PID [0-9]+/PID/g; s/: [0-9. /]*$//'",
     'Triggered by PID ("snooped"), OOM kill of PID ("snooped"), 4096 pages, loadavg\n'),
    ("opensnoop", "", "busybox-open cat /etc/one /nosuch", mine("busybox-open", 1),
     "busybox-open 3 0 /etc/one\nbusybox-open -1 2 /nosuch\n"),
    ("setuids", "", "/tests/snooped users", mine("snooped", 2),
     "snooped 0 setuid uid=0 (0)\nsnooped 0 setfsuid uid=0 (prevuid=0)\nsnooped 0 setresuid ruid=-1 euid=-1 suid=0 (0)\n"),
    ("statsnoop", "", "/tests/snooped stats", mine("snooped", 1),
     "snooped 0 /etc/one\n" * 4 + "snooped 2 /nosuch\n"),
    ("syncsnoop", "", "/tests/snooped syncs", mine("snooped", 2),
     "snooped tracepoint:syscalls:sys_enter_fsync\n" * 3 + "snooped tracepoint:syscalls:sys_enter_fdatasync\n"),
    # 124 is getsid
    ("syscount", "", "/tests/snooped calls", "grep -F '[124]' /tmp/o", "@syscall[124]: 20000\n"),
    ("tcpaccept", "", "/tests/snooped tcp 7011", mine("7011", 2),
     "snooped 127.0.0.1 8011 127.0.0.1 7011 0/11\n"),
    # the client has closed first, so what it was is known before the end of the server
    ("tcplife", "", "/tests/snooped tcp 7012; sleep 0.2", "grep -w 7012 /tmp/o | sort -k 4 | " + without(1) +
     " | cut -d' ' -f1-7", "snooped 127.0.0.1 7012 127.0.0.1 8012 100 10\nsnooped 127.0.0.1 8012 127.0.0.1 7012 10 100\n"),
    ("tcpretrans", "", "/tests/snooped drops 7013", mine("SYN_SENT", 2),
     "127.0.0.1:8014 127.0.0.1:7013 SYN_SENT\n"),
    ("tcpsynbl", "", "/tests/snooped tcp 7014", r"grep -A1 -F '@backlog[14]' /tmp/o | " + SEQUENCE + " | cut -d'|' -f1",
     "@backlog[14]:\n[0] 1 \n"),
    ("undump", "", "/tests/snooped unix", mine("snooped", 1) + " | sed -E 's/^snooped [0-9]+/snooped/'",
     "snooped 12 hello there\\x0a\n"),
    ("vfscount", IGNORE, "dd if=/etc/one of=/dev/null", "grep -oE '^@\\[vfs_(open|read|write)\\]' /tmp/o | sort",
     "@[vfs_open]\n@[vfs_read]\n@[vfs_write]\n"),
    ("vfsstat", "", "dd if=/etc/one of=/dev/null; sleep 1.2",
     "grep -oE '^@\\[vfs_(open|read|write)\\]' /tmp/o | sort -u", "@[vfs_open]\n@[vfs_read]\n@[vfs_write]\n"),
    ("loads", "", "sleep 1.2", "grep -oE 'load averages: [0-9]+\\.[0-9]{3} [0-9]+\\.[0-9]{3} [0-9]+\\.[0-9]{3}$' "
     "/tmp/o | head -n 1 | sed 's/[0-9]//g'", "load averages: . . .\n"),
    ("pidpersec", "", "for i in 1 2 3 4 5 6 7 8; do busybox true; done; sleep 1.2",
     "grep -c PIDs/sec /tmp/o | sed 's/[1-9]/some/'", "some\n"),
    ("cpuwalk", "", "/tests/snooped turns", "grep -A1 @cpu: /tmp/o | grep -o '^\\[0\\]'", "[0]\n"),
    ("runqlen", "", "/tests/snooped turns", "grep -oE '^\\[[01]\\]' /tmp/o", "[0]\n[1]\n"),
    ("bitesize", "", on_disk(0, 16), "grep -A1 '@.[kb]' /tmp/o | awk '/4K, 8K/ { n += $3 } END { print n }'", "16\n"),
    ("dcsnoop", IGNORE, "busybox-dc mkdir /tmp/new-name", mine("new-name", 2),
     "busybox-dc R tmp/new-name\nbusybox-dc M new-name\n"),
    ("xfsdist", ". /src/xfs.sh;", "dd if=/etc/one of=/tmp/xfs/file conv=fsync; dd if=/tmp/xfs/file of=/dev/null",
     "grep -oE '^@us\\[[a-z_]*\\]' /tmp/o | sort",
     "@us[xfs_file_fsync]\n@us[xfs_file_open]\n@us[xfs_file_read_iter]\n@us[xfs_file_write_iter]\n"),
    ("writeback", "", "sync", "head -n 1 /tmp/o", "Tracing writeback... Hit Ctrl-C to end.\n"),
)
OURS = (
    ("vfsstat", "", "dd if=/etc/one of=/dev/null", "grep -oE '^@\\[vfs_(open|read|write)\\]' /tmp/o | sort -u",
     "@[vfs_open]\n@[vfs_read]\n@[vfs_write]\n"),
    ("tcpconnect", "", "/tests/snooped tcp 7021", mine("7021", 2), "snooped 127.0.0.1 8021 127.0.0.1 7021\n"),
    ("bashreadline", "", "echo 'true one two' | bash --norc --noprofile -i", mine("true", 2), "true one two\n"),
    ("gethostlatency", "", "/tests/lookup", mine("lookup", 4), "127.0.0.1\n127.0.0.2\n127.0.0.3\n"),
    ("naptime", "", "/tests/snooped naps", mine("snooped", 4), "snooped 0.050\n"),
    ("setuids", "", "/tests/snooped users", mine("snooped", 2),
     "snooped 0 setuid uid=0 (0)\nsnooped 0 setfsuid uid=0 (prevuid=0)\nsnooped 0 setresuid ruid=-1 euid=-1 suid=0 (0)\n"),
    ("tcpaccept", "", "/tests/snooped tcp 7031", mine("7031", 1), "127.0.0.1 8031 127.0.0.1 7031\n"),
    ("tcplife", "", "/tests/snooped tcp 7032; sleep 0.2", "grep -w 7032 /tmp/o | sort -k 4 | " + without(1) +
     " | cut -d' ' -f1-7", "snooped 127.0.0.1 7032 127.0.0.1 8032 100 10\nsnooped 127.0.0.1 8032 127.0.0.1 7032 10 100\n"),
    ("tcpretrans", "", "/tests/snooped drops 7033", mine("SYN_SENT", 2),
     "127.0.0.1:8034 127.0.0.1:7033 SYN_SENT\n"),
    ("biolatency", "", on_disk(6, 16), "grep -c '^\\[.*@' /tmp/o | sed 's/[1-9].*/some/'", "some\n"),
    ("runqlat", "", "/tests/snooped turns", "grep -cE '^\\[(512|1K|2K|4K|8K|16K),' /tmp/o | sed 's/[1-9].*/some/'",
     "some\n"),
)
# What these need is not in Debian's kernels for virtual machines, or not there any more.
REFUSED = (
    ("biolatency", "No matches for kprobe blk_account_io_start."),
    ("biosnoop", "No matches for kprobe blk_account_io_start."),
    ("biostacks", "No matches for kprobe blk_account_io_start."),
    ("mdflush", "No matches for kprobe md_flush_request."),
)


def add_files(root):
    """Into the machine's files: the tools, and programs, libraries and headers that they look at."""
    os.makedirs(os.path.join(root, "src/copied"))
    for path in glob.glob(FOLDER + "/*.bt"):
        shutil.copy(path, os.path.join(root, "src/copied"))
    for name in ("cap", "dc", "disk", "exec", "kill", "open"):
        os.symlink("busybox", os.path.join(root, "bin", "busybox-" + name))
    for path in PROGRAMS:
        shutil.copy(path, os.path.join(root, "bin"))
        for library in re.findall(r"(/\S+) \(0x", subprocess.run(["ldd", path], capture_output=True, text=True,
                                                                 check=True).stdout):
            os.makedirs(os.path.dirname(root + library), exist_ok=True)
            shutil.copy(library, root + library)
    text = "".join(f"#include <{name}>\n" for name in HEADERS)
    named = subprocess.run(["gcc", "-M", "-x", "c", "-"], input=text, capture_output=True, text=True, check=True)
    for path in set(re.findall(r"(/usr/include/\S+)", named.stdout)):
        os.makedirs(os.path.dirname(root + path), exist_ok=True)
        shutil.copy(path, root + path)
    # where a library is found by its name
    subprocess.run(["/sbin/ldconfig", "-r", root], stderr=subprocess.DEVNULL, check=True)


def case(title, path, environment, beside, cut, left):
    quoted = "'" + beside.replace("'", "'\\''") + "'"
    return (title, f"{environment} duetrace -q -o /tmp/o {path} --run sh -c {quoted} >/tmp/p 2>/tmp/e </dev/null; "
            f"{cut}; cat /tmp/e >&2; tail -n 20 /tmp/o >&2; grep ERROR /tmp/e", left)


def cases():
    """(name, command, expected), as cases.py has them."""
    if os.path.exists(FOLDER + "/opensnoop.bt"):
        for tool, *row in COPIED:
            yield case("copied/" + tool, f"/src/copied/{tool}.bt", *row)
        for tool, said in REFUSED:
            yield ("copied/" + tool, f"duetrace -q /src/copied/{tool}.bt 2>&1 >/dev/null | "
                   f"sed 's/kprobe __/kprobe /' | grep -oF '{said}' | head -n 1",
                   said + "\n")
    for tool, *row in OURS:
        yield case("tools/" + tool, f"/src/tools/{tool}.dt", *row)
