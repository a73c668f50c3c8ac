"""The Asterisk process: found again, reloaded under live calls, one line a call, its dialplan when we are away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from callwright.errors import SetupError
from callwright.processes import service_user
from callwright.telephony.asterisk import dialplan
from callwright.telephony.asterisk.configuration import TrunkConfig, endpoints, write
from callwright.telephony.asterisk.past_calls import PastCalls
from callwright.telephony.asterisk.process import AsteriskProcess
from callwright.telephony.port import EndedBy, LegAnswered, LegDigit, PastCall, Ringing
from callwright.telephony.simulator import Callee, Press
from support.engine_node import (
    APPLICATION,
    CONTROL_PASSWORD,
    CONTROL_USER,
    TRUNK_USER,
    EngineUnderTest,
    running_engine,
)
from support.leg_contract import Call, request
from support.sipp import Sipp, free_ports
from support.sipp_scenarios import Challenge, digest_ok

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]


def _trunks(node: EngineUnderTest, *more: TrunkConfig) -> str:
    first = [TrunkConfig(name=name, host="127.0.0.1", port=port) for name, port in node.ports.items()]
    return endpoints([*first, *more])


@contextmanager
def _line(folder: Path, callee: Callee, challenge: Challenge | None = None) -> Iterator[Sipp]:
    port = free_ports(4)
    sipp = Sipp(folder, callee, port=port, rtp_port=port + 2, challenge=challenge)
    sipp.start()
    try:
        yield sipp
    finally:
        sipp.stop()


@asynccontextmanager
async def _callees_stopped(node: EngineUnderTest) -> AsyncIterator[None]:
    """Stop this node's sipps also when the test fails: they outlive it otherwise."""
    try:
        yield
    finally:
        node.stop_callees()


async def _past(node: EngineUnderTest, *attempts: str) -> dict[str, PastCall]:
    """Return what Asterisk wrote down about these attempts, when it knows the end of each."""
    async with asyncio.timeout(5):
        while True:
            past = PastCalls(node.base / "node").read(attempts, datetime.now(UTC) - timedelta(minutes=1))
            if past.keys() == set(attempts):
                return past
            await asyncio.sleep(0.05)


async def test_how_every_attempt_ended_is_written_down(node: EngineUnderTest) -> None:
    node.callee(Callee(rings_for=0.1, hangs_up_after=1.2))
    answered = Call(await node.engine.dial(request()))
    await answered.end()
    node.stop_callees()
    node.callee(Callee(status=486, rings_for=0.1))
    busy = Call(await node.engine.dial(request()))
    await busy.end()
    node.stop_callees()
    node.callee(Callee(status=None))
    cancelled = Call(await node.engine.dial(request()))
    await cancelled.until(Ringing)
    await cancelled.leg.hang_up()
    await cancelled.end()

    ids = [answered.leg.id, busy.leg.id, cancelled.leg.id]
    past = await _past(node, *ids)
    assert [(bool(past[i].answered_at), past[i].cause, past[i].ended_by) for i in ids] == [
        (True, 0, EndedBy.CALLEE),
        (False, 17, EndedBy.CALLEE),
        (False, 16, EndedBy.ENGINE),
    ]
    spoke = past[answered.leg.id]
    assert spoke.answered_at is not None
    assert timedelta(seconds=1) < spoke.ended_at - spoke.answered_at < timedelta(seconds=5)


async def test_a_call_goes_on_while_a_trunk_is_added_and_removed(node: EngineUnderTest, tmp_path: Path) -> None:
    node.callee(Callee(rings_for=0.1, presses=[Press(digits="7", after=1.5)], hangs_up_after=3.0))
    before = node.process.config.endpoints
    call = Call(await node.engine.dial(request()))
    await call.until(LegAnswered)
    try:
        with _line(tmp_path, Callee(status=486)) as sipp:
            await node.process.set_endpoints(_trunks(node, TrunkConfig(name="new", host="127.0.0.1", port=sipp.port)))
            assert (await Call(await node.engine.dial(request(trunk="new"))).end()).sip_status == 486
            assert len(sipp.invites()) == 1
    finally:
        await node.process.set_endpoints(before)
    assert await call.until(LegDigit) == LegDigit(digit="7")
    await call.end()


async def test_a_reload_that_failed_is_made_up_for(node: EngineUnderTest, tmp_path: Path) -> None:
    before = node.process.config.endpoints
    socket = node.process.config.run_dir / "asterisk.ctl"
    aside = socket.with_suffix(".aside")
    try:
        with _line(tmp_path, Callee(status=486)) as sipp:
            wanted = _trunks(node, TrunkConfig(name="late", host="127.0.0.1", port=sipp.port))
            socket.rename(aside)
            try:
                with pytest.raises(SetupError):
                    await node.process.set_endpoints(wanted)
            finally:
                aside.rename(socket)
            await node.process.set_endpoints(wanted)
            assert (await Call(await node.engine.dial(request(trunk="late"))).end()).sip_status == 486
    finally:
        await node.process.set_endpoints(before)


