import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.api.dialects.robotalker.asked import Entry
from callwright.api.dialects.robotalker.message_texts import filled, translated

TOM = Entry(phone="954", name="Tom", variables={"var1": "one", "var2": "", "var3": "3", "var4": "#name#"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello #name#, thanks", "Hello Tom, thanks"),
        ("#NAME# #Var1#|#var2#|#var3#", "Tom one||3"),
        ("#var4#", "#name#"),
        ("press #", "press #"),
        ("{name} and {{name}} are text", "{name} and {{name}} are text"),
        ("#other# #name#", "#other# Tom"),
        ("#a#name#", "#aTom"),
        ("##name##", "#Tom#"),
        ("{#name#}", "{Tom}"),
        ("no placeholder", "no placeholder"),
    ],
)
def test_only_the_documents_placeholders_are_filled(text: str, expected: str) -> None:
    assert filled(text, TOM) == expected


def test_a_usual_text_is_stored_as_it_was_written() -> None:
    assert translated("Hello #name#, press # to #var1#") != ("Hello #name#, press # to #var1#", {})
    assert translated("Hello #name#") == ("Hello #name#", {})
    assert translated("press # or 1") == ("press # or 1", {})


@given(st.lists(st.sampled_from(["#", "{", "}", "name", "var1", "#name#", "#var2#", "x", " "]), max_size=12))
def test_nothing_else_is_ever_filled(parts: list[str]) -> None:
    text = "".join(parts)
    expected = text
    for name, value in (("#name#", "\0n"), ("#var1#", "\0v"), ("#var2#", "")):
        expected = expected.replace(name, value)
    entry = Entry(phone="", name="\0n", variables={"var1": "\0v", "var2": ""})
    # where two placeholders share a sign, the first from the left counts, which replace() does not know
    shared = [f"#{first}#{second}#" for first in ("name", "var1", "var2") for second in ("name", "var1", "var2")]
    if not any(both in text for both in shared):
        assert filled(text, entry) == expected
