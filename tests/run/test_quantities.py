# SPDX-License-Identifier: Apache-2.0
"""Numbers with units, and maps as tables: text is for eyes, JSON and a database keep the numbers."""
import json
import sqlite3

from harness import END, case, test

KIB = 1024
# What text shows of a number; worked out by hand: at most a tenth, rounded to the nearest, in the largest unit that gives 1 or more.
BYTES = ((0, "0 B"), (1, "1 B"), (1023, "1023 B"), (KIB, "1 KiB"), (KIB + 51, "1 KiB"), (KIB + 52, "1.1 KiB"), (1536, "1.5 KiB"),
         (1000 * KIB, "1000 KiB"), (1023 * KIB + 972, "1023.9 KiB"), (1023 * KIB + 973, "1 MiB"), (KIB ** 2 - 1, "1 MiB"),
         (5 * KIB ** 3 // 2, "2.5 GiB"), (KIB ** 4, "1 TiB"), (3 * KIB ** 5, "3 PiB"), (2 ** 63 - 1, "8 EiB"), (15 * KIB ** 6 // 2, "7.5 EiB"))
NS = ((0, "0 ns"), (999, "999 ns"), (1000, "1 us"), (1049, "1 us"), (1050, "1.1 us"), (999_949, "999.9 us"), (999_950, "1 ms"),
      (1_500_000, "1.5 ms"), (59_949_999_999, "59.9 s"), (59_950_000_000, "1 min"), (90_000_000_000, "1.5 min"), (3600 * 10 ** 9, "1 h"),
      (36 * 3600 * 10 ** 9, "1.5 d"), (400 * 24 * 3600 * 10 ** 9, "400 d"))


def script(function, rows):
    return "begin { " + " ".join(f"print({function}({number}));" for number, _ in rows) + " }"


case("quantities", "bytes", script("bytes", BYTES), "".join(f"{text}\n" for _, text in BYTES) + END)
case("quantities", "duration", script("duration", NS), "".join(f"{text}\n" for _, text in NS) + END)
case("quantities", "bytes-of-an-unsigned", "begin { print(bytes((uint64)-1)); }", "16 EiB\n" + END)
case("quantities", "inside-of-others", 'begin { print((bytes(1536), "x")); printf("%s|%10s|%-8s|\\n", bytes(2048), duration(1500), bytes(1)); '
     '@k[bytes(1024)] = 1; $x = bytes(7); print($x); print(bytes(1) == bytes(1)); }',
     "(1.5 KiB, x)\n2 KiB|    1.5 us|1 B     |\n7 B\ntrue\n" + END + "@k[1 KiB]: 1\n")
case("quantities", "aggregations", "begin { @s = sum(bytes(1000)); @s = sum(bytes(536)); @l = min(duration(2500)); @m = max(duration(1500)); "
     "@m = max(duration(2500)); @a = avg(bytes(1024)); @a = avg(bytes(3072)); @t = stats(bytes(1024)); @t = stats(bytes(2048)); "
     "@mixed = sum(bytes(5000)); @mixed = sum(5); print((uint64)@s + 1); }",
     "1537\n" + END + "@a: 2 KiB\n@l: 2.5 us\n@m: 2.5 us\n@mixed: 5005\n@s: 1.5 KiB\n@t: { .count = 2, .average = 1.5 KiB, .total = 3 KiB }\n")
case("quantities", "order", 'begin { @x["big"] = bytes(2048); @x["small"] = bytes(1000); }', END + "@x[small]: 1000 B\n@x[big]: 2 KiB\n")
case("quantities", "own-names-win", "macro table(m) { print(m); } fn bytes($x : uint64) : uint64 { return $x + 1; } "
     "begin { print(bytes(5)); @m = 1; table(@m); clear(@m); }", "6\n@m: 1\n" + END)

SIZES = 'config = { print_maps_on_exit = false } begin { @bytes["vi", "/tmp/a b", 5] = sum(bytes(300)); ' \
        '@bytes["firefox", "/x", 12345] = sum(bytes(70000)); '
case("tables", "columns", SIZES + 'table(@bytes, "program path id"); }',
     "   BYTES PROGRAM PATH        ID\n   300 B vi      /tmp/a b     5\n68.4 KiB firefox /x       12345\n\n" + END)
case("tables", "top-and-a-name-for-values", SIZES + 'table(@bytes, "program path id size", 1); }',
     "    SIZE PROGRAM PATH    ID\n68.4 KiB firefox /x   12345\n\n" + END)
case("tables", "scalar", 'config = { print_maps_on_exit = false } begin { @n = 5; table(@n, ""); table(@n, "how_many"); }',
     "N\n5\n\nHOW_MANY\n       5\n\n" + END)
case("tables", "nothing-in-it", 'config = { print_maps_on_exit = false } begin { @n[1] = 1; delete(@n, 1); table(@n, "key"); '
     'if (0) { @s = 1; } table(@s, ""); }', END)
case("tables", "empty-text", 'config = { print_maps_on_exit = false } begin { @n["", 1] = count(); table(@n, "container x"); }',
     "N CONTAINER X\n1 -         1\n\n" + END)
# A line is an entry, in files too.
case("tables", "escaped", 'config = { print_maps_on_exit = false } begin { @n["a\\nb"] = count(); table(@n, "name"); }',
     "N NAME\n1 a\\nb\n\n" + END)


@test(name="tables-long-keys-last")
def long_keys_last(t):
    """What may be long stands behind the other parts of the key, whatever their order."""
    r = t.duetrace("-q", "-e", 'config = { print_maps_on_exit = false } begin { @bytes[exe, comm, 5] = sum(bytes(1536)); '
                   'table(@bytes, "path program id"); }')
    lines = [line.split() for line in r.out.splitlines()[:2]]
    t.equal(lines[0], ["BYTES", "PROGRAM", "ID", "PATH"])
    t.equal(lines[1][:4], ["1.5", "KiB", "duetrace", "5"])
    t.check(lines[1][4].endswith("/duetrace"), lines[1])


@test(name="numbers-elsewhere")
def numbers_elsewhere(t):
    """In JSON and in the database they are plain, of records, values and maps, in tables and out of them."""
    code = SIZES + 'table(@bytes, "program path id"); print(bytes(1536)); @m = max(duration(1500)); print(@m); ' \
        'emit took { size = bytes(123456), time_ns = duration(5000) }; }'
    r = t.duetrace("-q", "-f", "json", "-e", code)
    rows = [json.loads(line) for line in r.out.splitlines()]
    t.equal([row["data"] for row in rows],
            [{"@bytes": {"vi,/tmp/ab,5": 300, "firefox,/x,12345": 70000}}, 1536, {"@m": 1500}, {"size": 123456, "time_ns": 5000}])
    t.equal(rows[0]["type"], "map")
    r = t.duetrace("-q", "--db", t.tmp / "x.db", "-e", code)
    t.equal((r.status, r.err), (0, ""))
    t.found(r"SIZE +TIME_NS *\n.* 120\.6 KiB +5 us\n", r.out)
    db = sqlite3.connect(t.tmp / "x.db")
    t.equal(db.execute("select size, typeof(size), time_ns from took").fetchall(), [(123456, "integer", 5000)])
    t.equal(db.execute("select map, key, value from maps order by id").fetchall(),
            [("@bytes", '["vi","/tmp/a b",5]', "300"), ("@bytes", '["firefox","/x",12345]', "70000"), ("@m", "null", "1500")])
    db.close()
