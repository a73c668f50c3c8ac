"""The faults. Each is done to a running product and returns when its cause is over."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import psutil

from benchmarks.faults import sockets
from benchmarks.faults.appliance import FaultyProduct

#: Longest stop of a hung process: every watchdog must have acted before.
HANG_BOUND_SECONDS = 60.0
#: strace's name of what PostgreSQL waits for at each commit.
_SYNC_CALLS = "fdatasync,fsync"


@dataclass(kw_only=True)
class Done:
    """What was done, in words, and for how long we kept the product from recovering."""

    what: str
    imposed_seconds: float = 0.0


Act = Callable[[FaultyProduct, random.Random], Awaitable[Done]]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of fault."""

    name: str
    weight: int
    act: Act


async def kill_serve(product: FaultyProduct, chance: random.Random) -> Done:
    """Kill -9 the control plane; away for up to eight seconds."""
    away = chance.uniform(0, 8)
    product.kill()
    await asyncio.sleep(away)
    product.begin()
    return Done(what=f"away for {away:.1f} s", imposed_seconds=away)


async def kill_serve_again(product: FaultyProduct, chance: random.Random) -> Done:
    """Kill -9 the control plane, and again while it starts."""
    started = chance.uniform(0.2, 4)
    product.kill()
    product.begin()
    await asyncio.sleep(started)
    product.kill()
    product.begin()
    return Done(what=f"again {started:.1f} s after its start", imposed_seconds=started)


async def stop_serve(product: FaultyProduct, chance: random.Random) -> Done:
    """SIGTERM: an ordered stop of everything after the drain."""
    begun = time.monotonic()
    status = await product.order(signal.SIGTERM)
    took = time.monotonic() - begun
    product.begin()
    return Done(what=f"exit status {status} after {took:.1f} s", imposed_seconds=took)


async def hand_over(product: FaultyProduct, chance: random.Random) -> Done:
    """SIGUSR2: the control plane ends and leaves the calls to the next one."""
    begun = time.monotonic()
    status = await product.order(signal.SIGUSR2)
    away = chance.uniform(0, 4)
    await asyncio.sleep(away)
    product.begin()
    return Done(what=f"exit status {status}, away for {away:.1f} s", imposed_seconds=time.monotonic() - begun)


async def kill_engine(product: FaultyProduct, chance: random.Random) -> Done:
    """Kill -9 Asterisk."""
    product.engine().kill()
    return Done(what="killed")


async def kill_engine_and_serve(product: FaultyProduct, chance: random.Random) -> Done:
    """Kill -9 both, so that nobody sees the channels end."""
    away = chance.uniform(0, 4)
    product.kill()
    product.engine().kill()
    await asyncio.sleep(away)
    product.begin()
    return Done(what=f"away for {away:.1f} s", imposed_seconds=away)


async def kill_database(product: FaultyProduct, chance: random.Random) -> Done:
    """Kill -9 the postmaster."""
    product.database().kill()
    return Done(what="killed")


async def kill_database_and_serve(product: FaultyProduct, chance: random.Random) -> Done:
    """Kill -9 both."""
    product.kill()
    product.database().kill()
    product.begin()
    return Done(what="killed")


async def kill_backend(product: FaultyProduct, chance: random.Random) -> Done:
    """Kill -9 one of PostgreSQL's processes: it throws out all clients and recovers."""
    chosen = chance.choice(product.backends())
    what = " ".join(chosen.cmdline())
    chosen.kill()
    return Done(what=what)


async def cut_database(product: FaultyProduct, chance: random.Random) -> Done:
    """Cut all of the control plane's connections to PostgreSQL, or every second one."""
    every = chance.choice((1, 2))
    turn = iter(range(10_000))
    to_database = sockets.is_to_path(".s.PGSQL.5432")
    done = sockets.cut(product.serve.pid, lambda one: to_database(one) and next(turn) % every == 0)
    return Done(what=f"{done} connections")


async def cut_control(product: FaultyProduct, chance: random.Random) -> Done:
    """Cut Asterisk's control connection."""
    done = sockets.cut(product.serve.pid, sockets.is_to_port(product.control_port))
    return Done(what=f"{done} connections")


