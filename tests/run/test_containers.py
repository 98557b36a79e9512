# SPDX-License-Identifier: Apache-2.0
"""`container` and --ignore-host with containers that real runtimes make, from a root file system of busybox."""
import json
import os
import shutil
import tempfile
from pathlib import Path

from harness import test

ID = "0123456789abcdef" * 4
MARK = "mark-of-the-test"
# Cgroup, host name: what `container` is.
CONTAINERS = {
    (f"docker/{ID}", "boxed"): ID[:12],
    (f"kubepods/burstable/pod1/cri-containerd-{ID[::-1]}.scope", "boxed"): ID[::-1][:12],
    ("plain", "boxed"): "boxed",
}
SCRIPT = f'file:open /intree(cpid) && glob(args.name, "{MARK}")/ {{ emit o {{ c = container, onhost }}; }}'


def make_root(t):
    root = t.tmp / "root"
    for name in ("bin", "proc", "dev", "sys"):
        (root / name).mkdir(parents=True)
    shutil.copy(shutil.which("busybox"), root / "bin")
    (root / MARK).write_text("")
    return root


def make_bundle(t, runtime, name, root, cgroup, host):
    bundle = t.tmp / name
    bundle.mkdir()
    t.run(runtime, "spec", "--bundle", bundle)
    config = json.loads((bundle / "config.json").read_text())
    config["process"] |= {"terminal": False, "args": ["/bin/busybox", "cat", f"/{MARK}"]}
    config["root"] = {"path": str(root), "readonly": True}
    config["hostname"] = host
    config["linux"]["cgroupsPath"] = "/" + cgroup
    (bundle / "config.json").write_text(json.dumps(config))
    return bundle


def remove_groups(top):
    """A runtime removes a container's own, not those around it."""
    for group in Path("/sys/fs/cgroup").glob(f"**/{top}"):
        for path, _, _ in os.walk(group, topdown=False):
            os.rmdir(path)


def run_all(t, commands, *flags):
    """Each of the commands, and the host, opens the mark; the records."""
    (t.tmp / MARK).write_text("")
    lines = [" ".join(f"'{word}'" for word in command) for command in commands]
    r = t.duetrace("-q", "-f", "json", *flags, "-e", SCRIPT, "--run", "sh", "-c",
                   "; ".join(lines) + f"; cat {t.tmp}/{MARK}", seconds=120)
    rows = [json.loads(line) for line in r.out.splitlines() if '"record": "o"' in line]
    return r, [(row["container"], row["data"]["c"], row["data"]["onhost"]) for row in rows]


def by_runtime(t, runtime):
    t.need(runtime, "busybox")
    top, root = f"duetrace-test-{os.getpid()}", make_root(t)
    commands = []
    for i, (group, host) in enumerate(CONTAINERS):
        bundle = make_bundle(t, runtime, f"b{i}", root, f"{top}/{group}", host)
        commands.append((runtime, "--root", str(t.tmp / "state"), "run", "--bundle", str(bundle), f"{top}-{i}"))
    r = t.run(*commands[0])
    try:
        if r.status:
            remove_groups(top)
            t.skip(f"{runtime} cannot run here: {r.err.strip()[:100]}")
        inside = [(want, want, False) for want in CONTAINERS.values()]
        r, rows = run_all(t, commands)
        t.equal(rows, inside + [("", "", True)], r.err)
        r, rows = run_all(t, commands, "--ignore-host")
        t.equal(rows, inside, r.err)
    finally:
        remove_groups(top)


@test
def of_runc(t):
    by_runtime(t, "runc")


@test
def of_crun(t):
    by_runtime(t, "crun")


@test
def of_podman(t):
    """Its own cgroups and IDs; nothing of its storage is used, nor of a network."""
    t.need("podman", "runc", "busybox")
    root, top = make_root(t), f"/duetrace-podman-{os.getpid()}"
    # No longer than 50 bytes may this be.
    runroot = tempfile.mkdtemp(prefix="podman-")
    podman = ["podman", "--root", str(t.tmp / "store"), "--runroot", runroot, "--tmpdir", str(t.tmp / "state"),
              "--runtime", "runc", "--cgroup-manager", "cgroupfs", "--events-backend", "none", "--storage-driver", "vfs"]

    def command(i):
        return (*podman, "run", "--rm", "--network", "none", "--cgroup-parent", top, "--ulimit", "nofile=1024:1024", "--ulimit",
                "nproc=1000:1000", "--cidfile", str(t.tmp / f"cid{i}"), "--rootfs", str(root), "/bin/busybox", "cat", f"/{MARK}")

    r = t.run(*command("try"), seconds=60)
    try:
        if r.status:
            t.skip(f"podman cannot run here: {r.err.strip()[:100]}")
        r, rows = run_all(t, [command(0), command(1)])
        ids = [(t.tmp / f"cid{i}").read_text()[:12] for i in range(2)]
        t.equal(rows, [(i, i, False) for i in ids] + [("", "", True)], r.err)
    finally:
        remove_groups(top[1:])
        shutil.rmtree(runroot)
