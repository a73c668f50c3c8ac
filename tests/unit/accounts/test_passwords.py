from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from callwright.accounts.passwords import LONGEST, SHORTEST, check_password, hash_password, is_outdated, verify_password
from callwright.errors import InvalidRequest


@pytest.mark.parametrize(
    "password",
    ["seven blue herons sing", "zw3lf zeich", "Übermorgen?ja", "fjdkslgh4837", "пароль из слов", "correct-zebra-9"],
)
def test_a_phrase_is_a_password(password: str) -> None:
    if len(password) < SHORTEST:
        with pytest.raises(InvalidRequest, match="12"):
            check_password(password)
    else:
        check_password(password, expected=["ann@example.com", "Ann Lee"])


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "x" * (LONGEST + 1),
        "password1234",
        "PASSWORD!!!!",
        "Welcome2026!",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "abcdefghijkl",
        "lkjihgfedcba",
        "qwertyuiopas",
        "1q2w3e4r5t6y",
        "annabel.lee1",
        "annabel.lee@example.com",
        "Elm Street Dental1",
        "callwright12",
    ],
)
def test_what_others_try_first_is_refused(password: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check_password(password, expected=["annabel.lee@example.com", "Elm Street Dental"], field="new_password")
    (error,) = caught.value.errors
    assert error.field == "new_password"
    # an error is logged and shown: it never repeats what was typed
    assert error.received is None
    assert len(password) < SHORTEST or password not in str(caught.value)


async def test_a_hash_is_argon2id_with_a_salt_of_its_own() -> None:
    first, second = await hash_password("seven blue herons sing"), await hash_password("seven blue herons sing")
    assert first != second
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await verify_password("seven blue herons sing", first)
    assert not await verify_password("seven blue herons sinG", first)
    assert not await verify_password("seven blue herons sing", None)
    assert not is_outdated(first)
    assert is_outdated(first.replace("t=2", "t=1"))


async def test_the_way_a_keyboard_writes_a_letter_does_not_matter() -> None:
    stored = await hash_password("caf\u00e9 caf\u00e9 caf\u00e9")
    assert await verify_password("cafe\u0301 cafe\u0301 cafe\u0301", stored)


@settings(max_examples=15, deadline=None)
@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
async def test_one_password_only(right: str, wrong: str) -> None:
    assume(unicodedata.normalize("NFKC", right) != unicodedata.normalize("NFKC", wrong))
    stored = await hash_password(right)
    assert await verify_password(right, stored)
    assert not await verify_password(wrong, stored)
