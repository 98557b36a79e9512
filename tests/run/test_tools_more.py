# SPDX-License-Identifier: Apache-2.0
"""tests/tools, as test_tools.py has them: those that look at libraries, users, sleeps and TCP."""
import os
import re

from harness import test
from test_tools import direct, named, need_io_start, rows_of, tool

CLOCK = r"\d\d:\d\d:\d\d"


@test
def bashreadline(t):
    if "bash:readline" not in t.duetrace("-l", "uretprobe:/bin/bash:readline").out:
        t.skip("bash has readline in a library")
    p = tool(t, "bashreadline")
    t.run("sh", "-c", "printf 'true one two\\ntrue three\\n' | bash --norc --noprofile -i")
    r = p.stop()
    t.found(rf"^Tracing bash commands\.\.\. Hit Ctrl-C to end\.\nTIME      PID    COMMAND\n{CLOCK}  \d+ +true one two\n"
            rf"{CLOCK}  \d+ +true three\n", r.out)


@test
def gethostlatency(t):
    p = tool(t, "gethostlatency")
    t.equal(t.run(t.workload("lookup")).status, 0)
    r = p.stop()
    t.equal([re.sub(rf"^{CLOCK}  \d+ +lookup +\d+ ", "", row) for row in rows_of(r.out, "lookup")],
            ["127.0.0.1", "127.0.0.2", "127.0.0.3"])
    t.absent("(?m)^@", r.out)


@test
def threadsnoop(t):
    p = tool(t, "threadsnoop")
    t.run(t.workload("threads", "-pthread"), t.tmp / "none", "3", "1")
    r = p.stop()
    rows = [row for row in rows_of(r.out, "threads") if row.endswith(" open_many")]
    t.equal(len(rows), 3)
    t.found(r"^TIME\(ms\)   PID    COMM             FUNC\n", r.out)


@test
def naptime(t):
    """The sleeper is called by a name of its own, by a shell that is too."""
    napper, caller = t.tmp / "napper", t.tmp / "calls-napper"
    napper.symlink_to(os.path.realpath("/bin/sleep"))
    caller.symlink_to(os.path.realpath("/bin/bash"))
    p = tool(t, "naptime")
    t.run(caller, "-c", f"{napper} 0.05; {napper} 1.002; :")
    r = p.stop()
    t.equal([re.sub(rf"^{CLOCK} \d+ |\d+ (?=napper)", "", re.sub(" +", " ", row)) for row in rows_of(r.out, "napper")],
            ["calls-napper napper 0.050", "calls-napper napper 1.002"])


@test
def setuids(t):
    p = tool(t, "setuids")
    code = ("import ctypes, os\nlibc = ctypes.CDLL(None)\nos.setuid(0)\nlibc.setfsuid(0)\nos.setresuid(-1, -1, 0)\n"
            "os.setresuid(0, 4242, 0)\n"
            "try: os.setuid(4243)\nexcept PermissionError: os.setresuid(-1, 0, -1)\n")
    t.equal(t.run(named(t, "setuids-do"), "-c", code).status, 0)
    r = p.stop()
    t.equal([re.sub(rf"^{CLOCK} \d+ +setuids-do +", "", row) for row in rows_of(r.out, "setuids-do")],
            ["0      setuid    uid=0 (0)", "0      setfsuid  uid=0 (prevuid=0)",
             "0      setresuid ruid=-1 euid=-1 suid=0 (0)", "0      setresuid ruid=0 euid=4242 suid=0 (0)",
             "0      setuid    uid=4243 (-1)", "0      setresuid ruid=-1 euid=0 suid=-1 (0)"])


