"""The Asterisk engine keeps the contract of engines, against telephones and trunks played by sipp."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from callwright.clock import SystemClock
from callwright.telephony.asterisk.engine import AsteriskEngine
from callwright.telephony.port import (
    EndedBy,
    LegAnswered,
    LegDigit,
    LegEnded,
    Ringing,
    TrunkUnreachable,
)
from callwright.telephony.simulator import Callee, Press
from support.engine_node import TRUNK_PASSWORD, TRUNK_USER, EngineUnderTest, silent_port
from support.leg_contract import SCENARIOS, Call, Scenario, request
from support.sipp import Sipp
from support.sipp_scenarios import Challenge, digest_ok

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]


class SippLine:
    """The contract's line over Asterisk and sipp."""

    def __init__(self, node: EngineUnderTest) -> None:
        self.clock = SystemClock()
        self.engine = node.engine
        self._node = node
        self._sipp: Sipp | None = None

    def callee(self, callee: Callee) -> None:
        self._sipp = self._node.callee(callee)

    def invites(self) -> int:
        return len(self._sipp.invites()) if self._sipp is not None else 0

    def restart(self) -> None:
        self.engine = AsteriskEngine(node="test", connection=self._node.listener)

    def prompt(self, seconds: float) -> Path:
        return self._node.prompt(seconds)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.__name__)
async def test_contract(scenario: Scenario, node: EngineUnderTest) -> None:
    async with asyncio.timeout(20):
        await scenario(SippLine(node))


async def test_keys_sent_as_sip_info(node: EngineUnderTest) -> None:
    node.callee(Callee(rings_for=0.1, presses=[Press(digits="19#", after=0.2)], hangs_up_after=1.5), info=True)
    call = Call(await node.engine.dial(request()))
    await call.end()
    assert [event.digit for event in call.reported if isinstance(event, LegDigit)] == ["1", "9", "#"]


async def test_the_callee_sees_our_number_and_name(node: EngineUnderTest) -> None:
    sipp = node.callee(Callee(status=486, rings_for=0.05))
    await Call(await node.engine.dial(request(caller_number="+15551234567", caller_name="Ann's Café"))).end()
    await Call(await node.engine.dial(request(caller_number="1777", caller_name=None))).end()
    named, bare = sipp.invites()
    assert named.uri.startswith("sip:+15550001111@127.0.0.1")
    assert named.from_header.startswith('"Ann\'s Café" <sip:+15551234567@')
    assert "<sip:1777@" in bare.from_header


@pytest.mark.parametrize("status", [401, 407])
async def test_a_trunk_that_asks_for_digest_authentication(node: EngineUnderTest, status: int) -> None:
    challenge = Challenge(username=TRUNK_USER, password=TRUNK_PASSWORD, status=status)
    sipp = node.callee(Callee(rings_for=0.1, hangs_up_after=0.2), trunk="sippauth", challenge=challenge)
    call = Call(await node.engine.dial(request(trunk="sippauth")))
    assert (await call.end()).ended_by is EndedBy.CALLEE
    assert call.count(LegAnswered) == 1
    first, second = sipp.invites()
    assert not digest_ok(first.text, challenge)
    assert digest_ok(second.text, challenge)


async def test_wrong_trunk_credentials(node: EngineUnderTest) -> None:
    challenge = Challenge(username=TRUNK_USER, password="another", status=401)
    node.callee(Callee(), trunk="sippauth", challenge=challenge)
    ended = await Call(await node.engine.dial(request(trunk="sippauth"))).end()
    assert ended == LegEnded(cause=21, sip_status=403, ended_by=EndedBy.CALLEE)


async def test_a_trunk_wants_credentials_that_we_do_not_have(node: EngineUnderTest) -> None:
    node.callee(Callee(), challenge=Challenge(username="a", password="b"))
    ended = await Call(await node.engine.dial(request())).end()
    assert ended == LegEnded(cause=21, sip_status=407, ended_by=EndedBy.CALLEE)


async def test_a_trunk_that_does_not_exist(node: EngineUnderTest) -> None:
    with pytest.raises(TrunkUnreachable, match="Asterisk refused to dial"):
        await node.engine.dial(request(trunk="unknown"))
    assert node.engine.legs == 0


async def test_a_trunk_that_says_nothing_never_rings(node: EngineUnderTest) -> None:
    with silent_port(node.ports["silent"]):
        call = Call(await node.engine.dial(request(trunk="silent", ring_timeout_seconds=1)))
        ended = await call.end()
    assert ended == LegEnded(cause=19, sip_status=480, ended_by=EndedBy.RING_TIMEOUT)
    assert call.count(Ringing) == 0
