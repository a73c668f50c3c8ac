"""The lab's telephones are documented, and no two have the same digits."""

from __future__ import annotations

from pathlib import Path

from callwright.channels.sms.lab import BEHAVIOURS, behaviour_of, reference_table

REFERENCE = Path(__file__).parents[4] / "docs" / "reference" / "handset-lab.md"


def test_the_reference_page_has_the_telephones() -> None:
    assert reference_table() in REFERENCE.read_text(encoding="utf-8")


def test_digits_name_one_telephone() -> None:
    assert len({behaviour.digits for behaviour in BEHAVIOURS}) == len(BEHAVIOURS)
    assert behaviour_of("+12125550083").status == "failed"
    assert behaviour_of("+12125557777").status == "delivered"
