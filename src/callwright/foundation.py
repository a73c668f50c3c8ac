"""The ground of every command: the database, brought up to date, and the services that need nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from callwright.accounts.service import AccountService
from callwright.clock import SystemClock
from callwright.errors import SetupError
from callwright.numbers.extensions import Extensions
from callwright.numbers.service import NumberService
from callwright.settings import Settings
from callwright.store.database import Database
from callwright.store.migrate import migrate
from callwright.store.postgres import EmbeddedPostgres
from callwright.store.secrets import SecretBox
from callwright.system_mail import SystemMail


@dataclass(frozen=True, kw_only=True)
class Ground:
    """An open database and the first services on it."""

    url: str
    database: Database
    secrets: SecretBox
    accounts: AccountService
    numbers: NumberService
    extensions: Extensions
    #: The appliance's own mails.
    mail: SystemMail


@asynccontextmanager
async def open_ground(settings: Settings) -> AsyncIterator[Ground]:
    """Open the database for one command: the user's own, the one that ``serve`` keeps, or one started for a moment."""
    make_data_dir(settings)
    async with contextlib.AsyncExitStack() as stack:
        url = settings.database_url
        if url is None:
            postgres = EmbeddedPostgres(settings.data_dir, settings.cache_dir)
            await stack.enter_async_context(postgres.borrowed())
            url = postgres.url
        await migrate(url)
        ground = await lay_ground(settings, url)
        stack.push_async_callback(ground.database.close)
        yield ground


def make_data_dir(settings: Settings) -> None:
    """Make the data directory if there is none. Raises ``SetupError`` when that cannot be."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the data directory {settings.data_dir} cannot be made: {error.strerror}"
        raise SetupError(f"{message}; choose another with --data-dir or CALLWRIGHT_DATA_DIR") from error


async def lay_ground(settings: Settings, url: str, *, pool_size: int = 10) -> Ground:
    """Open a pool on a migrated database and return the services; the caller closes the database."""
    database = await Database.open(url, max_size=pool_size)
    secrets = SecretBox.load(settings.data_dir)
    clock = SystemClock()
    mail = SystemMail(database, secrets, settings, url=url, clock=clock)
    return Ground(
        url=url,
        database=database,
        secrets=secrets,
        accounts=AccountService(database, secrets, clock, postman=mail),
        numbers=NumberService(database, secrets, clock),
        extensions=Extensions(database, secrets),
        mail=mail,
    )
