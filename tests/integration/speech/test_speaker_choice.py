"""Which engine speaks when a neural one is slow, busy or broken. The engines here make noise, after as long as told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from callwright.speech.speaker import Speaker, SpeechFailed, SpeechRequest, Urgency
from callwright.speech.tts.engine import Samples, Utterance
from callwright.speech.tts.installed import VoiceFolders
from callwright.speech.tts.pool import SpeechBusy, Turn

NOISE = (np.random.default_rng(1).normal(size=16000) * 3000).astype(np.int16)


class Engines:
    """Records who was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.hurried: list[str] = []
        self.error: SpeechFailed | None = None
        #: Neural speech waits for this.
        self.go = asyncio.Event()
        self.go.set()

    async def synthesize(self, engine: str, utterance: Utterance, turn: Turn | None = None) -> tuple[Samples, int]:
        del turn
        self.asked.append((utterance.voice_id, utterance.text))
        if engine == "kokoro":
            await self.go.wait()
            if self.error is not None:
                raise self.error
        return NOISE, 16000

    def hurry(self, engine: str, turn: Turn) -> None:
        assert turn.urgency is Urgency.AHEAD
        self.hurried.append(engine)

    async def close(self) -> None:
        self.go.set()


@pytest.fixture
def engines() -> Engines:
    return Engines()


@pytest.fixture
def speaker(tmp_path: Path, engines: Engines) -> Speaker:
    folders = VoiceFolders.of(tmp_path)
    (folders.kokoro / "voices").mkdir(parents=True)
    (folders.kokoro / "model.onnx").write_bytes(b"never opened")
    for name in ("af_heart", "am_michael", "hf_alpha"):
        (folders.kokoro / "voices" / f"{name}.bin").write_bytes(b"style")
    return Speaker(tmp_path / "audio", folders=folders, pool=engines)


REQUEST = SpeechRequest(text="Good morning.", voice="en-US-Neural-M")


@pytest.mark.parametrize("error", [SpeechBusy(), SpeechFailed("it crashed")])
async def test_a_quick_voice_speaks_for_one_that_fails(speaker: Speaker, engines: Engines, error: SpeechFailed) -> None:
    engines.error = error
    assert len(await speaker.render(REQUEST)) == 1
    # of the same language and sex
    assert [voice for voice, _ in engines.asked] == ["kokoro-am_michael", "espeak-en-US-m"]
    engines.error = None
    engines.asked.clear()
    await speaker.render(REQUEST)
    assert [voice for voice, _ in engines.asked] == ["kokoro-am_michael"]


async def test_a_quick_voice_speaks_for_one_that_is_slow(
    speaker: Speaker, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callwright.speech.speaker.PATIENCE_SECONDS", 0.01)
    engines.go.clear()
    (quick,) = await speaker.render(REQUEST)
    engines.go.set()
    # what was begun goes on: the next call has it
    (slow,) = await speaker.render(REQUEST, Urgency.AHEAD)
    assert quick != slow
    assert await speaker.render(REQUEST) == [slow]
    assert [voice for voice, _ in engines.asked] == ["kokoro-am_michael", "espeak-en-US-m"]


async def test_ahead_of_a_call_nobody_steps_in(speaker: Speaker, engines: Engines) -> None:
    engines.error = SpeechBusy()
    with pytest.raises(SpeechBusy):
        await speaker.render(REQUEST, Urgency.AHEAD)
    assert len(engines.asked) == 1


async def test_what_is_rendered_ahead_is_hurried_when_a_call_needs_it(speaker: Speaker, engines: Engines) -> None:
    engines.go.clear()
    ahead = asyncio.create_task(speaker.render(REQUEST, Urgency.AHEAD))
    while not engines.asked:
        await asyncio.sleep(0)
    call = asyncio.create_task(speaker.render(REQUEST))
    while not engines.hurried:
        await asyncio.sleep(0)
    engines.go.set()
    assert await ahead == await call
    assert len(engines.asked) == 1


async def test_what_takes_long(speaker: Speaker) -> None:
    assert speaker.takes_long(REQUEST)
    assert not speaker.takes_long(SpeechRequest(text="Good morning.", voice="pico-en-US-f"))
    await speaker.render(REQUEST, Urgency.AHEAD)
    assert not speaker.takes_long(REQUEST)


async def test_personal_speech_stands_apart_and_what_everybody_hears_does_not(speaker: Speaker, tmp_path: Path) -> None:
    request = SpeechRequest(text="Hello Ann. Good morning.", voice="kokoro-af_heart", values=((6, 9),))
    personal, shared = await speaker.render(request)
    assert personal.is_relative_to(tmp_path / "audio" / "tts-personal")
    assert shared.is_relative_to(tmp_path / "audio" / "tts")
    # the second time nothing is planned anew
    assert await speaker.render(request) == [personal, shared]


async def test_whole_sentences_on_demand(speaker: Speaker, engines: Engines) -> None:
    text = "Hello Ann, this is the library."
    await speaker.render(SpeechRequest(text=text, voice="kokoro-af_heart", values=((6, 9),), cut="sentences"))
    await speaker.render(SpeechRequest(text=text, voice="kokoro-af_heart", values=((6, 9),)))
    # a voice that costs little speaks whole sentences, unless pieces are asked for
    await speaker.render(SpeechRequest(text=text, voice="pico-en-US-f", values=((6, 9),)))
    await speaker.render(SpeechRequest(text=text, voice="pico-en-US-f", values=((6, 9),), cut="pieces"))
    heart, pico = "kokoro-af_heart", "pico-en-US-f"
    assert engines.asked == [
        (heart, text),
        (heart, "Hello Ann"),
        (heart, "this is the library."),
        (pico, text),
        (pico, "Hello Ann"),
        (pico, "this is the library."),
    ]


async def test_markup_changes_the_voice_and_the_language(speaker: Speaker, engines: Engines) -> None:
    text = (
        '<speak>One. <voice name="en-US-Neural-M">Two.</voice> <voice gender="male">Three.</voice> '
        '<lang xml:lang="de-DE">3 Uhr.</lang> <voice name="nobody">Four.</voice> '
        '<voice languages="hi" gender="female">नमस्ते</voice></speak>'
    )
    await speaker.render(SpeechRequest(text=text, voice="kokoro-af_heart"))
    assert engines.asked == [
        ("kokoro-af_heart", "One."),
        ("kokoro-am_michael", "Two."),
        ("kokoro-am_michael", "Three."),
        ("pico-de-DE-f", "drei Uhr."),
        ("kokoro-af_heart", "Four."),
        ("kokoro-hf_alpha", "नमस्ते"),
    ]


async def test_a_sweep_leaves_what_is_young(speaker: Speaker) -> None:
    paths = await speaker.render(REQUEST)
    await speaker.sweep()
    assert await speaker.render(REQUEST) == paths
