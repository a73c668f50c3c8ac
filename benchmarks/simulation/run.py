"""Simulations by the thousand, each from a seed that repeats it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.simulation import people
from benchmarks.simulation.virtual_database import administer, make_template, with_database
from benchmarks.simulation.world import World
from callwright.store.database import Database

TEMPLATE = "template_virtual"
#: After so many steps the product's own audit is asked, too; the other rules are looked at after every step.
AUDIT_EVERY = 5


@dataclass(kw_only=True)
class Report:
    """What came of some simulations."""

    worlds: int = 0
    campaigns: int = 0
    steps: int = 0
    invites: int = 0
    seconds: float = 0.0
    what: Counter[str] = field(default_factory=Counter)
    #: Faults by seed, each with the step after which it was seen.
    faults: dict[int, list[str]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it for a file."""
        return {**self.__dict__, "what": dict(self.what)}


async def simulate(database: Database, seed: int, steps: int, report: Report) -> list[str]:
    """Run one world to its end; returns what was wrong, empty when nothing was."""
    world = await World.make(database, seed)
    found: list[str] = []
    for step in range(1, steps + 1):
        await world.step()
        report.steps += 1
        found = await world.faults(thorough=step % AUDIT_EVERY == 0)
        if found:
            found = [f"after step {step} ({world.history[-1]}): {fault}" for fault in found]
            break
    if not found:
        found = await world.finish() + await world.faults(thorough=True)
    report.worlds += 1
    report.campaigns += len(world.wanted)
    report.invites += len(world.lines.invited)
    report.what.update(world.history)
    return found


async def run(url: str, seeds: range, *, steps: int, show: Callable[[str], None] = lambda line: None) -> Report:
    """Run a world for each seed, each in a database of its own; ``url`` is a server's that may make databases."""
    report, started = Report(), time.perf_counter()
    await make_template(url, TEMPLATE, people.BEGINNING)
    for seed in seeds:
        name = f"virtual_{seed}"
        await administer(url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        await administer(url, f"ALTER DATABASE {name} SET search_path = public, pg_catalog")
        database = await Database.open(with_database(url, name))
        try:
            async with asyncio.timeout(300):
                found = await simulate(database, seed, steps, report)
        finally:
            await database.close()
            await administer(url, f"DROP DATABASE {name} WITH (FORCE)")
        if found:
            report.faults[seed] = found
            show(f"seed {seed}: {found[0]}")
    await administer(url, f"DROP DATABASE {TEMPLATE}")
    report.seconds = time.perf_counter() - started
    return report
