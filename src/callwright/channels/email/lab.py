"""The lab's mailbox: where emails of sandbox keys go. Nothing leaves the machine; what comes back is like the real.

The mails are files of a maildir in the data directory, as any mail program opens it. What a person of the lab does is
told by the part of the address before the ``@``, or by what follows its last ``+``.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callwright.channels.email.writing import MailDesk, Writer
from callwright.clock import Clock
from callwright.errors import InvalidRequest
from callwright.mail.tokens import Tokens
from callwright.messages.channel import Inbox
from callwright.messages.models import Outgoing, PartState, Receipt, Route, Sent, SentPart

log = logging.getLogger(__name__)

#: Seconds until a report comes.
REPORT_SECONDS = 0.2
_AGAIN_SECONDS = 1.0
_WINDOW = 200
#: Mails that are kept: the oldest go first.
MOST_MAILS = 2000
_TRIM_EVERY = 200


@dataclass(frozen=True, kw_only=True)
class MailBehaviour:
    """What one of the lab's people does with a mail."""

    name: str
    meaning: str
    #: What the email ends with.
    status: str
    #: What is reported of it; ``None``: nothing.
    report: PartState | None = None
    error: str | None = None
    refusal: str | None = None
    refuses_once: bool = False
    lost: bool = False


_GONE = "5.1.1 550 5.1.1 no such person"
_FULL = "5.2.2 552 5.2.2 mailbox full"
BEHAVIOURS = (
    MailBehaviour(name="delivered", meaning="gets it, and a report says so", status="delivered", report="delivered"),
    MailBehaviour(
        name="bounce", meaning="does not exist: it comes back", status="undelivered", report="undelivered", error=_GONE
    ),
    MailBehaviour(
        name="full", meaning="has no room left: it comes back", status="undelivered", report="undelivered", error=_FULL
    ),
    MailBehaviour(
        name="refused", meaning="is refused by the server at once", status="failed", refusal="550 5.1.1 no such person"
    ),
    MailBehaviour(
        name="busy",
        meaning="gets it at the second attempt: the server was busy",
        status="sent",
        refusal="451 4.3.2 come again",
        refuses_once=True,
    ),
    MailBehaviour(name="lost", meaning="is behind a server whose answer is lost", status="unknown", lost=True),
)
_BY_NAME = {behaviour.name: behaviour for behaviour in BEHAVIOURS}
_ANY = MailBehaviour(name="", meaning="gets it; nothing is reported, as it is with most servers", status="sent")


def behaviour_of(address: str) -> MailBehaviour:
    """Return what the person with this address does."""
    local = address.partition("@")[0].lower()
    return _BY_NAME.get(local.rpartition("+")[2], _ANY)


def reference_table() -> str:
    """Return the table of ``docs/reference/emails.md``, in Markdown."""
    lines = ["| before the `@` | the person | status |", "| --- | --- | --- |"]
    lines += [f"| `{b.name}` | {b.meaning} | `{b.status}` |" for b in BEHAVIOURS]
    lines += [f"| anything else | {_ANY.meaning} | `{_ANY.status}` |"]
    return "\n".join(lines) + "\n"


class LabMails:
    """A ``Channel`` into a folder."""

    def __init__(
        self, route: Route, inbox: Inbox, *, desk: MailDesk, tokens: Tokens, clock: Clock, folder: Path
    ) -> None:
        self._route, self._inbox, self._clock, self._folder = route, inbox, clock, folder
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="lab mail")
        self._writer = Writer(desk, tokens, clock, bounce_address=None, signers=self._thread)
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = False
        self._written = 0

    @property
    def ready(self) -> bool:
        """Whether it was started."""
        return self._open

    @property
    def window(self) -> int:
        """How many mails it may have in hand at once."""
        return _WINDOW

    def state(self) -> Mapping[str, Any]:
        """Return where the mails are."""
        return {"folder": str(self._folder)}

    async def start(self) -> None:
        """Take mails from now on."""
        for name in ("tmp", "new", "cur"):
            (self._folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._open = True

    async def stop(self) -> None:
        """Take no more; reports that were to come do not come any more."""
        self._open = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._thread.shutdown(wait=False)

    async def send(self, message: Outgoing) -> Sent:
        """Answer as the person's mail server would."""
        behaviour = behaviour_of(message.to_address)
        try:
            letter = await self._writer.letter(message)
        except (ValueError, InvalidRequest) as error:
            return Sent(message_id=message.id, verdict="failed", reason=str(error))
        if behaviour.lost:
            return Sent(message_id=message.id, verdict="unknown", reason="no answer came in time")
        if behaviour.refusal is not None and not (behaviour.refuses_once and message.attempts > 1):
            return Sent(
                message_id=message.id,
                verdict="again" if behaviour.refuses_once else "failed",
                reason="the mail server refused it",
                provider_status=behaviour.refusal,
                again_after=_AGAIN_SECONDS,
            )
        await asyncio.get_running_loop().run_in_executor(self._thread, self._keep, message.id, letter.octets)
        if behaviour.report is not None:
            receipt = Receipt(provider_id=message.id, state=behaviour.report, error=behaviour.error)
            task = asyncio.create_task(self._tell(receipt))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return Sent(message_id=message.id, verdict="sent", parts=(SentPart(provider_id=message.id),))

    async def _tell(self, receipt: Receipt) -> None:
        await self._clock.sleep(REPORT_SECONDS)
        try:
            await self._inbox.receipts(self._route.id, [receipt])
        except Exception:
            log.exception("a report of the lab was lost")

    def _keep(self, message_id: str, octets: bytes) -> None:
        """Write a mail as a maildir wants it: whole under another name, then moved."""
        name = f"{self._clock.now().timestamp():.6f}.{message_id}-{secrets.token_hex(4)}.callwright"
        written = self._folder / "tmp" / name
        descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(octets.replace(b"\r\n", b"\n"))
        written.rename(self._folder / "new" / name)
        self._written += 1
        if self._written % _TRIM_EVERY == 0:
            self._trim()

    def _trim(self) -> None:
        mails = sorted(
            (path for name in ("new", "cur") for path in (self._folder / name).iterdir()), key=lambda p: p.name
        )
        for path in mails[: max(0, len(mails) - MOST_MAILS)]:
            path.unlink(missing_ok=True)
