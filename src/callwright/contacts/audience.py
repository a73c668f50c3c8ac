"""Whom a campaign is for: a group, a segment, or people by id, as pages of telephone numbers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from callwright.contacts.definitions import own_kinds
from callwright.contacts.filters.language import Expression
from callwright.contacts.filters.types import BUILT_IN, checked
from callwright.contacts.groups import SQL
from callwright.contacts.reading import filtered
from callwright.store.database import Database

if TYPE_CHECKING:
    from callwright.store.database import Connection

PAGE = 5000


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Exactly one of the three is given."""

    group_id: str | None = None
    #: Of a segment.
    expression: Expression | None = None
    contact_ids: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A person and where they are reached: the primary number in E.164, or the first e-mail address."""

    contact_id: str
    number: str


async def page_of_audience(
    connection: Connection | Database,
    audience: Audience,
    *,
    organisation_id: str,
    fence: str | None,
    after: str = "",
    limit: int = PAGE,
    emails: bool = False,
) -> list[Member]:
    """Return up to ``limit`` people with ids above ``after``, in the order of their ids; fewer are the last.

    People without a number, or with ``emails`` without an address, are left out. Raises ``FilterError`` when a field of
    the filter was deleted since.
    """
    first = (organisation_id, fence, after, limit)
    if audience.group_id is not None:
        rows = await connection.fetch(_reached(SQL["page_of_group_audience"], emails), *first, audience.group_id)
    elif audience.contact_ids is not None:
        sql, _ = filtered(
            _reached(SQL["page_of_audience"], emails), None, {}, first=5, more=" AND c.id = ANY($5::text[])"
        )
        rows = await connection.fetch(sql, *first, list(audience.contact_ids))
    else:
        kinds = {**await own_kinds(connection, organisation_id), **BUILT_IN}
        expression = None if audience.expression is None else checked(audience.expression, kinds)
        sql, args = filtered(_reached(SQL["page_of_audience"], emails), expression, kinds, first=5)
        rows = await connection.fetch(sql, *first, *args)
    return [Member(row["id"], row["e164"]) for row in rows]


def _reached(sql: str, emails: bool) -> str:
    """Return a statement that takes addresses in the place of numbers: both tables have the same columns."""
    if not emails:
        return sql
    return sql.replace("contact_numbers n", "contact_emails n").replace("n.e164", "n.address AS e164")


async def pages_of_audience(
    connection: Connection | Database,
    audience: Audience,
    *,
    organisation_id: str,
    fence: str | None,
    size: int = PAGE,
) -> AsyncIterator[list[Member]]:
    """Yield all of an audience in pages; people added meanwhile may or may not be among them."""
    after = ""
    while True:
        page = await page_of_audience(
            connection, audience, organisation_id=organisation_id, fence=fence, after=after, limit=size
        )
        if page:
            yield page
        if len(page) < size:
            return
        after = page[-1].contact_id
