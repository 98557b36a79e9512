# SPDX-License-Identifier: Apache-2.0
"""once() and limit(): exactly so often, whoever asks, on however many CPUs."""
import re

from harness import END, case, test

MARK = 0x6b657973
PROBE = f"tracepoint:syscalls:sys_enter_prctl /pid == cpid && args.option == {MARK}/ "


def marks(t, script, *params, run=("2", "100"), flags=()):
    """The workload's marks: THREADS each come by with 0 to KEYS - 1, ROUNDS times."""
    return t.duetrace("-q", *flags, "-e", script, *params, "--run", t.workload("marks"), str(MARK), *run)


@test
def once(t):
    r = marks(t, PROBE + '{ @all = count(); if (once(args.arg2)) { printf("%d\\n", args.arg2); } }', run=("1", "5", "3"))
    t.equal((r.out, r.err), ("0\n1\n2\n3\n4\n" + END + "@all: 15\n", ""))


@test
def once_on_all_cpus(t):
    """Each key is new to one of the threads that bring it at the same time."""
    r = marks(t, PROBE + "{ @all = count(); if (once(args.arg2)) { @[args.arg2] = count(); @n = count(); } } "
              "end { clear(@all) }", run=("8", "1000", "3"))
    t.equal(r.err, "")
    t.found(r"(?m)^@n: 1000$", r.out)
    t.equal(len(re.findall(r"@\[\d+\]: 1\n", r.out)), 1000)


@test
def limit_on_all_cpus(t):
    r = marks(t, PROBE + "{ @all = count(); if (limit(3, 1h, args.arg2)) { @[args.arg2] = count(); @n = count(); } }",
              run=("8", "1000", "3"))
    t.equal(r.err, "tracepoint:syscalls:sys_enter_prctl: limit() held back 21000\n")
    t.found(r"(?m)^@all: 24000\n", r.out)
    t.found(r"(?m)^@n: 3000$", r.out)
    t.equal(len(re.findall(r"@\[\d+\]: 3\n", r.out)), 1000)


@test
def limit(t):
    """A duration begins with the first that it lets through."""
    r = marks(t, PROBE + '{ if (limit(2, 1s, args.arg2)) { printf("%d %lld\\n", args.arg2, nsecs); } }',
              run=("1", "2", "23", "100"))
    times = [[int(ns) for key, ns in re.findall(r"(\d+) (\d+)\n", r.out) if key == mine] for mine in "01"]
    for mine in times:
        t.check(4 <= len(mine) <= 2 * 24 and len(mine) % 2 == 0, r.out)
        begins = mine[::2]
        for first, second in zip(begins, begins[1:]):
            t.check(second - first >= 10 ** 9, f"{second - first} ns between {begins}")
    held = 46 - len(times[0]) - len(times[1])
    t.equal(r.err, f"tracepoint:syscalls:sys_enter_prctl: limit() held back {held}\n")


@test
def oldest_is_forgotten(t):
    """Sixteen of a hundred fit: the second round finds none of them."""
    script = "config = { max_map_keys = 16 } " + PROBE + "{ if (once(args.arg2)) { @n = count(); } }"
    r = marks(t, script, run=("1", "100", "2"))
    t.equal((r.out, r.err), (END + "@n: 200\n", "WARNING: tracepoint:syscalls:sys_enter_prctl: 184 keys of once() or "
                             "limit() were forgotten to make room: raise max_map_keys\n"))
    r = marks(t, script, run=("1", "16", "5"))
    t.equal((r.out, r.err), (END + "@n: 16\n", ""))


@test
def few_keys_on_all_cpus(t):
    """Where slots are taken again and again nothing stays behind: a key that does not come back is forgotten."""
    script = ("config = { max_map_keys = 2 } " + PROBE + "{ if (once(args.arg2)) { @n = count(); } @all = count(); } ")
    r = marks(t, script, run=("8", "50", "200"))
    n, forgotten = int(re.search(r"@n: (\d+)", r.out)[1]), int(re.search(r": (\d+) keys", r.err)[1])
    t.check(n - 2 <= forgotten <= n, f"{n} new, {forgotten} forgotten")
    t.found(r"@all: 80000\n", r.out)


