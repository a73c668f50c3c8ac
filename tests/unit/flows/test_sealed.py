from __future__ import annotations

from callwright.flows.commands import Audio, Speech
from callwright.flows.sealed import MARK, with_code


def test_the_code_is_said_digit_by_digit_in_the_voice_of_the_text() -> None:
    item = Speech(text=f"Your code is: {MARK} Once more: {MARK} Goodbye.", voice="anna", rate=0.9)
    said = list(with_code([item], "407"))
    digits = ["4.", "0.", "7."]
    assert [each.text for each in said if isinstance(each, Speech)] == [
        "Your code is:", *digits, "Once more:", *digits, "Goodbye.",
    ]  # fmt: skip
    assert {(each.voice, each.rate) for each in said if isinstance(each, Speech)} == {("anna", 0.9)}


def test_what_holds_no_mark_stays_as_it_is() -> None:
    items = [Speech(text="Hello"), Audio(audio_id="aud_1")]
    assert list(with_code(items, "407")) == items
