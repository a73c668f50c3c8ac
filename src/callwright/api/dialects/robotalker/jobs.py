"""Finding jobs, where their parts stand, and cancelling them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from callwright.accounts.models import Principal
from callwright.api.dialects.robotalker.credentials import DIALECT
from callwright.api.dialects.robotalker.options import read_what_to_do
from callwright.api.dialects.robotalker.rendering import CALL, NAME_PREFIX, SMS, Job, Part
from callwright.api.dialects.robotalker.sending import JOB, kept_name
from callwright.api.native.order_cancelling import cancel_order
from callwright.api.native.services import Services
from callwright.calls.models import Call
from callwright.calls.queries import AttemptView
from callwright.orders import models as orders
from callwright.orders.models import Order
from callwright.rules.outcomes import Outcome

#: Jobs of one name that are shown, newest first.
MOST_JOBS = 100
_LONGEST_NUMBER = 18


async def named(services: Services, who: Principal, name: str) -> list[Order]:
    """Return the jobs of a name, with and without the prefix that we put before it, newest first."""
    names = [kept_name(name)]
    if name.strip().lower().startswith(NAME_PREFIX):
        names.append(kept_name(name.strip()[len(NAME_PREFIX) :]))
    return await services.orders.named(who, dialect=DIALECT, kind=JOB, names=names, limit=MOST_JOBS)


async def numbered(services: Services, who: Principal, number: str) -> Order | None:
    """Return the job of a number; ``None``: there is none, or it is no number."""
    number = number.strip()
    if not (number.isascii() and number.isdigit() and len(number) <= _LONGEST_NUMBER):
        return None
    found = await services.orders.find(who, dialect=DIALECT, kind=JOB, numbers=[int(number)], limit=1)
    return found[0] if found else None


async def looked_at(
    services: Services, who: Principal, found: Sequence[Order], *, details: bool = False
) -> list[tuple[Job, list[Part]]]:
    """Return jobs and where their parts stand now; ``details``: with what is known of each attempt."""
    if not found:
        return []
    organisation = who.organisation
    parts = await services.orders.parts(organisation.id, [order.id for order in found])
    attempts: Mapping[str, AttemptView] = {}
    replies: Mapping[str, str] = {}
    if details:
        messages = [part.message_id for part in parts if part.message_id is not None]
        replies = await services.messages.queries.replies(organisation.id, messages)
        calls = [part.call.id for part in parts if part.call is not None]
        attempts = await services.call_queries.last_attempts(organisation.id, calls)
    by_order: dict[str, list[orders.Part]] = {order.id: [] for order in found}
    for part in parts:
        by_order[part.order_id].append(part)
    return [of(who, order, by_order[order.id], attempts=attempts, replies=replies) for order in found]


def of(
    who: Principal,
    order: Order,
    parts: Sequence[orders.Part],
    *,
    attempts: Mapping[str, AttemptView] | None = None,
    replies: Mapping[str, str] | None = None,
) -> tuple[Job, list[Part]]:
    """Return a job and its parts; each person's call comes before the text to them."""
    what = read_what_to_do(order.asked.get("whattodo", "SendMessage"))
    shown = []
    for part in parts:
        if what.call:
            shown.append(_call_part(part, attempts or {}))
        if what.sms:
            shown.append(_sms_part(part, replies or {}))
    return _job(order, shown, who.organisation.time_zone), shown


async def cancel(services: Services, who: Principal, order: Order) -> bool:
    """Cancel what of a job is not over, its calls and its texts together; returns whether there was anything."""
    done = await cancel_order(services, who, order, asked={**order.asked, "cancelled": True})
    return bool(done.calls or done.messages)


def _job(order: Order, parts: Sequence[Part], zone: str) -> Job:
    starts_at = order.asked.get("starts_at")
    return Job(
        number=order.number,
        name=order.name or "",
        starts_at=order.created_at if starts_at is None else datetime.fromisoformat(starts_at).astimezone(UTC),
        zone=zone,
        message_number=order.asked.get("message_number", 0),
        paused=_stands_still(parts),
        cancelled=bool(order.asked.get("cancelled")),
    )


def _stands_still(parts: Sequence[Part]) -> bool:
    """Return whether all that is left waits for something else than its turn, such as the hours for calls."""
    left = [part for part in parts if not part.ended]
    return bool(left) and all(part.deferred for part in left)


def _call_part(part: orders.Part, attempts: Mapping[str, AttemptView]) -> Part:
    call = part.call
    if call is None:
        return Part(
            channel=CALL,
            to_number=part.to_number or "",
            name=_name(part),
            status="failed",
            outcome=Outcome.INVALID_NUMBER,
        )
    last = attempts.get(call.id)
    return Part(
        channel=CALL,
        to_number=call.to_number,
        name=_name(part),
        status=call.status,
        outcome=call.outcome,
        from_number=call.from_number,
        attempts=call.attempts,
        duration=call.duration_seconds,
        ringing=None if last is None else _ringing(last),
        keys=call.dtmf_response or "",
        started_at=None if last is None else last.dialing_at,
        ended_at=call.ended_at,
        due_at=_planned(call),
        deferred=call.status == "queued" and call.reason is not None,
    )


def _planned(call: Call) -> datetime:
    """Return when the call was to be made; one without a plan at once."""
    return max(call.due_at, call.created_at)


def _ringing(attempt: AttemptView) -> int | None:
    """Return seconds of ringing."""
    until = attempt.answered_at or attempt.ended_at
    if attempt.ringing_at is None or until is None:
        return None
    return max(0, round((until - attempt.ringing_at).total_seconds()))


def _sms_part(part: orders.Part, replies: Mapping[str, str]) -> Part:
    message: Mapping[str, Any] | None = part.message
    if message is None:
        return Part(
            channel=SMS,
            to_number=part.to_number or "",
            name=_name(part),
            status="failed",
            outcome=Outcome.INVALID_NUMBER,
        )
    return Part(
        channel=SMS,
        to_number=message["to_address"],
        name=_name(part),
        status=message["status"],
        from_number=message["from_address"],
        attempts=message["attempts"],
        text=message["text"] or "",
        reply=replies.get(message["id"], ""),
        media=bool(message["media"]),
        # 32 hexadecimal digits, always the same for a message
        receipt=hashlib.sha256(message["id"].encode()).hexdigest()[:32],
        deferred=message["status"] == "queued" and message["reason"] is not None,
    )


def _name(part: orders.Part) -> str:
    return str(part.detail.get("name", ""))
