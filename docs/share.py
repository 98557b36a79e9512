# SPDX-License-Identifier: Apache-2.0
"""What is installed beside the program, made from the tables and the pages of docs/: manual pages,
completions of shells, syntax for editors."""
import pathlib
import re

import completions
import editors
import roff
import tables
from tables import ROOT


def release_date():
    """Of the version, as CHANGELOG.md has it."""
    return re.search(rf"(?m)^## {re.escape(tables.version())} \((\d{{4}}-\d\d-\d\d)\)$",
                     (ROOT / "CHANGELOG.md").read_text())[1]


def manual(name, number, markdown, summary, **more):
    return roff.page(name, number, release_date(), tables.version(), summary, markdown, **more)


def page(name):
    return (ROOT / "docs" / name).read_text()


def scripts_page():
    """The page of the library, and before its parts a list of all."""
    lines = ["## All by name", "", "| script | question |", "| --- | --- |"]
    lines += [f"| `{name}` | {said.get('Question', '')} |" for name, said in tables.scripts().items()]
    text = page("library.md")
    at = text.index("\n## ")
    return text[:at] + "\n" + "\n".join(lines) + "\n" + text[at:]


def synopsis(page):
    """(lines of the first block, the page without it)"""
    block = re.search(r"```text\n(.*?)```\n", page, re.S)
    lines = [".SH SYNOPSIS"]
    for number, usage in enumerate(block[1].strip().split("\n")):
        lines += ([".br"] if number else []) + [r"\fB" + roff.code(usage.split(" ", 1)[0]) + r"\fR "
                                                + roff.code(usage.split(" ", 1)[1])]
    return lines, page.replace(block[0], "", 1)


def command_page():
    before, rest = synopsis(page("commandline.md"))
    return manual("duetrace", 1, rest, "which data is used, by whom, and how", before=before)


def runner_page():
    """Of duetrace-run, from what its --help prints."""
    usage = re.search(r"usage\[\] =\n(.*?);\n", (ROOT / "duetrace-run.c").read_text(), re.S)[1]
    words = [tables.text(part) for part in re.findall(tables.STRING, usage)]
    words = "".join(words).replace("\\n", "\n")
    listed = ""
    for _, short, long, argument, meaning in tables.runner_options():
        names = ", ".join(name for name in (short and f"-{short}", long and f"--{long}") if name)
        listed += f"| `{names}{' ' * bool(argument)}{argument}` | {meaning} |\n"
    listed = listed.replace("`cpid`", "cpid")
    statuses = "".join(f"| `{number}` | {meaning} |\n" for number, meaning in tables.exit_statuses())
    text = ("`duetrace-run` runs images, which `duetrace --emit image -o FILE SCRIPT` makes. It has no compiler in it."
            " Parameters are those of the script; after `--` all words are parameters, and `--name=value` there is an option of"
            " the script's own.\n\n## Options\n\n| option | meaning |\n| --- | --- |\n" + listed
            + "\n## Exit status\n\n| status | meaning |\n| --- | --- |\n" + statuses
            + "\n## Environment\n\nWith `NO_COLOR` set nothing is coloured, unless `--color always` says so.\n"
            + "\n## See also\n\nduetrace(1), which says more of each option.\n")
    before, _ = synopsis("```text\n" + "".join(
        line.removeprefix("Usage:").strip() + "\n" for line in words.split("\n\n")[0].split("\n")) + "```\n")
    return manual("duetrace-run", 1, text, "runs compiled scripts of duetrace", before=before)


def files():
    """{path below the folder: text}"""
    return {f"editors/{name}": text for name, text in editors.files().items()} | {
        "completions/duetrace.bash": completions.bash(),
        "completions/duetrace-run.bash": completions.bash_runner(),
        "completions/_duetrace": completions.zsh(),
        "completions/_duetrace-run": completions.zsh_runner(),
        "completions/duetrace.fish": completions.fish(),
        "completions/duetrace-run.fish": completions.fish_runner(),
        "man/man1/duetrace.1": command_page(),
        "man/man1/duetrace-run.1": runner_page(),
        "man/man7/duetrace.7": manual("duetrace", 7, page("language.md"), "the language of duetrace's scripts"),
        "man/man7/duetrace-scripts.7": manual("duetrace-scripts", 7, scripts_page(),
                                              "the scripts that come with duetrace"),
    }


def write(folder):
    for name, text in files().items():
        path = pathlib.Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
