"""What mail servers send back. Reports of a real server are read in ``tests/integration/channels/email``."""

from __future__ import annotations

import pytest

from callwright.ids import new_id
from callwright.mail.reports import read_report
from callwright.mail.tokens import Tokens

TOKENS = Tokens(b"key")
MESSAGE = new_id("eml")
PATH = TOKENS.return_path(MESSAGE, "bounces@example.com")
#: After RFC 3464, appendix E, and RFC 5965, appendix B.
DSN = """From: MAILER-DAEMON@mx.example.org
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

It could not be delivered.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; ann@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--B
Content-Type: text/rfc822-headers

Message-ID: <{message_id}>
Subject: x

--B--
"""
COMPLAINT = """From: fbl@example.org
To: abuse@example.com
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: text/plain

An abuse report.
--B
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Some/1.0
Version: 1

--B
Content-Type: message/rfc822

Message-ID: <{message_id}>
Subject: x

hi
--B--
"""
#: What qmail sends: no standard.
QMAIL = """From: MAILER-DAEMON@mx.example.org
To: {to}
Subject: failure notice

Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ann@example.org>:
550 5.1.1 no such mailbox
"""


def dsn(**changes: str) -> bytes:
    fields = {"to": PATH, "action": "failed", "status": "5.1.1", "said": "550 5.1.1 No such user", "message_id": "x@y"}
    return DSN.format(**(fields | changes)).replace("\n", "\r\n").encode()


def test_a_bounce_by_its_address() -> None:
    report = read_report(dsn(), TOKENS)
    assert report is not None
    assert (report.message_id, report.kind, report.status) == (MESSAGE, "bounced", "5.1.1")
    assert report.reason == "550 5.1.1 No such user"
    assert report.gone


def test_a_bounce_by_the_mail_that_it_returns() -> None:
    octets = dsn(to="bounces@example.com", message_id=TOKENS.message_id(MESSAGE, "example.com"))
    report = read_report(octets, TOKENS)
    assert report is not None
    assert report.message_id == MESSAGE


def test_a_bounce_by_its_envelope() -> None:
    report = read_report(dsn(to="bounces@example.com"), TOKENS, sent_to=[PATH])
    assert report is not None
    assert report.message_id == MESSAGE


@pytest.mark.parametrize(
    ("action", "status", "said", "kind", "gone"),
    [
        ("failed", "5.2.2", "552 5.2.2 Mailbox full", "bounced", False),
        ("failed", "5.7.1", "550 5.7.1 Refused by policy", "bounced", False),
        ("failed", "5.0.0", "550 5.1.1 unknown", "bounced", False),
        ("failed", "5.1.10", "556 5.1.10 Null MX", "bounced", True),
        ("delayed", "4.4.1", "connect timed out", "delayed", False),
        ("delivered", "2.0.0", "250 ok", "delivered", False),
    ],
)
def test_what_a_report_tells(action: str, status: str, said: str, kind: str, gone: bool) -> None:
    report = read_report(dsn(action=action, status=status, said=said), TOKENS)
    assert report is not None
    assert (report.kind, report.status, report.gone) == (kind, status, gone)


def test_a_report_of_what_others_do_says_nothing() -> None:
    assert read_report(dsn(action="relayed"), TOKENS) is None


@pytest.mark.parametrize(
    "to", ["bounces@example.com", f"bounces+{MESSAGE}.aaaaaaaaaaaa@example.com"], ids=["no token", "wrong token"]
)
def test_a_report_without_our_token_is_not_believed(to: str) -> None:
    assert read_report(dsn(to=to), TOKENS) is None


def test_a_complaint() -> None:
    octets = COMPLAINT.format(kind="abuse", message_id=TOKENS.message_id(MESSAGE, "example.com")).encode()
    report = read_report(octets, TOKENS)
    assert report is not None
    assert (report.message_id, report.kind, report.reason) == (MESSAGE, "complained", "abuse")


def test_who_says_that_it_is_no_spam_does_not_complain() -> None:
    octets = COMPLAINT.format(kind="not-spam", message_id=TOKENS.message_id(MESSAGE, "example.com")).encode()
    assert read_report(octets, TOKENS) is None


def test_a_bounce_without_a_standard() -> None:
    report = read_report(QMAIL.format(to=PATH).encode(), TOKENS)
    assert report is not None
    assert (report.kind, report.status, report.gone) == ("bounced", "5.1.1", True)


@pytest.mark.parametrize(
    "said",
    [
        "I am out of the office until Monday.",
        "Thank you! 550 is my house number.",
        "",
        "\x00\xff",
        "Stop writing to me.",
    ],
)
def test_what_people_and_their_programs_answer_is_no_bounce(said: str) -> None:
    answer = f"From: ann@example.org\nTo: {PATH}\nSubject: Re: x\nAuto-Submitted: auto-replied\n\n{said}\n"
    assert read_report(answer.encode(), TOKENS) is None


@pytest.mark.parametrize("octets", [b"", b"\x00", b"Content-Type: multipart/report; report-type=delivery-status\n\nx"])
def test_rubbish_is_no_report(octets: bytes) -> None:
    assert read_report(octets, TOKENS, sent_to=[PATH]) is None
