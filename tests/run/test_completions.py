# SPDX-License-Identifier: Apache-2.0
"""Completions: what bash, zsh and fish offer for words of a command line."""
import os
import re

from harness import ROOT, WAIT, test
from test_terminal import Screen


def folder(t):
    r = t.run("make", "-s", "-C", ROOT, "share", seconds=WAIT)
    t.equal((r.status, r.err), (0, ""))
    (t.tmp / "tools").mkdir(exist_ok=True)
    (t.tmp / "scriptfile.dt").write_text("")
    return ROOT / "build/share/completions"


def path(t):
    return {"PATH": f"{os.path.dirname(t.binary)}:{os.environ['PATH']}"}


BASH = r"""
source "$1"; shift
# As readline splits it: blanks, and each colon is a word.
COMP_LINE=$1 COMP_POINT=${#1}
eval "COMP_WORDS=($2)"
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMP_WORDBREAKS=$' \t\n"'"'"'><=;|&(:'
compopt() { :; }
$3
printf '%s\n' "${COMPREPLY[@]}"
"""


def bash(t, line, words=None):
    program = line.split()[0]
    quoted = words or " ".join(f"'{word}'" for word in re.findall(r":|[^\s:]+", line)) + (" ''" if line.endswith(" ") else "")
    r = t.run("bash", "--norc", "-c", BASH, "bash", folder(t) / f"{program}.bash", line, quoted, f"_{program.replace('-', '_')}", env=path(t), cwd=t.tmp)
    t.equal((r.err, r.status), ("", 0), line)
    return r.out.split()


@test
def by_bash(t):
    options = re.findall(r"(?m)^  +(-\w|--[\w-]+)", t.duetrace("--help").out)
    got = bash(t, "duetrace -")
    t.check(set(options) <= set(got), f"not offered: {set(options) - set(got)}")
    t.equal(bash(t, "duetrace --form"), ["--format"])
    t.equal(bash(t, "duetrace -f "), ["text", "json"])
    t.equal(bash(t, "duetrace --format js"), ["json"])
    t.equal(bash(t, "duetrace --fail-on "), ["info", "low", "medium", "high", "critical"])
    t.equal(bash(t, "duetrace --emit im"), ["image"])
    t.equal(bash(t, "duetrace openfiles"), ["openfiles", "openfiles2"])
    t.equal(bash(t, "duetrace scriptf"), ["scriptfile.dt"])
    t.equal(bash(t, "duetrace -o scriptf"), ["scriptfile.dt"])
    t.equal(bash(t, "duetrace -l track"), [])
    t.equal(bash(t, "duetrace -l tracep"), ["tracepoint:"])
    # Behind a colon only the rest is a word.
    t.equal(bash(t, "duetrace -l tracepoint:syscalls:sys_enter_openat"), ["sys_enter_openat", "sys_enter_openat2"])
    t.equal(bash(t, "duetrace -l file:o"), ["open"])
    # In the quotes of -e it is all of it.
    t.equal(bash(t, "duetrace -e 'file:op", r"duetrace -e \'file:op"), ["file:open"])
    t.equal(bash(t, "duetrace -q --run cat scriptf"), ["scriptfile.dt"])
    t.check("sqlite3" in bash(t, "duetrace -q --run sqlite"), "commands behind --run")


@test
def of_the_runner_by_bash(t):
    options = re.findall(r"(?m)^  +(-\w|--[\w-]+)", t.run(t.runner, "--help").out)
    got = bash(t, "duetrace-run -")
    t.equal(set(got), set(options) | {"-V", "--version", "-h", "--help", "-f", "--format", "-o", "--output", "-q", "--quiet", "-v",
                                      "--verbose"})
    t.equal(bash(t, "duetrace-run --col"), ["--columns", "--color"])
    t.equal(bash(t, "duetrace-run --color n"), ["never"])
    t.equal(bash(t, "duetrace-run -q scriptf"), ["scriptfile.dt"])
    t.equal(bash(t, "duetrace-run -q scriptfile.dt --run cat scriptf"), ["scriptfile.dt"])


