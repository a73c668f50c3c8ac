"""What a request for calls may say. The meaning is read in ``call_reading``."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, StrictStr, WithJsonSchema

from callwright.api.native.call_hours import CallHours
from callwright.api.native.call_retries import RetryByOutcome, RetryFields
from callwright.api.native.written_emails import FallbackEmail, files_named
from callwright.flows.fields import AudioId
from callwright.flows.machine_option import JSON_SCHEMA
from callwright.messages.texts import MAX_TEXT
from callwright.numbers.suppressions import MAX_TOPIC

#: More in one request would hold the connection and the transaction too long.
MAX_BATCH = 10_000
MAX_VARIABLES = 200
MAX_VALUE = 2000

Number = StrictStr | StrictInt


def _text_of(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("must be text or a number")  # noqa: TRY004  (pydantic collects ValueError only)
    text = str(value)
    if len(text) > MAX_VALUE:
        raise ValueError(f"must have at most {MAX_VALUE} characters")
    return text


#: What a placeholder is replaced with.
Value = Annotated[str, BeforeValidator(_text_of), WithJsonSchema({"type": ["string", "number"]})]


class FallbackSms(BaseModel):
    """The text to somebody whom the call did not reach."""

    model_config = ConfigDict(extra="forbid", strict=True)

    message: str = Field(min_length=1, max_length=MAX_TEXT, description="Placeholders as in the call's message.")
    from_: str | None = Field(
        default=None, alias="from", max_length=40, description="A proved sender. Absent: the number of the call."
    )
    replace_typography: bool = Field(default=False, description="Plain characters for typographic ones.")


class CallFields(BaseModel):
    """Fields that stand for one call, or at the top of a batch for all of its calls."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=False)

    from_: Number | None = Field(
        default=None, alias="from", description="A verified number. Absent: the organisation's first."
    )
    from_pool: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="Instead of `from`: id or name of a number pool, which gives each call a number of its own.",
    )
    message: str | None = Field(default=None, description="What is said. Placeholders: `{NAME}`, `{{name}}`, `#name#`.")
    flow: dict[str, Any] | None = Field(
        default=None,
        description="A flow, instead of `message` and `dtmf`; or the id of a saved one, of which the newest version "
        "is taken.",
        # an id is replaced before the fields are read: see ``flow_references``
        json_schema_extra={
            "anyOf": [{"type": "object", "additionalProperties": True}, {"type": "string"}, {"type": "null"}]
        },
    )
    audio: AudioId | None = Field(default=None, description="An audio that is played, instead of `message`.")
    voice: str | None = Field(default=None, max_length=100, examples=["en-US-Neural-F"])
    language: str | None = Field(default=None, max_length=50, examples=["en-US"])
    rate: float | None = Field(default=None, ge=0.5, le=2)
    pitch: float | None = Field(default=None, ge=0.5, le=2)
    variables: dict[str, Value] | None = Field(default=None, max_length=MAX_VARIABLES)
    dtmf: dict[str, Any] | None = Field(default=None, description="What a key does: `webhook`, `optout`, …")
    keywords: dict[str, Any] | None = Field(
        default=None,
        description="What a spoken word does, like `dtmf`. `|` parts words that mean the same: `Yes|of course`.",
    )
    machine_detection: Any = Field(
        default=None,
        description="What happens when an answering machine picks up: `off` (nobody listens for one), `hangup`, `same` "
        "(the message after the beep), or an object with `mode`, which may also be `leave` or `machine_only`.",
        # read by ``FlowCompiler``, which names the fields inside it
        json_schema_extra=JSON_SCHEMA,
    )
    record: Any = Field(
        default=None,
        description="Record the call, both sides: `true`, or an object with `announcement`. The person first hears "
        "that the call is recorded; `announcement` is another text, or `false` for none.",
        # read by ``FlowCompiler``, like the one above
        json_schema_extra={
            "anyOf": [
                {"type": "boolean"},
                {
                    "type": "object",
                    "properties": {"announcement": {"anyOf": [{"type": "boolean"}, {"type": "string"}]}},
                    "additionalProperties": False,
                },
                {"type": "null"},
            ]
        },
    )
    webhook_url: str | None = None
    webhook_events: list[str] | None = Field(default=None, max_length=50)
    metadata: dict[str, Any] | None = None
    ring_timeout_seconds: int | None = Field(default=None, ge=5, le=120)
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
        default=None,
        max_length=40,
        description="Not dialled after this time; what still waits then ends as `expired`. Without a zone: the "
        "account's.",
    )
    retry: RetryByOutcome | None = Field(default=None, description="When the call is made again, by outcome.")
    retry_incomplete: RetryFields | None = Field(
        default=None, description="When it is made again after the person hung up before the end."
    )
    fallback_sms: FallbackSms | None = Field(
        default=None,
        description="Sent when the last attempt did not reach the person: no answer, busy, rejected, a machine that "
        "got no message, a fault of the network.",
    )
    fallback_email: FallbackEmail | None = Field(
        default=None, description="Sent like `fallback_sms`, by email; both may be given."
    )


class CallItem(CallFields):
    """One call of a batch."""

    to: Number


