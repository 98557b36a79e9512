# SPDX-License-Identifier: Apache-2.0
"""That the sanitizers find something where nearly everything is forbidden, and that a test then fails."""
from harness import Test, run_test, test


def faulty(t, fault):
    """What becomes of a test whose duetrace has a fault: the test itself only looks whether it said hello."""
    def body(inner):
        r = inner.duetrace("-q", "-e", 'begin { print("hello"); exit(); }',
                           env={"FAULT": fault, "LD_PRELOAD": inner.workload("faulty", "-shared", "-fPIC")})
        inner.found("hello" if fault != "child" else "", r.out)
    t.check(t.session.sanitized, "this is not a duetrace that was built with SANITIZE=1")
    return run_test(Test("sanitizers/inner", body))


@test
def leaks_behind_the_filter(t):
    """LeakSanitizer looks when the process has no capability left, and a filter of system calls."""
    kind, text = faulty(t, "leak")
    t.equal(kind, "FAIL")
    t.found(r"LeakSanitizer: detected memory leaks", text)
    t.found(r"123 byte\(s\)|(246|369) byte\(s\) in [23] object\(s\)", text)


@test
def faults_of_the_compile_child(t):
    """It can open no file and find no symbol, but it says what it was and ends."""
    kind, text = faulty(t, "child")
    t.equal(kind, "FAIL")
    t.found(r"AddressSanitizer: heap-buffer-overflow", text)
    t.found(r"ERROR: the compiler gave up on this script \(status 99\)", text)


@test
def no_fault(t):
    t.equal(faulty(t, "none"), ("ok", ""))
