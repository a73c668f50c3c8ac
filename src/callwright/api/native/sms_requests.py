"""What a request for text messages may say. The meaning is read in ``sms_reading``."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.call_requests import MAX_BATCH, MAX_VARIABLES, Number, Value
from callwright.messages.texts import MAX_TEXT, MOST_PARTS
from callwright.numbers.suppressions import MAX_TOPIC

#: Most pictures of one message; networks take fewer.
MAX_MEDIA = 10

__all__ = ["EXAMPLES", "MAX_BATCH", "SmsFields", "SmsItem", "SmsRequest"]


class SmsFields(BaseModel):
    """Fields that stand for one text, or at the top of a batch for all of its texts."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=False)

    from_: Number | None = Field(
        default=None,
        alias="from",
        description="A proved sender: a number, a short code, or a name of up to 11 characters. Absent: the default.",
    )
    message: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_TEXT,
        description="What is written. Placeholders: `{NAME}`, `{{name}}`, `#name#`.",
    )
    template: str | None = Field(
        default=None, min_length=1, max_length=200, description="Instead of `message`: id or name of a template."
    )
    variables: dict[str, Value] | None = Field(default=None, max_length=MAX_VARIABLES)
    media_urls: list[str] | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_MEDIA,
        description="Pictures and the like (MMS), which the provider fetches. The text may be left out then.",
    )
    replace_typography: bool | None = Field(
        default=None,
        description="Write plain characters for typographic ones (curly quotes, dashes, …), which would make the "
        "message longer.",
    )
    max_parts: int | None = Field(
        default=None, ge=1, le=MOST_PARTS, description=f"A longer text is refused. Absent: {MOST_PARTS}."
    )
    webhook_url: str | None = None
    webhook_events: list[str] | None = Field(default=None, max_length=50)
    metadata: dict[str, Any] | None = None
    topic: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_TOPIC,
        pattern=r"\S",
        description="What it is about: people may opt out of one topic only.",
    )
    priority: int | None = Field(default=None, ge=0, le=9)
    scheduled_at: str | None = Field(
        default=None, max_length=40, description="Not before this time. Without a zone: the account's."
    )
    expires_at: str | None = Field(
        default=None, max_length=40, description="Not sent after this time, and the network is told so."
    )
    forward_replies_to: str | None = Field(
        default=None,
        min_length=1,
        max_length=2000,
        description="Where the answers to it go on to: a number, or an http(s) address, which gets `sms.received`.",
    )
    if_unknown: Literal["leave", "again"] | None = Field(
        default=None,
        description="When nobody knows whether it went out (a crash, a lost answer): `leave` it as `unknown`, or send "
        "it `again` at the risk of a second copy. Absent: leave.",
    )


class SmsItem(SmsFields):
    """One text of a batch."""

    to: Number


class SmsRequest(SmsFields):
    """One text (`to`), or a batch (`to` as a list, or `messages`)."""

    to: Number | list[Any] | None = Field(default=None, description="Whom to write to. A list makes a batch.")
    messages: list[Any] | None = Field(
        default=None,
        description="Texts with fields of their own; those at the top are for all.",
        json_schema_extra={
            "anyOf": [{"type": "array", "items": {"$ref": "#/components/schemas/SmsItem"}}, {"type": "null"}]
        },
    )
    partial: bool = Field(default=False, description="Of a batch, create the good texts and list the others.")
    dry_run: bool = Field(default=False, description="Validate, show parts and cost; create nothing.")

    @property
    def size(self) -> int:
        """How many texts are asked for."""
        if self.messages is not None:
            return len(self.messages)
        return len(self.to) if isinstance(self.to, list) else 1

    @property
    def template_names(self) -> set[str]:
        """Ids and names of the templates that the request names, at the top and in its texts."""
        own = [item.get("template") for item in self.messages or () if isinstance(item, dict)]
        return {name for name in (self.template, *own) if isinstance(name, str)}


EXAMPLES: dict[str, Any] = {
    "one text": {
        "to": "+12125550100",
        "from": "+18005550199",
        "message": "Hi {FIRST_NAME}, your appointment is on {APPT_DATE}. Reply STOP to opt out.",
        "variables": {"FIRST_NAME": "Sarah", "APPT_DATE": "April 15"},
        "webhook_url": "https://yourapp.com/sms-status",
    },
    "batch with own fields": {
        "message": "Hi {NAME}, the office is closed tomorrow.",
        "messages": [
            {"to": "+12125550100", "variables": {"NAME": "Sarah"}},
            {"to": "+12125550101", "variables": {"NAME": "Tom"}, "priority": 9},
        ],
    },
    "what would it cost": {
        "to": ["+12125550100", "+12125550101"],
        "message": "“Closed” tomorrow…",
        "replace_typography": True,
        "dry_run": True,
    },
}
