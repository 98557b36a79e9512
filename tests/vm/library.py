# SPDX-License-Identifier: Apache-2.0
"""Proofs of the library's scripts on other kernels: each traces a workload of busybox or of
tests/run/workload/library.c, and what it prints is compared with figures that are known beforehand.

tests/scripts has the same and more with python, on the kernel that runs. The workload runs in /tmp/d; a
row's cut leaves of the output what concerns it, without what differs from run to run.
"""
import shlex

# Of records and maps: what names the folder, blanks made one.
MINE = "grep /tmp/d/ /tmp/o | tr -s ' ' | sed 's/ *$//'"
# Figures are exact in JSON: of maps their names and the keys in the folder, of a record its fields.
JSON = "-f json"
MAPS = "grep -oE '\"@[a-z_]+\": |\"[^\"]*\": [0-9]+' /tmp/o | grep -E '^.@|/tmp/d/'"
DATA = "grep /tmp/d/ /tmp/o | sed 's/.*\"data\": {//; s/}}$//'"
C = "/tests/library "


def alerts(*fields):
    """Severity, rule, program and fields of each alert."""
    wanted = " || ".join(f'index($i, "{field}=") == 1' for field in fields)
    return f"awk '/=/ {{ s = $2 \" \" $3 \" \" $6; for (i = 7; i <= NF; i++) if ({wanted}) s = s \" \" $i; print s }}' /tmp/o"


def figures(name, rows):
    """What MAPS leaves of a map."""
    return lines(f'"{name}": ', *(f'"{key}": {n}' for key, n in rows))


def lines(*rows):
    return "".join(f"{row}\n" for row in rows)


def files(names, text="x"):
    return f"for f in {names}; do echo {text} >$f; done"


SECRETS = ("/etc/shadow", "/root/.ssh/id_rsa", "/root/.aws/credentials", "/root/.kube/config", "/root/.docker/config.json",
           "/root/.netrc", "/root/.pgpass", "/root/.gnupg/private-keys-v1.d/k.key", "/root/.azure/msal_token_cache.json",
           "/root/.config/gcloud/application_default_credentials.json", "/root/.mozilla/p/logins.json", "/root/.git-credentials")
# Not in /tmp, which is no mount of the machine's first process here.
BOX = "cd /var/ctr; mount --bind data box/in; mount -t tmpfs none box/own; echo x >box/own/f; exec chroot box /bin/"

