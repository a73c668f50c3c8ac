"""Messages and what is needed to create them, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

Channel = Literal["sms", "email"]
OUTBOUND, INBOUND = "outbound", "inbound"
#: Nothing follows after these, but that ``unknown`` may turn out to be sent after all.
FINAL = frozenset({"delivered", "failed", "undelivered", "expired", "cancelled", "skipped", "unknown", "received"})
#: Prefixes of ids, by channel.
PREFIXES: Mapping[str, str] = {"sms": "sms", "email": "eml"}


@dataclass(frozen=True, kw_only=True)
class NewMessage:
    """A message to be created; every field is already validated and normalised."""

    channel: Channel
    #: E.164 with ``+``, or an address in small letters.
    to_address: str
    from_address: str
    #: What is said, as ``message_contents.body`` holds it: of an SMS ``text`` and ``media``, of an email ``subject``,
    #: ``text``, ``html``, ``attachments``, ``headers``. Placeholders are filled with ``variables``.
    content: Mapping[str, Any]
    variables: Mapping[str, str] = field(default_factory=dict)
    #: Of an SMS: the text that is sent, in how many parts, in which alphabet (``rules.sms_alphabet.ALPHABETS``).
    text: str | None = None
    parts: int | None = None
    encoding: str | None = None
    #: Of an MMS: URLs.
    media: Sequence[str] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    webhook_url: str | None = None
    #: Events for ``webhook_url`` beside those that it always gets.
    webhook_events: Sequence[str] = ()
    #: 0 (last) to 9 (first).
    priority: int = 5
    #: Not before this time; ``None``: at once.
    due_at: datetime | None = None
    #: Too late afterwards; ``None``: never.
    not_after: datetime | None = None
    topic: str | None = None
    #: ``None``: that of who makes it.
    purpose: str | None = None
    call_id: str | None = None
    conversation_id: str | None = None
    contact_id: str | None = None
    #: Of a campaign's list: whom it is to, and in which lane.
    recipient_id: int | None = None
    lane_id: int | None = None
    if_unknown: Literal["leave", "again"] = "leave"
    #: What it says is the appliance's own text, which nobody has to approve.
    own_text: bool = False


class Message(NamedTuple):
    """One message as the API shows it. A tuple with names: a batch has thousands, and a dataclass takes longer."""

    id: str
    number: int
    organisation_id: str
    owner_id: str | None
    channel: Channel
    direction: str
    sandbox: bool
    purpose: str
    topic: str | None
    campaign_id: str | None
    call_id: str | None
    conversation_id: str | None
    to_address: str
    from_address: str
    content_id: str | None
    variables: Mapping[str, str]
    text: str | None
    encoding: str | None
    parts: int | None
    media: Sequence[Any]
    metadata: Mapping[str, Any]
    webhook_url: str | None
    webhook_events: Sequence[str]
    priority: int
    status: str
    reason: str | None
    provider_status: str | None
    due_at: datetime
    not_after: datetime | None
    held: bool
    attempts: int
    route_id: str | None
    #: It is sent by itself: ``stop``, ``start``, ``help``, ``keyword``, ``forward``, or ``code`` of a verification.
    automatic: str | None
    price: Decimal | None
    currency: str | None
    sent_at: datetime | None
    ended_at: datetime | None
    created_at: datetime

    @property
    def person(self) -> str:
        """The address of the person that we write with."""
        return self.from_address if self.direction == INBOUND else self.to_address


@dataclass(frozen=True, kw_only=True)
class MessageFilter:
    """What a list of messages is narrowed to."""

    channel: Channel
    direction: str | None = None
    status: str | None = None
    #: Of either side.
    address: str | None = None
    campaign_id: str | None = None
    conversation_id: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Route:
    """What carries messages, with its secrets opened."""

    id: str
    organisation_id: str
    shared: bool
    channel: Channel
    #: ``smpp``, ``http``, ``smtp`` or ``lab``.
    kind: str
    name: str
    options: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)
    #: Messages a second; parts, of SMS.
    per_second: float
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A message that a sender has claimed, for its route's channel."""

    id: str
    number: int
    organisation_id: str
    owner_id: str | None
    channel: Channel
    sandbox: bool
    purpose: str
    campaign_id: str | None
    to_address: str
    from_address: str
    #: As of ``NewMessage``.
    content: Mapping[str, Any]
    variables: Mapping[str, str]
    text: str | None
    parts: int
    media: Sequence[Any]
    topic: str | None
    not_after: datetime | None
    #: With this one.
    attempts: int
    route_id: str
    #: Parts that the provider accepted in an earlier attempt, from 1: they are not sent again.
    accepted: frozenset[int]
    #: When the route's rate allows it.
    not_before: datetime
    #: As of ``Message``.
    automatic: str | None = None


@dataclass(frozen=True, kw_only=True)
class SentPart:
    """A part that the provider has, and what it calls it."""

    provider_id: str
    #: From 1.
    part: int = 1


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What came of an attempt to send.

    ``sent``: the provider has it. ``again``: refused for now, it is sent later (``again_after`` seconds, or by the
    ladder). ``back``: nothing of it left, it is queued as it was. ``failed``: refused for good. ``unknown``: it may
    have left.
    """

    message_id: str
    verdict: Literal["sent", "again", "back", "failed", "unknown"]
    parts: Sequence[SentPart] = ()
    reason: str | None = None
    #: What the provider said, such as ``ESME_RINVDSTADR`` or ``550``.
    provider_status: str | None = None
    again_after: float | None = None
    #: Units that are paid; ``None``: all when it was sent or is unknown, those of ``parts`` else.
    units: int | None = None
    #: Parts that the message really has, where the channel cut it anew; ``None``: as many as it said.
    total: int | None = None


#: What became of a part; ``complained``: the person marked an email as spam.
PartState = Literal["delivered", "undelivered", "expired", "rejected", "deleted", "accepted", "enroute", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a provider tells of a part; may come before its answer, twice, or never."""

    provider_id: str
    state: PartState
    #: The provider's or network's reason, as it was written.
    error: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class LatePart:
    """An answer to a part of a message that is ``unknown`` because it did not come in time."""

    message_id: str
    part: int
    #: ``None``: it was refused.
    provider_id: str | None
    provider_status: str | None = None
