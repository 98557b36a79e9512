# SPDX-License-Identifier: Apache-2.0
"""The five taught scripts with a real shell, checked against strace and known workloads."""
import os
import re
import signal
import sys

from harness import END, ROOT, Skip, test

SCRIPTS = ROOT / "scripts"


def shell(t, **options):
    """A bash that takes its commands from a pipe; skipped where it does not fork by clone(2)."""
    t.need("bash", "strace")
    log = t.tmp / "forks"
    t.run("strace", "-f", "-o", log, "-e", "trace=clone,clone3,fork,vfork", "bash", "-c",
          "/bin/true; /bin/true")
    calls = set(re.findall(r"\b(clone3?|v?fork)\(", log.read_text()))
    if calls != {"clone"}:
        raise Skip(f"bash starts its children by {calls or 'nothing'} here, the scripts see clone")
    # On one CPU a parent comes back from clone() before its child runs: what the scripts count on.
    return t.start("taskset", "-c", str(min(os.sched_getaffinity(0))), "bash", **options)


def script(t, name, *arguments, **options):
    env = {"PATH": f"{os.path.dirname(t.binary)}:{os.environ['PATH']}"}
    env.update(options.pop("env", {}))
    return t.start(SCRIPTS / name, *arguments, env=env, **options).attached()


def do(sh, command, mark="end-of-command"):
    """Give the shell a command and wait until it has run."""
    sh.send(f"{command}\necho {mark}\n")
    sh.wait_for(f"(?m)^{mark}$")


def opened_by(t, *command, **options):
    """What strace says that a command opens with success, in order; descriptor 0 left out."""
    log = t.tmp / "strace"
    t.run("strace", "-f", "-qq", "-s", "4096", "-e", "trace=openat", "-o", log, *command, **options)
    return re.findall(r'openat\([^"]*"([^"]*)".*\) = [1-9]', log.read_text())


def parts(out):
    """The script's lines and the maps at the end."""
    text, _, maps = out.partition("\n" + END)
    return text, maps


def names(lines):
    return [line for line in lines if line and not line.startswith(("new process forked",
                                                                    "i'm a new process",
                                                                    "starting to monitor", "@"))]


@test
def step_1(t):
    """Announces the process and keeps it in the map; Ctrl-C ends it if it still runs."""
    p = script(t, "01-openfiles.dt", "5378")
    p.wait_for("starting to monitor files for ppid 5378\n")
    if p.popen.poll() is None:
        try:
            p.send_signal(signal.SIGINT)
        except ProcessLookupError:
            pass
    r = p.finish()
    t.equal(r.out, "starting to monitor files for ppid 5378\n" + END + "@exectree[5378]: 1\n")
    t.equal((r.err, r.status), ("Attached 1 probe\n", 0))


@test
def step_1_with_the_program_named(t):
    p = t.start(t.binary, SCRIPTS / "01-openfiles.dt", "5378").attached()
    p.wait_for("starting to monitor files for ppid 5378\n")
    if p.popen.poll() is None:
        try:
            p.send_signal(signal.SIGTERM)
        except ProcessLookupError:
            pass
    r = p.finish()
    t.equal(r.out, "starting to monitor files for ppid 5378\n" + END + "@exectree[5378]: 1\n")


@test
def step_1_in_the_current_directory(t):
    env = {"PATH": f"{os.path.dirname(t.binary)}:{os.environ['PATH']}"}
    p = t.start("./01-openfiles.dt", "5378", cwd=SCRIPTS, env=env).attached()
    p.wait_for("ppid 5378\n")
    if p.popen.poll() is None:
        try:
            p.send_signal(signal.SIGINT)
        except ProcessLookupError:
            pass
    t.found(r"\n\n\n@exectree\[5378\]: 1\n$", p.finish().out)


def follow_children(t, name, number):
    """Run a script over a shell with two children; returns the shell's pid, theirs, the Result."""
    sh = shell(t)
    p = script(t, name, str(sh.pid))
    p.wait_for(f"starting to monitor files for ppid {sh.pid}\n")
    do(sh, "bash -c 'echo child $$'")
    do(sh, "bash -c 'echo child $$'", "second-end")
    children = re.findall(r"child (\d+)", sh.out)
    t.equal(len(children), 2, "children of the shell")
    p.wait_for(f"i'm a new process with pid {children[1]}\n")
    p.wait_for(f"new process forked with pid {children[1]}\n")
    sh.finish()
    return sh.pid, children, p.stop(number)


@test
def step_2(t):
    for number in (signal.SIGINT, signal.SIGTERM):
        pid, children, r = follow_children(t, "02-openfiles.dt", number)
        text, maps = parts(r.out)
        want = [f"starting to monitor files for ppid {pid}"]
        for child in children:
            want += [f"new process forked with pid {child}", f"i'm a new process with pid {child}"]
        t.equal(sorted(text.split("\n")), sorted(want), "lines")
        t.equal(sorted(maps.split("\n")),
                sorted([""] + [f"@exectree[{x}]: 1" for x in (pid, *children)]), "map")
        t.equal((r.err, r.status), ("Attached 2 probes\n", 0))


