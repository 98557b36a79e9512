# SPDX-License-Identifier: Apache-2.0
"""What leaves the machine: net-connect, net-bytes, exfil, dns-out, local-handoff."""
import json
import shutil

from harness import test
from proof import SCRIPTS, prove, python

LISTEN = ("import os, socket, sys, time, threading",
          "def listen(address, family):", "  l = socket.socket(family); l.bind(address); l.listen(100); return l",
          "def drain(l):", "  while True:", "    c, _ = l.accept()",
          "    threading.Thread(target=lambda: [0 for _ in iter(lambda: c.recv(1 << 20), b'')], daemon=True).start()")


@test
def net_connect(t):
    """Ten each by IPv4, IPv6, to a path, of them five without waiting; one that is refused is none."""
    r = prove(t, "net-connect", *python(
        *LISTEN, f"path = '{t.tmp}/socket'",
        "places = [(socket.AF_INET, ('127.0.0.1', 0)), (socket.AF_INET6, ('::1', 0)), (socket.AF_UNIX, path)]",
        "for family, address in places:", "  l = listen(address, family); print(l.getsockname(), flush=True)",
        "  for i in range(10):", "    s = socket.socket(family); s.setblocking(i % 2 == 0 or family == socket.AF_UNIX)",
        "    s.connect_ex(l.getsockname())", "  l.close()",
        "  s = socket.socket(family); s.connect_ex(('127.0.0.1', 1) if family == socket.AF_INET else '/none' "
        "if family == socket.AF_UNIX else ('::1', 1))"))
    ports = [eval(line)[1] if line.startswith("(") else 0 for line in r.out.splitlines()]
    peers = [("127.0.0.1", ports[0]), ("::1", ports[1]), (f"{t.tmp}/socket", 0)]
    rows = r.data("connect", "peer", "port")
    t.equal(rows, [peer for peer in peers for _ in range(10)])
    t.equal(sorted(set(r.data("connect", "errno"))), [0, 115])
    t.equal(r.data("connect", "errno").count(115), 10)
    t.equal(set(r.data("connect", "tree")), {r.records("connect")[0]["pid"]})
    r = prove(t, "net-connect", *python("import socket", "s = socket.socket(); s.connect_ex(('127.0.0.1', 1))"),
              options=("--failed",))
    t.equal(r.data("connect", "peer", "port", "errno"), [("127.0.0.1", 1, 111)])


@test
def net_bytes(t):
    """Ten million bytes by each of write, send, sendmsg, sendfile and splice are fifty million."""
    source = t.tmp / "source"
    source.write_bytes(b"x" * 1_000_000)
    r = prove(t, "net-bytes", *python(
        *LISTEN, "l = listen(('127.0.0.1', 0), socket.AF_INET); print(l.getsockname()[1], flush=True)",
        "threading.Thread(target=drain, args=(l,), daemon=True).start()",
        "s = socket.socket(); s.connect(l.getsockname()); n = s.fileno(); data = b'x' * 1000000",
        "def whole(f):", "  left = 10000000", "  while left: left -= f(min(left, 1000000))",
        "whole(lambda m: os.write(n, data[:m])); whole(lambda m: s.send(data[:m])); whole(lambda m: s.sendmsg([data[:m]]))",
        f"f = os.open('{source}', 0); whole(lambda m: os.sendfile(n, f, 0, m))",
        "r, w = os.pipe()", "def spliced(m):", "  k = os.splice(f, w, min(m, 60000), offset_src=0); left = k",
        "  while left: left -= os.splice(r, n, left)", "  return k", "whole(spliced)",
        "u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.sendto(b'12345', ('127.0.0.1', 9))"))
    got = {tuple(key.split(",")[2:]): n for key, n in r.map("@bytes").items() if "127.0.0.1" in key}
    t.equal(got, {("127.0.0.1", r.out.strip()): 50_000_000, ("127.0.0.1", "9"): 5})


