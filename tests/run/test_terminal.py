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


@test
def status_line_until_something_happens(t):
    """It says that it runs; the first output takes its place, and the summary comes last."""
    marker = t.write("marker", "")
    screen = Screen(t)
    screen.type("clear; duetrace -e 'tracepoint:syscalls:sys_enter_openat /str(args.filename) == \""
                f"{marker}\"/ {{ printf(\"seen\\n\"); }} interval:s:3600 {{ }}'")
    screen.wait_for(r"(?m)^attached 2 probes, 0 events, Ctrl-C to stop$")
    t.run("sh", "-c", f": <{marker}")
    text = screen.wait_for(r"(?m)^seen$")
    t.found(r"(?m)^Attached 2 probes\nseen$", text)
    t.absent("Ctrl-C to stop", text)
    screen.key("C-c")
    text = screen.wait_for(r"(?m)^1 event, 0 lost, \d+\.\d s$")
    t.equal(len(re.findall(r"(?m)^seen$", text)), 1, "lines")


@test
def status_line_of_maps(t):
    """Who only fills maps has no events, whatever happens: how to see the maps is told instead. Stacks count for nothing."""
    screen = Screen(t)
    tail = "interval:s:3600 { }"
    for program, status, summary in (
            ("profile:hz:99 { @n = count(); @s[kstack] = count(); } " + tail, "attached 2 probes, Ctrl-C to stop and print 2 maps",
             r"0 lost, \d+\.\d s"),
            ("profile:hz:99 { @seen[cpu] = count(); }", "attached 1 probe, Ctrl-C to stop and print @seen", r"0 lost, \d+\.\d s"),
            ("interval:s:3600 { @n = count(); print(@n); }", "attached 1 probe, 0 events, Ctrl-C to stop and print @n",
             r"0 events, 0 lost, \d+\.\d s"),
            ("config = { print_maps_on_exit = false } profile:hz:99 { @n = count(); }",
             "attached 1 probe, 0 events, Ctrl-C to stop", r"0 events, 0 lost, \d+\.\d s")):
        screen.type(f"clear; duetrace -e '{program}'")
        screen.wait_for(rf"(?m)^{re.escape(status)}$")
        screen.key("C-c")
        text = screen.wait_for(rf"(?m)^{summary}$")
        t.absent("Ctrl-C to stop", text)


@test
def summary_with_a_database(t):
    screen = Screen(t)
    screen.type(f"clear; duetrace --db {t.tmp}/x.sqlite -e 'begin {{ printf(\"a\\n\"); printf(\"b\\n\"); }}'")
    screen.wait_for(r"(?m)^2 events, 2 stored, 0 lost, \d+\.\d s$")
    screen.type(f"clear; duetrace -q -e 'begin {{ printf(\"quiet\\n\"); }}'; echo en''d")
    t.absent(r"events?,", screen.wait_for(r"(?m)^end$"))


@test
def nothing_of_it_in_a_pipe(t):
    """Nor where one of the two streams is no terminal."""
    screen = Screen(t)
    out, err = t.tmp / "out", t.tmp / "err"
    screen.type(f"duetrace -e 'interval:s:2 {{ printf(\"x\\n\"); exit(); }}' >{out}; echo fi''rst")
    screen.wait_for(r"(?m)^first$")
    t.equal(out.read_bytes(), b"x\n\n\n")
    t.absent("Ctrl-C to stop|lost", screen.text())
    screen.type(f"clear; duetrace -e 'interval:s:2 {{ printf(\"y\\n\"); exit(); }}' 2>{err}; echo seco''nd")
    screen.wait_for(r"(?m)^second$")
    t.equal(err.read_bytes(), b"Attached 1 probe\n")


@test
def live_summaries_stay_in_place(t):
    """The same print again is drawn over the last one; what is printed once stays, and so does the end."""
    screen = Screen(t)
    screen.type("clear; duetrace -q -e 'begin { printf(\"heading\\n\"); } interval:ms:300 { @n += 1; @h = hist(@n);"
                " print(@n); print(@h); }'")
    screen.wait_for(r"(?m)^@n: (1\d|[5-9])$")
    text = screen.text()
    t.equal((len(re.findall(r"(?m)^@n:", text)), len(re.findall(r"(?m)^@h:", text))), (1, 1), text)
    t.found(r"(?m)^heading\n@n: \d+\n@h:", re.sub(r"\n+", "\n", text))
    screen.key("C-c")
    screen.wait_for(r"(?s)@n: \d+\n.*@n: \d+\n")


