# SPDX-License-Identifier: Apache-2.0
"""The grammar for tree-sitter, built with what tree-sitter's CLI has in its package of npm: it reads every script of the
tree, accepted programs of the other tests and the examples of the pages; trees and captures are those expected."""
import json
import os
import re
import shlex
import subprocess
import sys

from harness import ROOT, test
from test_docs import PAGES, blocks, transcript

sys.path.insert(0, str(ROOT / "docs"))
import tables  # noqa: E402

GRAMMAR = ROOT / "editors/tree-sitter-duetrace"
PARSE = ROOT / "build/tree-sitter/parse"
STAGE = ROOT / os.environ.get("B", "build/release") / "tests/stage"


def built(t):
    t.need("node", "npm", "c++")
    r = t.run("make", "-s", "-j2", "-C", ROOT, "editor-tools", "share", seconds=600)
    t.equal(r.status, 0, r.out + r.err)


def parse(t, *args):
    return t.run(PARSE, *args)


def accepted(script):
    """The tree of the compiler is there, whatever it says later of types."""
    done = subprocess.run([STAGE, ROOT / "tests/world", "ast", script], capture_output=True, timeout=60, check=False)
    return done.returncode == 0 and b"ERROR" not in done.stdout + done.stderr


def tables_examples(table):
    """The last column of its rows."""
    found = re.findall(tables.STRING + r"\)$", (ROOT / f"lang/{table}.def").read_text(), re.M)
    return [tables.text(program) for program in found if "{" in program]


def examples():
    """Programs of the pages and of the tables."""
    for page in PAGES:
        for info, _, text in blocks(page.read_text()):
            if info == "duetrace":
                yield text
            if info != "console":
                continue
            for command, _ in transcript(text):
                words = shlex.split(command, comments=True)
                yield from (words[at + 1] for at, word in enumerate(words[:-1]) if word == "-e" and "duetrace" in command)
    for table in ("builtins", "probes"):
        yield from tables_examples(table)


@test
def reads_every_script(t):
    built(t)
    scripts = sorted({*(ROOT / "scripts").rglob("*.dt"), *(ROOT / "tests/tools").glob("*.dt"),
                      *(ROOT / "tests/verify").glob("*.dt")})
    goldens = [path for path in sorted((ROOT / "tests/golden").rglob("*.dt")) if accepted(path)]
    # Other tests have files of theirs beside them for a moment.
    scripts = [path for path in scripts if not path.name.startswith(".")]
    goldens = [path for path in goldens if not path.name.startswith(".")]
    t.check(len(scripts) > 85 and len(goldens) > 250, f"{len(scripts)} scripts, {len(goldens)} goldens")
    shown = [t.write(f"example{number}.dt", text + "\n") for number, text in enumerate(examples())]
    shown = [path for path in shown if accepted(path)]
    t.check(len(shown) > 170, f"{len(shown)} examples")
    r = parse(t, "check", *scripts, *goldens, *shown)
    t.equal((r.status, r.out, r.err), (0, "", ""))


@test
def says_where_a_script_is_wrong(t):
    """What the test above relies on."""
    built(t)
    for program, line in (("begin { print(1 }", 1), ("begin {\n\tif { }\n}", 2), ("begin { $a = ; }", 1), ("begin /1/", 1),
                          ("begin { }\nfile:open { \"x }", 2), ("config = { 5 = 6 }", 1)):
        path = t.write("wrong.dt", program + "\n")
        r = parse(t, "check", path)
        t.equal(r.status, 1, program)
        t.found(r"wrong\.dt:\d+:\d+: (MISSING|ERROR| ERROR)", r.out, program)
        t.check(int(re.search(r"\.dt:(\d+):", r.out)[1]) <= line, r.out)


@test
def trees_of_the_corpus(t):
    built(t)
    seen = 0
    for path in sorted((GRAMMAR / "test/corpus").glob("*.txt")):
        parts = re.split(r"(?m)^=+\n(.+)\n=+\n", path.read_text())[1:]
        for title, body in zip(parts[::2], parts[1::2]):
            text, want = re.split(r"(?m)^---+\n", body)
            r = parse(t, "tree", t.write("corpus.dt", text))
            t.equal(r.out.strip(), re.sub(r"\s+\)", ")", re.sub(r"\s+", " ", want)).strip(), f"{path.name}: {title}")
            seen += 1
    t.check(seen >= 20, f"{seen} trees")


