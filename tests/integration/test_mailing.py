"""Emails from the request to Postfix and back: sent, bounced, never sent again; the lab's mailbox; our own mails."""

from __future__ import annotations

import asyncio
import contextlib
import mailbox
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

import pytest

from callwright.accounts.models import Organisation, Principal, operator
from callwright.accounts.users import NewUser
from callwright.clock import SystemClock
from callwright.foundation import Ground, lay_ground
from callwright.jobs import Jobs
from callwright.mailing import mail_openers
from callwright.messages.models import Message, NewMessage
from callwright.messages.routes import NewRoute
from callwright.messaging_room import MessagingRoom
from callwright.settings import Settings
from callwright.store.database import Database
from support.postfix import Postfix, postfix

pytestmark = pytest.mark.postgres

BASE = "https://calls.example.com"


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


LMTP_PORT = _free_port()


@pytest.fixture(scope="module")
def server() -> Iterator[Postfix]:
    with postfix(transports={"lmtp.example": f"lmtp:inet:127.0.0.1:{LMTP_PORT}"}) as running:
        yield running


@dataclass(kw_only=True)
class Room:
    """A process that sends emails, and an organisation to act for."""

    ground: Ground
    settings: Settings
    room: MessagingRoom
    organisation: Organisation

    def principal(self, *, sandbox: bool = False, purpose: str = "transactional") -> Principal:
        return Principal(organisation=self.organisation, key_id=None, sandbox=sandbox, purpose=purpose)

    async def post(self, to: str, *, sandbox: bool = False, purpose: str = "transactional") -> str:
        new = NewMessage(
            channel="email",
            to_address=to,
            from_address="shop@example.com",
            content={"subject": "Hello {NAME}", "html": "<p>Dear {NAME}: {unsubscribe_url}</p>"},
            variables={"NAME": "Ann"},
        )
        async with self.ground.database.transaction() as connection:
            [made] = await self.room.desk.service.create(
                self.principal(sandbox=sandbox, purpose=purpose), [new], connection=connection
            )
        self.room.desk.service.wake()
        return made.id

    async def get(self, message_id: str) -> Message:
        return await self.room.desk.queries.get(self.organisation.id, message_id, channel="email")

    async def reaches(self, message_id: str, status: str) -> Message:
        async def is_there() -> bool:
            return (await self.get(message_id)).status == status

        await until(is_there, lambda: f"never {status}")
        return await self.get(message_id)


async def until(condition: Callable[[], Awaitable[object]], what: Callable[[], str]) -> None:
    """Wait for a condition."""
    try:
        async with asyncio.timeout(60):
            while not await condition():
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(what())


@contextlib.asynccontextmanager
async def opened(database_url: str, server: Postfix, folder: Path) -> AsyncIterator[Room]:
    settings = Settings(data_dir=folder, public_url=BASE, mail_from="calls@example.com")
    ground = await lay_ground(settings, database_url)
    clock = SystemClock()
    openers = mail_openers(ground, settings, clock, listens_at="http://127.0.0.1:8080")
    room = MessagingRoom(ground, clock, settings=settings, openers=openers)
    us = await ground.accounts.create_organisation("Operator")
    organisation = await ground.accounts.create_organisation("Clinic")
    options = {
        "host": "127.0.0.1",
        "port": server.port,
        "security": "none",
        "hello": "test.example",
        "bounce_address": "bounces@lmtp.example",
        "lmtp_port": LMTP_PORT,
    }
    new = NewRoute(channel="email", kind="smtp", name="mail", options=options, shared=True, per_second=1000)
    await room.desk.routes.add(us.id, new)
    await room.start(us.id)
    try:
        yield Room(ground=ground, settings=settings, room=room, organisation=organisation)
    finally:
        await room.stop()
        await ground.database.close()


async def test_sent_bounced_and_not_written_to_again(
    database: Database, database_url: str, server: Postfix, tmp_path: Path
) -> None:
    async with opened(database_url, server, tmp_path) as room:
        first = await room.post("ann@example.org")
        sent = await room.reaches(first, "sent")
        assert sent.reason is None

        async def arrived() -> bool:
            return bool(server.delivered("ann"))

        await until(arrived, lambda: server.log)
        mail = message_from_bytes(server.delivered("ann")[0])
        assert mail["Subject"] == "Hello Ann"
        assert mail["List-Unsubscribe"] is None
        assert f"{BASE}/unsubscribe/" in server.delivered("ann")[0].decode().replace("=\n", "")

        gone = await room.post("x@gone.example")
        bounced = await room.reaches(gone, "undelivered")
        assert (bounced.provider_status or "").startswith("5.1.1")
        entry = await database.fetchrow("SELECT * FROM suppressions WHERE e164 = 'x@gone.example'")
        assert entry is not None
        assert (entry["scope"], entry["scope_key"], entry["source"]) == ("channel", "email", "email")
        await room.reaches(await room.post("x@gone.example"), "skipped")

        refused = await room.reaches(await room.post("nobody@example.org"), "failed")
        assert (refused.provider_status or "").startswith("550 5.1.1")
        rows = await database.fetch("SELECT type FROM events WHERE subject = $1 ORDER BY id", gone)
        assert [row["type"] for row in rows] == ["email.sent", "email.failed"]

        # a sandbox's stay here
        kept = await room.reaches(await room.post("ann+bounce@example.org", sandbox=True), "undelivered")
        assert kept.sandbox
        [lab] = [str(mail["To"]) for mail in mailbox.Maildir(tmp_path / "mail", create=False)]
        assert lab == "ann+bounce@example.org"
        assert await database.fetchval("SELECT count(*) FROM suppressions") == 2


async def test_a_new_password_comes_by_mail(
    database: Database, database_url: str, server: Postfix, tmp_path: Path
) -> None:
    async with opened(database_url, server, tmp_path) as room:
        accounts, who = room.ground.accounts, operator(room.organisation.id)
        _, token = await accounts.users.create(NewUser(email="bob@example.org", role="agent"), who=who)
        assert accounts.credentials.mails_links
        stored = str([dict(row) for row in await database.fetch("SELECT payload FROM jobs.pgqueuer")])
        assert "bob@example.org" not in stored
        jobs = Jobs(database_url, poll_seconds=0.5)
        room.ground.mail.register(jobs)
        await jobs.start()
        try:

            async def arrived() -> bool:
                return bool(server.delivered("bob"))

            await until(arrived, lambda: server.log)
        finally:
            await jobs.stop()
        mail = message_from_bytes(server.delivered("bob")[0])
        assert mail["Subject"] == "Clinic: choose your password"
        assert mail["From"] == "Callwright <calls@example.com>"
        text = str(mail.get_payload())
        assert f"{BASE}/app/invitation#lnk_" in text.replace("=\n", "")
        assert token is None or token in text.replace("=\n", "")