async def test_a_running_asterisk_is_found_again_with_its_calls(node: EngineUnderTest) -> None:
    node.callee(Callee(rings_for=0.1))
    call = Call(await node.engine.dial(request()))
    await call.until(LegAnswered)
    again = AsteriskProcess(node.process.config)
    await again.start()
    try:
        assert again.pid == node.process.pid
        assert call.leg.id in await node.engine.living()
    finally:
        await again.release()
    await call.leg.hang_up()
    await call.end()


async def test_a_password_reaches_the_trunk_whatever_stands_in_it(node: EngineUnderTest, tmp_path: Path) -> None:
    before = node.process.config.endpoints
    challenge = Challenge(username=TRUNK_USER, password="a=>b#c\\d${e}'\"! f", status=407)
    with _line(tmp_path, Callee(rings_for=0.1, hangs_up_after=0.2), challenge) as sipp:
        trunk = TrunkConfig(
            name="odd", host="127.0.0.1", port=sipp.port, username=challenge.username, password=challenge.password
        )
        await node.process.set_endpoints(_trunks(node, trunk))
        try:
            call = Call(await node.engine.dial(request(trunk="odd")))
            await call.end()
        finally:
            await node.process.set_endpoints(before)
        assert call.count(LegAnswered) == 1
        assert digest_ok(sipp.invites()[-1].text, challenge)


async def _originate(node: EngineUnderTest, attempt_id: str) -> None:
    """Place a call over Asterisk's own HTTP: the control connection is not there."""
    async with httpx.AsyncClient(auth=(CONTROL_USER, CONTROL_PASSWORD)) as client:
        answer = await client.post(
            f"http://127.0.0.1:{node.http_port}/ari/channels",
            json={
                "endpoint": "PJSIP/+15550001111@sipp",
                "context": dialplan.OUT,
                "extension": "s",
                "priority": 1,
                "channelId": attempt_id,
                "callerId": "+15559990000",
            },
        )
        assert answer.status_code == 200, answer.text


async def test_an_answer_while_we_are_away_waits_for_us_and_ends_with_an_apology() -> None:
    async with running_engine(listen=False) as node, _callees_stopped(node):
        control = node.process.config.control
        assert control is not None
        plan = dialplan.engine(APPLICATION, node.prompt(1.0), control_port=control.port)
        config = replace(node.process.config, dialplan=plan)
        write(config, service_user())
        await node.process.command("dialplan reload")
        sipp = node.callee(Callee(rings_for=0.1))

        # we do not come: ten seconds of waiting, the apology, and Asterisk hangs up
        await _originate(node, "att_left")
        async with asyncio.timeout(20):
            while not any(received and text.startswith("BYE ") for received, text in sipp.messages()):
                await asyncio.sleep(0.1)
        left = (await _past(node, "att_left"))["att_left"]
        assert left.answered_at is not None
        assert left.ended_at - left.answered_at >= timedelta(seconds=10)

        # we come while it waits: the call is ours
        await _originate(node, "att_waiting")
        async with asyncio.timeout(5):
            while "Wait" not in await node.process.command("core show channels concise"):
                await asyncio.sleep(0.05)
        await node.listener.start()
        await node.listener.wait_connected(5)
        adopted = await node.engine.adopt("att_waiting")
        assert adopted is not None
        call = Call(adopted)
        await call.until(LegAnswered)
        await adopted.hang_up()
        await call.end()


async def test_no_call_is_held_for_ever(node: EngineUnderTest) -> None:
    before = node.process.config.dialplan
    short = replace(node.process.config, dialplan=dialplan.engine(APPLICATION, node.prompt(0.5), hold_seconds=2))
    write(short, service_user())
    await node.process.command("dialplan reload")
    try:
        sipp = node.callee(Callee(rings_for=0.1))
        call = Call(await node.engine.dial(request()))
        await call.until(LegAnswered)
        # the time comes, the apology is played, the callee is let go
        await call.end()
        async with asyncio.timeout(5):
            # sipp writes down what it received a moment after Asterisk has sent it
            while not any(received and text.startswith("BYE ") for received, text in sipp.messages()):
                await asyncio.sleep(0.02)
    finally:
        write(replace(short, dialplan=before), service_user())
        await node.process.command("dialplan reload")
