"""effebot's objects: a call as ``get`` and the webhook show it, and as ``create`` answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from callwright.calls.course import Course, Moment, SecondLeg
from callwright.calls.models import Call
from callwright.calls.queries import AttemptView
from callwright.rules.causes import q850_name
from callwright.rules.outcomes import OUTCOMES, Outcome

CREATED, PROCESSED, STARTED, ANSWERED, FINISHED, CANCELED = (
    *("created", "processed", "started", "answered"),
    *("finished", "canceled"),
)
_STATES = {"claimed": PROCESSED, "dialing": STARTED, "ringing": STARTED, "answered": ANSWERED, "ended": FINISHED}
#: Q.850: normal, unspecified; of a call that ended without a cause.
_NORMAL = 31
_MANAGER_WORDS = frozenset({"busy", "no_answer"})


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A call and all that its object is made of."""

    call: Call
    course: Course
    #: Of the order that made it: what ``flows`` and ``asked`` left there.
    asked: Mapping[str, Any] = field(default_factory=dict)
    #: State and tries of the webhook after the end; ``None``: there is none yet.
    final_webhook: tuple[str, int] | None = None
    #: Links to what was recorded, by attempt.
    recordings: Mapping[str, str] = field(default_factory=dict)


def seconds(moment: datetime | None) -> int | None:
    """Return UNIX seconds."""
    return None if moment is None else int(moment.timestamp())


def digits(number: str) -> str:
    """Return a number as the document writes them: digits alone."""
    return number.removeprefix("+")


def created(call: Call, *, recording: bool) -> dict[str, Any]:
    """Return what ``create`` answers of a call."""
    return {
        "id": call.number,
        "createdAt": seconds(call.created_at),
        "plannedAt": seconds(call.due_at),
        # the table's name and the example's
        "needRecording": int(recording),
        "needrecording": int(recording),
        "phone": digits(call.to_number),
        # texts are spoken for nothing
        "recordCost": 0,
    }


def show_call(shown: Shown) -> dict[str, Any]:
    """Return a call with its attempts."""
    call, asked = shown.call, shown.asked
    state, tries = shown.final_webhook or ("pending", 0)
    return {
        "id": call.number,
        "createdAt": seconds(call.created_at),
        "needRecording": int(bool(asked.get("needRecording"))),
        "plannedAt": seconds(call.due_at),
        "webhookUrl": call.webhook_url,
        "webhookSent": int(state == "delivered"),
        "amoscriptId": None,
        "webhookParameters": asked.get("webhookParameters"),
        "webhookTry": tries,
        "recognitionGroupId": None,
        "generateGroupId": None,
        "calls": _attempts(shown),
    }


def _attempts(shown: Shown) -> list[dict[str, Any]]:
    attempts = shown.course.attempts
    if not attempts:
        return [_unbegun(shown)]
    # what stands between two attempts belongs to the first one
    ends = [attempt.claimed_at for attempt in attempts[1:]]
    found = []
    for position, attempt in enumerate(attempts):
        until = ends[position] if position < len(ends) else None
        moments = [
            moment
            for moment in shown.course.moments
            if moment.at >= attempt.claimed_at and (until is None or moment.at < until)
        ]
        found.append(_attempt(shown, attempt, moments))
    return found


def _unbegun(shown: Shown) -> dict[str, Any]:
    call = shown.call
    over = call.outcome is not None
    return {
        **_nothing(shown),
        "finishedAt": seconds(call.ended_at),
        "status": CANCELED if over else CREATED,
        "hangupCause": _cause(call.outcome, None) if call.outcome is not None else None,
        "createdAt": seconds(call.created_at),
        "updatedAt": seconds(call.ended_at or call.created_at),
    }


def _nothing(shown: Shown) -> dict[str, Any]:
    """Return an attempt of which nothing is known yet, in the document's order."""
    call, asked = shown.call, shown.asked
    return {
        "phone": digits(call.to_number),
        "ivrDigit": None,
        "startedAt": None,
        "answeredAt": None,
        "managerStartedAt": None,
        "managerAnsweredAt": None,
        "finishedAt": None,
        "toBlock": 0,
        "status": CREATED,
        "hangupCause": None,
        "managerStatus": None,
        "recordFilePath": None,
        "recordPath": None,
        "cost": 0,
        "createdAt": None,
        "updatedAt": None,
        "label": asked.get("label"),
        "ivrAnswers": None,
        "ivrIdList": [],
        "comment": call.reason or asked.get("comment"),
    }


def _attempt(shown: Shown, attempt: AttemptView, moments: Sequence[Moment]) -> dict[str, Any]:
    legs = [leg for leg in shown.course.second_legs if leg.attempt_id == attempt.id]
    answers = [answer for moment in moments if (answer := _answer(moment)) is not None]
    keys = [answer for answer in answers if len(answer) == 1 and answer.isdecimal()]
    times = (attempt.claimed_at, attempt.dialing_at, attempt.ringing_at, attempt.answered_at, attempt.ended_at)
    link = shown.recordings.get(attempt.id)
    actions: Mapping[str, int] = shown.asked.get("actions") or {}
    costs = [shown.course.charges.get(one, Decimal(0)) for one in (attempt.id, *(leg.id for leg in legs))]
    return {
        **_nothing(shown),
        "ivrDigit": int(keys[-1]) if keys else None,
        "startedAt": seconds(attempt.dialing_at),
        "answeredAt": seconds(attempt.answered_at),
        "managerStartedAt": seconds(legs[-1].started_at) if legs else None,
        "managerAnsweredAt": seconds(legs[-1].connected_at) if legs else None,
        "finishedAt": seconds(attempt.ended_at),
        "toBlock": int(any(moment.type == "contact.optout" for moment in moments)),
        "status": CANCELED if attempt.outcome is Outcome.CANCELLED else _STATES[attempt.state],
        "hangupCause": None if attempt.outcome is None else _cause(attempt.outcome, attempt.q850_cause),
        "managerStatus": _manager(legs, moments),
        "recordFilePath": link,
        "recordPath": link,
        "cost": float(sum(costs)),
        "createdAt": seconds(attempt.claimed_at),
        "updatedAt": seconds(max(time for time in times if time is not None)),
        "ivrAnswers": "|".join(answers) or None,
        "ivrIdList": [
            actions[step] for moment in moments if moment.kind == "step" and (step := moment.step or "") in actions
        ],
    }


def _answer(moment: Moment) -> str | None:
    """Return the key, or the word, with which somebody chose something."""
    if moment.type == "call.dtmf":
        return moment.body.get("digit")
    return moment.body.get("keyword") if moment.kind == "gather" else None


def _cause(outcome: Outcome, cause: int | None) -> str:
    return OUTCOMES[outcome].effebot or q850_name(cause or _NORMAL)


def _manager(legs: Sequence[SecondLeg], moments: Sequence[Moment]) -> str | None:
    transfers = [moment for moment in moments if moment.type.startswith("call.transfer_")]
    if not legs and not transfers:
        return None
    if legs and legs[-1].connected_at is not None:
        return "answered"
    types = {moment.type for moment in transfers}
    if "call.transfer_answered" in types:
        return "answered"
    if "call.transfer_failed" in types:
        reason = next(moment.body.get("reason") for moment in transfers if moment.type == "call.transfer_failed")
        return reason if reason in _MANAGER_WORDS else "failed"
    return "started"
