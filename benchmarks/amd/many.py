"""Many clips at once: what ``Ears`` hears in each of them, in a third of the time.

The network judges a window of all clips in one go, and the spectra of a clip are made together. A test compares with
``Ears``, which hears one call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from callwright.speech.listen.rules import Observation
from callwright.speech.listen.thresholds import Thresholds
from callwright.speech.listen.tones import HOP, Signal, ToneFinder
from callwright.speech.listen.vad import CONTEXT, RATE, WINDOW, network

Samples = NDArray[np.int16]
Signals = NDArray[np.float32]

_HANN = np.hanning(2 * HOP).astype(np.float32)


def observations(clips: Sequence[Samples]) -> list[list[Observation]]:
    """Return for each clip an observation of every whole window; all clips are of one length."""
    signals = np.stack(clips).astype(np.float32) / np.float32(32768.0)
    count = signals.shape[1] // WINDOW
    windows = signals[:, : count * WINDOW].reshape(len(clips), count, WINDOW)
    speech = _speech(windows)
    return [list(_observe(each, chances)) for each, chances in zip(windows, speech, strict=True)]


def _speech(windows: Signals) -> Signals:
    """Return how probable speech is in each window of each clip."""
    clips, count, _ = windows.shape
    rate = np.array(RATE, dtype=np.int64)
    state = np.zeros((2, clips, 128), dtype=np.float32)
    before = np.zeros((clips, CONTEXT), dtype=np.float32)
    found = np.zeros((clips, count), dtype=np.float32)
    for place in range(count):
        window = windows[:, place]
        heard, state = network().run(
            None, {"input": np.concatenate((before, window), axis=1), "state": state, "sr": rate}
        )
        found[:, place] = heard[:, 0]
        before = window[:, -CONTEXT:]
    return found


def _peaks(blocks: Signals, t: Thresholds) -> Iterator[float | None]:
    """Yield for each block what ``ToneFinder`` sees in it and the one before."""
    samples = np.concatenate((np.concatenate((np.zeros((1, HOP), np.float32), blocks[:-1])), blocks), axis=1)
    power = np.square(np.abs(np.fft.rfft((samples - samples.mean(1, keepdims=True)) * _HANN, axis=1)))
    loud = np.mean(np.square(samples), axis=1) >= 10.0 ** (t.tone_loudness_dbfs / 10.0)
    for hears, row, peak, total in zip(loud, power, np.argmax(power, axis=1), power.sum(1), strict=True):
        near = row[peak - 2 : peak + 3]
        if not hears or not 3 <= peak <= len(row) - 3 or float(near.sum()) < t.tone_purity * float(total):
            yield None
        else:
            yield float(np.dot(near, np.arange(peak - 2, peak + 3)) / near.sum()) * RATE / (2 * HOP)


def _observe(windows: Signals, speech: Signals) -> Iterator[Observation]:
    thresholds = Thresholds()
    blocks = windows.reshape(-1, HOP)
    finder = _Known(thresholds, _peaks(blocks, thresholds))
    loudness = 10.0 * np.log10(np.maximum(np.mean(np.square(windows), axis=1), 1e-10))
    hops = WINDOW // HOP
    for place in range(len(windows)):
        found = (finder.push(block) for block in blocks[place * hops : (place + 1) * hops])
        yield Observation(
            start=place * WINDOW / RATE,
            end=(place + 1) * WINDOW / RATE,
            speech=float(speech[place]),
            loudness=float(loudness[place]),
            tones=tuple(tone for tone in found if tone is not None),
        )


class _Known(ToneFinder):
    """Is told the spectra's peaks."""

    def __init__(self, thresholds: Thresholds, peaks: Iterator[float | None]) -> None:
        super().__init__(thresholds)
        self._peaks = peaks

    def _candidate(self, samples: Signal) -> float | None:
        return next(self._peaks)
