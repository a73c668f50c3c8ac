"""Background jobs that run when a test says so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any


class HandJobs:
    """Keeps what is enqueued until ``run``."""

    def __init__(self) -> None:
        self.waiting: list[tuple[str, bytes]] = []
        self.handlers: dict[str, Callable[[bytes], Awaitable[object]]] = {}
        self.periodic: dict[str, Callable[[], Awaitable[object]]] = {}

    def register(self, name: str, handler: Callable[[bytes], Awaitable[object]]) -> None:
        self.handlers[name] = handler

    def every(self, name: str, cron: str, handler: Callable[[], Awaitable[object]]) -> None:
        self.periodic[name] = handler

    async def enqueue(self, connection: Any, name: str, payload: bytes = b"") -> None:
        self.waiting.append((name, payload))

    async def run(self) -> None:
        """Run what waits, first to last."""
        while self.waiting:
            name, payload = self.waiting.pop(0)
            await self.handlers[name](payload)