@test
def knows_the_words_of_the_lexer(t):
    """Each word and operator of the lexer's rules stands in the grammar."""
    lexer, grammar = (ROOT / "lang/lexer.l").read_text(), (GRAMMAR / "grammar.js").read_text()
    words = re.findall(r"(?m)^([a-z]+)\t+\{", lexer) + re.findall(r'(?m)^"([^"\\\w]+)"\t\{', lexer)
    for name in ("SECTION", "DEFINITION", "TYPE"):
        words += re.search(rf"(?m)^{name} +(\S+)$", lexer)[1].split("|")
    t.check(len(words) > 60, words)
    for word in words + ["rule", "dataset", "in"]:
        t.check(f"'{word}'" in grammar, word)


SCRIPT = """\
#!/usr/bin/env duetrace
struct a { int x; };
config = { max_strlen = 64 }
tracepoint:syscalls:sys_enter_openat
/pid == $1 && comm != "x%d\\n"/
{
	@opens[comm] = count(); // a comment
	if ($x > 0x1f) { printf("%s", str(args.filename)); mine(); }
	$y = (uint64)true; break;
	emit open { args.ret };
}
"""
# (line, text, its capture)
CAPTURES = (
    (1, "#!/usr/bin/env duetrace", "keyword.directive"), (2, "struct a { int x; };", "injection.content"), (3, "config", "keyword"),
    (3, "64", "number"), (4, "tracepoint:syscalls:sys_enter_openat", "label"), (5, "pid", "variable.builtin"), (5, "$1", "variable"),
    (5, "&&", "operator"), (5, '"x%d\\n"', "string"), (5, "%d", "string.escape"), (5, "\\n", "string.escape"),
    (7, "@opens", "variable.special"), (7, "count", "function.builtin"), (7, "// a comment", "comment"), (8, "if", "keyword"),
    (8, "0x1f", "number"), (8, "printf", "function.builtin"), (8, "args", "variable.builtin"), (8, "filename", "property"),
    (8, "mine", "function"), (9, "uint64", "type"), (9, "true", "boolean"), (9, "break", "keyword"), (10, "emit", "keyword"),
)


def captured(t, name, script):
    """{(line, text, capture)} of a file of queries; predicates are this test's to apply."""
    path = ROOT / "build/share/editors/tree-sitter-duetrace/queries" / name
    text = path.read_text()
    r = parse(t, "captures", path, script)
    t.equal((r.status, r.err), (0, ""))
    # A pattern is a line that begins so; those with a predicate have it at their end.
    patterns = [line for line in text.split("\n") if line.startswith(("(", "["))]
    found = set()
    for line in r.out.splitlines():
        row, pattern, capture, what = line.split(" ", 3)
        said = re.search(r'\(#(not-)?match\? @\S+ "(.*?)"\)', patterns[int(pattern)])
        if not said or bool(re.search(said[2], what)) != bool(said[1]):
            found.add((int(row), what, capture))
    return found


@test
def lights_up(t):
    built(t)
    script = t.write("x.dt", SCRIPT)
    found = captured(t, "highlights.scm", script) | captured(t, "injections.scm", script)
    for wanted in CAPTURES:
        t.check(wanted in found, f"{wanted} is not in {sorted(found)}")
    for row, what, capture in sorted(found):
        if capture == "function.builtin":
            t.check((row, what, "function") not in found, what)


@test
def names_its_files(t):
    built(t)
    place = ROOT / "build/share/editors/tree-sitter-duetrace"
    config = json.loads((place / "tree-sitter.json").read_text())
    grammar = config["grammars"][0]
    t.equal(grammar["scope"], json.loads((place.parent / "vscode/duetrace.tmLanguage.json").read_text())["scopeName"])
    for key in ("highlights", "injections"):
        t.check((place / grammar[key]).exists(), key)
    for name in ("grammar.js", "src/scanner.c", "test/corpus/probes.txt"):
        t.equal((place / name).read_text(), (GRAMMAR / name).read_text(), name)
    t.equal(config["metadata"]["version"], tables.version())
