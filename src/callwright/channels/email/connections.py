"""Connections to one mail server, kept open and lent to one mail at a time.

aiosmtplib speaks the protocol. What it raises is turned into what a sender has to know: nothing left, refused, or
nobody can tell. The text of a mail is the point of no return: a connection that breaks between it and the answer leaves
open whether the server has it (RFC 5321, section 4.5.4.1).
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiosmtplib

from callwright.channels.email.options import SmtpOptions

#: A connection that was idle for so long is made anew: servers close it after some minutes (RFC 5321: five).
_IDLE_SECONDS = 30.0
_QUIT_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail for its envelope."""

    return_path: str
    to: str
    octets: bytes


@dataclass(frozen=True, kw_only=True)
class Taken:
    """The server has it."""

    said: str


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The server does not have it and said so."""

    code: int
    said: str
    #: Which command it refused: ``MAIL``, ``RCPT`` or ``DATA``.
    command: str

    @property
    def permanent(self) -> bool:
        """Return whether the same mail would be refused again."""
        return self.code >= 500


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """The text was written and no answer came."""

    reason: str


class NotConnected(Exception):
    """The server was not reached, or did not let us in; nothing of a mail left."""

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__(reason)
        #: It was reached and does not want us: a password is wrong, a certificate, a name.
        self.refused = refused


@dataclass(kw_only=True)
class _Connection:
    client: aiosmtplib.SMTP
    used: int = 0
    idle_since: float = 0.0


class Connections:
    """Up to ``options.connections`` connections to the server of a route."""

    def __init__(self, options: SmtpOptions) -> None:
        self._options = options
        self._idle: list[_Connection] = []
        self._room = asyncio.Semaphore(options.connections)
        self._tls: ssl.SSLContext | None = None
        self.open = 0

    async def probe(self) -> None:
        """Connect once and keep it for the first mail; raises ``NotConnected``."""
        async with self._room:
            self._idle.append(await self._connect())

    async def deliver(self, letter: Letter) -> Taken | Refused | Unknown:
        """Hand a mail over when a connection is free. Raises ``NotConnected``: nothing left."""
        async with self._lent() as connection:
            try:
                return await self._transaction(connection, letter)
            except _Stale:
                self._close(connection)
        # what was idle may have been closed by the server meanwhile; a new connection is not
        async with self._lent(fresh=True) as connection:
            try:
                return await self._transaction(connection, letter)
            except _Stale as error:
                self._close(connection)
                raise NotConnected(str(error)) from None

    async def close(self) -> None:
        """Say good-bye on the idle connections."""
        while self._idle:
            connection = self._idle.pop()
            with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await connection.client.quit(timeout=_QUIT_SECONDS)
            self._close(connection)

    @contextlib.asynccontextmanager
    async def _lent(self, *, fresh: bool = False) -> AsyncIterator[_Connection]:
        async with self._room:
            connection = None if fresh else self._free()
            if connection is None:
                connection = await self._connect()
            try:
                yield connection
            except BaseException:
                # in the middle of something: nobody knows what its next answer belongs to
                self._close(connection)
                raise
            if not connection.client.is_connected or connection.used >= self._options.mails_per_connection:
                self._close(connection)
            else:
                connection.idle_since = time.monotonic()
                self._idle.append(connection)

    def _free(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.client.is_connected and time.monotonic() - connection.idle_since < _IDLE_SECONDS:
                return connection
            self._close(connection)
        return None

    def _close(self, connection: _Connection) -> None:
        if connection.used >= 0:
            self.open -= 1
            connection.used = -1
        connection.client.close()

    async def _connect(self) -> _Connection:
        options = self._options
        if self._tls is None and options.security != "none":
            self._tls = await asyncio.to_thread(_context, verify=options.verify)
        client = aiosmtplib.SMTP(
            hostname=options.host,
            port=options.port,
            username=options.username,
            password=options.password,
            local_hostname=options.hello,
            timeout=options.timeout,
            use_tls=options.security == "tls",
            start_tls=options.security == "starttls",
            tls_context=self._tls,
        )
        try:
            await client.connect()
        except aiosmtplib.SMTPAuthenticationError as error:
            raise NotConnected(f"the server refused the log-in: {_said(error)}", refused=True) from None
        except aiosmtplib.SMTPResponseException as error:
            raise NotConnected(f"the server said {_said(error)}", refused=error.code >= 500) from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            cause = error.__cause__ if isinstance(error.__cause__, ssl.SSLError) else error
            # what is no fault of the network is one of the agreement: no STARTTLS, no way to log in
            refused = isinstance(cause, ssl.SSLError) or not isinstance(error, OSError)
            raise NotConnected(f"{options.host}:{options.port} was not reached: {cause}", refused=refused) from None
        self.open += 1
        return _Connection(client=client)

    async def _transaction(self, connection: _Connection, letter: Letter) -> Taken | Refused | Unknown:
        client = connection.client
        connection.used += 1
        command = "MAIL"
        try:
            size = [f"SIZE={len(letter.octets)}"] if client.supports_extension("size") else []
            await client.mail(letter.return_path, options=size)
            command = "RCPT"
            await client.rcpt(letter.to)
        except aiosmtplib.SMTPResponseException as error:
            await self._reset(client)
            return Refused(code=error.code, said=error.message, command=command)
        except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError) as error:
            raise _Stale(f"the connection broke: {error}") from None
        try:
            answer = await client.data(letter.octets)
        except aiosmtplib.SMTPResponseException as error:
            await self._reset(client)
            return Refused(code=error.code, said=error.message, command="DATA")
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            return Unknown(reason=f"the connection broke before the server answered: {error}")
        return Taken(said=answer.message)

    async def _reset(self, client: aiosmtplib.SMTP) -> None:
        """Make ready for the next mail; a server that hangs up instead costs a connection."""
        if not client.is_connected:
            return
        try:
            await client.rset()
        except (aiosmtplib.SMTPException, OSError):
            client.close()


class _Stale(Exception):
    """The connection broke before the text of a mail."""


def _said(error: aiosmtplib.SMTPResponseException) -> str:
    return f"{error.code} {' '.join(error.message.split())}"


def _context(*, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
