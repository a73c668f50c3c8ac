"""The rate of abandoned calls over 30 days, and when it stops a campaign."""

from __future__ import annotations

from datetime import date

import pytest

from callwright.rules.abandonment import Abandonment, of_days, too_many

TODAY = date(2026, 3, 31)


def test_it_is_that_of_thirty_days() -> None:
    answered = {"2026-03-01": 100, "2026-03-02": 10, "2026-03-31": 30}
    abandoned = {"2026-03-01": 100, "2026-03-02": 2}
    seen = of_days(answered, abandoned, today=TODAY)
    assert seen == Abandonment(answered=40, abandoned=2)
    assert seen.rate == 0.05
    assert of_days({}, {}, today=TODAY).rate == 0.0


@pytest.mark.parametrize(
    ("answered", "abandoned", "limit", "stops"),
    [
        (100, 3, 0.03, False),
        (100, 4, 0.03, True),
        (49, 49, 0.03, False),
        (50, 1, 0.0, True),
        (100, 100, None, False),
    ],
)
def test_more_than_the_limit_stops(answered: int, abandoned: int, limit: float | None, stops: bool) -> None:
    reason = too_many(Abandonment(answered=answered, abandoned=abandoned), limit)
    assert (reason is not None) is stops


def test_the_reason_says_how_many() -> None:
    assert too_many(Abandonment(answered=60, abandoned=5), 0.03) == (
        "5 of 60 calls that people answered within 30 days were abandoned (8.3%); the limit is 3.0%"
    )
