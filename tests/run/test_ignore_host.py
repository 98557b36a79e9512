# SPDX-License-Identifier: Apache-2.0
"""--ignore-host: only what happens in a PID namespace of its own."""
from harness import END, case, test

INSIDE = ("unshare", "--pid", "--fork", "cat", "/etc/shells")


@test
def opens(t):
    """Of a data probe, a tracepoint and a raw tracepoint: what the host does is not seen."""
    t.need("unshare")
    db = t.tmp / "x.sqlite"
    p = t.trace("--ignore-host", "--db", db, "-e",
                'file:open { printf("file %s\\n", args.path); }'
                ' tracepoint:syscalls:sys_enter_openat { printf("tracepoint %s\\n", str(args.filename)); }'
                ' rawtracepoint:sys_enter /comm == "cat"/ { @raw[comm] = 1; }'
                ' begin { printf("begun\\n"); } end { printf("ended\\n"); }')
    t.run("cat", "/etc/hostname")
    t.run(*INSIDE)
    p.wait_for("file /etc/shells\n")
    p.wait_for("tracepoint /etc/shells\n")
    r = p.stop()
    t.absent("/etc/hostname", r.out, "stdout")
    t.found("^begun\n", r.out)
    t.found("ended\n", r.out)
    t.found("@raw\\[cat\\]: 1", r.out)
    t.check(t.sql(db, "select filtered from runs")[0][0] > 0, "the host's events are not in the ledger")
    t.equal(t.duetrace("--check-db", db).status, 0)


@test
def container_in_the_hosts_namespace(t):
    """What has no PID namespace of its own is told by its cgroup, as `container` is."""
    t.need("unshare")
    root, group = t.tmp / "cgroup", "duetrace-test/docker-" + "0123456789abcdef" * 4 + ".scope"
    root.mkdir()
    p = t.trace("--ignore-host", "-e", 'file:open /args.path == "/etc/shells"/ { print(container); }'
                ' file:open /args.path == "/etc/hostname"/ { print("host"); }')
    t.run("cat", "/etc/shells", "/etc/hostname")
    r = t.run("unshare", "-m", "--propagation", "private", "sh", "-c", f"""
mount -t cgroup2 none {root} || exit 77
mkdir -p '{root}/{group}'
sh -c 'echo $$ >"$1/cgroup.procs"; exec cat /etc/shells' sh '{root}/{group}'
cd {root} && rmdir -p '{group}'""")
    if r.status == 77:
        t.skip("no cgroup v2 can be mounted")
    p.wait_for("0123456789ab\n")
    t.equal(p.stop().out, "0123456789ab\n" + END)


case("ignore_host", "without-it-all-is-seen",
     'file:open /args.path == "/etc/hostname" && pid == cpid/ { printf("seen\\n"); }', "seen\n\n\n",
     run=("open", "/etc/hostname"))
case("ignore_host", "nothing-of-the-host",
     'file:open /args.path == "/etc/hostname" && pid == cpid/ { printf("seen\\n"); }', "\n\n",
     run=("open", "/etc/hostname"), flags=("--ignore-host",))
