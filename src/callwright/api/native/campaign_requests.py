"""What a request for a campaign may say. The meaning is read in ``campaign_reading``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.call_requests import MAX_VARIABLES, CallFields, Number, Value, mentions_extension
from callwright.api.native.campaign_goals import BreakerFields, GoalFields
from callwright.api.native.written_emails import CampaignEmail, files_named
from callwright.contacts.filters.language import MAX_TEXT
from callwright.messages.texts import MAX_TEXT as MAX_SMS_TEXT

#: More come as a file: ``POST /campaigns/{campaign_id}/recipients``.
MAX_RECIPIENTS = 10_000
MAX_OTHER_NUMBERS = 5
_CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class RecipientItem(_Strict):
    """A person of the list."""

    to: Number | None = Field(
        default=None,
        description="A number; where `channels` is `email`, an address, or absent: the first one of `contact_id`.",
    )
    variables: dict[str, Value] | None = Field(default=None, max_length=MAX_VARIABLES)
    other_numbers: list[Number] | None = Field(
        default=None,
        max_length=MAX_OTHER_NUMBERS,
        description="Numbers of the same person that are tried in this order, see `other_number_after`.",
    )
    contact_id: str | None = Field(default=None, max_length=60, description="Who it is; their time zone is taken.")


class WindowItem(_Strict):
    """Hours of the day."""

    from_: str = Field(alias="from", pattern=_CLOCK, examples=["09:00"])
    until: str = Field(pattern=_CLOCK, examples=["17:00"], description="Past midnight when it lies before `from`.")
    weekdays: list[int] | None = Field(
        default=None, min_length=1, max_length=7, description="1 (Monday) to 7; absent: every day."
    )


class ScheduleFields(_Strict):
    """When a campaign calls."""

    starts_at: str | None = Field(default=None, max_length=40, description="Not before. Without a zone: the account's.")
    ends_at: str | None = Field(default=None, max_length=40, description="Who was not called by then is `expired`.")
    windows: list[WindowItem] | None = Field(default=None, max_length=50, description="Absent: any hour.")
    holidays: list[str] | None = Field(default=None, max_length=400, examples=[["2026-12-25"]])
    time_zone: str | None = Field(
        default=None,
        max_length=60,
        description="Whose clock the windows are read on: `recipient` (default), `account`, or an IANA name.",
    )
    legal_hours: bool | None = Field(
        default=None, description="Marketing keeps the legal hours that are known; default true."
    )


class CampaignSms(_Strict):
    """The text of a campaign that writes."""

    message: str | None = Field(
        default=None, min_length=1, max_length=MAX_SMS_TEXT, description="Absent: the campaign's `message`."
    )
    from_: str | None = Field(
        default=None, alias="from", max_length=40, description="A proved sender. Absent: the default one."
    )
    replace_typography: bool = Field(default=False, description="Plain characters for typographic ones.")
    forward_replies_to: str | None = Field(
        default=None,
        min_length=1,
        max_length=2000,
        description="Where the answers go on to: a number, or an http(s) address, which gets `sms.received`.",
    )


class CampaignFields(CallFields):
    """What a campaign says beside what each call says."""

    channels: list[Literal["call", "sms", "email"]] | None = Field(
        default=None,
        min_length=1,
        max_length=3,
        description="`call` (default), `sms` (who would be called gets a text), both (a text goes with each call), "
        "`email` (recipients are addresses), or `call` and `email` (an email goes with each call).",
    )
    sms: CampaignSms | None = Field(default=None, description="The text, where `channels` has `sms`.")
    email: CampaignEmail | None = Field(default=None, description="The email, where `channels` has `email`.")

    name: str | None = Field(default=None, min_length=1, max_length=200, pattern=r"\S")
    purpose: Literal["emergency", "transactional", "marketing"] | None = Field(
        default=None, description="Default: the key's. It may bind more than the key's, never less."
    )
    schedule: ScheduleFields | None = None
    weight: float | None = Field(
        default=None, ge=0.01, le=100, description="Share among campaigns of the same priority; default 1."
    )
    max_concurrent: int | None = Field(default=None, ge=1, le=100_000, description="Calls in the air at once.")
    calls_per_second: float | None = Field(default=None, ge=0.01, le=10_000)
    goal: GoalFields | None = None
    hunt: bool | None = Field(default=None, description="One after another, in order, until one accepts.")
    breaker: BreakerFields | None = None
    abandonment_limit: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Pauses when more than this share of the calls that people answered in 30 days was abandoned.",
    )
    do_not_call: list[Annotated[str, Field(min_length=1, max_length=200)]] | None = Field(
        default=None,
        max_length=20,
        description="Ids or names of do-not-call lists that stop calls of this campaign, beside those that stop all.",
    )
    campaign_webhook_url: str | None = Field(
        default=None,
        max_length=2000,
        description="Where the campaign's own events are sent, as `webhook_events` names them; absent: `webhook_url`.",
    )
    other_number_after: list[Literal["busy", "no_answer", "machine", "rejected", "failed", "invalid_number"]] | None = (
        Field(default=None, description="After which outcomes another number of the same person is tried.")
    )

    @property
    def email_templates(self) -> list[str]:
        """Ids and names of templates for emails that the request names."""
        written = (self.email, self.fallback_email)
        return [each.template for each in written if each is not None and each.template is not None]

    @property
    def email_files(self) -> set[str]:
        """Ids of stored files that the request's emails name."""
        return files_named((self.email, self.fallback_email))

    @property
    def writes_texts(self) -> bool:
        """Whether it names texts: then senders are looked up."""
        return "sms" in (self.channels or ()) or self.sms is not None or self.fallback_sms is not None

    @property
    def writes_emails(self) -> bool:
        """Whether it names emails: then senders are looked up."""
        return "email" in (self.channels or ()) or self.email is not None or self.fallback_email is not None

    @property
    def names_extensions(self) -> bool:
        """Whether a call, or a transfer, may go to an extension or a SIP address: then they are looked up."""
        recipients = getattr(self, "recipients", None)
        return any(mentions_extension(value) for value in (recipients, self.flow, self.dtmf, self.keywords))


