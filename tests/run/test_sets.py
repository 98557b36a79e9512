# SPDX-License-Identifier: Apache-2.0
"""Patterns and data sets, against a matcher of Python's own: patterns become regular expressions here."""
import os
import random
import re
import subprocess
import time

from harness import END, ROOT, case, test

TOOL = os.path.join(ROOT, os.environ.get("B", "build/release"), "tests", "globs")


def alternatives(pattern):
    """The pattern with its braces written out."""
    i, depth = 0, 0
    begin, cuts = None, []
    while i < len(pattern):
        c = pattern[i:i + 1]
        if c == b"\\":
            i += 2
            continue
        if c == b"[":
            i = bracket(pattern, i)[1]
            continue
        if c == b"{":
            if depth == 0:
                begin, cuts = i, [i]
            depth += 1
        elif c == b"," and depth == 1:
            cuts.append(i)
        elif c == b"}" and depth:
            depth -= 1
            if depth == 0:
                cuts.append(i)
                return [whole for a, b in zip(cuts, cuts[1:])
                        for whole in alternatives(pattern[:begin] + pattern[a + 1:b] + pattern[i + 1:])]
        i += 1
    return [pattern]


def bracket(pattern, i):
    """The bytes that the [...] at i stands for, and where it ends."""
    i += 1
    invert = pattern[i:i + 1] in (b"!", b"^")
    i += invert
    members, first = set(), True
    while first or pattern[i:i + 1] != b"]":
        first = False
        low, i = one(pattern, i)
        high = low
        if pattern[i:i + 1] == b"-" and pattern[i + 1:i + 2] != b"]":
            high, i = one(pattern, i + 1)
        members |= set(range(low, high + 1))
    if invert:
        members = set(range(256)) - members
    return members - {0, ord("/")}, i + 1


def one(pattern, i):
    i += pattern[i:i + 1] == b"\\"
    return pattern[i], i + 1


def regex(pattern):
    out, i, slash = b"", 0, False
    while i < len(pattern):
        c = pattern[i:i + 1]
        if c == b"*":
            n = len(re.match(rb"\*+", pattern[i:]).group())
            at_name = i == 0 or pattern[i - 1:i] == b"/"
            i += n
            if n == 1:
                out += b"[^/]*"
            elif at_name and pattern[i:i + 1] == b"/":
                out += b"(?:.*/)?"
                slash = True
                i += 1
            else:
                out += b".*"
        elif c == b"?":
            out += b"[^/]"
            i += 1
        elif c == b"[":
            members, i = bracket(pattern, i)
            out += b"[" + b"".join(b"\\x%02x" % m for m in sorted(members)) + b"]"
        else:
            byte, i = one(pattern, i)
            slash |= byte == ord("/")
            out += re.escape(bytes([byte]))
    return out if slash else b"(?:.*/)?(?:" + out + b")"


def oracle(pattern):
    return re.compile(b"|".join(regex(p) for p in alternatives(pattern)), re.S)


def ask(patterns, names):
    """What the automaton says: for each pattern, for each name, and its size."""
    lines = [b"%c%d %s\n" % (ord("-" if exclude else "+"), number, pattern.hex().encode())
             for number, exclude, pattern in patterns]
    lines += [b"=%s\n" % name.hex().encode() for name in names]
    done = subprocess.run([TOOL], input=b"".join(lines), capture_output=True, timeout=120)
    out = done.stdout.decode().splitlines()
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    n = len(patterns)
    return out[:n], out[n:n + 1], [int(x, 16) for x in out[n + 1:]]


def some_pattern(r, depth=0):
    parts = []
    for _ in range(r.randint(1, 6)):
        parts.append(r.choice([
            lambda: r.choice(["a", "b", "c", ".", "ab"]), lambda: "/", lambda: "*", lambda: "**",
            lambda: "**/", lambda: "?", lambda: "***", lambda: "/**/",
            lambda: r.choice(["[a-c]", "[!a]", "[^b-c]", "[]a]", "[!]-a]", "[a-]", "[\\]b]", "[.{,}]"]),
            lambda: "\\" + r.choice("*?[{}a/\\"),
            lambda: "{" + ",".join(some_pattern(r, depth + 1) if r.random() < .8 else ""
                                   for _ in range(r.randint(1, 3))) + "}" if depth < 2 else "b"])())
    return "".join(parts)