@test
def the_end_takes_the_last_summarys_place(t):
    """What an end block prints is the same summary once more."""
    screen = Screen(t)
    screen.type("clear; duetrace -q -e 'config = { print_maps_on_exit = false } interval:ms:300 { @n += 1; if (@n == 4) { exit(); } } "
                "end, interval:ms:500 { print(@n); }'; echo fi''n")
    text = screen.wait_for(r"(?m)^fin$")
    t.equal(re.findall(r"(?m)^@n: \d+$", text), ["@n: 4"])


@test
def other_prints_stay(t):
    """Lines between two prints of a map, and prints of different maps, are not drawn over."""
    screen = Screen(t)
    screen.type("clear; duetrace -q -e 'interval:ms:300 { @n += 1; if (@n % 2) { print(@n); } else { printf(\"line %d\\n\", @n); }"
                " if (@n == 6) { exit(); } }'")
    text = screen.wait_for(r"(?m)^line 6$")
    t.equal(re.findall(r"(?m)^(@n: \d|line \d)$", text)[:6], ["@n: 1", "line 2", "@n: 3", "line 4", "@n: 5", "line 6"])


@test
def colours(t):
    """Errors red, headers bold, severities in their colour; --color and NO_COLOR decide."""
    program = ("rule r = { severity = high; } begin { alert r { n = 1 }; emit e { n = 2 }; }")
    script = t.write("x.dt", program)
    r = t.duetrace("-q", "--color", "always", script)
    t.found("\x1b\\[1mTIME .*\x1b\\[0m\n", r.out)
    t.found("\x1b\\[31mhigh\x1b\\[0m", r.out)
    for words, env in (((), {}), (("--color", "auto"), {}), (("--color", "never"), {"DUETRACE_COLOR": "always"})):
        t.absent("\x1b", t.duetrace("-q", *words, script, env=env).out)
    r = t.duetrace("--color", "always", "-p", "4194303", "-e", "begin { }")
    t.found("^\x1b\\[31mERROR: \x1b\\[0mCould not watch process", r.err)
    r = t.duetrace("--color", "sometimes", "-e", "begin { }")
    t.equal((r.status, r.err), (1, "ERROR: --color is 'sometimes', but must be one of: auto, always, never\n"))
    screen = Screen(t)
    for before, coloured in (("", True), ("NO_COLOR=1 ", False)):
        screen.type(f"clear; {before}duetrace -q {script}; echo en''d")
        screen.wait_for(r"(?m)^end$")
        shown = screen.tmux("capture-pane", "-p", "-e")
        t.equal(bool(re.search("\x1b\\[31mhigh", shown)), coloured, shown)


@test
def plots(t):
    """--plot: bars to an eighth of a column, as wide as the terminal; 80 columns elsewhere."""
    program = "begin { for ($i : 0..8) { @h = lhist(1, 0, 3, 1); } @h = lhist(2, 0, 3, 1); @h = lhist(0, 0, 3, 1); @h = lhist(0, 0, 3, 1); }"
    r = t.duetrace("-q", "--plot", "-e", program)
    columns = 80 - 25
    full, part, quarter = "█" * columns, "█" * (columns // 8), "█" * (columns // 4)
    t.equal(r.out, "\n\n@h:\n"
            f"[0, 1)                 2 {quarter}{'▏▎▍▌▋▊▉'[columns * 8 // 4 % 8 - 1]}\n".replace("[0, 1)  ", "[0]     ")
            + f"[1]                    8 {full}\n[2]                    1 {part}{'▏▎▍▌▋▊▉'[columns % 8 - 1]}\n\n")
    screen = Screen(t)
    screen.type("clear; duetrace -q --plot -e '" + program + "'")
    screen.wait_for(rf"(?m)^\[1\] +8 {'█' * (120 - 25)}$")


@test
def plot_of_a_series(t):
    program = ("config = { unstable_tseries = enable; } begin { @ = tseries(40, 1h, 3, \"max\"); }")
    r = t.duetrace("-q", "--plot", "-e", program)
    columns = 80 - 9 - 12 - 1
    t.matches(rf"\n\n@:\n\d\d:\d\d:\d\d +40 {'█' * columns}\n\n?", r.out)
