# SPDX-License-Identifier: Apache-2.0
"""What a script is made of beside its blocks: options of its own, settings, macros, map
declarations, imports; and how the command line puts programs and parameters together."""
import re

from harness import END, case, test

GROUP = "structure"
OPTIONS = ('begin { printf("%s %d ", getopt("who", "world", "whom to greet"), getopt("n", -3)); '
           'print(getopt("loud")); }')


def run(name, program, want, **options):
    case(GROUP, name, program, want, **options)


run("getopt-defaults", OPTIONS, "world -3 false\n" + END)
run("getopt-values", OPTIONS, "me 16 true\n" + END, params=["--", "--who=me", "--n=0x10", "--loud"])
run("getopt-bool-words", OPTIONS, "world -3 false\n" + END, params=["--", "--loud=0"])
run("getopt-last-one-counts", OPTIONS, "b -3 false\n" + END, params=["--", "--who=a", "--who=b"])
run("getopt-beside-parameters", 'begin { print(getopt("n", 1)); print($1); print(str($2)); }',
    "7\n5\nword\n" + END, params=["5", "--", "--n=7", "word"])
run("getopt-unknown", OPTIONS, "", params=["--", "--whom=me"], status=1,
    err="ERROR: unexpected program command line options: --whom\n"
        "HINT: expected program options: --who, --n, --loud\n")
run("getopt-help", OPTIONS, re.compile(
    "Options of the script.*\n  --who=TEXT +whom to greet \\(default: world\\)\n"
    "  --n=NUMBER +\\(default: -3\\)\n  --loud +\\(default: false\\)\n"), params=["--", "--help"])
run("getopt-as-a-condition", 'begin { if (getopt("loud")) { print("LOUD"); } }', "LOUD\n" + END,
    params=["--", "--loud"])


@test
def test_several_programs(t):
    r = t.duetrace("-q", "-e", "begin { print(1); }", "-e", "begin { print(2); }")
    t.equal(r.out, "1\n2\n" + END)


run("parameter-in-attach-point", "BEG$1 { print(1); }", "1\n" + END, params=["IN"])
run("parameter-is-attach-point", "$1 { print(1); }", "1\n" + END, params=["begin"])
run("parameter-in-interval", "i:ms:$1 { print(1); exit(); }", "1\n" + END, params=["10"])
run("parameter-any-base", "begin { print(($1, $2, $3, $4)); }", "(16, 8, 1000000, 0)\n" + END,
    params=["0x10", "010", "1e6"])
run("setting-from-the-environment", 'begin { @x = 1; }', END, env={"BPFTRACE_PRINT_MAPS_ON_EXIT": "0"})
run("setting-of-ours-wins", 'begin { @x = 1; }', END + "@x: 1\n",
    env={"BPFTRACE_PRINT_MAPS_ON_EXIT": "0", "DUETRACE_PRINT_MAPS_ON_EXIT": "true"})
run("setting-not-allowed", 'begin { @x = 1; }', "", env={"DUETRACE_MAX_STRLEN": "x"}, status=1,
    err="ERROR: DUETRACE_MAX_STRLEN is 'x', but must be a number from 1 to 16384\n")
