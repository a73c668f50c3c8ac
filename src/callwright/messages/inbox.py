"""What comes in on routes, to those who keep it: receipts to the ledger, texts to who reads them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from callwright.messages.ledger import MessageLedger
from callwright.messages.models import LatePart, Receipt, Route

#: Keeps inbound texts, or parts of them, committed when it returns.
TextReader = Callable[[Route, Sequence[Any]], Awaitable[None]]


class RouteInbox:
    """The ``Inbox`` of a sender."""

    def __init__(self, ledger: MessageLedger, *, read: TextReader) -> None:
        self._ledger = ledger
        self._read = read

    async def receipts(self, route_id: str, receipts: Sequence[Receipt]) -> None:
        """Take what became of parts."""
        await self._ledger.receipts(route_id, receipts)

    async def late(self, late: Sequence[LatePart]) -> None:
        """Take answers that came after their message was ``unknown``."""
        await self._ledger.late(late)

    async def texts(self, route: Route, parts: Sequence[Any]) -> None:
        """Take inbound texts, or parts of them."""
        await self._read(route, parts)
