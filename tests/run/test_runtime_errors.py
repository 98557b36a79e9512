# SPDX-License-Identifier: Apache-2.0
"""What programs report of what goes wrong while they run: -k, --no-warnings, full maps."""
import json
import re

from harness import case, test

LOOKUP = "Can't lookup map element because it does not exist."
DELETE = "Can't delete map element because it does not exist."
DIVISION = "Divide or modulo by 0 detected. This can lead to unexpected results."


def place(program, text, message, helper, code):
    """The whole message for the first `text` of the program."""
    at = program.index(text)
    info = f"Additional Info - helper: {helper}, retcode: {code}\n" if helper else ""
    return (f"stdin:1:{at + 1}-{at + 1 + len(text)}: WARNING: {message}\n{info}{program}\n"
            f"{' ' * at}{'~' * len(text)}\n")


def reports(name, program, text, message, helper, code, out, flags=("-k",)):
    case("runtime_errors", name, program, out, flags=flags,
         err=place(program, text, message, helper, code))
    case("runtime_errors", name + "-silent", program, out, flags=("--no-warnings",))

    @test(name=name + "-json")
    def as_json(t):
        r = t.duetrace("-q", "-f", "json", *flags, "-e", program)
        row = json.loads(next(line for line in r.out.split("\n") if "_error" in line))
        want = {"type": "helper_error" if helper else "runtime_error", "msg": message}
        if helper:
            want.update(helper=helper, retcode=code)
        want.update(filename="stdin", line=1, col=program.index(text) + 1)
        t.equal(list(row.items()), list(want.items()))


reports("lookup", "begin { @[1] = 5; print(@[2]); }", "@[2]", LOOKUP, "map_lookup_elem", 0,
        "0\n\n\n@[1]: 5\n")
reports("lookup-scalar", "begin { print(@ + 1); if (0) { @ = 1; } }", "@", LOOKUP, "map_lookup_elem", 0,
        "1\n\n\n")
reports("lookup-count", "begin { @[1] = count(); $x = (int64)@[2]; print($x); }", "@[2]", LOOKUP,
        "map_lookup_elem", 0, "0\n\n\n@[1]: 1\n")
reports("lookup-string", 'begin { @[1] = "x"; print(@[2]); }', "@[2]", LOOKUP, "map_lookup_elem", 0,
        "\n\n\n@[1]: x\n")
reports("read-user", "begin { print(str(1)); }", "str(1)", "Bad address", "probe_read_user_str", -14,
        "\n\n\n")
reports("read-user-stored", "begin { $s = str(1); print($s); }", "str(1)", "Bad address",
        "probe_read_user_str", -14, "\n\n\n")
reports("delete", "begin { @[1] = 5; delete(@, 2); }", "delete(@, 2)", DELETE, "map_delete_elem", -2,
        "\n\n@[1]: 5\n", flags=())
reports("division", "begin { $a = (uint64)5; $b = $a - $a; print($a / (uint64)$b); }", "(uint64)$b",
        DIVISION, "", 0, "0\n\n\n", flags=())
reports("modulo", "begin { $a = (uint64)5; $b = $a - $a; print($a % (uint64)$b); }", "(uint64)$b",
        DIVISION, "", 0, "5\n\n\n", flags=())
reports("division-assign", "begin { $a = (uint64)5; $b = (uint64)0; $a /= $b + 0; print($a); }",
        "$b + 0", DIVISION, "", 0, "0\n\n\n", flags=())

@test
def read_of_a_probe(t):
    """Registers of a function of user space lead to its memory."""
    path = t.workload("functions")
    program = f"uprobe:{path}:main {{ print((*(int32 *)1, str(2), buf(3, 1))); }}"
    r = t.duetrace("-q", "-k", "-e", program, "-c", path)
    for helper in ("probe_read_user, retcode: -14", "probe_read_user_str, retcode: -14"):
        t.found(f"Bad address\nAdditional Info - helper: {helper}\n", r.err)
    t.equal(r.err.count("probe_read_kernel"), 0, "reads of the kernel")