@test
def network_by_rings(t):
    """What an io_uring connects and sends is its process's, as the workload's ledger has it."""
    place = t.tmp / "place"
    for how in ("inline", "workers"):
        for script in ("net-bytes", "net-connect"):
            place.mkdir()
            r = prove(t, script, t.workload("data_net"), place, "rings", how, status=None)
            # event|via|ret|fd|family|proto|addr|port|laddr|lport|unixpath|bytes
            ledger = [line.split("|") for line in r.out.splitlines() if line.count("|") == 11]
            if not any(row[1] == "uring" for row in ledger):
                t.skip("this kernel has no io_uring, or does not allow it")
            ledger = [[*row[:6], row[10] if row[4] == "unix" else row[6], *row[7:]] for row in ledger]
            if script == "net-bytes":
                want = {}
                for row in ledger:
                    if row[0] == "send" and int(row[2]) > 0:
                        want[row[6], row[7]] = want.get((row[6], row[7]), 0) + int(row[11])
                got = {tuple(key.split(",")[-2:]): n for key, n in r.map("@bytes").items()}
                t.check(len(want) > 1, f"{want}")
                t.equal(set(got), set(want), how)
                # by calls, which the ledger leaves out: 6 bytes one way, 5 the other
                t.equal(sorted(n - want[peer] for peer, n in got.items() if n != want[peer]), [5, 6], how)
            else:
                # one by the ring, the others by calls: each was accepted
                want = [(row[8], int(row[9])) for row in ledger if row[0] == "accept" and int(row[2]) >= 0]
                t.check(len(want) == 3 and ["connect", "uring", "0"] in [row[:3] for row in ledger], f"{want}")
                t.equal(sorted(r.data("connect", "peer", "port")), sorted(want), how)
            shutil.rmtree(place)


SECRET = "set/secret"
SEND = "import socket, sys; u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.sendto(b'x' * 100, ('127.0.0.1', 9))"


def exfil(t, command, *options, system=False):
    """The alerts of one job. Loopback is no allowed peer here: the library of the test's own says so."""
    library = t.tmp / "library"
    if not library.exists():
        shutil.copytree(SCRIPTS, library)
        (library / "exfil.list").write_text("# none\n192.0.2.1\n")
        (t.tmp / "set").mkdir()
        (t.tmp / SECRET).write_text("secret")
        t.write("send.py", SEND)
    out = t.tmp / "out"
    r = t.duetrace("-q", "--strict", "-f", "json", "-o", out, library / "exfil.dt", "--", f"--under={t.tmp}/set", *options,
                   "--run", "sh", "-c", command.format(secret=t.tmp / SECRET, send=f"python3 {t.tmp}/send.py"))
    t.equal((r.status, r.err), (0, ""))
    return [row for row in map(json.loads, filter(str.strip, out.read_text().splitlines())) if row["type"] == "alert"]


@test
def exfil_is_seen(t):
    """By a pipe from the reader to the sender, in one program, and from a child to its parent."""
    both = f"open('{t.tmp}/{SECRET}').read(); {SEND}"
    t.write("both.py", both)
    t.write("parent.py", f"import os\nif not os.fork(): os.read(os.open('{t.tmp}/{SECRET}', 0), 9); os._exit(0)\nos.wait()\n{SEND}")
    for command in ("cat {secret} | {{ read x; {send}; }}", f"python3 {t.tmp}/both.py", f"python3 {t.tmp}/parent.py"):
        alerts = exfil(t, command)
        t.equal([{key: row["data"][key] for key in ("peer", "port", "bytes", "path")} for row in alerts],
                [{"peer": "127.0.0.1", "port": 9, "bytes": 100, "path": f"{t.tmp}/{SECRET}"}], command)
        t.equal([(row["rule"], row["severity"]) for row in alerts], [("exfiltration", "critical")])


@test
def exfil_is_not_there(t):
    """Sent before it was read; to an allowed peer, by option and by list; other data; too late."""
    t.equal(exfil(t, "{send}; cat {secret}"), [])
    t.equal(exfil(t, "cat {secret}; {send}", "--allow=127.0.0.1"), [])
    (t.tmp / "library" / "exfil.list").write_text("127.*\n")
    t.equal(exfil(t, "cat {secret}; {send}"), [])
    (t.tmp / "library" / "exfil.list").write_text("192.0.2.1\n")
    t.equal(exfil(t, "cat /etc/hostname; {send}"), [])
    t.equal(exfil(t, "cat {secret}; sleep 1.1; {send}", "--within=1"), [])
    t.equal(len(exfil(t, "cat {secret}; {send}")), 1, "the same, seen")


