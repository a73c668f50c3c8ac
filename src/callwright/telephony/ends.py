"""What an end says beside the outcome: whose fault it was, and how long a person waited for our first words."""

from __future__ import annotations

from callwright.clock import Clock
from callwright.rules.trunk_faults import is_trunk_fault
from callwright.telephony import port


class FirstWords:
    """Measures the silence between a person's greeting and what they hear of us."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: float | None = None
        self._heard: float | None = None

    def answered(self) -> None:
        """Somebody picked up."""
        self._since = self._clock.monotonic()

    def greeted(self) -> None:
        """Whoever answered has said their greeting: from now on they wait."""
        if self._since is not None and self._heard is None:
            self._since = self._clock.monotonic()

    def heard(self) -> None:
        """They hear something, or somebody."""
        if self._heard is None:
            self._heard = self._clock.monotonic()

    @property
    def waited(self) -> float | None:
        """Seconds until they heard something, or until now; ``None``: nobody answered, or an earlier process knows."""
        if self._since is None:
            return None
        return max((self._clock.monotonic() if self._heard is None else self._heard) - self._since, 0.0)


def was_trunk_fault(ended: port.LegEnded, *, rang: bool, answered: bool) -> bool:
    """Return whether the trunk, and not the callee, was why nothing rang.

    A trunk on which nothing rings until our own time limit is one that may be dead.
    """
    if ended.ended_by is port.EndedBy.US:
        return False
    if ended.ended_by is port.EndedBy.RING_TIMEOUT:
        return not rang and not answered
    return is_trunk_fault(cause=ended.cause, sip_status=ended.sip_status, rang=rang, answered=answered)
