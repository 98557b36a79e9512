# SPDX-License-Identifier: Apache-2.0
"""More programs whose output bpftrace 0.17 and the language agree on; see test_differential.py.

Left out is what has changed since: comparison results (they print as bool now), widths of literals,
%.2s, stats, the labels of buckets of one value beyond hist's, blank lines, and what 0.17 has not.
"""
from test_differential import both

ARITHMETIC = {
    "add": "$a + $b", "subtract": "$a - $b", "multiply": "$a * $b", "and": "$a & $b", "or": "$a | $b",
    "xor": "$a ^ $b", "shift-left": "$a << $b", "shift-right": "$a >> $b", "complement": "~$a",
    "minus": "-$a", "precedence-sum": "$a + $b * 2", "precedence-parentheses": "($a + $b) * 2",
    "precedence-shift": "1 << $b + 1", "precedence-bits": "$a | $b & 6 ^ 1",
    "associative-minus": "$a - $b - 1", "ternary": "$a > $b ? $a : $b", "nested-ternary":
    "$a < $b ? 1 : $a == 7 ? 2 : 3", "mixed": "($a - $b) * ($a + $b) - ($a & $b)",
}
for name, expression in ARITHMETIC.items():
    both(f"arithmetic-{name}", f"BEGIN {{ $a = 7; $b = 3; print({expression}); exit(); }}")

LITERALS = ("0", "1", "-1", "0x10", "0xff", "017", "127", "128", "255", "256", "32767", "65535",
            "2147483647", "4294967295", "4294967296", "1e3", "5e6", "1_000_000", "0xdeadbeef",
            "9007199254740991")
for literal in LITERALS:
    both(f"literal-{literal}", f"BEGIN {{ print({literal}); exit(); }}")

FORMATS = {
    "d": ("%d", "42"), "d-negative": ("%d", "-42"), "u": ("%u", "42"), "x": ("%x", "255"),
    "X": ("%X", "255"), "o": ("%o", "8"), "c": ("%c", "65"), "c-string": ("%c%c%c", "97, 98, 99"),
    "p": ("%p", "0xffff1234"), "s": ("%s", '"text"'), "wide": ("%10d|", "42"),
    "left": ("%-10d|", "42"), "zeros": ("%010d|", "42"),     "wide-hex": ("%8x|", "48879"), "zero-hex": ("%08x|", "48879"),     "wide-string": ("%12s|", '"abc"'), "left-string": ("%-12s|", '"abc"'),
    "narrow": ("%2d|", "12345"), "ld": ("%ld", "5000000000"), "lu": ("%lu", "5000000000"),
    "lx": ("%lx", "0xabcdef0123"), "lld": ("%lld", "-5000000000"), "llu": ("%llu", "5000000000"),
    "llx": ("%llx", "0xabcdef0123"), "hd": ("%hd", "70000"), "hhd": ("%hhd", "300"),
    "hhu": ("%hhu", "300"), "hu": ("%hu", "70000"), "jd": ("%jd", "5000000000"), "zu": ("%zu", "5000000000"),
    "several": ("%d %s %x %c", '1, "two", 3, 52'), "no-arguments": ("plain text", None),
    "zero": ("%d %u %x", "0, 0, 0"), "left-hex": ("%-8x|", "255"), "upper-wide": ("%8X|", "255"),
}
for name, (form, arguments) in FORMATS.items():
    tail = f", {arguments}" if arguments else ""
    both(f"format-{name}", f'BEGIN {{ printf("{form}\\n"{tail}); exit(); }}')

ESCAPES = {"tab": r"a\tb", "quote": r'a\"b', "backslash": r"a\\b", "return": r"a\rb", "octal": r"a\101b",
           "hex": r"a\x41b", "newlines": r"a\n\nb"}
for name, text in ESCAPES.items():
    both(f"escape-{name}", f'BEGIN {{ printf("{text}\\n"); print("{text}"); exit(); }}')

HISTOGRAMS = {
    "zero": (0,), "one": (1,), "two": (2,), "negative": (-7,), "small": (0, 1, 2, 3, 4, 5), "gap": (1, 1024),
    "powers": (1, 2, 4, 8, 16, 32, 64, 128), "bars": (2,) * 7 + (4,) * 3 + (8,), "edge": (1023, 1024, 1025),
    "kilo": (2048, 4096, 8192), "mega": (1048576, 2097152), "both-signs": (-5, 5), "many": (3,) * 100 + (5,) * 33,
}
for name, values in HISTOGRAMS.items():
    steps = " ".join(f"@ = hist({value});" for value in values[:12])
    both(f"hist-{name}", f"BEGIN {{ {steps} exit(); }}")

LINEAR = {
    "below": ((-1,), "0, 100, 10"), "above": ((100, 1000), "0, 100, 10"), "inside": ((5, 15, 25, 95), "0, 100, 10"),
    "edges": ((0, 9, 10, 99, 100), "0, 100, 10"), "offset": ((55, 65), "50, 100, 10"), "wide-step":
    ((500, 1500, 2500), "0, 10000, 1000"), "bars": ((5, 5, 5, 15, 15, 25), "0, 50, 10"), "kilo":
    ((1000, 3000), "0, 8192, 1024"), "one-bucket": ((3,), "0, 10, 10"),
}
for name, (values, shape) in LINEAR.items():
    steps = " ".join(f"@ = lhist({value}, {shape});" for value in values)
    both(f"lhist-{name}", f"BEGIN {{ {steps} exit(); }}")

