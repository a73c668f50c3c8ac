"""A database whose answers can be lost: what was sent is committed, and nobody hears of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from callwright.store.database import Connection, Database


class CutDatabase:
    """Stands for a ``Database``; the next transaction ends in a broken connection, before or after its commit."""

    def __init__(self, database: Database) -> None:
        self._database = database
        #: ``before`` or ``after`` the commit; ``None``: nothing breaks.
        self.cut: str | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @asynccontextmanager
    async def transaction(self, **options: Any) -> AsyncIterator[Connection]:
        """As the database's own, with the break that was asked for."""
        cut, self.cut = self.cut, None
        async with self._database.transaction(**options) as connection:
            yield connection
            if cut == "before":
                raise ConnectionResetError("cut before the commit")
        if cut == "after":
            raise ConnectionResetError("cut after the commit")
