from __future__ import annotations

from callwright.flows.language import parse_flow
from callwright.flows.requirements import needed_capabilities
from support.flows import gather, say


def test_a_flow_of_speech_and_keys_needs_nothing() -> None:
    assert needed_capabilities(parse_flow({"steps": [say("A"), gather(branches={"1": [{"type": "optout"}]})]})) == {}


def test_each_need_comes_with_the_first_place() -> None:
    flow = parse_flow(
        {
            "steps": [
                gather(
                    keywords=[{"words": ["yes"], "next": [{"type": "sms", "text": "A"}, {"type": "sms", "text": "B"}]}],
                    invalid_prompt=[say("No."), {"type": "play", "audio": "aud_1"}],
                ),
                {"type": "play", "audio": "aud_2"},
                {"type": "record"},
                {"type": "email", "to": "a@example.com", "subject": "S", "text": "T"},
                {"type": "transfer", "to": "Ext:1000"},
            ]
        }
    )
    assert needed_capabilities(flow) == {
        "keywords": "steps[0].keywords",
        "audio": "steps[0].invalid_prompt[1]",
        "sms": "steps[0].keywords[0].next[0]",
        "record": "steps[2]",
        "email": "steps[3]",
        "transfer": "steps[4]",
    }
