# SPDX-License-Identifier: Apache-2.0
"""Where data goes: open-labelled, bulk-read, copy-chain, tmp-stage, fd-pass, proc-peek, secrets, db-file, media-write."""
import os
import sys

from harness import test
from proof import inside, prove, python


def alerts(r, *fields):
    """A tuple of fields of each alert, or the field itself."""
    found = [tuple({**row, **row["data"]}[f] for f in fields) for row in r.rows if row["type"] == "alert"]
    return [row[0] for row in found] if len(fields) == 1 else found


@test
def open_labelled(t):
    """A symbolic link, a hard link from before, a bind mount, a new name: four; the neighbour: none."""
    t.need("unshare", "mount")
    data, other = t.tmp / "set", t.tmp / "other"
    for folder in (data, other):
        folder.mkdir()
        (folder / "f").write_text("x")
        (folder / "mount").mkdir()
    (other / "symbolic").symlink_to(data / "f")
    os.link(data / "f", other / "hard")
    r = prove(t, "open-labelled", "unshare", "-m", "sh", "-c",
              f"mount --bind {data} {other}/mount; cat {other}/symbolic {other}/hard {other}/mount/f; "
              f"mv {data}/f {other}/moved; cat {other}/moved; cat {other}/f", options=(f"--under={data}",))
    t.equal(alerts(r, "path", "rule", "severity"),
            [(path, "labelled_opened", "medium") for path in
             (f"{data}/f", f"{other}/hard", f"{other}/mount/f", f"{other}/moved")])


@test
def open_labelled_new_files(t):
    """A file that is made in the folder while it is traced is known by a later name, too."""
    data = t.tmp / "set"
    data.mkdir()
    r = prove(t, "open-labelled", "sh", "-c", f": >{data}/new; ln {data}/new {t.tmp}/other; : <{t.tmp}/other",
              options=(f"--under={data}",), flags=("--fail-on", "medium"), status=3)
    t.equal(alerts(r, "path", "writes"), [(f"{data}/new", True), (f"{t.tmp}/other", False)])


READERS = ("import os", "def child(names):", "  for name in names:", "    fd = os.open(name, 0); os.read(fd, 10); os.close(fd)",
           "    if twice: fd = os.open(name, 0); os.read(fd, 10); os.close(fd)", "def work(names):",
           "  for i in range(7):", "    if not os.fork(): child(names[i::7]); os._exit(0)", "  for i in range(7): os.wait()")


@test
def bulk_read(t):
    """499 files by seven children, each twice: silent; 500: one alert. The window is longer than the machine ran."""
    data = t.tmp / "set"
    data.mkdir()
    for i in range(520):
        (data / f"{i}").write_text("0123456789")
    for n, want in ((499, []), (500, [(500, "bulk_read", "high")]), (520, None)):
        r = prove(t, "bulk-read", *python(*READERS, "twice = True", f"work([f'{data}/{{i}}' for i in range({n})])"),
                  options=(f"--under={data}", "--within=100000000"))
        if want is None:
            t.equal(len(alerts(r, "files")), 1, "alerts for more than the limit")
        else:
            t.equal(alerts(r, "files", "rule", "severity"), want, f"{n} files")


@test
def bulk_read_bytes(t):
    """By read, by copies in the kernel; a byte below the limit is silent."""
    data = t.tmp / "set"
    data.mkdir()
    (data / "f").write_bytes(b"x" * 100000)
    for size, want in ((150000, [150000]), (150001, [])):
        r = prove(t, "bulk-read", *python("import os", f"f = os.open('{data}/f', 0)", "os.read(f, 50000)",
                                          f"o = os.open('{t.tmp}/out', 0o102)", "os.copy_file_range(f, o, 30000, 0)",
                                          "os.sendfile(o, f, 0, 70000)"),
                  options=(f"--under={data}", "--within=100000000", f"--bytes={size}"))
        t.equal(alerts(r, "bytes", "files"), [(n, 1) for n in want], f"limit {size}")


@test
def copy_chain(t):
    """cp, cat, dd, tar through a pipe, a copy through memory, one by pipes of three: an arc each. A writer that read nothing: none."""
    t.need("tar", "dd", "cp")
    data, to = t.tmp / "set", t.tmp / "to"
    to.mkdir()
    data.mkdir()
    for i in range(7):
        (data / f"f{i}").write_text(f"{i}" * 1000)
    program = t.write("mapped.py", "import mmap, os, sys\n"
                      f"a = os.open('{data}/f4', 0); m = mmap.mmap(a, 1000, prot=mmap.PROT_READ)\n"
                      f"os.write(os.open('{to}/m', 0o102), m[:])\n"
                      f"b = os.open('{to}/shared', 0o102); os.truncate(b, 1000); w = mmap.mmap(b, 1000); w[:] = m[:]\n")
    r = prove(t, "copy-chain", "sh", "-c",
              f"cp {data}/f0 {to}/cp; cat {data}/f1 >{to}/cat; dd if={data}/f2 of={to}/dd 2>/dev/null; "
              f"tar c -C {data} f3 | tar x -C {to}; {sys.executable} {program}; cat {data}/f5 | tr 5 6 | cat >{to}/piped; "
              f"echo unrelated >{to}/other; cp /etc/hostname {to}/stranger", options=(f"--under={data}",))
    t.equal(sorted(r.data("arc", "from", "to")),
            sorted((f"{data}/{a}", f"{to}/{b}") for a, b in (("f0", "cp"), ("f1", "cat"), ("f2", "dd"), ("f3", "f3"),
                                                             ("f4", "m"), ("f4", "shared"), ("f5", "piped"))))


