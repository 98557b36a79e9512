# SPDX-License-Identifier: Apache-2.0
"""How many instructions the kernel's verifier goes through: the largest of each case's programs is kept in a file
for each series of kernels, counts/6.18, and one that has grown by a tenth is a failure.

The count depends on the program, on the kernel and on LLVM, and on nothing else of the machine: its first line names
LLVM, and with another one nothing is compared."""
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
SAID = re.compile(r"^(?:.*VM   )?Program (\S+): the verifier went through (\d+) instructions$", re.M)
# A growth that is a failure, as a fraction. A program of so few instructions that some more are a tenth
# is far from the verifier's limit, and is left alone.
GROWTH = 0.1
SMALL = 100


def largest(text):
    """The largest count that a run with -v has told of; None: it loaded nothing."""
    counts = [int(count) for _, count in SAID.findall(text)]
    return max(counts, default=None)


def llvm(duetrace_info):
    """LLVM's version, of what --info says."""
    found = re.search(r"(?m)LLVM\W+(\d+\.\d+\.\d+)", duetrace_info)
    return found[1] if found else "unknown"


def path_of(series):
    return os.path.join(HERE, "counts", series)


def read(series):
    """(version of LLVM, {case: count}), or (None, {}) if there is no file."""
    try:
        with open(path_of(series)) as file:
            head, *rows = file.read().splitlines()
    except FileNotFoundError:
        return None, {}
    return head.split()[-1], {name: int(count) for name, count in (row.split() for row in rows)}


def write(series, version, counts):
    with open(path_of(series), "w") as file:
        file.write(f"# case, largest count of its programs; LLVM {version}\n")
        file.writelines(f"{name} {count}\n" for name, count in sorted(counts.items()))


def compare(series, version, counts):
    """Lines that say what has grown, and whether anything could be compared."""
    kept_version, kept = read(series)
    if kept_version is None:
        return [], f"counts of {series} are not kept"
    if kept_version != version:
        return [], f"counts of {series} are those of LLVM {kept_version}, this is {version}"
    grown = [f"{name}: {kept[name]} -> {count} instructions of the verifier's, {count / kept[name] - 1:+.0%}"
             for name, count in sorted(counts.items())
             if name in kept and count > SMALL and count > kept[name] * (1 + GROWTH)]
    new = sorted(set(counts) - set(kept))
    same = sum(kept.get(name) == count for name, count in counts.items())
    return grown, (f"{len(counts) - len(new)} counts compared with {series}'s, {same} are the same, {len(grown)} have grown by a tenth"
                   + (f"; not kept yet: {', '.join(new)}" if new else ""))
