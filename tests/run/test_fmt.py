# SPDX-License-Identifier: Apache-2.0
"""--fmt: one style, nothing else changes. By rule: every script of the tree keeps its tree of syntax and,
blanks left out, its text; what was formatted stays as it is. By example: the style."""
import re

from harness import ROOT, Failure, test

FOLDERS = ("scripts", "scripts/common", "demo", "bench", "tests/tools", "tests/golden/*", "tests/verify", "tests/scripts")


def programs():
    """Of the tree, and those of the blocks of the pages."""
    for folder in FOLDERS:
        for path in sorted(ROOT.glob(f"{folder}/*")):
            if path.suffix in (".dt", ".bt"):
                yield path, path.read_bytes()
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        blocks = re.findall(r"^```duetrace\n(.*?)^```", page.read_text(), re.S | re.M)
        for number, text in enumerate(blocks):
            yield f"{page.name} {number}", text.encode()


def tree(t, path, env):
    """Without the places."""
    r = t.duetrace("--emit", "ast", path, env=env)
    return re.sub(r" \d+:\d+-\d+:\d+", "", r.out), r.status


def squeezed(text):
    return re.sub(rb"\s|^\xef\xbb\xbf", b"", text)


@test
def every_script(t):
    env = {"DUETRACE_PATH": str(ROOT / "scripts")}
    count, script, again = 0, t.tmp / "script.dt", t.tmp / "again.dt"
    for name, text in programs():
        # Imports and headers are looked for beside the script.
        here = name if not isinstance(name, str) else script
        if here is script:
            script.write_bytes(text)
        first = t.duetrace("--fmt", "-o", again, here, env=env)
        if first.status:
            continue
        made = again.read_bytes()
        if squeezed(made) != squeezed(text):
            raise Failure(f"{name}: the text is another:\n{made.decode(errors='replace')}")
        if re.search(rb"[ \t]+$", re.sub(rb'"(\\.|[^"\\])*"', b'""', made, flags=re.S), re.M):
            raise Failure(f"{name}: blanks at the end of a line")
        script.write_bytes(made)
        r = t.duetrace("--fmt", script, env=env)
        if not r.status:
            t.equal(r.out.encode("utf-8", "surrogateescape"), made, f"{name}: formatted twice")
        if here is not script:
            # In a folder where its imports are.
            beside = here.parent / f".{here.stem}-formatted{here.suffix}"
            try:
                beside.write_bytes(made)
                t.equal(tree(t, beside, env), tree(t, here, env), f"{name}: tree")
            finally:
                beside.unlink()
        count += 1
    t.check(count > 300, f"only {count} scripts were formatted")


def example(name, text, want):
    def body(t):
        script = t.write("x.dt", text)
        r = t.duetrace("--fmt", script)
        t.equal((r.err, r.status), ("", 0))
        t.equal(r.out, want)
        t.equal(t.duetrace("--fmt", "-", stdin=want).out, want, "formatted twice")
    body.__name__ = name
    test(body, name=name)


example("empty-blocks", "begin {\n}\nend {\n\n}\nfile:open { if (1) {\n} }\n",
        "begin { }\nend { }\nfile:open\n{\n\tif (1) { }\n}\n")
# The blanks that an author has in a block do not make it too long for a line.
example("long-by-blanks", "begin {" + " " * 100 + "print(1); }\n", "begin { print(1); }\n")


