"""When a message that was refused for now is tried again, and when it is given up."""

from __future__ import annotations

#: Seconds after the first, second, … refusal.
LADDER = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0, 14400.0, 14400.0)


def again_after(attempts: int) -> float | None:
    """Return the seconds until the next try after so many; ``None``: it was tried for almost 16 hours, no more."""
    return LADDER[attempts - 1] if 0 < attempts <= len(LADDER) else None
