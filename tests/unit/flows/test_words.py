from __future__ import annotations

import pytest

from callwright.flows.words import find, fold


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
