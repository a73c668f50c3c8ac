"""What a public SIP port hears: scans, malformed packets, toll fraud. Refused, logged, nothing rung, nothing broken."""

from __future__ import annotations

import asyncio
import random
import re
import socket
import time
from collections.abc import Iterator

import pytest

from callwright.telephony.asterisk.configuration import TrunkConfig, endpoints
from callwright.telephony.port import LegAnswered
from callwright.telephony.simulator import Callee
from support.engine_node import EngineUnderTest
from support.leg_contract import Call, request

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]

PREMIUM = (
    "+19005551234",
    "0019005551234",
    "011442079460000",
    "9011972599000000",
    "+8821612345678",
    "100",
    "s",
    "cw-out",
)
_SDP = (
    "v=0\r\no=x 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
    "a=rtpmap:0 PCMU/8000\r\n"
)


#: RFC 3261, timer B: after that nobody answers any more.
_ANSWER_SECONDS = 32.0


class Scanner:
    """A plain UDP socket that speaks SIP as badly as it likes."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        # RFC 3261, timer T1: so long after a request it is sent again, because UDP and busy machines lose some
        self.socket.settimeout(0.5)
        self.target = ("127.0.0.1", port)
        self._serial = random.randrange(1_000_000)

    def send(self, packet: bytes) -> None:
        self.socket.sendto(packet, self.target)

    def status(self, packet: bytes) -> int:
        """Send a request, again until it is answered, and return the final status."""
        call_id = re.search(rb"^Call-ID: (\S+)", packet, re.MULTILINE)
        assert call_id
        self.send(packet)
        deadline = time.monotonic() + _ANSWER_SECONDS
        while True:
            try:
                answer = self.socket.recv(65535)
            except TimeoutError:
                assert time.monotonic() < deadline, f"no answer to {call_id[1]!r}"
                self.send(packet)
                continue
            found = re.match(rb"SIP/2\.0 (\d{3})", answer)
            if found and int(found[1]) >= 200 and call_id[1] in answer:
                return int(found[1])

    def request(self, method: str, to: str, *, sender: str = "scanner", extra: str = "", body: str = "") -> bytes:
        self._serial += 1
        host, port = self.socket.getsockname()
        return (
            f"{method} sip:{to}@127.0.0.1:{self.target[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{self._serial};rport\r\n"
            f"From: <sip:{sender}@{host}>;tag={self._serial}\r\nTo: <sip:{to}@127.0.0.1>\r\n"
            f"Call-ID: scan-{self._serial}@{host}\r\nCSeq: 1 {method}\r\nContact: <sip:{sender}@{host}:{port}>\r\n"
            f"Max-Forwards: 70\r\nUser-Agent: friendly-scanner\r\n{extra}"
            + ("Content-Type: application/sdp\r\n" if body else "")
            + f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


@pytest.fixture
def scanner(node: EngineUnderTest) -> Iterator[Scanner]:
    made = Scanner(node.process.config.sip_port)
    yield made
    made.socket.close()


async def _channels(node: EngineUnderTest) -> str:
    return await node.process.command("core show channels concise")


async def _assert_a_normal_call_works(node: EngineUnderTest) -> None:
    node.callee(Callee(rings_for=0.1, hangs_up_after=0.3))
    call = Call(await node.engine.dial(request()))
    await call.end()
    assert call.count(LegAnswered) == 1


@pytest.mark.parametrize("to", PREMIUM)
# the names of trunks are guessed, and anybody can write them into From
@pytest.mark.parametrize("sender", ["scanner", "sipp", "sippauth", "callwright"])
async def test_an_unknown_caller_is_refused_and_nothing_rings(
    node: EngineUnderTest, scanner: Scanner, to: str, sender: str
) -> None:
    sipp = node.callee(Callee())
    status = await asyncio.to_thread(scanner.status, scanner.request("INVITE", to, sender=sender, body=_SDP))
    assert status in (401, 403, 404)
    assert sipp.invites() == []
    assert (await _channels(node)).strip() == ""


@pytest.mark.parametrize("method", ["REGISTER", "OPTIONS", "SUBSCRIBE", "MESSAGE", "PUBLISH", "REFER", "NOTIFY"])
async def test_a_scan_learns_nothing(node: EngineUnderTest, scanner: Scanner, method: str) -> None:
    """The same answer for a name that exists and for one that does not."""
    answers = [
        await asyncio.to_thread(scanner.status, scanner.request(method, name, sender=name))
        for name in ("sipp", "nobody-has-this-name", "100")
    ]
    assert len(set(answers)) == 1
    assert answers[0] >= 400


async def test_a_known_provider_reaches_the_number_that_is_not_in_service(
    node: EngineUnderTest, scanner: Scanner
) -> None:
    """The allow list identifies a provider by its address alone, whatever it writes into From."""
    known = TrunkConfig(name="known", host="127.0.0.9", allow_from=("127.0.0.9",))
    usual = [TrunkConfig(name=name, host="127.0.0.1", port=port) for name, port in node.ports.items()]
    other = Scanner(node.process.config.sip_port, host="127.0.0.9")
    await node.process.set_endpoints(endpoints([*usual, known]))
    try:
        invite = other.request("INVITE", "12125550100", sender="+13105550100", body=_SDP)
        assert await asyncio.to_thread(other.status, invite) == 404
        invite = scanner.request("INVITE", "12125550100", sender="known", body=_SDP)
        assert await asyncio.to_thread(scanner.status, invite) == 401
    finally:
        other.socket.close()
        await node.process.set_endpoints(node.process.config.endpoints)


def _malformed(scanner: Scanner, count: int) -> Iterator[bytes]:
    """Yield broken packets of different kinds, the same ones in every run."""
    chance = random.Random(5060)
    for index in range(count):
        good = scanner.request("INVITE", "+12125550100", body=_SDP)
        head, _, body = good.partition(b"\r\n\r\n")
        yield (
            good[: chance.randrange(1, len(good))],
            bytes(chance.randrange(256) for _ in range(chance.randrange(1, 1400))),
            good.replace(b"SIP/2.0\r\n", b"SIP/9.9\r\n", 1),
            good.replace(b"Content-Length: ", b"Content-Length: 99999", 1),
            good.replace(b"Content-Length: ", b"Content-Length: -", 1),
            good.replace(b"CSeq: 1", b"CSeq: 99999999999999999999", 1),
            head.replace(b"Via:", b"Via: SIP/2.0/UDP " + b"A" * 4000 + b"\r\nVia:", 1) + b"\r\n\r\n" + body,
            re.sub(rb"From: [^\r]*", b'From: "' + b"\\" * 300, good, count=1),
            good.replace(b"m=audio 4000", b"m=audio 99999999 ", 1),
            good.replace(b"a=rtpmap:0 PCMU/8000", b"a=rtpmap:999 " + b"%n%s" * 50, 1),
            b"\x00" * chance.randrange(1, 900),
            good.replace(b"\r\n", b"\n"),
            good.replace(b"sip:+1", b"sip:\xff\xfe\x00+1"),
            head + b"\r\n" + b"X-Many: y\r\n" * 2000 + b"\r\n" + body,
            good.replace(b"INVITE", bytes(chance.randrange(65, 91) for _ in range(200))),
            re.sub(rb"To: [^\r]*", b"To: <sip:a@b>\r\nTo: <sip:c@d>", good, count=1),
            b"SIP/2.0 200 OK\r\n" + head.partition(b"\r\n")[2] + b"\r\n\r\n",
            good.replace(b"Max-Forwards: 70", b"Max-Forwards: 0", 1),
            good.replace(b"Contact: <", b"Contact: <sip:a@127.0.0.1?Replaces=b%0d%0aX: y", 1),
            re.sub(rb"Call-ID: [^\r]*", b"Call-ID: " + b"z" * 3000, good, count=1),
        )[index % 20]


@pytest.fixture
def stranger(node: EngineUnderTest) -> Iterator[Scanner]:
    """Somebody who was never heard of: Asterisk logs the fifth request of an address within five seconds of its first,
    and forgets an address half a minute later at most."""
    made = Scanner(node.process.config.sip_port, host="127.0.0.66")
    yield made
    made.socket.close()


async def test_a_barrage_breaks_nothing_and_is_logged(node: EngineUnderTest, stranger: Scanner) -> None:
    pid, restarts = node.process.pid, node.process.restarts
    log = node.base / "node" / "log" / "messages"
    before = log.stat().st_size if log.exists() else 0
    for _ in range(10):
        stranger.send(stranger.request("INVITE", PREMIUM[0], body=_SDP))
    for number, packet in enumerate(_malformed(stranger, 200)):
        stranger.send(packet[:65000])
        if number % 20 == 19:
            # Asterisk still listens, between the waves too
            status = await asyncio.to_thread(stranger.status, stranger.request("INVITE", PREMIUM[0], body=_SDP))
            assert status >= 400
    injected = stranger.request(
        "INVITE",
        "+19005551234",
        extra="P-Asserted-Identity: <sip:+12125550100@127.0.0.1>\r\nX-A: b\r\n c\r\n",
        body=_SDP,
    )
    await asyncio.to_thread(stranger.status, injected)

    await _assert_a_normal_call_works(node)
    assert node.process.pid == pid
    assert node.process.restarts == restarts
    # Asterisk writes its log when it has nothing better to do
    async with asyncio.timeout(20):
        while b"No matching endpoint found" not in log.read_bytes()[before:]:
            await asyncio.sleep(0.05)
