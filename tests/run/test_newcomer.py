# SPDX-License-Identifier: Apache-2.0
"""Mistakes of a first day that are not in the script but on the command line. Those in scripts are the
goldens of tests/golden/newcomer, and of the rows hint_* of lang/diags.def."""
import re

from harness import ROOT, test


def refused(t, *words, want, status=1, **options):
    r = t.duetrace(*words, **options)
    t.equal((r.out, r.status), ("", status), " ".join(map(str, words)))
    t.equal(r.err, want, " ".join(map(str, words)))


@test
def near_names_of_scripts(t):
    for typed, meant in (("open-cuont", "open-count"), ("openfile", "openfiles"), ("delete_log", "delete-log")):
        refused(t, typed, want=f"ERROR: failed to open file '{typed}': No such file or directory\n"
                               f"HINT: Did you mean '{meant}'?\n", cwd="/")
    refused(t, "something-else-entirely",
            want="ERROR: failed to open file 'something-else-entirely': No such file or directory\n"
                 "HINT: duetrace --list-scripts lists those that can be run by name; a program on the command line"
                 " stands behind -e.\n", cwd="/")


@test
def near_names_of_options(t):
    refused(t, "--formt", "json", "-e", "begin { }", want="ERROR: unknown option '--formt'\nHINT: Did you mean '--format'?\n")
    refused(t, "--xyzzyxyzzy", want="ERROR: unknown option '--xyzzyxyzzy'\nHINT: duetrace --help lists the options.\n")


@test
def programs_without_their_option(t):
    told = "HINT: a program on the command line stands behind -e: duetrace -e 'begin { print(1); }'\n"
    for typed in ("begin { print(1); }", "tracepoint:syscalls:sys_enter_openat"):
        refused(t, typed, cwd="/", want=f"ERROR: failed to open file '{typed}': No such file or directory\n{told}")
    for typed in ("help", "version"):
        refused(t, typed, cwd="/", want=f"ERROR: failed to open file '{typed}': No such file or directory\n"
                                        f"HINT: Did you mean '--{typed}'?\n")
    refused(t, "-p", "bash", "-e", "begin { }", want="ERROR: Failed to parse pid: invalid integer: bash\n"
                                                     "HINT: by the name of a program: -p $(pidof -s bash)\n")


@test
def words_of_other_languages(t):
    """Each row of foreign.def is told of, and none has the name of something that is ours."""
    rows = re.findall(r'^(WORD|STATEMENT)\((\w+),\s+"((?:[^"\\]|\\.)*)"\)$', (ROOT / "lang/foreign.def").read_text(), re.M)
    ours = set(re.findall(r"^BUILTIN\((\w+),", (ROOT / "lang/builtins.def").read_text(), re.M))
    t.check(len(rows) > 80, f"{len(rows)} rows read")
    t.equal(sorted(ours & {name for kind, name, _ in rows if kind == "WORD"}), [])
    names = [(name, hint.replace('\\"', '"').replace("\\\\", "\\")) for kind, name, hint in rows if kind == "WORD"]
    for start in range(0, len(names), 10):
        some = names[start:start + 10]
        r = t.duetrace("-e", "begin { " + " ".join(f"print({name});" for name, _ in some) + " }")
        got = re.findall(r"Unknown identifier: '(\w+)'\n.*\n.*\nHINT: (.*)\n", r.err)
        t.equal(got, some)
    for kind, name, hint in rows:
        if kind == "STATEMENT":
            r = t.duetrace("-e", name + " begin { print(1); }" if name in ("probe", "every") else
                           "begin { " + name + " (pid) { print(1); } }")
            t.found("HINT: " + re.escape(hint) + "\n", r.err)


@test
def quotes_that_the_shell_took(t):
    """duetrace -e begin { print(1); }"""
    refused(t, "-e", "begin", "{", "print(1);", "}",
            want="stdin:1:6-7: ERROR: expected '{'\nbegin\n     ~\n"
                 "HINT: A program is `probe { statements }`; on a command line it stands in quotes: -e 'begin { print(1); }'\n")


@test
def without_rights(t):
    t.need("setpriv")
    r = t.run("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=-all", t.binary,
              "-e", "begin { print(1); }")
    t.equal((r.out, r.status), ("", 1))
    t.found(r"^ERROR: Could not load \w+: Operation not permitted: duetrace needs root, or CAP_BPF and CAP_PERFMON\n", r.err)


@test
def files_from_elsewhere(t):
    """Line ends of another system, a byte order mark, both; and an encoding that is not understood."""
    for name, data in (("crlf", b"#!/usr/bin/env duetrace\r\nbegin\r\n{\r\n\tprintf(\"ok\\n\"); // a\r\n}\r\n"),
                       ("mark", b"\xef\xbb\xbfbegin { printf(\"ok\\n\"); }\n"),
                       ("both", b"\xef\xbb\xbfbegin { /* b\r\n */ printf(\"ok\\n\"); }\r\n")):
        path = t.tmp / f"{name}.dt"
        path.write_bytes(data)
        r = t.duetrace("-q", path)
        t.equal((r.out, r.err, r.status), ("ok\n\n\n", "", 0), name)
    path = t.tmp / "wide.dt"
    path.write_bytes("\ufeffbegin { }\n".encode("utf-16-le"))
    refused(t, path, want="ERROR: the script is UTF-16: save it as UTF-8\n")


@test
def commands_and_processes_that_are_not(t):
    refused(t, "-q", "-e", "begin { }", "--run", "no-such-command",
            want="ERROR: Could not run 'no-such-command': No such file or directory\n")
    refused(t, "-p", "4194303", "-e", "begin { }", want="ERROR: Could not watch process 4194303: No such process\n")
    refused(t, "/", want="ERROR: /: Is a directory\n")


@test
def a_script_from_an_old_tutorial(t):
    """BEGIN, ->, nested casts and a .bt ending are still understood."""
    path = t.write("old.bt", "#!/usr/bin/env bpftrace\nBEGIN\n{\n\tprintf(\"Tracing... Hit Ctrl-C to end.\\n\");\n}\n\n"
                   "tracepoint:syscalls:sys_enter_openat\n/pid == cpid/\n{\n\t@[str(args->filename)] = count();\n}\n\nEND\n{\n\tprintf(\"bye\\n\");\n}\n")
    r = t.duetrace("-q", path, "-c", "cat /dev/null")
    t.equal((r.err, r.status), ("", 0))
    t.found(r"^Tracing\.\.\. Hit Ctrl-C to end\.\nbye\n", r.out)
    t.found(r"(?m)^@\[/dev/null\]: 1$", r.out)


@test
def goldens_are_enough(t):
    goldens = [*(ROOT / "tests/golden/newcomer").glob("*.err"), *(ROOT / "tests/golden/lang").glob("hint_*.err")]
    t.check(len(goldens) >= 90, f"only {len(goldens)} mistakes")
