"""Jobs and their parts as RoboTalker shows them; every number, text and name of a field is the document's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callwright.api.dialects.robotalker.times import shown_time
from callwright.rules.outcomes import OUTCOMES, Outcome

#: What the name of a job gets in front in the answer to its request.
NAME_PREFIX = "dp0."
CALL, SMS = "call", "sms"
_NORTH_AMERICAN = 12
_COUNTERS = ("Delivered", "VoiceMail", "LineBusy", "NotAnswered", "InvalidNumber")
_DESCRIPTIONS = {
    "Delivered": "Completed",
    "VoiceMail": "Voicemail",
    "LineBusy": "Busy",
    "NotAnswered": "No Answer",
    "InvalidNumber": "Invalid Number",
}
_FAILED = frozenset({Outcome.FAILED, Outcome.CONGESTION, Outcome.INTERRUPTED, Outcome.FAX})
_LEFT_OUT = frozenset({"cancelled", "expired", "skipped"})
#: Of a text: where it stands, as ``smsStatus`` counts it.
_SMS_STATUS = {"queued": "0", "sending": "0", "sent": "1", "unknown": "1", "delivered": "2"}
_SMS_ENDED = frozenset({"delivered", "failed", "undelivered", "expired", "cancelled", "skipped", "unknown"})


@dataclass(frozen=True, kw_only=True)
class Part:
    """A call or a text of a job."""

    #: ``call`` or ``sms``.
    channel: str
    #: E.164.
    to_number: str
    name: str
    #: Native status.
    status: str
    outcome: Outcome | None = None
    from_number: str = ""
    attempts: int = 0
    #: Seconds, of the last attempt; ``None``: it was not answered, or did not ring.
    duration: int | None = None
    ringing: int | None = None
    #: Keys that were pressed.
    keys: str = ""
    #: The text as it was sent, and what the person wrote back.
    text: str = ""
    reply: str = ""
    #: Whether pictures went with it.
    media: bool = False
    #: What makes its receipt's name: 32 hexadecimal digits.
    receipt: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    due_at: datetime | None = None
    #: It waits for something else than its turn, such as the hours for calls.
    deferred: bool = False

    @property
    def ended(self) -> bool:
        """Whether nothing will happen any more."""
        return self.outcome is not None if self.channel == CALL else self.status in _SMS_ENDED

    @property
    def waiting(self) -> bool:
        """Whether nothing has happened yet."""
        return self.status == "queued" and self.attempts == 0


@dataclass(frozen=True, kw_only=True)
class Job:
    """One request that made calls, texts or both."""

    number: int
    name: str
    #: When it was to begin.
    starts_at: datetime
    #: IANA name of the account's zone.
    zone: str
    #: The number of the audio that is played; ``0``: none.
    message_number: int = 0
    paused: bool = False
    cancelled: bool = False


def shown_number(e164: str) -> str:
    """Return ten digits for a number of the United States and Canada, E.164 for another one."""
    if len(e164) == _NORTH_AMERICAN and e164.startswith("+1"):
        return e164[2:]
    return e164


def created(job: Job, parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Return the answer to a request: an object a number, in the order in which they were given."""
    by_number: dict[tuple[str, str], list[Part]] = {}
    for part in parts:
        by_number.setdefault((part.to_number, part.name), []).append(part)
    state = job_state(job, parts)
    return [
        {
            "id": job.number,
            "jobName": f"{NAME_PREFIX}{job.name}",
            "ToNumber": shown_number(to_number),
            "ContactName": name,
            "Jobtime": shown_time(job.starts_at, job.zone),
            "smsStatus": next((sms_status(part) for part in both if part.channel == SMS), "0"),
            "JobStatus": state,
        }
        for (to_number, name), both in by_number.items()
    ]


def sms_status(part: Part) -> str:
    """Return ``0`` queued, ``1`` sent, ``2`` delivered, ``3`` failed."""
    return _SMS_STATUS.get(part.status, "3")


