import pytest

from callwright.errors import InvalidRequest
from callwright.messages.gateways.language import read_gateway
from callwright.messages.gateways.presets import PRESETS, with_preset

PLAIN = {"send": {"url": "https://sms.example/send", "form": {"to": "{to}", "text": "{text}", "key": "{token}"}}}


def fields_of(data, secrets=("token",)):
    with pytest.raises(InvalidRequest) as caught:
        read_gateway(data, secrets)
    return {error.field: error.message for error in caught.value.errors}


def sending(**changes):
    return {**PLAIN, "send": {**PLAIN["send"], **changes}}


def test_a_plain_gateway_is_read():
    gateway = read_gateway(PLAIN, ["token"])
    assert gateway.send.method == "POST"
    assert gateway.answer.unknown == ["500", "502", "504"]
    assert not gateway.mms


def test_values_stand_in_the_request_and_empty_ones_take_their_field_away():
    data = sending(form={"to": "{to}", "text": "{text} {sig}", "profile": "{profile}"})
    gateway = read_gateway({**data, "values": {"sig": "ACME", "profile": ""}}, [])
    assert gateway.send.form == {"to": "{to}", "text": "{text} ACME"}


@pytest.mark.parametrize(
    ("data", "field", "says"),
    [
        ({}, "options.send", "is required"),
        (sending(form={"to": "{to}", "text": "{tekst}"}), "options.send.form", "{tekst} has no value"),
        (sending(form={"text": "{text}"}), "options.send", "{to} or {to_digits} is missing"),
        (sending(form={"to": "{to}"}), "options.send", "{text} is missing"),
        (sending(json={"to": "{to}"}), "options.send.json", "not both"),
        (sending(method="GET"), "options.send.method", "write query"),
        (sending(url="ftp://sms.example"), "options.send.url", "https"),
        (sending(url="https://{to}.example/"), "options.send.url", "names of values only"),
        (sending(url="https://{token}/"), "options.send.url", "names of values only"),
        (sending(url="https://u:p@sms.example/"), "options.send.url", "password"),
        (sending(headers={"X Y": "1"}), "options.send.headers", "must match"),
        ({**PLAIN, "mms": True}, "options.mms", "{media}"),
        ({**PLAIN, "answer": {"id": "a..b"}}, "options.answer.id", "is no path"),
        ({**PLAIN, "anwser": {}}, "options.anwser", "answer"),
        (
            {**PLAIN, "receipt": {"id": "a", "state": "b", "states": {"x": "gone"}}},
            "options.receipt.states.x",
            "delivered",
        ),
        ({**PLAIN, "proof": {"kind": "twilio", "key": "nope"}}, "options.proof.key", "token"),
        ({**PLAIN, "proof": {"kind": "hmac-sha256", "key": "token"}}, "options.proof.header", "required"),
        ({**PLAIN, "values": {"text": "x"}}, "options.values", "another"),
    ],
)
def test_what_cannot_work_is_named(data, field, says):
    found = fields_of(data)
    assert any(name.startswith(field) and says in message for name, message in found.items()), found


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_with_what_it_asks_for_is_whole(name):
    _, values, secrets = PRESETS[name]
    given = dict.fromkeys(secrets, "x")
    gateway = read_gateway(with_preset({"preset": name, "values": dict.fromkeys(values, "AC1")}, given), given)
    assert gateway.mms
    assert gateway.receipt is not None
    assert gateway.inbound is not None


def test_a_preset_says_what_it_misses():
    with pytest.raises(InvalidRequest) as caught:
        with_preset({"preset": "twilio"}, {})
    assert [error.field for error in caught.value.errors] == ["options.values.account", "secrets.token"]
    with pytest.raises(InvalidRequest, match="twilio, telnyx"):
        with_preset({"preset": "acme"}, {})


def test_what_stands_beside_a_preset_replaces_its_part():
    data = {"preset": "telnyx", "values": {"profile": "p1"}, "proof": {"kind": "none"}, "mms": False}
    whole = with_preset(data, {"token": "t", "public_key": "k"})
    gateway = read_gateway(whole, ["token", "public_key"])
    assert gateway.proof.kind == "none"
    assert gateway.send.json_body is not None
    assert gateway.send.json_body["messaging_profile_id"] == "p1"
    assert gateway.send.url == "https://api.telnyx.com/v2/messages"
