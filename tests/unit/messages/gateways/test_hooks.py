from urllib.parse import urlencode

import orjson
import pytest

from callwright.messages.gateways.hooks import GatewayReceipt, GatewayText, read_hook
from callwright.messages.gateways.language import read_gateway
from callwright.messages.gateways.presets import with_preset

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def preset(name):
    secrets = {"token": "t", "public_key": "k"}
    return read_gateway(with_preset({"preset": name, "values": {"account": "AC1"}}, secrets), secrets)


def test_twilio_tells_of_delivery():
    body = urlencode(
        {"MessageSid": "SM1", "SmsSid": "SM1", "MessageStatus": "undelivered", "SmsStatus": "undelivered",
         "ErrorCode": "30003", "To": "+15558675310", "From": "+14155552345", "AccountSid": "AC1"}
    ).encode()  # fmt: skip
    (told,) = read_hook(preset("twilio"), query="", content_type=FORM, body=body)
    assert told == GatewayReceipt(provider_id="SM1", state="undelivered", word="undelivered", error="30003")


def test_twilio_brings_a_text_with_pictures():
    body = urlencode(
        {"MessageSid": "MM1", "SmsSid": "MM1", "SmsStatus": "received", "From": "+15558675310", "To": "+14155552345",
         "Body": "Look", "NumMedia": "2", "MediaUrl0": "https://t.example/0", "MediaUrl1": "https://t.example/1"}
    ).encode()  # fmt: skip
    (told,) = read_hook(preset("twilio"), query="", content_type=FORM, body=body)
    assert told == GatewayText(
        provider_id="MM1",
        sender="+15558675310",
        recipient="+14155552345",
        text="Look",
        media=("https://t.example/0", "https://t.example/1"),
    )


def telnyx(event, **payload):
    body = {"data": {"event_type": event, "id": "e1", "record_type": "event", "payload": {"id": "m1", **payload}}}
    return read_hook(preset("telnyx"), query="", content_type=JSON, body=orjson.dumps(body))


def test_telnyx_tells_of_delivery():
    to = [{"phone_number": "+15558675310", "status": "delivery_failed"}]
    (told,) = telnyx("message.finalized", to=to, errors=[{"code": "40002", "title": "Blocked"}])
    assert told == GatewayReceipt(provider_id="m1", state="undelivered", word="delivery_failed", error="40002")
    (told,) = telnyx("message.sent", to=[{"status": "sent"}], errors=[])
    assert told == GatewayReceipt(provider_id="m1", state="enroute", word="sent", error=None)


def test_telnyx_brings_a_text():
    received = {
        "from": {"phone_number": "+15558675310"},
        "to": [{"phone_number": "+14155552345", "status": "webhook_delivered"}],
    }
    (told,) = telnyx("message.received", text="Hi", media=[{"url": "https://t.example/a"}], **received)
    assert told == GatewayText(
        provider_id="m1", sender="+15558675310", recipient="+14155552345", text="Hi", media=("https://t.example/a",)
    )


def test_what_is_about_something_else_says_nothing():
    assert telnyx("10dlc.campaign.update", to=[{"status": "sent"}]) == []
    assert read_hook(preset("twilio"), query="", content_type=FORM, body=b"CallSid=CA1") == []
    with pytest.raises(ValueError, match="not JSON"):
        read_hook(preset("telnyx"), query="", content_type=JSON, body=b"{")


def test_several_in_one_and_a_get():
    described = {
        "send": {"url": "https://sms.example/", "query": {"to": "{to}", "text": "{text}"}, "method": "GET"},
        "receipt": {
            "items": "results[]",
            "id": "messageId",
            "state": "status.groupName",
            "states": {"DELIVERED": "delivered"},
        },
    }
    many = read_gateway(described, [])
    body = {
        "results": [
            {"messageId": "a", "status": {"groupName": "DELIVERED"}},
            {"messageId": "b", "status": {"groupName": "?"}},
        ]
    }
    told = read_hook(many, query="", content_type=JSON, body=orjson.dumps(body))
    assert [(each.provider_id, each.state) for each in told] == [("a", "delivered"), ("b", "unknown")]
    described["receipt"] = {"id": "id", "state": "d", "states": {"1": "delivered", "2": "undelivered", "8": "enroute"}}
    (one,) = read_hook(read_gateway(described, []), query="id=sms_1&d=1", content_type="", body=b"")
    assert one == GatewayReceipt(provider_id="sms_1", state="delivered", word="1", error=None)


def test_nothing_that_the_database_refuses_comes_through():
    body = urlencode(
        {"MessageSid": "M\0", "SmsStatus": "received", "From": "+1\0", "To": "+2", "Body": "a\0b"}
    ).encode()
    (told,) = read_hook(preset("twilio"), query="", content_type=FORM, body=body)
    assert (told.provider_id, told.sender, told.text) == ("M", "+1", "ab")
