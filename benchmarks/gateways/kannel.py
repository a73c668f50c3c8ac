"""Kannel 1.4 as a baseline, twice: over its HTTP interface with its store on disk, and its fastest way into it.

``through_http``: ``smsbox`` takes a request for each text, ``bearerbox`` stores it in a file and sends it; each receipt
is told to a URL of ours. ``by_batch``: ``mtbatch`` reads a list of numbers and hands them to a ``bearerbox`` that keeps
all in memory; a receipt is only counted by it. Nothing is kept there when it ends, so that is no like for like, but
nothing of Kannel's is faster.
"""

from __future__ import annotations

import asyncio
import re
import resource
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import psutil

from benchmarks import results
from benchmarks.gateways import debian, programs, rush
from benchmarks.gateways.debian import Missing
from benchmarks.gateways.rush import Texts

PACKAGES = ("kannel", "kannel-extras")
#: Unanswered units.
WINDOW = 200
_SECONDS = 300.0
_RECEIVED = re.compile(r"DLR: received (\d+)")


def _programs() -> tuple[dict[str, str], dict[str, str]]:
    """Return where Kannel's programs are, and their environment: those of the machine, else unpacked ones."""
    names = ("bearerbox", "smsbox", "mtbatch")
    env = debian.environment(Path("/"))
    found = {name: shutil.which(name, path="/usr/sbin:/usr/bin:/usr/lib/kannel") for name in names}
    if all(found.values()):
        return {name: path for name, path in found.items() if path}, env
    root = debian.unpacked(results.ROOT / ".cache" / "bench" / "kannel", PACKAGES)
    env = debian.environment(root)
    found = {name: shutil.which(name, path=env["PATH"]) for name in names}
    if not all(found.values()):
        raise Missing(f"Debian's packages {' and '.join(PACKAGES)} came without {names}")
    return {name: path for name, path in found.items() if path}, env


def _settings(folder: Path, centre: int, ports: Sequence[int], *, stored: bool) -> Path:
    """Write the configuration; ``ports``: of the administration, of the boxes, of the HTTP interface."""
    kept = f'store-type = file\nstore-location = "{folder}/store"\n' if stored else ""
    path = folder / "kannel.conf"
    path.write_text(
        "group = core\n"
        f"admin-port = {ports[0]}\nadmin-interface = 127.0.0.1\nadmin-password = bench\nsmsbox-port = {ports[1]}\n"
        f"smsbox-interface = 127.0.0.1\ndlr-storage = internal\nlog-level = 3\nbox-allow-ip = 127.0.0.1\n{kept}"
        f"sms-outgoing-queue-limit = 1000000\n\n"
        "group = smsc\nsmsc = smpp\nsmsc-id = centre\n"
        f"host = 127.0.0.1\nport = {centre}\nsmsc-username = bench\nsmsc-password = bench\nsystem-type = bench\n"
        f"transceiver-mode = true\nmax-pending-submits = {WINDOW}\n\n"
        "group = smsbox\nbearerbox-host = 127.0.0.1\n"
        f"sendsms-port = {ports[2]}\nsendsms-interface = 127.0.0.1\nlog-level = 3\n\n"
        "group = sendsms-user\nusername = bench\npassword = bench\nmax-messages = 1\nconcatenation = false\n"
    )
    return path


@asynccontextmanager
async def _bearerbox(
    folder: Path, centre: int, *, stored: bool
) -> AsyncIterator[tuple[dict[str, str], dict[str, str], Sequence[int], psutil.Process]]:
    found, env = _programs()
    ports = programs.ports(3)
    settings = _settings(folder, centre, ports, stored=stored)
    async with programs.program([found["bearerbox"], "-v", "3", settings], folder, env=env, port=ports[1]) as box:

        async def online() -> bool:
            return "(online" in await _status(ports[0])

        await programs.until(online, "Kannel is bound to the message centre", seconds=30)
        yield found, env, ports, box


async def _status(port: int) -> str:
    def read() -> str:
        with urlopen(f"http://127.0.0.1:{port}/status.txt?password=bench", timeout=30) as answer:
            return str(answer.read().decode(errors="replace"))

    return await asyncio.to_thread(read)


async def through_http(folder: Path, centre: int, texts: Texts) -> dict[str, float]:
    """Return what sending cost, from the first request to the last receipt at our address."""
    async with AsyncExitStack() as stack:
        found, env, ports, box = await stack.enter_async_context(_bearerbox(folder, centre, stored=True))
        smsbox: list[str | Path] = [found["smsbox"], "-v", "3", folder / "kannel.conf"]
        http = await stack.enter_async_context(programs.program(smsbox, folder, env=env, port=ports[2]))
        receipts = await stack.enter_async_context(rush.receipts(b"ok"))
        asked = {"username": "bench", "password": "bench", "from": texts.sender, "text": texts.text, "dlr-mask": "1"}
        paths = [
            f"/cgi-bin/sendsms?{urlencode({**asked, 'to': to, 'dlr-url': receipts.url(number)})}"
            for number, to in enumerate(texts.recipients)
        ]
        return await rush.measure([box, http], ports[2], paths, receipts)


async def by_batch(folder: Path, centre: int, texts: Texts) -> dict[str, float]:
    """Return what sending cost, from the start of ``mtbatch`` to the last receipt that ``bearerbox`` counts."""
    (folder / "text").write_text(texts.text)
    (folder / "numbers").write_text("".join(f"{number.removeprefix('+')}\n" for number in texts.recipients))
    async with AsyncExitStack() as stack:
        found, env, ports, box = await stack.enter_async_context(_bearerbox(folder, centre, stored=False))
        asked = ["-v", "3", "-b", "127.0.0.1", "-p", str(ports[1]), "-f", texts.sender, "-D", "1", "-u", "http://-/"]
        used, begun = programs.used([box]) + _of_ended_programs(), time.perf_counter()
        batch = await asyncio.create_subprocess_exec(
            found["mtbatch"],
            *asked,
            folder / "text",
            folder / "numbers",
            cwd=folder,
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

        async def told() -> bool:
            counted = _RECEIVED.search(await _status(ports[0]))
            return counted is not None and int(counted[1]) >= len(texts.recipients)

        try:
            await programs.until(told, "all receipts are at Kannel", seconds=_SECONDS)
            wall = time.perf_counter() - begun
        finally:
            if batch.returncode is None:
                batch.kill()
            await batch.wait()
        count = len(texts.recipients)
        used = programs.used([box]) + _of_ended_programs() - used
        return {"messages_per_second": count / wall, "cpu_us_per_message": used * 1e6 / count}


def _of_ended_programs() -> float:
    """Return the seconds of CPU of all programs that this process started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
