"""A message as the request that a gateway wants, and its answer as what became of it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

import orjson

from callwright.messages.gateways import filling
from callwright.messages.gateways.language import Gateway
from callwright.messages.gateways.paths import find, first, matches, read_body

#: In the query of the address that is called about one message.
MESSAGE = "message"
#: Of what a gateway says, as much is kept.
_LONGEST_ERROR = 200
_LONGEST_ID = 200


@dataclass(frozen=True, kw_only=True)
class OutgoingText:
    """A message for a gateway."""

    id: str
    to: str
    sender: str
    text: str
    #: Addresses of pictures, which the gateway fetches.
    media: Sequence[str] = ()
    #: Where it tells what became of the message.
    webhook_url: str | None = None
    validity_seconds: int | None = None


@dataclass(frozen=True, kw_only=True)
class Request:
    """An HTTP request; its parts hold secrets."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a gateway's answer means."""

    #: ``refused`` means that it does not have the message, ``unknown`` that it may have it.
    outcome: Literal["accepted", "refused", "unknown"]
    #: What receipts call the message.
    provider_id: str | None = None
    #: HTTP status, and the gateway's own code and words.
    status: int
    code: str | None = None
    error: str | None = None
    #: The same message would be refused again.
    permanent: bool = False

    @property
    def said(self) -> str:
        """Return status, code and words in one line."""
        words = " ".join(part for part in (self.code, self.error) if part)
        return f"HTTP {self.status}: {words}" if words else f"HTTP {self.status}"


def make_request(gateway: Gateway, secrets: Mapping[str, str], message: OutgoingText) -> Request:
    """Return the request that carries a message.

    Raises ``ValueError`` when the message cannot be written: a line end in a header, media where there is no MMS.
    """
    if message.media and not gateway.mms:
        raise ValueError("this gateway carries no media")
    send = gateway.send
    values = _values(secrets, message, send.longest_validity)
    headers = {name: filling.fill_header(value, values) for name, value in send.headers.items()}
    lower = {name.lower() for name in headers}
    if send.username is not None or send.password is not None:
        user, password = (filling.fill_text(part or "", values) for part in (send.username, send.password))
        headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    if "accept" not in lower:
        headers["Accept"] = "application/json, */*;q=0.5"
    body = b""
    if send.form is not None:
        body = urlencode(filling.fill_fields(send.form, values)).encode()
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    elif send.json_body is not None:
        body = orjson.dumps(filling.fill_tree(send.json_body, values))
        headers["Content-Type"] = "application/json"
    url = filling.fill_url(send.url, values)
    if query := urlencode(filling.fill_fields(send.query, values)):
        url += ("&" if "?" in url else "?") + query
    return Request(method=send.method, url=url, headers=headers, body=body)


def read_answer(gateway: Gateway, message_id: str, status: int, content_type: str, body: bytes) -> Verdict:
    """Return what an answer means; ``message_id`` is ours, for gateways that give no id."""
    rules = gateway.answer
    data = read_body(body, content_type, expected=rules.format)
    said: dict[str, Any] = {
        "status": status,
        "code": _short(rules.code and first(data, rules.code)),
        "error": _short(rules.error and first(data, rules.error)),
    }
    refused = Verdict(outcome="refused", permanent=not _again(rules.again, said), **said)
    if not 200 <= status < 300:
        return Verdict(outcome="unknown", **said) if str(status) in rules.unknown else refused
    # a yes whose words say no, or whose words we cannot read
    provider_id = None
    if data is not None and matches(data, rules.accepted_if):
        provider_id = message_id if rules.id is None else first(data, rules.id)
    elif data is not None and any(find(data, path) for path in rules.accepted_if):
        return refused
    if provider_id is None or len(provider_id) > _LONGEST_ID:
        return Verdict(outcome="unknown", **said)
    return Verdict(outcome="accepted", provider_id=provider_id, **said)


def _values(secrets: Mapping[str, str], message: OutgoingText, longest_validity: int | None) -> filling.Values:
    validity = message.validity_seconds
    if validity is not None and longest_validity is not None:
        validity = min(validity, longest_validity)
    return {
        **secrets,
        "to": message.to,
        "to_digits": message.to.removeprefix("+"),
        "from": message.sender,
        "from_digits": message.sender.removeprefix("+"),
        "text": message.text,
        "media": list(message.media),
        "message_id": message.id,
        "webhook_url": message.webhook_url,
        "receipt_url": None if message.webhook_url is None else f"{message.webhook_url}?{MESSAGE}={message.id}",
        "validity_seconds": None if validity is None else str(validity),
    }


def _again(listed: Sequence[str], said: Mapping[str, Any]) -> bool:
    return str(said["status"]) in listed or said["code"] in listed


def _short(text: str | None) -> str | None:
    # jsonb takes no U+0000
    return text.replace("\0", "")[:_LONGEST_ERROR] if text else None
