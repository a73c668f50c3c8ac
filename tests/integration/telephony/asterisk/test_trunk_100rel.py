"""RFC 3262: provisional responses that are acknowledged."""

from __future__ import annotations

import asyncio

import pytest

from callwright.telephony.asterisk.configuration import TrunkConfig
from callwright.telephony.port import LegAnswered, Ringing
from support.engine_node import EngineUnderTest
from support.leg_contract import Call, request
from support.lines import lines
from support.rtp_ear import listening
from support.sipp_dialogs import Dialog, audio

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]


@pytest.mark.parametrize(("option", "header"), [("accept", "Supported"), ("require", "Require")])
@pytest.mark.parametrize("media", ["", audio()])
async def test_a_reliable_response_is_acknowledged(node: EngineUnderTest, option: str, header: str, media: str) -> None:
    dialog = Dialog().invite().reliable(1, 183 if media else 180, media=media).pause(0.1).answer()
    sipp = node.callee(dialog.hung_up_on())
    trunk = TrunkConfig(name="sipp", host="127.0.0.1", port=node.ports["sipp"], reliable_provisional=option)
    async with lines(node, trunk), listening(node.callee_rtp_port) as ear:
        call = Call(await node.engine.dial(request()))
        async with asyncio.timeout(10):
            await call.until(LegAnswered)
            await call.leg.play(1, [node.prompt(5)])
            await ear.hears()
            await call.leg.hang_up()
            await call.end()
    assert call.count(Ringing) == 1
    assert sipp.complaints() == ""
    assert "100rel" in (sipp.invites()[0].header(header) or "")
    [prack] = [text for received, text in sipp.messages() if received and text.startswith("PRACK ")]
    assert f"RAck: 1 {sipp.invites()[0].cseq} INVITE" in prack


async def test_off_does_not_offer_it(node: EngineUnderTest) -> None:
    sipp = node.callee(Dialog().invite().ring().answer().hung_up_on())
    trunk = TrunkConfig(name="sipp", host="127.0.0.1", port=node.ports["sipp"], reliable_provisional="off")
    async with lines(node, trunk):
        call = Call(await node.engine.dial(request()))
        async with asyncio.timeout(10):
            await call.until(LegAnswered)
            await call.leg.hang_up()
            await call.end()
    assert "100rel" not in sipp.invites()[0].text
