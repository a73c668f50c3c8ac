"""Parts of text messages: nothing lost, nothing too long, nothing dearer than needed."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from callwright.rules.sms_alphabet import GSM7, PORTUGUESE, SHIFTED, SPANISH, TURKISH, UCS2
from callwright.rules.sms_segments import (
    PART_OCTETS,
    TextError,
    alphanumeric_sender_problem,
    capacity,
    segment,
    user_data_header,
)

#: Texts of all kinds, some so long that they are cut.
TEXTS = st.builds(
    lambda begin, body, times: begin + body * times,
    st.text(max_size=10),
    st.one_of(*(st.text(st.sampled_from(some), max_size=9) for some in ("aé€[@\n", "abş€ç", "ñáã", "a\U0001f600я"))),
    st.integers(0, 80),
)


@given(TEXTS)
def test_parts_are_the_text_and_fit(text: str) -> None:
    assume(text.strip())
    cut = segment(text)
    assert "".join(cut.parts) == text
    for number, part in enumerate(cut.parts, 1):
        units = sum(cut.alphabet.units(character) for character in part)
        assert 0 < units <= cut.capacity
        header = user_data_header(shift=cut.alphabet.shift, total=cut.count, number=number)
        octets = -(-(-(-len(header) * 8 // 7) + units) * 7 // 8) if cut.alphabet.gsm else len(header) + 2 * units
        assert octets <= PART_OCTETS
        # no surrogate pair and no escape was cut: each part can be read alone
        assert cut.alphabet.decode(cut.alphabet.encode(part)) == part


@given(TEXTS)
def test_no_other_alphabet_takes_fewer_parts(text: str) -> None:
    assume(text.strip())
    cut = segment(text)
    for alphabet in (GSM7, UCS2, *SHIFTED):
        if not alphabet.has(text):
            continue
        units = sum(alphabet.units(character) for character in text)
        alone = units <= capacity(alphabet, joined=False)
        # a character of two units may leave one unit of a part empty
        room = capacity(alphabet, joined=True) - any(alphabet.units(character) == 2 for character in text)
        assert cut.count <= (1 if alone else -(-units // room))
    if GSM7.has(text):
        assert cut.alphabet is GSM7


@pytest.mark.parametrize(
    ("alphabet", "alone", "joined"),
    [(GSM7, 160, 153), (UCS2, 70, 67), (TURKISH, 155, 149), (SPANISH, 155, 149), (PORTUGUESE, 155, 149)],
    ids=lambda value: getattr(value, "name", value),
)
def test_capacities(alphabet, alone: int, joined: int) -> None:
    assert (capacity(alphabet, joined=False), capacity(alphabet, joined=True)) == (alone, joined)


@pytest.mark.parametrize(
    ("text", "alphabet", "parts"),
    [
        ("a" * 160, GSM7, 1),
        ("a" * 161, GSM7, 2),
        ("€" * 80, GSM7, 1),
        ("€" * 81, GSM7, 2),
        ("a" * 306, GSM7, 2),
        ("a" * 152 + "€" + "a" * 152, GSM7, 3),
        ("я" * 70, UCS2, 1),
        ("я" * 71, UCS2, 2),
        ("😀" * 35, UCS2, 1),
        ("😀" * 36, UCS2, 2),
        ("ş" + "a" * 69, UCS2, 1),
        ("ş" + "a" * 70, TURKISH, 1),
        ("á" + "a" * 153, SPANISH, 1),
        ("ã" + "a" * 153, PORTUGUESE, 1),
        ("ã" + "a" * 154, PORTUGUESE, 2),
        ("ş" + "я" * 70, UCS2, 2),
    ],
)
def test_alphabet_and_parts(text: str, alphabet, parts: int) -> None:
    cut = segment(text)
    assert (cut.alphabet.name, cut.count) == (alphabet.name, parts)


def test_a_route_without_shift_tables() -> None:
    assert segment("ş" + "a" * 70, shifts=()).alphabet is UCS2


def test_a_pair_at_the_border_goes_to_the_next_part() -> None:
    cut = segment("я" * 66 + "😀" + "я" * 10)
    assert [len(part) for part in cut.parts] == [66, 11]


@pytest.mark.parametrize(
    ("text", "most", "said"),
    [("", 10, "empty"), (" \n", 10, "empty"), ("a\ud83d", 10, "surrogate"), ("a" * 1531, 10, "needs 11 parts")],
)
def test_texts_that_cannot_be_sent(text: str, most: int, said: str) -> None:
    with pytest.raises(TextError, match=said):
        segment(text, most_parts=most)


def test_headers() -> None:
    assert user_data_header() == b""
    assert user_data_header(shift=1).hex() == "03240101"
    assert user_data_header(reference=0x1A7, total=3, number=2).hex() == "050003a70302"
    assert user_data_header(shift=3, reference=7, total=2).hex() == "080003070201240103"


@pytest.mark.parametrize(
    ("sender", "said"),
    [
        ("Callwright", None),
        ("Ä-Bank 24", None),
        ("", "empty"),
        ("TwelveLetter", "at most 11"),
        ("Ten letter€", "at most 11"),
        ("Łódź", "alphabet"),
        ("12345", "letter"),
        (" Shop", "spaces"),
        ("Sh\nop", "line ends"),
    ],
)
def test_names_as_senders(sender: str, said: str | None) -> None:
    problem = alphanumeric_sender_problem(sender)
    assert problem is None if said is None else problem is not None and said in problem
