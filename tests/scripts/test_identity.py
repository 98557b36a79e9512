# SPDX-License-Identifier: Apache-2.0
"""Who is who: cross-user, perm-widen, ctr-opens, ctr-host-path."""
import os
import shutil

from harness import test
from proof import inside, prove, python

USER = ("setpriv", "--reuid", "{0}", "--regid", "{0}", "--clear-groups")


def as_user(number, command):
    return " ".join(USER).format(number) + " " + command


@test
def cross_user(t):
    """Five reads across users, one of them by root; one's own file, a write and root's file are nothing."""
    data = t.tmp / "data"
    data.mkdir()
    data.chmod(0o777)
    for name, owner in (("a", 1001), ("b", 1002), ("root", 0)):
        (data / name).write_text("x")
        (data / name).chmod(0o666)
        os.chown(data / name, owner, owner)
    lines = [as_user(1001, f"cat {data}/b"), as_user(1002, f"cat {data}/a"), as_user(1003, f"cat {data}/a {data}/b"),
             f"cat {data}/a", as_user(1001, f"cat {data}/a"), as_user(1001, f"cat {data}/root"),
             as_user(1001, f"sh -c 'echo x >>{data}/b'"), as_user(1001, f"cat {data}/none")]
    work = ("sh", "-c", "; ".join(f"{line} >/dev/null 2>&1" for line in lines) + "; true")
    r = prove(t, "cross-user", *work)
    t.equal(inside(r.data("crossed", "path", "owner", "uid"), data),
            [(f"{data}/b", 1002, 1001), (f"{data}/a", 1001, 1002), (f"{data}/a", 1001, 1003),
             (f"{data}/b", 1002, 1003), (f"{data}/a", 1001, 0)])
    r = prove(t, "cross-user", *work, options=("--system", "--user=1001"))
    t.equal(inside(r.data("crossed", "path", "owner"), data), [(f"{data}/b", 1002), (f"{data}/root", 0)])


@test
def perm_widen(t):
    """Six forms; chmod go-r, and one that fails, are none."""
    data = t.tmp / "data"
    data.mkdir()
    (data / "f").write_text("x")
    (data / "f").chmod(0o600)
    r = prove(t, "perm-widen", *python(
        "import ctypes, os", "libc = ctypes.CDLL(None, use_errno=True)", f"os.chdir('{data}')",
        "fd = os.open('f', 0)",
        "os.chmod('f', 0o640)", "os.fchmod(fd, 0o604)", "os.chmod('f', 0o4700, dir_fd=os.open('.', 0))",
        "os.chmod('f', 0o622)", "os.chown('f', 1234, -1)", "os.chown('f', -1, 99)",
        "os.chmod('f', 0o600)", "os.chmod('f', 0o711)",
        "assert libc.chmod(b'none', 0o666) == -1"))
    path = f"{data}/f"
    t.equal(inside(r.data("widened", "path", "how", "new"), data),
            [(path, "mode", 640), (path, "mode", 604), (path, "mode", 4700), (path, "mode", 622),
             (path, "owner", 1234), (path, "owner", -1)])


@test
def perm_widen_acl(t):
    """An access control list by its extended attribute; another attribute is nothing."""
    data = t.tmp / "data"
    data.mkdir()
    (data / "f").write_text("x")
    # version 2: user::rw- user:1234:r-- group::r-- mask::r-- other::---
    acl = "0200000001000600ffffffff02000400d204000004000400ffffffff10000400ffffffff20000000ffffffff"
    r = prove(t, "perm-widen", *python(
        "import os, sys", f"f = '{data}/f'",
        "try:", f"  os.setxattr(f, 'system.posix_acl_access', bytes.fromhex('{acl}'))",
        "except OSError: print('no lists')", "try: os.setxattr(f, 'user.note', b'x')", "except OSError: pass"))
    if "no lists" in r.out:
        t.skip("this file system has no access control lists")
    t.equal(inside(r.data("widened", "path", "how"), data), [(f"{data}/f", "acl")])


