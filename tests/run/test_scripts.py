# SPDX-License-Identifier: Apache-2.0
"""--check, --list-scripts, and where a script is found."""
import re
import shutil

from harness import ROOT, test

NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=-all")


@test
def check_is_right(t):
    """Nothing is attached, so nothing runs and nothing is announced."""
    r = t.duetrace("--check", "-e", 'begin { printf("ran\\n"); } file:open { print(args.path); }')
    t.equal((r.out, r.err, r.status), ("stdin: syntax and types are right; the kernel takes it\n", "", 0))
    r = t.duetrace("-q", "--check", "-e", "begin { }")
    t.equal((r.out, r.err, r.status), ("", "", 0))


@test
def check_image(t):
    image = t.tmp / "x.o"
    t.duetrace("--emit-elf", str(image), "-e", "begin { }")
    r = t.duetrace("--check", str(image))
    t.equal((r.out, r.status), ("stdin: syntax and types are right; the kernel takes it\n", 0))


@test
def check_is_wrong(t):
    for program, message in (("begin { print($x); }", "Undefined or undeclared variable: \\$x"),
                             ("begin { print(1) ", "expected ';'"),
                             ('begin { $a = 1; $a = "x"; }', "Type mismatch")):
        r = t.duetrace("--check", "-e", program)
        t.equal((r.out, r.status), ("", 1))
        t.found(message, r.err)


@test
def check_without_rights(t):
    """Syntax and types need none; what the kernel says is left open, not guessed."""
    t.tmp.chmod(0o755)
    program = t.tmp / "duetrace"
    shutil.copy(t.binary, program)
    program.chmod(0o755)
    r = t.run(*NOBODY, program, "--check", "-e", "file:open { print(args.path); }")
    t.equal((r.out, r.err, r.status),
            ("stdin: syntax and types are right; whether the kernel takes it was not tried: "
             "that needs root, or CAP_BPF and CAP_PERFMON\n", "", 0))
    r = t.run(*NOBODY, program, "--check", "-e", "file:open { print(args.pth); }")
    t.equal((r.out, r.status), ("", 1))
    t.found("args.path|pth", r.err)


@test
def list_scripts(t):
    """Every script of the library is there, by name and question, and by those of DUETRACE_PATH."""
    folder = t.tmp / "mine"
    folder.mkdir()
    (folder / "own.dt").write_text("// who are you?\nbegin { }\n")
    (folder / "silent.dt").write_text("")
    (folder / "evil.dt").write_text("// a\x1b[2Jb\n")
    (folder / "note.txt").write_text("// not a script\n")
    r = t.duetrace("--list-scripts", env={"DUETRACE_PATH": f"/no/such:{folder}"})
    t.equal((r.err, r.status), ("", 0))
    rows = dict(re.match(r"(\S+) *(.*)", line).groups() for line in r.out.splitlines())
    names = {path.stem for path in (ROOT / "scripts").glob("*.dt")}
    t.equal(set(rows), names | {"own", "silent", "evil"}, "names")
    t.equal((rows["own"], rows["silent"], rows["evil"]), ("who are you?", "", "a [2Jb"), "questions")
    t.equal(rows["openfiles"], "which files does the next command of a shell open, its children included?")
    t.equal(list(rows), sorted(rows), "order")


@test
def found_from_anywhere(t):
    """As given, with .dt, in DUETRACE_PATH, in the library: the first one wins."""
    first, second = t.tmp / "first", t.tmp / "second"
    for folder, word in ((first, "first"), (second, "second")):
        folder.mkdir()
        (folder / "where.dt").write_text(f'begin {{ printf("{word} %d\\n", $1); }}')
    (second / "only").write_text('begin { printf("only\\n"); }')
    env = {"DUETRACE_PATH": f"{first}:{second}"}
    run = lambda name, cwd=t.tmp: t.duetrace("-q", name, "7", env=env, cwd=cwd)  # noqa: E731
    t.equal(run("where").out, "first 7\n\n\n")
    t.equal(run("where", second).out, "second 7\n\n\n", "beside")
    t.equal(run("only").out, "only\n\n\n")
    t.equal(run("where.dt").out, "first 7\n\n\n")
    r = run("./where")
    t.equal((r.status, r.err), (1, "ERROR: failed to open file './where': No such file or directory\n"))
    r = t.duetrace("--check", "openfiles", "5378", cwd=t.tmp)
    t.found(r"/scripts/openfiles\.dt: syntax and types are right", r.out)
    r = t.duetrace("no_such_script", cwd=t.tmp)
    t.equal((r.status, r.err.split("\n")[0]),
            (1, "ERROR: failed to open file 'no_such_script': No such file or directory"))


