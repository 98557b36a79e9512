# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests are written with.

A test is a function with one parameter, a `Context`, registered by @test, or one call of case().
Everything a test starts is its own: processes in sessions of their own, killed by pid when the test
ends; files in a directory of its own, removed when the test ends. Every wait has a limit. The
limits are generous (WAIT): they bound a hang, they never decide a result.
"""
import ctypes
import difflib
import glob
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HERE = pathlib.Path(__file__).resolve().parent
WAIT = 60
TESTS = []
SESSION = None
# Whether tests that have a short and a long version run the long one.
FULL = False
# What a text run prints between the last line of the script and the maps.
END = "\n\n"
PR_SET_CHILD_SUBREAPER = 36
# What a program that was built with SANITIZE=1 says when it has found something; the last two are the
# parent's words for a compile child that ended as tests/sanitizers.c says, and its own.
FINDING = re.compile(r"ERROR: (?:Address|Leak)Sanitizer|(?:Address|Leak|UndefinedBehavior)Sanitizer:|"
                     r"^\S+:\d+:\d+: runtime error: |\(status 99\)", re.M)


class Failure(Exception):
    pass


class Skip(Exception):
    pass


class Test:
    def __init__(self, name, function, alone=False):
        self.name = name
        self.function = function
        self.alone = alone


def test(function=None, *, alone=False, name=None):
    """Register a test. `alone`: it does not share the machine with another (floods)."""
    def register(f):
        group = f.__module__.removeprefix("test_")
        title = name or f.__name__.removeprefix("test_").replace("_", "-")
        TESTS.append(Test(f"{group}/{title}", f, alone))
        return f
    return register(function) if function else register


def case(group, name, program, want, *, params=(), flags=(), run=None, env=None, status=0,
         err="", as_json=False):
    """One program and what it prints.

    `want`: all of stdout, or a compiled regular expression for all of it. `run`: the command for
    --run, with a workload's name first. `err`: all of stderr, or a compiled regular expression to
    be found in it. `as_json`: -f json, and blank lines do not count.
    """
    def body(t):
        args = ["-q", *flags]
        if as_json:
            args += ["-f", "json"]
        args += ["-e", program, *params]
        if run:
            args += ["--run", t.workload(run[0]), *run[1:]]
        r = t.duetrace(*args, env=env)
        if isinstance(err, str):
            t.equal(r.err, err, "stderr")
        else:
            t.found(err, r.err, "stderr")
        out = r.out
        if as_json:
            out = "".join(line + "\n" for line in out.split("\n") if line)
            for line in out.splitlines():
                json.loads(line)
        if isinstance(want, str):
            t.equal(out, want, "stdout")
        else:
            t.matches(want, out, "stdout")
        t.equal(r.status, status, "exit status")
    TESTS.append(Test(f"{group}/{name}", body))


class Result:
    def __init__(self, status, out, err):
        self.status = status
        self.out = out
        self.err = err


class Process:
    """A running process of the test's own, its output collected as it comes."""

    def __init__(self, argv, *, env=None, cwd=None, stdin=None, stdout=None, preexec=None):
        self.argv = argv
        if SESSION and SESSION.sanitized and os.path.basename(argv[0]) in ("strace", "gdb"):
            # LeakSanitizer traces the process at its end, and a process has one tracer.
            env = {"ASAN_OPTIONS": "detect_leaks=0", **(env or {})}
        self.popen = subprocess.Popen(
            argv, stdin=subprocess.PIPE if stdin is None else stdin,
            stdout=subprocess.PIPE if stdout is None else stdout, stderr=subprocess.PIPE,
            cwd=cwd, env=environment(env), start_new_session=True, preexec_fn=preexec)
        self.pid = self.popen.pid
        self.chunks = {"out": [], "err": []}
        self.changed = threading.Condition()
        self.threads = []
        for name, pipe in (("out", self.popen.stdout), ("err", self.popen.stderr)):
            if pipe:
                thread = threading.Thread(target=self._read, args=(name, pipe), daemon=True)
                thread.start()
                self.threads.append(thread)

    def _read(self, name, pipe):
        while data := os.read(pipe.fileno(), 1 << 16):
            with self.changed:
                self.chunks[name].append(data)
                self.changed.notify_all()
        with self.changed:
            self.changed.notify_all()

    def text(self, name):
        with self.changed:
            return b"".join(self.chunks[name]).decode("utf-8", "surrogateescape")

    @property
    def out(self):
        return self.text("out")

    @property
    def err(self):
        return self.text("err")

    def wait_for(self, pattern, where="out", seconds=WAIT):
        """Wait until the output has the pattern; returns the match."""
        until = time.monotonic() + seconds
        while True:
            found = re.search(pattern, self.text(where))
            if found:
                return found
            ended = self.popen.poll() is not None and not any(t.is_alive() for t in self.threads)
            if ended or time.monotonic() > until:
                found = re.search(pattern, self.text(where))
                if found:
                    return found
                what = f"ended with status {self.popen.returncode}" if ended else "still runs"
                raise Failure(f"no {pattern!r} in std{where} of {self.argv} ({what})\n"
                              f"stdout: {self.out!r}\nstderr: {self.err!r}")
            with self.changed:
                self.changed.wait(0.05)

    def attached(self):
        self.wait_for(r"Attached \d+ probe", "err")
        return self

    def send_signal(self, number):
        os.kill(self.pid, number)

    def send(self, text):
        self.popen.stdin.write(text.encode())
        self.popen.stdin.flush()

    def close_stdin(self):
        if self.popen.stdin:
            self.popen.stdin.close()

    def finish(self, seconds=WAIT):
        """Close its stdin, wait for its end, return its Result."""
        try:
            self.close_stdin()
        except OSError:
            pass
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.argv} did not end in {seconds} s\n"
                          f"stdout: {self.out!r}\nstderr: {self.err!r}") from None
        for thread in self.threads:
            thread.join(seconds)
        return Result(self.popen.returncode, self.out, self.err)

    def stop(self, number=signal.SIGINT):
        self.send_signal(number)
        return self.finish()

    def kill(self):
        """End what is left of it and of its session; both ids are ours."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.popen.wait(WAIT)
        for pipe in (self.popen.stdin, self.popen.stdout, self.popen.stderr):
            if pipe:
                try:
                    pipe.close()
                except OSError:
                    pass


def environment(extra):
    """The caller's environment without what would change how duetrace prints."""
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(("DUETRACE_", "BPFTRACE_", "__BPFTRACE"))}
    env["LC_ALL"] = "C.UTF-8"
    env["TZ"] = "UTC"
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    env.update(extra or {})
    return env