class CallsRequest(CallFields):
    """One call (`to`), or a batch (`to` as a list, or `calls`)."""

    to: Number | list[Any] | None = Field(default=None, description="Whom to call. A list makes a batch.")
    calls: list[Any] | None = Field(
        default=None,
        description="Calls with fields of their own; those at the top are for all.",
        # read one by one, so that a good call is not lost for its neighbour's sake
        json_schema_extra={
            "anyOf": [{"type": "array", "items": {"$ref": "#/components/schemas/CallItem"}}, {"type": "null"}]
        },
    )
    campaign_name: str | None = Field(default=None, min_length=1, max_length=200)
    hours: CallHours | None = Field(default=None, description="Windows in which these calls may be made.")
    partial: bool = Field(default=False, description="Of a batch, create the good calls and list the others.")
    dry_run: bool = Field(default=False, description="Validate and show what would be said; create nothing.")

    @property
    def size(self) -> int:
        """How many calls are asked for."""
        if self.calls is not None:
            return len(self.calls)
        return len(self.to) if isinstance(self.to, list) else 1

    @property
    def pools(self) -> set[str]:
        """Ids and names of the number pools that the request names, at the top and in its calls."""
        own = [item.get("from_pool") for item in self.calls or () if isinstance(item, dict)]
        return {name for name in (self.from_pool, *own) if isinstance(name, str)}

    @property
    def audio_ids(self) -> set[str]:
        """What the request may name of audio, at the top, in its calls and in flows: then it is looked up."""
        return audio_named((self.audio, self.flow, self.calls))

    @property
    def texts(self) -> bool:
        """Whether a call may be followed by a text: then senders are looked up."""
        own = (item.get("fallback_sms") for item in self.calls or () if isinstance(item, dict))
        return self.fallback_sms is not None or any(value is not None for value in own)

    @property
    def emails(self) -> bool:
        """Whether a call may be followed by an email: then senders are looked up."""
        own = (item.get("fallback_email") for item in self.calls or () if isinstance(item, dict))
        return self.fallback_email is not None or any(value is not None for value in own)

    @property
    def email_templates(self) -> set[str]:
        """Ids and names of templates for emails that the request names, at the top and in its calls."""
        own = [item.get("fallback_email") for item in self.calls or () if isinstance(item, dict)]
        names = [each.get("template") for each in own if isinstance(each, dict)]
        if self.fallback_email is not None:
            names.append(self.fallback_email.template)
        return {name for name in names if isinstance(name, str)}

    @property
    def email_files(self) -> set[str]:
        """Ids of stored files that emails of the request name, at the top and in its calls."""
        own = [item.get("fallback_email") for item in self.calls or () if isinstance(item, dict)]
        return files_named((self.fallback_email, *own))

    @property
    def names_extensions(self) -> bool:
        """Whether a call, or a transfer, may go to an extension or a SIP address: then they are looked up."""
        return any(mentions_extension(value) for value in (self.to, self.calls, self.flow, self.dtmf, self.keywords))


def audio_named(value: Any) -> set[str]:
    """Return the texts in ``value``, at any depth, that look like ids of audio."""
    if isinstance(value, str):
        return {value} if value.startswith("aud_") else set()
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return set()
    return {name for part in value for name in audio_named(part)}


def mentions_extension(value: Any) -> bool:
    """Return whether a text in ``value``, at any depth, could name an extension or a SIP address."""
    if isinstance(value, str):
        return value.lstrip()[:4].lower() in ("ext:", "sip:", "sips")
    if isinstance(value, dict):
        return any(mentions_extension(part) for part in value.values())
    return isinstance(value, list) and any(mentions_extension(part) for part in value)


EXAMPLES: dict[str, Any] = {
    "one call": {
        "to": "+12125550100",
        "from": "+18005550199",
        "message": "Hello {FIRST_NAME}, this is a reminder about your appointment on {APPT_DATE} at {APPT_TIME}. "
        "Press 1 to confirm or 2 to reschedule.",
        "voice": "en-US-Neural-F",
        "variables": {"FIRST_NAME": "Sarah", "APPT_DATE": "Tuesday, April 15th", "APPT_TIME": "3:15 PM"},
        "dtmf": {
            "1": {"action": "webhook", "url": "https://yourapp.com/confirm"},
            "2": {"action": "webhook", "url": "https://yourapp.com/reschedule"},
            "9": {"action": "optout"},
        },
        "webhook_url": "https://yourapp.com/call-status",
    },
    "batch with own fields": {
        "message": "Hello {NAME}, the office is closed tomorrow.",
        "campaign_name": "Snow day",
        "calls": [
            {"to": "+12125550100", "variables": {"NAME": "Sarah"}},
            {"to": "+12125550101", "variables": {"NAME": "Tom"}, "priority": 9},
        ],
    },
    "batch with one text": {"to": ["+12125550100", "+12125550101"], "message": "The office is closed tomorrow."},
    "made again": {
        "to": "+12125550100",
        "message": "Your order is ready.",
        "retry": {
            "busy": {"count": 3, "delay_seconds": 120},
            "no_answer": {"count": 2, "delay_seconds": 900, "backoff": 2},
        },
        "retry_incomplete": {"count": 1, "delay_seconds": 60},
    },
    "with answering machines": {
        "to": "+12125550100",
        "message": "Hello. Your order is ready.",
        "machine_detection": {"mode": "leave", "message": "This is the shop. Please call us back."},
    },
    "dry run": {"to": "+12125550100", "message": "Hello {NAME}.", "variables": {"NAME": "Sarah"}, "dry_run": True},
}
