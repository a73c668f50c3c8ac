"""The called telephones: one sipp that answers at once, stays until the BYE, and logs when each INVITE arrived.

The times are sipp's own (``-trace_shortmsg``, microseconds of the wall clock, taken when sipp reads the datagram from
its socket): what is measured ends when the INVITE has arrived at the far end of the wire.
"""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil

from callwright.ports import free_block

_START_SECONDS = 10.0
#: sipp ends itself after this long, whatever happens to the benchmark.
_BOUND_SECONDS = 3600
_HEADERS = "[last_Via:]\n[last_From:]\n[last_To:];tag=[pid]-[call_number]\n[last_Call-ID:]\n[last_CSeq:]\n"
_SCENARIO = f"""<?xml version="1.0" encoding="UTF-8"?>
<scenario name="callee">
<recv request="INVITE"/>
<send retrans="500"><![CDATA[

SIP/2.0 200 OK
{_HEADERS}Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=callee 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [sink] RTP/AVP 0
a=rtpmap:0 PCMU/8000
a=ptime:20
]]></send>
<recv request="ACK"/>
<recv request="BYE"/>
<send><![CDATA[

SIP/2.0 200 OK
{_HEADERS}Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

]]></send>
</scenario>
"""
_INVITE = re.compile(r"INVITE sip:([^@\s]+)@")


class Callee:
    """One sipp; its log is read while it runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "messages.csv"
        self._sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port(10_000)

    def start(self) -> None:
        """Start it and wait until it listens. Raises ``RuntimeError`` when it does not."""
        program = shutil.which("sipp")
        if program is None:
            raise RuntimeError("sipp is not installed: apt-get install sip-tester")
        # RTP ends in a socket that nobody reads: a closed port would answer every packet with an ICMP error
        self._sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
        self._sink.bind(("127.0.0.1", 0))
        (self._folder / "callee.xml").write_text(_SCENARIO)
        arguments = [program, "-sf", "callee.xml", "-i", "127.0.0.1", "-p", str(self.port), "-nostdin"]
        arguments += ["-key", "sink", str(self._sink.getsockname()[1]), "-timeout", f"{_BOUND_SECONDS}s"]
        arguments += ["-trace_shortmsg", "-shortmessage_file", self._log.name]
        with (self._folder / "screen.log").open("wb") as screen:
            self._process = subprocess.Popen(
                arguments, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=screen, stderr=screen
            )
        deadline = time.monotonic() + _START_SECONDS
        while not any(
            s.laddr and s.laddr.port == self.port for s in psutil.Process(self._process.pid).net_connections(kind="udp")
        ):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"sipp did not start: {(self._folder / 'screen.log').read_text()[-1000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
        self._sink.close()

    def calls(self) -> Calls:
        """Return what it has logged until now."""
        return Calls(self._log.read_text(errors="replace") if self._log.exists() else "")


class Calls:
    """What sipp logged: when each number was invited, how often, and when each call ended."""

    def __init__(self, log: str) -> None:
        #: Number to the wall-clock seconds of its first INVITE.
        self.invited: dict[str, float] = {}
        #: INVITEs that were sent again, or a second time.
        self.repeated = 0
        #: Number to the wall-clock seconds of the BYE.
        self.ended: dict[str, float] = {}
        number_of: dict[str, str] = {}
        for line in log.splitlines():
            fields = line.split("\t")
            # date, time, seconds since 1970, R(eceived) or S(ent), Call-ID, CSeq, first line
            if len(fields) != 7 or fields[3] != "R":
                continue
            at, call_id, request = float(fields[2]), fields[4], fields[6]
            if found := _INVITE.match(request):
                number = found[1]
                if number in self.invited:
                    self.repeated += 1
                    continue
                self.invited[number] = at
                number_of[call_id] = number
            elif request.startswith("BYE ") and call_id in number_of:
                self.ended.setdefault(number_of[call_id], at)


def free_port(start: int, size: int = 1) -> int:
    """Return the first of ``size`` ports of loopback in a row that nobody uses, TCP and UDP."""
    return free_block(size, range(start, 60_000, size))