def some_name(r):
    return "".join(r.choice("aabbc./*]-[{},\\") if r.random() < .95 else chr(r.randint(1, 126))
                   for _ in range(r.randint(0, 10)))


@test
def patterns_as_python_reads_them(t):
    """Thirty rounds of 20 random patterns, each with its own set, and 100 names: 60 000 answers."""
    r = random.Random(5)
    true = 0
    for _ in range(30):
        patterns = [some_pattern(r).encode() for _ in range(20)]
        names = [some_name(r).encode() for _ in range(100)]
        fine, _, masks = ask([(i, False, p) for i, p in enumerate(patterns)], names)
        t.equal(set(fine), {"fine"})
        for number, pattern in enumerate(patterns):
            matcher = oracle(pattern)
            for name, mask in zip(names, masks):
                want = matcher.fullmatch(name) is not None
                true += want
                if bool(mask >> number & 1) != want:
                    t.equal((pattern, name, not want), (pattern, name, want))
    if true < 3000:
        t.equal(true, "more")


@test
def sets_exclude(t):
    r = random.Random(6)
    for _ in range(12):
        rows = [(r.randint(0, 63), r.random() < .3, some_pattern(r).encode()) for _ in range(40)]
        names = [some_name(r).encode() for _ in range(60)]
        _, _, masks = ask(rows, names)
        matchers = [(number, exclude, oracle(pattern)) for number, exclude, pattern in rows]
        for name, mask in zip(names, masks):
            wanted = unwanted = 0
            for number, exclude, matcher in matchers:
                if matcher.fullmatch(name):
                    if exclude:
                        unwanted |= 1 << number
                    else:
                        wanted |= 1 << number
            t.equal((name, mask), (name, wanted & ~unwanted))


@test
def every_byte(t):
    """As itself, as ?, in and out of brackets, behind a backslash; 0 is in no name."""
    quoted = set(b"*?[]{},\\/!^-")
    for byte in range(1, 256):
        plain = (b"\\" if byte in quoted else b"") + bytes([byte])
        patterns = [b"x" + plain + b"y", b"x?y", b"x[" + plain + b"]y" if byte != 47 else b"x[q]y",
                    b"x[!" + plain + b"]y", b"x\\" + bytes([byte]) + b"y", b"x*y"]
        names = [b"x" + bytes([b]) + b"y" for b in (byte, byte % 255 + 1)] + [b"xy"]
        fine, _, masks = ask([(i, False, p) for i, p in enumerate(patterns)], names)
        t.equal((byte, fine), (byte, ["fine"] * 6))
        for name, mask in zip(names, masks):
            want = sum(bool(oracle(p).fullmatch(name)) << i for i, p in enumerate(patterns))
            t.equal((byte, name, mask), (byte, name, want))


@test
def errors_of_patterns_have_a_place(t):
    """Where in the pattern, and what; the words are those of the tables of messages."""
    wrong = {
        b"": (0, "empty"), b"ab[c": (2, "no ']'"), b"a{b,[c}": (1, "no '}'"), b"a[d-b]": (2, "range"), b"[!]": (0, "no ']'"),
        b"[/]": (0, "nothing"), b"x{a,b": (1, "no '}'"), b"{a,{b}": (0, "no '}'"), b"ab\\": (2, "backslash"),
        b"x\0y": (1, "NUL"), b"a" * 4097: (4096, "longer"), b"{a,b}" * 13: (60, "too many"),
        b"a{x,y[d-b]}": (6, "range"), b"{" * 4000: (0, "no '}'"), b"{" * 2000 + b"}" * 2000: None,
        b"[" * 4096: (0, "no ']'"), b"{a,b" * 800 + b"}" * 800: None, b"*" * 4096: None, b"*a" * 2048: None,
    }
    got = ask([(0, False, p) for p in wrong], [])[0]
    for (pattern, want), line in zip(wrong.items(), got):
        place, _, text = line.partition(" ")
        if want is None:
            if line != "fine" and "too many" not in text:
                t.equal((pattern[:20], line), (pattern[:20], "fine, or too many"))
        elif (int(place) if place.isdigit() else place, want[1] in text) != (want[0], True) \
                and not (want[1] == "too many" and want[1] in text):
            t.equal((pattern[:20], line), (pattern[:20], want))


