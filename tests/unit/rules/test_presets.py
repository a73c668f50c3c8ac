"""Legal calling hours: as the cited words say, at their edges."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from callwright.rules.presets import PRESETS, HoursPreset, preset_of
from callwright.rules.schedules import is_open

BASTILLE_DAY = date(2026, 7, 14)


def found(country: str) -> HoursPreset:
    preset = preset_of(country)
    assert preset is not None
    return preset


@pytest.mark.parametrize(
    ("country", "zone", "local", "expected"),
    [
        ("US", "America/Chicago", "2026-07-04T07:59:59", False),
        ("US", "America/Chicago", "2026-07-05T08:00", True),
        ("US", "America/Chicago", "2026-07-05T20:59:59", True),
        ("US", "America/Chicago", "2026-07-05T21:00", False),
        ("FR", "Europe/Paris", "2026-07-13T09:59:59", False),
        ("FR", "Europe/Paris", "2026-07-13T10:00", True),
        ("FR", "Europe/Paris", "2026-07-13T13:00", False),
        ("FR", "Europe/Paris", "2026-07-13T14:00", True),
        ("FR", "Europe/Paris", "2026-07-13T20:00", False),
        ("FR", "Europe/Paris", "2026-07-14T11:00", False),
        ("FR", "Europe/Paris", "2026-07-18T11:00", False),
        ("FR", "Indian/Reunion", "2026-07-13T10:00", True),
    ],
)
def test_hours_at_their_edges(country: str, zone: str, local: str, expected: bool) -> None:
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert is_open(moment, [found(country).schedule({BASTILLE_DAY})], [zone]) is expected


def test_holidays_close_only_where_the_law_says_so() -> None:
    assert found("US").schedule({BASTILLE_DAY}).holidays == frozenset()
    assert found("FR").schedule({BASTILLE_DAY}).holidays == {BASTILLE_DAY}


def test_each_names_its_source_once() -> None:
    assert len({preset.country for preset in PRESETS}) == len(PRESETS)
    for preset in PRESETS:
        assert preset.citation
        assert preset.text
        assert preset.url.startswith("https://")
        assert preset.read_on <= date(2026, 11, 21)


def test_what_was_not_read_is_not_guessed() -> None:
    assert preset_of("DE") is None
