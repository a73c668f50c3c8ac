"""The benchmark of the detector: halves that share nothing, hearing many clips at once, odds of verdicts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.amd import many
from benchmarks.amd.calibration import steps
from benchmarks.amd.corpus import Clip, Take
from benchmarks.amd.halves import LEARNED_FROM, MEASURED, language
from benchmarks.amd.measure import Heard, decide
from benchmarks.amd.texts import WORDINGS
from benchmarks.amd.texts_held_out import HELD_OUT

from callwright.speech.listen.detector import Ears
from callwright.speech.listen.events import Answerer
from callwright.speech.listen.rules import Observation

KINDS = ("short", "medium", "business", "openings", "middles", "endings")


def test_no_speaker_and_no_text_is_in_both_halves() -> None:
    assert not set(LEARNED_FROM) & set(MEASURED)
    learned, measured = (
        {text for words in half.values() for kind in KINDS for text in getattr(words, kind)}
        for half in (WORDINGS, HELD_OUT)
    )
    assert not learned & measured


def test_many_clips_at_once_are_heard_like_one_call() -> None:
    chance = np.random.default_rng(1)
    time = np.arange(8000 * 2) / 8000
    beep = np.where((time > 0.5) & (time < 0.9), 8000 * np.sin(2 * np.pi * 1000 * time), 0)
    clips = [(chance.normal(0, 300, 16000) + beep).astype(np.int16), chance.normal(0, 3000, 16000).astype(np.int16)]
    for clip, together in zip(clips, many.observations(clips), strict=True):
        alone = Ears().push(clip)
        assert [seen.end for seen in together] == [seen.end for seen in alone]
        assert [seen.speech for seen in together] == pytest.approx([seen.speech for seen in alone], abs=1e-3)
        assert [seen.loudness for seen in together] == pytest.approx([seen.loudness for seen in alone], abs=1e-3)
        tones, expected = ([tone for seen in all_seen for tone in seen.tones] for all_seen in (together, alone))
        assert [tone.frequency for tone in tones] == pytest.approx([tone.frequency for tone in expected], abs=0.01)
        assert [(tone.start, tone.end, tone.ended) for tone in tones] == [
            (tone.start, tone.end, tone.ended) for tone in expected
        ]
    assert any(tone.ended and tone.verified > 0.9 for seen in many.observations(clips)[0] for tone in seen.tones)


def _heard(parts: list[tuple[float, bool]]) -> Heard:
    observations = []
    for seconds, speech in parts:
        for _ in range(round(seconds / 0.032)):
            begin = len(observations) * 0.032
            loudness = -25.0 if speech else -70.0
            observations.append(Observation(start=begin, end=begin + 0.032, speech=float(speech), loudness=loudness))
    nothing = np.zeros(0, dtype=np.float32)
    take = Take(who="machine", kind="greeting", speaker="pico en-US-f 1.0 1.0", source="synthetic", signal=nothing,
                first_turn=1.5)  # fmt: skip
    return Heard(clip=Clip(take=take, condition="40", samples=nothing.astype(np.int16)), observations=observations)


def test_words_are_told_some_time_after_they_were_asked_for() -> None:
    heard = _heard([(0.3, False), (1.2, True), (8.0, False)])
    asked: list[float] = []

    def words(at: float) -> str:
        asked.append(at)
        return "You know what to do."

    assert decide(heard).last == decide(heard).first
    outcome = decide(heard, words=words)
    assert outcome.first is not None
    assert outcome.last is not None
    assert (outcome.first.answerer, outcome.last.answerer) == (Answerer.HUMAN, Answerer.MACHINE)
    assert asked == [outcome.first.at]
    assert outcome.last.at == pytest.approx(asked[0] + 0.6, abs=0.04)


@pytest.mark.parametrize(
    ("speaker", "expected"),
    [
        ("pico en-GB-f 1.2 0.8", "en"),
        ("core-sounds-ru", "ru"),
        ("prompt-fr-armelle", "fr"),
        ("flite en-US rms 1", "en"),
    ],
)
def test_every_speaker_has_a_language(speaker: str, expected: str) -> None:
    take = _heard([]).clip.take
    assert language(replace(take, speaker=speaker)) == expected


@pytest.mark.parametrize("rising", [True, False])
def test_odds_never_turn(rising: bool) -> None:
    sign = 1 if rising else -1
    chance = np.random.default_rng(2)
    scores = chance.uniform(-5, 5, 2000)
    pairs = [(float(score), bool(chance.random() < 1 / (1 + np.exp(-sign * score)))) for score in scores]
    odds = steps(pairs, rising=rising)
    assert list(odds.limits) == sorted(odds.limits)
    assert list(odds.shares) == sorted(odds.shares, reverse=not rising)
    for score in (-4.0, -1.0, 0.5, 3.0):
        assert odds.at(score) == pytest.approx(1 / (1 + np.exp(-sign * score)), abs=0.15)


def test_nothing_known_is_a_coin() -> None:
    assert steps([], rising=True).at(3.0) == 0.5
