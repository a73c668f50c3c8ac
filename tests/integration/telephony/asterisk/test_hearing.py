"""Who answered, on a real line: sipp plays people and machines with recorded speech, and keeps the RTP that it gets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import pytest_asyncio

from callwright.clock import SystemClock
from callwright.flows import commands
from callwright.rules.outcomes import Outcome
from callwright.speech.g711 import decode_ulaw, encode_ulaw
from callwright.speech.listen.detectors import DetectorProcess, Detectors, NoDetectors
from callwright.telephony.asterisk.engine import AsteriskEngine
from callwright.telephony.caller import EngineCaller
from callwright.telephony.port import LegAnswered
from callwright.telephony.simulator import Callee, Sound
from support.engine_node import EngineUnderTest, running_engine
from support.heard_calls import GREETING, KeptLedger, new_call, seconds, spoken
from support.leg_contract import Call, heard, request
from support.line_sounds import Samples, noise, silence, tone
from support.sipp import Sipp
from support.sipp_caller import level

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]

#: What we say is a tone, so that it is known in the callee's RTP from the first packet on.
OURS = 700
BEEP_SECONDS = 0.4


class ToneVoice:
    """Says everything as one second and a half of our tone."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "ours"
        file = self._file.with_suffix(".ulaw")
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(encode_ulaw(tone(OURS, 1.5)))
        file.chmod(0o644)

    async def render(self, items: Sequence[commands.Speech | commands.Audio], voice: str) -> list[Path]:
        """Return the file."""
        return [self._file]


@pytest_asyncio.fixture
async def detectors() -> AsyncIterator[DetectorProcess]:
    process = DetectorProcess()
    await process.prepare()
    yield process
    await process.close()


async def called(node: EngineUnderTest, detectors: Detectors, callee: Callee, **option: Any) -> tuple[Sipp, KeptLedger]:
    """Call him and return his telephone and what the call came to."""
    clock = SystemClock()
    ledger = KeptLedger(clock)
    sipp = node.callee(callee)
    caller = EngineCaller(
        node.engine, ledger=ledger, voice=ToneVoice(node.base / "sounds"), clock=clock, detectors=detectors
    )
    attempt, permission = new_call(option, trunk="sipp")
    before = await there(node)
    async with asyncio.timeout(40):
        assert await caller.call(attempt, permission)
    await nothing_left(node, before)
    return sipp, ledger


def ours(sipp: Sipp) -> list[float]:
    """Return when the packets came in which the callee heard us, in seconds since he answered."""
    return [at for at, sound in sipp.heard() if _tells(sound)]


def _tells(sound: bytes) -> bool:
    samples = decode_ulaw(sound)
    return bool(np.abs(samples).max() > 1000) and level(samples, OURS) > 0.5


async def there(node: EngineUnderTest) -> set[str]:
    """Return the ids of Asterisk's channels and bridges."""
    return {
        each["id"] for kind in ("channels", "bridges") for each in (await node.listener.request("GET", kind)).json()
    }


async def nothing_left(node: EngineUnderTest, before: set[str]) -> None:
    """Wait until Asterisk has no channel and no bridge more than ``before``; fails when it keeps some."""
    async with asyncio.timeout(10):
        while await there(node) - before:
            await asyncio.sleep(0.05)


async def test_a_person_hears_us_within_two_seconds_after_hello(
    node: EngineUnderTest, detectors: DetectorProcess
) -> None:
    hello = spoken("Hello?")
    callee = Callee(rings_for=0.1, says=[Sound(after=0.5, samples=hello.tobytes())])
    sipp, ledger = await called(node, detectors, callee, mode="hangup")
    (end,) = ledger.settled
    assert end.outcome is Outcome.HUMAN
    assert ours(sipp)[0] > 0.5 + seconds(hello)
    # by the line's own time: how soon this machine's processor is free is not asked
    ((_, told),) = ledger.noted("verdict")
    assert told["seconds"] < 0.5 + seconds(hello) + 2.0


async def test_a_machine_gets_its_message_after_the_beep(node: EngineUnderTest, detectors: DetectorProcess) -> None:
    greeting = spoken(GREETING)
    beep_at = 0.5 + seconds(greeting) + 0.8
    callee = Callee(
        rings_for=0.1,
        says=[
            Sound(after=0.5, samples=greeting.tobytes()),
            Sound(after=beep_at, samples=tone(1400, BEEP_SECONDS).tobytes()),
        ],
    )
    sipp, ledger = await called(node, detectors, callee, mode="leave", message="Call us back.")
    (end,) = ledger.settled
    assert end.outcome is Outcome.VOICEMAIL_LEFT
    packets = ours(sipp)
    assert packets[0] > beep_at + BEEP_SECONDS
    assert packets[0] < beep_at + BEEP_SECONDS + 1.5
    # all of it, once
    assert len(packets) * 0.02 == pytest.approx(1.5, abs=0.1)
    assert [data["beep"] for _, data in ledger.noted("greeting_ended")] == [True]


async def test_a_machine_is_hung_up_on_and_hears_nothing(node: EngineUnderTest, detectors: DetectorProcess) -> None:
    callee = Callee(rings_for=0.1, says=[Sound(after=0.3, samples=spoken(GREETING).tobytes())])
    sipp, ledger = await called(node, detectors, callee, mode="hangup")
    (end,) = ledger.settled
    assert end.outcome is Outcome.MACHINE
    assert ours(sipp) == []


