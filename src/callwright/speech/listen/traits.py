"""What the sound of an answer is like so far, as numbers: how long speech and pauses were, how loud, how sure.

The one who answered is the loudest on the line. How much softer a voice may be to count is not known, in noise least
of all; so speech and pauses are measured several times, with voices left out that are 6, 9, 12 or 18 dB softer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from callwright.speech.listen.vad import RATE, WINDOW

Numbers = NDArray[np.float64]

WINDOW_SECONDS: Final = WINDOW / RATE
#: Softer than the loudest voice by more than so many dB is not who answered: one view for each.
VIEWS: Final = (6.0, 9.0, 12.0, 18.0)
#: Probability from which on a window holds speech.
_SPEECH: Final = 0.4
#: Windows whose mean power is a voice's loudness (128 ms); the shortest stretch; the longest gap between syllables.
_SMOOTHED: Final = 4
_SHORTEST: Final = 4
_SYLLABLES: Final = 6
#: Nothing is softer, in dB below the loudest voice.
_SOFTEST: Final = -60.0

_EACH_VIEW: Final = ("span", "quiet", "talk", "stretches", "longest_pause", "first_stretch", "last_stretch")
_ALL: Final = ("floor", "since_last", "speech_since_last")
NAMES: Final = tuple(f"{name} {view:.0f}" for view in VIEWS for name in _EACH_VIEW) + _ALL


def traits(speech: Sequence[float], loudness: Sequence[float]) -> Numbers | None:
    """Return the numbers named ``NAMES`` for all windows since the answer; ``None`` before anybody has spoken.

    ``speech`` is the probability of it in each window, ``loudness`` its RMS in dB below full scale. Times in seconds.
    """
    chance, level = np.asarray(speech), np.asarray(loudness)
    spoken = chance >= _SPEECH
    if len(level) < _SMOOTHED or not spoken.any():
        return None
    sums = np.cumsum(10.0 ** (level / 10.0))
    sums[_SMOOTHED:] -= sums[:-_SMOOTHED].copy()
    heard = sums[_SMOOTHED - 1 :][spoken[_SMOOTHED - 1 :]]
    if not len(heard):
        return None
    level = np.maximum(level - 10.0 * np.log10(max(float(heard.max()) / _SMOOTHED, 1e-12)), _SOFTEST)
    found: list[float] = []
    for view in VIEWS:
        found += _view(spoken & (level >= -view), len(level))
    loud = np.flatnonzero(spoken & (level >= -VIEWS[1]))
    since = level[loud[-1] + 1 :] if len(loud) else level
    # how loud the softest tenth is and what comes after the last word; the voice itself is none of these numbers, or
    # trees would learn who speaks
    found += [
        float(np.partition(level, len(level) // 10)[len(level) // 10]),
        float(since.mean()) if len(since) else 0.0,
        float(spoken[len(level) - len(since) :].mean()) if len(since) else 1.0,
    ]
    return np.asarray(found)


def _view(loud: NDArray[np.bool_], count: int) -> list[float]:
    """Return the numbers of one view."""
    places = np.flatnonzero(loud)
    if not len(places):
        return [0.0, count * WINDOW_SECONDS, 0.0, 0.0, 0.0, 0.0, 0.0]
    breaks = np.flatnonzero(np.diff(places) > _SYLLABLES)
    begins = places[np.concatenate(((0,), breaks + 1))]
    ends = places[np.concatenate((breaks, (len(places) - 1,)))] + 1
    long = ends - begins >= _SHORTEST
    if not long.any():
        return [0.0, count * WINDOW_SECONDS, 0.0, 0.0, 0.0, 0.0, 0.0]
    begins, ends = begins[long], ends[long]
    lengths = ends - begins
    pauses = begins[1:] - ends[:-1]
    windows = (
        ends[-1] - begins[0],
        count - ends[-1],
        lengths.sum(),
        len(lengths) / WINDOW_SECONDS,
        pauses.max() if len(pauses) else 0,
        lengths[0],
        lengths[-1],
    )
    return [float(number) * WINDOW_SECONDS for number in windows]