@test
def exfil_of_another_tree(t):
    """Without a process to follow trees are sessions: one that reads and another that sends are no alert."""
    exfil(t, "true")
    tracer = t.trace(t.tmp / "library" / "exfil.dt", "--", f"--under={t.tmp}/set")
    t.run("cat", t.tmp / SECRET)
    t.run("python3", t.tmp / "send.py")
    t.run("sh", "-c", f"cat {t.tmp}/{SECRET}; python3 {t.tmp}/send.py")
    r = tracer.stop()
    t.equal(r.status, 0)
    t.equal(r.out.count(f"path={t.tmp}/{SECRET}"), 1, r.out)


QUERY = ("import socket", "def query(*labels):",
         "  return bytes(12) + b''.join(bytes([len(n)]) + n for n in labels) + b'\\0\\0\\1\\0\\1'",
         "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)", "to = ('127.0.0.1', 53)")


@test
def dns_out(t):
    """A hundred queries with labels of sixty bytes by four calls; ordinary ones, and another port, are none."""
    r = prove(t, "dns-out", *python(
        *QUERY, "import os", "s2 = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s2.connect(to)",
        "for i in range(100):", "  q = query(b'%060d' % i, b'example', b'org')",
        "  if i % 4 == 0: s.sendto(q, to)", "  elif i % 4 == 1: s.sendmsg([q], [], 0, to)",
        "  elif i % 4 == 2:", "    try: s2.send(q)", "    except ConnectionRefusedError: s2.send(q)",
        "  else:", "    try: os.write(s2.fileno(), q)", "    except ConnectionRefusedError: os.write(s2.fileno(), q)",
        "  s.sendto(query(b'www', b'example', b'org'), to)", "  s.sendto(q, ('127.0.0.1', 54))"), status=0)
    alerts = [row for row in r.rows if row["type"] == "alert"]
    t.equal([row["data"]["label"] for row in alerts], [f"{i:060}" for i in range(100)])
    t.equal({row["data"]["bytes"] for row in alerts}, {12 + 61 + 8 + 4 + 5})
    r = prove(t, "dns-out", *python(*QUERY, "s.sendto(query(b'x' * 20), to)"), options=("--label=20",))
    t.equal([row["data"]["label"] for row in r.rows if row["type"] == "alert"], ["x" * 20])


@test
def dns_out_by_tcp(t):
    """Behind the length that TCP puts in front; a local server, since there must be a connection."""
    t.need("unshare", "ip")
    r = prove(t, "dns-out", "unshare", "-n", *python(
        *QUERY, "import os", "os.system('ip link set lo up')", "l = socket.socket(); l.bind(to); l.listen()",
        "c = socket.socket(); c.connect(to); q = query(b'y' * 50)", "c.send(len(q).to_bytes(2, 'big') + q)"))
    t.equal([row["data"]["label"] for row in r.rows if row["type"] == "alert"], ["y" * 50])


@test
def local_handoff(t):
    """Three services at paths and one without, though one is a link away; another socket is none."""
    (t.tmp / "ssh-x").mkdir()
    (t.tmp / "dbus").mkdir()
    r = prove(t, "local-handoff", *python(
        "import os, socket", f"os.chdir('{t.tmp}')",
        f"names = ['{t.tmp}/docker.sock', 'ssh-x/agent.7', '{t.tmp}/dbus/bus', '\\0/tmp/dbus-' + str(os.getpid()), 'other']",
        "for name in names:", "  l = socket.socket(socket.AF_UNIX); l.bind(name); l.listen()",
        "  if name == 'ssh-x/agent.7': os.symlink(name, 'link'); name = 'link'",
        "  c = socket.socket(socket.AF_UNIX); c.connect(name)", "print(os.getpid())"))
    got = [row["data"]["to"] for row in r.rows if row["type"] == "alert"]
    t.equal(got, [f"{t.tmp}/docker.sock", f"{t.tmp}/ssh-x/agent.7", f"{t.tmp}/dbus/bus", f"@/tmp/dbus-{r.out.strip()}"])
