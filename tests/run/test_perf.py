# SPDX-License-Identifier: Apache-2.0
"""Probes on perf events: interval, profile, software, hardware, watchpoint."""
import os
import re

from harness import END, case, test

WORD = "0x10000000"


def traced(t, program, what, number, *flags):
    """The workload under -p: what it did after the probes were there."""
    work = t.start(t.workload("perf"), what, str(number))
    p = t.trace(*flags, "-p", str(work.pid), "-e", program)
    t.equal(work.finish().status, 0, "status of the workload")
    r = p.finish()
    t.equal(r.status, 0, "exit status")
    return r


def number(t, r, pattern):
    return int(t.found(pattern + r": (\d+)\n", r.out)[1])


def between(t, low, value, high, what):
    t.check(low <= value <= high, f"{what}: {value} is not between {low} and {high}")


# interval

for unit in ("interval:hz:100", "i:ms:10", "interval:us:10000", "interval:10ms", "interval:10000us",
             "interval:10000000", "interval:1e7"):
    case("perf", "interval-" + unit.split(":", 1)[1].replace(":", "-"), unit +
         " { if (@ < 5) { @++; @where[cpu] = 1; } else { print(len(@where)); clear(@where); exit(); } }",
         "1\n" + END + "@: 5\n")

case("perf", "interval-second", "interval:s:1 { print(probe); exit(); }", "interval:s:1\n" + END)


# profile

@test
def profile_every_cpu(t):
    """Each CPU has a process that takes half a second of its time: of 100 Hz some 50 samples each.
    What others take of the CPU adds no samples, and takes none away."""
    cpus = sorted(os.sched_getaffinity(0))
    works = [t.start(t.workload("perf"), "spins", "250",
                     preexec=lambda cpu=cpu: os.sched_setaffinity(0, [cpu])) for cpu in cpus]
    mine = " || ".join(f"pid == {work.pid}" for work in works)
    p = t.trace("-e", f"profile:hz:100 /{mine}/ {{ @[cpu, pid] = count(); }}")
    for work in works:
        work.close_stdin()
    for work in works:
        t.equal(work.finish().status, 0, "status of the workload")
    r = p.stop()
    found = {(int(cpu), int(pid)): int(n) for cpu, pid, n in
             re.findall(r"(?m)^@\[(\d+), (\d+)\]: (\d+)$", r.out)}
    t.equal(sorted(found), sorted((cpu, work.pid) for cpu, work in zip(cpus, works)), "CPUs")
    for n in found.values():
        between(t, 10, n, 90, "samples")


for spec in ("hz:1000", "ms:1", "us:1000", "1ms", "1000us", "1000000"):
    def profile_unit(t, spec=spec):
        r = t.duetrace("-q", "-e", f"p:{spec} {{ @[probe] = count(); }} interval:ms:500 {{ exit(); }}")
        n = number(t, r, rf"(?m)^@\[profile:{spec}\]")
        between(t, 250, n, 1300 * (os.cpu_count() or 1), "samples")
    test(profile_unit, name="profile-" + spec.replace(":", "-"))


@test
def profile_a_process(t):
    """With -p a profile's clock is that of the process's threads, those of later as well."""
    r = traced(t, "profile:hz:1000 { @[pid == tid] = count(); @p[pid] = count(); }", "spins", 300)
    # 300 ms of CPU time each
    between(t, 200, number(t, r, r"@\[true\]"), 330, "samples of the first thread")
    between(t, 200, number(t, r, r"@\[false\]"), 330, "samples of the second thread")
    t.equal(r.out.count("@p["), 1, "processes")


@test
def profile_many_threads(t):
    """Of a process with more threads than there are descriptors at first, all are seen."""
    t.need("prlimit")
    work = t.start("python3", "-c", """
import sys, threading
stop = threading.Event()
threads = [threading.Thread(target=stop.wait) for _ in range(200)]
for thread in threads: thread.start()
print("ready", flush=True)
sys.stdin.read()
stop.set()
for thread in threads: thread.join()
""")
    work.wait_for("ready")
    p = t.start("prlimit", "--nofile=100:4096", t.binary, "-p", str(work.pid), "-e",
                "software:cs:1 { @[tid] = 1; } end { print(len(@)); clear(@); }").attached()
    work.finish()
    r = p.finish()
    # every thread is woken once and sleeps no more: a switch when it ends
    t.check(int(r.out.split()[0]) >= 190, r.out)


