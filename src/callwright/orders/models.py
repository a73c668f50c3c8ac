"""Orders and their parts, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from callwright.calls.models import Call


@dataclass(frozen=True, kw_only=True)
class NewOrder:
    """A request of a foreign program that is about to become something."""

    #: One of ``accounts.dialects.DIALECTS``.
    dialect: str
    #: Which of the dialect's resources it is, such as ``calls`` or ``rsvp_calls``.
    kind: str = "calls"
    #: The program's own name of the request; unique in organisation and dialect.
    external_id: str | None = None
    name: str | None = None
    #: Tells a repeat from another request of the same ``external_id``.
    fingerprint: bytes | None = None
    #: What the dialect shows again: never a secret, never what is about one person (that belongs to its item).
    asked: Mapping[str, Any] = field(default_factory=dict)
    ignored_fields: Sequence[str] = ()
    campaign_id: str | None = None
    #: Where it had to be known beforehand.
    id: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewItem:
    """What one number of an order became: a call, a message, both, or nothing."""

    call_id: str | None = None
    message_id: str | None = None
    to_number: str | None = None
    #: Why nothing was made of it, in words.
    refused: str | None = None
    #: What the dialect shows again of it.
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Order:
    """A request of a foreign program, as it was stored."""

    id: str
    number: int
    organisation_id: str
    owner_id: str | None
    key_id: str | None
    sandbox: bool
    purpose: str
    dialect: str
    kind: str
    external_id: str | None
    name: str | None
    fingerprint: bytes | None
    asked: Mapping[str, Any]
    ignored_fields: Sequence[str]
    campaign_id: str | None
    created_at: datetime
    deleted_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Part:
    """One number of an order, with where its call or message stands now."""

    order_id: str
    #: From 0, as it was asked for.
    position: int
    to_number: str | None
    refused: str | None
    detail: Mapping[str, Any]
    call: Call | None
    message_id: str | None
    #: The row of ``messages``, when it made one.
    message: Mapping[str, Any] | None


def part_of(order: Order, position: int, item: NewItem, call: Call | None) -> Part:
    """Return a part of an order that was written just now, as it would be read."""
    return Part(
        order_id=order.id,
        position=position,
        to_number=item.to_number,
        refused=item.refused,
        detail=item.detail,
        call=call,
        message_id=item.message_id,
        message=None,
    )
