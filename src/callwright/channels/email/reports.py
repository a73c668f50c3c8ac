"""Takes what mail servers report to a route: reads it, and hands it to who keeps it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from callwright.channels.email.imap import ImapReader
from callwright.channels.email.lmtp import LmtpServer
from callwright.channels.email.options import SmtpOptions
from callwright.mail.reports import Report, read_report
from callwright.mail.tokens import Tokens
from callwright.messages.channel import Inbox
from callwright.messages.models import PartState, Receipt

log = logging.getLogger(__name__)

_STATES: Mapping[str, PartState] = {"bounced": "undelivered", "delayed": "enroute", "delivered": "delivered"}


class _Gone(Protocol):
    async def gone(self, message_id: str, evidence: str) -> None: ...


class ReportReader:
    """Reads reports; what it returned from is kept."""

    def __init__(self, route_id: str, inbox: Inbox, gone: _Gone, tokens: Tokens) -> None:
        self._route_id, self._inbox, self._gone, self._tokens = route_id, inbox, gone, tokens

    async def read(self, octets: bytes, sent_to: Sequence[str] = ()) -> Report | None:
        """Take a mail and return what it reports; one that reports nothing of ours changes nothing."""
        report = await asyncio.to_thread(read_report, octets, self._tokens, sent_to=sent_to)
        if report is not None:
            await self.keep(report)
        return report

    async def keep(self, report: Report) -> None:
        """Keep what became of a message; twice changes nothing."""
        said = " ".join(part for part in (report.status, report.reason) if part)
        if report.kind == "complained":
            await self._gone.gone(report.message_id, f"complained to the mail provider: {said}")
            return
        if report.gone:
            await self._gone.gone(report.message_id, f"the mail came back: {said}")
        receipt = Receipt(provider_id=report.message_id, state=_STATES[report.kind], error=said or None)
        await self._inbox.receipts(self._route_id, [receipt])


class ReportSources:
    """The ways by which reports come to a route: a mailbox, a listener, both or none."""

    def __init__(self, options: SmtpOptions, reader: ReportReader) -> None:
        self._imap = None if options.mailbox is None else ImapReader(options.mailbox, reader.read)
        self._lmtp = (
            None if options.lmtp_port is None else LmtpServer(options.lmtp_host, options.lmtp_port, reader.read)
        )

    def state(self) -> Mapping[str, Any]:
        """Return what people see of them."""
        state: dict[str, Any] = {}
        if self._imap is not None:
            state["imap_problem"] = self._imap.problem
        if self._lmtp is not None:
            state["lmtp_problem"] = self._lmtp.problem
        return state

    async def start(self) -> None:
        """Begin to take reports; what cannot be reached is tried again and told in ``state``."""
        for source in (self._imap, self._lmtp):
            if source is not None:
                await source.start()

    async def stop(self) -> None:
        """Take no more."""
        for source in (self._imap, self._lmtp):
            if source is not None:
                await source.stop()
