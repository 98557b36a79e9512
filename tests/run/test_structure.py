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
# An option in an attach point: its default, a value, 0; of a text, a file with a colon in its name.
PERIOD = 'interval:ms:getopt("every", 0, "how often") { print(probe); exit(); } i:ms:700 { print("other"); exit(); }'
run("getopt-in-a-period", PERIOD, "interval:ms:5\n" + END, params=["--", "--every=5"])
run("getopt-in-a-period-over-lines", 'interval:ms:getopt( "every",\n\t0 , "how often"\n) { print(probe); exit(); }', "interval:ms:5\n" + END,
    params=["--", "--every=5"])
run("getopt-in-a-period-as-unit", 'interval:getopt("unit","s"):5 { print(probe); exit(); }', "interval:ms:5\n" + END, params=["--", "--unit=ms"])
run("getopt-in-a-period-0", PERIOD, "other\n" + END)
run("getopt-in-a-period-default", 'begin, interval:s:getopt("every",0x3600) { print(probe); }', "begin\n" + END, params=["--", "--every=0"])
run("getopt-in-an-attach-point", 'uprobe:getopt("program", "/nosuch", "which"):main { }', "", status=1,
    params=["--", "--program=/no:su'ch"], err=re.compile(r".*ERROR: uprobe target file '/no:su'ch' does not exist.*", re.S))
run("getopt-in-an-attach-point-help", PERIOD, re.compile(r"Options .*\n  --every=NUMBER +how often \(default: 0\)\n"), params=["--", "--help"])


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
    params=["0x10", "010", "1e6"],
    err=re.compile("WARNING: Positional parameter \\$4 is not given: it is 0, or an empty string"))
run("parameter-missing-string", 'begin { print((str($1), $#)); }', "(, 0)\n" + END,
    flags=["--no-warnings"])
run("config-perf-rb-pages", "config = { perf_rb_pages = 64 } begin { for ($i : 0..5000) { print($i); } }",
    re.compile("(?s)0\n1\n.*4999\n" + END))
run("setting-from-the-environment", 'begin { @x = 1; }', END, env={"BPFTRACE_PRINT_MAPS_ON_EXIT": "0"})
run("setting-of-ours-wins", 'begin { @x = 1; }', END + "@x: 1\n",
    env={"BPFTRACE_PRINT_MAPS_ON_EXIT": "0", "DUETRACE_PRINT_MAPS_ON_EXIT": "true"})
run("setting-not-allowed", 'begin { @x = 1; }', "", env={"DUETRACE_MAX_STRLEN": "x"}, status=1,
    err="ERROR: DUETRACE_MAX_STRLEN is 'x', but must be a number from 1 to 16384\n")

run("macro-expression", "macro add_one(x) { x + 1 } begin { print(add_one(add_one(5))); }", "7\n" + END)
run("macro-variable", "macro inc($v) { $v += 1; $v } begin { $a = 1; print(inc($a)); print($a); }",
    "2\n2\n" + END)
run("macro-map", 'macro put(@m, k, v) { @m[k] = v; } begin { put(@x, 1, "abc"); put(@y, "a", 2); }',
    END + "@x[1]: abc\n@y[a]: 2\n")
run("macro-hygiene", "macro f(e) { $x = 10; $x + e } begin { $x = 1; print(f(f($x))); print($x); }",
    "21\n1\n" + END)
run("macro-evaluates-each-use", "macro twice(e) { e; e } begin { $x = 0; print(twice($x++)); print($x); }",
    "1\n2\n" + END)
run("macro-bare-name", "macro answer() { 42 } begin { print(answer); print(answer() + answer); }",
    "42\n84\n" + END)
run("macro-overloads", "macro f($v) { 1 } macro f(@m) { 2 } macro f(e) { 3 } macro f(a, b) { 4 } "
    "begin { $a = 1; @b = 1; print((f($a), f(@b), f(5), f(1, 2))); clear(@b); }",
    "(1, 2, 3, 4)\n" + END)