@test
def profile_usermode(t):
    """A thread that only computes is outside of the kernel nearly always."""
    r = traced(t, "profile:us:500 { @[usermode] = count(); }", "spins", 200)
    t.check(number(t, r, r"@\[1\]") > 100, f"samples outside of the kernel:\n{r.out}")


@test
def profile_registers(t):
    """Outside of the kernel the program counter is below half of the addresses, inside above."""
    r = traced(t, "profile:us:500 /usermode/ { @u[reg(\"ip\") >> 63] = count(); @s[reg(\"sp\") != 0] = 1; }"
               "software:faults:1 /!usermode/ { @k[reg(\"ip\") >> 63] = count(); }", "spins", 200)
    t.check(number(t, r, r"@u\[0\]") > 100, r.out)
    t.absent(r"@u\[1\]|@k\[0\]|@s\[false\]", r.out)


@test
def profile_stacks(t):
    """kstack and ustack are those of what the clock interrupted."""
    r = traced(t, "profile:us:500 /usermode/ { @[ustack(1)] = count(); } software:cs:1 { @k[kstack] = count(); }",
               "spins", 200)
    t.found(r"(?m)^ +spin\+\d+$", r.out)
    t.found(r"(?m)^ +__schedule\+\d+$|^ +__perf_event_task_sched_out|^ +schedule\+\d+$", r.out)


@test
def usermode_of_a_function(t):
    """A uprobe interrupts a process outside of the kernel too; a tracepoint does not."""
    r = t.duetrace("-q", "-e", f"uprobe:{t.workload('perf')}:main {{ print(usermode); }}"
                   "tracepoint:syscalls:sys_enter_exit_group /pid == cpid/ { print(usermode); }",
                   "--run", t.workload("perf"), "reads", "1")
    t.equal(r.out, "1\n0\n" + END)


@test
def profile_too_often(t):
    r = t.duetrace("-e", "profile:hz:100000000 { @ = count(); }")
    t.equal((r.status, r.out), (1, ""))
    t.found(r"Could not attach profile:hz:100000000: the frequency is 0 or above "
            r"/proc/sys/kernel/perf_event_max_sample_rate", r.err)


# software

COUNTS = {"alignment-faults": 1, "bpf-output": 1, "context-switches": 1000, "cs": 1000,
          "cpu-clock": 1000000, "cpu": 1000000, "cpu-migrations": 1, "dummy": 1,
          "emulation-faults": 1, "major-faults": 1, "minor-faults": 100, "page-faults": 100,
          "faults": 100, "task-clock": 1000000}


@test
def software_all_events(t):
    """Each event and alias attaches, with a count, without, and with an empty one."""
    points = [f"software:{name}{count}" for name in COUNTS for count in ("", ":", ":5000000")]
    r = t.duetrace("--dry-run", "-e", ", ".join(points) + " { @[probe] = count(); }")
    t.equal((r.status, r.err), (0, ""))


@test
def software_faults(t):
    """Every page touched is a fault; what the process does otherwise is little."""
    r = traced(t, "s:page-faults:1 { @all = count(); @[usermode] = count(); }"
               "s:faults:1 { @alias = count(); } s:minor-faults:1 { @minor = count(); }", "faults", 2000)
    n = number(t, r, "@all")
    between(t, 2000, n, 2100, "faults")
    t.equal(number(t, r, "@alias"), n, "by the alias")
    between(t, n - 50, number(t, r, "@minor"), n, "minor faults")
    between(t, 2000, number(t, r, r"@\[1\]"), n, "faults outside of the kernel")


@test
def software_default_count(t):
    """Without a count a fault in a hundred."""
    r = traced(t, "software:page-faults { @ = count(); } software:faults:0 { @zero = count(); }"
               "software:faults:500 { @own = count(); }", "faults", 5000)
    between(t, 50, number(t, r, "@"), 52, "one in 100")
    between(t, 50, number(t, r, "@zero"), 52, "one in 100 of count 0")
    between(t, 10, number(t, r, "@own"), 11, "one in 500")


