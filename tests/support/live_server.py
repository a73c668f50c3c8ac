"""An application behind a real HTTP server, for what only the wire can show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn


@asynccontextmanager
async def served(app: Any, *certificate: Path) -> AsyncIterator[int]:
    """Serve ``app`` on a free port of 127.0.0.1 and yield the port; with a certificate and its key over TLS."""
    certfile, keyfile = [str(file) for file in certificate] or (None, None)
    config = uvicorn.Config(
        app,
        port=0,
        log_level="critical",
        lifespan="off",
        access_log=False,
        ssl_certfile=certfile,
        ssl_keyfile=keyfile,
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:
            if running.done():
                await running
            await asyncio.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await running


async def exchange(port: int, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send a request as it is; return status, headers in small letters, and body of the one answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        return int(head[0].split()[1]), headers, body
    finally:
        writer.close()
        await writer.wait_closed()
