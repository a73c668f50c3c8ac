from urllib.parse import parse_qsl

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.messages.gateways.language import read_gateway
from callwright.messages.gateways.presets import with_preset
from callwright.messages.gateways.requests import OutgoingText, make_request, read_answer

JSON = "application/json"


def gateway(secrets=(), **parts):
    send = {"url": "https://sms.example/send", "form": {"to": "{to}", "text": "{text}"}}
    return read_gateway({**parts, "send": {**send, **parts.get("send", {})}}, secrets)


def message(**changes):
    plain = {"id": "sms_1", "to": "+4915112345678", "sender": "ACME", "text": "Hello & goodbye"}
    return OutgoingText(**{**plain, **changes})


def test_telnyx_is_sent_what_its_reference_asks_for():
    secrets = {"token": "KEY", "public_key": "x"}
    telnyx = read_gateway(with_preset({"preset": "telnyx"}, secrets), secrets)
    url = "https://us.example/gateways/route/secret"
    request = make_request(telnyx, secrets, message(media=["https://us.example/cat.png"], webhook_url=url))
    assert request.method == "POST"
    assert request.url == "https://api.telnyx.com/v2/messages"
    assert request.headers["Authorization"] == "Bearer KEY"
    assert request.headers["Idempotency-Key"] == "sms_1"
    assert orjson.loads(request.body) == {
        "to": "+4915112345678",
        "from": "ACME",
        "text": "Hello & goodbye",
        "media_urls": ["https://us.example/cat.png"],
        "webhook_url": f"{url}?message=sms_1",
    }
    assert b"media_urls" not in make_request(telnyx, secrets, message()).body


def test_telnyx_answers_are_understood():
    secrets = {"token": "KEY", "public_key": "x"}
    telnyx = read_gateway(with_preset({"preset": "telnyx"}, secrets), secrets)
    yes = read_answer(telnyx, "sms_1", 200, JSON, b'{"data": {"id": "40385f64", "to": [{"status": "queued"}]}}')
    assert (yes.outcome, yes.provider_id) == ("accepted", "40385f64")
    body = b'{"errors": [{"code": "40310", "title": "Invalid \'to\'", "detail": "The destination is not a number."}]}'
    no = read_answer(telnyx, "sms_1", 422, JSON, body)
    assert (no.outcome, no.permanent, no.code) == ("refused", True, "40310")
    assert no.said == "HTTP 422: 40310 The destination is not a number."


def test_a_get_gateway_has_everything_in_its_query():
    kannel = read_gateway(
        {
            "send": {
                "method": "GET",
                "url": "http://kannel.example:13013/cgi-bin/sendsms",
                "query": {"user": "{user}", "pass": "{token}", "to": "{to_digits}", "from": "{from}", "text": "{text}",
                          "dlr-url": "{webhook_url}"},
            },
            "answer": {"format": "text", "accepted_if": {"words[0]": ["0", "3"]}},
            "values": {"user": "me"},
        },
        ["token"],
    )  # fmt: skip
    request = make_request(kannel, {"token": "p&w"}, message())
    assert request.body == b""
    query = dict(parse_qsl(request.url.partition("?")[2]))
    assert query == {"user": "me", "pass": "p&w", "to": "4915112345678", "from": "ACME", "text": "Hello & goodbye"}
    assert read_answer(kannel, "sms_1", 202, "text/html", b"0: Accepted for delivery").provider_id == "sms_1"
    assert read_answer(kannel, "sms_1", 202, "text/html", b"5: Rejected").outcome == "refused"


def test_basic_credentials_and_a_placeholder_in_the_path():
    made = make_request(
        gateway(["token"], send={"url": "https://sms.example/{to}/x", "username": "me", "password": "{token}"}),
        {"token": "t:1"},
        message(to="+1/2"),
    )
    assert made.url == "https://sms.example/%2B1%2F2/x"
    assert made.headers["Authorization"] == "Basic bWU6dDox"
    assert "t:1" not in repr(made)


def test_a_line_end_never_reaches_a_header():
    with pytest.raises(ValueError, match="line ends"):
        make_request(gateway(send={"headers": {"X-Text": "{text}"}}), {}, message(text="a\r\nX-Evil: 1"))


def test_media_need_a_gateway_that_carries_them():
    with pytest.raises(ValueError, match="no media"):
        make_request(gateway(), {}, message(media=["https://x.example/a.png"]))


def test_validity_is_cut_to_what_the_gateway_takes():
    made = make_request(
        gateway(send={"form": {"to": "{to}", "text": "{text}", "ttl": "{validity_seconds}"}, "longest_validity": 600}),
        {},
        message(validity_seconds=86400),
    )
    assert dict(parse_qsl(made.body.decode()))["ttl"] == "600"


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_no_text_changes_the_form_of_a_request(text):
    as_form = make_request(gateway(), {}, message(text=text))
    assert parse_qsl(as_form.body.decode(), keep_blank_values=True) == [("to", "+4915112345678"), ("text", text)]
    json = {"to": "{to}", "messages": [{"body": "{text}"}]}
    as_json = make_request(
        read_gateway({"send": {"url": "https://sms.example/", "json": json}}, []), {}, message(text=text)
    )
    assert orjson.loads(as_json.body) == {"to": "+4915112345678", "messages": [{"body": text}]}


@pytest.mark.parametrize(
    ("status", "body", "outcome", "permanent"),
    [
        (200, b'{"id": "m1", "ok": true}', "accepted", False),
        (201, b'{"id": 17, "ok": true}', "accepted", False),
        (200, b'{"ok": false, "code": 5}', "refused", True),
        (200, b'{"ok": false, "code": 1}', "refused", False),
        # it said yes, but we shall not know of what the receipts speak; or it said something else altogether
        (200, b'{"ok": true}', "unknown", False),
        (200, b"<html>", "unknown", False),
        (200, b"{}", "unknown", False),
        (302, b"", "refused", True),
        (400, b'{"code": 9}', "refused", True),
        (400, b'{"code": 1}', "refused", False),
        (429, b"", "refused", False),
        (503, b"", "refused", False),
        (500, b"", "unknown", False),
        (502, b"", "unknown", False),
        (504, b"", "unknown", False),
    ],
)
def test_what_an_answer_means(status, body, outcome, permanent):
    rules = {
        "format": "json",
        "id": "id",
        "code": "code",
        "accepted_if": {"ok": ["true"]},
        "again": ["429", "503", "1"],
    }
    verdict = read_answer(gateway(answer=rules), "sms_1", status, "application/json", body)
    assert (verdict.outcome, verdict.permanent) == (outcome, permanent)
