from __future__ import annotations

import re
import subprocess
import sys

import pytest

from callwright.speech.tts.engine import Utterance
from callwright.speech.tts.shipped import engine_version, espeak_voices, pico_voices, shipped_voices


def test_every_voice_has_a_tag_of_bcp_47_and_an_id_of_engine_language_and_gender() -> None:
    for voice in shipped_voices():
        assert re.fullmatch(r"[a-z]{2,3}(-([A-Z]{2}|[0-9]{3}))?(-x-[a-z]{2,8})?", voice.language), voice.language
        assert voice.id == f"{voice.engine}-{voice.language}-{voice.gender[0]}"
        assert engine_version(voice.engine)


def test_pico_comes_before_espeak_and_dialects_come_last() -> None:
    assert min(voice.rank for voice in pico_voices()) > max(entry.voice.rank for entry in espeak_voices())
    dialects = [entry.voice.rank for entry in espeak_voices() if "-x-" in entry.voice.language]
    assert dialects
    assert max(dialects) < min(entry.voice.rank for entry in espeak_voices() if "-x-" not in entry.voice.language)


def test_constructed_languages_are_left_out() -> None:
    assert not {voice.language for voice in shipped_voices()} & {"piqd", "qya", "sjn", "xex", "jbo"}


def test_the_list_loads_no_native_code() -> None:
    program = (
        "import sys; from callwright.speech.speaker import Speaker; "
        "from pathlib import Path; Speaker(Path('x')).catalogue.voices(); "
        "print([n for n in ('py_nanotts', 'espeakng_loader') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("absent", "engine", "voice"),
    [("espeakng_loader", "pico", "pico-en-US-f"), ("py_nanotts", "espeak", "espeak-en-US-m")],
)
def test_an_engine_that_is_not_installed_takes_only_its_own_voices_along(absent: str, engine: str, voice: str) -> None:
    program = (
        f"import sys; sys.modules[{absent!r}] = None\n"
        "from callwright.speech.tts.worker import Worker\n"
        "from callwright.speech.tts.shipped import shipped_voices\n"
        "worker = Worker()\n"
        f"said = worker.answer(dict(op='speak', engine={engine!r}, text='Hi', voice_id={voice!r}, rate=1, pitch=1))\n"
        "assert b'sample_rate' in said, said\n"
        "assert b'error' not in worker.answer(dict(op='voices'))\n"
        "print({voice.engine for voice in shipped_voices()})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{{'{engine}'}}"


@pytest.mark.parametrize(("rate", "pitch"), [(0.4, 1.0), (2.1, 1.0), (1.0, 0.4), (1.0, 2.1)])
def test_an_utterance_out_of_range_is_refused(rate: float, pitch: float) -> None:
    with pytest.raises(ValueError, match="allowed"):
        Utterance(text="Hi", voice_id="pico-en-US-f", rate=rate, pitch=pitch)
