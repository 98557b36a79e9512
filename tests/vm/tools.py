# SPDX-License-Identifier: Apache-2.0
"""The tools of tests/tools beside a workload whose doings are known, on kernels that have what they need.

What stands in a line but is not known beforehand (a process, a time, a port of the kernel's choice) is
cut out of it; lines of others are left out by what the workload alone does.
"""

# tool, what is run beside it, how its output is cut, what is left
TOOLS = (
    ("vfsstat", "dd if=/etc/one of=/dev/null", "grep -oE '^@\\[vfs_(open|read|write)\\]' /tmp/o | sort -u",
     "@[vfs_open]\n@[vfs_read]\n@[vfs_write]\n"),
)


def cases():
    """(name, command, expected), as cases.py has them."""
    for tool, beside, cut, left in TOOLS:
        quoted = "'" + beside.replace("'", "'\\''") + "'"
        yield (f"tools/{tool}", f"duetrace -q -o /tmp/o /src/tools/{tool}.dt --run sh -c {quoted} >/dev/null "
               f"2>/tmp/e </dev/null; {cut}; cat /tmp/e >&2; grep ERROR /tmp/e", left)
