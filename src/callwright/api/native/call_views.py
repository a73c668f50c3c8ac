"""How calls look in answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.amounts import Amount
from callwright.api.native.call_hours import CallHours
from callwright.api.native.call_retries import RetryByOutcome, RetryFields, shown
from callwright.api.native.problems import ProblemError
from callwright.api.native.recording_views import RecordingSummary
from callwright.api.native.times import Utc, utc
from callwright.calls.models import Call
from callwright.calls.queries import AttemptView
from callwright.recordings.models import RecordingView


class VoiceUsed(BaseModel):
    """Which installed voice speaks for the one that was asked for."""

    asked: str | None
    used: str
    language: str
    engine: str


class CreatedCall(BaseModel):
    """A call that was taken; the guide's four fields and the voice."""

    call_id: str = Field(examples=["cal_06e4k1q0s8b2n4p6r8t0"])
    status: str = Field(examples=["queued"])
    to: str = Field(examples=["+12125550100"])
    created_at: Utc
    voice: VoiceUsed | None = Field(description="null when the call's flow plays recordings only.")


class CreatedInBatch(CreatedCall):
    """A call of a batch."""

    index: int | None = Field(default=None, description="Its place in the request; only with `partial`.")


class CreatedCalls(BaseModel):
    """A batch that was taken."""

    calls: list[CreatedInBatch]
    campaign_id: str = Field(examples=["cmp_06e4k1q0s8b2n4p6r8t2"])
    errors: list[ProblemError] | None = Field(default=None, description="Calls left out; only with `partial`.")


class CallSummary(BaseModel):
    """A call as lists show it."""

    model_config = ConfigDict(populate_by_name=True)

    call_id: str
    number: int
    status: str
    outcome: str | None
    direction: str = Field(description="outbound, or inbound: then `to` is yours and `from` the caller's.")
    to: str
    from_: str = Field(alias="from")
    created_at: Utc
    scheduled_at: Utc = Field(description="Not before this time; a deferral or a retry moves it.")
    expires_at: Utc | None = Field(description="Not dialled after this time.")
    retry: RetryByOutcome | None
    retry_incomplete: RetryFields | None
    answered_at: Utc | None
    ended_at: Utc | None
    duration_seconds: int | None
    dtmf_response: str | None
    amd_result: str | None
    reason: str | None
    campaign_id: str | None
    sandbox: bool
    purpose: str
    priority: int
    ring_timeout_seconds: int
    ring_only_seconds: int | None = Field(description="Of a flash call: it is hung up after so long a ringing.")
    hours: CallHours | None = Field(description="Windows of its own; those of a campaign's calls are the campaign's.")
    variables: dict[str, str]
    metadata: dict[str, Any]
    webhook_url: str | None
    webhook_events: list[str]
    webhook_format: str | None = Field(description="A dialect whose body its webhooks have; null: ours.")
    attempt_count: int
    price: Amount | None = Field(description="Charged so far; null when the organisation pays for nothing.")
    currency: str | None
    topic: str | None


class Heard(BaseModel):
    """Who answered, by the detector of answering machines."""

    verdict: str = Field(description="human, machine, fax, silence or unsure.")
    confidence: float | None = Field(description="0 to 1: orders verdicts, and is no measured probability.")
    seconds: float | None = Field(description="From the answer to the verdict.")
    reason: str | None = Field(description="The rule that decided.")


class AttemptOut(BaseModel):
    """One try to reach the callee."""

    attempt_id: str
    ordinal: int
    state: str
    outcome: str | None
    sip_status: int | None
    q850_cause: int | None
    ended_by: str | None
    attestation: str | None = Field(description="With what it was signed (STIR/SHAKEN: A, B or C); null: it was not.")
    incomplete: bool = Field(description="The person hung up before the end.")
    machine_detection: Heard | None = Field(description="null: nobody listened, or it ended before a verdict.")
    claimed_at: Utc
    dialing_at: Utc | None
    ringing_at: Utc | None
    answered_at: Utc | None
    ended_at: Utc | None


