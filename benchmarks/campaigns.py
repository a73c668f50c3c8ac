"""Campaigns of a million: from a file to people who can be called, claims by several dialers, a pause, growth.

Everything is the product's own code on its own PostgreSQL with ``fsync`` on: upload, claims with all limits,
decisions and events, settlements. No telephone rings: calls end as soon as they are claimed.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import time
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import psutil

from benchmarks import cpu
from benchmarks.campaign_world import HEADER, CampaignWorld, write_file
from benchmarks.results import write
from benchmarks.server import own_database
from benchmarks.statistics import percentile
from callwright.accounts.models import Principal
from callwright.calls.claims import CallClaims, Owner
from callwright.calls.ledger import CallLedger
from callwright.calls.models import Settlement
from callwright.campaigns.keepers import feeder_of
from callwright.campaigns.models import Campaign
from callwright.clock import SystemClock
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database

_END = Settlement(outcome=Outcome.NO_ANSWER, cause=19, sip_status=480, ended_by="callee")
#: Settlements of one dialer that are under way at once, as those of calls that end together.
_AT_ONCE = 16


def main(arguments: list[str]) -> int:
    """Run it; returns the exit status."""
    parser = argparse.ArgumentParser(prog="./run bench campaigns", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=8, help="of each measurement of claims")
    parser.add_argument("--only-upload", action="store_true", help="leave the dialers out")
    options = parser.parse_args(arguments)
    result = asyncio.run(_measure(options.rows, options.seconds, only_upload=options.only_upload))
    path = write("campaigns", result)
    _show(result)
    print(f"\n{path}")
    return 0


async def _measure(rows: int, seconds: float, *, only_upload: bool) -> dict[str, Any]:
    async with own_database() as (base, url, database):
        postmaster = psutil.Process(_postmaster(base))
        world = await CampaignWorld.make(database, base)
        result: dict[str, Any] = {"rows": rows, "upload": await _upload(world, rows)}
        if only_upload:
            return result
        result["growth"], who, largest = await _growth(world, url, rows, seconds, postmaster)
        result["pause_ms"] = await _pause(world, url, seconds, who, largest.id)
        result["dialers"] = await _dialers(world, url, seconds, postmaster)
        return result


async def _upload(world: CampaignWorld, rows: int) -> dict[str, Any]:
    """A running campaign gets a file of ``rows``; a dialer claims meanwhile."""
    copied = await _raw_copy(world, rows)
    who = await world.organisation("Upload", concurrent=10)
    campaign = await world.campaign(who)
    upload_id = await world.accept_file(campaign, who, rows)
    await world.start(campaign, who)
    accepted = time.perf_counter()
    reading = asyncio.create_task(world.uploads.run(upload_id.encode()))
    claims = CallClaims(world.database, world.clock, feeder=feeder_of(world.clock))
    first_call = None
    while not reading.done():
        if first_call is None and await claims.claim(Owner(node="u", epoch=1)):
            first_call = time.perf_counter() - accepted
        await asyncio.sleep(0.05)
    await reading
    seconds = time.perf_counter() - accepted
    added = await world.database.fetchval("SELECT count(*) FROM recipients WHERE campaign_id = $1", campaign.id)
    if added != rows:
        raise RuntimeError(f"{added} of {rows} recipients are in")
    stored = await _stored_copy(world, campaign.id)
    async with world.database.transaction() as connection:
        await world.states.cancel(connection, await world.registry.lock(connection, who, campaign.id))
    return {
        "seconds": seconds,
        "rows_per_second": rows / seconds,
        "copy_seconds": copied,
        "ratio_to_copy": copied / seconds,
        "stored_copy_seconds": stored,
        "ratio_to_stored_copy": stored / seconds,
        "first_call_seconds": first_call,
    }


async def _raw_copy(world: CampaignWorld, rows: int) -> float:
    """Return how long PostgreSQL takes for the same file in a bare table without an index."""
    path = world.folder / "raw.csv"
    write_file(path, rows)
    await world.database.execute(f"CREATE TABLE bare ({', '.join(f'{name} text' for name in HEADER)})")
    started = time.perf_counter()
    async with world.database.transaction() as connection:
        await connection.copy_to_table("bare", source=path, columns=HEADER, format="csv", header=True)
    seconds = time.perf_counter() - started
    await world.database.execute("DROP TABLE bare")
    path.unlink()
    return seconds


async def _stored_copy(world: CampaignWorld, campaign_id: str) -> float:
    """Return how long PostgreSQL takes for the rows as they are stored, in a table with the same indexes."""
    path = world.folder / "stored.bin"
    async with world.database.transaction() as connection:
        # what was cast, checked and looked up comes from the file: only the storing is timed
        rows = "SELECT * FROM recipients WHERE campaign_id = $1"
        await connection.copy_from_query(rows, campaign_id, output=path, format="binary")
    await world.database.execute("CREATE TABLE twin (LIKE recipients INCLUDING ALL)")
    started = time.perf_counter()
    async with world.database.transaction() as connection:
        await connection.copy_to_table("twin", source=path, format="binary")
    seconds = time.perf_counter() - started
    await world.database.execute("DROP TABLE twin")
    path.unlink()
    return seconds


async def _growth(
    world: CampaignWorld, url: str, rows: int, seconds: float, postmaster: psutil.Process
) -> tuple[list[dict[str, Any]], Principal, Campaign]:
    """One dialer over campaigns of growing size; returns the last one, which runs, with whose it is."""
    found = []
    sizes = (max(rows // 100, 1000), max(rows // 10, 1000), rows)
    for size in sizes:
        who = await world.organisation(f"Size {size}")
        campaign = await world.filled(who, size)
        await _settle_down(world)
        run = await _run(url, 1, seconds, postmaster)
        found.append({"recipients": size, **run})
        if size != sizes[-1]:
            async with world.database.transaction() as connection:
                await world.states.cancel(connection, await world.registry.lock(connection, who, campaign.id))
    return found, who, campaign


async def _pause(world: CampaignWorld, url: str, seconds: float, who: Principal, campaign_id: str) -> dict[str, float]:
    """Pause and resume the largest campaign while four dialers work."""
    taken = []
    processes = _begin(url, 4, seconds)
    ends = time.perf_counter() + seconds * 0.8
    while time.perf_counter() < ends:
        for step in (world.states.pause, world.states.resume):
            started = time.perf_counter()
            async with world.database.transaction() as connection:
                campaign = await world.registry.lock(connection, who, campaign_id)
                await step(connection, campaign)
            if step == world.states.pause:
                taken.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(0.1)
    await _ended(processes)
    return {"p50": percentile(taken, 50), "p99": percentile(taken, 99), "pauses": len(taken)}


async def _dialers(world: CampaignWorld, url: str, seconds: float, postmaster: psutil.Process) -> list[dict[str, Any]]:
    """1, 4 and 8 dialers over the campaign of one organisation, then over those of a hundred."""
    found = []
    for dialers in (1, 4, 8):
        await _settle_down(world)
        found.append({"organisations": 1, "campaigns": 1, **await _run(url, dialers, seconds, postmaster)})
    await world.database.execute("UPDATE campaigns SET state = 'paused' WHERE state = 'running'")
    for place in range(100):
        who = await world.organisation(f"Org {place}", concurrent=100)
        await world.filled(who, 1000, first=2_000_000 + place * 1000)
    for dialers in (1, 4, 8):
        await _settle_down(world)
        found.append({"organisations": 100, "campaigns": 100, **await _run(url, dialers, seconds, postmaster)})
    return found


async def _settle_down(world: CampaignWorld) -> None:
    """Do what autovacuum does within a minute."""
    for table in ("recipients", "calls", "attempts", "limits", "lanes", "campaigns", "campaign_deltas"):
        await world.database.execute(f"VACUUM ANALYZE {table}")


async def _run(url: str, dialers: int, seconds: float, postmaster: psutil.Process) -> dict[str, Any]:
    """Let dialers work; returns what they did and what it cost."""
    before, started = cpu.tree(postmaster), time.perf_counter()
    runs = await _ended(_begin(url, dialers, seconds))
    wall = time.perf_counter() - started
    dispatched = sum(run["dispatched"] for run in runs)
    claims = [each for run in runs for each in run["claims"]]
    database = cpu.tree(postmaster) - before
    python = sum(run["cpu"] for run in runs)
    return {
        "dialers": dialers,
        "dispatched": dispatched,
        "per_second": dispatched / max(run["seconds"] for run in runs),
        "claim_ms_per_recipient": 1000 * sum(claims) / max(dispatched, 1),
        "cpu_ms_per_recipient": {
            "dialers": 1000 * python / max(dispatched, 1),
            "postgresql": 1000 * database / max(dispatched, 1),
        },
        "wall_seconds": wall,
    }


def _begin(url: str, dialers: int, seconds: float) -> list[tuple[multiprocessing.Process, Pipe]]:
    context = multiprocessing.get_context("spawn")
    begun = []
    for place in range(dialers):
        ours, theirs = context.Pipe()
        process = context.Process(target=_dial, args=(url, f"bench{place}", seconds, theirs))
        process.start()
        begun.append((process, ours))
    return begun  # type: ignore[return-value]


async def _ended(begun: list[tuple[multiprocessing.Process, Pipe]]) -> list[dict[str, Any]]:
    found = []
    for process, pipe in begun:
        found.append(await asyncio.to_thread(pipe.recv))
        await asyncio.to_thread(process.join)
    return found


def _dial(url: str, name: str, seconds: float, pipe: Pipe) -> None:
    """Be one dialer, in a process of its own."""
    pipe.send(asyncio.run(_claim_and_settle(url, name, seconds)))


async def _claim_and_settle(url: str, name: str, seconds: float) -> dict[str, Any]:
    clock = SystemClock()
    database = await Database.open(url)
    claims = CallClaims(database, clock, feeder=feeder_of(clock))
    ledger, owner = CallLedger(database, clock), Owner(node=name, epoch=1)
    taken: list[float] = []
    dispatched = 0
    used, started = time.process_time(), time.perf_counter()
    gate = asyncio.Semaphore(_AT_ONCE)

    async def settle(attempt_id: str) -> None:
        async with gate:
            await ledger.settle(attempt_id, _END)

    while time.perf_counter() - started < seconds:
        begun = time.perf_counter()
        attempts = await claims.claim(owner)
        taken.append(time.perf_counter() - begun)
        await asyncio.gather(*(settle(attempt.id) for attempt in attempts))
        dispatched += len(attempts)
        if not attempts:
            await asyncio.sleep(0.01)
    result = {
        "dispatched": dispatched,
        "claims": taken,
        "cpu": time.process_time() - used,
        "seconds": time.perf_counter() - started,
    }
    await database.close()
    return result


def _postmaster(base: Path) -> int:
    return int((base / "data/postgres/data/postmaster.pid").read_text().split()[0])


def _show(result: dict[str, Any]) -> None:
    upload = result["upload"]
    print(
        f"{result['rows']:,} recipients from a file: {upload['seconds']:.1f} s, {upload['rows_per_second']:,.0f}/s;"
        f" raw COPY {upload['copy_seconds']:.1f} s, ratio {upload['ratio_to_copy']:.2f};"
        f" COPY of the stored rows with their indexes {upload['stored_copy_seconds']:.1f} s,"
        f" ratio {upload['ratio_to_stored_copy']:.2f}"
    )
    print(f"first call {upload['first_call_seconds']:.2f} s after the upload was accepted")
    if "pause_ms" not in result:
        return
    pause = result["pause_ms"]
    print(f"pause while four dialers work: p50 {pause['p50']:.1f} ms, p99 {pause['p99']:.1f} ms\n")
    print(f"{'':<34}{'dialers':>8}{'per s':>9}{'claim ms':>10}{'dialer CPU':>12}{'database CPU':>14}")
    for line in result["growth"]:
        _line(f"{line['recipients']:,} recipients", line)
    for line in result["dialers"]:
        _line(f"{line['organisations']} organisation(s)", line)
    print(f"\nms per recipient; {os.cpu_count()} cores")


def _line(name: str, line: dict[str, Any]) -> None:
    used = line["cpu_ms_per_recipient"]
    print(
        f"{name:<34}{line['dialers']:>8}{line['per_second']:>9.0f}{line['claim_ms_per_recipient']:>10.2f}"
        f"{used['dialers']:>12.2f}{used['postgresql']:>14.2f}"
    )
