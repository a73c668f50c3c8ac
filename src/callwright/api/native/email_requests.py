"""What a request for emails may say. The meaning is read in ``email_reading``."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from callwright.api.native.call_requests import MAX_BATCH, MAX_VARIABLES, Value
from callwright.api.native.written_emails import WrittenEmail, files_named
from callwright.numbers.suppressions import MAX_TOPIC

__all__ = ["EXAMPLES", "MAX_BATCH", "EmailFields", "EmailOfBatch", "EmailRequest"]


class EmailFields(WrittenEmail):
    """Fields that stand for one email, or at the top of a batch for all of its emails."""

    variables: dict[str, Value] | None = Field(default=None, max_length=MAX_VARIABLES)
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
    expires_at: str | None = Field(default=None, max_length=40, description="Not sent after this time.")
    if_unknown: Literal["leave", "again"] | None = Field(
        default=None,
        description="When nobody knows whether it went out (a crash, a lost answer): `leave` it as `unknown`, or send "
        "it `again` at the risk of a second copy. Absent: leave.",
    )


class EmailOfBatch(EmailFields):
    """One email of a batch."""

    to: str


class EmailRequest(EmailFields):
    """One email (`to`), or a batch (`to` as a list, or `messages`)."""

    to: str | list[Any] | None = Field(
        default=None, description="Whom to write to. A list makes a batch: nobody sees the others."
    )
    messages: list[Any] | None = Field(
        default=None,
        description="Emails with fields of their own; those at the top are for all.",
        json_schema_extra={
            "anyOf": [{"type": "array", "items": {"$ref": "#/components/schemas/EmailOfBatch"}}, {"type": "null"}]
        },
    )
    partial: bool = Field(default=False, description="Of a batch, create the good emails and list the others.")
    dry_run: bool = Field(default=False, description="Validate, show what would be read and cost; create nothing.")

    @property
    def size(self) -> int:
        """How many emails are asked for."""
        if self.messages is not None:
            return len(self.messages)
        return len(self.to) if isinstance(self.to, list) else 1

    @property
    def template_names(self) -> set[str]:
        """Ids and names of the templates that the request names, at the top and in its emails."""
        own = [item.get("template") for item in self.messages or () if isinstance(item, dict)]
        return {name for name in (self.template, *own) if isinstance(name, str)}

    @property
    def file_names(self) -> set[str]:
        """Ids of stored files that the request names, at the top and in its emails."""
        return files_named((self, *(self.messages or ())))


EXAMPLES: dict[str, Any] = {
    "one email": {
        "to": "sarah@example.org",
        "from": "clinic@example.com",
        "subject": "Your appointment on {APPT_DATE}",
        "html": "<p>Dear {FIRST_NAME},</p><p>we expect you on <b>{APPT_DATE}</b>.</p>",
        "variables": {"FIRST_NAME": "Sarah", "APPT_DATE": "April 15"},
        "webhook_url": "https://yourapp.com/email-status",
    },
    "batch with own fields": {
        "subject": "The office is closed tomorrow",
        "text": "Dear {NAME},\n\nthe office is closed tomorrow.\n\nUnsubscribe: {unsubscribe_url}\n",
        "messages": [
            {"to": "sarah@example.org", "variables": {"NAME": "Sarah"}},
            {"to": "tom@example.org", "variables": {"NAME": "Tom"}, "priority": 9},
        ],
    },
    "what would they read": {
        "to": "sarah@example.org",
        "subject": "Hello",
        "html": "<style>p{color:navy}</style><p>Hello</p>",
        "dry_run": True,
    },
}
