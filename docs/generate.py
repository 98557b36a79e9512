#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the parts of docs/*.md that come from tables of the source: `make docs`.

A part stands between `<!-- generated: NAME -->` and `<!-- end -->`. With --check nothing is written;
the status says whether all parts are as the tables are. `--share FOLDER` writes what is installed beside
the program instead: manual pages, completions, what editors need.
"""
import re
import sys

import share
import tables
from tables import ROOT, STRING, rows


def cell(words):
    return words.replace("|", "\\|")


def table(heads, lines):
    out = ["| " + " | ".join(heads) + " |", "| " + " | ".join("---" for _ in heads) + " |"]
    return out + ["| " + " | ".join(line) + " |" for line in lines]


def builtins():
    """One table: name with its parameters, result, what it is."""
    lines = []
    for name, prototype, doc in tables.builtins():
        result, parameters = re.fullmatch(r"(.*?)\s*\((.*)\)", prototype).groups()
        shown = f"`{name}({parameters})`" if parameters else f"`{name}`"
        lines.append((cell(shown), cell(f"`{result}`") if result != "custom" else "", cell(doc)))
    return table(("name", "result", "meaning"), lines)


def probes():
    return table(("probe", "short", "meaning"),
                 [(f"`{name}`", f"`{alias}`" if alias else "", cell(doc))
                  for name, alias, doc in tables.probes()])


def events():
    """What data probes there are."""
    return table(("probe", "system calls", "fires when"),
                 [(f"`{provider}:{name}`", ", ".join(f"`{call}`" for call in calls.split()), cell(doc))
                  for provider, name, calls, doc in tables.events()])


def event_args():
    kinds = {"boolean": "bool", "text": "string", "line": "string"}
    common = rows("lang/events.def", r"^EVENT_COMMON\((\w+),\s*(\w+),\s*\w+,\s*\w+,\s*" + STRING)
    own = rows("lang/events.def",
               r"^EVENT_(?:ARG|KEPT)\((\w+),\s*(\w+),\s*(\w+),\s*(\w+),\s*\w+,\s*" + STRING)
    lines = [(f"`{arg}`", "every", f"`{kinds.get(kind, kind)}`", cell(doc)) for arg, kind, doc in common]
    lines += [(f"`{arg}`", f"`{provider}:{event}`", f"`{kinds.get(kind, kind)}`", cell(doc))
              for provider, event, arg, kind, doc in own]
    return table(("arg", "of", "type", "meaning"), lines)


def perf_events():
    pattern = r"^PERF_EVENT\((\w+),\s*" + STRING + r",\s*" + STRING + r",\s*(\w+),\s*(\d+)\)"
    return table(("event", "short", "count"),
                 [(f"`{kind}:{name}`", f"`{kind}:{alias}`" if alias else "", count)
                  for kind, name, alias, _, count in rows("lang/perf_events.def", pattern)])


def settings():
    pattern = (r"^SETTING\((\w+),\s*(\w+),[^\"]*" + STRING + r",\s*" + STRING + r",\s*" + STRING)
    lines = []
    for key, kind, standard, words, doc in rows("lang/settings.def", pattern):
        if kind == "IGNORED":
            continue
        allowed = re.split(r"\|" if "|" in words else " ", words) if words else []
        values = {"NUMBER": "a number", "TRUTH": "`true`, `false`", "TEXT": "a text",
                  "WORD": ", ".join(f"`{word}`" for word in allowed)}[kind]
        lines.append((f"`{key}`", f"`{standard}`", values, cell(doc)))
    return table(("key", "default", "values", "meaning"), lines)


def ignored():
    pattern = r"^SETTING\((\w+),\s*IGNORED"
    keys = re.findall(pattern, (ROOT / "lang/settings.def").read_text(), re.M)
    return ["Old scripts may set " + ", ".join(f"`{key}`" for key in keys) + "; they mean nothing."]


def kernel_matrix():
    """tests/vm/matrix.py, as its rows are tested there and by tests/run/test_matrix.py."""
    sys.path.insert(0, str(ROOT / "tests/vm"))
    import matrix
    lines = []
    kernels = (*matrix.KERNELS, matrix.RUNNING)
    for kind, variant, words, printed in matrix.ROWS:
        said = []
        for kernel in kernels:
            here = matrix.wanted(kernel, kind, variant, printed)
            refused = matrix.is_refusal(here)
            why_not = matrix.not_there(words) if kernel == matrix.RUNNING else None
            said.append(f"not tried: {why_not}" if why_not else "yes" if not refused else
                        "refused: " + here.removeprefix("ERROR: ").removeprefix("is not available: "))
        lines.append((f"`{kind}`", cell(variant)) + tuple(cell(word) for word in said))
    return table(("probe", "form") + kernels, lines)


def kernel_rest():
    sys.path.insert(0, str(ROOT / "tests/vm"))
    import matrix
    return table(("probe", "form", "why not"), [(cell(a), cell(b), cell(c)) for a, b, c in matrix.NOT_HERE])


def options():
    out = []
    for heading, short, long, argument, help_text in tables.options():
        if heading:
            out += ([""] if out else []) + [f"### {heading}", ""] + table(("option", "meaning"), [])
            continue
        names = [f"-{short}"] * bool(short) + [f"--{long}"] * bool(long)
        names[-1] += f" {argument}" if argument else ""
        out.append(f"| {', '.join(f'`{cell(n)}`' for n in names)} | {cell(help_text)} |")
    return out


def exit_status():
    return table(("status", "meaning"), [(f"`{number}`", cell(doc)) for number, doc in tables.exit_statuses()])


def script(name):
    """What the head of a script of the library says: its question, usage, output, limits, an example."""
    said = tables.scripts()[name]
    out = [f"### {name}", "", said["Question"][0].upper() + said["Question"][1:], "",
           f"Usage: `{said['Usage'].rstrip('.')}`", ""]
    out += ["```console", *said["Example"], "```", ""]
    for key in said:
        if key not in ("Question", "Usage", "Example"):
            out += [f"{key}: {said[key]}", ""]
    return out[:-1]


PARTS = {"builtins": builtins, "probes": probes, "perf-events": perf_events, "events": events, "event-args": event_args,
         "settings": settings, "ignored-settings": ignored,
         "options": options, "exit-status": exit_status, "kernel-matrix": kernel_matrix, "kernel-rest": kernel_rest}


def part_of(name):
    return script(name.removeprefix("script-")) if name.startswith("script-") else PARTS[name]()


def generated(page):
    def part(found):
        return f"<!-- generated: {found[1]} -->\n\n" + "\n".join(part_of(found[1])) + "\n\n<!-- end -->"
    return re.sub(r"<!-- generated: ([\w-]+) -->\n.*?<!-- end -->", part, page, flags=re.S)


def main():
    if "--share" in sys.argv:
        share.write(sys.argv[sys.argv.index("--share") + 1])
        return 0
    stale = []
    for path in sorted((ROOT / "docs").glob("*.md")):
        old = path.read_text()
        new = generated(old)
        if old != new:
            stale.append(str(path.relative_to(ROOT)))
            if "--check" not in sys.argv:
                path.write_text(new)
    for path in stale:
        print(f"{path}: {'run make docs' if '--check' in sys.argv else 'written'}")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
