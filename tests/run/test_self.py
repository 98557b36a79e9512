# SPDX-License-Identifier: Apache-2.0
"""Blocks that duetrace runs itself: begin, end, self:signal:SIGUSR1."""
import signal

from harness import END, case, test

case("self", "begin-and-end-in-order",
     'begin { print(1); } end { print(4); } BEGIN { print(2); } End { print(5); } bEgIn { print(3); }'
     ' END { print(6); }', "1\n2\n3\n4\n5\n6\n" + END)
case("self", "probetype", "begin, self:signal:SIGUSR1 { print((probe, probetype)); exit(); }",
     "(begin, special)\n" + END)


def on_signal(t, program, *words):
    return t.trace(*words, "-e", program)


@test
def each_signal(t):
    """One run of all blocks, in their order, for each signal; the run goes on."""
    p = on_signal(t, 'self:signal:SIGUSR1 { @n++; print((probe, probetype, @n)); }'
                  'self:signal:SIGUSR1 { print(pid); } end { print("end"); }')
    for n in range(1, 4):
        p.send_signal(signal.SIGUSR1)
        p.wait_for(rf"\(self:signal:SIGUSR1, self, {n}\)\n{p.pid}\n")
    r = p.stop()
    t.equal((r.status, r.err), (0, "Attached 3 probes\n"))
    t.equal(r.out, "".join(f"(self:signal:SIGUSR1, self, {n})\n{p.pid}\n" for n in range(1, 4))
            + "end\n" + END + "@n: 3\n")


@test
def signal_prints_maps(t):
    """What scripts use it for: to see the maps without an end."""
    p = on_signal(t, "begin { @a[1] = 5; } self:signal:SIGUSR1 { print(@a); clear(@a); @seen = 1; }"
                  "interval:ms:1 { @ticks = count(); } interval:ms:100 { print(\"tenth\"); }")
    p.wait_for("tenth\n")
    p.send_signal(signal.SIGUSR1)
    p.wait_for(r"@a\[1\]: 5\n")
    p.send_signal(signal.SIGTERM)
    r = p.finish()
    t.matches(r"@a\[1\]: 5\n\n\n@seen: 1\n@ticks: \d+\n", r.out.replace("tenth\n", ""))


@test
def signal_can_exit(t):
    p = on_signal(t, "self:signal:SIGUSR1 { exit(7); print(1); }")
    p.send_signal(signal.SIGUSR1)
    r = p.finish()
    t.equal((r.out, r.status), (END, 7))


@test
def signal_without_a_block(t):
    """It is no reason to die."""
    p = on_signal(t, "interval:ms:10 { @ = 1; }")
    p.send_signal(signal.SIGUSR1)
    p.send_signal(signal.SIGUSR1)
    p.send_signal(signal.SIGINT)
    r = p.finish()
    t.equal((r.status, r.err), (0, "Attached 1 probe\n"))


@test
def command_has_its_own(t):
    """The signal means to a command what it meant before."""
    r = t.duetrace("-q", "-e", "self:signal:SIGUSR1 { print(1); }", "--run", "sh", "-c", "kill -USR1 $$")
    t.equal((r.out, r.status), (END, 128 + signal.SIGUSR1))


@test
def listed(t):
    t.equal(t.duetrace("-l", "self:*").out, "self:signal:SIGUSR1\n")
    t.equal(t.duetrace("-l", "-e", "self:signal:SIGUSR1, begin { }").out, "self:signal:SIGUSR1\nbegin\n")
