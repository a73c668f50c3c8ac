"""Builds mails as octets: a content is read once, and each mail costs its filling, its encoding and its signature.

The standard library's ``email`` builds 991 mails a second; what differs between the mails of a batch is so little that
most of each is written beforehand.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from functools import cached_property

from callwright.flows.templates import fill
from callwright.mail.attachments import Attachment
from callwright.mail.content import Content
from callwright.mail.dkim import Signer
from callwright.mail.headers import CONTROLS, mailbox_header, parameter, raw_header, text_header
from callwright.mail.markup import Markup, read_markup

_LINE_ENDS = re.compile(r"\r\n|\r|\n")
#: Octets of a line, without its end (RFC 5322, section 2.1.1): text in ASCII with shorter lines goes as it is.
_LONGEST_LINE = 900
#: A line that begins so is changed by some servers (mbox); quoted-printable writes it otherwise.
_FROM = re.compile(rb"^From ", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """What differs from mail to mail."""

    to: str
    sender: str
    sender_name: str | None = None
    variables: Mapping[str, str]
    #: Without angle brackets; the same for a mail that is sent a second time, so that readers see one.
    message_id: str
    date: datetime
    #: Headers of ours in ASCII, such as ``List-Unsubscribe``.
    headers: Mapping[str, str] = field(default_factory=dict)


class Template:
    """A content that mails are built from."""

    def __init__(self, content: Content) -> None:
        """Read the content; raises ``markup.MarkupError`` for HTML that ``read_content`` would refuse."""
        self._content = content
        self._text = content.plain
        self._markup: Markup | None = None if content.html is None else read_markup(content.html)

    def build(
        self,
        envelope: Envelope,
        *,
        signer: Signer | None = None,
        add_html: str = "",
        change_html: Callable[[str], str] | None = None,
    ) -> bytes:
        """Return the mail with CRLF line ends.

        ``change_html`` is given the filled document (links that count clicks); ``add_html`` is put before the end of
        its body (the picture that counts an opening). Raises ``headers.HeaderError`` for values that cannot stand in a
        header.
        """
        content, variables = self._content, envelope.variables
        kind, body = self._body(variables, add_html, change_html)
        sender_name = content.from_name or envelope.sender_name
        headers = [
            mailbox_header("From", envelope.sender, _one_line(sender_name, variables) if sender_name else None),
            mailbox_header("To", envelope.to),
            text_header("Subject", _one_line(content.subject, variables)),
            raw_header("Date", format_datetime(envelope.date)),
            raw_header("Message-ID", f"<{envelope.message_id}>"),
        ]
        if content.reply_to is not None:
            headers.append(mailbox_header("Reply-To", content.reply_to))
        headers += [raw_header(name, value) for name, value in envelope.headers.items()]
        headers += [text_header(name, _one_line(value, variables)) for name, value in content.headers.items()]
        headers += [raw_header("MIME-Version", "1.0"), *kind]
        if signer is not None:
            headers.insert(0, signer.sign(headers, body, at=int(envelope.date.timestamp())))
        return b"".join((*headers, b"\r\n", body))

    def preview(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return the subject, the text and, where there is one, the HTML as a reader sees them."""
        shown = {
            "subject": " ".join(_one_line(self._content.subject, variables).split()),
            "text": fill(self._text, variables),
        }
        return shown if self._markup is None else shown | {"html": self._markup.fill(variables)}

    @cached_property
    def _shown(self) -> list[tuple[list[bytes], bytes]]:
        """Files that the HTML shows; written when the first mail is, because a preview needs none."""
        return [_file(file) for file in self._content.attachments if file.content_id is not None]

    @cached_property
    def _files(self) -> list[tuple[list[bytes], bytes]]:
        return [_file(file) for file in self._content.attachments if file.content_id is None]

    def _body(
        self, variables: Mapping[str, str], add_html: str, change_html: Callable[[str], str] | None
    ) -> tuple[list[bytes], bytes]:
        part = _text_part("text/plain", fill(self._text, variables))
        if self._markup is not None:
            filled = self._markup.fill(variables)
            if change_html is not None:
                filled = change_html(filled)
            if add_html:
                before, end, after = filled.rpartition("</body>")
                filled = f"{before}{add_html}{end}{after}" if end else filled + add_html
            hypertext = _text_part("text/html", filled)
            if self._shown:
                hypertext = _multipart("related", [hypertext, *self._shown])
            part = _multipart("alternative", [part, hypertext])
        elif self._shown:
            part = _multipart("mixed", [part, *self._shown])
        return _multipart("mixed", [part, *self._files]) if self._files else part


def _one_line(text: str, variables: Mapping[str, str]) -> str:
    """Return text for a header: a value with a line break must not begin a new one."""
    return CONTROLS.sub(" ", fill(text, variables))


def _text_part(kind: str, text: str) -> tuple[list[bytes], bytes]:
    octets = _LINE_ENDS.sub("\r\n", text if text.endswith("\n") else text + "\n").encode(errors="replace")
    longest = max(map(len, octets.split(b"\r\n")))
    if octets.isascii() and longest <= _LONGEST_LINE and b"\0" not in octets and not _FROM.search(octets):
        encoding = "7bit"
    elif sum(octet > 126 for octet in octets) * 6 < len(octets):
        encoding = "quoted-printable"
        octets = _FROM.sub(b"=46rom ", binascii.b2a_qp(octets, istext=True))
    else:
        encoding, octets = "base64", _base64(octets)
    return [
        f"Content-Type: {kind}; charset=utf-8\r\n".encode(),
        f"Content-Transfer-Encoding: {encoding}\r\n".encode(),
    ], octets


def _base64(octets: bytes) -> bytes:
    encoded = base64.b64encode(octets)
    return b"\r\n".join(encoded[start : start + 76] for start in range(0, len(encoded), 76)) + b"\r\n"


def _file(file: Attachment) -> tuple[list[bytes], bytes]:
    if file.octets is None:
        raise ValueError(f"the file {file.filename!r} is not there any more")
    disposition = "attachment" if file.content_id is None else "inline"
    headers = [
        f"Content-Type: {file.content_type}; {parameter('name', file.filename)}\r\n".encode(),
        b"Content-Transfer-Encoding: base64\r\n",
        f"Content-Disposition: {disposition}; {parameter('filename', file.filename)}\r\n".encode(),
    ]
    if file.content_id is not None:
        headers.append(f"Content-ID: <{file.content_id}>\r\n".encode())
    return headers, _base64(file.octets)


def _multipart(kind: str, parts: Sequence[tuple[list[bytes], bytes]]) -> tuple[list[bytes], bytes]:
    # 120 random bits: no body holds it by chance, and none by intent, for it is chosen afterwards
    boundary = f"=_{secrets.token_hex(15)}"
    pieces: list[bytes] = []
    for headers, body in parts:
        pieces += [f"--{boundary}\r\n".encode(), *headers, b"\r\n", body, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return [f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n'.encode()], b"".join(pieces)