@test
def each_call_has_its_own(t):
    r = marks(t, PROBE + '{ if (once(args.arg2)) { @a = count(); } if (once(args.arg2)) { @b = count(); } '
              'if (limit(1, 1h)) { @c = count(); } if (limit(2, 1h)) { @d = count(); } '
              'unroll (3) { if (once(args.arg2)) { @e = count(); } } }', run=("1", "5", "2"))
    t.equal(r.out, END + "@a: 5\n@b: 5\n@c: 1\n@d: 2\n@e: 5\n")


@test
def call_in_a_function_is_one(t):
    """Whoever calls the function or the macro; with keys of another type it is another call."""
    r = marks(t, "fn first($n : uint64) : bool { return once($n); } macro new(k) { $key = k; once($key) } " + PROBE +
              "{ if (first(args.arg2)) { @f = count(); } if (new(args.arg2)) { @m = count(); } if (new(comm)) { @c = count(); } } "
              + PROBE + "{ if (first(args.arg2 + 3)) { @f = count(); } if (new(args.arg2 + 3)) { @m = count(); } }", run=("1", "5", "2"))
    t.equal((r.out, r.err), (END + "@c: 1\n@f: 8\n@m: 8\n", ""))


@test
def keys_of_every_kind(t):
    r = marks(t, PROBE + '{ $s = args.arg2 % 2 == 0 ? "even" : "odd"; if (once($s)) { @string = count(); } '
              'if (once($s, args.arg2 % 3)) { @two = count(); } if (once(($s, args.arg2 % 3), comm)) { @tuple = count(); } '
              'if (once(args.arg2 % 5 == 0)) { @bool = count(); } if (once((int8)(args.arg2 % 4), "x", pid, tid, 1, $s)) '
              '{ @six = count(); } if (once(kstack(3))) { @stack = count(); } if (once(ntop((uint32)args.arg2))) '
              '{ @inet = count(); } }', run=("1", "60", "2"))
    t.equal((r.out, r.err), (END + "@bool: 2\n@inet: 60\n@six: 4\n@stack: 1\n@string: 2\n@tuple: 6\n@two: 6\n", ""))


@test
def parameters_are_limits(t):
    r = marks(t, PROBE + "{ if (limit($1, $2 * 1s, args.arg2)) { @ = count(); } }", "4", "3600", run=("1", "3", "9"))
    t.equal((r.out, r.err), (END + "@: 12\n", "tracepoint:syscalls:sys_enter_prctl: limit() held back 15\n"))
    r = marks(t, PROBE + "{ if (limit($1, 1h)) { @ = count(); } }", "0", run=("1", "3", "1"))
    t.equal((r.out, r.err), (END, "tracepoint:syscalls:sys_enter_prctl: limit() held back 3\n"))


@test
def in_the_ledger(t):
    """emitted = stored + lost + held back, and nothing is lost by that."""
    db = t.tmp / "x.sqlite"
    r = marks(t, f"tracepoint:syscalls:sys_enter_prctl /pid == cpid && args.option == {MARK} && limit(5, 1h)/ {{ emit mark {{ key = args.arg2 }}; }}",
              run=("1", "20", "2"), flags=("--db", db, "--strict"))
    t.equal(r.status, 0)
    rows = t.sql(db, "SELECT attempted, filtered, emitted, stored, lost, held FROM runs")
    attempted, filtered, emitted, stored, lost, held = rows[0]
    t.equal((stored, lost, held, emitted), (5, 0, 35, 40))
    t.equal(attempted, filtered + emitted)
    t.equal(t.sql(db, "SELECT count(*) FROM mark"), [(5,)])
    checked = t.duetrace("--check-db", db)
    t.equal(checked.status, 0)
    t.found("35 held back", checked.out)


# A script's own words win.
case("keys", "own-names", "macro once(x) { x + 1 } begin { $limit = once(2); print($limit); }", "3\n" + END)
