"""Pitch and rate as vendors' interfaces write them: a figure from 0 to 9, where 5 is the voice's own."""

from __future__ import annotations

NORMAL = 5
LOWEST, HIGHEST = 0, 9
#: A step of the pitch is a semitone: what people hear as the next tone.
_PITCH_STEP = 2 ** (1 / 12)
#: A step of the rate: less is hard to hear, and 9 is still understood.
_RATE_STEP = 1.08


def pitch_of(step: int) -> float:
    """Return the multiple of a voice's pitch for a step: 0 is 0.75, 9 is 1.26. Raises ``ValueError`` outside 0 to 9."""
    return _multiple("pitch", step, _PITCH_STEP)


def rate_of(step: int) -> float:
    """Return the multiple of a voice's rate for a step: 0 is 0.68, 9 is 1.36. Raises ``ValueError`` outside 0 to 9."""
    return _multiple("rate", step, _RATE_STEP)


def _multiple(name: str, step: int, ratio: float) -> float:
    if not LOWEST <= step <= HIGHEST:
        raise ValueError(f"{name} is {step}, allowed is {LOWEST} to {HIGHEST}; {NORMAL} is the voice's own")
    return float(round(ratio ** (step - NORMAL), 3))
