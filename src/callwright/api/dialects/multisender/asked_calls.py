"""RSVP calls and clicks to call: what they ask people, when, and what came of it, read and shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from callwright.api.dialects.multisender.asking import Asked, number_of
from callwright.api.dialects.multisender.fields import Reader, shown
from callwright.api.dialects.multisender.operations import file_fault
from callwright.api.dialects.multisender.outreach import files_of
from callwright.audio.models import Audio
from callwright.campaigns.models import Campaign
from callwright.campaigns.replies import Reply, ReplyOfCall, Tally
from callwright.orders.models import Order

#: In the order in which they are played.
TYPES = ("start", "data", "actionButtons", "accept", "end")
DEFAULT_REDIALS = 3
MOST_REDIALS = 10
#: After these outcomes nobody has answered.
_REDIALLED = ("busy", "no_answer", "machine", "voicemail_left", "rejected", "failed", "congestion")
#: Seconds to press a key in after the question; it is asked twice.
_TIMEOUT = 5.0
_ATTEMPTS = 2


async def read_files(asked: Asked, reader: Reader, wanted: Mapping[str, Any]) -> dict[str, Audio]:
    """Return voice files by what they are for; ``wanted`` are their ids by the fields that name them."""
    known = await files_of(asked, {number_of(value) for value in wanted.values()} - {0})
    found = {}
    for name, value in wanted.items():
        number = number_of(value)
        fault = file_fault(known, number)
        if fault is not None:
            reader.fault(name, fault, value)
        else:
            found[name] = known[number]
    return found


def asking_flow(
    *,
    before: Sequence[Audio],
    question: Sequence[Audio],
    buttons: Mapping[str, str],
    accepted: Sequence[Audio],
    end: Sequence[Audio],
) -> dict[str, Any]:
    """Return the flow: ``before``, then ``question`` until a key, then ``accepted`` and ``end``, or ``end`` alone.

    Who comes too late hears ``end``, as does who declines or presses nothing.
    """
    spoken = [*before, *question]
    steps: dict[str, Any] = {
        "ask": {
            "type": "gather",
            "prompt": [{"type": "play", "audio": audio.id} for audio in spoken],
            "branches": {key: "accept" if action == "accept" else "end-0" for key, action in buttons.items()},
            "timeout_seconds": _TIMEOUT,
            "attempts": _ATTEMPTS,
            "on_no_input": "end-0",
            "on_invalid": "end-0",
            "next": "end-0",
        },
        "accept": {"type": "accept", "taken": "accepted-0", "stand_by": "end-0", "filled": "end-0"},
    }
    # what is heard after an accept is a chain of its own: the flow of who comes too late begins at "end-0"
    _chain(steps, "accepted", [*accepted, *end])
    _chain(steps, "end", end)
    # a machine cannot reply: it counts as no answer, and the person is called again
    return {"start": "ask", "steps": steps, "on_machine": {"action": "hangup"}}


def redials(most: int, *, delay_seconds: float) -> dict[str, Any] | None:
    """Return the native ``retry`` of ``maxRedials``: so many further attempts in all."""
    if most == 0:
        return None
    each = {"count": most, "delay_seconds": delay_seconds}
    return {**dict.fromkeys(_REDIALLED, each), "most_attempts": most + 1}


def hours(active_from: str, active_to: str, weekdays: Sequence[int]) -> dict[str, Any]:
    """Return the native windows; they are read on the account's clock."""
    window = {"from": active_from, "until": active_to, "weekdays": list(weekdays)}
    return {"windows": [window], "time_zone": "account"}


def reply_of(reply: Any, buttons: Mapping[str, str], *, none: str) -> str:
    """Return ``accept``, ``decline``, or what this object calls neither."""
    if reply.accepted:
        return "accept"
    return buttons.get(reply.keys or "", none) if reply.answered else none


def account_of(reply: Reply | ReplyOfCall) -> str | None:
    """Return the ``accountId`` of who replied, also of an account that was deleted since."""
    if reply.contact_number is not None:
        return str(reply.contact_number)
    return (reply.variables or {}).get("accountId")


def receiver_shown(reply: Reply, buttons: Mapping[str, str], *, name: str) -> dict[str, Any]:
    """Return a receiver as it is shown in the object; ``name`` is what the object calls the reply."""
    return {
        "accountId": account_of(reply),
        "groupId": (reply.variables or {}).get("groupId"),
        "phone": reply.to_number,
        # the document's spelling, and the word
        "firsName": reply.first_name or "",
        "firstName": reply.first_name or "",
        "lastName": reply.last_name or "",
        "answered": int(reply.answered),
        name: reply_of(reply, buttons, none="noAnswer"),
        "callDuration": reply.seconds,
        "dialledCalls": reply.dialled,
        "latestCallAt": "" if reply.latest_at is None else shown(reply.latest_at),
    }


def declining(buttons: Mapping[str, str]) -> list[str]:
    """Return the keys that decline."""
    return [key for key, action in buttons.items() if action == "decline"]


def _chain(steps: dict[str, Any], name: str, sounds: Sequence[Audio]) -> None:
    """Add steps that play sounds one after the other and hang up; the first is ``…-0``."""
    for index, audio in enumerate(sounds):
        steps[f"{name}-{index}"] = {"type": "play", "audio": audio.id, "next": f"{name}-{index + 1}"}
    steps[f"{name}-{len(sounds)}"] = {"type": "hangup"}


async def tally_of(asked: Asked, order: Order, campaign: Campaign) -> Tally:
    """Return the counts of an offer; which keys decline is told by its buttons."""
    keys = declining(order.asked["actionButtons"])
    found = await asked.services.campaigns.replies.tallies(asked.who.organisation.id, [campaign.id], declining=keys)
    return found[campaign.id]
