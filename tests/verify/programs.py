#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The programs that the kernel's verifier must take: those beside this file, every arg of data probes, the
library's scripts, and every example of the tables."""
import os
import re

# A machine that is virtual may count nothing: tests/run/test_perf.py says what must happen then.
# override() is for kernels with CONFIG_BPF_KPROBE_OVERRIDE, which Debian's do not have.
LEFT_OUT = {"override", "hardware"}


def examples(top, table, macro):
    """(name, program) of each row: the name is the first column, the example the last string."""
    text = open(os.path.join(top, table)).read()
    # Comments, but not what looks like one in a string.
    text = re.sub(r'("(?:[^"\\]|\\.)*")|/\*.*?\*/', lambda found: found[1] or "", text, flags=re.S)
    for row in re.split(r"^" + macro + r"\(", text, flags=re.M)[1:]:
        strings = re.findall(r'"((?:[^"\\]|\\.)*)"', row)
        yield row.split(",")[0].strip(), strings[-1].encode().decode("unicode_escape")


def every_arg(top, wanted):
    """A block for each data event of the providers, with each of its args, and one for all of them."""
    text = open(os.path.join(top, "lang", "events.def")).read()
    common = re.findall(r"^EVENT_COMMON\((\w+),", text, flags=re.M)
    kinds = {(provider, event): [] for provider, event in re.findall(r"^EVENT\((\w+), (\w+)", text, flags=re.M)}
    for provider, event, arg, kind in re.findall(
            r"^EVENT_(?:ARG|KEPT)\((\w+), *(\w+), *(\w+), *(\w+)", text, flags=re.M):
        kinds[provider, event].append((arg, kind))
    for (provider, event), args in kinds.items():
        if provider not in wanted:
            continue
        words = common + [arg for arg, kind in args if kind not in ("text", "line")]
        yield (f"{provider}:{event} {{ print(({', '.join('args.' + word for word in words)})); "
               + " ".join(f"print(args.{arg});" for arg, kind in args if kind in ("text", "line")) + " }")
    for provider in wanted:
        yield f"{provider}:* {{ @[probe, args.via] = count(); }}"


def programs(top):
    """(name, words after `duetrace --dry-run`)"""
    here = os.path.join(top, "tests", "verify")
    for name in sorted(os.listdir(here)):
        if name.endswith(".dt"):
            words = [os.path.join(here, name), "100", "word"]
            yield "verify/" + name[:-3], words
            # With all reports of what goes wrong, which are code of their own.
            yield "verify-k/" + name[:-3], ["-k"] + words
    for providers in ("net", "file", "file net", "file net pipe proc"):
        program = "\n".join(every_arg(top, providers.split()))
        yield "every-arg/" + providers.replace(" ", "-"), ["-e", program]
        yield "every-arg-k/" + providers.replace(" ", "-"), ["-k", "-e", program]
    for name in sorted(os.listdir(os.path.join(top, "scripts"))):
        if name.endswith(".dt"):
            yield "scripts/" + name[:-3], [os.path.join(top, "scripts", name), "1"]
    for table, macro in (("lang/builtins.def", "BUILTIN"), ("lang/probes.def", "PROBE_TYPE")):
        for name, program in examples(top, table, macro):
            if name not in LEFT_OUT:
                yield "example/" + name, ["-e", program]
