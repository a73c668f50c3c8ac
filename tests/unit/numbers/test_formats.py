from __future__ import annotations

import pytest

from callwright.numbers.formats import is_dialable, written


@pytest.mark.parametrize(
    ("number", "form", "region", "expected"),
    [
        ("+12125550123", "e164", None, "+12125550123"),
        ("+12125550123", "plain", None, "12125550123"),
        ("+12125550123", "00", None, "0012125550123"),
        ("+4930123456", "national", "DE", "030123456"),
        ("+12125550123", "national", "DE", "0012125550123"),
        ("+4930123456", "national", "US", "0114930123456"),
        ("+12125550123", "national", "US", "2125550123"),
    ],
)
def test_a_number_is_written_as_the_trunk_wants_it(number: str, form: str, region: str | None, expected: str) -> None:
    assert written(number, form, region) == expected
    assert is_dialable(expected)


@pytest.mark.parametrize(
    "text",
    ["", "+", "sip:+1212@evil.example", "1&PJSIP/2", "+1212\r\nX: y", "+" + "1" * 21, "1@host", "Local/1"],
)
def test_nothing_but_a_number_may_be_dialled(text: str) -> None:
    assert not is_dialable(text)
