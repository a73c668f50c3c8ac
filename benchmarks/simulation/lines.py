"""The telephone network of a simulation: which channels live, and every INVITE that was ever sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from callwright.calls.models import Attempt


@dataclass(kw_only=True)
class Channel:
    """A call in the network, which lives on when the dialer that placed it is killed."""

    attempt: Attempt
    trunk: str
    invited_at: datetime
    rang: bool = False
    answered: bool = False


@dataclass(kw_only=True)
class Lines:
    """What rings and what ever rang."""

    living: dict[str, Channel] = field(default_factory=dict)
    #: Attempts of which an INVITE was sent, in order.
    invited: list[str] = field(default_factory=list)
    #: What must never have happened, in words.
    faults: list[str] = field(default_factory=list)

    def invite(self, attempt: Attempt, trunk: str, now: datetime) -> Channel:
        """Ring a telephone."""
        if attempt.id in self.invited:
            self.faults.append(f"attempt {attempt.id} was dialled twice")
        for channel in self.living.values():
            other = channel.attempt
            if (other.organisation_id, other.to_number) == (attempt.organisation_id, attempt.to_number):
                self.faults.append(f"{attempt.to_number} rings for {other.id} and {attempt.id} at once")
        self.invited.append(attempt.id)
        channel = self.living[attempt.id] = Channel(attempt=attempt, trunk=trunk, invited_at=now)
        return channel

    def hang_up(self, attempt_id: str) -> None:
        """Let a channel end; nothing when it has."""
        self.living.pop(attempt_id, None)