@test
def step_3(t):
    """As step 2, but those that ended are gone from the map, the shell included."""
    _, _, r = follow_children(t, "03-openfiles.dt", signal.SIGINT)
    t.equal(parts(r.out)[1], "", "map")
    t.equal((r.err, r.status), ("Attached 3 probes\n", 0))


@test
def step_3_keeps_the_living(t):
    sh = shell(t)
    p = script(t, "03-openfiles.dt", str(sh.pid))
    do(sh, "bash -c 'echo child $$'")
    child = re.search(r"child (\d+)", sh.out)[1]
    p.wait_for(f"new process forked with pid {child}\n")
    r = p.stop()
    t.equal(parts(r.out)[1], f"@exectree[{sh.pid}]: 1\n", "map")


def make_files(t, count):
    made = []
    for number in range(count):
        made.append(t.write(f"file{number:03}", "x"))
    return made


@test
def step_4(t):
    """The names are those that strace sees in the same command, failed opens left out."""
    files = make_files(t, 5)
    command = [t.workload("open"), files[0], "/no/such/file", *files[1:], "/etc/hostname"]
    want = opened_by(t, *command)
    t.check(set(files) <= set(want) and "/no/such/file" not in want, f"strace saw {want}")
    sh = shell(t)
    p = script(t, "04-openfiles.dt", str(sh.pid))
    do(sh, " ".join(command))
    p.wait_for("/etc/hostname\n")
    r = p.stop()
    text, maps = parts(r.out)
    t.equal(names(text.split("\n")), want, "names")
    t.equal(maps, f"@exectree[{sh.pid}]: 1\n", "maps")
    t.equal((r.err, r.status), ("Attached 5 probes\n", 0))


@test
def step_4_follows_forks(t):
    """Forty forked children open a file each: forty names, each once."""
    files = make_files(t, 40)
    code = t.write("fork.py", "import os, sys\n"
                   "for name in sys.argv[1:]:\n"
                   "    if os.fork() == 0:\n"
                   "        os.open(name, os.O_RDONLY)\n"
                   "        os._exit(0)\n"
                   "    os.wait()\n")
    sh = shell(t)
    p = script(t, "04-openfiles.dt", str(sh.pid))
    do(sh, f"{sys.executable} {code} {' '.join(files)}")
    p.wait_for(re.escape(files[-1]) + "\n")
    r = p.stop()
    seen = [line for line in r.out.split("\n") if "/file" in line and line in files]
    t.equal(seen, files, "names")


@test
def step_4_into_a_database(t):
    files = make_files(t, 3)
    db = t.tmp / "x.sqlite"
    sh = shell(t)
    p = t.trace("--db", db, SCRIPTS / "04-openfiles.dt", str(sh.pid))
    do(sh, f"{t.workload('open')} {' '.join(files)}")
    p.wait_for(re.escape(files[-1]) + "\n")
    r = p.stop()
    text = parts(r.out)[0] + "\n"
    rows = [row[0] for row in t.sql(db, "select text from output order by id")]
    t.check(set(files) <= set(text.split("\n")), "the names are not there")
    t.equal("".join(rows), text, "rows")
    t.equal(t.sql(db, "select map, key, value from maps"), [("@exectree", str(sh.pid), "1")])


@test
def step_4_cuts_at_max_strlen(t):
    name = t.write("n" * 120, "x")
    for env, want in (({"DUETRACE_MAX_STRLEN": "64"}, name[:63] + ".."),
                      ({"BPFTRACE_MAX_STRLEN": "64"}, name[:63] + ".."),
                      ({"DUETRACE_MAX_STRLEN": "128"}, name[:127] + (".." if len(name) > 127
                                                                    else "")),
                      ({"BPFTRACE_MAX_STRLEN": "1000"}, name), ({}, name)):
        sh = shell(t)
        p = script(t, "04-openfiles.dt", str(sh.pid), env=env)
        do(sh, f"{t.workload('open')} {name} /etc/hostname")
        p.wait_for("/etc/hostname\n")
        r = p.stop()
        t.check(want in r.out.split("\n"), f"{env}: {want} is not in\n{r.out}")
        sh.finish()


@test
def all_together(t):
    """openfiles.dt prints names only, and ends when the shell's first child ends."""
    files = make_files(t, 5)
    command = [t.workload("open"), *files, "/no/such/file", "/etc/hostname"]
    want = opened_by(t, *command)
    sh = shell(t)
    p = script(t, "openfiles.dt", str(sh.pid))
    do(sh, " ".join(command))
    r = p.finish()
    t.equal(r.out, "".join(name + "\n" for name in want) + END)
    t.equal((r.err, r.status), ("Attached 6 probes\n", 0))


@test
def all_together_interrupted(t):
    """Ctrl-C before any child: no name, no map."""
    sh = shell(t)
    r = script(t, "openfiles.dt", str(sh.pid)).stop()
    t.equal((r.out, r.status), (END, 0))


@test
def all_together_leaves_other_processes_alone(t):
    files = make_files(t, 2)
    sh = shell(t)
    other = t.start("bash")
    p = script(t, "openfiles.dt", str(sh.pid))
    do(other, f"{t.workload('open')} {files[0]}")
    do(sh, f"{t.workload('open')} {files[1]}")
    r = p.finish()
    t.check(files[1] in r.out.split("\n"), "the shell's open is missing")
    t.check(files[0] not in r.out.split("\n"), "another shell's open is reported")
