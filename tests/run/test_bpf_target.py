# SPDX-License-Identifier: Apache-2.0
"""fentry:bpf and fexit:bpf: what is known of other BPF programs, and what is said where the kernel has
no fentry. tests/vm traces them."""
import shlex

from harness import test


def held(t, *words):
    """duetrace while the program of the workload is loaded; its ID reads ID."""
    command = shlex.join([str(t.binary), *words]).replace("'$PROGRAM_ID'", "$PROGRAM_ID").replace("ID_HERE", "'$PROGRAM_ID'")
    r = t.run(t.workload("programs"), "hold", "sh", "-c", f"echo $PROGRAM_ID; {command}")
    number, _, out = r.out.partition("\n")
    return r.status, out.replace(f":{number}:", ":ID:"), r.err.replace(f":{number}:", ":ID:")


@test
def lists(t):
    main, add = "{}:bpf:ID:probed_main\n    struct sk_buff * skb\n", "{}:bpf:ID:probed_add\n    int a\n    int b\n"
    result = "    int retval\n"
    for kind, all_of in (("fentry", main + add), ("fexit", main + result + add + result)):
        t.equal(held(t, "-lv", f"{kind}:bpf:ID_HERE:probed_*"), (0, all_of.format(kind, kind), ""))
    t.equal(held(t, "-l", "fentry:bpf:probed_add")[1].count("fentry:bpf:ID:probed_add\n"), 1)
    t.equal(held(t, "-l", "fentry:bpf:ID_HERE:*d*"), (0, "fentry:bpf:ID:probed_main\nfentry:bpf:ID:probed_add\n", ""))


@test
def none_of_that_name(t):
    for name, said in (("probed_nothing", "bpf:probed_nothing"), ("ID_HERE:probed_nothing", "bpf:ID:probed_nothing"),
                       ("0:probed_main", "bpf:0:probed_main"), ("main:main", "bpf:main:main")):
        status, out, err = held(t, "-q", "-e", f"fentry:bpf:{name} {{ }}")
        t.equal((status, out, err.split("\n")[0].split(": ", 1)[1]), (1, "", f"ERROR: No matches for fentry {said}."))


@test
def types_of_arguments(t):
    """The context is the kernel's own struct of it."""
    status, out, err = held(t, "--emit", "types", "-e", "fexit:bpf:ID_HERE:probed_main { print(args.skb.len); print(retval); }")
    t.equal((status, err), (0, ""))
    t.found("field skb .*: struct sk_buff \\*", out)
    t.found("field len .*: uint32", out)
    t.found("retval .*: int32", out)
    status, _, err = held(t, "-q", "-e", "fentry:bpf:ID_HERE:probed_add { print(args.c); }")
    t.equal(status, 1)
    t.found("does not contain a field named 'c'", err)


@test
def an_image_of_one_that_ended(t):
    image = t.tmp / "image"
    status, _, err = held(t, "--emit", "image", "-o", str(image), "-e", "fexit:bpf:ID_HERE:probed_add { }")
    t.equal((status, err), (0, ""))
    r = t.run(t.runner, "-q", image)
    t.equal((r.status, r.out), (1, ""))
    t.matches(r"ERROR: fexit:bpf:\d+:probed_add is not available: there is no BPF program with this ID and function any "
              r"more\nHINT: duetrace -l 'fexit:bpf:\*' says which there are\n", r.err)


@test
def refused(t):
    """Where the kernel has none, it says so; elsewhere it is traced."""
    status, out, err = held(t, "-q", "-e", "fentry:bpf:ID_HERE:probed_add { } interval:ms:1 { exit(); }")
    if status == 0:
        t.skip("this kernel has fentry: tests/vm")
    t.equal(out, "")
    t.found("^ERROR: fentry:bpf:ID:probed_add is not available: this kernel refuses programs for fentry and fexit", err)
