"""Reads what mail servers send back: delivery reports (RFC 3464), complaints (RFC 5965), bounces without a standard.

Answers of people and their out-of-office notes are none of these. A report is believed only when it carries the token
of the mail that it is about (``tokens``): in the address it was sent to, or in the mail that it returns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses
from typing import Literal

from flufl.bounce import all_failures

from callwright.mail.tokens import Tokens

Kind = Literal["bounced", "delayed", "delivered", "complained"]
#: Octets of a report that are read; the mail that it returns comes last.
MOST_OCTETS = 1_000_000
#: Enhanced status codes (RFC 3463, RFC 7505) of an address that does not exist, or not any more.
_GONE = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REASON = 300
_KINDS: dict[str, Kind] = {"failed": "bounced", "delayed": "delayed", "delivered": "delivered"}


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of one mail of ours."""

    #: Of the mail's message.
    message_id: str
    kind: Kind
    #: Enhanced status code such as ``5.1.1``, where there is one.
    status: str | None = None
    #: What the server said, shortened.
    reason: str | None = None

    @property
    def gone(self) -> bool:
        """Return whether the address does not exist: nothing should be sent there again."""
        return self.kind == "bounced" and self.status in _GONE


def is_gone(said: str) -> bool:
    """Return whether the answer of a mail server means that the address does not exist."""
    return status_of(said) in _GONE


def status_of(said: str) -> str | None:
    """Return the enhanced status code in what a mail server said."""
    found = _STATUS.search(said)
    return None if found is None else found[1]


def read_report(octets: bytes, tokens: Tokens, *, sent_to: Sequence[str] = ()) -> Report | None:
    """Return what a mail reports, or ``None`` when it reports nothing of ours.

    ``sent_to`` are the addresses of its envelope, where they are known.
    """
    mail = message_from_bytes(octets[:MOST_OCTETS])
    message_id = _about(mail, tokens, sent_to)
    if message_id is None:
        return None
    kind = str(mail.get_param("report-type", "")).lower() if mail.get_content_type() == "multipart/report" else ""
    if kind == "feedback-report":
        return _complaint(mail, message_id)
    if kind == "delivery-status":
        return _delivery(mail, message_id)
    return _unusual(mail, message_id)


def _about(mail: Message, tokens: Tokens, sent_to: Sequence[str]) -> str | None:
    """Return the id of the message that a report is about."""
    named = [value for name in ("To", "Delivered-To", "X-Original-To") for value in mail.get_all(name, [])]
    for text in (*sent_to, *(address for _, address in getaddresses([str(value) for value in named]))):
        if (found := tokens.find(text)) is not None:
            return found
    for name in ("In-Reply-To", "References"):
        if (found := tokens.find(str(mail.get(name, "")))) is not None:
            return found
    for part in mail.walk():
        if part is not mail and (found := tokens.find(str(part.get("Message-ID", "")))) is not None:
            return found
        if not part.is_multipart() and (found := tokens.find(_text(part))) is not None:
            return found
    return None


def _complaint(mail: Message, message_id: str) -> Report | None:
    for block in _blocks(mail, "message/feedback-report"):
        kind = str(block.get("Feedback-Type", "abuse")).strip().lower()
        # somebody who says that it is no spam does not complain
        if kind == "not-spam":
            return None
        return Report(message_id=message_id, kind="complained", reason=kind[:_REASON])
    return Report(message_id=message_id, kind="complained", reason="abuse")


def _delivery(mail: Message, message_id: str) -> Report | None:
    for block in _blocks(mail, "message/delivery-status"):
        kind = _KINDS.get(str(block.get("Action", "")).strip().lower())
        if kind is None:
            continue
        said = str(block.get("Diagnostic-Code", "")).partition(";")[2].strip()
        status = status_of(str(block.get("Status", ""))) or status_of(said)
        return Report(message_id=message_id, kind=kind, status=status, reason=_short(said) or status)
    return None


def _unusual(mail: Message, message_id: str) -> Report | None:
    """Return what the recognisers of Mailman find in a bounce that follows no standard."""
    try:
        temporary, permanent = all_failures(mail)
    except Exception:  # the recognisers raise what they like at mails without the headers that they expect
        return None
    if not temporary and not permanent:
        return None
    said = " ".join(_text(part) for part in mail.walk() if part.get_content_type() == "text/plain")
    found = re.search(r"\b[45]\d\d[ -].{0,200}", said)
    reason = found[0] if found else "returned by the mail server"
    return Report(
        message_id=message_id,
        kind="bounced" if permanent else "delayed",
        status=status_of(reason),
        reason=_short(reason),
    )


def _blocks(mail: Message, kind: str) -> Iterator[Message]:
    """Yield the groups of fields of a report's machine-readable part."""
    for part in mail.walk():
        if part.get_content_type() != kind:
            continue
        payload = part.get_payload()
        if isinstance(payload, list):
            yield from (block for block in payload if isinstance(block, Message))
        else:
            # a type that Python does not know is kept as text
            yield from (message_from_bytes(block) for block in _octets(part).replace(b"\r\n", b"\n").split(b"\n\n"))


def _octets(part: Message) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _text(part: Message) -> str:
    return _octets(part).decode("utf-8", "replace")


def _short(text: str) -> str:
    return " ".join(text.split())[:_REASON]
