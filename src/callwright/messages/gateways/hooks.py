"""What a gateway tells on its own: receipts, and texts that somebody sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from callwright.messages.gateways.language import Gateway, Inbound, Receipts, State
from callwright.messages.gateways.paths import find, first, form, matches, read_body

#: Longer texts are cut; 255 parts of 153 characters fit.
LONGEST_TEXT = 40_000
MOST_MEDIA = 20
_LONGEST_FIELD = 200
_LONGEST_URL = 2000


@dataclass(frozen=True, kw_only=True)
class GatewayReceipt:
    """What became of a message."""

    provider_id: str
    state: State
    #: The gateway's word for the state, and its reason.
    word: str
    error: str | None


@dataclass(frozen=True, kw_only=True)
class GatewayText:
    """A text that somebody sent to a number of ours; neither number is normalised yet."""

    provider_id: str | None
    sender: str
    recipient: str
    text: str
    #: Addresses of pictures, which the gateway serves.
    media: tuple[str, ...]


Told = GatewayReceipt | GatewayText


def read_hook(gateway: Gateway, *, query: str, content_type: str, body: bytes) -> Sequence[Told]:
    """Return all that a webhook says, texts before receipts; nothing when it is about something else.

    A GET, or a body that is empty, is read from the query. Raises ``ValueError`` for a damaged body.
    """
    data = read_body(body, content_type) if body else form(query)
    if data is None:
        raise ValueError("the body is not JSON")
    told: list[Told] = []
    if gateway.inbound is not None:
        told += [text for item in _items(data, gateway.inbound.items) if (text := _text(gateway.inbound, item))]
    if not told and gateway.receipt is not None:
        told += [found for item in _items(data, gateway.receipt.items) if (found := _receipt(gateway.receipt, item))]
    return told


def _items(data: Any, path: str | None) -> list[Any]:
    return [data] if path is None else find(data, path)


def _receipt(rules: Receipts, item: Any) -> GatewayReceipt | None:
    provider_id, word = first(item, rules.id), first(item, rules.state)
    if provider_id is None or word is None or not matches(item, rules.when):
        return None
    states = {name.casefold(): state for name, state in rules.states.items()}
    return GatewayReceipt(
        provider_id=_short(provider_id),
        state=states.get(word.casefold(), "unknown"),
        word=_short(word),
        error=_short((rules.error and first(item, rules.error)) or "") or None,
    )


def _text(rules: Inbound, item: Any) -> GatewayText | None:
    sender, recipient = first(item, rules.sender), first(item, rules.recipient)
    text, media = first(item, rules.text) or "", find(item, rules.media) if rules.media else []
    urls = tuple(each for each in media if isinstance(each, str) and 0 < len(each) <= _LONGEST_URL)[:MOST_MEDIA]
    if sender is None or recipient is None or not (text or urls) or not matches(item, rules.when):
        return None
    return GatewayText(
        provider_id=_short(first(item, rules.id) or "") or None if rules.id else None,
        sender=_short(sender),
        recipient=_short(recipient),
        text=text.replace("\0", "")[:LONGEST_TEXT],
        media=urls,
    )


def _short(text: str) -> str:
    return text.replace("\0", "")[:_LONGEST_FIELD]
