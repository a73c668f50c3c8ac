"""What must never happen, looked for after each fault and at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from benchmarks.faults.telephones import Seen
from benchmarks.faults.traffic import Accepted
from callwright.audit import QUERIES

_STATES = """
SELECT c.id, c.to_number, c.status, c.outcome, c.reason, c.duration_seconds,
       (SELECT count(*) FROM attempts a WHERE a.call_id = c.id) AS attempts,
       (SELECT count(*) FROM attempts a WHERE a.call_id = c.id AND a.dialing_at IS NOT NULL) AS dialled,
       (SELECT a.ended_by FROM attempts a WHERE a.call_id = c.id ORDER BY a.ordinal DESC LIMIT 1) AS ended_by,
       (SELECT count(*) FROM events e WHERE e.organisation_id = c.organisation_id AND e.subject = c.id
           AND e.type IN ('call.completed', 'call.no_answer', 'call.voicemail', 'call.failed', 'call.cancelled')
       ) AS terminal, c.ended_at
FROM calls c
"""


_RECIPIENTS = """
SELECT r.to_number, r.campaign_id, r.state, c.state AS campaign_state
FROM recipients r JOIN campaigns c ON c.id = r.campaign_id
"""


@dataclass(frozen=True, kw_only=True)
class State:
    """A call as the database has it."""

    id: str
    to_number: str
    status: str
    outcome: str | None
    reason: str | None
    duration_seconds: int | None
    attempts: int
    dialled: int
    ended_by: str | None
    terminal: int
    ended_at: datetime | None


async def audited(connection: asyncpg.Connection[Any]) -> list[str]:
    """Return what the audit's queries find."""
    return [f"audit {name}: {row['finding']}" for name, sql in QUERIES.items() for row in await connection.fetch(sql)]


async def states(connection: asyncpg.Connection[Any]) -> dict[str, State]:
    """Return every call by its id."""
    return {row["id"]: State(**dict(row)) for row in await connection.fetch(_STATES)}


async def recipients(connection: asyncpg.Connection[Any]) -> dict[str, Mapping[str, Any]]:
    """Return every recipient by the number, with the state of its campaign."""
    return {row["to_number"]: dict(row) for row in await connection.fetch(_RECIPIENTS)}


def forgotten(listed: Mapping[str, str], known: Mapping[str, Mapping[str, Any]], *, over: bool) -> list[str]:
    """Rule 2: everybody on a list that was acknowledged is there, and when all is ``over`` has been contacted."""
    found = []
    for number, campaign_id in listed.items():
        row = known.get(number)
        if row is None or row["campaign_id"] != campaign_id:
            found.append(f"{number} was on the list of {campaign_id}, answered with 201, and is not there")
        elif over and (row["state"], row["campaign_state"]) != ("done", "completed"):
            found.append(f"{number} is {row['state']} in campaign {campaign_id}, which is {row['campaign_state']}")
    return found


def missing(accepted: Mapping[str, Accepted], known: Mapping[str, State]) -> list[str]:
    """Rule 2: what was acknowledged exists."""
    return [f"call {call_id} was answered with 201 and does not exist" for call_id in accepted if call_id not in known]


def invited_twice(seen: Mapping[str, Seen]) -> list[str]:
    """Rule 1: every number belongs to one call, every call has one attempt, and an attempt is one INVITE."""
    return [
        f"{number} got {len(s.invites)} INVITEs: {list(s.invites)}" for number, s in seen.items() if len(s.invites) > 1
    ]


def at_the_end(accepted: Mapping[str, Accepted], known: Mapping[str, State], seen: Mapping[str, Seen]) -> list[str]:
    """Return what is wrong when all calls should have ended."""
    found = [*missing(accepted, known), *invited_twice(seen)]
    numbers: dict[str, list[State]] = {}
    for state in known.values():
        numbers.setdefault(state.to_number, []).append(state)
    found += [f"{number} has {len(calls)} calls for one request" for number, calls in numbers.items() if len(calls) > 1]
    found += [f"{number} was invited and has no call" for number in seen if number not in numbers]
    for state in known.values():
        found += _of_call(state, seen.get(state.to_number, Seen()), accepted.get(state.id))
    return found


def _of_call(state: State, seen: Seen, accepted: Accepted | None) -> list[str]:
    name = f"call {state.id} to {state.to_number}"
    if state.outcome is None:
        return [f"{name} has not ended: {state.status}"]
    found = []
    if state.terminal != 1:
        found.append(f"{name} has {state.terminal} terminal events")
    if state.dialled > 1:
        found.append(f"{name} was dialled {state.dialled} times")
    if seen.invites and not state.dialled:
        found.append(f"{name} was invited without a dialled attempt")
    if state.outcome == "answered" and seen.answered is None:
        found.append(f"{name} is said to be answered and was not")
    if state.outcome in {"busy", "no_answer", "rejected"} and seen.answered is not None:
        found.append(f"{name} is said to be {state.outcome} and was answered")
    if state.outcome == "busy" and accepted is not None and accepted.behaviour.outcome != "busy":
        found.append(f"{name} is said to be busy and never is")
    if not seen.invites and state.outcome not in {"interrupted", "failed"}:
        found.append(f"{name} is said to be {state.outcome} and was never invited")
    return found


def longest_hold(seen: Mapping[str, Seen]) -> float:
    """Return the longest time (seconds) between an answer and a BYE."""
    return max((s.ended - s.answered for s in seen.values() if s.ended and s.answered), default=0.0)


def counted(known: Mapping[str, State]) -> Sequence[tuple[str, int]]:
    """Return how many calls ended with which outcome, the most frequent first."""
    counts: dict[str, int] = {}
    for state in known.values():
        key = state.outcome or state.status
        counts[key] = counts.get(key, 0) + 1
    return sorted(counts.items(), key=lambda item: -item[1])