# Only -k reports these.
case("runtime_errors", "lookup-unasked", "begin { @[1] = 5; print(@[2]); }", "0\n\n\n@[1]: 5\n")
case("runtime_errors", "read-unasked", "begin { print(str(1)); }", "\n\n\n")
# A result that is used says itself whether the key was there.
case("runtime_errors", "delete-used", "begin { @[1] = 5; print(delete(@, 2)); }",
     "false\n\n\n@[1]: 5\n", flags=("-k",))
case("runtime_errors", "steps-create", "begin { @[1]++; @[2] += 3; @[1]++; }", "\n\n@[1]: 2\n@[2]: 3\n",
     flags=("-k",),
     err="".join(f"stdin:{place}: WARNING: {LOOKUP}\nAdditional Info - helper: map_lookup_elem, retcode: 0\n"
                 f"begin {{ @[1]++; @[2] += 3; @[1]++; }}\n{marks}\n"
                 for place, marks in (("1:9-13", " " * 8 + "~~~~"), ("1:17-21", " " * 16 + "~~~~"))))
case("runtime_errors", "several-lines", "begin {\n\t@[1,\n\t 2] = 1; print(@[3,\n\t 4]);\n}",
     "0\n\n\n@[1, 2]: 1\n", flags=("-k",),
     err=f"stdin:3-4: WARNING: {LOOKUP}\nAdditional Info - helper: map_lookup_elem, retcode: 0\n"
         "     2] = 1; print(@[3,\n     4]);\n")
TRIPS = "The probe was left: its while loops ran 1048576 times, which is their limit."


@test
def while_limit(t):
    """All loops of a probe together, and only that probe."""
    program = ("begin { $i = 1; while ($i > 0) { $j = 0; while ($j < 1000) { $j++; } @n++; } print(0); } "
               "begin { print(1); }")
    r = t.duetrace("-q", "-e", program)
    # The inner one runs 1000 times for one of the outer's.
    t.equal(r.out, "1\n\n\n@n: 1047\n")
    t.found(re.escape(place(program, "while ($j < 1000)", TRIPS, "", 0)), r.err)
    r = t.duetrace("-q", "-f", "json", "-e", program)
    row = json.loads(r.out.split("\n")[0])
    t.equal(row, {"type": "runtime_error", "msg": TRIPS, "filename": "stdin", "line": 1,
                  "col": program.index("while ($j") + 1})
    r = t.duetrace("-q", "--no-warnings", "-e", program)
    t.equal((r.out, r.err, r.status), ("1\n\n\n@n: 1047\n", "", 0))


case("runtime_errors", "map-full", "begin { @[1] = 1; @[2] = 1; @[3] = 1; @[4] = 1; }",
     "\n\n@[1]: 1\n@[2]: 1\n", env={"DUETRACE_MAX_MAP_KEYS": "2"},
     err=re.compile(r"\Astdin:1:29-33: WARNING: Map full; can't update element\. Try increasing "
                    r"max_map_keys config or manually setting the max entries in a map declaration "
                    r"e\.g\. `let @a = hash\(5000\)`\nAdditional Info - helper: map_update_elem, "
                    r"retcode: -7\nbegin [^\n]*\n {28}~{4}\n\Z"))
case("runtime_errors", "map-full-aggregation", "begin { @[1] = count(); @[2] = count(); }",
     "\n\n@[1]: 1\n", env={"DUETRACE_MAX_MAP_KEYS": "1"},
     err=re.compile(r"\Astdin:1:25-29: WARNING: Map full; "))


@test
def in_an_image(t):
    """What is reported is decided when the image is made."""
    image = str(t.tmp / "x.o")
    r = t.duetrace("-k", "--emit", "image", "-o", image, "-e", "begin { @[1] = 5; print(@[2]); }")
    t.equal(r.status, 0)
    for binary in (t.binary, t.runner):
        r = t.run(binary, "-q", image)
        t.equal(r.out, "0\n\n\n@[1]: 5\n")
        t.found(re.escape(LOOKUP), r.err)


@test
def refused(t):
    for words, message in ((("-k", "-k"), "-kk"), (("-kk",), "-kk"),
                           (("-k", "--no-warnings"), "-k conflicts with --no-warnings")):
        r = t.duetrace(*words, "-e", "begin { }")
        t.equal(r.status, 1)
        t.found(message, r.err)
