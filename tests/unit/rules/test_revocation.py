"""Which words end contact, and which only look like it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.rules.revocation import FEDERAL, INDUSTRY, SPOKEN, revocation_of, table

PAGE = Path(__file__).parents[3] / "docs/reference/revocation-words.md"
LANGUAGES = sorted(table())


@pytest.mark.parametrize("word", [*FEDERAL, *INDUSTRY])
@pytest.mark.parametrize("language", [None, "en-US", "es", "hi-IN", "xx"])
def test_the_rules_words_revoke_in_every_language(word: str, language: str | None) -> None:
    for written in (word, word.upper(), f" {word.title()}! ", f"“{word}”.", f"Please {word}, thank you"):
        found = revocation_of(written, language)
        assert found is not None, written
        assert (found.meaning, found.language) == ("revoke", None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_and_phrase_is_found(language: str) -> None:
    words, phrases = table()[language]
    for word in words:
        for asked in (language, None):
            found = revocation_of(word, asked)
            assert found is not None, word
            assert found.meaning == "revoke", word
    for phrase in phrases:
        found = revocation_of(f"so {phrase.upper()} -- ok", language, spoken=True)
        assert found is not None, phrase
        assert found.language == language


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("\uff33\uff34\uff2f\uff30", "revoke"),
        ("Stop!!!", "revoke"),
        ("stop 🛑", "revoke"),
        ("S T O P", None),
        ("Opt-Out", "revoke"),
        ("don\u2019t call me again", "revoke"),
        ("dont call me", "revoke"),
        ("Could you please take me off your list?", "revoke"),
        ("I said STOP CALLING ME", "revoke"),
        ("stop by at six", None),
        ("the bus stop is closed", None),
        ("cancel my appointment on Tuesday", None),
        ("end of the month is fine", None),
        ("no need to stop calling, it's fine", None),
        ("you don't have to stop calling", None),
        ("START", "start"),
        ("unstop", "start"),
        ("Help", "help"),
        ("help me move", None),
        ("yes", None),
        ("", None),
        ("?!", None),
    ],
)
def test_texts(text: str, meaning: str | None) -> None:
    found = revocation_of(text, "en")
    assert (None if found is None else found.meaning) == meaning


def test_a_call_asks_for_words_of_its_own() -> None:
    assert revocation_of("cancel", "en", spoken=True) is None
    assert revocation_of("no more", "en", spoken=True) is None
    for word in SPOKEN:
        assert revocation_of(f"please {word}", "en", spoken=True) is not None


def test_speech_has_no_start_and_help() -> None:
    assert revocation_of("help", spoken=True) is None
    assert revocation_of("start", spoken=True) is None
    found = revocation_of("please stop calling me", "en-GB", spoken=True)
    assert found is not None
    assert found.matched == "stop calling"


def test_a_language_does_not_lend_its_words_to_others() -> None:
    # the Spanish "baja" is nothing in German
    assert revocation_of("baja", "de") is None
    assert revocation_of("baja", "es") is not None
    assert revocation_of("baja") is not None


@given(st.text(max_size=60), st.sampled_from([None, *LANGUAGES]))
def test_any_text_is_read(text: str, language: str | None) -> None:
    revocation_of(text, language)


@given(st.sampled_from(FEDERAL), st.text(alphabet=" .,!?-\n\t\"'", max_size=5), st.booleans())
def test_punctuation_and_case_change_nothing(word: str, around: str, upper: bool) -> None:
    written = around + (word.upper() if upper else word) + around
    assert revocation_of(written, "fr") is not None


def test_the_reference_holds_every_word() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for words, phrases in table().values():
        for entry in (*words, *phrases):
            assert f"`{entry}`" in page, entry
