"""What a mail may say, and what is refused with the field's name."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from callwright.errors import InvalidRequest
from callwright.mail.attachments import MAX_OCTETS
from callwright.mail.content import check_values, names_in, read_content

PDF = {"filename": "a.pdf", "content_type": "application/pdf", "content": base64.b64encode(b"%PDF").decode()}
WHOLE: dict[str, Any] = {
    "subject": "Hello {NAME}",
    "text": "Dear {NAME}, {x}",
    "html": "<p>{NAME} {y}</p>",
    "from_name": "Shop of {city}",
    "reply_to": "help@example.com",
    "headers": {"X-Order": "{order}"},
    "attachments": [PDF, {**PDF, "filename": "logo.png", "content_type": "image/png", "content_id": "logo"}],
}


def faults(body: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        read_content(body)
    return {error.field: error.message for error in caught.value.errors}


def test_a_content_is_stored_and_read_back() -> None:
    content = read_content(WHOLE)
    assert read_content(content.body()) == content
    assert content.body() == WHOLE


def test_placeholders_are_told() -> None:
    content = read_content(WHOLE)
    assert content.names == {"NAME", "x", "y", "city", "order"}
    assert names_in(content.body()) == content.names
    assert content.names_in_headers == {"NAME", "city", "order"}


def test_text_is_made_from_html() -> None:
    assert read_content({"subject": "s", "html": "<p>Hi {N}</p><p>bye</p>"}).plain == "Hi {N}\n\nbye"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"subject": None}, "subject"),
        ({"subject": "  "}, "subject"),
        ({"subject": "a\r\nBcc: x@example.com"}, "subject"),
        ({"subject": "x" * 501}, "subject"),
        ({"from_name": "a\nb"}, "from_name"),
        ({"reply_to": "a@example.com\r\nBcc: x"}, "reply_to"),
        ({"text": None, "html": None}, "text"),
        ({"text": ""}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"text": "x" * 500_001}, "text"),
        ({"html": "<style>p{color:{X}}</style>"}, "html"),
        ({"headers": {"Bcc": "x@example.com"}}, "headers.Bcc"),
        ({"headers": {"X-A\r\nBcc": "x"}}, "headers.X-A\r\nBcc"),
        ({"headers": {"X-A": "x\r\nBcc: y"}}, "headers.X-A"),
        ({"headers": {"X-Callwright-Id": "x"}}, "headers.X-Callwright-Id"),
        ({"attachments": "x"}, "attachments"),
        ({"attachments": [PDF] * 21}, "attachments"),
        ({"attachments": [{**PDF, "content": "no base64!"}]}, "attachments[0].content"),
        ({"attachments": [{**PDF, "filename": "../a.pdf"}]}, "attachments[0].filename"),
        ({"attachments": [{**PDF, "filename": "a\r\nb.pdf"}]}, "attachments[0].filename"),
        ({"attachments": [{**PDF, "filename": "a.EXE"}]}, "attachments[0].filename"),
        ({"attachments": [{**PDF, "content_type": "multipart/mixed"}]}, "attachments[0].content_type"),
        ({"attachments": [{**PDF, "content_type": "a/b\r\nX: y"}]}, "attachments[0].content_type"),
        ({"attachments": [{**PDF, "content_id": "a> b"}]}, "attachments[0].content_id"),
        ({"attachments": [{**PDF, "url": "file:///etc/passwd"}]}, "attachments[0].url"),
        ({"attachments": [{**PDF, "content": base64.b64encode(bytes(MAX_OCTETS + 1)).decode()}]}, "attachments"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], field: str) -> None:
    body = {name: value for name, value in (WHOLE | change).items() if value is not None}
    assert list(faults(body)) == [field]


def test_every_fault_is_told_at_once() -> None:
    assert set(faults({"subject": 1, "attachments": [1]})) == {"subject", "attachments[0]", "text"}


def test_fields_are_named_below_their_place() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_content({"text": "x"}, prefix="email.")
    assert [error.field for error in caught.value.errors] == ["email.subject"]


def test_a_value_with_a_line_break_must_not_stand_in_a_header() -> None:
    content = read_content(WHOLE)
    check_values(content, {"x": "two\nlines", "name": "Ann"})
    with pytest.raises(InvalidRequest) as caught:
        check_values(content, {"x": "two\nlines", "name": "Ann\r\nBcc: x@example.com"})
    assert [error.field for error in caught.value.errors] == ["variables.name"]