def job_state(job: Job, parts: Sequence[Part]) -> int:
    """Return 0 queued, 1 running, 2 completed, 3 cancelled."""
    if job.cancelled and all(part.ended for part in parts):
        return 3
    if all(part.ended for part in parts):
        return 2
    return 0 if all(part.waiting for part in parts) else 1


def summary(job: Job, parts: Sequence[Part]) -> dict[str, Any]:
    """Return how far the parts of one channel are."""
    counts = Counter(counter for part in parts if (counter := counter_of(part)) is not None)
    words = ("Pending", "Running", "Completed", "Cancelled")
    state = words[job_state(job, parts)]
    if job.paused and state in {"Pending", "Running"}:
        state = "Paused"
    return {
        "TriggerStatus": state,
        "StartTime": shown_time(job.starts_at, job.zone),
        "TotalContacts": len(parts),
        "Name": job.name,
        "Completed": counts["Delivered"] + counts["VoiceMail"],
        **{name: counts[name] for name in _COUNTERS},
        "Id": job.number,
    }


def summaries(job: Job, parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Return a summary for each channel that the job has, calls first."""
    channels = {channel: [part for part in parts if part.channel == channel] for channel in (CALL, SMS)}
    return [summary(job, own) for own in channels.values() if own]


def counter_of(part: Part) -> str | None:
    """Return what a part adds one to; ``None``: nothing but ``TotalContacts``."""
    if part.channel == CALL:
        return None if part.outcome is None else OUTCOMES[part.outcome].robotalker
    if part.outcome is Outcome.INVALID_NUMBER:
        return "InvalidNumber"
    if part.status == "delivered":
        return "Delivered"
    return "NotAnswered" if part.status in {"failed", "undelivered"} else None


def description(part: Part) -> str:
    """Return in a word what came of a part."""
    if part.channel == SMS:
        return _sms_description(part)
    if part.outcome is None:
        return "Pending"
    if part.outcome in _FAILED:
        return "Failed"
    counter = OUTCOMES[part.outcome].robotalker
    return "Cancelled" if counter is None else _DESCRIPTIONS[counter]


def _sms_description(part: Part) -> str:
    if part.outcome is Outcome.INVALID_NUMBER:
        return "Invalid Number"
    if part.status in {"failed", "undelivered"}:
        return "Failed"
    if part.status in _LEFT_OUT:
        return "Cancelled"
    return "Completed" if part.status in {"sent", "delivered", "unknown"} else "Pending"


def detail(job: Job, part: Part) -> dict[str, Any]:
    """Return the row of a recipient."""
    if part.channel == SMS:
        return {
            "ContactName": part.name,
            "DialNumber": shown_number(part.to_number),
            "Description": description(part),
            "ReturnedMessage": part.reply,
            "SidReceipt": f"{'MM' if part.media else 'SM'}{part.receipt}",
            "DynamicText": part.text,
            "JobId": job.number,
        }
    return {
        "ContactName": part.name,
        "DialNumber": shown_number(part.to_number),
        "Description": description(part),
        "CallAttempts": part.attempts,
        "CallerNumber": shown_number(part.from_number),
        "ScheduledTime": shown_time(part.due_at or job.starts_at, job.zone),
        "CallDuration": part.duration or 0,
        "EndTime": shown_time(part.ended_at, job.zone),
        "MessageId": job.message_number,
        "KeyHitByUser": part.keys,
        "StartTime": shown_time(part.started_at, job.zone),
        "CallRingTime": part.ringing or 0,
        "JobId": job.number,
    }


def multi_job(job: Job, channels: Mapping[str, bool]) -> dict[str, Any]:
    """Return the answer of ``MultiJob``."""
    number = str(job.number)
    return {
        "JobName": job.name,
        "smsId": number if channels[SMS] else None,
        "callId": number if channels[CALL] else None,
    }


def job_summary(job: Job | None, parts: Sequence[Part]) -> dict[str, Any]:
    """Return the answer of ``Jobsummary``."""
    found: dict[str, Any] = {CALL: None, SMS: None}
    if job is not None:
        for channel in found:
            own = [part for part in parts if part.channel == channel]
            found[channel] = summary(job, own) if own else None
    return found