# tar's first two heads come before the first file is read: tmp-stage has 512 bytes of a folder and 512 of a file less.
# script, options, columns, what is there before, what is traced, what is cut out of it, the figures
ROWS = (
    ("openfiles2", "", "", files("a b"), ": <a; cat a b; (: <b)", MINE,
     lines("/tmp/d/a", "/tmp/d/a", "/tmp/d/b", "/tmp/d/b")),
    ("open-log", "", "ret,via,reads,writes,path,name", files("f"), "cat f none; echo x >>/tmp/d/f", MINE,
     lines("3 syscall true false /tmp/d/f f", "-2 syscall true false /tmp/d/none none", "3 syscall false true /tmp/d/f /tmp/d/f")),
    ("open-count", "", JSON, "", "for i in $(seq 100); do echo x >>f; done; cat f; rm f", MAPS,
     figures("@opens", (("/tmp/d/f,cat", 1), ("/tmp/d/f,sh", 100)))),
    ("open-denied", "", "uid,errno,writes,path", "echo x >f; chmod 0 f", "for i in $(seq 25); do cat f /tmp/d/none; done; su user -c "
     "\"for i in \\$(seq 25); do (: <f); done\"", MINE, "1000 13 false /tmp/d/f\n" * 25),
    ("dir-scan", "--under=/tmp/d", "", "for i in $(seq 100); do mkdir -p data/$i; done", "find data; ls data",
     "tr -s ' ' </tmp/o | sed -E 's/^ //; s/ [0-9]+ 0$//'", lines("DIRECTORIES PROGRAM PID USER", "1 ls", "101 find", "", "", "")),
    ("open-odd", "", "road,path", "mkdir data; cd data; echo x >f", "cd data; " + C + "roads; /tests/data_open /tmp/d/data odd compat >/tmp/ledger",
     "awk '$1 ~ /^(reopen|nameless|memory|root)$/ { print $1 }' /tmp/o; n=$(grep -c ^32-bit /tmp/o); "
     "[ $n -gt 0 ] && [ $n = $(grep -c '|1|0|compat|' /tmp/ledger) ] && echo 32-bit", lines("reopen", "nameless", "root", "memory", "32-bit")),
    ("open-labelled", "--under=/tmp/d/set", "", f"mkdir set other; {files('set/f other/f')}; ln -s ../set/f other/symbolic; ln set/f other/hard; "
     "mkdir other/mount; mount --bind set other/mount",
     "cat other/symbolic other/hard other/mount/f; mv set/f other/moved; cat other/moved other/f", alerts("path") + "; umount other/mount",
     lines(*(f"medium labelled_opened cat path=/tmp/d/{name}" for name in ("set/f", "other/hard", "other/mount/f", "other/moved")))),
    ("read-bytes", "", JSON, "dd if=/dev/zero of=big bs=64K count=20; dd if=/dev/zero of=f bs=1000 count=300",
     "dd if=big of=/dev/null bs=64K; cp f copy; cat f >/dev/null", MAPS,
     figures("@bytes", (("/tmp/d/f,cat", 300000), ("/tmp/d/f,cp", 300000), ("/tmp/d/big,dd", 1310720)))),
    ("write-bytes", "", JSON, "", C + "writes", MAPS, figures("@bytes", (("/tmp/d/a,library", 50), ("/tmp/d/p,library", 4097000)))
     + figures("@truncated", (("/tmp/d/p,library", 3),))),
    ("map-data", "--under=/tmp/d", JSON, "dd if=/dev/zero of=f bs=1000 count=5", C + "maps", DATA,
     lines(*(f'"bytes": {n}, "prot": {prot}, "shared": {shared}, "writes": {shared}, "path": "/tmp/d/f"'
             for n, prot, shared in [(5000, 1, "false")] * 10 + [(4096, 3, "true"), (4096, 3, "false")]))),
    ("uring-data", "", JSON, "", "/tests/uring /tmp/d", "cat /tmp/out; grep -oE '.@.*|.file:[a-z]*\": [0-9]+' /tmp/o; grep -c /tmp/d/f /tmp/o",
     lines("50 50 50 5 204800", '"@requests": {"file:unlink": 5, "file:open": 50, "file:read": 50, "file:write": 50}}}',
           '"@bytes": {"file:read": 204800, "file:write": 204800}}}', "155")),
    ("bulk-read", "--under=/tmp/d/few --files=40 --within=100000000", "", f"mkdir few; cd few; {files('$(seq 39)')}",
     "for k in 0 1 2 3 4 5 6; do cat few/*$k; done; cat few/*", alerts("files") + "; echo none", "none\n"),
    ("bulk-read", "--under=/tmp/d/many --files=40 --within=100000000", "", f"mkdir many; cd many; {files('$(seq 45)')}",
     "cd many; for k in 0 1 2 3 4 5 6 7 8 9; do cat *$k; done; cat *", alerts("files", "bytes"), "high bulk_read cat files=40 bytes=80\n"),
    ("copy-chain", "--under=/tmp/d/set", "from,to", f"mkdir set to; {files('set/f0 set/f1 set/f2 set/f3 set/f5')}",
     "cp set/f0 to/cp; cat set/f1 >to/cat; dd if=set/f2 of=to/dd 2>/dev/null; tar c -C set f3 | tar x -C to; cat set/f5 | tr x y | cat >to/piped; "
     "echo unrelated >to/other; cp /etc/one to/stranger", MINE + " | sort",
     lines(*(f"/tmp/d/set/{a} /tmp/d/to/{b}" for a, b in (("f0", "cp"), ("f1", "cat"), ("f2", "dd"), ("f3", "f3"), ("f5", "piped"))))),
    ("name-change", "", "how,from,to", f"mkdir sub; {files('a b c d e f')}", C + "names", MINE + " | sed 's:/tmp/d/::g'",
     lines("rename a a1", "rename a1 sub/a", "rename b c", "rename c sub/c1", "rename d d1", "exchange e f", "link e e1",
           "link e sub/e2", "symlink ../e sub/to-e")),
    ("fd-pass", "", "comm,path", files("f0 f1 f2 f3 f4"), C + "pass", MINE, lines(*(f"library /tmp/d/f{i}" for i in range(5)))),
    ("proc-peek", "", "", "", C + "peek", alerts("victim", "bytes") + " | sed s/=$(cat /tmp/out)/=child/",
     lines(*(f"high peeked library victim=child bytes={n}" for n in (6, 0, 0)))),
    ("delete-log", "", "comm,errno,dir,path", f"mkdir a b c; for i in $(seq 25); do echo x >a/$i; echo x >b/$i; mkdir c/$i; done",
     "rm a/*; for i in $(seq 25); do unlink b/$i; done; rmdir c/*; rm -f none", MINE + " | sed 's:/[0-9]*$::' | uniq -c | sed 's/^ *//'",
     lines("25 rm 0 false /tmp/d/a", "25 unlink 0 false /tmp/d/b", "25 rmdir 0 true /tmp/d/c")),
    ("wipe", "", "how,path", "dd if=/dev/zero of=secret bs=64K count=1; echo x >emptied; echo more >cut",
     C + "passes; : >emptied; truncate -s 2 cut; echo x >>cut; echo x >new", MINE,
     "overwritten /tmp/d/secret\n" * 3 + lines("emptied /tmp/d/emptied", "cut /tmp/d/cut", "emptied /tmp/d/new")),
    ("retention", "", JSON, "echo x >before",
     "for n in 1 2; do read a r </proc/uptime; echo x >f$n; read b r </proc/uptime; sleep $n; read c r </proc/uptime; rm f$n; "
     "read d r </proc/uptime; echo $n $a $b $c $d; done; rm before",
     "while read n a b c d; do grep f$n /tmp/o | sed 's/.*\"age\": //; s/[,}\"]//g; s/path://' | awk -v a=$a -v b=$b -v c=$c -v d=$d "
     "'{ print $2, ($1 >= (c - b) * 1e9 - 11e6 && $1 <= (d - a) * 1e9 + 11e6) }'; done </tmp/out; grep -c before /tmp/o",
     lines("/tmp/d/f1 1", "/tmp/d/f2 1", "0")),
    ("net-connect", "", "family,port,errno,peer", "", C + "connects", "grep -E ' 7071 | 7072 |socket' /tmp/o | tr -s ' ' | sed 's/ *$//' | sort | uniq -c | sed 's/^ *//'",
     lines("5 inet 7071 0 127.0.0.1", "5 inet 7071 115 127.0.0.1", "5 inet6 7072 0 ::1", "5 inet6 7072 115 ::1", "10 unix 0 0 /tmp/d/socket")),
    ("net-bytes", "", JSON, "dd if=/dev/zero of=source bs=1000 count=1000", C + "bytes", "grep -o 'library,127[^}]*' /tmp/o",
     'library,127.0.0.1,7073": 5000000\n'),
    ("exfil", "--under=/tmp/d/set", "", "mkdir set; echo x >set/f; cp -r /src/scripts /tmp/library; echo 192.0.2.1 >/tmp/library/exfil.list",
     f"{C}sends; cat set/f; {C}sends; {C}sends; cat set/f; {C}sends", alerts("peer", "port", "bytes", "path"),
     "critical exfiltration library peer=127.0.0.1 port=9 bytes=100 path=/tmp/d/set/f\n" * 2),
    ("dns-out", "", "", "", C + "queries", alerts("bytes", "label") + " | sort | uniq | wc -l; " + alerts("bytes") + " | uniq",
     lines("100", "high dns_data library bytes=78")),
    ("local-handoff", "", "", "mkdir ssh-x dbus", C + "services", alerts("to", "errno"),
     lines(*(f"low handoff library to={name} errno=0" for name in ("/tmp/d/docker.sock", "/tmp/d/ssh-x/agent.7", "/tmp/d/dbus/bus", "@/tmp/dbus-x")))),
    ("ctr-opens", "", "hostname,syscall", files("$(seq 20)"),
     "for box in 10 20; do unshare -pfu sh -c \"echo box$box >/proc/sys/kernel/hostname; for i in \\$(seq $box); do : <\\$i; done\"; done; : <1",
     "grep -E '^box.* open *$' /tmp/o | awk '{ print $1 }' | sort | uniq -c | sed 's/^ *//'", lines("10 box10", "20 box20")),
    ("ctr-host-path", "", "", f"mkdir -p /var/ctr; cd /var/ctr; mkdir -p box/bin box/in box/own data; cp /bin/busybox box/bin/cat; {files('data/f box/f')}",
     f"cat /var/ctr/data/f; exec unshare -mpf sh -c \"{BOX}cat /in/f /f /own/f /in/none\"", alerts("host", "path"),
     "medium host_path cat host=/var/ctr/data/f path=/var/ctr/box/in/f\n"),
    ("ns-enter", "--under=/tmp/d/set", "", "mkdir set; echo x >set/f",
     "unshare -mu sh -c \"echo box >/proc/sys/kernel/hostname; cat set/f; echo \\$\\$ >pid; exec sleep 60\" & while [ ! -s pid ]; do sleep 0.1; done; "
     "read inner <pid; cat set/f; nsenter -t $inner -m -u cat /tmp/d/set/f; kill -9 $inner", alerts("path"),
     "medium entered cat path=/tmp/d/set/f\n"),
    ("cross-user", "", "owner,uid,path", f"chmod 777 /tmp/d; {files('a b own')}; chmod 666 *; chown 1001 a; chown 1002 b; chown 1000 own",
     "su user -c \"cat a b own; cat a; echo x >>b\"; cat a b", MINE,
     lines("1001 1000 /tmp/d/a", "1002 1000 /tmp/d/b", "1001 1000 /tmp/d/a", "1001 0 /tmp/d/a", "1002 0 /tmp/d/b")),
    ("perm-widen", "", "how,new,path", "echo x >f; chmod 600 f", C + "wider", MINE,
     lines("mode 640 /tmp/d/f", "mode 604 /tmp/d/f", "mode 4700 /tmp/d/f", "mode 622 /tmp/d/f", "owner 1234 /tmp/d/f", "owner -1 /tmp/d/f")),
    ("exec-tree", "", "comm,code,args", "", C + "processes", "grep -E '^(library|true) ' /tmp/o | awk '{ print $1, $2, $3 }' | sort | uniq -c | sed 's/^ *//' | sort",
     lines(*sorted([f"{[3, 3, 3, 3, 3, 3, 2][code] + {1: 10, 2: 10, 3: 20, 0: 1}.get(code, 0)} library {code} /tests/library" for code in range(7)]
                   + ["20 library 9 /tests/library", "20 true 0 true"]))),
    ("secrets", "", "", "for f in %s; do mkdir -p $(dirname $f); [ -e $f ] || echo x >$f; done" % " ".join(SECRETS),
     f"cat {' '.join(SECRETS)}; echo x >>/root/.netrc", alerts("path"), lines(*(f"high secret_read cat path={path}" for path in SECRETS))),
    ("db-file", "", "", "echo x >f.sqlite; cp /tests/library sqlite3", "./sqlite3 opens; cp f.sqlite copy; cat copy; : >>f.sqlite", alerts("path", "writes"),
     lines("medium database_file cp path=/tmp/d/f.sqlite writes=false", "medium database_file sh path=/tmp/d/f.sqlite writes=true")),
    ("tmp-stage", "--under=/tmp/d/set", JSON, "mkdir set; for i in $(seq 20); do echo x >set/f$i; done",
     "echo x >all; tar cf /tmp/d/all.tar -C set .", DATA,
     f'"sources": 20, "bytes": {21 * 1024 + 512 - 1024}, "path": "/tmp/d/all.tar"\n'),
    ("media-write", "", JSON, ". /src/xfs.sh; trap - EXIT; for i in $(seq 10); do dd if=/dev/zero of=/tmp/d/f$i bs=1000 count=$i; done",
     "cp f* /tmp/xfs/; cp f1 here", "grep -oE '\"[^\"]*(here|/tmp/xfs/)[^\"]*\": [0-9]+' /tmp/o | sort -t: -k2n; umount /tmp/xfs; losetup -d /dev/loop7",
     lines(*(f'"/tmp/xfs/f{i},cp,xfs": {1000 * i}' for i in range(1, 11)))),
    ("top-data", "--top=4 --under=/tmp/d", JSON, "for i in $(seq 60); do echo 123456789 >f$i; done", C + "zipf", MAPS + " | sed '/program/,$d'",
     figures("@opens", ((f"/tmp/d/f{i}", 60 // i) for i in (4, 3, 2, 1)))),
    ("data-latency", "--under=/tmp/d", "", files("f"), "for i in $(seq 50); do dd if=f of=/dev/null bs=2 count=1; echo x >>f; done",
     "awk '/^@/ { name = $0; n[name] = 0 } /^\\[/ { sub(/\\|.*/, \"\"); n[name] += $NF } END { for (name in n) print name, n[name] }' /tmp/o | sort",
     lines("@open_us[tmpfs]: 100", "@read_us[tmpfs]: 50", "@write_us[tmpfs]: 50")),
)


def cases():
    for number, (name, options, columns, before, work, cut, want) in enumerate(ROWS):
        again = sum(row[0] == name for row in ROWS[:number])
        script = "/tmp/library/exfil.dt" if name == "exfil" else f"/src/scripts/{name}.dt"
        flags = " -f json" if columns == JSON else f" --columns {columns}" if columns else ""
        yield (f"library/{name}" + (f"-{again + 1}" if again else ""),
               f"mkdir /tmp/d; cd /tmp/d; ({before or ':'}) >/dev/null 2>&1; cd /tmp/d; duetrace -q -o /tmp/o{flags} {script} "
               f"{'-- ' + options if options else ''} --run sh -c {shlex.quote(work)} >/tmp/out 2>/tmp/said; grep -E 'ERROR|WARNING' /tmp/said; {cut}", want)
