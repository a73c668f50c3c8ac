"""Pools of caller ids: the only writer of them, and who takes numbers out of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import asyncpg

from callwright.accounts.models import Principal
from callwright.errors import Conflict, FieldError, InvalidRequest, NotFound
from callwright.ids import new_id
from callwright.numbers.choosing import CHOICES, Choice, NumberChooser, PoolNumber
from callwright.numbers.parsing import read_number
from callwright.store.database import Database, Row
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "pools.sql")
MAX_NUMBERS = 500
MAX_NAME = 100
_NUMBER_ID = "num_"


@dataclass(frozen=True, kw_only=True)
class PooledNumber:
    """A number as its pool shows it."""

    number_id: str
    e164: str
    #: Whether calls may show it now: verified and enabled.
    usable: bool


@dataclass(frozen=True, kw_only=True)
class NumberPool:
    """Caller ids from which calls take theirs."""

    id: str
    number: int
    organisation_id: str
    owner_id: str | None
    name: str
    choice: Choice
    #: As their author listed them.
    numbers: tuple[PooledNumber, ...]
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class NamedPool:
    """A pool that a request for calls names."""

    id: str
    #: Whether it has a number that the caller may show now.
    usable: bool


class NumberPools:
    """Pools of an organisation. What changes them runs in the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, connection: Connection, principal: Principal, *, name: str, numbers: Sequence[str], choice: str
    ) -> NumberPool:
        """Make a pool of verified numbers (ids or E.164). Raises ``InvalidRequest`` and ``Conflict``."""
        pool_id = new_id("npl")
        checked = _checked_name(name), _checked_choice(choice)
        members = await self._members(connection, principal, numbers)
        try:
            async with connection.transaction():
                await connection.execute(
                    SQL["insert_pool"], pool_id, principal.organisation.id, principal.user_id, *checked
                )
        except asyncpg.UniqueViolationError:
            raise _taken(name) from None
        await connection.execute(SQL["put_members"], principal.organisation.id, pool_id, members)
        return await self.get(principal, pool_id, connection=connection)

    async def change(
        self,
        connection: Connection,
        principal: Principal,
        pool_id: str,
        *,
        name: str | None = None,
        numbers: Sequence[str] | None = None,
        choice: str | None = None,
    ) -> NumberPool:
        """Change what is given; numbers that stay keep their turn. Raises as ``create``, and ``NotFound``."""
        organisation_id = principal.organisation.id
        if await connection.fetchrow(SQL["lock_pool"], organisation_id, principal.fence, pool_id) is None:
            raise _missing(pool_id)
        wanted = (
            None if name is None else _checked_name(name),
            None if choice is None else _checked_choice(choice),
        )
        try:
            async with connection.transaction():
                await connection.execute(SQL["change_pool"], organisation_id, pool_id, *wanted)
        except asyncpg.UniqueViolationError:
            raise _taken(name or "") from None
        if numbers is not None:
            members = await self._members(connection, principal, numbers)
            await connection.execute(SQL["drop_members"], organisation_id, pool_id, members)
            await connection.execute(SQL["put_members"], organisation_id, pool_id, members)
        return await self.get(principal, pool_id, connection=connection)

    async def delete(self, connection: Connection, principal: Principal, pool_id: str) -> None:
        """Delete a pool; its numbers, and the calls that took one, stay as they are. Raises ``NotFound``."""
        deleted = await connection.fetchrow(SQL["delete_pool"], principal.organisation.id, principal.fence, pool_id)
        if deleted is None:
            raise _missing(pool_id)

    async def get(self, principal: Principal, pool_id: str, *, connection: Connection | None = None) -> NumberPool:
        """Return a pool. Raises ``NotFound``."""
        rows = await (connection or self._database).fetch(
            SQL["page_of_pools"], principal.organisation.id, principal.fence, None, 1, pool_id
        )
        if not rows:
            raise _missing(pool_id)
        return _pool(rows[0])

    async def page(self, principal: Principal, *, limit: int, before: int | None) -> list[NumberPool]:
        """Return up to ``limit`` pools, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(
            SQL["page_of_pools"], principal.organisation.id, principal.fence, before, limit, None
        )
        return [_pool(row) for row in rows]

    async def named(self, principal: Principal, references: Collection[str]) -> Mapping[str, NamedPool]:
        """Return the pools with these ids or names, by what they were called; an id comes before a name."""
        rows = await self._database.fetch(
            SQL["pools_named"], principal.organisation.id, principal.fence, list(references)
        )
        found = {row["name"]: NamedPool(id=row["id"], usable=row["usable"]) for row in rows}
        return found | {row["id"]: NamedPool(id=row["id"], usable=row["usable"]) for row in rows}

    async def look(self, principal: Principal, callees: Sequence[tuple[str, str]]) -> list[str]:
        """Return what ``take`` would return now, and take nothing. Raises ``Conflict`` as it does."""
        async with self._database.transaction() as connection:
            return await self.take(connection, principal, callees, keep=False)

    async def take(
        self,
        connection: Connection,
        principal: Principal,
        callees: Sequence[tuple[str, str]],
        *,
        keep: bool = True,
    ) -> list[str]:
        """Return a caller id for each pair of pool id and callee, in their order.

        With ``keep`` the turns are taken in the caller's transaction: of two requests at once the second waits for
        the first, so that rotation is exact. Without it nothing changes: a sandbox key or a dry run sees what would be
        taken. Raises ``Conflict`` when a pool has no number left that may be shown.
        """
        return await take_numbers(connection, principal.organisation.id, principal.fence, callees, keep=keep)

    async def _members(self, connection: Connection, principal: Principal, numbers: Sequence[str]) -> list[str]:
        """Return the ids of the numbers that an author listed, in their order. Raises ``InvalidRequest``."""
        if not 1 <= len(numbers) <= MAX_NUMBERS:
            message = f"must be 1 to {MAX_NUMBERS} numbers"
            raise InvalidRequest([FieldError(field="numbers", message=message, received=len(numbers))])
        errors: list[FieldError] = []
        wanted: list[tuple[int, str]] = []
        for index, given in enumerate(numbers):
            try:
                wanted.append((index, _read(given, index, principal)))
            except InvalidRequest as error:
                errors += error.errors
        rows = await connection.fetch(
            SQL["numbers_among"], principal.organisation.id, principal.fence, [reference for _, reference in wanted]
        )
        ids = {row["id"]: row["id"] for row in rows} | {row["e164"]: row["id"] for row in rows}
        members: dict[str, int] = {}
        for index, reference in wanted:
            number_id = ids.get(reference)
            if number_id is None:
                message = "is not a verified number of this organisation; GET /api/v1/numbers lists those"
            elif number_id in members:
                message = f"is the same number as numbers[{members[number_id]}]"
            else:
                members[number_id] = index
                continue
            errors.append(FieldError(field=f"numbers[{index}]", message=message, received=numbers[index]))
        if errors:
            raise InvalidRequest(errors)
        return list(members)


async def take_numbers(
    connection: Connection,
    organisation_id: str,
    fence: str | None,
    callees: Sequence[tuple[str, str]],
    *,
    keep: bool = True,
) -> list[str]:
    """Do what ``NumberPools.take`` does for whoever is behind the ``fence``."""
    pool_ids = sorted({pool_id for pool_id, _ in callees})
    statement = SQL["lock_pools"] if keep else SQL["read_pools"]
    pools = {row["id"]: row for row in await connection.fetch(statement, organisation_id, pool_ids)}
    members: dict[str, list[PoolNumber]] = {pool_id: [] for pool_id in pool_ids}
    # read after the lock: before it, the turns could be those of before the wait
    for row in await connection.fetch(SQL["members_of_pools"], organisation_id, fence, pool_ids):
        members[row["pool_id"]].append(PoolNumber(e164=row["e164"], last_turn=row["last_turn"]))
    for pool_id in pool_ids:
        if pool_id not in pools or not members[pool_id]:
            raise Conflict(f"from_pool: the pool {pool_id!r} has no verified number any more")
    choosers = {
        pool_id: NumberChooser(pools[pool_id]["choice"], members[pool_id], turn=pools[pool_id]["turn"])
        for pool_id in pool_ids
    }
    taken = [choosers[pool_id].choose(callee) for pool_id, callee in callees]
    for pool_id, chooser in choosers.items():
        if keep and chooser.taken:
            turns = list(chooser.taken), list(chooser.taken.values())
            await connection.execute(SQL["keep_turns"], organisation_id, pool_id, *turns)
            await connection.execute(SQL["keep_turn"], organisation_id, pool_id, chooser.turn)
    return taken


def _read(given: str, index: int, principal: Principal) -> str:
    if given.startswith(_NUMBER_ID):
        return given
    return read_number(given, field=f"numbers[{index}]", region=principal.organisation.region, sandbox=False)


def _checked_name(name: str) -> str:
    text = name.strip()
    if not text or len(text) > MAX_NAME or "\x00" in text:
        message = f"must have 1 to {MAX_NAME} characters"
        raise InvalidRequest([FieldError(field="name", message=message, received=name[:80])])
    return text


def _checked_choice(choice: str) -> str:
    if choice not in CHOICES:
        raise InvalidRequest([FieldError(field="choice", message=f"one of {', '.join(CHOICES)}", received=choice)])
    return choice


def _taken(name: str) -> Conflict:
    return Conflict(f"name: there is a number pool {name.strip()!r} already")


def _missing(pool_id: str) -> NotFound:
    return NotFound(f"there is no number pool {pool_id!r}")


def _pool(row: Row) -> NumberPool:
    return NumberPool(
        id=row["id"],
        number=row["number"],
        organisation_id=row["organisation_id"],
        owner_id=row["owner_id"],
        name=row["name"],
        choice=row["choice"],
        numbers=tuple(PooledNumber(**number) for number in row["numbers"]),
        created_at=row["created_at"],
    )
