"""The email of a campaign, and the one after a call that reached nobody: what requests may say of them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

#: Fields that say what is written; ``mail.content`` reads them. Files go with single emails only.
WRITTEN = ("subject", "text", "html", "from_name", "reply_to", "headers", "track_opens", "track_clicks")


class WrittenEmail(BaseModel):
    """What an email says, and who it is from."""

    model_config = ConfigDict(extra="forbid", strict=True)

    subject: str | None = Field(default=None, description="Placeholders: `{NAME}`, `{{name}}`, `#name#`.")
    text: str | None = Field(
        default=None,
        description="Absent: made from the HTML. `{unsubscribe_url}` becomes the person's link to unsubscribe.",
    )
    html: str | None = Field(default=None, description="Values are escaped for the place where they stand.")
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
