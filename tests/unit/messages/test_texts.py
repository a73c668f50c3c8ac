"""The text of an SMS: filled, made plain on request, counted, refused with its field."""

from __future__ import annotations

import pytest

from callwright.errors import InvalidRequest
from callwright.messages.texts import render


def test_placeholders_are_filled_before_parts_are_counted() -> None:
    text = render("Hi {NAME}", {"name": "A" * 160})
    assert (text.parts, text.encoding, text.units) == (2, "gsm7", 163)


def test_typography_is_replaced_on_request_only() -> None:
    curly = "\u201cClosed\u201d tomorrow\u2026"
    assert render(curly, {}).encoding == "ucs2"
    plain = render(curly, {}, plain=True)
    assert (plain.text, plain.encoding, plain.outside) == ('"Closed" tomorrow...', "gsm7", ())


def test_a_value_is_not_searched_for_placeholders() -> None:
    assert render("Hi {NAME}", {"NAME": "{X}"}).text == "Hi {X}"
    assert render("Hi {NAME}", {}, literal=True).text == "Hi {NAME}"


@pytest.mark.parametrize(
    ("template", "variables", "most", "words"),
    [
        (" ", {}, 10, "empty"),
        ("{X}", {"X": ""}, 10, "empty"),
        ("Hi {NAME}", {}, 10, "{NAME} has no value"),
        ("x" * 161, {}, 1, "2 parts"),
    ],
)
def test_what_cannot_be_sent_names_its_field(template: str, variables: dict[str, str], most: int, words: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        render(template, variables, field="sms.message", most_parts=most)
    assert refused.value.errors[0].field == "sms.message"
    assert words in refused.value.errors[0].message