def filled(text):
    """The lines of a text that are not empty."""
    return [line for line in text.split("\n") if line]


def difference(got, want, what):
    lines = difflib.unified_diff(want.splitlines(True), got.splitlines(True), "expected", "got")
    shown = "".join(line if line.endswith("\n") else line + "\n\\ no newline at the end\n"
                    for line in lines)
    if len(shown) > 6000:
        shown = shown[:6000] + "\n(cut)\n"
    return f"{what} differs:\n{shown}"


class Context:
    """What one test has: its directory, its processes, its comparisons."""

    def __init__(self, session, title):
        self.session = session
        self.title = title
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix=title.replace("/", "-") + ".",
                                                 dir=session.tmp))
        os.chmod(self.tmp, 0o755)
        self.processes = []
        self.last = []
        self.cleanups = []
        self.unproven = ""

    # running

    @property
    def binary(self):
        return str(self.session.binary)

    @property
    def runner(self):
        return str(self.session.binary.parent / "duetrace-run")

    def start(self, *argv, **options):
        process = Process([str(a) for a in argv], **options)
        self.processes.append(process)
        return process

    def run(self, *argv, stdin="", seconds=WAIT, **options):
        process = self.start(*argv, **options)
        try:
            if stdin and process.popen.stdin:
                process.send(stdin)
        except BrokenPipeError:
            pass
        result = process.finish(seconds)
        self.last.append((process.argv, result))
        return result

    def duetrace(self, *args, **options):
        return self.run(self.binary, *args, **options)

    def trace(self, *args, **options):
        """Start duetrace and wait until its probes are attached."""
        return self.start(self.binary, *args, **options).attached()

    def workload(self, name, *flags):
        return str(self.session.workload(name, *flags))

    def unsanitized(self, reason):
        """What is only true of a duetrace that was built without the sanitizers."""
        if self.session.sanitized:
            raise Skip(f"not with the sanitizers: {reason}")

    def measure(self, condition, message):
        """A check of time or memory. With the sanitizers it is theirs: the test goes on, and fails if anything
        else is wrong, but it does not pass."""
        if self.session.sanitized:
            self.unproven = "all but its time and memory, which are the sanitizers'"
        else:
            self.check(condition, message)

    def times(self, short, full):
        """How often to repeat what is more certain the more often it is done."""
        return full if FULL else short

    def figure(self, text):
        """What a test has measured, for docs/trust.md; said with --full."""
        if FULL:
            print(f"   {self.title}: {text}", flush=True)

    def need(self, *programs):
        for program in programs:
            if not shutil.which(program):
                raise Skip(f"{program} is not installed")

    def in_mounts(self, *argv, setup="", **options):
        """Run in a mount namespace of its own, with tracefs where tools look for it."""
        self.need("unshare")
        script = ("mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null; " + setup +
                  ' exec "$@"')
        return self.run("unshare", "-m", "sh", "-c", script, "sh", *argv, **options)

    def sql(self, database, query):
        # immutable=0: the reader joins the WAL as any other reader would
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=WAIT)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def write(self, name, text, mode=0o644):
        path = self.tmp / name
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    def ledger(self, program, workload, *words, params=(), at_least):
        """Run a workload that prints what is to be seen of it, in order: the trace must be that, line by
        line. Its arguments are a directory that is empty, and the words. Returns the lines."""
        place, out = self.tmp / "data", self.tmp / "trace"
        place.mkdir()
        r = self.duetrace("-q", "-o", out, "-e", program, *params, "--run", self.workload(workload),
                          os.path.realpath(place), *words)
        if r.status == 77:
            self.skip("no io_uring here")
        self.equal((r.err, r.status), ("", 0), "stderr, status")
        lines = r.out.splitlines()
        self.check(len(lines) >= at_least, f"{len(lines)} lines in the ledger")
        self.equal(out.read_text(errors="surrogateescape"), r.out + "\n\n", "trace")
        return lines

    def refused(self, program, *patterns, flags=()):
        """A program that is not run, and what is said of it."""
        r = self.duetrace(*flags, "-e", program)
        self.equal((r.out, r.status), ("", 1))
        for pattern in patterns:
            self.found(pattern, r.err)

    # judging

    def context(self):
        if not self.last:
            return ""
        argv, result = self.last[-1]
        return (f"\ncommand: {' '.join(argv)}\nexit status: {result.status}\n"
                f"stdout: {result.out[-3000:]!r}\nstderr: {result.err[-3000:]!r}")

    def fail(self, message):
        raise Failure(message + self.context())

    def equal(self, got, want, what="value"):
        if got == want:
            return
        if isinstance(got, str) and isinstance(want, str):
            self.fail(difference(got, want, what))
        self.fail(f"{what}: got {got!r}, expected {want!r}")

    def check(self, condition, message):
        if not condition:
            self.fail(message)

    def matches(self, pattern, text, what="text"):
        if not re.fullmatch(pattern, text):
            self.fail(f"{what} does not match {getattr(pattern, 'pattern', pattern)!r}:\n{text}")

    def found(self, pattern, text, what="text"):
        match = re.search(pattern, text)
        if not match:
            self.fail(f"{what} has no {getattr(pattern, 'pattern', pattern)!r}:\n{text}")
        return match

    def absent(self, pattern, text, what="text"):
        if re.search(pattern, text):
            self.fail(f"{what} has {pattern!r}:\n{text}")

    def skip(self, reason):
        raise Skip(reason)

    def eventually(self, condition, message, seconds=WAIT):
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                self.fail(message)
            time.sleep(0.02)

    def findings(self):
        """What the sanitizers said, of every process of the test."""
        if not self.session.sanitized:
            return ""
        said = [text for process in self.processes for text in (process.err, process.out) if FINDING.search(text)]
        return "".join(f"the sanitizers found:\n{text[-8000:]}\n" for text in said)

    def close(self):
        for cleanup in reversed(self.cleanups):
            cleanup()
        for process in self.processes:
            process.kill()
        shutil.rmtree(self.tmp, ignore_errors=True)


