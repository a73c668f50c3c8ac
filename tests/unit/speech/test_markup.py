from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.speech.markup import LONGEST_BREAK_MS, is_markup, markup_fault
from callwright.speech.segments import Segment, Sentence, Silence, plan


def _words(segments: list[Segment]) -> list[str | int]:
    return [item.text if isinstance(item, Sentence) else item.milliseconds for item in segments]


@pytest.mark.parametrize(
    ("inside", "heard"),
    [
        ("Hello.", ["Hello."]),
        ('One <break time="500ms"/> two', ["One", 500, "two"]),
        ('<break time="1.5s"/>', [1500]),
        ('<break time="100s"/>', [LONGEST_BREAK_MS]),
        ("<break/>", [500]),
        ('<break strength="strong"/>', [750]),
        ('<break strength="none"/>', []),
        ('<break time="soon"/>', [500]),
        ('Code <say-as interpret-as="digits">1234</say-as>.', ["Code one two three four."]),
        ('<say-as interpret-as="characters">ab-12</say-as>', ["A B, one two"]),
        ('<say-as interpret-as="spell-out">USA</say-as>', ["U S A"]),
        ('<say-as interpret-as="date" format="dmy">3/4/2026</say-as>', ["April third, twenty twenty-six"]),
        ('<say-as interpret-as="date" format="mdy">3/4/2026</say-as>', ["March fourth, twenty twenty-six"]),
        ('<say-as interpret-as="telephone">4155550132</say-as>', ["four one five, five five five, zero one three two"]),
        ('<say-as interpret-as="cardinal">12345</say-as>', ["twelve thousand three hundred forty-five"]),
        ('<say-as interpret-as="cardinal">2026</say-as>', ["two thousand twenty-six"]),
        ('<say-as interpret-as="ordinal">3</say-as>', ["third"]),
        ('<say-as interpret-as="unknown">3</say-as>', ["three"]),
        ('The <sub alias="World Wide Web">WWW</sub> is big.', ["The World Wide Web is big."]),
        ("<p>One. Two.</p>Three", ["One.", "Two.", 400, "Three"]),
        ("<s>One</s><s>two</s>", ["One", "two"]),
        ('<emphasis level="strong">Now</emphasis>, please', ["Now, please"]),
        ("Tom &amp; Jerry", ["Tom and Jerry"]),
        # a variable that was filled in carelessly must not silence the call
        ("Tom & <b>Jerry", ["Tom and Jerry"]),
        ("", []),
    ],
)
def test_what_is_heard(inside: str, heard: list[str | int]) -> None:
    assert _words(plan(f"<speak>{inside}</speak>", "en-US")) == heard


def test_attributes_and_namespace_of_the_root_do_not_matter() -> None:
    text = '<speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis">One <break time="1s"/></speak>'
    assert _words(plan(text, "en-US")) == ["One", 1000]


@pytest.mark.parametrize(
    ("attributes", "rate", "pitch"),
    [
        ('rate="slow"', 0.75, 1.0),
        ('rate="80%"', 0.8, 1.0),
        ('rate="+20%"', 1.2, 1.0),
        ('rate="1.5"', 1.5, 1.0),
        ('rate="500%"', 2.0, 1.0),
        ('pitch="-10%"', 1.0, 0.9),
        ('pitch="+12st"', 1.0, 2.0),
        ('pitch="-99st"', 1.0, 0.5),
        ('rate="quickly" pitch="high"', 1.0, 1.2),
    ],
)
def test_prosody(attributes: str, rate: float, pitch: float) -> None:
    (sentence,) = plan(f"<speak><prosody {attributes}>Hi</prosody></speak>", "en-US")
    assert sentence == Sentence(text="Hi", rate=rate, pitch=pitch)


def test_prosody_multiplies_what_is_around_it() -> None:
    text = '<speak><prosody rate="80%">One. <prosody rate="50%">Two.</prosody></prosody> Three.</speak>'
    rates = [item.rate for item in plan(text, "en-US", rate=1.25) if isinstance(item, Sentence)]
    assert rates == [1.0, 0.5, 1.25]


def test_other_languages_spell_in_their_own_words() -> None:
    text = (
        '<speak><say-as interpret-as="digits">12</say-as>. <say-as interpret-as="telephone">030 55</say-as>. '
        '<say-as interpret-as="ordinal">3</say-as></speak>'
    )
    assert _words(plan(text, "de-DE")) == ["eins zwei.", "null drei null, fünf fünf.", "dritte"]


def test_plain_text_with_angle_brackets_is_no_markup() -> None:
    assert not is_markup("a <b> c")
    assert _words(plan("a <b> c", "en-US")) == ["a b c"]


def test_faults_are_told_to_authors() -> None:
    assert markup_fault("<speak>fine &amp; good</speak>") is None
    assert "&amp;" in str(markup_fault("<speak>Tom & Jerry</speak>"))
    assert "not allowed" in str(markup_fault('<!DOCTYPE a [<!ENTITY b "c">]><speak>&b;</speak>'))


def test_tags_without_end_do_not_exhaust_the_stack() -> None:
    text = f"<speak>{'<s>' * 5000}deep{'</s>' * 5000}</speak>"
    assert "within each other" in str(markup_fault(text))
    assert _words(plan(text, "en-US")) == ["deep"]
    assert markup_fault(f"<speak>{'<s>' * 40}deep{'</s>' * 40}</speak>") is None


def test_entities_are_not_expanded() -> None:
    assert _words(plan('<speak><!DOCTYPE s [<!ENTITY a "boo">]>&a; fine</speak>', "en-US")) != ["boo fine"]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<break/>", '<break time="', 'x"/>', "<prosody rate='", "9%'>", "</prosody>", "<sub>", "</sub>",
             "<say-as ", "interpret-as='ordinal'>", "interpret-as='telephone'>", "</say-as>", "&", "&amp;", "<",
             ">", "12", "a", "-"]
        ),
        max_size=12,
    ).map("".join)
)  # fmt: skip
def test_no_markup_raises(inside: str) -> None:
    for segment in plan(f"<speak>{inside}</speak>", "en-US"):
        assert isinstance(segment, Silence) or 0.5 <= segment.rate <= 2.0
