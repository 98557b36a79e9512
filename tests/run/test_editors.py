# SPDX-License-Identifier: Apache-2.0
"""What editors are given: Vim's groups and VS Code's scopes at places of a script, each by the editor's own engine."""
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


SCOPED = """\
#!/usr/bin/env duetrace
// a comment with begin { in it
config = { max_strlen = 64 }
BEGIN, tracepoint:syscalls:sys_enter_openat,file:open
/pid == $1 && comm != "x%-5d%%\\n // \\"y"/
{
	@opens[comm] = count(); /* begin
	end */ if ($x > 0x1f) { printf("%s", str(args.filename)); }
	$y = (uint64)true; $z = 5ms + $#; $v = args.comm + 1_000;
	emit open { args->pid };
	alert leak { };
}
#define X 1
p:hz:9 { print(@); for $i : 0..ncpus { endless(); } }
"""
# (line, text, scope of all of it, or "" for none)
SCOPES = (
    (1, "#!/usr/bin/env duetrace", "meta.preprocessor"), (2, "// a comment with begin { in it", "comment.line.double-slash"),
    (3, "config", "keyword.control"), (3, "64", "constant.numeric"), (4, "BEGIN", "entity.name.function.probe"),
    (4, " tracepoint:syscalls:sys_enter_openat", "entity.name.function.probe"), (4, "file:open", "entity.name.function.probe"),
    (5, "pid", "variable.language"), (5, "$1", "variable.other"), (5, "comm", "variable.language"),
    (5, "x", "string.quoted.double"), (5, "%-5d", "constant.other.placeholder"), (5, "%%", "constant.other.placeholder"),
    (5, "\\n", "constant.character.escape"), (5, " // ", "string.quoted.double"), (5, '\\"', "constant.character.escape"),
    (7, "@opens", "variable.other.map"), (7, "count", "support.function"), (7, " begin", "comment.block"),
    (8, "\tend ", "comment.block"), (8, "if", "keyword.control"), (8, "0x1f", "constant.numeric"),
    (8, "printf", "support.function"), (8, "filename", "variable.other.member"), (9, "uint64", "storage.type"),
    (9, "true", "constant.language"), (9, "5ms", "constant.numeric"), (9, "$#", "variable.other"),
    (9, "comm", "variable.other.member"), (9, "1_000", "constant.numeric"), (10, "emit", "keyword.control"),
    (10, "args", "variable.language"), (10, "pid", "variable.other.member"), (11, "alert", "keyword.control"),
    (13, "#define X 1", "meta.preprocessor"), (14, "p:hz:9", "entity.name.function.probe"), (14, "@", "variable.other.map"),
    (14, "for", "keyword.control"), (14, "$i", "variable.other"), (14, "ncpus", "variable.language"), (14, "0", "constant.numeric"),
)


def by_engine(t, place, *scripts):
    """Of each script its lines, of each line [text, scope]."""
    t.need("node", "npm")
    r = t.run("make", "-s", "-j2", "-C", ROOT, "editor-tools", seconds=600)
    t.equal(r.status, 0, r.out + r.err)
    r = t.run("node", ROOT / "tests/tools/textmate.js", ROOT / "build/npm", place / "vscode/duetrace.tmLanguage.json", *scripts)
    t.equal((r.status, r.err), (0, ""))
    return json.loads(r.out)


@test
def by_the_engine_of_vscode(t):
    said, = by_engine(t, folder(t), t.write("x.dt", SCOPED))
    for line, text, want in SCOPES:
        t.check([text, f"{want}.duetrace"] in said[line - 1], f"{line}: {text} {want}: {said[line - 1]}")
    t.check(["endless", "keyword.control.duetrace"] not in said[13], said[13])


@test
def whole_scripts_by_the_engine_of_vscode(t):
    """No text is lost; a comment or a string that begins ends where it does; each probe is one."""
    scripts = sorted((ROOT / "scripts").glob("*.dt"))
    for script, lines in zip(scripts, by_engine(t, folder(t), *scripts), strict=True):
        text = script.read_text()
        t.equal(["".join(part for part, _ in line) for line in lines], text.split("\n"), script.name)
        blocks = [scope for line in lines for part, scope in line if part == "/*"]
        begun = [one for one in re.findall(r'(?s)"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/', text) if one.startswith("/*")]
        t.equal(blocks, ["comment.block.duetrace"] * len(begun), script.name)
        probes = [part for line in lines for part, scope in line if scope == "entity.name.function.probe.duetrace"]
        t.check(probes or script.name.startswith("common"), script.name)
        t.equal(lines[-1], [["", "source.duetrace"]], script.name)


@test
def extension_of_vscode(t):
    """Each file that the manifest names is there and is what it is named as; nothing needed to publish is missing."""
    place = folder(t) / "vscode"
    package = json.loads((place / "package.json").read_text())
    for key in ("name", "displayName", "description", "version", "publisher", "license", "engines"):
        t.check(package.get(key), key)
    t.found(r"^\d+\.\d+\.\d+$", package["version"])
    language, = package["contributes"]["languages"]
    grammar, = package["contributes"]["grammars"]
    t.equal(grammar["language"], language["id"])
    t.equal(json.loads((place / grammar["path"]).read_text())["scopeName"], grammar["scopeName"])
    for script in (ROOT / "scripts").glob("*.dt"):
        t.found(language["firstLine"], script.read_text().split("\n")[0], script.name)
    configuration = json.loads((place / language["configuration"]).read_text())
    t.equal(configuration["comments"], {"lineComment": "//", "blockComment": ["/*", "*/"]})
    t.check(["{", "}"] in configuration["brackets"], configuration)
