# SPDX-License-Identifier: Apache-2.0
"""Hostile names: the database has the kernel's bytes, no terminal is driven by them, JSON stays JSON."""
import json
import os
import pty
import sqlite3
import subprocess
import threading
import unicodedata

from harness import python, test

PROGRAM = r'''file:open /pid == cpid && args.creates/ {
	emit made { path = args.path, name = args.name };
	printf("%s\n", args.path);
	print(args.path);
	@names[args.path] = count();
}'''

# The names it is given in hexadecimal, each made in a folder of its own that is removed again.
MAKER = python(
    "import os, sys",
    "top = os.fsencode(sys.argv[1])",
    "for line in open(sys.argv[2]):",
    "    name = bytes.fromhex(line)",
    "    os.close(os.open(top + b'/' + name, os.O_CREAT | os.O_WRONLY, 0o600))",
    "    os.unlink(top + b'/' + name)")


def hostile_names():
    single = [bytes([b]) for b in range(1, 256) if b not in b"/."]
    together = bytes(b for b in range(1, 256) if b != ord("/"))
    texts = [
        "\x1b[2J\x1b[1;1Hgone", "\x1b]0;title\x07", "\x1b]52;c;ZWNobyBoYWNrZWQK\x07", "\x9b31mred", "\u009b31mred",
        "a\nb", "a\r\nb", "a\tb", "\n", "%s%s%s%n", "%n%x", "%%", "'; DROP TABLE made; --", '"; DROP TABLE made; --',
        "') , ('x", "\"quoted\"", "'", '"', "`id`", "$(id)", "\\", "\\n", "\\x41", "{\"type\": \"x\"}", "\\u0000",
        "\u202egnp.exe", "\u2066a\u2069", "\u200ea\u200f", "\u061ca", "\u2028line\u2029", "\ufeffbom", "\ufffd", "\U0001f600",
        "-rf", "--", "~", "*", "a b", " ", "\x7f", "@names", "null", "1e999", "ä" * 127]
    raw = [b"\xc2", b"\xe2\x80", b"\xf0\x9f\x98", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xff\x9b31m",
           b"\xe2\x80\xae\x80", b"\xe9t\xe9", b"\x80\x9b", b"x" * 255, b"\x1b" * 255, b"\xff" * 255, b"'" * 255, b"%s" * 127]
    names = single + [together] + [os.fsencode(x) if x != "\x9b31mred" else b"\x9b31mred" for x in texts] + raw
    return list(dict.fromkeys(names))


def prepare(t, names):
    top = t.tmp / "d"
    top.mkdir(exist_ok=True)
    path = t.write("names", "".join(name.hex() + "\n" for name in names))
    return os.fsencode(str(top)), [*MAKER, str(top), path]


def rows(db, query):
    connection = sqlite3.connect(db)
    connection.text_factory = bytes
    return connection.execute(query).fetchall()


@test
def bytes_in_the_database(t):
    names = hostile_names()
    top, maker = prepare(t, names)
    db, out = t.tmp / "x.sqlite", t.tmp / "out"
    r = t.duetrace("-q", "--db", db, "-o", out, "-e", PROGRAM, "--run", *maker)
    t.equal((r.err, r.status), ("", 0))
    want = [top + b"/" + name for name in names]
    t.equal([row[0] for row in rows(db, "select path from made order by id")], want, "paths")
    t.equal([row[0] for row in rows(db, "select name from made order by id")], want, "names")
    printed = [row[0] for row in rows(db, "select text from output order by id")]
    t.equal(printed, [path + b"\n" for path in want for _ in (1, 2)], "what was printed")
    maps = {row[0]: row[1] for row in rows(db, "select key, value from maps")}
    t.equal((len(rows(db, "select 1 from maps")), set(maps.values())), (len(names), {b"1"}), "rows of the map")
    keys = {json.loads(key) for key in maps}
    t.equal(keys, {path.decode("utf-8", "replace") for path in want if decodes(path)} |
            {key for key in keys if "\ufffd" in key}, "keys of the map")
    t.equal(rows(db, "pragma integrity_check"), [(b"ok",)])
    # A file gets the bytes that there were; a table's rows stay lines.
    raw = out.read_bytes()
    for path in want:
        t.check(raw.count(path + b"\n") >= 2, f"{path} is not in the output")
    t.figure(f"{len(names)} names: equal, byte for byte, in the database")


def decodes(name):
    try:
        name.decode()
        return True
    except UnicodeDecodeError:
        return False


@test
def json_is_json(t):
    """For python and for jq, a row for each name, and what is UTF-8 is unchanged."""
    t.need("jq")
    names = hostile_names()
    top, maker = prepare(t, names)
    out = t.tmp / "out"
    r = t.duetrace("-q", "-f", "json", "-o", out, "-e", PROGRAM, "--run", *maker)
    t.equal((r.err, r.status), ("", 0))
    text = out.read_bytes().decode("utf-8")
    found = [json.loads(line) for line in text.split("\n") if line]
    made = [row for row in found if row.get("record") == "made"]
    t.equal([row["data"]["path"] for row in made],
            [(top + b"/" + name).decode("utf-8", "replace") if decodes(name) else row["data"]["path"]
             for name, row in zip(names, made)], "paths")
    t.equal(len(made), len(names), "rows")
    t.equal(sum(row["type"] == "printf" for row in found), len(names), "rows of printf")
    keys = [key for row in found if row["type"] == "map" for key in row["data"]["@names"]]
    t.check(len(keys) >= len([name for name in names if decodes(name)]), f"{len(keys)} keys")
    done = subprocess.run(["jq", "-c", "select(.record == \"made\") | .data.path", out], capture_output=True, check=False)
    t.equal((done.returncode, done.stderr), (0, b""), "jq")
    t.equal([json.loads(line) for line in done.stdout.decode().split("\n") if line], [row["data"]["path"] for row in made], "jq's rows")


