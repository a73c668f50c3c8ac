"""What mail servers and providers report of emails, kept: by a mailbox, by LMTP, by webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from callwright.errors import FieldError, InvalidRequest
from callwright.mail.events import read_events
from callwright.mail.reports import Report, read_report
from callwright.mail.tokens import Tokens
from callwright.messages.models import PartState, Receipt

_STATES: Mapping[str, PartState] = {"bounced": "undelivered", "delayed": "enroute", "delivered": "delivered"}

#: Keeps receipts of a route: an ``Inbox``'s, or the ledger's.
Receipts = Callable[[str, Sequence[Receipt]], Awaitable[None]]


class Gone(Protocol):
    """Enters addresses that must not be written to any more."""

    async def gone(self, message_id: str, evidence: str) -> None:
        """Enter the person of a message whose address does not exist, or who complained; twice changes nothing."""
        ...


class EmailReports:
    """Reads reports; what it returned from is kept."""

    def __init__(self, receipts: Receipts, gone: Gone, tokens: Tokens) -> None:
        self._receipts, self._gone, self._tokens = receipts, gone, tokens

    async def read(self, route_id: str, octets: bytes, sent_to: Sequence[str] = ()) -> Report | None:
        """Take a mail and return what it reports; one that reports nothing of ours changes nothing."""
        report = await asyncio.to_thread(read_report, octets, self._tokens, sent_to=sent_to)
        if report is not None:
            await self._keep(route_id, report)
        return report

    async def take(self, route_id: str, content_type: str, body: bytes) -> int:
        """Take a webhook and return of how many emails it told. Raises ``InvalidRequest``."""
        try:
            reports = await asyncio.to_thread(read_events, content_type, body, self._tokens)
        except ValueError as error:
            raise InvalidRequest([FieldError(field="body", message=str(error))]) from None
        for report in reports:
            await self._keep(route_id, report)
        return len(reports)

    async def _keep(self, route_id: str, report: Report) -> None:
        said = " ".join(dict.fromkeys(part for part in (report.status, report.reason) if part))
        if report.kind == "complained":
            await self._gone.gone(report.message_id, f"complained to the mail provider: {said}")
            return
        if report.gone:
            await self._gone.gone(report.message_id, f"the mail came back: {said}")
        receipt = Receipt(provider_id=report.message_id, state=_STATES[report.kind], error=said or None)
        await self._receipts(route_id, [receipt])
