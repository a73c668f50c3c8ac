"""Typographic characters made plain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.rules.sms_alphabet import GSM7
from callwright.rules.sms_replacements import REPLACEMENTS, outside_gsm7, simplify


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\u201cDon\u2019t\u201d \u2013 wait\u2026", '"Don\'t" - wait...'),
        ("10\u00a0000\u202f€", "10 000 €"),
        ("a\r\nb\u2028c\rd", "a\nb\nc\nd"),
        ("zero\u200bwidth", "zerowidth"),
        ("José, Łódź, 日本 😀", "José, Łódź, 日本 😀"),
    ],
)
def test_signs_become_plain_and_letters_stay(text: str, plain: str) -> None:
    assert simplify(text) == plain


def test_every_replacement_is_in_the_default_alphabet() -> None:
    assert all(GSM7.has(plain) for plain in REPLACEMENTS.values())
    assert not any(GSM7.has(character) for character in REPLACEMENTS)


@given(st.text())
def test_plain_is_plain(text: str) -> None:
    assert simplify(simplify(text)) == simplify(text)


def test_what_forces_ucs2_is_named_once() -> None:
    assert outside_gsm7("Ł and Ł and “x”") == ("Ł", "“", "”")
