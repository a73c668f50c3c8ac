from __future__ import annotations

from callwright.flows.ahead import said_ahead
from callwright.flows.language import parse_flow
from callwright.flows.machine import begin

FLOW = parse_flow(
    {
        "language": "en-GB",
        "steps": [
            {"type": "say", "text": "Hello {NAME}.", "phrasing": "sentences"},
            {
                "id": "menu",
                "type": "gather",
                "prompt": [{"type": "say", "text": "Press 1 or 2."}],
                "invalid_prompt": [{"type": "say", "text": "That was neither."}],
                "save_as": "CHOICE",
                "branches": {
                    "1": [{"type": "say", "text": "Thank you, {NAME}.", "voice": "en-US-Neural-M"}],
                    "2": [{"type": "optout", "confirmation": "You will not be called again, {name}."}],
                },
            },
            {"type": "say", "text": "You pressed {digits}."},
            {"type": "say", "text": "You chose {CHOICE}."},
        ],
        "on_machine": {"leave": [{"type": "say", "text": "Please call us back."}]},
    }
)


def said(**variables: str) -> list[str]:
    state = begin(variables, to="+12125550101", from_="+12125550100")
    return [speech.text for speech in said_ahead(FLOW, state)]


def test_everything_known_is_said_ahead_and_the_first_words_come_first() -> None:
    found = said(NAME="Maria")
    assert found[:2] == ["Hello Maria.", "Press 1 or 2."]
    assert sorted(found[2:]) == [
        "Please call us back.",
        "Thank you, Maria.",
        "That was neither.",
        "You will not be called again, Maria.",
    ]


def test_what_the_call_itself_brings_is_left_out() -> None:
    assert sorted(said()) == ["Please call us back.", "Press 1 or 2.", "That was neither."]


def test_items_are_those_of_the_call() -> None:
    first, *rest = said_ahead(FLOW, begin({"NAME": "Maria"}, to="+1", from_="+2"))
    assert (first.language, first.phrasing, first.values) == ("en-GB", "sentences", ((6, 11),))
    thanks = next(speech for speech in rest if speech.text.startswith("Thank"))
    # a voice of its own brings its own language
    assert (thanks.voice, thanks.language) == ("en-US-Neural-M", None)
