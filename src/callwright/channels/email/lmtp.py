"""A small server for reports that a mail server hands over (LMTP, RFC 2033): Postfix' ``transport_maps`` names it.

It answers with 250 only after a report was kept, so that what could not be kept comes again.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

log = logging.getLogger(__name__)

#: Octets of a mail; a report returns the mail that it is about.
_LONGEST = 20_000_000
_LONGEST_LINE = 2048
_PATH = re.compile(rb"<([^<>]{0,254})>")
_IDLE_SECONDS = 300.0
_MOST_RECIPIENTS = 100
_RETRY_SECONDS = 5.0

#: Keeps a mail with the addresses of its envelope.
Keep = Callable[[bytes, Sequence[str]], Awaitable[Any]]


class LmtpServer:
    """Listens on one port of this machine."""

    def __init__(self, host: str, port: int, keep: Keep) -> None:
        self._host, self._port, self._keep = host, port, keep
        self._server: asyncio.Server | None = None
        self._task: asyncio.Task[None] | None = None
        self._sessions: set[asyncio.Task[None]] = set()
        self.problem: str | None = None

    async def start(self) -> None:
        """Begin to listen; a port that is taken is tried again."""
        self._task = asyncio.create_task(self._listen(), name="LMTP")

    async def stop(self) -> None:
        """Close the port and what is connected."""
        tasks = [task for task in (self._task, *self._sessions) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None:
            self._server.close()

    async def _listen(self) -> None:
        while True:
            try:
                self._server = await asyncio.start_server(self._connected, self._host, self._port, limit=_LONGEST_LINE)
            except OSError as error:
                self.problem = f"cannot listen on {self._host}:{self._port}: {error.strerror}"
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self.problem = None
                return

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  (asyncio starts us in one)
        self._sessions.add(task)
        try:
            await _Session(reader, writer, self._keep).run()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
            log.debug("an LMTP session ended: %s", error)
        finally:
            self._sessions.discard(task)
            writer.close()


class _Session:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, keep: Keep) -> None:
        self._reader, self._writer, self._keep = reader, writer, keep
        self._recipients: list[str] = []
        self._in_mail = False

    async def run(self) -> None:
        await self._say(b"220 callwright LMTP")
        while True:
            async with asyncio.timeout(_IDLE_SECONDS):
                line = await self._reader.readuntil(b"\r\n")
            verb, _, rest = line.strip().partition(b" ")
            if verb.upper() == b"QUIT":
                await self._say(b"221 2.0.0 bye")
                return
            await self._command(verb.upper(), rest)

    async def _command(self, verb: bytes, rest: bytes) -> None:
        match verb:
            case b"LHLO":
                self._forget()
                await self._say(b"250-callwright\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME")
            case b"MAIL":
                self._forget()
                self._in_mail = True
                await self._say(b"250 2.1.0 ok")
            case b"RCPT":
                await self._recipient(rest)
            case b"DATA":
                await self._data()
            case b"RSET":
                self._forget()
                await self._say(b"250 2.0.0 ok")
            case b"NOOP":
                await self._say(b"250 2.0.0 ok")
            case _:
                await self._say(b"500 5.5.1 this is LMTP: LHLO, MAIL, RCPT, DATA, RSET, NOOP, QUIT")

    async def _recipient(self, rest: bytes) -> None:
        found = _PATH.search(rest)
        if not self._in_mail or found is None:
            await self._say(b"503 5.5.1 MAIL comes first, then RCPT TO:<address>")
        elif len(self._recipients) >= _MOST_RECIPIENTS:
            await self._say(b"452 4.5.3 too many recipients")
        else:
            self._recipients.append(found[1].decode("ascii", "replace"))
            await self._say(b"250 2.1.5 ok")

    async def _data(self) -> None:
        if not self._recipients:
            await self._say(b"503 5.5.1 no recipients")
            return
        await self._say(b"354 go ahead")
        octets = await self._text()
        if octets is None:
            answer = b"552 5.3.4 too large for a report"
        else:
            try:
                await self._keep(octets, tuple(self._recipients))
                answer = b"250 2.0.0 kept"
            except Exception:
                log.exception("a report could not be kept; its sender brings it again")
                answer = b"451 4.3.0 could not be kept; send it again"
        # one answer for each recipient (RFC 2033, section 4.2)
        await self._say(b"\r\n".join([answer] * len(self._recipients)))
        self._forget()

    async def _text(self) -> bytes | None:
        """Return a mail's text, ``None`` when it is too large; it is read to its end in any case."""
        pieces: list[bytes] = []
        size, begins = 0, True
        while True:
            async with asyncio.timeout(_IDLE_SECONDS):
                piece, ends = await self._piece()
            if begins and ends and piece == b".\r\n":
                return b"".join(pieces) if size <= _LONGEST else None
            if begins and piece.startswith(b"."):
                piece = piece[1:]
            size += len(piece)
            if size <= _LONGEST:
                pieces.append(piece)
            begins = ends

    async def _piece(self) -> tuple[bytes, bool]:
        """Return a line, or the beginning of one that is longer than lines are, and whether it ends with it."""
        try:
            return await self._reader.readuntil(b"\r\n"), True
        except asyncio.LimitOverrunError as error:
            return await self._reader.readexactly(error.consumed), False

    def _forget(self) -> None:
        self._recipients = []
        self._in_mail = False

    async def _say(self, said: bytes) -> None:
        self._writer.write(said + b"\r\n")
        await self._writer.drain()