@test
def software_context_switches(t):
    r = traced(t, "software:cs:1 { @ = count(); }", "sleeps", 500)
    between(t, 500, number(t, r, "@"), 1500, "switches")


@test
def software_task_clock(t):
    """300 ms of CPU time in each of two threads, a sample a millisecond."""
    r = traced(t, "software:task-clock:1000000 { @[tid == pid] = count(); }", "spins", 300)
    between(t, 200, number(t, r, r"@\[true\]"), 330, "samples of the first thread")
    between(t, 200, number(t, r, r"@\[false\]"), 330, "samples of the second thread")


@test
def software_wildcard(t):
    """A pattern is all events it matches, without the aliases."""
    r = t.duetrace("-l", "-e", "software:*faults:100, software:*-clock:7 { }")
    t.equal(r.out, "".join(f"software:{name}\n" for name in (
        "alignment-faults:100", "emulation-faults:100", "major-faults:100", "minor-faults:100",
        "page-faults:100", "cpu-clock:7", "task-clock:7")))


@test
def software_without_a_process(t):
    """Of everybody: at least the clock of each CPU, but never of the tracer itself."""
    r = t.duetrace("-q", "-e", "software:cpu-clock:1000000 { @ = count(); @own[pid] = count(); }"
                   "interval:ms:300 { exit(); }")
    t.check(number(t, r, "@") > 100, r.out)


# hardware

@test
def hardware(t):
    """All events and aliases; where the machine has no counters, a reason and what to use instead."""
    names = ("cpu-cycles cycles instructions cache-references cache-misses branch-instructions branches"
             " branch-misses bus-cycles frontend-stalls backend-stalls ref-cycles").split()
    for name in names:
        r = t.duetrace("--dry-run", "-e", f"hardware:{name} {{ }}")
        if r.status:
            t.equal(r.err, f"ERROR: Could not attach hardware:{name}: this machine's CPU does not count "
                    "it, or lets no guest do so\nHINT: use profile:hz:99 or software:cpu-clock "
                    "instead\n", name)
        else:
            t.equal(r.err, "", name)


# watchpoint

@test
def watchpoint_writes(t):
    """In all threads of the process, and not in its child."""
    r = traced(t, f"watchpoint:{WORD}:8:w {{ @[tid == pid] = count(); @name[probe] = count(); }}",
               "writes", 700)
    t.equal(r.out, END + "@[false]: 700\n@[true]: 700\n" + f"@name[watchpoint:{WORD}:8:w]: 1400\n")


@test
def watchpoint_reads(t):
    r = traced(t, f"w:{WORD}:8:rw {{ @rw = count(); }} w:{WORD}:1:w {{ @w = count(); }}", "reads", 30)
    t.equal(r.out, END + "@rw: 30\n")


@test
def watchpoint_modes(t):
    """Both orders of rw, and every length."""
    for mode in ("w", "rw", "wr"):
        for length in (1, 2, 4, 8):
            r = t.duetrace("--dry-run", "-e", f"w:{WORD}:{length}:{mode} {{ }}")
            t.equal((r.status, r.err), (0, ""), f"{length}:{mode}")


@test
def watchpoint_of_a_command(t):
    """Beside -p, a command's process is the one that is watched."""
    command = [t.workload("perf"), "writes", "40"]
    for words in (["-c", " ".join(command)], ["--run", *command]):
        r = t.duetrace("-q", "-e", f"watchpoint:{WORD}:4:w {{ @[pid == cpid] = count(); }}", *words)
        # and once before it waits for its input
        t.equal(r.out, END + "@[true]: 81\n")


@test
def watchpoint_misaligned(t):
    r = t.duetrace("-e", "w:0x10000001:8:w { }")
    t.equal((r.status, r.out), (1, ""))
    t.equal(r.err, "ERROR: Could not attach watchpoint:0x10000001:8:w: the CPU cannot watch that: the "
            "address must be a multiple of the length, and x needs the length 8\n")


@test(alone=True)
def watchpoint_too_many(t):
    points = ", ".join(f"w:0x1000{n}000:8:w" for n in range(9))
    r = t.duetrace("-e", points + " { }")
    t.equal((r.status, r.out), (1, ""))
    t.found("Could not attach watchpoint:0x1000.000:8:w: all debug registers are in use\n"
            "HINT: a CPU has few, 4 on x86-64; debuggers use them too\n", r.err)