TLS = """
import ssl
def context(side):
    one = ssl.SSLContext(side)
    one.check_hostname, one.verify_mode = False, ssl.CERT_NONE
    one.maximum_version = ssl.TLSVersion.TLSv1_2
    one.set_ciphers("aNULL:@SECLEVEL=0")
    return one
to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
server = context(ssl.PROTOCOL_TLS_SERVER).wrap_bio(to_server, to_client, True)
client = context(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(to_client, to_server)
waiting = [client, server]
while waiting:
    for one in list(waiting):
        try:
            one.do_handshake()
            waiting.remove(one)
        except ssl.SSLWantReadError:
            pass
for i in range(20):
    client.write(b"question")
    assert server.read() == b"question"
"""


@test
def ssllatency(t):
    """A server and a client in one process, without a certificate."""
    p = tool(t, "ssllatency")
    r = t.run(named(t, "ssllatency-io"), "-c", TLS)
    if r.status:
        t.skip("Python's TLS does not talk without a certificate: " + r.err.strip().split("\n")[-1])
    r = p.stop()
    t.found(r"\nLatency distribution in microsecond:", r.out)
    for function, times in (("SSL_do_handshake", 2), ("SSL_read_ex", 20), ("SSL_write_ex", 20)):
        t.found(rf"(?m)^@histF\[{function}\]: {times}$", r.out)
    t.found(r"(?m)^@histF\[failed\]: \d+$", r.out)
    t.absent("(?m)^@(start|func)_ssl", r.out)


@test
def tcpaccept(t):
    p = tool(t, "tcpaccept")
    t.equal(t.run(t.workload("snooped"), "tcp", "27411").status, 0)
    r = p.stop()
    t.equal([re.sub(" +", " ", row[9:]).strip() for row in rows_of(r.out, " 27411")], ["127.0.0.1 28411 127.0.0.1 27411"])


@test
def tcplife(t):
    p = tool(t, "tcplife")
    t.equal(t.run(t.workload("snooped"), "tcp", "27412").status, 0)
    p.wait_for(r"27412(?s:.*)27412")
    r = p.stop()
    rows = sorted(re.sub(" +", " ", row).split(" ", 1)[1] for row in rows_of(r.out, " 27412"))
    t.equal([row.rsplit(" ", 1)[0] for row in rows],
            ["snooped 127.0.0.1 27412 127.0.0.1 28412 100 10", "snooped 127.0.0.1 28412 127.0.0.1 27412 10 100"])


@test
def tcpretrans(t):
    p = tool(t, "tcpretrans")
    t.equal(t.run(t.workload("snooped"), "drops", "27413").status, 0)
    r = p.stop()
    t.found(rf"(?m)^{CLOCK} \d+ +127\.0\.0\.1:28414 +127\.0\.0\.1:27413 +SYN_SENT$", r.out)


@test
def tcpdrop(t):
    """What waits in a queue that its server closes, with the reason by its name."""
    if "enum skb_drop_reason reason" not in t.duetrace("-lv", "tracepoint:skb:kfree_skb").out:
        t.skip("the kernel does not say why it drops")
    p = tool(t, "tcpdrop")
    t.equal(t.run(t.workload("snooped"), "drops", "27415").status, 0)
    r = p.stop()
    t.found(rf"(?m)^{CLOCK} \d+ +snooped +127\.0\.0\.1:28415 127\.0\.0\.1:27415 SKB_DROP_REASON_[A-Z_]+\n\n"
            r" {8}\S+\+\d+$", r.out)


@test
def biostacks(t):
    need_io_start(t)
    p = tool(t, "biostacks")
    direct(t, "biostacks-io", 4096, 50)
    r = p.stop()
    stacks = re.findall(r"(?m)^@usecs\[\n((?: {8}\S+\n)+)\]:\n((?:[\[(].*\n)+)", r.out)
    total = sum(int(n) for stack, rows in stacks if "pwrite64" in stack or "aio" in stack or "dio" in stack or "direct" in stack
                for n in re.findall(r"(?m)^[\[(][^)\]]*[)\]]\s+(\d+) \|", rows))
    t.check(total >= 50, f"{total} requests of writes around the cache:\n{r.out}")
    t.absent("@req", r.out)
