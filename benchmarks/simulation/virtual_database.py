"""A database whose ``now()`` is what a simulation says: the product's own schema and statements, in virtual time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import asyncpg

from callwright.clock import SystemClock
from callwright.store.database import Database
from callwright.store.migrate import migrate

_CLOCK = """
CREATE UNLOGGED TABLE virtual_clock (at timestamptz NOT NULL);
INSERT INTO virtual_clock VALUES ($at$);
CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM public.virtual_clock';
"""


def with_database(url: str, name: str) -> str:
    """Return ``url`` with another database's name."""
    return re.sub(r"@/\w+\?", f"@/{name}?", url)


class VirtualClock(SystemClock):
    """The clock of a simulation: it stands until it is moved, here and in the database."""

    def __init__(self, database: Database, at: datetime) -> None:
        self._database = database
        self._at = at
        #: Whether it was ever set back.
        self.went_back = False

    def now(self) -> datetime:
        """Return the virtual time."""
        return self._at

    async def move(self, by: timedelta) -> None:
        """Let time pass, or jump back."""
        self._at += by
        self.went_back = self.went_back or by < timedelta()
        await self._database.execute("UPDATE virtual_clock SET at = $1", self._at)


async def make_template(url: str, name: str, at: datetime) -> None:
    """Make an empty, migrated database in which ``now()`` is ours: names are looked up in ``public`` first."""
    await administer(url, f"CREATE DATABASE {name}")
    await administer(url, f"ALTER DATABASE {name} SET search_path = public, pg_catalog")
    await administer(with_database(url, name), _CLOCK.replace("$at$", f"'{at.isoformat()}'"))
    await migrate(with_database(url, name))


async def administer(url: str, statement: str) -> None:
    """Run statements on a connection of their own."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
