from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from callwright.speech.listen.score import Forest, Odds, learned
from callwright.speech.listen.traits import NAMES, traits

FOREST = Forest(
    features=np.array([[0, 1], [1, 2]]),
    limits=np.array([[1.0, 0.5], [0.5, 2.0]]),
    leaves=np.array([[0.0, 1.0, 2.0, 3.0], [0.0, 10.0, 20.0, 30.0]]),
    bias=0.25,
)


@pytest.mark.parametrize(("numbers", "score"), [((2, 0, 0), 1.25), ((0, 1, 0), 12.25), ((2, 1, 3), 33.25)])
def test_each_tree_adds_the_answer_of_its_leaf(numbers: tuple[float, ...], score: float) -> None:
    assert FOREST.score(np.array(numbers, dtype=np.float64)) == pytest.approx(score)


def test_what_is_kept_is_what_was_learned() -> None:
    forest = learned()
    again = Forest.from_json(json.loads(json.dumps(forest.to_json("somewhere"))))
    numbers = np.linspace(-5, 5, len(NAMES))
    assert again.score(numbers) == pytest.approx(forest.score(numbers), abs=1e-3)
    assert again.odds == forest.odds


def test_confidence_is_the_odds_of_the_verdict_at_its_score() -> None:
    forest = replace(FOREST, odds={"human": Odds(limits=(-2.0, 1.0), shares=(0.99, 0.9, 0.6))})
    assert [forest.confidence("human", score) for score in (-3.0, 0.0, 4.0)] == [0.99, 0.9, 0.6]
    assert forest.confidence("machine", 4.0) == 0.5


def said(*parts: tuple[float, bool, float]) -> dict[str, float]:
    speech = [float(spoken) for seconds, spoken, _ in parts for _ in range(round(seconds / 0.032))]
    loudness = [level for seconds, _, level in parts for _ in range(round(seconds / 0.032))]
    numbers = traits(speech, loudness)
    assert numbers is not None
    return dict(zip(NAMES, numbers, strict=True))


def test_nobody_has_no_traits() -> None:
    assert traits([0.0] * 100, [-60.0] * 100) is None
    assert traits([], []) is None


def test_speech_and_pauses_are_measured() -> None:
    found = said((0.64, False, -70), (0.96, True, -20), (0.48, False, -70), (0.64, True, -20), (0.32, False, -70))
    assert found["span 12"] == pytest.approx(2.08)
    assert found["talk 12"] == pytest.approx(1.6)
    assert found["quiet 12"] == pytest.approx(0.32)
    assert (found["stretches 12"], found["longest_pause 12"]) == (pytest.approx(2.0), pytest.approx(0.48))
    assert (found["first_stretch 12"], found["last_stretch 12"]) == (pytest.approx(0.96), pytest.approx(0.64))
    assert found["floor"] == pytest.approx(-50, abs=0.1)


def test_a_softer_voice_counts_only_where_it_is_asked_for() -> None:
    found = said((0.96, True, -20), (0.96, True, -30))
    assert found["span 9"] == pytest.approx(0.96)
    assert found["quiet 9"] == pytest.approx(0.96)
    assert found["span 12"] == pytest.approx(1.92)
    assert found["quiet 12"] == 0


@pytest.mark.parametrize("greeting", [0.4, 0.8])
def test_a_short_hello_scores_lower_than_a_long_greeting(greeting: float) -> None:
    forest = learned()
    short = said((0.5, False, -70), (greeting, True, -20), (1.0, False, -70))
    long = said((0.5, False, -70), (6.0, True, -20), (1.0, False, -70))
    low, high = (forest.score(np.array(list(each.values()))) for each in (short, long))
    assert low < 0 < high
