# SPDX-License-Identifier: Apache-2.0
"""What the repository offers beside the programs: the demo, the dependency script, the bench."""
import re
import subprocess
import sys

from harness import ROOT, test


@test
def demo(t):
    t.need("sqlite3", "bash")
    if t.session.original != ROOT / "duetrace":
        t.skip("the demo shows ./duetrace, the tests run another")
    r = t.run(ROOT / "demo" / "run.sh", seconds=120)
    t.equal((r.err, r.status), ("", 0))
    lines = r.out.split("\n")
    for number in range(5):
        t.equal(lines.count(f"DATA/customers-{number}.csv"), 1, f"customers-{number}.csv")
    t.found(r"(?m)^\$ sqlite3 .*customers.*\n5$", r.out)


@test
def dependencies(t):
    """It lists what it would install, and does nothing and says nothing when all is there."""
    t.need("dpkg-query")
    r = t.run(ROOT / "deps.sh", "list")
    packages = r.out.split()
    t.equal(r.status, 0, "exit status")
    t.check({"flex", "bison", "libbpf-dev", "libsqlite3-dev", "strace"} <= set(packages),
            f"{packages}")
    missing = [p for p in packages if subprocess.run(
        ["dpkg-query", "-W", p], capture_output=True, check=False).returncode]
    if missing:
        t.skip(f"not installed here: {' '.join(missing)}")
    r = t.run(ROOT / "deps.sh")
    t.equal((r.out, r.err, r.status), ("", "", 0))
    t.equal(t.run(ROOT / "deps.sh", "nonsense").status, 1, "exit status for a bad argument")


@test
def every_option_is_documented(t):
    text = (ROOT / "docs" / "commandline.md").read_text()
    options = set(re.findall(r"(?m)^\s+(-\w)\b", t.duetrace("--help").out))
    options |= set(re.findall(r"(--[a-z][a-z-]+)", t.duetrace("--help").out))
    t.check({"-e", "-l", "--run", "--db"} <= options, f"{sorted(options)} from --help")
    options.remove("--name")  # stands for those of a script
    missing = [o for o in sorted(options) if not re.search(rf"(?m)^\|.*`{o}\b", text)]
    t.equal(missing, [], "options that the page does not show")


@test
def scripts_load(t):
    for script in sorted((ROOT / "scripts").glob("*.dt")):
        r = t.duetrace("--dry-run", script, "1")
        t.equal((r.out, r.err, r.status), ("", "", 0), script.name)


@test
def bench_help(t):
    r = t.run(sys.executable, ROOT / "bench" / "run.py", "--help")
    t.equal((r.err, r.status), ("", 0))
