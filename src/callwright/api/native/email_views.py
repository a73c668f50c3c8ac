"""How emails look in answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.call_views import DecisionOut
from callwright.api.native.message_views import MessageSummary, created_fields, summary_fields
from callwright.api.native.problems import ProblemError
from callwright.api.native.times import Utc
from callwright.mail.attachments import Attachment
from callwright.messages.emails import EmailCount
from callwright.messages.models import Message


class CreatedEmail(BaseModel):
    """An email that was taken."""

    model_config = ConfigDict(populate_by_name=True)

    message_id: str = Field(examples=["eml_06e4k1q0s8b2n4p6r8t0"])
    status: str = Field(examples=["queued"])
    to: str = Field(examples=["sarah@example.org"])
    from_: str = Field(alias="from")
    created_at: Utc
    index: int | None = Field(default=None, description="Its place in the request; only with `partial`.")


class CreatedEmails(BaseModel):
    """A batch that was taken."""

    messages: list[CreatedEmail]
    errors: list[ProblemError] | None = Field(default=None, description="Emails left out; only with `partial`.")


class EmailSummary(MessageSummary):
    """An email as lists show it."""

    provider_status: str | None = Field(description="What the mail server said, such as `550 5.1.1 …`.")
    sent_at: Utc | None = Field(description="When the mail server took it.")


class FileOut(BaseModel):
    """A file of an email, without its bytes."""

    filename: str
    content_type: str
    bytes: int
    file: str | None = Field(description="Its id, by which other emails may name it.")
    sha256: str | None = Field(description="Of its bytes, in hexadecimal digits.")
    content_id: str | None

    @classmethod
    def of(cls, file: Attachment) -> FileOut:
        """Return the view of a file."""
        return cls(
            filename=file.filename,
            content_type=file.content_type,
            bytes=file.size,
            file=None if file.kept is None else file.kept.id,
            sha256=None if file.kept is None else file.kept.sha256,
            content_id=file.content_id,
        )


class CountOut(BaseModel):
    """An opening, or the clicks on one link."""

    kind: str = Field(description="opened or clicked")
    url: str | None
    times: int
    first_at: Utc
    last_at: Utc


class EmailDetail(EmailSummary):
    """An email as its reader sees it, and why it was or was not sent."""

    subject: str | None
    text: str | None
    html: str | None
    attachments: list[FileOut]
    variables: dict[str, str]
    counts: list[CountOut]
    decisions: list[DecisionOut]


class EmailList(BaseModel):
    """A page of emails."""

    messages: list[EmailSummary]
    next_cursor: str | None


def created(message: Message, index: int | None = None) -> dict[str, Any]:
    """Return what is answered for an email that was taken."""
    return created_fields(message, index)


def summary(message: Message) -> EmailSummary:
    """Return the view of an email in lists."""
    return EmailSummary(**summary_fields(message))


def detail(
    message: Message,
    shown: Mapping[str, str],
    files: Sequence[FileOut],
    counts: Sequence[EmailCount],
    decisions: Sequence[Mapping[str, Any]],
) -> EmailDetail:
    """Return the view of one email; ``shown`` has what its reader sees."""
    return EmailDetail(
        **summary_fields(message),
        subject=shown.get("subject"),
        text=shown.get("text"),
        html=shown.get("html"),
        attachments=list(files),
        variables=dict(message.variables),
        counts=[
            CountOut(kind=count.kind, url=count.url, times=count.times, first_at=count.first_at, last_at=count.last_at)
            for count in counts
        ],
        decisions=[DecisionOut(**decision) for decision in decisions],
    )