@test
def ctr_opens(t):
    """Two containers open 10 and 20 files, connect once and accept once; the host's 5 are left out if asked for."""
    t.need("unshare")
    data = t.tmp / "data"
    data.mkdir()
    for i in range(20):
        (data / f"f{i}").write_text("x")
    program = t.write("work.py", "\n".join((
        "import os, socket, sys", "name, n = sys.argv[1], int(sys.argv[2])", "if name != 'host': socket.sethostname(name)",
        "open('/proc/self/comm', 'w').write('work-' + name)",
        f"fds = [os.open('{data}/f%d' % i, 0) for i in range(n)]",
        "s = socket.socket(socket.AF_UNIX); s.bind('\\0' + name + str(os.getppid())); s.listen()",
        "c = socket.socket(socket.AF_UNIX); c.connect(s.getsockname()); s.accept()",
        "open('/proc/self/comm', 'w').write('done')", "os._exit(0)")))
    box = "unshare --pid --fork --uts python3"
    r = prove(t, "ctr-opens", "sh", "-c", f"{box} {program} one 10; {box} {program} two 20; python3 {program} host 5",
              flags=("--ignore-host",))
    # one more open: of the file that says the program's name
    want = {(name, call): n for name, opens in (("one", 10), ("two", 20))
            for call, n in (("open", opens + 1), ("connect", 1), ("accept", 1))}
    got = {}
    for row in r.records("call"):
        data = row["data"]
        if row["comm"].startswith("work-") and data["syscall"] != "close":
            key = data["hostname"], data["syscall"]
            got[key] = got.get(key, 0) + 1
    t.equal(got, want)


@test
def ctr_opens_columns(t):
    t.need("unshare")
    out = t.tmp / "out"
    r = t.duetrace("-q", "-o", out, "--ignore-host", "ctr-opens", "--run", "unshare", "--pid", "--fork", "--uts", "sh", "-c",
                   "echo box >/proc/sys/kernel/hostname; : </etc/hosts")
    t.equal(r.status, 0, r.err)
    lines = out.read_text().splitlines()
    t.equal(lines[0].split(), "TIME HOSTNAME PID UID GID SYSCALL COMM".split())
    t.found(r"(?m)^\d\d:\d\d:\d\d box +\d+ +0 +0 +open +sh$", "\n".join(lines))


@test
def ctr_host_path(t):
    """A folder of the host's mounted in a container: what is opened there is an alert with both paths; its own root, its own mounts, the host are none."""
    t.need("unshare", "mount", "chroot", "busybox")
    box, data = t.tmp / "box", t.tmp / "data"
    for folder in (box / "bin", box / "in", box / "own", data / "sub"):
        folder.mkdir(parents=True)
    shutil.copy(shutil.which("busybox"), box / "bin" / "busybox")
    for place in (box, data, data / "sub", t.tmp):
        (place / "f").write_text("x")
    work = ("sh", "-c", f"cat {data}/f; exec unshare -mpf --mount-proc sh -c 'mount --bind {data} {box}/in; mount -t tmpfs none {box}/own; "
            f"echo x >{box}/own/f; exec chroot {box} /bin/busybox sh -c \"busybox cat /in/f /f /own/f /in/none; echo x >>/in/sub/f; cd /in; "
            "busybox cat sub/../../f; true\"'")
    env = {"PATH": f"/bin:{os.environ['PATH']}"}
    r = prove(t, "ctr-host-path", *work, env=env)
    rows = [(row["rule"], row["severity"], row["data"]["host"], row["data"]["path"], row["data"]["writes"]) for row in r.rows if row["type"] == "alert"]
    t.equal(rows, [("host_path", "medium", f"{data}/{name}", f"{box}/in/{name}", writes) for name, writes in (("f", False), ("sub/f", True))])
    r = prove(t, "ctr-host-path", *work, options=(f"--under={data}/sub",), env=env)
    t.equal([row["data"]["host"] for row in r.rows if row["type"] == "alert"], [f"{data}/sub/f"])
