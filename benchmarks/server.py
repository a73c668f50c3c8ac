"""A PostgreSQL of a benchmark's own, which leaves nothing behind."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from callwright.store.database import Database
from callwright.store.migrate import migrate
from callwright.store.postgres import EmbeddedPostgres


@asynccontextmanager
async def own_server(*, durable: bool = True) -> AsyncIterator[tuple[Path, str]]:
    """Yield a folder for the benchmark, and the URL of a server in it whose database is empty."""
    base = Path(tempfile.mkdtemp(prefix="callwright-bench-"))
    # the server's own user goes through it
    base.chmod(0o755)
    server = EmbeddedPostgres(base / "data", base / "cache", durable=durable)
    try:
        await server.start()
        yield base, server.url
    finally:
        await server.stop()
        shutil.rmtree(base, ignore_errors=True)


@asynccontextmanager
async def own_database() -> AsyncIterator[tuple[Path, str, Database]]:
    """Yield the folder, the URL and a pool on a migrated database with ``fsync`` on."""
    async with own_server() as (base, url):
        await migrate(url)
        database = await Database.open(url)
        try:
            yield base, url, database
        finally:
            await database.close()
