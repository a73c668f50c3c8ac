"""Thousands of campaigns on a virtual clock, with kills, cuts, clock jumps, opt-outs; the rules after every step.

The product's own claim, last look, ledger, keepers and recovery work on a PostgreSQL whose ``now()`` stands until the
simulation moves it. A seed repeats a simulation exactly as far as one process at a time acts.
"""

from __future__ import annotations

import argparse
import asyncio

from benchmarks.results import write
from benchmarks.server import own_server
from benchmarks.simulation.run import Report, run


def main(arguments: list[str]) -> int:
    """Run it; returns 1 when a rule was broken."""
    parser = argparse.ArgumentParser(prog="./run bench simulated", description=__doc__)
    parser.add_argument("--worlds", type=int, default=500)
    parser.add_argument("--steps", type=int, default=150, help="steps of each before it is brought to its end")
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    options = parser.parse_args(arguments)
    report = asyncio.run(_measure(range(options.seed, options.seed + options.worlds), options.steps))
    path = write("simulated", report.as_json())
    print(f"{report.worlds} worlds, {report.campaigns} campaigns, {report.invites} INVITEs, {report.steps} steps")
    print(f"{report.seconds:.0f} s; worlds with a broken rule: {len(report.faults)}\n\n{path}")
    return 1 if report.faults else 0


async def _measure(seeds: range, steps: int) -> Report:
    # nothing here must survive the machine: what is killed is the dialer
    async with own_server(durable=False) as (_, url):
        return await run(url, seeds, steps=steps, show=print)
