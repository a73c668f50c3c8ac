"""Kokoro and Piper as they are installed; and that pitch and rate are heard with every engine."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from callwright.speech.files import measure
from callwright.speech.speaker import Speaker, SpeechRequest, Urgency
from callwright.speech.tts.engine import Samples, Utterance
from callwright.speech.tts.installed import KOKORO, PIPER, VoiceFolders
from callwright.speech.tts.library import open_catalogue
from callwright.speech.tts.pool import SpeechFailed, Turn
from callwright.speech.tts.pools import SpeechPools
from callwright.speech.tts.steps import pitch_of, rate_of
from support.voices import fundamental

# a neural voice gives way to everything else on a busy machine
pytestmark = [pytest.mark.voices, pytest.mark.timeout(300)]

SENTENCE = "Hello, your appointment is tomorrow at noon."


@pytest.fixture(scope="module")
async def pools(neural: VoiceFolders) -> AsyncIterator[SpeechPools]:
    pools = SpeechPools(neural)
    yield pools
    await pools.close()


@pytest.fixture(scope="module")
async def even_pools(neural: VoiceFolders, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SpeechPools]:
    """The same voices without the chance with which Piper's draw each sound's length and tone."""
    own = tmp_path_factory.mktemp("voices")
    (own / KOKORO).symlink_to(neural.kokoro)
    (own / PIPER).mkdir()
    for file in neural.piper[0].iterdir():
        copy = own / PIPER / file.name
        if file.suffix == ".json":
            told = json.loads(file.read_bytes())
            told["inference"] = {**told.get("inference", {}), "noise_scale": 0.0, "noise_w": 0.0}
            copy.write_text(json.dumps(told))
        else:
            copy.symlink_to(file)
    pools = SpeechPools(VoiceFolders(own=own))
    yield pools
    await pools.close()


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        ("kokoro-af_heart", SENTENCE),
        ("kokoro-bm_george", SENTENCE),
        ("kokoro-ef_dora", "Hola, su cita es mañana a mediodía."),
        ("kokoro-ff_siwis", "Bonjour, votre rendez-vous est demain à midi."),
        ("kokoro-im_nicola", "Buongiorno, il suo appuntamento è domani."),
        ("kokoro-pf_dora", "Olá, sua consulta é amanhã ao meio-dia."),
        ("kokoro-hf_alpha", "नमस्ते, आपकी मुलाकात कल दोपहर को है।"),
        ("piper-en_US-joe-medium", SENTENCE),
    ],
)
async def test_a_voice_speaks(pools: SpeechPools, voice: str, text: str) -> None:
    samples, rate = await pools.synthesize(voice.partition("-")[0], Utterance(text=text, voice_id=voice))
    assert 1.2 < len(samples) / rate < 6
    assert np.sqrt(np.mean(np.square(samples.astype(float)))) > 500
    found = fundamental(samples, rate)
    assert 70 < found < 400


@pytest.mark.parametrize(
    "voice", ["kokoro-af_heart", "piper-en_US-joe-medium", "pico-en-US-f", "espeak-en-US-f", "espeak-en-US-m"]
)
async def test_pitch_and_rate_from_0_to_9_are_heard(even_pools: SpeechPools, voice: str) -> None:
    async def say(rate: int, pitch: int) -> tuple[float, float]:
        utterance = Utterance(text=SENTENCE, voice_id=voice, rate=rate_of(rate), pitch=pitch_of(pitch))
        samples, sample_rate = await even_pools.synthesize(voice.partition("-")[0], utterance)
        return len(samples) / sample_rate, fundamental(samples, sample_rate)

    length, height = await say(5, 5)
    for rate in (0, 9):
        other, _ = await say(rate, 5)
        assert length / other == pytest.approx(rate_of(rate), rel=0.2), rate
    for pitch in (0, 9):
        other, heard = await say(5, pitch)
        assert heard / height == pytest.approx(pitch_of(pitch), rel=0.1), pitch
        # the pitch does not change how long it takes
        assert other == pytest.approx(length, rel=0.15), pitch


async def test_an_empty_or_foreign_text_is_no_crash(pools: SpeechPools) -> None:
    for voice in ("kokoro-af_heart", "piper-en_US-joe-medium"):
        engine = voice.partition("-")[0]
        samples, _ = await pools.synthesize(engine, Utterance(text=" ,.! ", voice_id=voice))
        assert len(samples) == 0
        long, rate = await pools.synthesize(engine, Utterance(text="one, two, three. " * 12, voice_id=voice))
        assert len(long) / rate > 10
    with pytest.raises(SpeechFailed, match="no voice of"):
        await pools.synthesize("kokoro", Utterance(text="Hello.", voice_id="kokoro-af_nobody"))


@pytest.mark.parametrize(
    ("name", "language", "voice"),
    [
        ("en-US-Neural-F", None, "kokoro-af_heart"),
        ("en-US-Neural-M", None, "kokoro-am_michael"),
        ("en-GB-Standard-F", None, "kokoro-bf_emma"),
        ("female", "es-MX", "kokoro-ef_dora"),
        ("pt-BR", None, "kokoro-pf_dora"),
        (None, "hi", "kokoro-hf_alpha"),
        (None, None, "kokoro-af_heart"),
        ("piper-en_US-joe-medium", None, "piper-en_US-joe-medium"),
        # not spoken by them
        (None, "de", "pico-de-DE-f"),
        (None, "fi", "espeak-fi-FI-f"),
    ],
)
def test_names_resolve_to_the_best_that_is_installed(
    neural: VoiceFolders, name: str | None, language: str | None, voice: str
) -> None:
    assert open_catalogue(neural).resolve(name, language=language).voice.id == voice


class CountingPools(SpeechPools):
    """Counts what reaches the engines."""

    def __init__(self, folders: VoiceFolders) -> None:
        super().__init__(folders)
        self.asked: list[str] = []

    async def synthesize(self, engine: str, utterance: Utterance, turn: Turn | None = None) -> tuple[Samples, int]:
        self.asked.append(utterance.text)
        return await super().synthesize(engine, utterance, turn)


async def test_only_what_is_personal_is_spoken_for_the_next_person(tmp_path: Path, neural: VoiceFolders) -> None:
    pools = CountingPools(neural)
    speaker = Speaker(tmp_path, pool=pools, folders=neural)

    def message(name: str) -> SpeechRequest:
        begin = len("Hello ")
        text = f"Hello {name}, your appointment is tomorrow. Press 1 to confirm."
        return SpeechRequest(text=text, voice="kokoro-af_heart", values=((begin, begin + len(name)),))

    try:
        await speaker.render(message("Maria"), Urgency.AHEAD)
        assert pools.asked == ["Hello Maria", "your appointment is tomorrow.", "Press one to confirm."]
        pools.asked.clear()
        paths = await speaker.render(message("Peter"), Urgency.AHEAD)
        assert pools.asked == ["Hello Peter"]
        assert [path.parts[-3] for path in paths] == ["tts-personal", "tts", "tts"]
        for path in paths:
            found = measure(path.with_suffix(".wav"))
            assert -23 < found.rms_dbfs < -19
            assert found.seconds > 0.3
    finally:
        await pools.close()
