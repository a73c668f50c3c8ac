"""RFC 4028: the interval is agreed upon, refreshed by either side, and the call goes on."""

from __future__ import annotations

import asyncio
import re

import pytest

from callwright.telephony.asterisk.configuration import TrunkConfig
from callwright.telephony.port import LegAnswered
from callwright.telephony.simulator import Callee
from support.engine_node import EngineUnderTest, running_engine
from support.leg_contract import Call, request
from support.lines import lines
from support.rtp_ear import listening
from support.sipp import Sipp
from support.sipp_dialogs import Dialog, audio

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]


def _trunk(node: EngineUnderTest, timers: str) -> TrunkConfig:
    return TrunkConfig(name="sipp", host="127.0.0.1", port=node.ports["sipp"], session_timers=timers)


async def _call(node: EngineUnderTest, sipp: Sipp, *, refreshes: int = 0, within: float = 10) -> None:
    """Call; hang up after so many refreshes, if the callee still hears us then."""
    async with listening(node.callee_rtp_port) as ear:
        call = Call(await node.engine.dial(request()))
        async with asyncio.timeout(within):
            await call.until(LegAnswered)
            await call.leg.play(1, [node.prompt(within)])
            while _acknowledged(sipp) < 1 + refreshes:
                await asyncio.sleep(0.05)
            await ear.hears()
            await call.leg.hang_up()
            await call.end()
    assert sipp.complaints() == ""


def _acknowledged(sipp: Sipp) -> int:
    """Return how many INVITEs with a 200 there were, in either direction."""
    return sum(text.startswith("ACK ") for _, text in sipp.messages())


async def test_a_longer_interval_is_asked_for_and_offered(node: EngineUnderTest) -> None:
    dialog = Dialog().invite().refuse(422, "Min-SE: 240")
    dialog.invite().ring().answer("Session-Expires: 240;refresher=uac", "Require: timer")
    sipp = node.callee(dialog.hung_up_on())
    async with lines(node, _trunk(node, "accept")):
        await _call(node, sipp, refreshes=1)
    first, second = sipp.invites()
    assert "timer" in (first.header("Supported") or "")
    assert second.header("Min-SE") == "240"
    assert int((second.header("Session-Expires") or "0").partition(";")[0]) >= 240


@pytest.mark.ahead
async def test_we_refresh_when_it_is_our_turn() -> None:
    """The shortest interval that RFC 4028 allows is 90 s; half of it passes before the refresh."""
    expires = ("Session-Expires: 90;refresher=uac", "Require: timer")
    async with running_engine() as node:
        sipp = node.callee(Dialog().invite().ring().answer(*expires).invite().answer(*expires).hung_up_on())
        async with lines(node, _trunk(node, "accept")):
            await _call(node, sipp, refreshes=1, within=60)
        first, refresh = sipp.invites()
    assert refresh.call_id == first.call_id
    assert refresh.header("Session-Expires") == "90;refresher=uac"


async def test_the_callee_refreshes_when_it_is_its_turn(node: EngineUnderTest) -> None:
    expires = ("Session-Expires: 90;refresher=uas", "Require: timer")
    dialog = Dialog().invite().ring().answer(*expires).pause(0.5)
    dialog.reinvite(audio(), "Supported: timer", "Session-Expires: 90;refresher=uac", "Min-SE: 90")
    sipp = node.callee(dialog.hung_up_on())
    async with lines(node, _trunk(node, "accept")):
        await _call(node, sipp, refreshes=1)
    agreed = next(t for received, t in sipp.messages() if received and t.startswith("SIP/2.0 200") and "101 INV" in t)
    assert re.search(r"^Session-Expires: *90;refresher=uac", agreed, re.MULTILINE)


async def test_required_says_so_and_a_callee_without_is_not_called(node: EngineUnderTest) -> None:
    sipp = node.callee(Dialog().invite().refuse(420, "Unsupported: timer").text())
    async with lines(node, _trunk(node, "require")):
        call = Call(await node.engine.dial(request()))
        async with asyncio.timeout(10):
            ended = await call.end()
    assert ended.sip_status == 420
    assert call.count(LegAnswered) == 0
    assert "timer" in (sipp.invites()[0].header("Require") or "")


async def test_off_says_nothing_of_timers(node: EngineUnderTest) -> None:
    sipp = node.callee(Callee(rings_for=0.1, hangs_up_after=0.2))
    async with lines(node, _trunk(node, "off")):
        call = Call(await node.engine.dial(request()))
        async with asyncio.timeout(10):
            await call.end()
    [invite] = sipp.invites()
    assert invite.header("Session-Expires") is None
    assert "timer" not in (invite.header("Supported") or "")
