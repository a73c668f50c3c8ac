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


async def test_a_transaction_that_is_planned_once_commits_and_leaves_nothing_behind(database: Database) -> None:
    async with database.transaction(planned_once=True) as connection:
        assert await connection.fetchval("SHOW plan_cache_mode") == "force_generic_plan"
        await connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
    assert await database.fetchval("SELECT n FROM kept") == 1
    assert await database.fetchval("SHOW plan_cache_mode") == "auto"


async def planned_once_and_broken(database: Database) -> None:
    async with database.transaction(planned_once=True) as connection:
        await connection.execute("CREATE TABLE lost AS SELECT 1 AS n")
        raise ValueError("no")


async def test_a_transaction_that_is_planned_once_rolls_back(database: Database) -> None:
    with pytest.raises(ValueError, match="no"):
        await planned_once_and_broken(database)
    assert await database.fetchval("SELECT to_regclass('lost')") is None


async def planned_once_and_dying(database: Database) -> None:
    async with database.transaction(planned_once=True) as connection:
        connection.terminate()
        await connection.execute("SELECT 1")


async def test_a_connection_that_dies_in_a_transaction_that_is_planned_once(database: Database) -> None:
    with pytest.raises(asyncpg.PostgresConnectionError):
        await planned_once_and_dying(database)
    assert await database.fetchval("SELECT 1") == 1
