# SPDX-License-Identifier: Apache-2.0
"""`make install`: what it puts where, and that it works from there; manual pages."""
import os
import pathlib
import re
import subprocess

from harness import ROOT, WAIT, test

PROGRAMS = ("duetrace", "duetrace-run")


def make(t, target, folder, prefix="/opt/x"):
    """In the tree of the tests, which is built already."""
    r = t.run("make", "-s", "-C", ROOT, target, f"DESTDIR={folder}", f"PREFIX={prefix}", seconds=10 * WAIT)
    t.equal((r.status, r.err), (0, ""), f"make {target}")
    return folder / prefix.lstrip("/")


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


@test(alone=True)
def runs_from_where_it_is_installed(t):
    """Programs, library, pages; a script runs by its name from there, and all is gone again."""
    root = make(t, "install", t.tmp / "root")
    have = files(root)
    library = {f"share/duetrace/scripts/{path.relative_to(ROOT / 'scripts')}"
               for path in (ROOT / "scripts").rglob("*") if path.is_file()}
    t.equal({path for path in have if path.startswith("share/duetrace/scripts/")}, library)
    for path in ("share/bash-completion/completions/duetrace-run", "share/zsh/site-functions/_duetrace-run",
                 "share/fish/vendor_completions.d/duetrace-run.fish",
                 "share/duetrace/editors/tree-sitter-duetrace/grammar.js",
                 "bin/duetrace", "bin/duetrace-run", "share/man/man1/duetrace.1",
                 "share/man/man1/duetrace-run.1", "share/man/man7/duetrace.7",
                 "share/man/man7/duetrace-scripts.7", "share/bash-completion/completions/duetrace",
                 "share/zsh/site-functions/_duetrace", "share/fish/vendor_completions.d/duetrace.fish", "share/doc/duetrace/README.md"):
        t.check(path in have, f"{path} is not installed: {sorted(have)}")
    program = root / "bin/duetrace"
    t.check(os.access(program, os.X_OK), "it cannot be executed")
    r = t.run(program, "--check", "openfiles", "1", cwd="/")
    t.equal(r.status, 0)
    t.found(rf"(?m)^{re.escape(str(root))}/share/duetrace/scripts/openfiles\.dt: syntax and types are right", r.out)
    r = t.run(program, "-q", "open-count", "--", "--top=1", "--run", "sh", "-c",
              "for i in 1 2 3 4 5; do : </etc/hosts; done", cwd="/")
    t.equal((r.status, r.err, r.out.strip()), (0, "", "OPENS PROGRAM PATH\n    5 sh      /etc/hosts"))
    # Elsewhere, as where a package was unpacked.
    moved = t.tmp / "moved"
    os.rename(root, moved)
    t.equal(t.run(moved / "bin/duetrace", "--list-scripts", cwd="/").out, t.duetrace("--list-scripts").out)
    os.rename(moved, root)
    make(t, "uninstall", t.tmp / "root")
    t.equal(files(t.tmp / "root"), set(), "left behind")
    t.equal([str(p) for p in (root / "share").rglob("duetrace")], [], "folders left behind")


@test
def version_from_one_place(t):
    """The Makefile's: the programs and the manual say it; CHANGELOG.md has it first."""
    version = re.search(r"(?m)^VERSION := (\S+)$", (ROOT / "Makefile").read_text())[1]
    text = (ROOT / "CHANGELOG.md").read_text()
    t.equal(re.search(r"(?m)^## (\S+) \(\d{4}-\d\d-\d\d\)$", text)[1], version, "CHANGELOG.md")
    libraries = r"libbpf v?\d+\.\d+\S*, SQLite \d+\.\d+\.\d+\n"
    t.matches(rf"duetrace v{re.escape(version)}\nLLVM \d+\.\d+\.\d+\S*, " + libraries, t.duetrace("--version").out)
    t.matches(rf"duetrace-run v{re.escape(version)}\n" + libraries, t.run(t.runner, "--version").out)
    make(t, "share", t.tmp)
    for page in (ROOT / "build/share/man").rglob("*.[17]"):
        t.found(rf"(?m)^\.TH .* \"duetrace {re.escape(version)}\"$", page.read_text())


