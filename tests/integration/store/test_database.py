"""Connections to PostgreSQL that die under a statement."""

from __future__ import annotations

import asyncpg
import pytest

from callwright.calls.patience import AWAY
from callwright.store.database import Database


class CutPool:
    """A pool whose connections are cut in the middle."""

    async def fetchrow(self, *_: object) -> None:
        raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")


async def test_a_connection_that_was_cut_is_a_lost_one_whatever_asyncpg_calls_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "pool", CutPool())
    with pytest.raises(AWAY) as raised:
        await database.fetchrow("SELECT 1")
    assert isinstance(raised.value, asyncpg.PostgresConnectionError)


async def in_a_dying_transaction(database: Database) -> None:
    async with database.transaction() as connection:
        connection.terminate()
        await connection.execute("SELECT 1")


async def test_a_connection_that_dies_in_a_transaction(database: Database) -> None:
    with pytest.raises(asyncpg.PostgresConnectionError):
        await in_a_dying_transaction(database)
    assert await database.fetchval("SELECT 1") == 1


async def test_a_mistake_of_ours_stays_one(database: Database) -> None:
    with pytest.raises(asyncpg.InterfaceError):
        await database.fetchval("SELECT $1::text")