async def hang_serve(product: FaultyProduct, chance: random.Random) -> Done:
    """Stop the control plane (SIGSTOP) for longer or shorter than its leases last, and let it go on."""
    seconds = chance.choice((chance.uniform(1, 8), chance.uniform(31, 40)))
    return await _hang([product.serve], seconds)


async def hang_engine(product: FaultyProduct, chance: random.Random) -> Done:
    """Stop Asterisk for some seconds, or until somebody ends it."""
    return await _hang([product.engine()], _some_or_all(chance))


async def hang_database(product: FaultyProduct, chance: random.Random) -> Done:
    """Stop PostgreSQL, all its processes, for some seconds, or until somebody ends it."""
    master = product.database()
    return await _hang([master, *master.children()], _some_or_all(chance))


async def hang_backend(product: FaultyProduct, chance: random.Random) -> Done:
    """Stop one of PostgreSQL's processes, with whatever it has locked."""
    return await _hang([chance.choice(product.backends())], chance.uniform(2, 25))


async def slow_disk(product: FaultyProduct, chance: random.Random) -> Done:
    """Delay every fsync and fdatasync of PostgreSQL's processes, new ones too, by strace."""
    delay = chance.choice((50, 200, 800))
    seconds = chance.uniform(8, 15)
    master = product.database()
    pids = [argument for one in (master, *master.children()) for argument in ("-p", str(one.pid))]
    inject = f"inject={_SYNC_CALLS}:delay_enter={delay * 1000}"
    process = await asyncio.create_subprocess_exec(
        *["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={_SYNC_CALLS}", "-e", inject, *pids],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await asyncio.sleep(seconds)
    finally:
        process.terminate()
        await process.wait()
    return Done(what=f"each commit {delay} ms longer, for {seconds:.0f} s", imposed_seconds=seconds)


def _some_or_all(chance: random.Random) -> float:
    return chance.choice((chance.uniform(1, 6), HANG_BOUND_SECONDS))


async def _hang(processes: Iterable[psutil.Process], seconds: float) -> Done:
    """SIGSTOP, and SIGCONT after so many seconds or when the first of them was ended by somebody."""
    stopped = list(processes)
    begun = time.monotonic()
    for process in stopped:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.suspend()
    try:
        while time.monotonic() < begun + seconds and stopped[0].is_running():
            await asyncio.sleep(0.05)
    finally:
        gone = not stopped[0].is_running() or stopped[0].status() == psutil.STATUS_ZOMBIE
        for process in stopped:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()
    took = time.monotonic() - begun
    return Done(what=f"{took:.1f} s, {'then ended by the watchdog' if gone else 'then goes on'}", imposed_seconds=took)


KINDS = (
    Kind(name="kill control plane", weight=4, act=kill_serve),
    Kind(name="kill control plane twice", weight=2, act=kill_serve_again),
    Kind(name="stop (SIGTERM)", weight=1, act=stop_serve),
    Kind(name="hand over (SIGUSR2)", weight=2, act=hand_over),
    Kind(name="kill engine", weight=3, act=kill_engine),
    Kind(name="kill engine + control plane", weight=2, act=kill_engine_and_serve),
    Kind(name="kill PostgreSQL", weight=3, act=kill_database),
    Kind(name="kill PostgreSQL + control plane", weight=2, act=kill_database_and_serve),
    Kind(name="kill one backend", weight=2, act=kill_backend),
    Kind(name="cut database connections", weight=3, act=cut_database),
    Kind(name="cut control connection", weight=3, act=cut_control),
    Kind(name="hang control plane", weight=2, act=hang_serve),
    Kind(name="hang engine", weight=2, act=hang_engine),
    Kind(name="hang PostgreSQL", weight=2, act=hang_database),
    Kind(name="hang one backend", weight=2, act=hang_backend),
    Kind(name="slow disk", weight=2, act=slow_disk),
)


def available() -> tuple[Kind, ...]:
    """Return the kinds that this machine can do: a slow disk needs strace."""
    return tuple(kind for kind in KINDS if kind.act is not slow_disk or shutil.which("strace"))
