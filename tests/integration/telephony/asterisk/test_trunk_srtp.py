"""Encrypted media (SDES over TLS) with a second Asterisk: heard at both ends, noise to anybody on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from callwright.processes import give_to, service_user
from callwright.telephony.asterisk.configuration import TrunkConfig
from callwright.telephony.port import EndedBy, LegAnswered, LegDigit, PlayEnded
from callwright.telephony.simulator import Callee
from support.certificates import Authority
from support.engine_ears import has_tone, recording
from support.engine_node import EngineUnderTest
from support.leg_contract import Call, request
from support.lines import lines
from support.peer_asterisk import TONE_HZ, Peer, endpoint, running_peer, tls_transport
from support.rtp_capture import Capture, capture, is_plain
from support.sipp_caller import tone

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]

PROMPT_HZ = 600


class Provider:
    """A provider with a good certificate."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.authority = Authority(peer.base / "authority")
        cert, key = self.authority.issue(peer.base / "provider", "127.0.0.1")
        for folder in (cert.parent, self.authority.file.parent):
            for path in (folder, *folder.iterdir()):
                give_to(path, service_user())
        self._transport = tls_transport(peer.tls_port, cert, key)

    async def speaks(self, encryption: str) -> None:
        await self.peer.configure(self._transport + endpoint("callwright", lines=encryption))

    def trunk(self, srtp: str) -> TrunkConfig:
        return TrunkConfig(
            name="sipp",
            host="127.0.0.1",
            port=self.peer.tls_port,
            transport="tls",
            tls_ca_file=str(self.authority.file),
            srtp=srtp,
            codecs="ulaw",
        )


@pytest_asyncio.fixture(scope="module")
async def provider() -> AsyncIterator[Provider]:
    async with running_peer() as peer:
        yield Provider(peer)


async def _talk(node: EngineUnderTest, provider: Provider) -> Capture:
    """Hear the other side's tone, play ours, check that both were heard; returns what was on the wire."""
    prompt = node.base / "sounds" / "tone"
    prompt.parent.mkdir(exist_ok=True)
    prompt.with_suffix(".ulaw").write_bytes(tone(PROMPT_HZ, 1.0))
    prompt.with_suffix(".ulaw").chmod(0o644)
    config = node.process.config
    with capture(range(config.rtp_start, config.rtp_end + 1)) as wire:
        call = Call(await node.engine.dial(request()))
        async with asyncio.timeout(15):
            await call.until(LegAnswered)
            async with recording(node, call.leg.id) as ours:
                pressed = await call.until(LegDigit)
            assert isinstance(pressed, LegDigit)
            assert pressed.digit == "7"
            await call.leg.play(1, [prompt])
            await call.until(PlayEnded)
            await call.leg.hang_up()
            await call.end()
    assert has_tone(ours.samples, TONE_HZ)
    assert has_tone(await provider.peer.heard(), PROMPT_HZ)
    return wire


async def test_without_encryption_the_wire_carries_the_tones(node: EngineUnderTest, provider: Provider) -> None:
    """The measure itself: it does hear what is plain."""
    await provider.speaks("media_encryption = no\n")
    async with lines(node, provider.trunk("off")):
        wire = await _talk(node, provider)
    assert is_plain(wire.sent, PROMPT_HZ)
    assert is_plain(wire.received, TONE_HZ)


@pytest.mark.parametrize("srtp", ["required", "optional"])
async def test_both_sides_hear_what_nobody_else_can(node: EngineUnderTest, provider: Provider, srtp: str) -> None:
    await provider.speaks("media_encryption = sdes\nmedia_encryption_optimistic = yes\n")
    async with lines(node, provider.trunk(srtp)):
        wire = await _talk(node, provider)
    for payloads, hertz in ((wire.sent, PROMPT_HZ), (wire.received, TONE_HZ)):
        assert len(payloads) > 50
        # 20 ms of µ-law and the ten bytes of authentication of AES_CM_128_HMAC_SHA1_80
        assert {len(payload) for payload in payloads} == {170}
        assert not is_plain(payloads, hertz)


async def test_required_fails_with_a_callee_that_cannot_and_optional_goes_on(
    node: EngineUnderTest, provider: Provider
) -> None:
    sipp = node.callee(Callee(rings_for=0.1))
    port = node.ports["sipp"]
    async with lines(node, TrunkConfig(name="sipp", host="127.0.0.1", port=port, srtp="required")):
        call = Call(await node.engine.dial(request()))
        async with asyncio.timeout(10):
            ended = await call.end()
    assert call.count(LegAnswered) == 0
    assert (ended.sip_status, ended.ended_by) == (488, EndedBy.ENGINE)
    assert any(received and text.startswith("BYE ") for received, text in sipp.messages())
    async with lines(node, TrunkConfig(name="sipp", host="127.0.0.1", port=port, srtp="optional")):
        call = Call(await node.engine.dial(request()))
        async with asyncio.timeout(10):
            await call.until(LegAnswered)
            await call.leg.hang_up()
            await call.end()


async def test_a_provider_that_demands_encryption_refuses_a_trunk_without(
    node: EngineUnderTest, provider: Provider
) -> None:
    await provider.speaks("media_encryption = sdes\n")
    async with lines(node, provider.trunk("off")):
        call = Call(await node.engine.dial(request()))
        async with asyncio.timeout(10):
            ended = await call.end()
    assert call.count(LegAnswered) == 0
    assert ended.sip_status == 488