def run_test(item):
    """Run one test; returns ("ok" | "FAIL" | "skip", text)."""
    try:
        context = Context(SESSION, item.name)
    except OSError:
        return "FAIL", traceback.format_exc()
    try:
        outcome = outcome_of(item, context)
        found = context.findings()
        return ("FAIL", found + outcome[1]) if found else outcome
    finally:
        context.close()


def outcome_of(item, context):
    try:
        item.function(context)
        return ("skip", context.unproven) if context.unproven else ("ok", "")
    except Skip as reason:
        return "skip", str(reason)
    except Failure as failure:
        return "FAIL", str(failure)
    except Exception:  # a test that breaks is a test that fails
        return "FAIL", traceback.format_exc() + context.context()


def bpf_programs():
    """id -> name of every BPF program in the kernel."""
    out = subprocess.run(["bpftool", "-j", "prog", "show"], capture_output=True, timeout=WAIT,
                         check=False).stdout
    try:
        return {row["id"]: row.get("name", "") for row in json.loads(out)}
    except ValueError:
        return {}


def held_objects(kind):
    """Ids of the BPF objects, "prog", "map" or "link", that a living process holds by a descriptor."""
    held = set()
    # Not pathlib's, which stops at a process that has just ended.
    for info in glob.iglob("/proc/[0-9]*/fdinfo/*"):
        try:
            with open(info) as file:
                found = re.search(rf"(?m)^{kind}_id:\s+(\d+)$", file.read())
        except OSError:
            continue
        if found:
            held.add(int(found[1]))
    return held