MAPS = {
    "count": "@ = count(); @ = count(); @ = count();",
    "count-keyed": '@["a"] = count(); @["b"] = count(); @["b"] = count();',
    "sum": "@ = sum(5); @ = sum(6);", "sum-negative": "@ = sum(-5); @ = sum(2);",
    "min": "@ = min(5); @ = min(2); @ = min(9);", "max": "@ = max(5); @ = max(2); @ = max(9);",
    "min-keyed": "@[1] = min(5); @[1] = min(4); @[2] = min(1);",
    "max-keyed": "@[1] = max(5); @[1] = max(6); @[2] = max(9);",
    "string-key": '@["one"] = 1; @["two"] = 2; @["three"] = 3;',
    "integer-key": "@[10] = 1; @[20] = 2; @[5] = 3;",
    "two-keys": "@[1, 2] = 3; @[2, 1] = 4;", "three-keys": '@[1, "a", 2] = 3; @[1, "b", 2] = 4;',
    "string-values": '@[1] = "one"; @[2] = "two";', "overwrite": "@[1] = 5; @[1] = 6; @ [2] = 1;",
    "increment": "@++; @++; @++;", "increment-keyed": "@[1]++; @[1]++; @[2]++;",
    "decrement": "@ = 5; @--; --@;", "compound": "@ = 5; @ += 3; @ *= 2; @ -= 1; @ |= 8; @ ^= 1; @ &= 30;",
    "compound-shift": "@ = 5; @ <<= 3; @ >>= 1;", "read-missing": "@[1] = 5; @x = @[2]; @y = @[1];",
    "copy": "@a = 5; @b = @a; @a = 6;", "delete-key": "@[1] = 1; @[2] = 2; delete(@[1]);",
   
    "pre-and-post": "$a = @x++; $b = ++@x; @y = $a * 10 + $b;",
    "negative-values": "@[1] = -5; @[2] = 5; @[3] = -1;",
    "large-value": "@ = 123456789012345;", "tuple-value": '@ = (1, "a", 2);',
    "print-map": "@ = 5; print(@);", "print-keyed": "@[1] = 5; print(@); clear(@);",
    "top-one": "@[1] = 1; @[2] = 2; @[3] = 3; print(@, 1); clear(@);",
    "top-beyond": "@[1] = 1; @[2] = 2; print(@, 5); clear(@);",
    "top-div": "@[1] = 100; @[2] = 200; @[3] = 300; print(@, 2, 100); clear(@);",
    "several": "@z = 1; @a = 2; @m[1] = 3; @B = 4;", "underscores": "@_a = 1; @a_1 = 2;",
}
for name, body in MAPS.items():
    both(f"map-{name}", f"BEGIN {{ {body} exit(); }}")

STATEMENTS = {
    "if": "if (1) { print(1); }", "if-not": "if (0) { print(1); } print(2);",
    "if-else": "if (0) { print(1); } else { print(2); }",
    "else-if": "$a = 2; if ($a == 1) { print(1); } else if ($a == 2) { print(2); } else { print(3); }",
    "and": "$a = 5; if ($a > 3 && $a < 7) { print(1); }", "or": "$a = 5; if ($a < 3 || $a > 4) { print(1); }",
    "not": "$a = 0; if (!$a) { print(1); }", "string-equal": '$a = "x"; if ($a == "x") { print(1); }',
    "string-differs": '$a = "x"; if ($a != "y") { print(1); }', "unroll": "$i = 0; unroll(5) { $i += 2; print($i); }",
    "while": "$i = 0; while ($i < 5) { print($i); $i++; }",
    "while-break": "$i = 0; while ($i < 9) { if ($i == 3) { break; } print($i); $i++; }",
    "while-continue": "$i = 0; while ($i < 5) { $i++; if ($i == 3) { continue; } print($i); }",
    "return": "if (1) { print(1); exit(); return; } print(2);", "tuple-members": '$t = (1, "b"); print($t.0); print($t.1);',
    "nested-tuple": '$t = (1, (2, "c")); print($t.1.1); print($t);', "blanks": "  print ( 1 )  ;  ",
    "comments": "print(1); // one\n /* two */ print(3);", "steps": "$a = 1; $a++; ++$a; print($a); $a--; print($a);",
    "variables": "$a = 1; $b = $a + 1; $c = $b + 1; print($c);", "string-variable": '$s = "abc"; print($s);',
    "strncmp": 'print(strncmp("abcd", "abxx", 2)); ', "str-parameter-missing": "print(str($1));",
    "parameter-missing": "print($1);", "parameter-count": "print($#);",
}
for name, body in STATEMENTS.items():
    both(f"statement-{name}", f"BEGIN {{ {body} exit(); }}")

both("predicate", "BEGIN /1 == 1/ { print(1); exit(); } END { print(3); }")
both("end-prints-before-maps", "BEGIN { @ = 1; exit(); } END { print(2); }")
both("end-clears", "BEGIN { @ = 1; @k[1] = 1; exit(); } END { clear(@k); }")
both("interval", "interval:ms:10 /@n < 3/ { @n++; if (@n == 3) { exit(); } }")
both("several-probes", "BEGIN { @a = 1; } interval:ms:5 { @b = 2; exit(); }")
both("parameters-text", r'BEGIN { printf("%s-%s-%d\n", str($1), str($2), $3); exit(); }', "a", "b c", "7")
both("parameter-hex", "BEGIN { print($1 + 1); exit(); }", "0x10")