@test
def of_the_runner_by_fish_and_zsh(t):
    t.need("fish", "zsh", "tmux")
    place = folder(t)

    def offered(line):
        env = path(t) | {"HOME": str(t.tmp)}
        r = t.run("fish", "--no-config", "-c", f'source {place}/duetrace-run.fish; complete -C "{line}"', env=env, cwd=t.tmp)
        t.equal((r.err, r.status), ("", 0), line)
        return [text.split("\t")[0] for text in r.out.splitlines()]

    t.equal(offered("duetrace-run --col"), ["--color", "--columns"])
    t.equal(sorted(offered("duetrace-run --color ")), ["always", "auto", "never"])
    t.check("scriptfile.dt" in offered("duetrace-run scriptf"), "files")
    t.check("sqlite3" in offered("duetrace-run x --run sqlite"), "commands behind --run")
    screen = Screen(t, "zsh -f")
    screen.type(f"fpath=({place} $fpath); autoload -Uz compinit; compinit -u -D; cd {t.tmp}; PS1='> '; setopt no_beep")
    screen.type("print rea''dy")
    screen.wait_for(r"(?m)^ready$")
    for line, want in (("duetrace-run --colo", "duetrace-run --color="), ("duetrace-run --color nev", "duetrace-run --color never"),
                       ("duetrace-run scriptf", r"duetrace-run scriptfile\.dt")):
        screen.tmux("send-keys", "-l", line)
        screen.key("Tab")
        screen.wait_for(rf"> {want}")
        screen.key("C-c")
        screen.key("C-l")


@test
def by_fish(t):
    t.need("fish")
    script = folder(t) / "duetrace.fish"

    def offered(line):
        env = path(t) | {"HOME": str(t.tmp)}
        r = t.run("fish", "--no-config", "-c", f'source {script}; complete -C "{line}"', env=env, cwd=t.tmp)
        t.equal((r.err, r.status), ("", 0), line)
        return [text.split("\t")[0] for text in r.out.splitlines()]

    t.check({"-e", "-f", "-l", "-o"} <= set(offered("duetrace -")), "short options")
    t.equal(offered("duetrace --form"), ["--format"])
    t.equal(sorted(offered("duetrace -f ")), ["json", "text"])
    t.equal(sorted(offered("duetrace --fail-on ")), ["critical", "high", "info", "low", "medium"])
    t.check({"openfiles", "openfiles2"} <= set(offered("duetrace openf")), "scripts")
    t.check("scriptfile.dt" in offered("duetrace scriptf"), "files")
    t.equal(offered("duetrace -l file:o"), ["file:open"])
    t.check("tracepoint:" in offered("duetrace -l tracep"), "types")
    t.equal(offered("duetrace -e file:o"), ["file:open"])
    t.check("sqlite3" in offered("duetrace -q --run sqlite"), "commands behind --run")


@test
def by_zsh(t):
    """In a terminal, because it completes nowhere else."""
    t.need("zsh", "tmux")
    place = folder(t)
    screen = Screen(t, "zsh -f")
    screen.type(f"fpath=({place} $fpath); autoload -Uz compinit; compinit -u -D; cd {t.tmp}; PS1='> '; setopt no_beep")
    screen.type("print rea''dy")
    screen.wait_for(r"(?m)^ready$")

    def completes(line, want):
        screen.tmux("send-keys", "-l", line)
        screen.key("Tab")
        screen.wait_for(rf"> {want}")
        screen.key("C-c")
        screen.key("C-l")

    completes("duetrace --forma", "duetrace --format=")
    completes("duetrace --format js", "duetrace --format json")
    completes("duetrace -f js", "duetrace -f json")
    completes("duetrace --fail-on cri", "duetrace --fail-on critical")
    completes("duetrace open-coun", "duetrace open-count")
    completes("duetrace scriptf", r"duetrace scriptfile\.dt")
    completes("duetrace -l tracep", "duetrace -l tracepoint:")
    completes("duetrace -l file:unl", "duetrace -l file:unlink")
    completes("duetrace -l tracepoint:syscalls:sys_enter_fchdi", "duetrace -l tracepoint:syscalls:sys_enter_fchdir")
    completes("duetrace -q --run sqlite", "duetrace -q --run sqlite3")


@test
def in_a_terminal_of_bash(t):
    """As readline really calls it."""
    t.need("tmux")
    place = folder(t)
    screen = Screen(t)
    screen.type(f". {place}/duetrace.bash; cd {t.tmp}")
    for line, want in (("duetrace --forma", "duetrace --format"), ("duetrace -l file:unl", "duetrace -l file:unlink"),
                       ("duetrace -l tracep", "duetrace -l tracepoint:"),
                       ("duetrace -e 'file:unl", "duetrace -e 'file:unlink"), ("duetrace open-coun", "duetrace open-count")):
        screen.tmux("send-keys", "-l", line)
        screen.key("Tab")
        screen.wait_for(rf"\$ {re.escape(want)}")
        screen.key("C-c")
        screen.type("clear")
