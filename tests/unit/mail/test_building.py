"""Whole mails, read back by the standard library; signatures checked by dkimpy."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import dkim
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.mail.building import Envelope, Template
from callwright.mail.content import read_content
from callwright.mail.dkim import Signer, new_key

KEY = new_key()
SIGNER = Signer(domain="example.com", selector="s", key=KEY.private)
WHEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def built(body: dict[str, Any], *, signed: bool = False, add_html: str = "", **variables: str) -> bytes:
    envelope = Envelope(
        to="ann@example.org",
        sender="shop@example.com",
        sender_name="The Shop",
        variables=variables,
        message_id="one.two@example.com",
        date=WHEN,
        headers={"List-Unsubscribe": "<https://example.com/u>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )
    signer = SIGNER if signed else None
    return Template(read_content(body)).build(envelope, signer=signer, add_html=add_html)


def read(octets: bytes) -> EmailMessage:
    mail = message_from_bytes(octets, policy=default)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    return mail


def text(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_the_head() -> None:
    mail = read(built({"subject": "Grüße, {NAME}", "text": "x", "reply_to": "help@example.com"}, NAME="Jörg"))
    assert mail["Subject"] == "Grüße, Jörg"
    assert mail["From"] == "The Shop <shop@example.com>"
    assert mail["To"] == "ann@example.org"
    assert mail["Reply-To"] == "help@example.com"
    assert mail["Message-ID"] == "<one.two@example.com>"
    assert mail["Date"].datetime == WHEN
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["MIME-Version"] == "1.0"


def test_a_value_cannot_add_a_header() -> None:
    mail = read(
        built({"subject": "{A}", "text": "x", "headers": {"X-A": "{A}"}}, A="a\r\nBcc: evil@example.com\r\n\r\nb")
    )
    assert mail["Bcc"] is None
    assert mail["Subject"] == "a Bcc: evil@example.com b"
    assert text(mail, "plain") == "x\n"


def test_text_and_html_are_alternatives() -> None:
    mail = read(built({"subject": "s", "html": "<p>Hi {N}</p>"}, N="<b>"))
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert text(mail, "plain") == "Hi <b>\n"
    assert "<p>Hi &lt;b&gt;</p>" in text(mail, "html")


def test_files_are_attached_and_pictures_shown() -> None:
    octets = bytes(range(256)) * 3
    content = base64.b64encode(octets).decode()
    files = [
        {"filename": "Übersicht.pdf", "content_type": "application/pdf", "content": content},
        {"filename": "logo.png", "content_type": "image/png", "content": content, "content_id": "logo"},
    ]
    mail = read(built({"subject": "s", "html": '<img src="cid:logo">', "attachments": files}))
    (attached,) = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("Übersicht.pdf", "application/pdf")
    assert attached.get_content() == octets
    shown = next(part for part in mail.walk() if part["Content-ID"] == "<logo>")
    assert shown.get_content_disposition() == "inline"
    assert text(mail, "html")


def test_html_that_is_added_stands_at_the_end_of_the_body() -> None:
    mail = read(built({"subject": "s", "html": "<p>x</p>"}, add_html='<img src="https://example.com/o">'))
    assert '<p>x</p><img src="https://example.com/o"></body>' in text(mail, "html")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")))
def test_every_text_arrives(value: str) -> None:
    octets = built({"subject": "s", "text": "{A}"}, signed=False, A=value)
    assert all(len(line) <= 998 for line in octets.split(b"\r\n"))
    assert b"\n" not in octets.replace(b"\r\n", b"")
    assert text(read(octets), "plain") == (value if value.endswith("\n") else value + "\n")


@pytest.mark.parametrize("value", ["From here", "x" * 2000, "ü" * 2000, ".\n..\n", "= =20", "tab\t \nend "])
def test_hard_texts_arrive(value: str) -> None:
    octets = built({"subject": "s", "text": "{A}"}, A=value)
    assert not any(line.startswith(b"From ") for line in octets.partition(b"\r\n\r\n")[2].split(b"\r\n"))
    assert text(read(octets), "plain").rstrip("\n") == value.rstrip("\n")


def test_a_signed_mail_is_valid() -> None:
    octets = built({"subject": "Grüße an {A}", "html": "<p>ä {A}</p>"}, signed=True, A="Ann")
    assert octets.startswith(b"DKIM-Signature: ")
    assert dkim.verify(octets, dnsfunc=lambda name, timeout=5: KEY.record.encode())
    assert b"list-unsubscribe:list-unsubscribe-post" in octets.replace(b"\r\n ", b"").replace(b" ", b"")
