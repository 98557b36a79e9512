#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every row of the reference's tables has a test.

In docs/language.md a row written by hand names its test in a comment, `<!-- test: PATTERN -->`: a run
test's name, or the name of a golden; * matches any text. A row that docs/generate.py wrote is tested
when a test's source has the word. The generated parts must be as their tables are, too. Prints the
rows without a test; the last line is "N passed, N failed".
"""
import fnmatch
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = ("docs/language.md", "docs/commandline.md", "docs/library.md")


def test_names():
    listed = [name for suite in ("run", "scripts")
              for name in subprocess.run([sys.executable, ROOT / "tests/run.py", "--suite", suite, "-l"],
                                         capture_output=True, text=True, check=True).stdout.split()]
    return listed + [path.stem for path in (ROOT / "tests/golden").glob("*/*.dt")]


def test_words():
    words = set()
    for pattern in ("run/test_*.py", "golden/*/*.dt", "verify/*.dt", "verify/*.py"):
        for path in (ROOT / "tests").glob(pattern):
            text = path.read_text(errors="replace")
            words |= set(re.findall(r"--[\w-]+|(?<![\w-])-\w\b|\w+", text))
            words |= {word.lower().removeprefix("duetrace_").removeprefix("bpftrace_")
                      for word in re.findall(r"(?:DUETRACE|BPFTRACE)_\w+", text)}
    return words


def table_rows(page):
    """(line number, row, generated) of every row of every table, heads left out."""
    generated = False
    before = ""
    for number, line in enumerate((ROOT / page).read_text().split("\n"), 1):
        if line.startswith("<!-- generated:"):
            generated = True
        elif line == "<!-- end -->":
            generated = False
        elif line.startswith("|") and before.startswith("|") and not line.startswith("| ---"):
            yield number, line, generated
        before = line


def is_tested(row, generated, names, words):
    if not generated:
        found = re.search(r"<!-- test: (\S+) -->", row)
        return found and any(fnmatch.fnmatch(name, found[1]) for name in names)
    keys = re.findall(r"--[\w-]+|(?<![\w-])-\w\b|\w+", row.split("|")[1])
    return bool(keys) and (keys[0] in words or
                           any(key in words for key in keys if key.startswith("-")))


def main():
    names, words = test_names(), test_words()
    good, bad = 0, 0
    for page in PAGES:
        for number, row, generated in table_rows(page):
            if is_tested(row, generated, names, words):
                good += 1
            else:
                bad += 1
                print(f"FAIL {page}:{number}: no test for {row}")
    done = subprocess.run([sys.executable, ROOT / "docs/generate.py", "--check"], text=True,
                          stdout=subprocess.PIPE, check=False)
    print(done.stdout, end="")
    good, bad = (good, bad + 1) if done.returncode else (good + 1, bad)
    print(f"{good} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
