"""Mail servers inside the test's own loop (aiosmtpd), with an answer for each command. Not for integration tests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Script:
    """What a server says, and what it was told. An answer may be a text, or something that is called."""

    mail: str = "250 ok"
    rcpt: Callable[[str], str] = lambda address: "250 ok"
    data: Callable[[SMTP], str] = lambda server: "250 queued"
    sent: list[Envelope] = field(default_factory=list)
    sessions: int = 0
    port: int = 0

    async def handle_EHLO(  # noqa: N802 (aiosmtpd's names)
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Count sessions."""
        session.host_name = hostname
        self.sessions += 1
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the sender, or not."""
        envelope.mail_from = address
        return self.mail

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or not."""
        said = self.rcpt(address)
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail, or not."""
        said = self.data(server)
        if said.startswith("250"):
            self.sent.append(envelope)
        return said


@contextlib.asynccontextmanager
async def mail_server(script: Script | None = None, **options: Any) -> AsyncIterator[Script]:
    """Run a server on a free port until the end of the block."""
    script = script or Script()
    loop = asyncio.get_running_loop()
    servers: list[SMTP] = []

    def made() -> SMTP:
        server = SMTP(script, loop=loop, hostname="mail.test", **options)
        servers.append(server)
        return server

    listener = await loop.create_server(made, "127.0.0.1", 0)
    script.port = listener.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        listener.close()
        for server in servers:
            if server.transport is not None:
                server.transport.abort()


def hang_up(server: SMTP) -> str:
    """Close the connection in the place of an answer."""
    if server.transport is not None:
        server.transport.abort()
    return "250 nobody hears this"
