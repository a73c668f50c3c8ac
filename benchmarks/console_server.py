"""The API and the console in a process of their own, with an owner to sign in, over a benchmark's database."""

from __future__ import annotations

import asyncio
import json
import sys

import uvicorn

from benchmarks.results import ROOT

sys.path.insert(0, str(ROOT / "tests"))

from callwright.console.site import Site
from callwright.numbers.trunks import NewTrunk
from callwright.store.database import Database
from support.api import CALLER_ID, serve_api
from support.people import PASSWORD, make_user


async def serve(url: str, lines: int) -> None:
    """Serve until standard input ends; says first, as a line of JSON, where it listens and who may sign in."""
    database = await Database.open(url)
    try:
        async with serve_api(database, requests_per_second=1_000_000) as api:
            organisation_id = api.organisation.id
            trunk = NewTrunk(name="provider", host="127.0.0.1", channels=lines, calls_per_second=10_000)
            await api.services.numbers.trunks.add(organisation_id, trunk)
            await api.services.accounts.set_concurrent_calls(organisation_id, lines)
            owner = await make_user(api, "owner", name="Ann Lee")
            Site().install(api.app)
            server = uvicorn.Server(
                uvicorn.Config(api.app, port=0, log_level="error", access_log=False, lifespan="off")
            )
            running = asyncio.create_task(server.serve())
            while not server.started:
                await asyncio.sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            told = {"port": port, "email": owner.email, "password": PASSWORD, "from": CALLER_ID}
            print(json.dumps(told), flush=True)
            await asyncio.to_thread(sys.stdin.read)
            api.services.closing.set()
            server.should_exit = True
            await running
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
