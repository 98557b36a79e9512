#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden tests: tests/golden/FOLDER/NAME.dt with NAME.tokens, .ast, .types, .err, .image or .ir.

The golden's extension says which stage of tests/stage.c runs; its output must be the golden's bytes,
except that an .ir golden holds lines `CHECK: text` and `NOT: text`: the first must be found in LLVM's
output one after the other, the second nowhere in it.
A first line `// unsafe` is the option of that name. A comment `// params: 5378 abc` in the first two lines gives the positional parameters. Each row of
lang/diags.def must have an .err test of its name that shows the row's words. B names the build folder.
"""
import difflib
import os
import re
import shlex
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STAGE = os.path.join(ROOT, os.environ.get("B", "build/release"), "tests", "stage")
STAGES = ("tokens", "ast", "types", "err", "image", "ir")
# tests/unit/test_lang_unit.c has these: a script of 64 MiB, and a setting that no script has;
# tests/run/test_spec.py has no_cpid, which is about the command line; the units have not_listed, too;
# tests/fault/test_scripts.py has those of scripts of thousands of lines; test_import_bpf.py has what needs clang's answer.
NOT_HERE = {"too_large", "no_targets", "no_cpid", "not_listed", "bpf_types", "bpf_variable", "bpf_extern", "bpf_builtin",
            "bpf_twice", "too_many_sections", "record_too_many"}


def parameters(script):
    with open(script, "rb") as file:
        for line in (file.readline(), file.readline()):
            found = re.match(rb"//\s*params:(.*)", line)
            if found:
                return shlex.split(found.group(1).decode())
    return []


def run(script, stage):
    command = [os.environ.get("STAGE", STAGE), os.path.join(ROOT, "tests/world"), stage, script]
    done = subprocess.run(command + parameters(script), capture_output=True, timeout=60)
    wrong = b"" if done.returncode in (0, 1) else b"exit status %d\n" % done.returncode
    return done.stdout + done.stderr + wrong


def difference(golden, got):
    lines = [text.decode(errors="replace").splitlines(keepends=True) for text in (golden, got)]
    return "".join(difflib.unified_diff(*lines, "golden", "got"))


def fragments(golden, got):
    """What of an .ir golden is missing from, or must not be in, the output."""
    at, text = 0, got.decode()
    for line in golden.decode().splitlines():
        kind, _, fragment = line.partition(": ")
        if kind == "NOT":
            if fragment in text:
                return f"must not be there: {fragment}\n{text}"
            continue
        at = text.find(fragment, at)
        if kind != "CHECK" or at < 0:
            return f"not found: {line}\n{text}"
        at += len(fragment)
    return ""


def tags():
    with open(os.path.join(ROOT, "lang/diags.def")) as file:
        return dict(re.findall(r'^DIAG\((\w+),.*?"((?:[^"\\]|\\.)*)"\)', file.read(), re.M))


def check_tags(folder):
    """The rows without a test that shows them."""
    missing = []
    for tag, text in tags().items():
        golden = os.path.join(folder, tag + ".err")
        words = max(re.split(r"%[su]", text.replace('\\"', '"').replace("%%", "%").replace("\\\\", "\\")), key=len)
        if tag in NOT_HERE:
            continue
        if not os.path.exists(golden) or words not in open(golden, errors="replace").read():
            missing.append(tag)
    return missing


def main():
    top = os.path.join(ROOT, "tests/golden")
    passed = failed = 0
    wanted = sys.argv[1:]
    for folder, _, names in sorted(os.walk(top)):
        for name in sorted(names):
            base, extension = os.path.splitext(name)
            stage = extension[1:]
            if stage not in STAGES or (wanted and base not in wanted):
                continue
            with open(os.path.join(folder, name), "rb") as file:
                golden = file.read()
            got = run(os.path.join(folder, base + ".dt"), stage)
            wrong = fragments(golden, got) if stage == "ir" else difference(golden, got)
            if not wrong and (stage == "ir" or got == golden):
                passed += 1
                print("ok " + name)
            else:
                failed += 1
                print("FAIL " + name)
                print(wrong)
    if not wanted:
        for tag in check_tags(os.path.join(top, "lang")):
            failed += 1
            print("FAIL no test shows the message " + tag)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
