"""Calls that a person answered and in which nobody, and nothing, was there for them: the rate of abandoned calls.

16 CFR 310.4(b)(1)(iv) (Telemarketing Sales Rule): a call is abandoned when a person answers it and is not connected to
a representative within two seconds of their completed greeting. Paragraph (b)(4)(i) bounds it: at most three percent of
all calls answered by a person, over the duration of a campaign, or over each successive period of 30 days. Ofcom's
statement of policy of 20 December 2016, annex 3, counts likewise against calls that a live individual answered, without
those that machines took. Excerpts read on 21 November 2026.

Here a recorded message counts as somebody who is there: whether it may be one is a matter of consent, not of this rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

#: Longer nobody waits for the first words.
MOST_SECONDS = 2.0
#: The rate is that of so many days.
DAYS = 30
#: With fewer calls that a person answered a limit is not applied: one in ten is no rate.
LEAST_CALLS = 50


@dataclass(frozen=True, kw_only=True)
class Abandonment:
    """Calls of the last 30 days."""

    #: Answered by a person, or by somebody who was not told from one.
    answered: int = 0
    abandoned: int = 0

    @property
    def rate(self) -> float:
        """The part that was abandoned, 0 to 1."""
        return round(self.abandoned / self.answered, 4) if self.answered else 0.0


def of_days(answered: Mapping[str, int], abandoned: Mapping[str, int], *, today: date) -> Abandonment:
    """Return the calls of the last 30 days, today included; days are keys such as ``2026-11-21``."""
    first = (today - timedelta(days=DAYS - 1)).isoformat()
    last = today.isoformat()

    def total(days: Mapping[str, int]) -> int:
        return sum(n for day, n in days.items() if first <= day <= last)

    return Abandonment(answered=total(answered), abandoned=total(abandoned))


def too_many(seen: Abandonment, limit: float | None) -> str | None:
    """Return why a campaign is to pause; ``None``: it goes on."""
    if limit is None or seen.answered < LEAST_CALLS or seen.abandoned <= limit * seen.answered:
        return None
    return (
        f"{seen.abandoned} of {seen.answered} calls that people answered within {DAYS} days were abandoned "
        f"({seen.abandoned / seen.answered:.1%}); the limit is {limit:.1%}"
    )