def settled(rows, seconds=2 * WAIT):
    """What rows() still gives after everything had time to go: closing many links takes a while."""
    until = time.monotonic() + seconds
    found = rows()
    while found and time.monotonic() < until:
        time.sleep(0.2)
        found = rows()
    return found


class Session:
    """One run of the suite: its directory, its compiled workloads, and what was there before."""

    def __init__(self, binary):
        self.original = binary.resolve()
        self.unprivileged = os.geteuid() != 0
        self.reason = self._reason()
        # Of tests/sanitizers/options.c; names of the sanitizers' functions are in LLVM too.
        self.sanitized = not self.reason and b"exitcode=99:detect_leaks=1:" in self.original.read_bytes()
        self.lock = threading.Lock()
        self.built = {}

    def _reason(self):
        if self.unprivileged:
            return "needs root"
        for path in (self.original, self.original.with_name("duetrace-run")):
            if not os.access(path, os.X_OK):
                return f"{path} is not built"
        return None

    def __enter__(self):
        global SESSION
        SESSION = self
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="duetrace-tests."))
        os.chmod(self.tmp, 0o755)
        # Copies: a build during the run does not change what is tested, and every user can run them.
        self.binary = self.tmp / "duetrace"
        if not self.reason:
            shutil.copy(self.original, self.binary)
            shutil.copy(self.original.with_name("duetrace-run"), self.tmp / "duetrace-run")
            (self.tmp / "scripts").symlink_to(ROOT / "scripts")
        # Orphans of the tests come to us, so that left_behind() sees them.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self.mounts = self._mounts()
        self.programs = set(bpf_programs())
        self.pinned = self._pinned()
        self.files = self._files()
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.tmp, ignore_errors=True)

    def workload(self, name, *flags):
        """Path of tests/run/workload/NAME.c (or .cpp) compiled, with flags; compiled once a run."""
        with self.lock:
            if (name, flags) not in self.built:
                target = self.tmp / "-".join((name, *(flag.strip("-") for flag in flags)))
                source = HERE / "workload" / f"{name}.c"
                command = ["gcc", "-std=gnu17"]
                if not source.exists():
                    source = source.with_suffix(".cpp")
                    command = ["g++"]
                made = subprocess.run(
                    [*command, "-O2", "-Wall", "-Wextra", *flags, "-o", target, source],
                    capture_output=True, text=True, timeout=WAIT, check=False)
                if made.returncode:
                    raise Failure(f"workload {name} does not compile:\n{made.stderr}")
                self.built[name, flags] = target
            return self.built[name, flags]

    def _mounts(self):
        with open("/proc/self/mountinfo") as file:
            return sorted(line.split(" ", 1)[1] for line in file)

    def _pinned(self):
        return sorted(str(p) for p in pathlib.Path("/sys/fs/bpf").rglob("*"))

    def _files(self):
        places = [pathlib.Path("/tmp"), pathlib.Path("/var/tmp"), pathlib.Path("/dev/shm"), ROOT]
        return {p for place in places if place.is_dir() for p in place.glob("*duetrace*")
                if not p.name.startswith("duetrace-tests.")}

    def _children(self):
        """Living children; the dead are the orphans that came to us, and are buried."""
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return []
        me = os.getpid()
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            state, parent = stat.rsplit(")", 1)[1].split()[:2]
            if int(parent) == me and state != "Z":
                found.append(f"{entry.name} {stat.split('(', 1)[1].rsplit(')', 1)[0]}")
        return found

    def _programs_left(self):
        """New programs that no living process holds, after the kernel had time to free them."""
        def left():
            new = {n: name for n, name in bpf_programs().items() if n not in self.programs}
            held = held_objects("prog") if new else set()
            return [f"{number} {name}" for number, name in new.items() if number not in held]
        return settled(left)

    def left_behind(self):
        """What the run left on the machine; call after __exit__."""
        left = [f"BPF program {row}" for row in self._programs_left()]
        left += [f"mount {row.strip()}" for row in self._mounts() if row not in self.mounts]
        left += [f"pinned {row}" for row in self._pinned() if row not in self.pinned]
        left += [f"process {row}" for row in settled(self._children)]
        left += [f"file {row}" for row in sorted(self._files() - self.files)]
        return left


def python(*code):
    """Arguments that run a small python program."""
    return [sys.executable, "-c", "\n".join(code)]