run("macro-if-value", 'macro size(x) { if (x > 1) { "big" } else { "small" } } '
    "begin { print(size(1)); print(size(2)); }", "small\nbig\n" + END)
run("macro-with-a-loop", "macro total(@m) { $n = 0; for ($kv : @m) { $n += $kv.1; } $n } "
    "begin { @x[1] = 2; @x[2] = 3; print(total(@x)); $n = 1; print($n); clear(@x); }",
    "5\n1\n" + END)
run("macro-in-a-predicate", "macro yes() { 1 == 1 } begin /yes/ { print(1); } begin /!yes()/ { print(2); }",
    "1\n" + END)
run("macro-over-a-builtin", "macro strlen(x) { 7 } begin { print(strlen(1)); }", "7\n" + END)
run("macro-of-macros", "macro a(x) { x * 2 } macro b(x) { a(x) + a(x + 1) } begin { print(b(5)); }",
    "22\n" + END)
run("macro-prints", 'macro say(x) { printf("%d\\n", x); } begin { say(1); say(2); }', "1\n2\n" + END)

run("config-max-strlen", 'config = { max_strlen = 5 } begin { print(str($1)); }', "abcd..\n" + END,
    params=["abcdefgh"])
run("config-environment-wins", 'config = { max_strlen = 5 } begin { print(str($1)); }', "abcdefgh\n" + END,
    params=["abcdefgh"], env={"BPFTRACE_MAX_STRLEN": "50"})
run("config-print-maps-on-exit", 'config = { print_maps_on_exit = false } begin { @x = 1; }', END)
run("config-print-maps-environment-wins", 'config = { print_maps_on_exit = 0; } begin { @x = 1; }',
    END + "@x: 1\n", env={"DUETRACE_PRINT_MAPS_ON_EXIT": "1"})
run("config-max-map-keys", 'config = { BPFTRACE_MAX_MAP_KEYS = 2; } begin { @x[1] = 1; @x[2] = 2; @x[3] = 3; }',
    END + "@x[1]: 1\n@x[2]: 2\n", err=re.compile("WARNING: Map full; can't update element"))
run("config-trailer", 'config = { str_trunc_trailer = "~"; max_strlen = 3 } begin { print(str($1)); }',
    "ab~\n" + END, params=["abcd"])
run("config-missing-probes-warn", 'config = { missing_probes = warn } begin, tracepoint:no:such { print(1); }',
    "1\n" + END, err=re.compile("WARNING: No matches for tracepoint no:such."))
run("config-missing-probes-ignore", 'config = { missing_probes = "ignore" } begin, tracepoint:no:such { print(1); }',
    "1\n" + END)
run("config-max-probes", 'config = { max_probes = 2 } begin, end, interval:s:1 { }', "", status=1,
    err=re.compile("Can't attach to more than 2 probes"))
run("config-everything", "config = { stack_mode = perf; perf_rb_pages = 64; on_stack_limit = 64; log_size = 4096; "
    "max_cat_bytes = 10; cache_user_symbols = NONE; cpp_demangle = false; lazy_symbolication = 1; "
    'license = "Dual BSD/GPL"; use_blazesym = true; show_debug_info = 0; unstable_tseries = enable; '
    "max_bpf_progs = 9; } begin { print(1); }", "1\n" + END)
run("config-deprecated", "config = { symbol_source = 1; unstable_macro = enable; } begin { print(1); }",
    "1\n" + END, err=re.compile("WARNING: unstable_macro is deprecated and has no effect"))
run("config-field", "config = { max_strlen = 5 } begin { print(config.max_strlen); print(config.stack_mode); }",
    "5\nbpftrace\n" + END)
run("config-record", "config = { max_strlen = 5; stack_mode = raw } begin { $c = config; print($c.max_strlen); "
    "print(config); }", re.compile(r"\A5\n\{ (?=.*\.max_strlen = 5, )(?=.*\.stack_mode = raw, )(?=.*\.license = GPL, )"
                                   r"(?=.*\.print_maps_on_exit = true, )(?!.*symbol_source).* \}\n\n\n\Z"))
