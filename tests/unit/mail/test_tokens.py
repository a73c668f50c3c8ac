"""Names that only we can make."""

from __future__ import annotations

import pytest

from callwright.ids import new_id
from callwright.mail.tokens import Tokens

TOKENS = Tokens(b"a key of the appliance")


def test_a_token_is_found_in_an_address_a_header_and_after_a_change_of_case() -> None:
    message = new_id("eml")
    path = TOKENS.return_path(message, "bounces@example.com")
    assert path.startswith("bounces+eml_")
    assert path.endswith("@example.com")
    assert len(path.partition("@")[0]) <= 64
    assert TOKENS.find(path) == message
    assert TOKENS.find(path.upper()) == message
    assert TOKENS.find(f"References: <x@y> <{TOKENS.message_id(message, 'example.com')}>") == message


def test_what_others_make_is_not_believed() -> None:
    message = new_id("eml")
    assert TOKENS.find(Tokens(b"another key").token(message)) is None
    assert TOKENS.find(message) is None
    assert TOKENS.find(f"{message}.aaaaaaaaaaaa") is None


def test_the_genuine_one_is_found_behind_a_forged_one() -> None:
    message = new_id("eml")
    assert TOKENS.find(f"{new_id('eml')}.aaaaaaaaaaaa {TOKENS.token(message)}") == message


@pytest.mark.parametrize("text", ["", "a", "https://example.com/ä"])
def test_texts_are_signed(text: str) -> None:
    assert TOKENS.is_genuine(text, TOKENS.sign(text))
    assert not TOKENS.is_genuine(text + "x", TOKENS.sign(text))
    assert not TOKENS.is_genuine(text, "ä")