@test
def many_patterns(t):
    """10 000 of several kinds are right; what multiplies ends soon, by being divided or with an error."""
    r = random.Random(7)
    words = ["".join(r.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(r.randint(4, 12)))
             for _ in range(10000)]
    kinds = {
        "paths": ["/srv/%s/**" % w for w in words], "endings": ["*.%s" % w for w in words],
        "names": words, "users": ["/home/*/%s/?" % w for w in words],
        "excluded": ["/a/**"] + ["!/a/%s" % w for w in words],
    }
    for kind, patterns in kinds.items():
        rows = [(0, p[0] == "!", p.lstrip("!").encode()) for p in patterns]
        probe = r.sample(words, 300)
        names = [n % w for w in probe for n in ("/srv/%s/x/y", "/b/c.%s", "/c/%s", "/home/u/%s/x", "/a/%s",
                                                 "/srv/%sz/x", "/home/u/v/%s/x")]
        started = time.monotonic()
        _, table, masks = ask(rows, [n.encode() for n in names])
        took = time.monotonic() - started
        if not table[0].startswith("table") or took > 20:
            t.equal((kind, table, took), "a table, soon")
        have = set(words)
        for name, mask in zip(names, masks):
            parts = name.split("/")
            want = {"paths": parts[1] == "srv" and parts[2] in have and len(parts) > 3,
                    "endings": "." in parts[-1] and parts[-1].split(".")[-1] in have,
                    "names": parts[-1] in have,
                    "users": len(parts) == 5 and parts[1] == "home" and parts[3] in have and len(parts[4]) == 1,
                    "excluded": parts[1] == "a" and parts[2] not in have}[kind]
            t.equal((kind, name, mask), (kind, name, int(want)))


@test
def patterns_that_multiply(t):
    """Each `*x*y` doubles the subsets; more of them than can be had end in an answer too."""
    for n in (4, 12, 40, 400):
        patterns = ["/%s*%s*%s" % (a, b, c) for a in "x" for b in "abcdefghijklmnopqrst"
                    for c in "abcdefghijklmnopqrst" if b != c][:n]
        names = ["/xab", "/x--b-c", "/xba", "/x", "/xtttts"]
        _, table, masks = ask([(i % 64, False, p.encode()) for i, p in enumerate(patterns)],
                              [x.encode() for x in names])
        if table == ["too large"]:
            t.equal(n > 12, True)
            continue
        for name, mask in zip(names, masks):
            want = 0
            for i, p in enumerate(patterns):
                want |= bool(oracle(p.encode()).fullmatch(name.encode())) << i % 64
            t.equal((n, name, mask), (n, name, want))


case("sets", "glob", r'''begin {
    print(glob("/home/u/.ssh/id_rsa", "/home/*/.ssh/id_*")); print(glob("/home/u/v/.ssh/id_rsa", "/home/*/.ssh/id_*"));
    print(glob("/a/b.c", "*.c")); print(glob("/a.c/b", "*.c")); print(glob("", "*")); print(glob("/x", "x{y,}"));
    $s = "/a/b/c/d"; print(glob($s, "/a/**/d")); print(glob($s, "/a/*/d")); print(glob("/a/d", "/a/**/d")); }''',
     "true\nfalse\ntrue\nfalse\ntrue\ntrue\ntrue\nfalse\ntrue\n" + END)
case("sets", "in", '''dataset data = { "/srv/**", "*.parquet", "!/srv/README*" };
begin { print("/srv/x" in data); print("/x/y.parquet" in data); print("/srv/README.md" in data); print("/x" in data);
        let $in = "/srv/" in data; print($in == true); print("a" in data || "/srv/a" in data && 1 < 2); }''',
     "true\ntrue\nfalse\nfalse\ntrue\ntrue\n" + END)
case("sets", "under", '''begin { print(under("/dev", "/dev")); print(under("/home/bob/dev", "/dev")); print(under("/dev/x", "/dev/"));
        print(under("/devx", str($1))); print(under("/dev/null", str($1))); print(under("/a", "/")); print(under("/a", ""));
        print(under("", "/")); print(under("/d", "/dev"));
        print(under("/0123456789012345678901234567890123456789/x", "/0123456789012345678901234567890123456789"));
        print(under("/0123456789012345678901234567890123456789/x", "/012345678901234567890123456789012345678x")); }''',
     "true\nfalse\ntrue\nfalse\ntrue\ntrue\nfalse\nfalse\nfalse\ntrue\nfalse\n" + END, params=("/dev",))
