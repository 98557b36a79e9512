# SPDX-License-Identifier: Apache-2.0
"""The same program in bpftrace: where 0.17 prints what the language says today, so do we.

What changed since 0.17 is left out (formats of stats, comparison results, step-one lhist labels) or
evened out (same()): it announces its probes on stdout and has a blank after the colon of a
histogram, and blank lines after empty maps and averages.
"""
import re

from harness import Skip, TESTS, Test, test


def same(text):
    text = re.sub(r"^Attaching \d+ probes?\.\.\.\n", "", text)
    return re.sub(r"(?m)^(@.*): $", r"\1:", text).rstrip("\n")


def same_json(text):
    rows = [line for line in text.split("\n") if line and '"attached_probes"' not in line]
    # bpftrace 0.17 has a blank between the buckets of a histogram.
    return "".join(row.replace("}, {", "},{") + "\n" for row in rows)


def compare(name, program, *parameters, as_json=False):
    """`program` with BEGIN and END, ending by itself in both."""
    def body(t):
        t.need("bpftrace")
        flags = ["-f", "json"] if as_json else []
        theirs = t.in_mounts("bpftrace", *flags, "-e", program, *parameters)
        if theirs.status:
            raise Skip("bpftrace does not run here: " + theirs.err.strip().split("\n")[-1])
        ours = t.duetrace("-q", *flags, "-e", program, *parameters)
        even = same_json if as_json else same
        t.equal(even(ours.out), even(theirs.out), "stdout, bpftrace's being the expected one,")
        t.equal(ours.status, 0, "exit status")
    TESTS.append(Test(f"differential/{name}", body))


def both(name, program, *parameters):
    compare(name, program, *parameters)
    compare(name + "-json", program, *parameters, as_json=True)


both("printf-integers", r'BEGIN { printf("%d %u %x %X\n", 10, 12, 255, 255); exit(); }')
both("printf-32-bits", r'BEGIN { printf("%d %u %x\n", 0x1ffffffff, 0x1ffffffff, 0x123456789);'
     " exit(); }")
both("printf-long", r'BEGIN { printf("%ld %lu %lx %lld %llx\n", 0x1ffffffff, 0x1ffffffff,'
     " 0x123456789, 0x1ffffffff, 0xffffffffffff); exit(); }")
both("printf-width", r'BEGIN { printf("[%5d][%-5d][%05d][%8s][%-8s]\n", 42, 42, 42, "ab", "cd");'
     " exit(); }")
both("printf-pointer", r'BEGIN { printf("%p\n", 0x1234); exit(); }')
both("printf-negative", r'BEGIN { printf("%d %ld\n", -5, -5); exit(); }')
both("print-values", 'BEGIN { print(5); print("s"); print((1, "a")); print(-3); exit(); }')
both("hist", "BEGIN { @ = hist(-5); @ = hist(0); @ = hist(1); @ = hist(3); @ = hist(3);"
     " @ = hist(1000); @ = hist(70000); exit(); }")
# above 2G bpftrace 0.17 is wrong
both("hist-large", "BEGIN { @ = hist(1048576); @ = hist(1000000000); exit(); }")
both("hist-keyed", "BEGIN { @[1] = hist(1); @[2] = hist(2); @[2] = hist(7); @[3] = hist(1);"
     " @[3] = hist(1); @[3] = hist(9); exit(); }")
both("lhist", "BEGIN { @ = lhist(-5, 0, 100, 10); @ = lhist(15, 0, 100, 10);"
     " @ = lhist(17, 0, 100, 10); @ = lhist(99, 0, 100, 10); @ = lhist(100, 0, 100, 10); exit(); }")
both("lhist-suffix", "BEGIN { @ = lhist(5000, 0, 16384, 2048); exit(); }")
both("map-order-integers", "BEGIN { @[1] = 30; @[2] = 10; @[3] = 20; exit(); }")
both("map-order-counts", "BEGIN { @[1] = count(); @[1] = count(); @[2] = count(); exit(); }")
both("map-order-sums", "BEGIN { @[1] = sum(5); @[2] = sum(3); @[3] = sum(4); exit(); }")
both("map-order-minimums", "BEGIN { @[1] = min(5); @[2] = min(3); @[3] = min(4); exit(); }")
both("map-order-averages", "BEGIN { @[1] = avg(5); @[2] = avg(3); @[3] = avg(4); exit(); }")
both("map-names-in-order", "BEGIN { @b = 1; @a = 2; @c[1] = 3; exit(); }")
both("map-tuple-key", 'BEGIN { @["a", 1] = 5; @["b", 2] = 6; exit(); }')
both("map-string-value", 'BEGIN { @x = "abc"; exit(); }')
both("print-top", "BEGIN { @[1] = 5; @[2] = 6; @[3] = 4; print(@, 2); clear(@); exit(); }")
both("print-top-div", "BEGIN { @[1] = 50; @[2] = 60; @[3] = 40; print(@, 2, 10); clear(@); exit(); }")
both("print-hist", "BEGIN { @ = hist(5); print(@); clear(@); exit(); }")
both("zero", "BEGIN { @[1] = 5; zero(@); exit(); }")
both("min-max", "BEGIN { @a = min(5); @a = min(3); @b = max(5); @b = max(7); exit(); }")
both("parameters", r'BEGIN { printf("%d %s %d\n", $1, str($2), $#); exit(); }', "42", "word")
both("arithmetic", "BEGIN { $a = 7; $b = 3; print($a + $b); print($a * $b); print($a & $b);"
     " print($a | $b); print($a ^ $b); print($a << $b); exit(); }")
both("increments", "BEGIN { @x = 5; @x++; ++@x; @x += 4; @x--; $a = 2; $a *= 3; print($a); exit(); }")
both("if-else", "BEGIN { $a = 5; if ($a > 3) { print(1); } else { print(2); }"
     " if ($a > 7) { print(3); } else if ($a == 5) { print(4); } exit(); }")
both("ternary", 'BEGIN { $a = 5; print($a > 3 ? "yes" : "no"); exit(); }')
both("end", r'BEGIN { exit(); } END { printf("bye\n"); }')
both("delete", "BEGIN { @[1] = 5; @[2] = 6; delete(@[1]); exit(); }")
both("time", r'BEGIN { time("%Y\n"); exit(); }')


@test
def tracepoints_listed(t):
    """The names in -l are those that bpftrace lists."""
    t.need("bpftrace")
    pattern = "tracepoint:syscalls:sys_enter_*"
    theirs = t.in_mounts("bpftrace", "-l", pattern)
    if theirs.status:
        t.skip("bpftrace does not run here: " + theirs.err.strip())
    t.equal(set(t.duetrace("-l", pattern).out.split()), set(theirs.out.split()))
