"""Processes that send messages: each says from time to time that it lives, and is believed for so long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from callwright.ids import new_id
from callwright.messages.queries import SENDING
from callwright.store.database import Database

#: How long a sender is believed to live; what it was sending is unknown afterwards.
LEASE = timedelta(seconds=30)


class SenderLease:
    """The life of one sending process."""

    def __init__(self, database: Database, *, node: str) -> None:
        self.id = new_id("mss")
        self._database = database
        self._node = node

    async def renew(self) -> None:
        """Say that it lives."""
        await self._database.execute(SENDING["enter_sender"], self.id, self._node, LEASE)

    async def show(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Say what its routes' connections do."""
        await self._database.execute(SENDING["show_routes"], self.id, list(states), list(states.values()))

    async def leave(self) -> None:
        """Say that it ends; its routes are free. What it was sending, if anything, is looked at when the lease ends."""
        await self._database.execute(SENDING["leave_sender"], self.id)
