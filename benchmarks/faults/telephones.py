"""The called telephones: one sipp for each way to behave, each logging every message with sipp's own time stamps."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.callee import free_port

_START_SECONDS = 10.0
#: sipp ends itself after this long, whatever happens to the benchmark.
_BOUND_SECONDS = 4 * 3600

_HEADERS = "[last_Via:]\n[last_From:]\n[last_To:];tag=[pid]-[call_number]\n[last_Call-ID:]\n"
_CONTACT = "Contact: <sip:[local_ip]:[local_port]>\n"
_SDP = (
    "Content-Type: application/sdp\nContent-Length: [len]\n\n"
    "v=0\no=callee 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\n"
    "m=audio [sink] RTP/AVP 0 101\na=rtpmap:0 PCMU/8000\na=rtpmap:101 telephone-event/8000\na=ptime:20\n"
)
_EMPTY = "Content-Length: 0\n\n"
_REMEMBER = (
    '<action><ereg regexp=".*" search_in="hdr" header="From:" assign_to="from"/>'
    '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="to"/>'
    '<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>'
    '<ereg regexp="sip:[^&gt;]*" search_in="hdr" header="Contact:" assign_to="contact"/></action>'
)


def _send(text: str, *, reliable: bool = False) -> str:
    head = '<send retrans="500">' if reliable else "<send>"
    return f"{head}<![CDATA[\n\n{text}\n]]></send>"


def _reply(status: str, *, sdp: bool = False, reliable: bool = False, cseq: str = "[last_CSeq:]") -> str:
    return _send(f"SIP/2.0 {status}\n{_HEADERS}{cseq}\n{_CONTACT}{_SDP if sdp else _EMPTY}", reliable=reliable)


def _request(method: str, number: int, content: str) -> str:
    head = (
        f"{method} [$contact] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
        f"From: [$to];tag=[pid]-[call_number]\nTo: [$from]\n[last_Call-ID:]\nCSeq: {number} {method}\n"
        f"{_CONTACT}Max-Forwards: 70\n{content}"
    )
    return _send(head, reliable=True)


def _pause(least: int, most: int) -> str:
    return f'<pause distribution="uniform" min="{least}" max="{most}"/>'


def _ringing(milliseconds: int) -> list[str]:
    """Ring for so long, unless the caller gives up."""
    wait = f'<recv request="CANCEL" timeout="{milliseconds}" ontimeout="on" next="cancelled"/>'
    return [f'<recv request="INVITE">{_REMEMBER}</recv>', _reply("180 Ringing"), wait, '<label id="on"/>']


_ANSWER = [_reply("200 OK", sdp=True, reliable=True), '<recv request="ACK"/>']
_STAY = ['<recv request="BYE"/>', _reply("200 OK"), '<nop hide="true" next="end"/>']
_INFO = "Content-Type: application/dtmf-relay\nContent-Length: [len]\n\nSignal=1\nDuration=160\n"
_CANCELLED = [
    '<label id="cancelled"/>',
    _reply("200 OK"),
    _reply("487 Request Terminated", cseq="CSeq: [$cseq] INVITE", reliable=True),
    '<recv request="ACK"/>',
    '<label id="end"/>',
    '<nop hide="true"/>',
]


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """One way to behave; numbers of one area code behave alike."""

    name: str
    area: str
    #: Of a hundred calls so many go here.
    share: int
    steps: tuple[str, ...]
    #: What an undisturbed call to it ends with.
    outcome: str

    @property
    def prefix(self) -> str:
        """The beginning of its numbers."""
        return f"+1{self.area}"

    def scenario(self) -> str:
        """Return sipp's scenario."""
        steps = "\n".join([*self.steps, *_CANCELLED, '<Reference variables="from,to,cseq,contact"/>'])
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="{self.name}">\n{steps}\n</scenario>\n'


BEHAVIOURS = (
    Behaviour(name="listens", area="212", share=45, outcome="answered", steps=(*_ringing(1500), *_ANSWER, *_STAY)),
    Behaviour(
        name="presses",
        area="646",
        share=25,
        outcome="answered",
        steps=(
            *_ringing(1000),
            *_ANSWER,
            _pause(3000, 20_000),
            _request("INFO", 101, _INFO),
            '<recv response="200"/>',
            *_STAY,
        ),
    ),
    Behaviour(
        name="hangs-up",
        area="347",
        share=12,
        outcome="answered",
        steps=(
            *_ringing(2500),
            *_ANSWER,
            _pause(2000, 15_000),
            _request("BYE", 101, _EMPTY),
            '<recv response="200" next="end"/>',
        ),
    ),
    Behaviour(
        name="busy",
        area="718",
        share=10,
        outcome="busy",
        steps=(*_ringing(800), _reply("486 Busy Here", reliable=True), '<recv request="ACK" next="end"/>'),
    ),
    Behaviour(
        name="rings-out",
        area="917",
        share=8,
        outcome="no_answer",
        steps=(*_ringing(90_000), _reply("480 Temporarily Unavailable", reliable=True), '<recv request="ACK"/>'),
    ),
)

