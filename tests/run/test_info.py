# SPDX-License-Identifier: Apache-2.0
"""--info: the rows of runtime/features.def, and that they are true of this kernel."""
import json
import os
import pathlib
import re

from harness import ROOT, test

PMU = pathlib.Path("/sys/bus/event_source/devices")


def table():
    """(heading, name) of each row of features.def, in its order."""
    text = re.sub(r"/\*.*?\*/", "", (ROOT / "runtime/features.def").read_text(), flags=re.S)
    heading = ""
    for kind, rest in re.findall(r"(?m)^(GROUP|FEATURE|HELPER|MAP)\((.*)\)$", text):
        if kind == "GROUP":
            heading = rest.strip('"')
        else:
            yield heading, re.search(r'"(.*?)"', rest)[1] if kind == "FEATURE" else rest.split(",")[0]


def features(t, *words):
    """name -> (state, reason, instead) of the JSON form."""
    r = t.run(*words, t.binary, "--info", "-f", "json")
    t.equal((r.status, r.err), (0, ""))
    t.equal(r.out.count("\n"), 1, "lines")
    info = json.loads(r.out)
    t.equal(info["type"], "info")
    t.equal(info["data"]["system"]["release"], os.uname().release)
    rows = info["data"]["features"]
    t.equal([(row["group"], row["name"]) for row in rows], list(table()), "rows")
    return {row["name"]: (row["state"], row.get("reason"), row.get("instead")) for row in rows}


@test
def text_and_json_agree(t):
    rows = features(t)
    r = t.duetrace("--info")
    t.equal((r.status, r.err), (0, ""))
    lines = r.out.split("\n")
    at = lines.index("Rights")
    want, heading = [], ""
    for group, name in table():
        if group != heading:
            want += ([""] if heading else []) + [group]
            heading = group
        state, reason, instead = rows[name]
        want.append(f"  {name}: {state}" + (f" ({reason})" if reason else "") +
                    (f"; instead: {instead}" if instead else ""))
    t.equal("\n".join(lines[at:]), "\n".join(want) + "\n")


@test
def agrees_with_the_kernel(t):
    """What other sources say of this kernel, and whether a probe of each type attaches."""
    rows = features(t)
    for name, (state, reason, instead) in rows.items():
        t.check(state in ("yes", "no"), f"{name}: root can know, but it is {state}")
        t.equal(bool(reason), state == "no", f"a reason for {name}")
        t.check(state == "no" or not instead, name)
    for name in ("kprobe", "uprobe"):
        if not (PMU / name).exists():
            t.equal(rows[name][:2], ("no", f"the kernel was built without {name}s"))
    t.equal(rows["btf"][0] == "yes", os.path.exists("/sys/kernel/btf/vmlinux"), "btf")
    probes = {"tracepoint": "tracepoint:sched:sched_switch", "interval": "interval:s:1",
              "profile": "profile:hz:1", "software": "software:faults:100", "hardware": "hardware:cycles",
              "watchpoint": "watchpoint:0x10000000:8:w", "begin": "begin"}
    for name, probe in probes.items():
        r = t.duetrace("--dry-run", "-e", probe + " { }")
        t.equal(rows[name][0] == "yes", r.status == 0, f"{name} ({r.err})")


@test
def hint_of_the_same_table(t):
    """A probe that cannot be attached names what --info names instead."""
    state, _, instead = features(t)["hardware"]
    if state == "yes":
        t.skip("this machine counts")
    r = t.duetrace("--dry-run", "-e", "hardware:cycles { }")
    t.found(f"HINT: use {re.escape(instead)} instead\n", r.err)


@test
def ordinary_user(t):
    """Without rights, what cannot be known is said to be so, and the rest is still there."""
    t.need("setpriv")
    rows = features(t, "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
    t.equal(rows["capabilities"], ("no", "this user may not load programs",
                                   "root, or CAP_BPF and CAP_PERFMON"))
    for name in ("tracepoint", "ringbuf", "loop", "fentry", "profile"):
        t.equal(rows[name], ("unknown", "only root can find out", None), name)
    t.equal(rows["btf"][0], "yes")


@test
def leaves_nothing(t):
    """The trials let go of what they attach: a run between two others sees the same programs."""
    def names():
        r = t.run("bpftool", "prog", "show")
        return r.out.count("duetrace_trial")
    t.need("bpftool")
    features(t)
    t.eventually(lambda: names() == 0, "programs of the trials are left")
