"""What happens to calls when the control connection breaks, and when Asterisk itself dies."""

from __future__ import annotations

import asyncio

import psutil
import pytest

from callwright.telephony.asterisk.engine import AsteriskEngine
from callwright.telephony.asterisk.links import AriClient
from callwright.telephony.port import (
    EndedBy,
    EngineUnavailable,
    LegAnswered,
    LegEnded,
    PlayEnded,
    Ringing,
)
from callwright.telephony.simulator import Callee
from support.engine_node import APPLICATION, CONTROL_PASSWORD, CONTROL_USER, EngineUnderTest, running_engine
from support.leg_contract import Call, request

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]


async def _answered(node: EngineUnderTest, callee: Callee) -> Call:
    node.callee(callee)
    call = Call(await node.engine.dial(request()))
    await call.until(LegAnswered)
    return call


async def _gap(node: EngineUnderTest, seconds: float) -> None:
    """Be away for a while."""
    await node.listener.stop()
    assert not node.engine.connected
    await asyncio.sleep(seconds)
    await node.listener.start()
    await node.listener.wait_connected(5)


async def test_a_call_outlives_the_connection(node: EngineUnderTest) -> None:
    call = await _answered(node, Callee(rings_for=0.1))
    await call.leg.play(1, [node.prompt(2.5)])
    await _gap(node, 0.5)
    assert call.leg.id in await node.engine.living()
    assert await call.next() == PlayEnded(play_id=1, ok=True)
    await call.leg.play(2, [node.prompt(0.2)])
    assert await call.next() == PlayEnded(play_id=2, ok=True)
    await call.leg.hang_up()
    assert (await call.end()).ended_by is EndedBy.US


async def test_the_end_of_a_prompt_in_the_gap_is_found_out(node: EngineUnderTest) -> None:
    call = await _answered(node, Callee(rings_for=0.1))
    await call.leg.play(1, [node.prompt(0.4)])
    await _gap(node, 0.8)
    assert await call.next() == PlayEnded(play_id=1, ok=True)
    await call.leg.hang_up()
    await call.end()


async def test_asterisk_keeps_the_events_of_the_gap(node: EngineUnderTest) -> None:
    call = await _answered(node, Callee(rings_for=0.1, hangs_up_after=0.5))
    await call.leg.play(1, [node.prompt(30)])
    await _gap(node, 1.0)
    assert await call.next() == PlayEnded(play_id=1, ok=False)
    assert await call.next() == LegEnded(cause=16, sip_status=None, ended_by=EndedBy.CALLEE)
    assert node.engine.legs == 0


async def test_an_answer_in_the_gap_is_found_out(node: EngineUnderTest) -> None:
    node.callee(Callee(rings_for=0.5))
    call = Call(await node.engine.dial(request()))
    assert await call.next() == Ringing()
    await _gap(node, 1.0)
    assert await call.next() == LegAnswered()
    await call.leg.play(1, [node.prompt(0.2)])
    assert await call.next() == PlayEnded(play_id=1, ok=True)
    await call.leg.hang_up()
    await call.end()


async def test_a_call_hung_up_in_the_gap_is_hung_up_after_it(node: EngineUnderTest) -> None:
    call = await _answered(node, Callee(rings_for=0.1))
    await node.listener.stop()
    with pytest.raises(EngineUnavailable):
        await node.engine.dial(request())
    with pytest.raises(EngineUnavailable):
        await call.leg.play(1, [node.prompt(0.2)])
    await call.leg.stop_playing(1)
    await call.leg.hang_up()
    await node.listener.start()
    ended = await call.end()
    assert ended.ended_by is EndedBy.US
    assert call.count(PlayEnded) == 0


async def test_a_leg_that_nobody_drives_any_more_is_adopted_anew(node: EngineUnderTest) -> None:
    call = await _answered(node, Callee(rings_for=0.1))
    assert await node.engine.adopt(call.leg.id) is None
    node.engine.let_go(call.leg.id)
    leg = await node.engine.adopt(call.leg.id)
    assert leg is not None
    again = Call(leg)
    await again.until(LegAnswered)
    await leg.hang_up()
    await again.end()


async def test_when_asterisk_dies_every_call_ends_and_the_next_one_is_placed(node: EngineUnderTest) -> None:
    call = await _answered(node, Callee(rings_for=0.1))
    await call.leg.play(1, [node.prompt(30)])
    assert node.process.pid is not None
    psutil.Process(node.process.pid).kill()
    async with asyncio.timeout(30):
        assert await call.next() == PlayEnded(play_id=1, ok=False)
        assert await call.next() == LegEnded(cause=0, sip_status=None, ended_by=EndedBy.ENGINE)
    after = Call(await node.engine.dial(request()))
    await after.until(LegAnswered)
    await after.leg.hang_up()
    await after.end()


async def test_a_user_s_own_asterisk_is_dialled_by_us() -> None:
    async with running_engine(listen=False) as node:
        url = f"http://{CONTROL_USER}:{CONTROL_PASSWORD}@127.0.0.1:{node.http_port}"
        client = AriClient(APPLICATION, url=url)
        engine = AsteriskEngine(node="own", connection=client)
        await client.start()
        await client.wait_connected(10)
        node.callee(Callee(rings_for=0.1, hangs_up_after=1.5))
        call = Call(await engine.dial(request()))
        assert await call.next() == Ringing()
        assert await call.next() == LegAnswered()
        await call.leg.play(1, [node.prompt(0.2)])
        assert await call.next() == PlayEnded(play_id=1, ok=True)
        await call.leg.play(2, [node.prompt(0.2)])
        await call.leg.play(3, [node.prompt(30)])
        # in this direction Asterisk keeps no events for us: the ends of play 2 and of the call are found by asking
        await client.stop()
        await asyncio.sleep(0.5)
        await client.start()
        await client.wait_connected(5)
        assert await call.next() == PlayEnded(play_id=2, ok=True)
        await client.stop()
        await asyncio.sleep(1.5)
        await client.start()
        assert await call.next() == PlayEnded(play_id=3, ok=False)
        assert await call.next() == LegEnded(cause=0, sip_status=None, ended_by=EndedBy.ENGINE)
        await client.stop()
