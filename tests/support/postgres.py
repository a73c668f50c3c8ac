"""Fixtures: one embedded PostgreSQL for the test run, and a fresh, migrated database for each test that asks."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from callwright.store.database import Database
from callwright.store.migrate import migrate
from callwright.store.postgres import EmbeddedPostgres

_TEMPLATE = "template_callwright"
_names = itertools.count(1)


#: Where databases are made and dropped twenty times faster than on a disk that others use too.
_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 4 << 30


def _memory() -> Path | None:
    """Return the folder in memory, if there is one with room for every test process."""
    try:
        return _MEMORY if shutil.disk_usage(_MEMORY).free >= _ENOUGH_BYTES else None
    except OSError:
        return None


def open_temporary_dir(within: Path | None = None) -> Path:
    """Make a folder that the service user can pass through; the caller removes it."""
    made = Path(tempfile.mkdtemp(prefix="callwright-test-", dir=within))
    if os.geteuid() == 0:
        # pytest's own tmp_path lies below a folder that only root may enter
        made.chmod(0o711)
    return made


def with_database(url: str, name: str) -> str:
    """Return ``url`` with another database's name."""
    return re.sub(r"@/\w+\?", f"@/{name}?", url)


#: The server outlives us by design, also a test run that is killed. This process waits until the run is gone in any
#: way, which closes its standard input, then ends what is left.
_GUARD = """
import os, pathlib, shutil, signal, sys, time
sys.stdin.read()
base = pathlib.Path(sys.argv[1])
try:
    pid = int((base / "postgres/data/postmaster.pid").read_text().split()[0])
    while str(base).encode() in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
        os.kill(pid, signal.SIGQUIT)
        time.sleep(0.1)
except (OSError, ValueError):
    pass
for folder in sys.argv[1:]:
    shutil.rmtree(folder, ignore_errors=True)
"""


@pytest.fixture(scope="session")
def postgres_dirs() -> Iterator[tuple[Path, Path]]:
    """Data and cache folders of the session's server."""
    data, cache = open_temporary_dir(_memory()), open_temporary_dir()
    with subprocess.Popen(
        [sys.executable, "-c", _GUARD, str(data), str(cache)], stdin=subprocess.PIPE, cwd="/", start_new_session=True
    ):
        yield data, cache


@pytest_asyncio.fixture(scope="session")
async def postgres_url(postgres_dirs: tuple[Path, Path]) -> AsyncIterator[str]:
    """URL of a running server without durability; its database ``callwright`` is empty."""
    server = EmbeddedPostgres(*postgres_dirs, durable=False)
    await server.start()
    yield server.url
    await server.stop()


@pytest_asyncio.fixture(scope="session")
async def _template(postgres_url: str) -> str:
    await _administer(postgres_url, f"CREATE DATABASE {_TEMPLATE}")
    await migrate(with_database(postgres_url, _TEMPLATE))
    return _TEMPLATE


@pytest_asyncio.fixture
async def database_url(postgres_url: str, _template: str) -> AsyncIterator[str]:
    """URL of a fresh, migrated database."""
    async with _fresh(postgres_url, _template) as url:
        yield url


@pytest_asyncio.fixture(scope="module")
async def module_database(postgres_url: str, _template: str) -> AsyncIterator[Database]:
    """A pool on a database that the tests of a file share; each must look only at what is its own."""
    async with _fresh(postgres_url, _template) as url:
        opened = await Database.open(url)
        yield opened
        await opened.close()


@asynccontextmanager
async def _fresh(postgres_url: str, template: str) -> AsyncIterator[str]:
    name = f"test_{next(_names)}"
    await _administer(postgres_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield with_database(postgres_url, name)
    await _administer(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A pool on a fresh, migrated database."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


async def _administer(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
