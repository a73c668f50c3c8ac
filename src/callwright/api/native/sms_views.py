"""How text messages look in answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.call_views import DecisionOut
from callwright.api.native.message_views import MessageSummary, created_fields, summary_fields
from callwright.api.native.problems import ProblemError
from callwright.api.native.sms_pictures import PictureOut
from callwright.api.native.times import Utc
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


class SmsSummary(MessageSummary):
    """A text as lists show it."""

    direction: str = Field(description="outbound, or inbound: then `to` is yours and `from` the person's.")
    text: str | None = Field(description="As it is sent, or as it came.")
    media_urls: list[str]
    parts: int | None
    encoding: str | None
    provider_status: str | None = Field(description="What the provider said, such as ESME_RINVDSTADR.")
    conversation_id: str | None


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
    return created_fields(message, index, parts=message.parts, encoding=message.encoding)


def _fields(message: Message) -> dict[str, Any]:
    return {
        **summary_fields(message),
        "direction": message.direction,
        "text": message.text,
        "media_urls": list(message.media),
        "parts": message.parts,
        "encoding": message.encoding,
        "conversation_id": message.conversation_id,
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
