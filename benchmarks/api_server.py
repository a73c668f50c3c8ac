"""The API alone, in a process of its own, over a database that a benchmark brings: nothing is dialled or sent."""

from __future__ import annotations

import asyncio
import json
import sys

import uvicorn

from benchmarks.results import ROOT

sys.path.insert(0, str(ROOT / "tests"))

from callwright.accounts.dialects import DIALECTS
from callwright.store.database import Database
from support.api import CALLER_ID, serve_api


async def serve(url: str) -> None:
    """Serve until standard input ends; says first, as a line of JSON, where it listens and which keys it takes."""
    database = await Database.open(url)
    try:
        async with serve_api(database, requests_per_second=1_000_000) as api:
            keys = {}
            for dialect in (None, *DIALECTS):
                key, secret = await api.services.accounts.key_service.create(
                    api.organisation.id, "benchmark", sandbox=False, dialect=dialect, purpose="emergency"
                )
                keys[dialect or "native"] = {"id": key.id, "secret": secret}
            server = uvicorn.Server(
                uvicorn.Config(api.app, port=0, log_level="error", access_log=False, lifespan="off")
            )
            running = asyncio.create_task(server.serve())
            while not server.started:
                await asyncio.sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            print(json.dumps({"port": port, "keys": keys, "caller_id": CALLER_ID}), flush=True)
            await asyncio.to_thread(sys.stdin.read)
            server.should_exit = True
            await running
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