@test
def watchpoint_in_the_kernel(t):
    """The kernel counts how often a thread goes to sleep: a hundred times a second here."""
    work = t.start(t.workload("perf"), "slowly", "3000")
    work.close_stdin()
    where = t.duetrace("-q", "-p", str(work.pid), "-e", "tracepoint:syscalls:sys_enter_clock_nanosleep {"
                       ' printf("%lx\\n", (uint64)curtask + offsetof(struct task_struct, nvcsw)); exit(); }')
    address = where.out.split()[0]
    r = t.duetrace("-q", "-e", f"watchpoint:0x{address}:8:w {{ @[usermode, comm] = count(); }}"
                   "interval:ms:10 { @i++; if (@i == 100) { clear(@i); exit(); } }")
    n = number(t, r, r"(?m)^@\[0, perf\]")
    between(t, 20, n, 110, "times")


@test
def unwatch(t):
    """The reader lets go of an address a moment later; of others it does not."""
    r = traced(t, f"watchpoint:{WORD}:8:w {{ @ = count(); unwatch(0x10000008); }}", "slowly", 30)
    t.equal(r.out, END + "@: 30\n")
    r = traced(t, f"w:{WORD}:4:w {{ @ = count(); unwatch({WORD}); }} interval:ms:10 {{ @i++; }}",
               "slowly", 100)
    between(t, 1, number(t, r, "@"), 50, "writes seen")


@test
def no_such_process(t):
    r = t.duetrace("-p", "4194304", "-e", "profile:hz:99 { @ = count(); }")
    t.equal((r.status, r.out), (1, ""))
    t.found("Could not watch process 4194304: No such process", r.err)


# missing_probes: what cannot be attached

WRONG = "w:0x10000001:8:w { } "
WHY = ("Could not attach watchpoint:0x10000001:8:w: the CPU cannot watch that: the address must be a "
       "multiple of the length, and x needs the length 8\n")


@test
def missing_probes_at_attach(t):
    """The setting says what a probe is that the kernel does not take: of the script, of the environment."""
    program = WRONG + "interval:ms:1 { exit(); }"
    for how, err, status in (("error", "ERROR: " + WHY, 1),
                             ("warn", "WARNING: " + WHY + "Attached 1 probe\n", 0),
                             ("ignore", "Attached 1 probe\n", 0)):
        for words, env in ((["-e", f"config = {{ missing_probes = {how}; }} " + program], {}),
                           (["-e", program], {"DUETRACE_MISSING_PROBES": how}),
                           (["-e", program], {"BPFTRACE_MISSING_PROBES": how})):
            r = t.duetrace(*words, env=env)
            t.equal((r.err, r.status), (err, status), how)


@test
def missing_probes_of_an_image(t):
    """Whoever runs an image may say so too."""
    image = t.tmp / "x.o"
    t.duetrace("--emit", "image", "-o", image, "-e", WRONG + "interval:ms:1 { exit(); }")
    t.equal(t.duetrace(image).status, 1)
    r = t.duetrace(image, env={"DUETRACE_MISSING_PROBES": "ignore"})
    t.equal((r.err, r.status), ("Attached 1 probe\n", 0))


@test
def missing_probes_all(t):
    """A run without a single probe is an error in any case."""
    for how in ("warn", "ignore"):
        r = t.duetrace("-e", WRONG, env={"DUETRACE_MISSING_PROBES": how})
        t.equal((r.out, r.status), ("", 1))
        t.equal(r.err, ("WARNING: " + WHY if how == "warn" else "") +
                "ERROR: None of the probes could be attached\n")


@test
def missing_probes_with_half_a_probe(t):
    """Of a program with several probes the others go on."""
    work = t.workload("perf")
    r = t.duetrace("-q", "-e", f"w:0x10000001:8:w, w:{WORD}:8:w, w:0x10000003:4:w {{ @[probe] = count(); }}",
                   "--run", work, "writes", "10", env={"DUETRACE_MISSING_PROBES": "ignore"})
    t.equal(r.out, END + f"@[watchpoint:{WORD}:8:w]: 21\n")