example("statements-a-line-each", 'begin{$x=1;if($x==1){print( $x );exit()}else{$x++}}\n', """\
begin
{
	$x = 1;
	if ($x == 1) {
		print($x);
		exit()
	} else {
		$x++
	}
}
""")
example("short-blocks-stay", "begin { }\nend{print(1)}\n\n\n\ninterval:s:1 /pid>2/{exit();}", """\
begin { }
end { print(1) }

interval:s:1 /pid > 2/ { exit(); }
""")
example("comments", """\
#!/usr/bin/env duetrace
// a
   /* b
      * c
   */
begin { // behind the brace
      // own line


      $x = 1;   // behind
      /* before */ $x = 2 /* between */ + 3;
      // last
}   // behind the block
// end""", """\
#!/usr/bin/env duetrace
// a
/* b
 * c
 */
begin
{ // behind the brace
	// own line

	$x = 1; // behind
	/* before */ $x = 2 /* between */ + 3;
	// last
} // behind the block

// end
""")
example("signs-and-casts", "begin{$a=-1;$b=- -$a;$c=$a- -1;$d=(uint64)$a*2;$e=*(uint8*)$d;$f=!$a&&~$b;$g=sizeof(struct task_struct*)\n;"
        "@a[1,2]++;--@b;let $t:(int32,string)=(1,\"a\");print($t.0);}", """\
begin
{
	$a = -1;
	$b = - -$a;
	$c = $a - -1;
	$d = (uint64)$a * 2;
	$e = *(uint8 *)$d;
	$f = !$a && ~$b;
	$g = sizeof(struct task_struct *);
	@a[1, 2]++;
	--@b;
	let $t : (int32, string) = (1, "a");
	print($t.0);
}
""")
example("lists-and-sections", "config={max_strlen=64;\nprint_maps_on_exit=false}\nlet @m=hash(5);\ndataset d={\n\"/etc/*\",\n\"/x\"\n}\n"
        "macro twice($x){$x*2}\nfn f($a:uint64):uint64{return $a?1:2;}\nfile:open,\nfile:close\n/args.path in d/{emit o{args.path,\nn=pid};"
        "for($i:0..3){while($i<2){break}}}\n", """\
config = { max_strlen = 64;
	print_maps_on_exit = false }
let @m = hash(5);
dataset d = {
	"/etc/*",
	"/x"
}
macro twice($x) { $x * 2 }
fn f($a : uint64) : uint64 { return $a ? 1 : 2; }
file:open,
file:close
/args.path in d/
{
	emit o { args.path,
		n = pid };
	for ($i : 0..3) {
		while ($i < 2) {
			break
		}
	}
}
""")
example("getopt-over-lines", 'interval:s:getopt("every",\n    5 , "seconds"\n){print(1)}\n', '''interval:s:getopt("every",
    5 , "seconds"
) { print(1) }
''')
example("comment-below-c", "#define X 1\n/* a\n * comment */\n#define Y 2\n\n\n// another\nbegin{print(X)}\n", """\
#define X 1
/* a
 * comment */
#define Y 2

// another
begin { print(X) }
""")
example("c-is-left-alone", "#include   <linux/types.h>\n#define TWO  (1+\\\n   1)\nstruct foo { int   a; };\r\nbegin{print(TWO)}\r\n", """\
#include   <linux/types.h>
#define TWO  (1+\\
   1)
struct foo { int   a; };
begin { print(TWO) }
""")


@test
def a_wrong_script_is_not_formatted(t):
    r = t.duetrace("--fmt", "-", stdin="begin { $x = ; }")
    t.equal((r.out, r.status), ("", 1))
    t.found(r"^stdin:1:14", r.err)


@test
def by_its_other_names(t):
    """--emit fmt and bpftrace's --mode format; a library without probes is a script, too."""
    for words in (["--fmt"], ["--emit", "fmt"], ["--mode", "format"]):
        t.equal(t.duetrace(*words, "-e", "begin{print( 1 )}").out, "begin { print(1) }\n", f"{words}")
    t.equal(t.duetrace("--fmt", "-", stdin="macro one(){1}").out, "macro one() { 1 }\n")
    t.equal(t.duetrace("--fmt", "-", stdin="").out, "")


@test
def a_script_with_a_zero_byte(t):
    """In a comment or a string it stays; in the name of a probe it is refused, so nothing behind it is lost."""
    for text in (b"begin { /* a\0b */ print(1); }\n", b'begin { print("a\0b"); } // c\0d\n'):
        path = t.tmp / "zero.dt"
        path.write_bytes(text)
        r = t.run(t.binary, "--fmt", path)
        t.equal(r.status, 0, r.err)
        t.equal(squeezed(r.out.encode()), squeezed(text))
    path.write_bytes(b"be\0in { print(1); }\n")
    r = t.run(t.binary, "--fmt", path)
    t.equal((r.status, r.out), (1, ""))
    t.found(r"zero\.dt:1:1-6: ERROR: unexpected input", r.err)