class DecisionOut(BaseModel):
    """Why the call was made, deferred or not made, at one moment."""

    verdict: str
    rule: str
    reason: str
    inputs: dict[str, Any]
    decided_at: Utc


class CallDetail(CallSummary):
    """A call with its attempts and the decisions about it."""

    attempts: list[AttemptOut]
    decisions: list[DecisionOut]
    recordings: list[RecordingSummary]


class CallList(BaseModel):
    """A page of calls, newest first."""

    calls: list[CallSummary]
    next_cursor: str | None


def created(call: Call, voice: VoiceUsed | None) -> dict[str, Any]:
    """Return the answer for a new call: the guide's four fields first."""
    return {
        "call_id": call.id,
        "status": call.status,
        "to": call.to_number,
        "created_at": utc(call.created_at),
        "voice": None if voice is None else voice.model_dump(),
    }


def summary(call: Call) -> CallSummary:
    """Return a call as lists show it."""
    return CallSummary(**_fields(call))


def detail(
    call: Call,
    attempts: Sequence[AttemptView],
    decisions: Sequence[Mapping[str, Any]],
    recordings: Sequence[RecordingView],
) -> CallDetail:
    """Return a call with all that is known of it."""
    return CallDetail(
        **_fields(call),
        attempts=[
            AttemptOut(
                attempt_id=attempt.id,
                ordinal=attempt.ordinal,
                state=attempt.state,
                outcome=attempt.outcome,
                sip_status=attempt.sip_status,
                q850_cause=attempt.q850_cause,
                ended_by=attempt.ended_by,
                attestation=attempt.attestation,
                incomplete=attempt.incomplete,
                machine_detection=_heard(attempt),
                claimed_at=attempt.claimed_at,
                dialing_at=attempt.dialing_at,
                ringing_at=attempt.ringing_at,
                answered_at=attempt.answered_at,
                ended_at=attempt.ended_at,
            )
            for attempt in attempts
        ],
        decisions=[
            DecisionOut(
                verdict=decision["verdict"],
                rule=decision["rule"],
                reason=decision["reason"],
                inputs=decision["inputs"],
                decided_at=decision["decided_at"],
            )
            for decision in decisions
        ],
        recordings=[RecordingSummary.of_call(recording) for recording in recordings],
    )


def _heard(attempt: AttemptView) -> Heard | None:
    if attempt.amd_verdict is None:
        return None
    return Heard(
        verdict=attempt.amd_verdict,
        confidence=attempt.amd_confidence,
        seconds=attempt.amd_seconds,
        reason=attempt.amd_reason,
    )


def _fields(call: Call) -> dict[str, Any]:
    return {
        "call_id": call.id,
        "number": call.number,
        "status": call.status,
        "outcome": call.outcome,
        "direction": call.direction,
        "to": call.to_number,
        "from_": call.from_number,
        "created_at": call.created_at,
        "scheduled_at": call.due_at,
        "expires_at": call.not_after,
        **shown(call.retry),
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "duration_seconds": call.duration_seconds,
        "dtmf_response": call.dtmf_response,
        "amd_result": call.amd_result,
        "reason": call.reason,
        "campaign_id": call.campaign_id,
        "sandbox": call.sandbox,
        "purpose": call.purpose,
        "priority": call.priority,
        "ring_timeout_seconds": call.ring_timeout_seconds,
        "ring_only_seconds": call.ring_only_seconds,
        "hours": None if call.own_hours is None else CallHours.model_validate(call.own_hours),
        "variables": dict(call.variables),
        "metadata": dict(call.metadata),
        "webhook_url": call.webhook_url,
        "webhook_events": list(call.webhook_events),
        "webhook_format": call.webhook_format,
        "attempt_count": call.attempts,
        "price": call.price,
        "currency": call.currency,
        "topic": call.topic,
    }
