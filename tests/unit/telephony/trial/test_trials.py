from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from callwright.clock import SystemClock
from callwright.errors import RateLimited
from callwright.flows.commands import Audio, Speech
from callwright.flows.language import parse_flow
from callwright.speech.g711 import ULAW_SILENCE
from callwright.telephony.answers import AnswerMeans
from callwright.telephony.trial import trials as module
from callwright.telephony.trial.line import TrialLine
from callwright.telephony.trial.trials import FlowTrials
from support.flows import gather, say
from support.trials import Deaf, NoAudio


class Spoken:
    """A voice that says a tenth of a second of nothing, and remembers what."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []

    async def render(self, items: Sequence[Speech | Audio], voice: str) -> list[Path]:
        path = self.folder / "sound"
        path.with_suffix(".ulaw").write_bytes(bytes([ULAW_SILENCE]) * 800)
        self.said += [item.text for item in items if isinstance(item, Speech)]
        return [path for _ in items]


@pytest.fixture
def voice(tmp_path: Path) -> Spoken:
    return Spoken(tmp_path)


@pytest.fixture
def trials(voice: Spoken) -> FlowTrials:
    clock = SystemClock()
    answers = AnswerMeans(recogniser=Deaf(), clock=clock, language_of=lambda name: "en")
    return FlowTrials(voice=voice, audio=NoAudio(), answers=answers, clock=clock)


Reply = Callable[[Mapping[str, Any], Callable[..., None]], None]


async def tried(
    trials: FlowTrials, *steps: Mapping[str, Any], reply: Reply, answered_by: str = "person", **more: Any
) -> list[dict[str, Any]]:
    """Try a flow on a page that answers at once, plays in no time, and does what ``reply`` says; return what it got."""
    line = trials.line()
    calling = asyncio.create_task(
        trials.run(
            line,
            organisation_id="org_1",
            flow=parse_flow({"steps": list(steps), **more}).to_json(),
            variables={"NAME": "Ada"},
            to="+12125550100",
            from_="+12125550199",
            voice="en-US",
            answered_by=answered_by,
        )
    )
    calling.add_done_callback(lambda _: line.close())
    got: list[dict[str, Any]] = []

    def send(kind: str, **fields: Any) -> None:
        line.take({"type": kind, **fields})

    async with asyncio.timeout(60):
        while (message := await line.outbox.get()) is not None:
            if isinstance(message, bytes):
                with wave.open(io.BytesIO(message)) as wav:
                    assert wav.getframerate() == 8000
                played = got[-1]
                send("played", play_id=played["play_id"], side=played["side"])
                continue
            got.append(dict(message))
            if message["type"] == "ringing" and message["side"] == "callee":
                send("answer", side="callee")
            reply(message, send)
        await calling
    return got


def nothing(message: Mapping[str, Any], send: Callable[..., None]) -> None:
    """The page does nothing of its own."""


def kinds(got: Sequence[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    return [message for message in got if message["type"] == kind]


async def test_a_message_is_heard_and_the_call_ends(trials: FlowTrials, voice: Spoken) -> None:
    got = await tried(trials, say("Hello {NAME}."), reply=nothing)
    assert "Hello Ada." in voice.said
    assert got[0] == {"type": "ringing", "side": "callee", "to": "+12125550100", "seconds": 60}
    assert [message["seconds"] for message in kinds(got, "play")] == [0.1]
    assert got[-1] == {"type": "ended", "outcome": "answered", "by": "us", "reason": None}


async def test_a_key_leads_on_and_what_follows_is_told_and_not_done(trials: FlowTrials) -> None:
    def press(message: Mapping[str, Any], send: Callable[..., None]) -> None:
        if message["type"] == "play" and message["play_id"] == 1:
            send("digit", digit="1")

    branches = {"1": [{"type": "webhook", "url": "https://example.com/yes"}, {"type": "optout"}]}
    got = await tried(trials, gather("Press 1.", branches=branches), reply=press)
    effects = kinds(got, "effect")
    assert [effect["kind"] for effect in effects] == ["webhook", "optout"]
    assert effects[0]["url"] == "https://example.com/yes"
    entered = [note["step"] for note in kinds(got, "note") if note["kind"] == "step"]
    assert len(entered) == 3
    assert kinds(got, "state")[-1]["variables"]["digits"] == "1"


async def test_sensitive_keys_are_not_told(trials: FlowTrials) -> None:
    def press(message: Mapping[str, Any], send: Callable[..., None]) -> None:
        if message["type"] == "play" and message["play_id"] == 1:
            for digit in "4711":
                send("digit", digit=digit)

    asked = gather("Your code?", max_digits=4, save_as="code", sensitive=True)
    got = await tried(trials, asked, say("Thank you."), reply=press)
    assert "4711" not in str(got)


@pytest.mark.parametrize(("doing", "ending"), [("answer", "Goodbye."), ("decline", "Nobody is there.")])
async def test_a_colleague_takes_a_transfer_or_does_not(
    trials: FlowTrials, voice: Spoken, doing: str, ending: str
) -> None:
    def colleague(message: Mapping[str, Any], send: Callable[..., None]) -> None:
        if message["type"] == "ringing" and message["side"] == "colleague":
            send(doing, side="colleague")
        if message["type"] == "connected" and message["on"]:
            send("hang_up", side="colleague")

    transfer = {"type": "transfer", "to": "+12125550123", "on_failed": [say("Nobody is there.")]}
    got = await tried(trials, transfer, say("Goodbye."), reply=colleague)
    assert voice.said[-1] == ending
    assert [message["on"] for message in kinds(got, "connected")][:1] == ([True] if doing == "answer" else [])


async def test_a_machine_hears_what_is_left_for_it(trials: FlowTrials, voice: Spoken) -> None:
    left = {"on_machine": {"leave": [say("Please call back.")]}}
    got = await tried(trials, say("Hello."), reply=nothing, answered_by="machine", **left)
    assert got[-1]["outcome"] == "voicemail_left"
    assert kinds(got, "play")


async def test_an_answer_is_recorded_from_the_microphone_until_its_key(trials: FlowTrials) -> None:
    def speak(message: Mapping[str, Any], send: Callable[..., None]) -> None:
        if message["type"] == "record":
            send("digit", digit="#")

    got = await tried(trials, {"type": "record", "beep": False}, say("Thank you."), reply=speak)
    assert [message["type"] for message in got if message["type"].startswith("record")] == ["record", "recorded"]


async def test_a_page_that_leaves_hangs_up(trials: FlowTrials) -> None:
    def leave(message: Mapping[str, Any], send: Callable[..., None]) -> None:
        if message["type"] == "play":
            send("left")

    got = await tried(trials, gather("Press a key."), reply=leave)
    assert got[-1]["by"] == "callee"


async def test_so_many_trials_and_no_more(trials: FlowTrials, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_OF_ONE", 0)
    with pytest.raises(RateLimited, match="too many flows"):
        await tried(trials, say("Hello."), reply=nothing)
    assert TrialLine().outbox.empty()