class CampaignRequest(CampaignFields):
    """A campaign to be created. At most one of the five sources of recipients."""

    recipients: list[Any] | None = Field(
        default=None,
        description=f"Numbers, or objects; at most {MAX_RECIPIENTS}. A larger list is uploaded as a file.",
        # read one by one, so that a good recipient is not lost for a neighbour's sake
        json_schema_extra={
            "anyOf": [
                {
                    "type": "array",
                    "items": {
                        "anyOf": [
                            {"type": "string"},
                            {"type": "integer"},
                            {"$ref": "#/components/schemas/RecipientItem"},
                        ]
                    },
                },
                {"type": "null"},
            ]
        },
    )
    group: str | None = Field(default=None, max_length=60, description="Id of a group of contacts.")
    segment: str | None = Field(default=None, max_length=60, description="Id of a saved filter.")
    filter: str | None = Field(default=None, max_length=MAX_TEXT, description="A filter of contacts.")
    contact_ids: list[str] | None = Field(default=None, min_length=1, max_length=MAX_RECIPIENTS)
    on_bad_recipients: Literal["refuse", "skip"] = Field(
        default="refuse", description="Whether one bad recipient refuses the request, or is left out and reported."
    )
    start: bool = Field(default=True, description="False: it stays a draft until `POST …/start`.")
    dry_run: bool = Field(default=False, description="Answer what would happen; create nothing.")


class CampaignChange(CampaignFields):
    """What to change of a draft or a paused campaign; what is absent stays."""


class RecipientsRequest(_Strict):
    """People to be added."""

    recipients: list[Any] = Field(min_length=1, max_length=MAX_RECIPIENTS)
    on_bad_recipients: Literal["refuse", "skip"] = "refuse"


EXAMPLES: dict[str, Any] = {
    "two people": {
        "name": "Appointments of Tuesday",
        "message": "Hello {FIRST_NAME}, your appointment is at {TIME}. Press 1 to confirm, 2 to reschedule.",
        "dtmf": {
            "1": {"action": "webhook", "url": "https://yourapp.com/confirm"},
            "2": {"action": "webhook", "url": "https://yourapp.com/reschedule"},
            "9": {"action": "optout"},
        },
        "recipients": [
            {"to": "+12125550100", "variables": {"FIRST_NAME": "Sarah", "TIME": "3:15 PM"}},
            {"to": "+12125550101", "variables": {"FIRST_NAME": "Tom", "TIME": "4:00 PM"}},
        ],
    },
    "office hours of the recipient": {
        "name": "Recall",
        "message": "Please bring your boiler in for a check.",
        "recipients": ["+12125550100", "+12125550101"],
        "schedule": {
            "windows": [{"from": "09:00", "until": "17:00", "weekdays": [1, 2, 3, 4, 5]}],
            "holidays": ["2026-12-25"],
            "time_zone": "recipient",
        },
        "max_concurrent": 20,
        "retry": {"busy": {"count": 2, "delay_seconds": 600}},
    },
    "emails to a group": {
        "name": "Newsletter of May",
        "channels": ["email"],
        "purpose": "marketing",
        "email": {
            "subject": "What is new in May, {first_name}",
            "html": "<p>Hello {first_name},</p><p>…</p><p><a href='{unsubscribe_url}'>Unsubscribe</a></p>",
        },
        "group": "grp_06e4k1q0s8b2n4p6r8t2",
    },
    "draft for a file": {"name": "Snow day", "message": "School is closed tomorrow, {NAME}.", "start": False},
}
