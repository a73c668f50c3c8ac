"""What a call will say is rendered before it is dialled, and never for long."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from callwright.calls.models import Attempt
from callwright.flows.sealed import MARK
from callwright.speech.speaker import Speaker
from callwright.speech.tts.engine import Samples, Utterance
from callwright.speech.tts.installed import VoiceFolders
from callwright.speech.tts.pool import SpeechFailed, Turn, Urgency
from callwright.telephony.preparing import Preparing

NOISE = (np.random.default_rng(1).normal(size=16000) * 3000).astype(np.int16)
ATTEMPT = Attempt(
    id="att_1",
    organisation_id="org_1",
    call_id="cal_1",
    ordinal=1,
    to_number="+12125550101",
    from_number="+12125550100",
    sandbox=False,
    purpose="emergency",
    ring_timeout_seconds=30,
    not_before=datetime(2026, 1, 1, tzinfo=UTC),
    flow_id="flw_preparing",
    flow={
        "version": 1,
        "start": "a",
        "steps": {
            "a": {"type": "say", "text": "Hello {NAME}, this is the library.", "next": "b"},
            "b": {"type": "say", "text": "Goodbye.", "next": None},
        },
    },
    variables={"NAME": "Maria"},
    voice="kokoro-af_heart",
)


class Engines:
    """Speaks at once, or when it may."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Urgency]] = []
        self.go = asyncio.Event()
        self.go.set()
        self.error: SpeechFailed | None = None

    async def synthesize(self, engine: str, utterance: Utterance, turn: Turn | None = None) -> tuple[Samples, int]:
        assert turn is not None
        self.asked.append((utterance.text, turn.urgency))
        await self.go.wait()
        if self.error is not None:
            raise self.error
        return NOISE, 16000

    def hurry(self, engine: str, turn: Turn) -> None:
        """Nothing waits here."""

    async def close(self) -> None:
        """Nothing runs."""


@pytest.fixture
def engines() -> Engines:
    return Engines()


@pytest.fixture
def preparing(tmp_path: Path, engines: Engines) -> Preparing:
    folders = VoiceFolders.of(tmp_path)
    (folders.kokoro / "voices").mkdir(parents=True)
    (folders.kokoro / "model.onnx").write_bytes(b"never opened")
    (folders.kokoro / "voices" / "af_heart.bin").write_bytes(b"style")
    return Preparing(Speaker(tmp_path / "audio", folders=folders, pool=engines))


async def test_all_that_is_known_is_rendered_before_the_call(preparing: Preparing, engines: Engines) -> None:
    await preparing.prepare(ATTEMPT, decided=False)
    assert engines.asked == [
        ("Hello Maria", Urgency.AHEAD),
        ("this is the library.", Urgency.AHEAD),
        ("Goodbye.", Urgency.AHEAD),
    ]
    engines.asked.clear()
    await preparing.prepare(replace(ATTEMPT, variables={"NAME": "Peter"}), decided=False)
    assert [text for text, _ in engines.asked] == ["Hello Peter"]


async def test_a_quick_voice_is_left_to_the_ringing(preparing: Preparing, engines: Engines) -> None:
    await preparing.prepare(replace(ATTEMPT, voice="pico-en-US-f"), decided=False)
    assert engines.asked == []


async def test_patience_ends_and_the_rendering_goes_on(
    preparing: Preparing, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callwright.telephony.preparing.DECIDED_PATIENCE_SECONDS", 0.01)
    engines.go.clear()
    await preparing.prepare(ATTEMPT, decided=True)
    engines.go.set()
    asked = len(engines.asked)
    # the second time it is there, or on its way
    await preparing.prepare(ATTEMPT, decided=False)
    assert len(engines.asked) == asked == 3


async def test_what_cannot_be_prepared_never_keeps_a_call_from_being_dialled(
    preparing: Preparing, engines: Engines
) -> None:
    engines.error = SpeechFailed("it crashed")
    await preparing.prepare(ATTEMPT, decided=False)
    await preparing.prepare(replace(ATTEMPT, voice="nobody"), decided=False)
    await preparing.prepare(replace(ATTEMPT, flow_id="flw_unreadable", flow={"version": 99}), decided=False)


async def test_a_code_is_not_prepared_but_the_words_around_it_are(preparing: Preparing, engines: Engines) -> None:
    flow = {
        "version": 1,
        "start": "a",
        "steps": {"a": {"type": "say", "text": f"Your code is {MARK} Again {MARK}", "next": None}},
    }
    await preparing.prepare(replace(ATTEMPT, flow_id="flw_code", flow=flow, sealed="x"), decided=False)
    assert [text for text, _ in engines.asked] == ["Your code is", "Again"]
