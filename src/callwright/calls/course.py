"""The course of calls: their attempts, what happened at each step, and their second legs, for many calls at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from callwright.calls.queries import AttemptView, attempt_of
from callwright.store.database import Database
from callwright.store.statements import statements

SQL = statements(__package__, "course.sql")

#: What tells where a call went; the rest of the timeline is about attempts.
MOMENTS = (
    "call.step",
    "call.dtmf",
    "call.transfer_started",
    "call.transfer_answered",
    "call.transfer_failed",
    "call.transfer_ended",
    "contact.optout",
)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Something that happened at a step of a call's flow."""

    #: One of ``MOMENTS``.
    type: str
    #: Id of the step in the stored flow; ``None``: of none.
    step: str | None
    at: datetime
    #: The event's body: of ``call.step`` its ``kind``, and ``result`` of a gather.
    body: Mapping[str, Any]

    @property
    def kind(self) -> str | None:
        """Of ``call.step``: what kind of note it is, such as ``step`` (entered) or ``gather``."""
        return self.body.get("kind")


@dataclass(frozen=True, kw_only=True)
class SecondLeg:
    """Somebody who was called to be connected with the callee."""

    id: str
    attempt_id: str
    #: E.164, ``Ext:1000`` or ``sip:user@domain``.
    destination: str
    #: ``dialing``, ``connected`` or ``ended``.
    state: str
    q850_cause: int | None
    sip_status: int | None
    started_at: datetime
    connected_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Course:
    """What a call went through so far."""

    attempts: Sequence[AttemptView] = ()
    moments: Sequence[Moment] = ()
    second_legs: Sequence[SecondLeg] = ()
    #: What was charged, by id of attempt and of second leg.
    charges: Mapping[str, Decimal] = field(default_factory=dict)


class CallCourses:
    """Reads the courses of calls; who may see the calls is for the caller to find out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, organisation_id: str, call_ids: Sequence[str]) -> Mapping[str, Course]:
        """Return the course of each of these calls, by id."""
        if not call_ids:
            return {}
        ids = list(call_ids)
        attempts: dict[str, list[AttemptView]] = defaultdict(list)
        for row in await self._database.fetch(SQL["attempts_of_calls"], organisation_id, ids):
            attempts[row["call_id"]].append(attempt_of(row))
        # the rest is of attempts: of a call that waits for its first there is nothing
        ids = list(attempts)
        if not ids:
            return {call_id: Course(attempts=[]) for call_id in call_ids}
        legs: dict[str, list[SecondLeg]] = defaultdict(list)
        for row in await self._database.fetch(SQL["transfers_of_calls"], organisation_id, ids):
            values = dict(row)
            legs[values.pop("call_id")].append(SecondLeg(**values))
        moments: dict[str, list[Moment]] = defaultdict(list)
        for row in await self._database.fetch(SQL["moments_of_calls"], organisation_id, ids, list(MOMENTS)):
            body = row["body"]
            moments[row["subject"]].append(
                Moment(type=row["type"], step=body.get("step"), at=row["created_at"], body=body)
            )
        charges: dict[str, dict[str, Decimal]] = defaultdict(dict)
        for row in await self._database.fetch(SQL["charges_of_calls"], organisation_id, ids):
            charges[row["call_id"]][row["subject"]] = row["charged"]
        return {
            call_id: Course(
                attempts=attempts.get(call_id, []),
                moments=moments[call_id],
                second_legs=legs[call_id],
                charges=charges[call_id],
            )
            for call_id in call_ids
        }
