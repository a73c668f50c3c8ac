"""What requests may say of an email: a single one, a campaign's, and the one after a call that reached nobody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

#: Fields that say what is written; ``mail.content`` reads them.
WRITTEN = (
    *("subject", "text", "html", "from_name", "reply_to", "headers", "attachments"),
    *("track_opens", "track_clicks"),
)


class EmailAttachment(BaseModel):
    """A file of an email: its `content`, or the `file` that an email or a campaign of the organisation had before."""

    filename: str = Field(max_length=120, examples=["invoice.pdf"])
    content_type: str = Field(default="application/octet-stream", examples=["application/pdf"])
    content: str | None = Field(default=None, description="The file in base64.")
    file: str | None = Field(
        default=None,
        examples=["fil_06e4k1q0s8b2n4p6r8t0"],
        description="In the place of `content`: a stored file's id.",
    )
    content_id: str | None = Field(
        default=None, max_length=60, description='For pictures in the HTML: `<img src="cid:logo">` shows `logo`.'
    )
    bytes: int | None = Field(default=None, description="As it was shown with `file`; not read.")
    sha256: str | None = Field(default=None, description="As it was shown with `file`; not read.")


#: Read one by one in ``mail.attachments``, so that each fault is named.
Attachments = Annotated[
    list[Any] | None,
    Field(
        description="At most 20 files of 7,000,000 bytes together.",
        json_schema_extra={
            "anyOf": [{"type": "array", "items": {"$ref": "#/components/schemas/EmailAttachment"}}, {"type": "null"}]
        },
    ),
]


class WrittenEmail(BaseModel):
    """What an email says, and who it is from."""

    model_config = ConfigDict(extra="forbid", strict=True)

    subject: str | None = Field(default=None, description="Placeholders: `{NAME}`, `{{name}}`, `#name#`.")
    text: str | None = Field(
        default=None,
        description="Absent: made from the HTML. `{unsubscribe_url}` becomes the person's link to unsubscribe.",
    )
    html: str | None = Field(
        default=None,
        description="Values are escaped for the place where they stand; styles are put into the elements.",
    )
    template: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Id or name of a template for emails; fields that are given replace the template's.",
    )
    from_: str | None = Field(
        default=None, max_length=254, alias="from", description="A proved sender's address. Absent: the default."
    )
    from_name: str | None = Field(default=None, description="Shown instead of the sender's name.")
    reply_to: str | None = Field(default=None, max_length=254)
    headers: dict[str, Any] | None = Field(default=None, description="`X-…` headers of your own.")
    attachments: Attachments = None
    track_opens: bool | None = Field(default=None, description="Count openings, by a picture. Off unless it is true.")
    track_clicks: bool | None = Field(
        default=None, description="Count clicks: links lead through this appliance. Off unless it is true."
    )


class CampaignEmail(WrittenEmail):
    """The email of a campaign that writes emails."""

    to: str | None = Field(
        default=None,
        min_length=3,
        max_length=320,
        description="Beside calls, whose recipients are numbers: their address, or a placeholder for it. Absent: the "
        "contact's first address.",
    )


class FallbackEmail(WrittenEmail):
    """The email to somebody whom the call did not reach."""

    to: str | None = Field(
        default=None,
        min_length=3,
        max_length=320,
        description="Their address, or a placeholder for it. Absent: the first address of the contact with the number.",
    )


def files_named(emails: Iterable[Any]) -> set[str]:
    """Return the ids of stored files that emails of a request name: read ones, or JSON that may be anything."""
    found = set()
    for email in emails:
        given = email.attachments if isinstance(email, WrittenEmail) else _of(email, "attachments")
        for one in given if isinstance(given, list) else ():
            name = _of(one, "file")
            if isinstance(name, str):
                found.add(name)
    return found


def _of(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
