"""A caller: sipp sends the INVITE, and a plain socket of ours hears, and speaks, the RTP."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from callwright.speech.g711 import encode_ulaw
from callwright.telephony.simulator import Press

_BOUND_SECONDS = 100
_EVENTS = "0123456789*#ABCD"
#: Payload types of the offer below.
_ULAW, _TELEPHONE_EVENT = 0, 101
_MESSAGE = re.compile(
    r"^UDP message (?P<way>received|sent).*?\n\n(?P<text>.*?)(?=^-{20,} |\Z)", re.MULTILINE | re.DOTALL
)

_HEADERS = """Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[caller]@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[number]@[remote_ip]:[remote_port]>{peer}
Call-ID: [call_id]
CSeq: {cseq}
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
"""
_OFFER = """Content-Type: application/sdp
Content-Length: [len]

v=0
o=caller 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [rtp_port] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ptime:20
"""


@dataclass(kw_only=True)
class Heard:
    """What one call brought."""

    #: Status codes of the answers to the INVITE, in order, without 100.
    statuses: list[int] = field(default_factory=list)
    #: Keys that came as RFC 4733 events, and those that came as SIP INFO.
    events: str = ""
    infos: str = ""
    #: µ-law, as it arrived.
    audio: bytes = b""
    #: Whether the other side hung up first.
    hung_up: bool = False


async def call(
    number: str,
    *,
    server: int,
    folder: Path,
    port: int,
    seconds: float | None = 1.0,
    refused: int | None = None,
    cancel: bool = False,
    say: bytes = b"",
    caller: str = "+15559990000",
    address: str = "127.0.0.1",
    presses: Sequence[Press] = (),
    presses_from: asyncio.Event | None = None,
) -> Heard:
    """Call ``number`` on the server at this port of loopback; uses ``port`` for SIP and the next even one for RTP.

    After the answer hang up after ``seconds``, or wait for the other side (``None``). ``refused`` is the status that
    is expected instead of an answer; ``cancel``: give up while it rings. ``say`` is µ-law, spoken after the answer.
    ``caller`` stands in From; ``address`` is where the call comes from; ``presses`` count from the first sound, or from
    when ``presses_from`` happens after it.
    """
    program = shutil.which("sipp")
    if program is None:
        pytest.fail("sipp is not installed: apt-get install sip-tester")
    folder.mkdir(parents=True)
    (folder / "scenario.xml").write_text(_scenario(seconds, refused, cancel))
    loop = asyncio.get_running_loop()
    transport, ear = await loop.create_datagram_endpoint(
        lambda: _Ear(say, presses, presses_from), local_addr=(address, port + 2)
    )
    try:
        arguments = [f"127.0.0.1:{server}", "-sf", "scenario.xml", "-i", address, "-p", str(port), "-m", "1"]
        arguments += ["-key", "number", number, "-key", "rtp_port", str(port + 2), "-key", "caller", caller]
        arguments += ["-nostdin", "-aa"]
        arguments += ["-timeout", f"{_BOUND_SECONDS}s", "-timeout_error", "-trace_msg", "-message_file", "messages.log"]
        arguments += ["-trace_err", "-error_file", "errors.log"]
        process = await asyncio.create_subprocess_exec(
            program, *arguments, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            async with asyncio.timeout(_BOUND_SECONDS + 5):
                code = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    finally:
        ear.stop()
        transport.close()
    log = (folder / "messages.log").read_text(errors="replace")
    errors = folder / "errors.log"
    assert code == 0, f"{number}: {errors.read_text(errors='replace') if errors.exists() else ''}\n{log[-3000:]}"
    return _heard(log, ear)


def _heard(log: str, ear: _Ear) -> Heard:
    heard = Heard(events=ear.events, audio=bytes(ear.audio))
    for message in _MESSAGE.finditer(log):
        if message["way"] != "received":
            continue
        text = message["text"]
        if text.startswith("BYE "):
            heard.hung_up = True
        elif text.startswith("INFO ") and (signal := re.search(r"^Signal\s*=\s*(\S)", text, re.MULTILINE)):
            heard.infos += signal[1]
        elif (status := re.match(r"SIP/2\.0 (\d+)", text)) and re.search(r"^CSeq: \d+ INVITE", text, re.MULTILINE):
            heard.statuses += [int(status[1])] if status[1] != "100" else []
    return heard


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, say: bytes, presses: Sequence[Press], presses_from: asyncio.Event | None) -> None:
        self.audio = bytearray()
        self.events = ""
        self._say = say
        self._presses = sorted(presses, key=lambda press: press.after)
        self._presses_from = presses_from
        self._speaking: asyncio.Task[None] | None = None
        self._pressing: asyncio.Task[None] | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._seen: set[int] = set()

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        kind, body = data[1] & 0x7F, data[12:]
        if kind == _ULAW:
            self.audio += body
        elif kind == _TELEPHONE_EVENT and (stamp := int.from_bytes(data[4:8])) not in self._seen:
            # the packets of one key press share their time stamp
            self._seen.add(stamp)
            self.events += _EVENTS[body[0]]
        if self._say and self._speaking is None:
            self._speaking = asyncio.get_running_loop().create_task(self._speak(addr))
        if self._presses and self._pressing is None:
            self._pressing = asyncio.get_running_loop().create_task(self._press(addr))

    def stop(self) -> None:
        for task in (self._speaking, self._pressing):
            if task is not None:
                task.cancel()

    async def _press(self, to: tuple[str, int]) -> None:
        """Send each key as RFC 4733 events: held for 100 ms, the last packet three times."""
        if self._presses_from is not None:
            await self._presses_from.wait()
        loop = asyncio.get_running_loop()
        begin, sequence = loop.time(), 0
        for press in self._presses:
            await asyncio.sleep(max(begin + press.after - loop.time(), 0))
            for digit in press.digits:
                stamp = int((loop.time() - begin) * 8000) + 8000
                for number, packet in enumerate((1, 2, 3, 4, 5, 5, 5)):
                    sequence += 1
                    marker = 0x80 if number == 0 else 0
                    head = bytes((0x80, marker | _TELEPHONE_EVENT)) + sequence.to_bytes(2) + stamp.to_bytes(4)
                    body = bytes((_EVENTS.index(digit), (0x80 if number >= 4 else 0) | 10))
                    assert self._transport is not None
                    self._transport.sendto(head + b"CWKE" + body + (160 * packet).to_bytes(2), to)
                    await asyncio.sleep(0.02)
                await asyncio.sleep(press.gap)

    async def _speak(self, to: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for number, start in enumerate(range(0, len(self._say), 160)):
            head = bytes((0x80, _ULAW)) + number.to_bytes(2) + start.to_bytes(4) + b"CWCW"
            assert self._transport is not None
            self._transport.sendto(head + self._say[start : start + 160], to)
            await asyncio.sleep(max(begin + (number + 1) * 0.02 - loop.time(), 0))


def _scenario(seconds: float | None, refused: int | None, cancel: bool) -> str:
    invite = "INVITE sip:[number]@[remote_ip]:[remote_port] SIP/2.0\n" + _HEADERS.format(peer="", cseq="1 INVITE")
    steps = [_send(invite + _OFFER), '<recv response="100" optional="true"/>']
    ack = _request("ACK", "1 ACK")
    if cancel:
        # CANCEL and the ACK of a refusal belong to the INVITE's transaction: its branch, no tag of the other side
        same = (
            "CANCEL sip:[number]@[remote_ip]:[remote_port] SIP/2.0\n[last_Via:]\n"
            + _HEADERS.format(peer="", cseq="1 CANCEL").split("\n", 1)[1]
        )
        steps += ['<recv response="180"/>', _send(same + "Content-Length: 0\n\n")]
        steps += ['<recv response="200"/>', '<recv response="487"/>', _refusal_ack()]
    elif refused is not None:
        steps += ['<recv response="183" optional="true"/>', f'<recv response="{refused}"/>', _refusal_ack()]
    else:
        steps += [f'<recv response="{code}" optional="true"/>' for code in (180, 183)]
        steps += ['<recv response="200"/>', ack]
        if seconds is None:
            steps += ['<recv request="BYE"/>', _send("SIP/2.0 200 OK\n" + _echo() + "Content-Length: 0\n\n")]
        else:
            steps += [f'<pause milliseconds="{round(seconds * 1000)}"/>', _request("BYE", "2 BYE")]
            steps += ['<recv response="200"/>']
    return '<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="caller">\n' + "\n".join(steps) + "\n</scenario>\n"


def _request(method: str, cseq: str) -> str:
    head = f"{method} sip:[number]@[remote_ip]:[remote_port] SIP/2.0\n" + _HEADERS.format(
        peer="[peer_tag_param]", cseq=cseq
    )
    return _send(head + "Content-Length: 0\n\n")


def _refusal_ack() -> str:
    head = (
        "ACK sip:[number]@[remote_ip]:[remote_port] SIP/2.0\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n"
    )
    return _send(head + "CSeq: 1 ACK\nMax-Forwards: 70\nContent-Length: 0\n\n")


def _echo() -> str:
    return "".join(f"[last_{name}:]\n" for name in ("Via", "From", "To", "Call-ID", "CSeq"))


def _send(text: str) -> str:
    return f"<send><![CDATA[\n\n{text}\n]]></send>"


def tone(frequency: float, seconds: float) -> bytes:
    """Return a tone as µ-law."""
    time = np.arange(int(8000 * seconds)) / 8000
    return encode_ulaw((0.4 * 32767 * np.sin(2 * np.pi * frequency * time)).astype(np.int16))


def level(samples: NDArray[np.int16], frequency: float) -> float:
    """Return how much of the power of 8 kHz samples lies within 20 Hz of a frequency, 0 to 1."""
    signal = samples.astype(float)
    power = np.abs(np.fft.rfft(signal)) ** 2
    near = np.abs(np.fft.rfftfreq(len(signal), 1 / 8000) - frequency) <= 20
    return float(power[near].sum() / max(power.sum(), 1.0))
