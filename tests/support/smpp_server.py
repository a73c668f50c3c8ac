"""A message centre for tests: the npm package ``smpp`` in a process of its own (``smpp_server.js``)."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson

HERE = Path(__file__).parent
#: Where ``scripts/peers`` puts the package.
PACKAGE = HERE.parents[1] / ".cache" / "peers" / "smpp" / "node_modules" / "smpp"


class MessageCentre:
    """Gives orders to the server and reads what it tells."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.port = 0
        self.events: list[dict[str, Any]] = []
        self._news = asyncio.Condition()

    async def read(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        while line := await stdout.readline():
            async with self._news:
                self.events.append(orjson.loads(line))
                self._news.notify_all()

    def of(self, event: str) -> list[dict[str, Any]]:
        return [each for each in self.events if each["event"] == event]

    async def wait_for(self, event: str, count: int = 1, seconds: float = 20.0) -> list[dict[str, Any]]:
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: len(self.of(event)) >= count)
        return self.of(event)

    def order(self, what: str, **fields: Any) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write(orjson.dumps({"do": what, **fields}) + b"\n")

    def behave(self, **manner: Any) -> None:
        self.order("manner", manner=manner)


@asynccontextmanager
async def message_centre(*certificate: Path) -> AsyncIterator[MessageCentre]:
    """Run a message centre on a free port; with a certificate and its key it speaks TLS."""
    node = shutil.which("node")
    assert node, "node is missing: scripts/peers brings it"
    assert PACKAGE.is_dir(), "the npm package smpp is missing: scripts/peers brings it"
    process = await asyncio.create_subprocess_exec(
        node,
        str(HERE / "smpp_server.js"),
        *map(str, certificate),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "SMPP_PACKAGE": str(PACKAGE)},
        limit=2**20,
    )
    centre = MessageCentre(process)
    reading = asyncio.create_task(centre.read())
    try:
        centre.port = (await centre.wait_for("listening"))[0]["port"]
        yield centre
    finally:
        assert process.stdin is not None
        # it ends with its input
        process.stdin.close()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        await reading
