# SPDX-License-Identifier: Apache-2.0
"""Reads the tables of the source (*.def) for what is generated from them."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
STRING = r'"((?:[^"\\]|\\.)*)"'


def text(c):
    """A C string's characters."""
    return c.replace('\\"', '"').replace("\\\\", "\\")


def rows(path, pattern):
    return [tuple(text(part) for part in found)
            for found in re.findall(pattern, (ROOT / path).read_text(), re.M)]


def options(kinds="(?:IMAGE_)?OPTION"):
    """(heading, short, long, argument, help) of cli/options.def; with a heading the rest is empty."""
    return rows("cli/options.def", r'^(?:HEADING\(' + STRING + rf'\)|{kinds}\(' + r'\w+,\s*(?:\'(\w)\'|0),\s*' + STRING
                + r',\s*' + STRING + r',\s*' + STRING + r'\))')


def runner_options():
    """Those that duetrace-run has, too."""
    return [row for row in options("IMAGE_OPTION") if not row[0]]


def exit_statuses():
    return rows("cli/exit_status.def", r"^EXIT_STATUS\(" + STRING + r",\s*" + STRING)


def builtins():
    """(name, prototype, doc)"""
    return [(name, prototype, doc) for name, prototype, _, doc, _ in rows(
        "lang/builtins.def",
        r"^BUILTIN\((\w+),\s*" + STRING + r",\s*(\w+)[^\"]*?" + STRING + r",\s*" + STRING)]


def probes():
    """(name, short name, doc)"""
    return rows("lang/probes.def",
                r"^PROBE_TYPE\((\w+),\s*" + STRING + r",\s*\w+,\s*\"[\w.]+\",\s*\w+,\s*" + STRING)


def events():
    """(provider, event, system calls, doc) of the data probes."""
    return rows("lang/events.def", r"^EVENT\((\w+),\s*(\w+),\s*" + STRING + r",\s*\w+,\s*" + STRING)


def version():
    return re.search(r"(?m)^VERSION := (.*)$", (ROOT / "Makefile").read_text())[1]


def scripts():
    """{name: the parts of its head: Question, Usage, Output, Example (lines), ...} of the library."""
    found = {}
    for path in sorted((ROOT / "scripts").glob("*.dt")):
        head = re.search(r"/\*\n(.*?)\n \*/", path.read_text(), re.S)
        parts = {}
        for line in head[1].split("\n") if head else []:
            key, words = re.fullmatch(r" \*(?: (\w+):)? *(.*)", line).groups()
            if key:
                parts[key] = []
            if not parts:
                continue
            last = list(parts)[-1]
            parts[last].append(line[13:] if last == "Example" else words)
        found[path.stem] = {key: lines if key == "Example" else " ".join(lines)
                            for key, lines in parts.items()}
    return found
