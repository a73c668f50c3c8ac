"""What providers report by webhooks, in the forms of their documentation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from callwright.ids import new_id
from callwright.mail.events import read_events
from callwright.mail.tokens import Tokens

TOKENS = Tokens(b"key")
MESSAGE = new_id("eml")
PATH = TOKENS.return_path(MESSAGE, "bounces@example.com")
NAME = f"<{TOKENS.message_id(MESSAGE, 'example.com')}>"


def ses(kind: str, **detail: Any) -> dict[str, Any]:
    inside = {"notificationType": kind, "mail": {"source": PATH, "destination": ["ann@example.org"]}, **detail}
    return {"Type": "Notification", "MessageId": "1", "Message": json.dumps(inside)}


def bounced(kind: str, status: str) -> dict[str, Any]:
    person = {"emailAddress": "ann@example.org", "status": status, "diagnosticCode": f"smtp; 550 {status} no"}
    return ses("Bounce", bounce={"bounceType": kind, "bouncedRecipients": [person]})


def mailgun(event: str, severity: str = "permanent") -> dict[str, Any]:
    inside = {
        "event": event,
        "severity": severity,
        "delivery-status": {"code": 550, "message": "550 5.1.1 no such user"},
        "message": {"headers": {"message-id": NAME.strip("<>")}},
    }
    return {"signature": {"token": "x"}, "event-data": inside}


def sendgrid(event: str, **more: Any) -> list[dict[str, Any]]:
    return [{"event": event, "email": "ann@example.org", "smtp-id": NAME, **more}]


def postmark(record: str, **more: Any) -> dict[str, Any]:
    metadata = {"callwright": TOKENS.token(MESSAGE)}
    return {"RecordType": record, "MessageID": "883953f4", "Email": "ann@example.org", "Metadata": metadata, **more}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (bounced("Permanent", "5.1.1"), "bounced", "5.1.1"),
        (bounced("Transient", "4.2.2"), "delayed", "4.2.2"),
        (ses("Complaint", complaint={"complaintFeedbackType": "abuse"}), "complained", None),
        (ses("Delivery", delivery={"smtpResponse": "250 2.6.0 ok"}), "delivered", "2.6.0"),
        (sendgrid("bounce", status="5.1.1", reason="550 5.1.1 no such user"), "bounced", "5.1.1"),
        (sendgrid("deferred", response="451 4.7.1 later"), "delayed", "4.7.1"),
        (sendgrid("delivered", response="250 ok"), "delivered", None),
        (sendgrid("spamreport"), "complained", None),
        (postmark("Bounce", Type="HardBounce", Details="smtp;550 5.7.1 blocked"), "bounced", "5.7.1"),
        (postmark("Bounce", Type="HardBounce", Description="The server was unable"), "bounced", "5.1.1"),
        (postmark("Bounce", Type="SoftBounce", Details="smtp;452 4.2.2 full"), "bounced", "4.2.2"),
        (postmark("Bounce", Type="Transient"), "delayed", None),
        (postmark("SpamComplaint", Type="SpamComplaint"), "complained", None),
        (postmark("Delivery", Details="smtp;250 2.0.0 ok"), "delivered", "2.0.0"),
        (mailgun("failed"), "bounced", "5.1.1"),
        (mailgun("failed", "temporary"), "delayed", "5.1.1"),
        (mailgun("delivered"), "delivered", "5.1.1"),
        (mailgun("complained"), "complained", "5.1.1"),
    ],
)
def test_what_is_reported(body: Any, kind: str, status: str | None) -> None:
    (report,) = read_events("application/json; charset=utf-8", json.dumps(body).encode(), TOKENS)
    assert (report.message_id, report.kind, report.status) == (MESSAGE, kind, status)


@pytest.mark.parametrize(
    "event", [("Open", {}), ("Bounce", {"Type": "AutoResponder"}), ("SubscriptionChange", {"SuppressSending": True})]
)
def test_other_records_of_postmark_report_nothing(event: tuple[str, dict[str, Any]]) -> None:
    body = postmark(event[0], **event[1])
    assert read_events("application/json", json.dumps(body).encode(), TOKENS) == []


@pytest.mark.parametrize("event", ["open", "click", "processed", "dropped", ""])
def test_other_events_report_nothing(event: str) -> None:
    assert read_events("application/json", json.dumps(sendgrid(event)).encode(), TOKENS) == []


def test_events_of_others_are_left_out() -> None:
    events = [*sendgrid("bounce"), {"event": "bounce", "smtp-id": f"<{MESSAGE}.aaaaaaaaaaaa@example.com>"}, 7, None]
    assert len(read_events("application/json", json.dumps(events).encode(), TOKENS)) == 1


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'{"Message": "no json"}', b'{"Message": "[[1]]"}'])
def test_strange_json_reports_nothing(body: bytes) -> None:
    assert read_events("application/json", body, TOKENS) == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="JSON"):
        read_events("application/json", body, TOKENS)


def test_a_raw_report() -> None:
    raw = (
        f"From: MAILER-DAEMON@x\nTo: {PATH}\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\n\n'
        "--B\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
        "Final-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.1.1\n\n--B--\n"
    )
    (report,) = read_events("message/rfc822", raw.encode(), TOKENS)
    assert (report.message_id, report.gone) == (MESSAGE, True)
    assert read_events("message/rfc822", b"Subject: hello\n\nhi", TOKENS) == []