run("map-declaration-hash", "let @a = hash(2); begin { @a[1] = 1; @a[2] = 2; @a[3] = 3; }",
    END + "@a[1]: 1\n@a[2]: 2\n", err=re.compile("Map full"))
run("map-declaration-lruhash", "let @a = lruhash(2); begin { for ($i : 0..100) { @a[$i] = $i; } $n = 0; "
    "for ($kv : @a) { $n++; } print($n); clear(@a); }", "2\n" + END)
run("map-declaration-percpuhash", "let @a = percpuhash(3); begin { @a[1] = count(); }", END + "@a[1]: 1\n")
run("map-declaration-percpulruhash", "let @a = percpulruhash(1000); begin { @a[1] = sum(5); @a[1] = sum(6); }",
    END + "@a[1]: 11\n")
run("map-declaration-unused", "let @a = hash(3); begin { }", END, err=re.compile("WARNING: Unused map: @a"))


@test
def test_import(t):
    t.write("lib.bt", 'import "more.h";\nmacro twice(x) { x * SIZE }\nend { print("end of lib"); }\n')
    t.write("more.h", "#define SIZE 2\n")
    main = t.write("main.bt", 'import "lib.bt"; import "./lib.bt";\nbegin { print(twice(21)); }\n')
    r = t.duetrace("-q", main)
    t.equal((r.err, r.out), ("", "42\nend of lib\n" + END))


@test
def config_behind_an_import(t):
    """Only this script's own blocks must stand behind its C and its config, not those that it imports."""
    t.write("lib.bt", "macro twice(x) { x * 2 }\nbegin { print(1); }\n")
    main = t.write("main.bt", 'import "lib.bt";\n#define FIVE 5\nconfig = { max_strlen = 64 }\n'
                   "begin { print(twice(FIVE)); }\n")
    r = t.duetrace("-q", main)
    t.equal((r.out, r.err, r.status), ("1\n10\n" + END, "", 0))


@test
def test_import_folder(t):
    (t.tmp / "sub").mkdir()
    t.write("sub/a.bt", "macro a() { 1 }\n")
    t.write("sub/b.bt", "macro b() { a + 1 }\n")
    t.write("sub/notes.txt", "not a script\n")
    r = t.duetrace("-q", t.write("main.bt", 'import "sub";\nbegin { print((a, b)); }\n'))
    t.equal((r.err, r.out), ("", "(1, 2)\n" + END))


@test
def test_import_cycle(t):
    t.write("a.bt", 'import "b.bt";\nmacro a() { 1 }\n')
    t.write("b.bt", 'import "a.bt";\nmacro b() { 2 }\n')
    r = t.duetrace("-q", t.write("main.bt", 'import "a.bt";\nbegin { print((a, b)); }\n'))
    t.equal((r.err, r.out), ("", "(1, 2)\n" + END))


@test
def test_import_error_names_the_file(t):
    path = t.write("lib.bt", "begin {\n\tprint(nope);\n}\n")
    r = t.duetrace("-q", t.write("main.bt", 'import "lib.bt";\nbegin { }\n'))
    t.equal((r.err, r.status), (f"{path}:2:8-12: ERROR: Unknown identifier: 'nope'\n"
                                "    print(nope);\n          ~~~~\nHINT: A text stands in double quotes: \"nope\"; the name of a"
                                " variable begins with '$', that of a map with '@'\n", 1))


@test
def test_import_refused(t):
    t.write("open.bt", "begin { }\n", 0o666)
    (t.tmp / "all").mkdir()
    (t.tmp / "all").chmod(0o777)
    t.write("all/x.bt", "begin { }\n")
    t.write("data.txt", "secret\n")
    for path, why in (("open.bt", "everybody can write"), ("all/x.bt", "everybody can write"),
                      ("all", "everybody can write"), ("data.txt", "not a script"),
                      ("none.bt", "No such file")):
        r = t.duetrace("-q", t.write("main.bt", f'import "{path}";\nbegin {{ }}\n'))
        t.found(why, r.err)
        t.equal(r.status, 1)
