from __future__ import annotations

import asyncio
import sys
from importlib.resources import files

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from callwright.errors import SetupError
from callwright.store.database import Database
from callwright.store.migrate import current, head, migrate
from support.postgres import with_database


@pytest.fixture
async def empty_url(postgres_url: str):
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE DATABASE empty")
    yield with_database(postgres_url, "empty")
    await connection.execute("DROP DATABASE empty WITH (FORCE)")
    await connection.close()


async def test_an_empty_database_gets_the_whole_schema(empty_url: str) -> None:
    assert await current(empty_url) is None
    assert await migrate(empty_url) == head()
    assert await current(empty_url) == head()
    assert await migrate(empty_url) == head()


def test_the_newest_is_the_one_alembic_finds() -> None:
    assert ScriptDirectory(str(files("callwright.store.migrations"))).get_heads() == [head()]


async def test_nothing_to_do_imports_no_alembic(database_url: str) -> None:
    """Each command asks this first; with Alembic it would take twice its time."""
    quick = f"{_MIGRATE}; assert not {{'alembic', 'sqlalchemy'}} & set(sys.modules)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", quick, database_url)
    assert await process.wait() == 0


_MIGRATE = "import asyncio, sys; from callwright.store.migrate import migrate; print(asyncio.run(migrate(sys.argv[1])))"


async def test_processes_that_migrate_at_once_wait_for_one_another(empty_url: str) -> None:
    others = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", _MIGRATE, empty_url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    mine = await asyncio.gather(migrate(empty_url), migrate(empty_url))
    answers = [await process.communicate() for process in others]
    assert mine == [head(), head()]
    assert [out.decode().strip() for out, _ in answers] == [head(), head()], answers


async def test_a_migration_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    connection = await asyncpg.connect(empty_url)
    await connection.execute("CREATE TABLE nodes (in_the_way int)")
    with pytest.raises(Exception, match="nodes"):
        await migrate(empty_url)
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    assert {row["tablename"] for row in tables} <= {"nodes", "alembic_version"}
    assert await current(empty_url) is None


async def test_a_database_of_a_newer_release_is_refused(database: Database, database_url: str) -> None:
    await database.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SetupError, match=r"newer release.*9999"):
        await migrate(database_url)


async def test_each_test_has_a_migrated_database_of_its_own(database: Database) -> None:
    assert await database.fetchval("SELECT count(*) FROM organisations") == 0
    assert await database.fetchval("SHOW timezone") == "UTC"