@test
def options_and_a_command(t):
    """--run ends what is behind --."""
    program = t.write("x.dt", 'begin { printf("%d %s %d\\n", getopt("n", 1), str($1), $#); }')
    r = t.duetrace("-q", program, "--", "--n=7", "word", "--run", "echo", "--n=9", "--", "--run")
    t.equal((r.err, r.status, sorted(r.out.split("\n"))), ("", 0, ["", "", "", "--n=9 -- --run", "7 word 1"]))
    r = t.duetrace("-q", program, "--", "--run")
    t.equal((r.out, r.status), ("", 1))
    t.found("--run needs a command", r.err)


def heads(t):
    """(path, {Usage, Tables ...}) of the scripts that are not taught step by step."""
    for path in sorted((ROOT / "scripts").glob("*.dt")):
        if not path.stem.endswith("openfiles"):
            lines = path.read_text().split(" */")[0]
            yield path, dict(re.findall(r"(?m)^ \* (\w+): +((?:.*\n \* {11})*.*)", lines))


@test
def heads_name_the_options(t):
    """Those that --help knows stand in the line of use, and no others."""
    for path, head in heads(t):
        t.check({"Question", "Usage", "Output", "Tables", "Example", "Limits"} <= set(head), f"{path.name}: {sorted(head)}")
        r = t.duetrace(path, "--", "--help")
        known = set(re.findall(r"(?m)^  --([\w-]+)", r.out))
        said = set(re.findall(r"--([\w-]+)", head["Usage"].split(".dt", 1)[1])) - {"run"}
        t.equal(said, known, path.name)


@test
def heads_name_the_tables(t):
    """The tables of a run with --db: records with their columns, rules, maps; nothing that the head does not say."""
    for path, head in heads(t):
        db = t.tmp / f"{path.stem}.sqlite"
        t.equal(t.duetrace("-q", "-o", "/dev/null", "--db", db, path, "--run", "true").status, 0, path.name)
        tables = {name: [row[1] for row in t.sql(db, f'pragma table_info("{name}")')] for (name,) in t.sql(
            db, "select name from sqlite_schema where type in ('table', 'view') and name not like 'sqlite%'")}
        envelope = tables["alerts"][4:-1]
        said = {name: re.split(r",\s+(?:\* +)?", fields) for name, fields in
                re.findall(r"(?m)([\w-]+)\s(?:\* +)?\(([^)]*)\)", re.sub(r"\s\*\s+", " ", head["Tables"]))}
        records = {name: columns[2 + len(envelope):] for name, columns in tables.items() if columns[2:2 + len(envelope)] == envelope}
        t.equal({name: fields for name, fields in said.items() if name not in ("alerts", "maps")}, records, path.name)
        rules = [name for (name,) in t.sql(db, "select name from rules")]
        t.equal([said["alerts"][0].removeprefix("rule ")] if "alerts" in said else [], rules, path.name)
        maps = {name for (name,) in t.sql(db, "select distinct map from maps")}
        t.check(maps <= set(said.get("maps", [])), f"{path.name}: {maps}")


@test
def library_is_documented(t):
    """Each script that is not taught step by step has a part of docs/library.md, and a short text."""
    page = (ROOT / "docs" / "library.md").read_text()
    for path in (ROOT / "scripts").glob("*.dt"):
        lines = path.read_text().split("\n")
        t.check(len(lines) <= 60 and lines[0] == "#!/usr/bin/env duetrace", path.name)
        if not path.stem.endswith("openfiles"):
            t.check(f"<!-- generated: script-{path.stem} -->" in page, f"{path.stem} is not in docs/library.md")
