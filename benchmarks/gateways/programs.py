"""Programs of a gateway, in a folder and on ports of the run, which end with it."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from benchmarks import cpu
from benchmarks.gateways.debian import Missing
from callwright.ports import free_block

_START_SECONDS = 120.0
_STOP_SECONDS = 20.0


def ports(count: int) -> list[int]:
    """Return free ports of loopback, in a row."""
    starts = random.sample(range(20_000, 32_000, 20), 100)
    first = free_block(count, starts)
    return list(range(first, first + count))


@asynccontextmanager
async def program(
    argv: Sequence[str | Path], folder: Path, *, env: Mapping[str, str], port: int | None = None
) -> AsyncIterator[psutil.Process]:
    """Run a program, from the moment when it listens on ``port`` on; its output goes to a file in ``folder``.

    Raises ``Missing`` with the end of that file when it does not come up.
    """
    name = Path(argv[0]).name
    log = folder / f"{name}.{port or 'out'}.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *map(str, argv), cwd=folder, env=dict(env), stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        if port is not None:

            async def listens() -> bool:
                if process.returncode is not None:
                    raise Missing(f"{name} ended at once: {_end_of(log)}")
                return await _answers(port)

            await until(listens, f"{name} listens", seconds=_START_SECONDS)
        yield psutil.Process(process.pid)
    finally:
        await _ended(process)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """End a program and what it started."""
    if process.returncode is not None:
        return
    with_children = [process.pid]
    try:
        with_children += [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    except (TimeoutError, psutil.NoSuchProcess, ProcessLookupError):
        if process.returncode is None:
            process.kill()
            await process.wait()
    for pid in with_children[1:]:
        try:
            psutil.Process(pid).kill()
        except psutil.NoSuchProcess:
            continue


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def until(met: Callable[[], Awaitable[bool]], what: str, *, seconds: float) -> None:
    """Wait for a condition. Raises ``Missing``, saying what did not come."""
    try:
        async with asyncio.timeout(seconds):
            while not await met():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise Missing(f"in {seconds:.0f} s it did not come to this: {what}") from None


def used(processes: Sequence[psutil.Process]) -> float:
    """Return the seconds of CPU that the programs and their children have used."""
    return sum(cpu.tree(process) for process in processes)


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace").strip()[-300:]
