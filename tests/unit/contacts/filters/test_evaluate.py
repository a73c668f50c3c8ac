from __future__ import annotations

import pytest

from callwright.contacts.filters.evaluate import evaluate
from callwright.contacts.filters.text import parse
from callwright.contacts.filters.types import BUILT_IN, Kind

KINDS = {**BUILT_IN, "balance": Kind.NUMBER, "plan": Kind.TEXT}
SARAH = {"city": "Springfield", "tags": ["late"], "balance": 120, "plan": None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('balance > 100 and (city == "Springfield" or tags contains "late")', True),
        ("balance <= 100", False),
        ('city == "springfield"', False),
        ('city contains "field"', True),
        # a missing value leaves a comparison open, and so its opposite
        ('plan == "gold"', None),
        ('not plan == "gold"', None),
        ('plan != "gold"', None),
        ("plan == null", True),
        ("not plan == null", False),
        ('plan == "gold" or balance > 100', True),
        ('plan == "gold" and balance > 100', None),
        ('plan == "gold" and balance > 1000', False),
        ('plan in ["gold"]', None),
        ("plan in []", False),
        # lists are never missing
        ('not tags contains "x"', True),
        ("tags == null", False),
        ('emails in ["a@b.c"]', False),
        ("emails == null", True),
    ],
)
def test_three_valued_logic(text: str, expected: bool | None) -> None:
    assert evaluate(parse(text), SARAH, KINDS) is expected


@pytest.mark.parametrize("stored", ["120", True, [1], {}])
def test_a_value_of_another_type_counts_as_missing(stored: object) -> None:
    assert evaluate(parse("balance > 1"), {"balance": stored}, KINDS) is None
    assert evaluate(parse("balance == null"), {"balance": stored}, KINDS) is True


def test_floats_are_what_json_shows() -> None:
    assert evaluate(parse("balance == 0.1"), {"balance": 0.1}, KINDS) is True
    assert evaluate(parse("balance == 1"), {"balance": 1.0}, KINDS) is True
