# SPDX-License-Identifier: Apache-2.0
"""What editors are given: Vim's groups at places of a script, and that every script of the tree is read."""
import json
import re

from harness import ROOT, WAIT, test

SCRIPT = """\
#!/usr/bin/env duetrace
// a comment with begin { in it
config = { max_strlen = 64 }
tracepoint:syscalls:sys_enter_openat
/pid == $1 && comm != "x%d\\n"/
{
	@opens[comm] = count();
	if ($x > 0x1f) { printf("%s", str(args.filename)); }
	$y = (uint64)true; /* begin */
}
"""
# (line, text whose first byte is looked at, group)
PLACES = (
    (2, "begin", "duetraceComment"), (3, "config", "duetraceKeyword"), (3, "64", "duetraceNumber"),
    (4, "tracepoint", "duetraceProbe"), (5, "pid", "duetraceBuiltin"), (5, "$1", "duetraceVariable"),
    (5, '"x', "duetraceString"), (5, "%d", "duetraceFormat"), (5, "\\n", "duetraceEscape"), (7, "@opens", "duetraceMap"),
    (7, "count", "duetraceBuiltin"), (8, "if", "duetraceKeyword"), (8, "0x1f", "duetraceNumber"),
    (8, "printf", "duetraceFunction"), (8, "args", "duetraceBuiltin"), (9, "uint64", "duetraceType"),
    (9, "true", "duetraceBoolean"), (9, "begin", "duetraceComment"), (1, "#!", "duetracePreProc"),
)


def folder(t):
    r = t.run("make", "-s", "-C", ROOT, "share", seconds=WAIT)
    t.equal((r.status, r.err), (0, ""))
    return ROOT / "build/share/editors"


@test
def by_vim(t):
    t.need("vim")
    place = folder(t)
    script, out = t.write("x.dt", SCRIPT), t.tmp / "out"
    lines = SCRIPT.split("\n")
    asks = [f"call add(g:said, synIDattr(synID({line}, {lines[line - 1].index(text) + 1}, 1), 'name'))"
            for line, text, _ in PLACES]
    vimrc = t.write("vimrc", f"set nocompatible\nset runtimepath^={place}/vim\nfiletype plugin on\nsyntax on\n")
    t.write("ask.vim", "let g:said = [&filetype, &commentstring]\n" + "\n".join(asks) +
            f"\ncall writefile(g:said, '{out}')\nqa!\n")
    r = t.run("vim", "-N", "-u", vimrc, "-n", "-es", "-S", t.tmp / "ask.vim", script,
              env={"TERM": "dumb", "HOME": str(t.tmp)})
    t.check(out.exists(), f"vim: {r.out} {r.err}")
    said = out.read_text().splitlines()
    t.equal(said[:2], ["duetrace", "// %s"])
    t.equal([(line, text, got) for (line, text, _), got in zip(PLACES, said[2:])], list(PLACES))


@test
def names_come_from_the_tables(t):
    """Each builtin, type of probe and keyword is in both; the expressions of VS Code's are well formed."""
    place = folder(t)
    vim = (place / "vim/syntax/duetrace.vim").read_text()
    grammar = json.loads((place / "vscode/duetrace.tmLanguage.json").read_text())
    package = json.loads((place / "vscode/package.json").read_text())
    json.loads((place / "vscode/language-configuration.json").read_text())
    t.equal(package["contributes"]["grammars"][0]["path"], "./duetrace.tmLanguage.json")
    text = json.dumps(grammar)
    words = []
    for table, row in (("builtins", "BUILTIN"), ("probes", "PROBE_TYPE")):
        words += re.findall(rf"(?m)^{row}\((\w+),", (ROOT / f"lang/{table}.def").read_text())
    for word in words + ["if", "while", "fn", "macro", "import", "emit", "unroll", "comptime", "dataset"]:
        for where, have in (("vim", vim), ("vscode", text)):
            t.found(rf"\b{word}\b", have, f"{where}: {word}")
    for pattern in grammar["patterns"]:
        for key in ("match", "begin", "end"):
            if key in pattern:
                re.compile(pattern[key])

    def scope(line, text):
        """Of the first pattern that matches at a place, as TextMate chooses."""
        at = line.index(text)
        for pattern in grammar["patterns"]:
            for found in re.finditer(pattern.get("match", pattern.get("begin")), line):
                start = found.start() + len(found[0]) - len(found[0].lstrip())
                if start == at:
                    return pattern["name"].removesuffix(".duetrace")
        return None
    for line, text, want in (("file:open /pid == 1/", "file:open", "entity.name.function.probe"), ("// x", "//", "comment.line.double-slash"),
                             ("\tprintf(x);", "printf", "support.function"), ("\t$x = pid;", "pid", "variable.language"),
                             ("\t$x = pid;", "$x", "variable.other"), ("\t@m[1]", "@m", "variable.other.map"),
                             ("\tif (x) {", "if", "keyword.control"), ("(uint64)$x", "uint64", "storage.type")):
        t.equal(scope(line, text), want, line)