def on_a_terminal(t, *argv):
    """All bytes that a terminal gets, from stdout and stderr."""
    leader, follower = pty.openpty()
    got = []

    def read():
        try:
            while data := os.read(leader, 65536):
                got.append(data)
        except OSError:
            pass

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    child = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=follower, stderr=follower,
                             start_new_session=True)
    os.close(follower)
    status = child.wait(60)
    thread.join(60)
    os.close(leader)
    return status, b"".join(got).replace(b"\r\n", b"\n")


def drives(text):
    """What of it could drive a terminal, in UTF-8 or in an 8-bit encoding."""
    found = [f"{text[i]:02x}" for i in range(len(text)) if text[i] < 0x20 and text[i] != 0x0a or text[i] == 0x7f]
    shown = text.decode("utf-8", "surrogateescape")
    return found + [hex(ord(c)) for c in shown if 0x7f <= ord(c) < 0xa0 or 0xdc80 <= ord(c) <= 0xdcff
                    or unicodedata.bidirectional(c) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
                    or c in "\u061c\u200e\u200f\u2028\u2029"]


@test
def a_terminal_is_not_driven(t):
    """printf, print, a table of records, maps: every name is seen, none is obeyed."""
    names = hostile_names()
    top, maker = prepare(t, names)
    status, text = on_a_terminal(t, t.binary, "-q", "--color", "never", "-e", PROGRAM, "--run", *maker)
    t.equal(status, 0)
    t.equal(drives(text), [])
    # Three lines of output and one of the map for each, and no name has broken one.
    lines = text.split(b"\n")
    begins = [line for line in lines if os.fsencode(t.tmp.name) in line]
    t.equal(len(begins), 4 * len(names), "lines with a name")
    t.check(b"\\x1b[2J\\x1b[1;1Hgone" in text and b"\\xe2\\x80\\xaegnp.exe" in text, "escapes are not shown")
    t.check("\U0001f600".encode() in text, "harmless text is not shown as it is")


@test
def messages_do_not_drive_it_either(t):
    """What a script says about a name with errorf and warnf, and what cat() cannot open."""
    names = [b"\x1b[2J", b"\xe2\x80\xaex", b"\x9b1m"]
    _, maker = prepare(t, names)
    program = ('file:open /pid == cpid && args.creates/ { warnf("made %s", args.path); errorf("made %s", args.path); '
               'cat("/no%s", args.path); }')
    for stdout in ("", f"-o{t.tmp}/out"):
        status, text = on_a_terminal(t, t.binary, "-q", "--color", "never", *([stdout] if stdout else []), "-e", program, "--run", *maker)
        t.equal(drives(text), [], "on the terminal")
        t.check(text.count(b"\\x1b[2J") == 3, text)


@test
def what_cat_shows(t):
    """A file has lines; nothing else of it reaches the terminal as it is."""
    path = t.tmp / "shown"
    path.write_bytes(b"one\ttab\n\x1b[2Jtwo\n\xe2\x80\xaethree\n")
    status, text = on_a_terminal(t, t.binary, "-q", "-e", f'begin {{ cat("{path}"); }}')
    t.equal((status, text), (0, b"one\ttab\n\\x1b[2Jtwo\n\\xe2\\x80\\xaethree\n\n\n"))


@test
def names_of_cgroups(t):
    """Whoever may make a cgroup may name it."""
    mounts = [line.split() for line in open("/proc/self/mounts")]
    root = next((m[1] for m in mounts if m[2] == "cgroup2" and os.access(m[1], os.W_OK)), None)
    if not root:
        t.skip("there is no cgroup2 that can be written to")
    folder = f"{root}/{os.path.basename(t.tmp)}-\x1b[2J\u202e"
    try:
        os.mkdir(folder)
    except OSError as error:
        t.skip(f"cannot make a cgroup: {error}")
    t.cleanups.append(lambda: os.rmdir(folder))
    status, text = on_a_terminal(t, t.binary, "-q", "-e", "begin { print(cgroup_path($1)); }",
                                os.stat(folder).st_ino)
    t.equal((status, drives(text)), (0, []), repr(text))
    t.found(rb"\\x1b\[2J\\xe2\\x80\\xae", text)


@test
def paths_of_4095_bytes(t):
    """As long as a path can be: made by its full name, in full in the database and in JSON."""
    top = os.fsencode(str(t.tmp))
    rest = 4095 - len(top) - 1
    parts = [b"\x1b" + b"d" * 253 + b"'"] * (rest // 256)
    last = rest - 256 * len(parts)
    if last == 0:
        parts[-1], last = parts[-1][:100], 155
    path = top + b"/" + b"/".join(parts) + b"/" + b"e" * last
    t.equal(len(path), 4095, "the test's own path")
    maker = python(
        "import os, sys",
        "path = os.fsencode(sys.argv[1])",
        "os.chdir(os.path.dirname(path).split(b'/\\x1b')[0])",
        "for part in path[len(os.getcwdb()) + 1:].split(b'/')[:-1]:",
        "    os.mkdir(part); os.chdir(part)",
        "os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))")
    db = t.tmp / "x.sqlite"
    r = t.duetrace("-q", "--db", db, "-o", "/dev/null", "-e", "config = { max_strlen = 4096 } " + PROGRAM.split("\tprint")[0] + "}",
                   "--run", *maker, os.fsdecode(path))
    t.equal((r.err, r.status), ("", 0))
    t.equal(rows(db, "select path, name from made"), [(path, path)])
