#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs tests/replay/replay once per form of output and compares with the golden of that form.

The goldens are written by hand from the description of the language: replay.text is a pipe,
replay.screen a terminal (the same with control characters escaped), replay.json, replay.sql. With --valgrind it runs
under valgrind, and what that finds is a failure: reads of what was not written or is not there, leaks.
"""
import difflib
import os
import pathlib
import pty
import sqlite3
import stat
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).resolve().parent
build = os.environ.get("B", "build/release")
program = here.parent.parent / build / "tests" / "replay" / "replay"
watch = ["valgrind", "-q", "--error-exitcode=99", "--leak-check=full", "--track-fds=no"] if "--valgrind" in sys.argv else []
environment = {"PATH": os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C"}
summary = b"Lost 3 events\n14 handled, 4 damaged, exit 5\n"
passed = failed = 0


def check(name, got, expected):
    global passed, failed
    if got == expected:
        passed += 1
        print("ok replay/" + name)
        return
    failed += 1
    print("FAIL replay/" + name)
    lines = difflib.unified_diff(repr_lines(expected), repr_lines(got), "expected", "got", lineterm="")
    print("\n".join(lines))


def repr_lines(text):
    return [repr(line) for line in text.splitlines(keepends=True)]


def golden(extension):
    return (here / ("replay." + extension)).read_bytes()


def run(*arguments):
    return subprocess.run([*watch, program, *arguments], env=environment, capture_output=True, timeout=200)


def text():
    result = run("text")
    check("text", result.stdout, golden("text"))
    check("text-messages", result.stderr, summary)
    check("text-status", result.returncode, 0)


def json():
    result = run("json")
    check("json", result.stdout, golden("json"))
    check("json-messages", result.stderr, summary.split(b"\n", 1)[1])
    check("json-status", result.returncode, 0)
    check("json-is-utf8", result.stdout.decode("utf-8", "replace").encode(), result.stdout)


def screen():
    master, slave = pty.openpty()
    process = subprocess.Popen([*watch, program, "text"], env=environment, stdout=slave, stderr=subprocess.DEVNULL)
    os.close(slave)
    output = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        output += piece
    check("screen-status", process.wait(timeout=200), 0)
    os.close(master)
    # The terminal line discipline turns each newline into two characters.
    check("screen", output.replace(b"\r\n", b"\n"), golden("screen"))


def sql():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "db")
        first, second = run("text", path), run("json", path)
        check("sql-text-beside-it", first.stdout, golden("text"))
        check("sql-json-beside-it", second.stdout, golden("json"))
        check("sql-status", (first.returncode, second.returncode), (0, 0))
        check("sql-mode", stat.S_IMODE(os.stat(path).st_mode), 0o600)
        check("sql-nothing-beside", os.listdir(folder), ["db"])
        database = sqlite3.connect(path)
        database.text_factory = bytes
        lines = []
        for query in (
            "select id, started, ended > started, version, script, sha256, args, coverage, produced, stored, lost from runs",
            "select id, run, time, text from output where run = 1",
            "select id, run, time, map, key, value from maps where run = 1",
            "select id, run, from_time, to_time, reason, probe, cpu, count from losses where run = 1",
            "select count(*), min(run), max(run) from output",
        ):
            lines += [repr(row) for row in database.execute(query)]
        database.close()
        check("sql", ("\n".join(lines) + "\n").encode(), golden("sql"))


if not program.exists():
    print("FAIL replay: %s has not been built" % program)
    print("0 passed, 1 failed")
    sys.exit(1)
for suite in (text, json, screen, sql):
    suite()
print("%d passed, %d failed" % (passed, failed))
sys.exit(failed != 0)
