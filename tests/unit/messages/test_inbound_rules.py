import pytest

from callwright.errors import InvalidRequest
from callwright.messages.inbound_rules import read_rules, stored_rules


def wrong(**data):
    with pytest.raises(InvalidRequest) as caught:
        read_rules(data, region="US")
    return {error.field: error.message for error in caught.value.errors}


def test_rules_are_read_and_numbers_normalised():
    rules = read_rules(
        {
            "forward_to": ["(415) 555-2671", "https://crm.example/sms"],
            "keywords": [
                {"words": ["Pizza", "pizza now"], "reply": "Coming!"},
                {"words": ["call"], "flow_id": "flo_1"},
            ],
            "language": "en",
        },
        region="US",
    )
    assert rules.forward_to == ["+14155552671", "https://crm.example/sms"]
    assert stored_rules(rules.model_dump()) == rules
    assert stored_rules({}) == read_rules({}, region="US")


def test_a_keyword_is_the_whole_text_or_its_first_word():
    rules = read_rules(
        {"keywords": [{"words": ["yes"], "reply": "a"}, {"words": ["yes please"], "reply": "b"}]}, region="US"
    )

    def reply(text):
        found = rules.keyword(text)
        return found and found.reply

    assert reply(" YES! ") == "a"
    assert reply("yes please") == "b"
    assert reply("yes, and bring a friend") == "a"
    assert reply("oh yes") is None
    assert reply("yesterday") is None
    assert reply("…") is None


@pytest.mark.parametrize(
    ("data", "field", "says"),
    [
        ({"forward_to": ["12"]}, "inbound.forward_to[0]", "not a possible"),
        ({"forward_to": ["911"]}, "inbound.forward_to[0]", ""),
        ({"forward_to": ["https://user:secret@x.example"]}, "inbound.forward_to[0]", "password"),
        ({"webhook_url": "ftp://x.example"}, "inbound.webhook_url", "https://"),
        ({"stop_reply": "x" * 613}, "inbound.stop_reply", "612"),
        ({"help_reply": "\u4f60" * 300}, "inbound.help_reply", "parts"),
        ({"keywords": [{"words": ["a"]}]}, "inbound.keywords[0]", "reply"),
        ({"keywords": [{"words": [], "reply": "x"}]}, "inbound.keywords[0].words", "empty"),
        ({"keywords": [{"words": ["?!"], "reply": "x"}]}, "inbound.keywords[0].words[0]", "no letter"),
        ({"keywords": [{"words": ["Stop"], "reply": "x"}]}, "inbound.keywords[0].words[0]", "STOP"),
        ({"keywords": [{"words": ["info"], "reply": "x"}]}, "inbound.keywords[0].words[0]", "HELP"),
        (
            {"keywords": [{"words": ["a"], "reply": "x"}, {"words": ["A."], "reply": "y"}]},
            "inbound.keywords[1].words[0]",
            "inbound.keywords[0].words[0] already",
        ),
        (
            {"keywords": [{"words": ["a"], "reply": "x", "call_from": "+14155552671"}]},
            "inbound.keywords[0].call_from",
            "",
        ),
        ({"keywords": [{"words": ["a"], "flow_id": "cal_1"}]}, "inbound.keywords[0].flow_id", "must match"),
        ({"stop_scope": "all"}, "inbound.stop_scope", "must be"),
        ({"language": "english!"}, "inbound.language", "must match"),
        ({"forwardto": []}, "inbound.forwardto", "forward_to"),
    ],
)
def test_what_is_wrong_is_named(data, field, says):
    found = wrong(**data)
    assert field in found, found
    assert says in found[field]