async def test_spoken_to_at_once_a_machine_hears_it_again_after_the_beep(
    node: EngineUnderTest, detectors: DetectorProcess
) -> None:
    greeting = spoken(GREETING)
    line = np.concatenate((greeting, silence(0.6), tone(850, BEEP_SECONDS), silence(0.5)))
    callee = Callee(rings_for=0.1, says=[Sound(after=0.2, samples=line.tobytes())])
    sipp, ledger = await called(node, detectors, callee, mode="same", speak="at_once")
    (end,) = ledger.settled
    packets = ours(sipp)
    beep_end = 0.2 + seconds(greeting) + 0.6 + BEEP_SECONDS
    assert packets[0] < 0.2 + seconds(greeting)
    assert sum(at > beep_end for at in packets) * 0.02 == pytest.approx(1.5, abs=0.1)
    assert end.outcome is Outcome.VOICEMAIL_LEFT


async def test_a_fax_is_known(node: EngineUnderTest, detectors: DetectorProcess) -> None:
    callee = Callee(rings_for=0.1, says=[Sound(after=0.3, samples=tone(2100, 2.5).tobytes())])
    sipp, ledger = await called(node, detectors, callee, mode="same")
    assert ledger.settled[0].outcome is Outcome.FAX
    assert ours(sipp) == []


async def test_who_sends_nothing_at_all_hears_us_after_a_second_and_a_half(
    node: EngineUnderTest, detectors: DetectorProcess
) -> None:
    # one packet of silence, so that he listens
    callee = Callee(rings_for=0.1, says=[Sound(after=0.0, samples=silence(0.02).tobytes())])
    sipp, ledger = await called(node, detectors, callee, mode="hangup")
    assert ledger.settled[0].outcome is Outcome.ANSWERED
    # the telephone's own clock starts when its program does
    assert 1.2 < sipp.answered_at() + ours(sipp)[0] - ledger.answered_at < 3.0


@pytest.mark.parametrize(
    ("sounds", "outcome", "verdict"),
    [
        ([spoken("Hello?"), noise(6, dbfs=-70)], Outcome.HUMAN, "human"),
        ([spoken(GREETING), noise(8, dbfs=-70)], Outcome.VOICEMAIL_LEFT, "machine"),
        ([noise(6, dbfs=-70)], Outcome.ANSWERED, "silence"),
    ],
    ids=["person", "machine", "silence"],
)
async def test_without_our_detector_asterisk_is_asked(
    node: EngineUnderTest, sounds: list[Samples], outcome: Outcome, verdict: str
) -> None:
    callee = Callee(rings_for=0.1, says=[Sound(after=0.0, samples=np.concatenate([silence(0.3), *sounds]).tobytes())])
    sipp, ledger = await called(node, NoDetectors(), callee, mode="leave", message="Call us back.")
    assert ledger.settled[0].outcome is outcome
    ((_, told),) = ledger.noted("verdict")
    assert (told["verdict"], told["reason"][:8]) == (verdict, "app_amd ")
    assert len(ours(sipp)) * 0.02 == pytest.approx(1.5, abs=0.1)


async def test_our_own_prompt_is_not_heard(node: EngineUnderTest) -> None:
    node.callee(Callee(rings_for=0.1, says=[Sound(after=0.3, samples=tone(1500, 2.0).tobytes())]))
    before = await there(node)
    call = Call(await node.engine.dial(request()))
    await call.until(LegAnswered)
    (file,) = await ToneVoice(node.base / "sounds").render((), "")
    async with call.leg.hear() as frames:
        await call.leg.play(1, [file])
        for frame in await heard(frames, 1500, 1.2):
            assert level(np.frombuffer(frame.samples, dtype="<i2"), OURS) < 0.2
    await call.leg.hang_up()
    await call.end()
    await nothing_left(node, before)


async def test_a_tap_of_a_process_that_is_gone_is_removed_and_the_call_stays() -> None:
    async with running_engine() as node:
        # a snoop channel goes with the next packet on the line
        node.callee(Callee(rings_for=0.1, says=[Sound(after=0.0, samples=silence(20).tobytes())]))
        call = Call(await node.engine.dial(request()))
        await call.until(LegAnswered)
        async with call.leg.hear():
            # as after kill -9: nobody who knows of the tap is left
            await node.listener.stop()
            node.engine = AsteriskEngine(node="test", connection=node.listener)
            await node.listener.start()
            await node.listener.wait_connected(5)
            async with asyncio.timeout(10):
                while True:
                    shown = (await node.listener.request("GET", "channels")).json()
                    if [channel["id"] for channel in shown] == [call.leg.id]:
                        break
                    await asyncio.sleep(0.05)
            assert not (await node.listener.request("GET", "bridges")).json()
            assert await node.engine.living() == {call.leg.id}
        leg = await node.engine.adopt(call.leg.id)
        assert leg is not None
        await leg.hang_up()


async def test_when_asterisk_dies_who_listens_learns_of_it() -> None:
    async with running_engine() as node:
        node.callee(Callee(rings_for=0.1))
        call = Call(await node.engine.dial(request()))
        await call.until(LegAnswered)
        async with asyncio.timeout(30), call.leg.hear() as frames:
            assert node.process.pid is not None
            psutil.Process(node.process.pid).kill()
            async for _ in frames:
                pass
        await call.end()