@test
def copy_chain_in_the_kernel(t):
    """sendfile, and splice through a pipe; the file that a process writes back is no arc."""
    data, to = t.tmp / "set", t.tmp / "to"
    to.mkdir()
    data.mkdir()
    (data / "f").write_text("x" * 1000)
    r = prove(t, "copy-chain", *python(
        "import os", f"a = os.open('{data}/f', 2); os.write(a, os.pread(a, 10, 0))",
        f"os.sendfile(os.open('{to}/sent', 0o102), a, 0, 100)", "r, w = os.pipe()", "child = os.fork()",
        "if not child:", f"  os.splice(r, os.open('{to}/spliced', 0o102), 100); os._exit(0)",
        "os.splice(a, w, 100, offset_src=0); os.wait()"), options=(f"--under={data}",))
    t.equal(r.data("arc", "from", "to"), [(f"{data}/f", f"{to}/sent"), (f"{data}/f", f"{to}/spliced")])


@test
def tmp_stage(t):
    """tar of twenty files to /dev/shm: one row. What reads no data may write there."""
    t.need("tar")
    data = t.tmp / "set"
    data.mkdir()
    for i in range(20):
        (data / f"f{i}").write_text("x" * 5000)
    stage = f"/dev/shm/scripts-stage-{os.getpid()}"
    t.cleanups.append(lambda: os.path.exists(stage) and os.unlink(stage))
    r = prove(t, "tmp-stage", "sh", "-c", f"echo x >{stage}; tar cf {stage} -C {data} .", options=(f"--under={data}",))
    t.equal(r.data("staged", "sources", "bytes", "path"), [(20, os.stat(stage).st_size, stage)])


@test
def tmp_stage_memory(t):
    """A memfd is a place, too; the bytes are what was written since it was closed last."""
    data = t.tmp / "set"
    data.mkdir()
    (data / "f").write_text("x" * 100)
    r = prove(t, "tmp-stage", *python(
        "import os", f"f = os.open('{data}/f', 0); os.read(f, 10); os.read(f, 10)", "m = os.memfd_create('box')",
        "os.write(m, b'12345'); os.close(os.dup(m))", "os.sendfile(m, f, 0, 50); os.close(m)"), options=(f"--under={data}",))
    t.equal(r.data("staged", "sources", "bytes", "path"), [(1, 5, "/memfd:box (deleted)"), (1, 50, "/memfd:box (deleted)")])


@test
def fd_pass(t):
    """Five descriptors in two messages to a child that opens none of them, one by pidfd_getfd; a pipe has no path."""
    data = t.tmp / "set"
    data.mkdir()
    for i in range(6):
        (data / f"f{i}").write_text("x")
    work = python("import ctypes, os, socket", "libc = ctypes.CDLL(None)", "a, b = socket.socketpair()", "me = os.getpid()",
                  "back, forth = os.pipe()", "child = os.fork()", "if not child:",
                  "  n = len(socket.recv_fds(b, 9, 9)[1]); n += len(socket.recv_fds(b, 9, 9)[1])",
                  "  assert n == 6; os._exit(0)",
                  f"fds = [os.open(f'{data}/f{{i}}', 0) for i in range(5)]",
                  "socket.send_fds(a, [b'x'], fds[:2]); socket.send_fds(a, [b'x'], fds[2:] + [back]); os.wait()", "print(me)")
    r = prove(t, "fd-pass", *work)
    t.equal(r.data("passed", "path", "from"), [(f"{data}/f{i}", int(r.out)) for i in range(5)] + r.data("passed", "path", "from")[5:])
    t.equal(len(r.records("passed")), 6)
    t.found(r"^pipe:\[\d+\]$", r.data("passed", "path")[5])
    t.check(all(row["pid"] != int(r.out) for row in r.records("passed")), "the sender got them")
    r = prove(t, "fd-pass", *python("import ctypes, os", "libc = ctypes.CDLL(None)", f"f = os.open('{data}/f5', 0)",
                                    "p = os.pidfd_open(os.getpid()); assert libc.syscall(438, p, f, 0) > 0"))
    t.equal(r.data("passed", "path"), [f"{data}/f5"])