case("sets", "words-elsewhere", '''begin { $in = 1; @in = 2; $dataset = (in = 3); print($in + @in + $dataset.in); clear(@in); }''',
     "6\n" + END)


@test
def the_kernel_says_the_same(t):
    """20 random patterns and 20 random names in one program, with strings longer than a chunk."""
    r = random.Random(8)
    patterns = [p for p in (some_pattern(r) for _ in range(900)) if p.count("**") < 2 and p.isprintable()
                and not p.startswith("!") and p.count("*") < 4][:20]
    names = [n for n in (some_name(r) * r.choice((1, 1, 5)) for _ in range(200))
             if n.isprintable() and n.isascii()][:20]
    quote = lambda s: '"' + s.replace("\\", "\\\\").replace('"', '\\"') + '"'
    script = "".join("dataset s%d = { %s };\n" % (i, quote(p)) for i, p in enumerate(patterns))
    groups = [(i, n) for i in range(0, 20, 10) for n in range(0, len(names), 10)]
    for i, n in groups:
        script += "begin { " + " ".join(
            "$n%d = %s; printf(\"%%d %s\\n\", %d, %s);" % (
                k, quote(names[k]), "%d" * 10, k, ", ".join("$n%d in s%d" % (k, j) for j in range(i, i + 10)))
            for k in range(n, min(n + 10, len(names)))) + " }\n"
    file = str(t.tmp / "sets.dt")
    with open(file, "w") as out:
        out.write(script)
    got = t.duetrace("-q", file)
    t.equal(got.err, "")
    want = "".join("%d %s\n" % (k, "".join(str(int(bool(oracle(p.encode()).fullmatch(names[k].encode()))))
                                           for p in patterns[i:i + 10]))
                   for i, n in groups for k in range(n, min(n + 10, len(names))))
    t.equal(got.out.rstrip("\n"), want.rstrip("\n"))


@test
def files_that_are_opened(t):
    """Paths of a data probe, where they are; and the set of a file beside the script."""
    folder = str(t.tmp / "d")
    os.makedirs(folder + "/keys")
    with open(folder + "/secret.list", "w") as out:
        out.write("# keys\n\n  %s/keys/**  \r\n!*.pub\n*.pem" % folder)
    with open(folder + "/s.dt", "w") as out:
        out.write('dataset secret = file("secret.list");\n'
                  'file:open /args.path in secret && pid == cpid/ { @[args.path, under(args.path, "%s/keys")] = count(); }'
                  % folder)
    names = ["keys/a", "keys/a.pub", "b.pem", "b.pe", "keys/" + "x" * 100]
    for name in names:
        open(folder + "/" + name, "w").close()
    r = t.duetrace("-q", folder + "/s.dt", "--run", "cat", *[folder + "/" + n for n in names])
    t.equal(r.err, "")
    t.equal(sorted(line for line in r.out.splitlines() if line.startswith("@")),
            sorted("@[%s/%s, %s]: 1" % (folder, n, str(n.startswith("keys")).lower())
                   for n in ("keys/a", "b.pem", "keys/" + "x" * 100)))
    with open(folder + "/secret.list", "a") as out:
        out.write("\nx[")
    r = t.duetrace("--dry-run", folder + "/s.dt")
    t.found(r"secret.list:6:2-3: ERROR: this '\[' has no ']'", r.err)
    with open(folder + "/secret.list", "a") as out:
        out.write("\n  !  \r\n{x,y\n")
    r = t.duetrace("--dry-run", folder + "/s.dt")
    t.found(r"secret.list:7:3-4: ERROR: an empty pattern matches nothing\n  !  ?\r?\n  ~\n", r.err)
    t.found(r"secret.list:8:1-2: ERROR: this '\{' has no '\}'", r.err)
    os.chmod(folder + "/secret.list", 0o666)
    t.found("everybody can write there", t.duetrace("--dry-run", folder + "/s.dt").err)
    t.found("ends in .list", t.duetrace("--dry-run", "-e", 'dataset a = file("/etc/passwd"); begin { print("a" in a); }').err)