_INVITE = re.compile(r"INVITE sip:([^@\s]+)@")


@dataclass(kw_only=True)
class Seen:
    """What the telephone of one number saw."""

    #: Call-ID to the time (seconds since 1970) at which its first INVITE arrived: repeats of it are the same call.
    invites: dict[str, float] = field(default_factory=dict)
    #: When it sent its answer.
    answered: float | None = None
    #: When a BYE came or was sent.
    ended: float | None = None


class Telephones:
    """One sipp for each behaviour."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._processes: list[subprocess.Popen[bytes]] = []
        first = free_port(10_000, len(BEHAVIOURS))
        self.ports = {behaviour.name: first + index for index, behaviour in enumerate(BEHAVIOURS)}

    def start(self) -> None:
        """Start all and wait until they listen. Raises ``RuntimeError`` when one does not."""
        program = shutil.which("sipp")
        if program is None:
            raise RuntimeError("sipp is not installed: apt-get install sip-tester")
        # RTP ends in a socket that nobody reads: a closed port would answer every packet with an ICMP error
        self._sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
        self._sink.bind(("127.0.0.1", 0))
        for behaviour in BEHAVIOURS:
            self._start(program, behaviour)

    def _start(self, program: str, behaviour: Behaviour) -> None:
        name, port = behaviour.name, self.ports[behaviour.name]
        (self._folder / f"{name}.xml").write_text(behaviour.scenario())
        arguments = [program, "-sf", f"{name}.xml", "-i", "127.0.0.1", "-p", str(port), "-nostdin"]
        arguments += ["-key", "sink", str(self._sink.getsockname()[1]), "-timeout", f"{_BOUND_SECONDS}s"]
        arguments += [
            "-trace_shortmsg",
            "-shortmessage_file",
            f"{name}.csv",
            "-trace_err",
            "-error_file",
            f"{name}.err",
        ]
        screen = self._folder / f"{name}.screen"
        with screen.open("wb") as output:
            process = subprocess.Popen(
                arguments, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        self._processes.append(process)
        deadline = time.monotonic() + _START_SECONDS
        while not _listens(process.pid, port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"sipp ({name}) did not start: {screen.read_text(errors='replace')[-1000:]}")
            time.sleep(0.02)

    def alive(self) -> bool:
        """Return whether all still run: without its callees the benchmark says nothing."""
        return all(process.poll() is None for process in self._processes)

    def stop(self) -> None:
        """End them."""
        for process in self._processes:
            process.send_signal(signal.SIGKILL)
            process.wait()
        self._processes.clear()
        self._sink.close()

    def seen(self) -> dict[str, Seen]:
        """Return what was seen until now, by number."""
        found: dict[str, Seen] = defaultdict(Seen)
        for behaviour in BEHAVIOURS:
            log = self._folder / f"{behaviour.name}.csv"
            if log.exists():
                read(log.read_text(errors="replace"), found)
        return dict(found)


def read(log: str, found: dict[str, Seen]) -> None:
    """Take the lines of one sipp: date, time, seconds since 1970, R(eceived) or S(ent), Call-ID, CSeq, first line."""
    number_of: dict[str, str] = {}
    for line in log.splitlines():
        fields = line.split("\t")
        if len(fields) != 7:
            continue
        at, way, call_id, cseq, first = float(fields[2]), fields[3], fields[4], fields[5], fields[6]
        if way == "R" and (invite := _INVITE.match(first)):
            number_of[call_id] = invite[1]
            found[invite[1]].invites.setdefault(call_id, at)
        elif call_id in number_of:
            seen = found[number_of[call_id]]
            if first.startswith("BYE "):
                seen.ended = seen.ended or at
            elif way == "S" and first.startswith("SIP/2.0 200") and cseq.endswith("INVITE"):
                seen.answered = seen.answered or at


def _listens(pid: int, port: int) -> bool:
    try:
        sockets = psutil.Process(pid).net_connections(kind="udp")
    except psutil.Error:
        return False
    return any(s.laddr and s.laddr.port == port for s in sockets)
