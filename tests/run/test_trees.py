# SPDX-License-Identifier: Apache-2.0
"""intree() and tree: everything that a process starts, by every road, and nothing else."""
import os
import re

from harness import END, case, test

MARK = 0x74726565
IN = f"tracepoint:syscalls:sys_enter_prctl /args.option == {MARK} && %s/ "


@test
def thousand_members_by_every_road(t):
    """The stranger makes the same marks at the same time."""
    stranger = t.start(t.workload("tree"), "400")
    r = t.duetrace("-q", "-e", IN % "intree(cpid)" + "{ @n = count(); @marks[args.arg2] = count(); "
                   "@tree[tree == cpid] = count(); }", "--run", t.workload("tree"), "1000")
    t.equal(r.err, "")
    t.found(r"(?m)^@n: 1000$", r.out)
    marks = {int(k): int(v) for k, v in re.findall(r"@marks\[(\d+)\]: (\d+)", r.out)}
    t.equal(marks, {i: 1 for i in range(1, 1001)})
    t.found(r"(?m)^@tree\[true\]: 1000$", r.out)
    t.equal(stranger.finish().out, "400\n")


@test
def members_that_were_there_before(t):
    member = t.start(t.workload("tree"), "before")
    stranger = t.start(t.workload("tree"), "before")
    for process in (member, stranger):
        process.wait_for("ready")
    tracer = t.trace("-e", IN % "intree($1)" + "{ @[args.arg2, tree] = count(); }", member.pid)
    for process in (member, stranger):
        process.send("go\n")
        t.equal(process.finish().status, 0)
    r = tracer.stop()
    found = {(int(a), int(b)): int(n) for a, b, n in re.findall(r"@\[(\d+), (\d+)\]: (\d+)", r.out)}
    t.equal(found, {(i, member.pid): 1 for i in (1, 2, 3, 101, 102, 103)})


@test
def several_trees(t):
    """Each has its own; a process can be in two: tree is the first that the script asks for."""
    outer = t.start("sh", "-c", f"read line; {t.workload('tree')} mark 1; read line; "
                    f"{t.workload('tree')} mark 2; read line")
    other = t.start("sh", "-c", f"read line; {t.workload('tree')} mark 3")
    tracer = t.trace("-e", IN % "(intree($1) || intree($2))"
                     + "{ @[args.arg2, intree($1), intree($2), tree] = count(); }", outer.pid, other.pid)
    outer.send("a\nb\nc\n")
    other.send("a\n")
    t.equal((outer.finish().status, other.finish().status), (0, 0))
    r = tracer.stop()
    t.equal(sorted(line for line in r.out.splitlines() if line.startswith("@")),
            [f"@[1, true, false, {outer.pid}]: 1", f"@[2, true, false, {outer.pid}]: 1",
             f"@[3, false, true, {other.pid}]: 1"])


@test
def pid_is_used_again(t):
    """In a pid namespace of few pids: the root's number comes round, its tree does not."""
    t.need("unshare")
    script = t.write("reuse.sh", r"""
set -e
mount -t proc proc /proc
tree=$1
# A root that ends, and a stranger that gets its number.
sh -c 'read line' <"$2" & root=$!
echo root $root
"$3" -e "tracepoint:syscalls:sys_enter_prctl /args.option == %d && intree(\$1)/ { @ = count(); }" $root >"$4/out" 2>"$4/err" &
tracer=$!
until grep -q Attached "$4/err" 2>/dev/null; do sleep 0.05; done
echo go >"$2"
wait $root
for i in $(seq 40000); do
	echo $((root - 1)) >/proc/sys/kernel/ns_last_pid
	"$tree" mark 7 & last=$!
	wait $last
	[ $last = $root ] && break
done
echo last $last
kill -INT $tracer
wait $tracer
cat "$4/out"
""" % MARK)
    fifo = t.tmp / "fifo"
    os.mkfifo(fifo)
    r = t.run("unshare", "--pid", "--fork", "--mount", "sh", script, t.workload("tree"), fifo, t.binary,
              t.tmp)
    lines = dict(line.split() for line in r.out.splitlines() if line.startswith(("root", "last")))
    t.equal((r.err, lines.get("root")), ("", lines.get("last")))
    t.check("@" not in r.out, r.out)


case("trees", "no-such-process", "begin { print(intree(4000000)); print(tree); }", "false\n0\n" + END,
     err="WARNING: There is no process 4000000: nothing is in its tree\n")
case("trees", "parameter-not-a-number", "begin { print(intree($1)); }", "", params=("abc",), status=1,
     err=re.compile(r'\$1 is not a number|Use str\(\$1\)'))
# Without a tree, `tree` is 0, and that is said.
case("trees", "tree-of-none", "begin { print(tree); }", "0\n" + END,
     err=re.compile("tree is 0 in a script that follows no tree"))


@test
def from_an_image(t):
    image = t.tmp / "x.o"
    t.equal(t.duetrace("--emit", "image", "-o", image, "-e", IN % "intree(cpid)" + "{ @ = count(); }").status, 0)
    r = t.run(t.runner, "-q", image, "--run", t.workload("tree"), "16")
    t.equal((r.out, r.err), ("16\n" + END + "@: 16\n", ""))
