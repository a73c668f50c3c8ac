"""A Robo call request as its document shows it: the calls, the steps that they went through, their legs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from callwright.calls.course import Course, Moment
from callwright.calls.models import Call
from callwright.numbers.extensions import is_extension
from callwright.orders.models import Order, Part
from callwright.rules.outcomes import OUTCOMES

#: ``status`` of a step, in the document's spelling.
SUCCESS = "sucess_ok"
NO_INPUT = "error_no_input"
INVALID_INPUT = "error_invalid_input"
HUNG_UP = "error_hangup"
NO_FREE_CALL = "error_concurrent_call_limit_reached"
INTERNAL = "error_internal"

_COMPLETED = frozenset({"answered", "voicemail"})
_GATHERED = {"matched": SUCCESS, "keyword": SUCCESS, "no_input": NO_INPUT, "invalid": INVALID_INPUT}
#: Why a transfer failed, as ``transfer_status``; anything else is ``failed``.
_TRANSFER_WORDS = frozenset({"busy", "no_answer"})


@dataclass(kw_only=True)
class _StepRun:
    """What a call did at one step."""

    name: str
    status: str = ""
    digits: str = ""
    transfer: str = ""


def show_request(order: Order, parts: Sequence[Part], courses: Mapping[str, Course]) -> dict[str, Any]:
    """Return the status object of a request."""
    request_id = order.external_id or ""
    names: Mapping[str, str] = order.asked.get("steps") or {}
    details = [
        _detail(request_id, part.call, courses.get(part.call.id, Course()), names) for part in parts if part.call
    ]
    return {"requestId": request_id, "status": _status([detail["status"] for detail in details]), "details": details}


def _status(states: Sequence[str]) -> str:
    """Return the state of a request from those of its calls."""
    if all(state == "queued" for state in states):
        return "submitted"
    if any(state in ("queued", "onProgress") for state in states):
        return "onProgress"
    return next((state for state in ("completed", "failed") if state in states), "cancelled")


def _detail(request_id: str, call: Call, course: Course, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "requestId": request_id,
        "caller": call.from_number,
        "destination": call.to_number,
        "status": _call_flow_status(call),
        "callFlowSteps": _steps(call, course, names),
        "monitorData": _legs(call, course),
    }


def _call_flow_status(call: Call) -> str:
    if call.outcome is None:
        return "queued" if call.status == "queued" and call.attempts == 0 else "onProgress"
    if call.status in _COMPLETED:
        return "completed"
    return "cancelled" if call.status == "cancelled" else "failed"


def _call_state(call: Call) -> str:
    if call.outcome is not None:
        return "ended"
    return {"dialing": "ringing", "ringing": "ringing", "in_progress": "ongoing"}.get(call.status, "queued")


def _steps(call: Call, course: Course, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the steps that were begun; before the first one, that one with an empty ``status``."""
    call_status = OUTCOMES[call.outcome].robocall if call.outcome is not None else ""
    if call.status == "in_progress":
        call_status = "answered"
    runs = _runs(call, course, names) or [_StepRun(name=name) for name in list(names.values())[:1]]
    return [
        {
            "stepName": run.name,
            "info": {
                "call_state": _call_state(call),
                "call_status": call_status,
                "status": run.status,
                "userPressedDigits": run.digits,
                "transfer_status": run.transfer,
            },
        }
        for run in runs
    ]


def _runs(call: Call, course: Course, names: Mapping[str, str]) -> list[_StepRun]:
    runs: list[_StepRun] = []
    begun = course.attempts[-1].claimed_at if course.attempts else None
    for moment in course.moments:
        # of a call that was made again, the last attempt counts
        if begun is not None and moment.at < begun:
            continue
        if moment.kind == "step" and moment.step is not None and moment.step in names:
            _finish(runs, SUCCESS)
            runs.append(_StepRun(name=names[moment.step]))
        elif runs:
            _take(runs[-1], moment)
    if call.outcome is not None:
        incomplete = bool(course.attempts) and course.attempts[-1].incomplete
        ended_well = call.status in _COMPLETED and not incomplete
        _finish(runs, SUCCESS if ended_well else HUNG_UP if call.status in _COMPLETED else INTERNAL)
    return runs


def _finish(runs: Sequence[_StepRun], status: str) -> None:
    if runs and not runs[-1].status:
        runs[-1].status = status


def _take(run: _StepRun, moment: Moment) -> None:
    body = moment.body
    if moment.type == "call.dtmf":
        run.digits, run.status = body.get("digit") or "", SUCCESS
    elif moment.kind == "gather":
        run.status = _GATHERED.get(body.get("result", ""), run.status)
        run.digits = body.get("digits") or body.get("keyword") or run.digits
    elif moment.kind in ("play_failed", "error"):
        run.status = INTERNAL
    elif moment.type == "call.transfer_answered":
        run.status, run.transfer = SUCCESS, "answered"
    elif moment.type == "call.transfer_failed":
        reason = body.get("reason")
        run.transfer = reason if reason in _TRANSFER_WORDS else "failed"
        failures = {"congestion": NO_FREE_CALL, "callee_hung_up": HUNG_UP, "busy": SUCCESS, "no_answer": SUCCESS}
        run.status = failures.get(reason or "", INTERNAL)


def _legs(call: Call, course: Course) -> list[dict[str, str]]:
    legs = []
    for attempt in course.attempts:
        legs.append({"uuid": attempt.id, "type": "call", "dest": call.to_number})
        legs += [
            {"uuid": leg.id, "type": "transfer", "dest": _dest(call, leg.destination)}
            for leg in course.second_legs
            if leg.attempt_id == attempt.id
        ]
    return legs


def _dest(call: Call, destination: str) -> str:
    """Return a second leg's destination: an extension stands behind the number that the callee knows."""
    if is_extension(destination):
        return f"{call.from_number} {destination.partition(':')[2]}"
    return destination
