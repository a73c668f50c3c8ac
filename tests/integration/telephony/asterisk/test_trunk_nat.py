"""Calls through a router that translates addresses: in front of us, and in front of the callee."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from callwright.speech.g711 import decode_ulaw
from callwright.telephony.asterisk.configuration import TrunkConfig
from callwright.telephony.port import EndedBy, LegAnswered, LegEnded, PlayEnded
from callwright.telephony.simulator import Callee
from support.engine_ears import has_tone, recording
from support.engine_node import EngineUnderTest, running_engine
from support.leg_contract import Call, request
from support.lines import lines
from support.networks import Network, router
from support.rtp_ear import listening
from support.sipp import Sipp
from support.sipp_caller import level, tone

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]

SIP_PORT, RTP_PORT = 5070, 7000
PROMPT_HZ, CALLEE_HZ = 600, 1000


@contextmanager
def _far_callee(network: Network, folder: Path, callee: Callee) -> Iterator[Sipp]:
    sipp = Sipp(folder, callee, port=SIP_PORT, rtp_port=RTP_PORT, host=network.far, prefix=network.prefix)
    sipp.start()
    try:
        yield sipp
    finally:
        sipp.stop()


def _prompt(node: EngineUnderTest) -> Path:
    path = node.base / "sounds" / "nat"
    path.parent.mkdir(exist_ok=True)
    path.with_suffix(".ulaw").write_bytes(tone(PROMPT_HZ, 1.0))
    path.with_suffix(".ulaw").chmod(0o644)
    return path


def _media(sipp: Sipp) -> tuple[str, int]:
    """Return where the engine says that it takes RTP."""
    text = sipp.invites()[0].text
    address, port = re.search(r"^c=IN IP4 (\S+)", text, re.MULTILINE), re.search(r"^m=audio (\d+)", text, re.MULTILINE)
    assert address is not None
    assert port is not None
    return address[1], int(port[1])


async def test_we_are_behind_the_router(tmp_path: Path) -> None:
    """The callee is told the router's address only; what it sends there reaches us: RTP and, at the end, its BYE."""
    with router(hides="near") as network:
        async with running_engine(host=network.near, external_host=network.far_router) as node:
            trunk = TrunkConfig(name="sipp", host=network.far, port=SIP_PORT)
            with _far_callee(network, tmp_path / "far", Callee(rings_for=0.1, hangs_up_after=2.6)) as sipp:
                async with lines(node, trunk), listening(network.far_socket(RTP_PORT)) as ear, asyncio.timeout(15):
                    call = Call(await node.engine.dial(request()))
                    await call.until(LegAnswered)
                    async with recording(node, call.leg.id) as heard:
                        await ear.say(tone(CALLEE_HZ, 0.9), _media(sipp))
                    await call.leg.play(1, [_prompt(node)])
                    assert level(decode_ulaw(await ear.hears()), PROMPT_HZ) > 0.9
                    ended = await call.end()
            [invite] = sipp.invites()
            assert has_tone(heard.samples, CALLEE_HZ)
            assert isinstance(ended, LegEnded)
            assert ended.ended_by is EndedBy.CALLEE
            assert _media(sipp)[0] == network.far_router
            assert f"@{network.far_router}:{node.process.config.sip_port}" in (invite.header("Contact") or "")
            assert network.near not in invite.text

            # a neighbour on our side of the router is told our own address
            neighbour = Sipp(
                tmp_path / "near",
                Callee(rings_for=0.1, hangs_up_after=0.1),
                port=node.ports["sipp"],
                rtp_port=RTP_PORT,
                host=network.near,
            )
            neighbour.start()
            try:
                async with lines(node, TrunkConfig(name="sipp", host=network.near, port=node.ports["sipp"])):
                    await Call(await node.engine.dial(request())).end()
            finally:
                neighbour.stop()
            assert network.far_router not in neighbour.invites()[0].text
            assert _media(neighbour)[0] == network.near


async def test_the_callee_is_behind_the_router(tmp_path: Path) -> None:
    """Its Contact and its media address cannot be reached: answers and RTP go where its packets come from."""
    with router(hides="far") as network:
        async with running_engine(host=network.near) as node:
            trunk = TrunkConfig(name="sipp", host=network.near_router, port=SIP_PORT)
            with _far_callee(network, tmp_path / "far", Callee(rings_for=0.1)) as sipp:
                async with lines(node, trunk), listening(network.far_socket(RTP_PORT)) as ear, asyncio.timeout(15):
                    call = Call(await node.engine.dial(request()))
                    await call.until(LegAnswered)
                    async with recording(node, call.leg.id) as heard:
                        await ear.say(tone(CALLEE_HZ, 0.9), _media(sipp))
                    await call.leg.play(1, [_prompt(node)])
                    assert level(decode_ulaw(await ear.hears()), PROMPT_HZ) > 0.9
                    await call.until(PlayEnded)
                    await call.leg.hang_up()
                    await call.end()
                    while not any(received and text.startswith("BYE ") for received, text in sipp.messages()):
                        await asyncio.sleep(0.02)
            assert has_tone(heard.samples, CALLEE_HZ)
            answer = next(text for received, text in sipp.messages() if not received and text.startswith("SIP/2.0 200"))
            assert f"c=IN IP4 {network.far}" in answer