@test
def manual_pages(t):
    """Neither mandoc nor man has anything to say, and every option, builtin and script is there."""
    t.need("mandoc", "man")
    make(t, "share", t.tmp)
    pages = {path.name: path for path in (ROOT / "build/share/man").rglob("*.[17]")}
    t.equal(set(pages), {"duetrace.1", "duetrace-run.1", "duetrace.7", "duetrace-scripts.7"})
    shown = {}
    for name, path in pages.items():
        said = t.run("mandoc", "-T", "lint", "-W", "warning", path)
        t.equal((said.out, said.status), ("", 0), f"mandoc on {name}")
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", path], capture_output=True, text=True,
                              env={**os.environ, "MANWIDTH": "200", "LC_ALL": "C.UTF-8"}, timeout=WAIT, check=False)
        t.equal((done.stderr, done.returncode), ("", 0), f"man on {name}")
        shown[name] = done.stdout
    for option in re.findall(r"(?m)^  +(-\w|--[\w-]+)", t.duetrace("--help").out):
        t.found(rf"(?m)^\s+(-\w, )?{option}\b", shown["duetrace.1"])
    for option in re.findall(r"(?m)^  +(-\w|--[\w-]+)", t.run(t.runner, "--help").out):
        t.found(rf"(?m)^\s+(-\w, )?{option}\b", shown["duetrace-run.1"])
    table = re.sub(r"/\*.*?\*/", "", (ROOT / "lang/builtins.def").read_text(), flags=re.S)
    for name in re.findall(r"(?m)^BUILTIN\((\w+),", table):
        t.found(rf"(?m)^ +{name}\b", shown["duetrace.7"])
    for line in t.duetrace("--list-scripts").out.splitlines():
        t.found(rf"(?m)\b{re.escape(line.split()[0])}\b", shown["duetrace-scripts.7"])


@test
def short_help(t):
    """For who types the name alone: at most 15 lines, and each of its examples runs."""
    r = t.duetrace()
    t.equal((r.out, r.status), ("", 1))
    t.check(len(r.err.splitlines()) <= 15 and max(map(len, r.err.splitlines())) <= 100, r.err)
    examples = re.findall(r"(?m)^  sudo duetrace (.*)$", r.err)
    t.equal(len(examples), 3, "examples")
    for words in examples:
        end = "" if "--run" in words else " --run true"
        r = t.run("sh", "-c", f"'{t.binary}' {words}{end}", cwd=t.tmp)
        t.equal(r.status, 0, words)
    t.check((t.tmp / "use.sqlite").exists(), "no database")


@test
def help_fits(t):
    r = t.duetrace("--help")
    t.equal([text for text in r.out.splitlines() if len(text) > 100], [], "lines of more than 100 columns")
    for status, meaning in re.findall(r'(?m)^EXIT_STATUS\("(\w)", "(.*)"\)$',
                                      (ROOT / "cli/exit_status.def").read_text()):
        t.found(rf"(?m)^  {status}  {re.escape(meaning)}$", r.out)
        t.found(rf"(?m)^\| `{status}` \| {re.escape(meaning)} \|$", (ROOT / "docs/commandline.md").read_text())


@test
def help_of_the_runner(t):
    """Its options are rows of duetrace's, with the same words; each is taken."""
    r = t.run(t.runner, "--help")
    t.equal((r.err, r.status, [text for text in r.out.splitlines() if len(text) > 100]), ("", 0, []))
    every = t.duetrace("--help").out
    options = [text for text in r.out.splitlines() if re.match(r" +-", text)]
    t.check(len(options) >= 18, options)
    for text in options:
        t.check(text in every, text)
    image = t.tmp / "x.o"
    t.equal(t.duetrace("--emit", "image", "-o", image, "-e", 'begin { printf("%d\\n", $1 + 1); emit x { a = 1 }; }').status, 0)
    arguments = {"FORMAT": "json", "MODE": "full", "LIST": "time", "WHEN": "never", "SEVERITY": "high",
                 "SIZE": "64K", "PID": str(os.getpid()), "COMMAND": "true"}
    for text in options:
        names, argument = re.match(r" +(-\w)?(?:, )?(?: *(--[\w-]+))? ?([A-Z]+)?", text).groups()[:2], re.match(
            r" +[-\w, ]+? ([A-Z]+)\b", text[:30])
        for name in names:
            if not name or name in ("--run", "-h", "--help", "-V", "--version"):
                continue
            r = t.run(t.runner, name, *([arguments.get(argument[1], t.tmp / f"file{name}")] if argument else []), image, "4", seconds=WAIT)
            t.equal(r.status, 0, f"{name}: {r.err}")


