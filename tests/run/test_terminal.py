# SPDX-License-Identifier: Apache-2.0
"""A real terminal, as a user sees it, by tmux."""
import os
import re
import subprocess

from harness import ROOT, WAIT, test


class Screen:
    """A tmux server of the test's own with one shell in it."""

    def __init__(self, t, shell="bash --norc --noprofile"):
        t.need("tmux", "bash")
        self.t = t
        self.socket = str(t.tmp / "tmux")
        env = {"PATH": f"{os.path.dirname(t.binary)}:{os.environ['PATH']}", "PS1": "$ ",
               "HOME": str(t.tmp), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        subprocess.run(["tmux", "-S", self.socket, "-f", "/dev/null", "new-session", "-d", "-x",
                        "120", "-y", "40", f"env PS1='$ ' {shell}"], env=env, check=True,
                       timeout=WAIT, cwd=ROOT)
        t.cleanups.append(self.close)

    def tmux(self, *args):
        done = subprocess.run(["tmux", "-S", self.socket, *args], capture_output=True, text=True,
                              timeout=WAIT, check=False)
        return done.stdout

    def type(self, text):
        self.tmux("send-keys", "-l", text)
        self.tmux("send-keys", "Enter")

    def key(self, name):
        self.tmux("send-keys", name)

    def text(self):
        return "\n".join(line.rstrip() for line in self.tmux("capture-pane", "-p").split("\n"))

    def wait_for(self, pattern):
        self.t.eventually(lambda: re.search(pattern, self.text()), f"the screen has no {pattern!r}")
        return self.text()

    def close(self):
        self.tmux("kill-server")


@test
def one_liner_and_interrupt(t):
    screen = Screen(t)
    screen.wait_for(r"\$")
    screen.type("duetrace -e 'begin { printf(\"tracing\\n\"); @x = 5; } interval:s:3600 { }'")
    screen.wait_for(r"\ntracing\n")
    screen.key("C-c")
    text = screen.wait_for(r"(?m)^@x: 5$")
    t.found(r"(?m)^Attached 2 probes\ntracing\n\^C\n\n@x: 5$", re.sub(r"\n{2,}", "\n\n", text))
    screen.type("echo status $?")
    screen.wait_for(r"(?m)^status 0$")


@test
def lines_appear_at_once(t):
    """On a terminal a line is there when it is printed, not when the run ends."""
    screen = Screen(t)
    screen.type("duetrace -q -e 'interval:ms:100 { @n += 1; if (@n == 1) { printf(\"first\\n\"); } }'")
    screen.wait_for(r"(?m)^first$")
    screen.key("C-c")
    screen.wait_for(r"(?m)^@n: \d+$")


@test
def hostile_names_do_not_drive_the_terminal(t):
    """Control characters from a file name are shown, not sent."""
    workload = t.workload("open")
    screen = Screen(t)
    screen.type("clear; duetrace -q -e 'tracepoint:syscalls:sys_enter_openat /pid == cpid/"
                " { print(str(args.filename)); }' --run " + workload +
                " $'/no/such/\\e[2J\\e[1;1Hgone'; echo still here")
    text = screen.wait_for(r"(?m)^still here$")
    t.found(r"/no/such/\S*gone", text)
    t.absent(r"(?m)^gone", text)


@test
def taught_scripts_with_an_interactive_shell(t):
    """Two terminals as in the lesson: a shell in one, openfiles.dt with its pid in the other."""
    name = t.write("known-file", "x")
    shell = Screen(t)
    shell.type("echo pid $$")
    pid = re.search(r"(?m)^pid (\d+)$", shell.wait_for(r"(?m)^pid \d+$"))[1]
    out = t.tmp / "out"
    env = {"PATH": f"{os.path.dirname(t.binary)}:{os.environ['PATH']}"}
    p = t.start(ROOT / "scripts" / "openfiles.dt", pid, env=env, stdout=open(out, "w")).attached()
    shell.type(f"{t.workload('open')} {name}")
    r = p.finish()
    t.equal((r.err, r.status), ("Attached 6 probes\n", 0))
    t.check(name in out.read_text().split("\n"), f"{name} is not in {out.read_text()!r}")
