"""Reads reports from a mailbox by IMAP (RFC 3501), with the standard library's client in a thread of its own."""

from __future__ import annotations

import asyncio
import imaplib
import logging
import ssl
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from callwright.channels.email.options import MailboxOptions

log = logging.getLogger(__name__)

_TIMEOUT = 60.0
#: Mails that are read between two looks at the clock.
_AT_ONCE = 200
_LONGEST_WAIT = 600.0

Keep = Callable[[bytes], Awaitable[Any]]


class ImapReader:
    """Looks into a mailbox again and again; what was kept is marked as seen, and nothing is ever deleted."""

    def __init__(self, options: MailboxOptions, keep: Keep) -> None:
        self._options, self._keep = options, keep
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="imap")
        self.problem: str | None = None

    async def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name="IMAP")

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._thread.shutdown(wait=False)

    async def _run(self) -> None:
        wait = self._options.poll_seconds
        while True:
            try:
                while await self.look() >= _AT_ONCE:
                    pass
            except (OSError, imaplib.IMAP4.error) as error:
                if self.problem is None:
                    log.warning("the mailbox of reports at %s: %s", self._options.host, error)
                self.problem = f"{self._options.host}: {error}"
                wait = min(max(wait * 2, self._options.poll_seconds), _LONGEST_WAIT)
            except Exception:
                # what could not be kept is still unseen
                log.exception("reports were not kept and are read again")
            else:
                self.problem, wait = None, self._options.poll_seconds
            await asyncio.sleep(wait)

    async def look(self) -> int:
        """Read what nobody has seen yet; returns how many mails there were."""
        loop = asyncio.get_running_loop()
        mailbox = await loop.run_in_executor(self._thread, self._open)
        try:
            numbers = await loop.run_in_executor(self._thread, _unseen, mailbox)
            for number in numbers:
                taking = asyncio.ensure_future(self._take(mailbox, number))
                try:
                    await asyncio.shield(taking)
                except asyncio.CancelledError:
                    # an orderly stop finishes the mail in hand
                    await asyncio.wait([taking])
                    raise
            return len(numbers)
        finally:
            await loop.run_in_executor(self._thread, _leave, mailbox)

    async def _take(self, mailbox: imaplib.IMAP4, number: str) -> None:
        loop = asyncio.get_running_loop()
        octets = await loop.run_in_executor(self._thread, _fetch, mailbox, number)
        await self._keep(octets)
        # seen after it was kept: a process that is killed in between reads it again, which changes nothing
        await loop.run_in_executor(self._thread, _mark, mailbox, number)

    def _open(self) -> imaplib.IMAP4:
        options = self._options
        context = ssl.create_default_context()
        if not options.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        mailbox: imaplib.IMAP4
        if options.security == "tls":
            mailbox = imaplib.IMAP4_SSL(options.host, options.port, ssl_context=context, timeout=_TIMEOUT)
        else:
            mailbox = imaplib.IMAP4(options.host, options.port, timeout=_TIMEOUT)
        try:
            if options.security == "starttls":
                mailbox.starttls(context)
            mailbox.login(options.username, options.password)
            answer, said = mailbox.select(_quoted(options.folder))
            if answer != "OK":
                raise imaplib.IMAP4.error(f"the folder {options.folder!r} cannot be opened: {said!r}")  # noqa: TRY301
        except BaseException:
            _leave(mailbox)
            raise
        return mailbox


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unseen(mailbox: imaplib.IMAP4) -> list[str]:
    _, found = mailbox.uid("SEARCH", "UNSEEN")
    numbers = (found[0] or b"").split() if found else []
    return [number.decode() for number in numbers[:_AT_ONCE]]


def _fetch(mailbox: imaplib.IMAP4, number: str) -> bytes:
    # PEEK: reading must not mark it as seen
    _, found = mailbox.uid("FETCH", number, "(BODY.PEEK[])")
    return next((bytes(part[1]) for part in found if isinstance(part, tuple)), b"")


def _mark(mailbox: imaplib.IMAP4, number: str) -> None:
    mailbox.uid("STORE", number, "+FLAGS", "(\\Seen)")


def _leave(mailbox: imaplib.IMAP4) -> None:
    try:
        mailbox.logout()
    except (OSError, imaplib.IMAP4.error):
        mailbox.shutdown()