@test
def colour_of_the_runner(t):
    image = t.tmp / "x.o"
    program = "rule r = { severity = high; } begin { alert r { n = 1 }; }"
    t.equal(t.duetrace("--emit", "image", "-o", image, "-e", program).status, 0)
    for words, env, coloured in (((), {}, False), (("--color", "always"), {}, True), (("--color=always",), {"NO_COLOR": "1"}, True),
                                 (("--color", "never"), {}, False), (("--color", "auto"), {}, False)):
        r = t.run(t.runner, "-q", *words, image, env=env)
        t.equal("\x1b[31mhigh\x1b[0m" in r.out, coloured, words)
    r = t.run(t.runner, "--color", "always", "/no/such")
    t.equal(r.err, "\x1b[31mERROR: \x1b[0mCould not open /no/such: No such file or directory\n")
    r = t.run(t.runner, "--color", "sometimes", image)
    t.equal((r.err, r.status), ("ERROR: --color is 'sometimes', but must be one of: auto, always, never\n", 1))
    r = t.run(t.runner)
    t.equal(r.status, 1)
    t.found(r"\AUsage: duetrace-run .*\n.*\nHINT: duetrace-run --help lists the options\.\n\Z", r.err)


@test
def service_example(t):
    t.need("systemd-analyze")
    program = pathlib.Path(t.binary)
    text = (ROOT / "packaging/duetrace@.service").read_text().replace("ExecStart=duetrace", f"ExecStart={program}")
    unit = t.write("duetrace@openfiles2.service", text)
    r = t.run("systemd-analyze", "verify", "--man=no", unit)
    t.equal((r.status, r.err), (0, ""))


@test
def licences(t):
    """Each file of code says its licence: what runs in the kernel both, everything else Apache-2.0."""
    t.found(r"Apache License\s+Version 2\.0", (ROOT / "LICENSE").read_text())
    wrong = []
    for pattern in ("**/*.[chly]", "**/*.py", "**/*.sh", "scripts/**/*.dt", "Makefile.*"):
        for path in ROOT.glob(pattern):
            name = path.relative_to(ROOT)
            if name.parts[0] == "build" or name.parts[:2] in (("tests", "golden"), ("tests", "world")):
                continue
            head = path.read_text(errors="replace")[:300]
            kernel = name.parts[0] == "bpf-helpers" or name.name.endswith(".bpf.c")
            if f"SPDX-License-Identifier: {'(GPL-2.0-only OR BSD-2-Clause)' if kernel else 'Apache-2.0'}" not in head:
                wrong.append(str(name))
    t.equal(wrong, [])


@test(alone=True)
def debian_package(t):
    """lintian finds no error; unpacked somewhere, it runs from there."""
    t.need("dpkg-deb", "dpkg-shlibdeps", "lintian")
    r = t.run("make", "-s", "-C", ROOT, "deb", seconds=10 * WAIT)
    t.equal(r.status, 0, r.err)
    package = ROOT / r.out.split()[-1]
    said = t.run("lintian", package, seconds=5 * WAIT)
    t.equal(re.findall(r"(?m)^E: .*", said.out), [])
    t.found(r"(?m)^Version: " + re.search(r"(?m)^VERSION := (\S+)$", (ROOT / "Makefile").read_text())[1] + "$",
            t.run("dpkg-deb", "-f", package).out.replace("Version: ", "\nVersion: "))
    t.equal(t.run("dpkg-deb", "-x", package, t.tmp / "root").status, 0)
    r = t.run(t.tmp / "root/usr/bin/duetrace", "-q", "open-count", "--", "--top=1", "--run", "sh", "-c",
              "for i in 1 2 3 4 5; do : </etc/hosts; done", cwd="/")
    t.equal((r.status, r.out.strip()), (0, "OPENS PROGRAM PATH\n    5 sh      /etc/hosts"))
