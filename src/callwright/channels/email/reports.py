"""The ways by which reports come to a route: a mailbox, a listener, both or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from callwright.channels.email.imap import ImapReader
from callwright.channels.email.lmtp import LmtpServer
from callwright.channels.email.options import SmtpOptions
from callwright.messages.email_reports import EmailReports


class ReportSources:
    """Runs them."""

    def __init__(self, route_id: str, options: SmtpOptions, reports: EmailReports) -> None:
        async def keep(octets: bytes, sent_to: Sequence[str] = ()) -> None:
            await reports.read(route_id, octets, sent_to)

        self._imap = None if options.mailbox is None else ImapReader(options.mailbox, keep)
        self._lmtp = None if options.lmtp_port is None else LmtpServer(options.lmtp_host, options.lmtp_port, keep)

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
