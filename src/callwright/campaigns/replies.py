"""What the people of campaigns replied, one by one and counted: for campaigns that ask for an accept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from callwright.rules.outcomes import OUTCOMES
from callwright.store.database import Database
from callwright.store.statements import statements

SQL = statements(__package__, "replies.sql")

#: Of a person, or of who could not be told from one.
_ANSWERED = [outcome.value for outcome, words in OUTCOMES.items() if words.status == "answered"]
_ALL = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A recipient, and what came of calling them."""

    campaign_id: str
    id: int
    #: In the list, from 1.
    position: int
    to_number: str
    contact_id: str | None
    state: str
    outcome: str | None
    variables: Mapping[str, str] | None
    call_id: str | None
    #: ``number`` of the contact.
    contact_number: int | None
    first_name: str | None
    last_name: str | None
    #: Attempts that rang, or were to.
    dialled: int
    answered: bool
    #: Of all their calls.
    seconds: int
    #: What they pressed last.
    keys: str | None
    latest_at: datetime | None
    #: Their accept counted.
    accepted: bool


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What came of a campaign's calls so far."""

    dialled: int = 0
    answered: int = 0
    #: Of the calls that were answered.
    seconds: int = 0
    #: Calls that ended without an answer after the last attempt.
    unanswered: int = 0
    #: Who pressed a key that declines.
    declined: int = 0
    accepted: int = 0


@dataclass(frozen=True, kw_only=True)
class ReplyOfCall:
    """What one call of a campaign came to."""

    campaign_id: str | None
    to_number: str
    answered: bool | None
    keys: str | None
    #: ``number`` of the contact; ``None``: there is none, or it is gone.
    contact_number: int | None
    variables: Mapping[str, str]
    accepted: bool


class Replies:
    """Reads what was replied."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(
        self, organisation_id: str, campaign_ids: Sequence[str], *, after: int = 0, limit: int = _ALL
    ) -> list[Reply]:
        """Return the people of campaigns in the order in which they were added, with an ``id`` above ``after``."""
        rows = await self._database.fetch(SQL["replies"], organisation_id, list(campaign_ids), after, limit, _ANSWERED)
        return [Reply(**dict(row)) for row in rows]

    async def tallies(
        self, organisation_id: str, campaign_ids: Sequence[str], *, declining: Sequence[str] = ()
    ) -> Mapping[str, Tally]:
        """Return the tallies of campaigns by id; ``declining`` are the keys that decline."""
        rows = await self._database.fetch(
            SQL["tallies"], organisation_id, list(campaign_ids), _ANSWERED, list(declining)
        )
        found = {row["campaign_id"]: Tally(**{each.name: row[each.name] for each in fields(Tally)}) for row in rows}
        return {campaign_id: found.get(campaign_id, Tally()) for campaign_id in campaign_ids}

    async def of_call(self, organisation_id: str, call_id: str) -> ReplyOfCall | None:
        """Return what a call came to; ``None``: there is no such call."""
        row = await self._database.fetchrow(SQL["reply_of_call"], organisation_id, call_id, _ANSWERED)
        return None if row is None else ReplyOfCall(**dict(row))
