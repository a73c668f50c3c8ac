"""How text messages look in answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.amounts import Amount
from callwright.api.native.call_views import DecisionOut
from callwright.api.native.problems import ProblemError
from callwright.api.native.sms_pictures import PictureOut
from callwright.api.native.times import Utc, utc
from callwright.messages.models import Message


class CreatedSms(BaseModel):
    """A text that was taken."""

    model_config = ConfigDict(populate_by_name=True)

    message_id: str = Field(examples=["sms_06e4k1q0s8b2n4p6r8t0"])
    status: str = Field(examples=["queued"])
    to: str = Field(examples=["+12125550100"])
    from_: str = Field(alias="from")
    parts: int = Field(description="What it is billed by.")
    encoding: str | None = Field(description="gsm7 (160 characters a part, 153 of several) or ucs2 (70, 67).")
    created_at: Utc
    index: int | None = Field(default=None, description="Its place in the request; only with `partial`.")


class CreatedTexts(BaseModel):
    """A batch that was taken."""

    messages: list[CreatedSms]
    errors: list[ProblemError] | None = Field(default=None, description="Texts left out; only with `partial`.")


class SmsSummary(BaseModel):
    """A text as lists show it."""

    model_config = ConfigDict(populate_by_name=True)

    message_id: str
    number: int
    direction: str = Field(description="outbound, or inbound: then `to` is yours and `from` the person's.")
    status: str
    to: str
    from_: str = Field(alias="from")
    text: str | None = Field(description="As it is sent, or as it came.")
    media_urls: list[str]
    parts: int | None
    encoding: str | None
    reason: str | None
    provider_status: str | None = Field(description="What the provider said, such as ESME_RINVDSTADR.")
    conversation_id: str | None
    campaign_id: str | None
    call_id: str | None
    sandbox: bool
    purpose: str
    topic: str | None
    priority: int
    attempt_count: int
    metadata: dict[str, Any]
    webhook_url: str | None
    webhook_events: list[str]
    scheduled_at: Utc = Field(description="Not before this time; a deferral moves it.")
    expires_at: Utc | None
    created_at: Utc
    sent_at: Utc | None
    ended_at: Utc | None
    price: Amount | None = Field(description="Charged so far; null when the organisation pays for nothing.")
    currency: str | None


class SmsPart(BaseModel):
    """A part of a text, as the provider knows it."""

    part: int
    provider_id: str
    state: str | None = Field(description="What the last receipt said; null: none has come.")
    error: str | None


class SmsDetail(SmsSummary):
    """A text with its parts and why it was or was not sent."""

    variables: dict[str, str]
    provider_parts: list[SmsPart]
    decisions: list[DecisionOut]
    pictures: list[PictureOut] = Field(description="Pictures that came with it, as they are kept here.")


class SmsList(BaseModel):
    """A page of texts."""

    messages: list[SmsSummary]
    next_cursor: str | None


def created(message: Message, index: int | None = None) -> dict[str, Any]:
    """Return what is answered for a text that was taken."""
    shown = {
        "message_id": message.id,
        "status": message.status,
        "to": message.to_address,
        "from": message.from_address,
        "parts": message.parts,
        "encoding": message.encoding,
        "created_at": utc(message.created_at),
    }
    return shown if index is None else shown | {"index": index}


def _fields(message: Message) -> dict[str, Any]:
    return {
        "message_id": message.id,
        "number": message.number,
        "direction": message.direction,
        "status": message.status,
        "to": message.to_address,
        "from_": message.from_address,
        "text": message.text,
        "media_urls": list(message.media),
        "parts": message.parts,
        "encoding": message.encoding,
        "reason": message.reason,
        "provider_status": message.provider_status,
        "conversation_id": message.conversation_id,
        "campaign_id": message.campaign_id,
        "call_id": message.call_id,
        "sandbox": message.sandbox,
        "purpose": message.purpose,
        "topic": message.topic,
        "priority": message.priority,
        "attempt_count": message.attempts,
        "metadata": dict(message.metadata),
        "webhook_url": message.webhook_url,
        "webhook_events": list(message.webhook_events),
        "scheduled_at": message.due_at,
        "expires_at": message.not_after,
        "created_at": message.created_at,
        "sent_at": message.sent_at,
        "ended_at": message.ended_at,
        "price": message.price,
        "currency": message.currency,
    }


def summary(message: Message) -> SmsSummary:
    """Return the view of a text in lists."""
    return SmsSummary(**_fields(message))


def detail(
    message: Message,
    parts: Sequence[Mapping[str, Any]],
    decisions: Sequence[Mapping[str, Any]],
    pictures: Sequence[PictureOut] = (),
) -> SmsDetail:
    """Return the view of one text."""
    return SmsDetail(
        **_fields(message),
        variables=dict(message.variables),
        provider_parts=[SmsPart(**{name: part[name] for name in SmsPart.model_fields}) for part in parts],
        decisions=[DecisionOut(**decision) for decision in decisions],
        pictures=list(pictures),
    )
