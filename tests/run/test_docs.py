# SPDX-License-Identifier: Apache-2.0
"""Every example of README.md, docs/ and bench/README.md runs and prints what it shows.

A fenced block is an example when its info string says so; other blocks are prose:

    ```console            commands after "$ " and what each prints, run by sh in a scratch
                          directory with duetrace and the repository's scripts at hand; "..." on a
                          line of its own stands for any lines, "..." in a line for any text
    ```duetrace           a program: it compiles (--dry-run)
    ```duetrace-error     a program: it is refused
    ```sql                a query: it runs on the database that the page's last --db made

Every other block must be ```text, so that nothing is forgotten.
"""
import os
import re
import shutil

from harness import ROOT, TESTS, Failure, Test, test

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "bench" / "README.md",
                ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"])


def blocks(text):
    """(info, first line, text) of every fenced block."""
    found = []
    info = None
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("```"):
            if info is None:
                info, start, lines = line[3:].strip(), number, []
            else:
                found.append((info, start, "\n".join(lines)))
                info = None
        elif info is not None:
            lines.append(line)
    if info is not None:
        raise Failure(f"line {start}: the block does not end")
    return found


def transcript(text):
    """[(command, expected output)]; a command goes on while a quote of it is open."""
    pairs = []
    more = False
    for line in text.split("\n"):
        if more or line.startswith("$ "):
            if more:
                pairs[-1][0] += "\n" + line
            else:
                pairs.append([line[2:], []])
            more = pairs[-1][0].count("'") % 2 == 1
        elif pairs:
            pairs[-1][1].append(line)
        else:
            raise Failure(f"output before the first command: {line}")
    return [(command, "\n".join(lines)) for command, lines in pairs]


def pattern(expected):
    """Blank lines at the end and trailing blanks do not count."""
    parts = []
    for line in expected.rstrip("\n").split("\n"):
        if line.strip() == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(r".*?".join(re.escape(p) for p in line.rstrip().split("...")) + r"[ ]*\n")
    return "".join(parts) + r"\n*"


def environment(t):
    tools = t.tmp / "bin"
    tools.mkdir()
    for path in (t.binary, t.runner):
        os.symlink(path, tools / os.path.basename(path))
    # The tests are root already, in places where there is no sudo.
    sudo = tools / "sudo"
    sudo.write_text('#!/bin/sh\nexec "$@"\n')
    sudo.chmod(0o755)
    shutil.copytree(ROOT / "scripts", t.tmp / "scripts")
    return {"PATH": f"{tools}:{os.environ['PATH']}"}


def run_console(t, env, line, text):
    for command, expected in transcript(text):
        r = t.run("sh", "-c", command + "\n", env=env, cwd=t.tmp)
        shown = "\n".join(x.rstrip() for x in (r.err + r.out).rstrip("\n").split("\n")) + "\n"
        if not re.fullmatch(pattern(expected), shown):
            raise Failure(f"line {line}: {command}\nexpected:\n{expected}\ngot:\n{shown}")


def run_block(t, env, info, line, text):
    if info == "console":
        run_console(t, env, line, text)
    elif info in ("duetrace", "duetrace-error"):
        r = t.duetrace("--dry-run", "-q", "-", "1", "2", stdin=text)
        if (r.status != 0) != (info == "duetrace-error"):
            raise Failure(f"line {line}: status {r.status}\n{text}\n{r.err}")
    elif info == "sql":
        databases = sorted(t.tmp.glob("*.sqlite"), key=os.path.getmtime)
        if not databases:
            raise Failure(f"line {line}: no command of the page made a database")
        t.sql(databases[-1], text)
    elif info != "text":
        raise Failure(f"line {line}: a block of kind {info!r}")


def page(path):
    def body(t):
        env = environment(t)
        for info, line, text in blocks(path.read_text()):
            run_block(t, env, info, line, text)
    return body


for _page in PAGES:
    TESTS.append(Test(f"docs/{_page.relative_to(ROOT)}", page(_page)))


@test
def names_of_files(t):
    """Files and pages that these pages name are there; links lead to one."""
    missing = []
    for path in PAGES:
        text = re.sub(r"(?ms)^```.*?^```", "", path.read_text())
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            if not (path.parent / target).exists():
                missing.append(f"{path.name}: {target}")
        for name in re.findall(r"`((?:lang|cli|compiler|runtime|image|bpf-helpers|docs|tests|packaging|editors)/[\w./@*-]+)`", text):
            if not re.search("NAME|PROVIDER|TAG", name) and not list(ROOT.glob(name.rstrip("/"))):
                missing.append(f"{path.name}: {name}")
    t.equal(missing, [])