@test
def proc_peek(t):
    """process_vm_readv, /proc/PID/mem and ptrace of a child: three rows with the victim; of itself none."""
    r = prove(t, "proc-peek", *python(
        "import ctypes, os, signal", "libc = ctypes.CDLL(None, use_errno=True)", "text = ctypes.create_string_buffer(b'secret', 50)",
        "child = os.fork()", "if not child: signal.pause()", "own = ctypes.create_string_buffer(50)",
        "def v(b): return (ctypes.c_uint64 * 2)(ctypes.addressof(b), 6)",
        "assert libc.process_vm_readv(child, v(own), 1, v(text), 1, 0) == 6 and own.value == b'secret'",
        "f = os.open(f'/proc/{child}/mem', 0); os.pread(f, 6, ctypes.addressof(text)); os.open('/proc/self/mem', 0)",
        "assert libc.ptrace(16, child, 0, 0) == 0; os.waitpid(child, 0); libc.ptrace(17, child, 0, 0)",
        "os.kill(child, 9); os.waitpid(child, 0); print(child)"))
    t.equal(alerts(r, "victim", "bytes", "rule"), [(int(r.out), n, "peeked") for n in (6, 0, 0)])
    t.found("python", alerts(r, "name")[0])


@test
def secrets(t):
    """One read of each of twelve kinds; ssh's read of its own key, an open to write and a neighbour are none."""
    t.need("unshare", "mount", "ssh-keygen")
    kinds = ("/home/u/.ssh/id_ed25519", "/etc/shadow", "/home/u/.aws/credentials", "/home/u/.azure/msal_token_cache.json",
             "/home/u/.kube/config", "/home/u/.docker/config.json", "/home/u/.netrc", "/home/u/.pgpass",
             "/home/u/.gnupg/private-keys-v1.d/k.key", "/home/u/.config/gcloud/application_default_credentials.json",
             "/home/u/.mozilla/firefox/p/logins.json", "/home/u/.config/chromium/Default/Login Data")
    make = "\n".join(f'mkdir -p "$(dirname "{path}")"; [ -e "{path}" ] || echo x >"{path}"' for path in kinds)
    read = "; ".join(f'cat "{path}" >/dev/null' for path in kinds)
    script = t.write("work.sh", f"mount -t tmpfs none /home; {make}\necho x >/home/u/.ssh/id_ed25519.pub; rm /home/u/.ssh/id_ed25519\n"
                     "ssh-keygen -q -t ed25519 -N '' -f /home/u/.ssh/id_ed25519 </dev/null\n"
                     f"ssh-keygen -y -f /home/u/.ssh/id_ed25519 >/dev/null\n{read}\ncat /home/u/.ssh/id_ed25519.pub >/dev/null\n"
                     "echo x >>/home/u/.netrc\n")
    r = prove(t, "secrets", "unshare", "-m", "sh", script)
    t.equal(alerts(r, "path"), list(kinds))
    t.equal({os.path.basename(exe) for exe in alerts(r, "exe")}, {"cat"})


@test
def db_file(t):
    """The engine's own opens are none, cp's and python's one each; journals of the engine's neither."""
    t.need("sqlite3", "cp")
    database = t.tmp / "people.sqlite"
    r = prove(t, "db-file", "sh", "-c", f"sqlite3 {database} 'pragma journal_mode=wal; create table p (n); insert into p values (1);' "
              f">/dev/null; cp {database} {t.tmp}/copy; {sys.executable} -c 'open(\"{database}\", \"ab\")'; cat {t.tmp}/copy >/dev/null",
              options=(f"--under={t.tmp}",))
    t.equal([(path, os.path.basename(exe)[:6], writes) for path, exe, writes in alerts(r, "path", "exe", "writes")],
            [(str(database), "cp", False), (str(database), "python", True)])


@test
def media_write(t):
    """Ten files copied to an image behind a loop device: ten, and the bytes. What stays on the disk is none."""
    t.need("unshare", "mount", "mke2fs", "losetup")
    image, mounted = t.tmp / "image", t.tmp / "mounted"
    mounted.mkdir()
    if t.run("sh", "-c", f"truncate -s 8M {image} && mke2fs -q -t ext4 {image} && unshare -m mount -o loop {image} {mounted}").status:
        t.skip("no loop device can be mounted here")
    data = t.tmp / "data"
    data.mkdir()
    for i in range(10):
        (data / f"f{i}").write_bytes(b"x" * (1000 * i + 1))
    r = prove(t, "media-write", "unshare", "-m", "sh", "-c",
              f"mount -o loop {image} {mounted}; cp {data}/* {mounted}; cp {data}/f1 {t.tmp}/here; umount {mounted}")
    t.equal({tuple(key.split(",")): n for key, n in r.map("@bytes").items()},
            {(f"{mounted}/f{i}", "cp", "ext4"): 1000 * i + 1 for i in range(10)})
