from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.flows.synonyms import DIGITS, GROUPS
from callwright.flows.words import expected, find, find_choice, fold, spoken_digits


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("don\u2019t know", "DON'T KNOW!"),
        ("\uff39\uff25\uff33", "yes"),
        ("Straße", "STRASSE"),
        ("\ufb01ne", "Fine"),
        ("e-mail", "e mail"),
        ("cafe\u0301", "CAF\u00c9"),
    ],
)
def test_fold_takes_variants_of_writing_for_the_same(left: str, right: str) -> None:
    assert fold(left) == fold(right) != ()


def test_marks_do_not_part_words() -> None:
    assert len(fold("हिन्दी")) == 1


@pytest.mark.parametrize(
    ("heard", "found"),
    [
        ("yes", "Yes"),
        ("Oh yes, please!", "yes please"),
        ("I know", None),
        ("no, no", "no"),
        ("yesterday", None),
        ("", None),
    ],
)
def test_find_whole_words_the_longest_phrase_first(heard: str, found: str | None) -> None:
    assert find(["Yes", "yes please", "no"], heard) == found


ANSWERS = [["Yes"], ["No"], ["don\u2019t know"]]


def chosen(heard: str, choices: list[list[str]] | None = None, language: str | None = None) -> str | None:
    found = find_choice(choices or ANSWERS, heard, language)
    return None if found is None else found.phrase


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("Yeah, sure.", "Yes"),
        ("Of course!", "Yes"),
        ("No problem.", "Yes"),
        ("I guess so, yes I will", "Yes"),
        ("Of course not.", "No"),
        ("No thanks", "No"),
        ("Nope", "No"),
        ("I'm not sure", "don\u2019t know"),
        ("No, I don't know.", "don\u2019t know"),
        ("Maybe", "don\u2019t know"),
        ("No. No. No.", "No"),
        # both at once is neither
        ("Yes. No.", None),
        ("Well, yeah, nah", None),
        ("not yes", None),
        ("I know", None),
        ("The weather is high, okay?", None),
        ("Yeah, I will bring my wife and the children", "Yes"),
        ("The weather is nice, so yes", "Yes"),
        ("What is this about?", None),
    ],
)
def test_people_say_the_same_in_other_words(heard: str, meant: str | None) -> None:
    assert chosen(heard) == meant


def test_a_phrase_nobody_asked_for_still_hides_the_words_in_it() -> None:
    assert chosen("not sure", [["sure"], ["no"]]) is None
    assert chosen("sure", [["sure"], ["no"]]) == "sure"


def test_words_of_one_choice_said_together_are_that_choice() -> None:
    assert chosen("yes, correct", [["yes", "correct"], ["no"]]) == "yes"


@pytest.mark.parametrize(
    ("language", "choices", "heard", "meant"),
    [
        ("de-DE", [["Ja"], ["Nein"]], "nö, danke", "Nein"),
        ("de", [["Ja"], ["Nein"]], "Auf jeden Fall!", "Ja"),
        ("es-ES", [["sí"], ["no"], ["no sé"]], "No lo sé.", "no sé"),
        ("fr", [["oui"], ["non"]], "Bien sûr que non", "non"),
        ("it", [["sì"], ["no"]], "Certo!", "sì"),
        ("fi-FI", [["kyllä"], ["ei"], ["en tiedä"]], "En oikein tiedä, ehkä", "en tiedä"),
        ("hi", [["हाँ"], ["नहीं"]], "जी नहीं", "नहीं"),
        # of a language without a table the words themselves count
        ("tlh", [["HIja"], ["ghobe"]], "ghobe", "ghobe"),
    ],
)
def test_each_language_has_its_own_words(language: str, choices: list[list[str]], heard: str, meant: str) -> None:
    assert chosen(heard, choices, language) == meant


@pytest.mark.parametrize(
    ("heard", "found"),
    [
        ("apointment", "appointment"),
        ("The appointments", "appointment"),
        ("cansel", "cancel"),
        # short words are too like each other
        ("nor", None),
        ("I have an appointed time for many other things", None),
        ("not canceled", None),
    ],
)
def test_a_misheard_word_is_found_in_a_short_answer(heard: str, found: str | None) -> None:
    assert chosen(heard, [["appointment"], ["cancel"], ["no"]]) == found


def test_what_is_near_to_two_choices_is_neither() -> None:
    assert chosen("planer", [["planet"], ["planes"]]) is None


@pytest.mark.parametrize(("heard", "keyword"), [("1.", "one"), ("One", "one"), ("Two!", "2"), ("2", "2")])
def test_figures_and_their_names_are_the_same_word(heard: str, keyword: str) -> None:
    assert chosen(heard, [["one"], ["2"]]) == keyword


@pytest.mark.parametrize(
    ("heard", "language", "keys"),
    [
        ("One.", None, "1"),
        ("Number 2, please", "en-GB", "2"),
        ("1, 2, three four", "en", "1234"),
        ("1234", "en", "1234"),
        ("die Eins bitte", "de", "1"),
        ("no one", "en", ""),
        ("well, yes", "en", ""),
        ("one moment", "en", ""),
        ("uno", "es-MX", "1"),
    ],
)
def test_spoken_digits_are_keys_when_there_is_nothing_else(heard: str, language: str | None, keys: str) -> None:
    assert spoken_digits(heard, language) == keys


def test_expected_words_are_the_authors_and_their_synonyms() -> None:
    words = expected([["Yes"], ["later"]], "en-US")
    assert words[0] == "Yes"
    assert {"yeah", "of course", "later"} <= set(words)
    assert "nope" not in words
    assert expected([["1"]], "de") == ("eins",)


def test_no_synonym_stands_in_two_groups_of_a_language() -> None:
    for language, groups in GROUPS.items():
        keys = [fold(phrase) for group in groups for phrase in group]
        assert len(keys) == len(set(keys)), language
        assert () not in keys


def test_each_language_has_ten_digits() -> None:
    assert {language: len(digits) for language, digits in DIGITS.items()} == dict.fromkeys(GROUPS, 10)


@given(st.lists(st.text(max_size=12), min_size=1, max_size=5), st.text(max_size=40), st.sampled_from([None, "de", "x"]))
def test_whatever_was_heard_finds_a_phrase_of_the_author_or_nothing(
    phrases: list[str], heard: str, language: str | None
) -> None:
    found = find(phrases, heard, language)
    assert found is None or found in phrases


@given(st.sampled_from(sorted(GROUPS)), st.data())
def test_every_synonym_is_understood_when_it_is_all_that_was_said(language: str, data: st.DataObject) -> None:
    groups = GROUPS[language]
    index = data.draw(st.integers(0, len(groups) - 1))
    said = data.draw(st.sampled_from(groups[index]))
    found = find_choice([[group[0]] for group in groups], said.upper() + "!", language)
    assert found is not None
    assert found.phrase == groups[index][0]
