"""Contacts by the million: an import against raw COPY of the same file, and filters over the result."""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from benchmarks.results import write
from benchmarks.server import own_database
from benchmarks.statistics import percentile
from callwright.accounts.models import Principal
from callwright.accounts.service import AccountService
from callwright.calls.personal import CallTraces
from callwright.clock import SystemClock
from callwright.contacts.directory import Directory
from callwright.contacts.importing.looking import look
from callwright.contacts.importing.service import Start
from callwright.contacts.models import ContactFilter
from callwright.ids import new_id
from callwright.store.database import Connection, Database
from callwright.store.secrets import SecretBox

_HEADER = "first_name,last_name,phone,email,city,balance,plan,joined,customer_id\n"
_COLUMNS = [name.strip() for name in _HEADER.split(",")]
_MAPPING: dict[str, str | None] = {
    "first_name": "first_name",
    "last_name": "last_name",
    "phone": "number",
    "email": "email",
    "city": "city",
    "balance": "fields.balance:number",
    "plan": "fields.plan:text",
    "joined": "fields.joined:date",
    "customer_id": "external_id",
}
#: Filters by what they look at and how many of a million they find; {n} changes from run to run.
_FILTERS = {
    "own field, equal, 50 found": 'joined == "2024-01-05" and balance == {n}.5',
    "own field, equal, 20,000 found": 'plan == "gold" and balance != {n}',
    "own field, range, 10,000 found": "balance > 989.{n}",
    "own field, range, nobody": "balance > 99{n}9",
    "own fields, equal and range, 200 found": 'plan == "gold" and balance > 989.{n}',
    "city, equal, 1,111 found": 'city == "City{n}"',
    "number, one": 'numbers contains "+1212000{n:04d}"',
}
_RUNS = 30


@dataclass(frozen=True, kw_only=True)
class Times:
    """Milliseconds of one question asked several times."""

    question: str
    found: int
    p50: float
    p99: float


def main(arguments: list[str]) -> int:
    """Run it; returns the exit status."""
    parser = argparse.ArgumentParser(prog="./run bench contacts", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=_RUNS, help="how often each filter is asked")
    parser.add_argument("--import-only", action="store_true", help="neither filters nor export nor undo")
    options = parser.parse_args(arguments)
    result = asyncio.run(_measure(options.rows, 0 if options.import_only else options.runs))
    path = write("contacts-import" if options.import_only else "contacts", result)
    _show(result)
    print(f"\n{path}")
    return 0


async def _measure(rows: int, runs: int) -> dict[str, Any]:
    async with own_database() as (base, _, database):
        return await _with(database, base, rows, runs)


async def _with(database: Database, base: Path, rows: int, runs: int) -> dict[str, Any]:
    clock = SystemClock()
    accounts = AccountService(database, SecretBox(Fernet.generate_key()), clock)
    organisation = await accounts.create_organisation("Bench")
    key, _ = await accounts.create_key(organisation.id, "bench", sandbox=False)
    who = Principal(organisation=organisation, key_id=key.id, sandbox=False, purpose="marketing")

    async def enqueue(connection: Connection, name: str, payload: bytes = b"") -> None:
        """Nothing: the benchmark runs the job itself."""

    directory = Directory.on(database, clock, data_dir=base, enqueue=enqueue, traces=[CallTraces()])
    import_id = new_id("imp")
    directory.imports.prepare_folder()
    path = directory.imports.path_of(import_id)
    _write_file(path, rows)
    size = path.stat().st_size
    copied = await _raw_copy(database, path)
    started = time.perf_counter()
    async with database.transaction() as connection:
        await directory.imports.add(connection, who, import_id, file_name="bench.csv", size=size, seen=look(path))
        start = Start(
            mapping=_MAPPING, on_duplicate="update", match_by="number", date_order="ymd", region="US", group_id=None
        )
        await directory.imports.start(connection, who, import_id, start)
    await directory.imports.run(import_id.encode())
    seconds = time.perf_counter() - started
    job = await directory.imports.get(who, import_id)
    if (job.state, job.created) != ("completed", rows):
        raise RuntimeError(f"the import is {job.state}, {job.created} of {rows} are in: {job.error}")
    result: dict[str, Any] = {
        "rows": rows,
        "file_bytes": size,
        "copy_seconds": copied,
        "import_seconds": seconds,
        "import_rows_per_second": rows / seconds,
        "ratio_to_copy": seconds / copied,
        "peak_rss_mb": {
            "this process": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "reading process": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        },
        "nice": os.nice(0),
        # of all processes that began and ended since; without PostgreSQL's
        "cpu_seconds": {"this process": time.process_time(), "reading process": os.times().children_user},
    }
    if not runs:
        return result
    # what autovacuum does within a minute
    for table in ("contacts", "contact_numbers", "contact_emails"):
        await database.execute(f"ANALYZE {table}")
    result["filters"] = [asdict(times) for times in await _filters(directory, who, runs)]
    started = time.perf_counter()
    exported = 0
    async for chunk in directory.export.csv(who, ContactFilter()):
        exported += len(chunk)
    result["export_seconds"], result["export_bytes"] = time.perf_counter() - started, exported
    started = time.perf_counter()
    async with database.transaction() as connection:
        await directory.imports.ask_undo(connection, who, import_id)
    await directory.imports.run_undo(import_id.encode())
    result["undo_seconds"] = time.perf_counter() - started
    return result


async def _raw_copy(database: Database, path: Path) -> float:
    """Return how long PostgreSQL takes for the same file in a bare table without an index."""
    columns = ", ".join(f"{name} text" for name in _COLUMNS)
    await database.execute(f"CREATE TABLE bare ({columns})")
    started = time.perf_counter()
    async with database.transaction() as connection:
        await connection.copy_to_table("bare", source=path, columns=_COLUMNS, format="csv", header=True)
    seconds = time.perf_counter() - started
    await database.execute("DROP TABLE bare")
    return seconds


async def _filters(directory: Directory, who: Principal, runs: int) -> list[Times]:
    found = []
    for name, text in _FILTERS.items():

        async def narrowed(run: int, text: str = text) -> ContactFilter:
            return ContactFilter(expression=await directory.people.expression(who, text.format(n=run), field="filter"))

        async def page(run: int) -> int:
            wanted = await narrowed(run)
            return len(await directory.people.page(who, wanted, limit=51, before=None))

        async def count(run: int) -> int:
            return await directory.people.count(who, await narrowed(run))

        found.append(await _times(f"{name}: first page", page, runs))
        found.append(await _times(f"{name}: count", count, runs))
    return found


async def _times(question: str, ask: Callable[[int], Awaitable[int]], runs: int) -> Times:
    found = await ask(0)
    taken = []
    for run in range(runs):
        started = time.perf_counter()
        await ask(run)
        taken.append((time.perf_counter() - started) * 1000)
    return Times(question=question, found=found, p50=percentile(taken, 50), p99=percentile(taken, 99))


def _write_file(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEADER)
        for index in range(rows):
            plan = "gold" if index % 50 == 0 else "basic"
            file.write(
                f"First{index % 5000},Last{index % 70000},+1{2_120_000_000 + index:010d},user{index}@example.com,"
                f"City{index % 900},{index % 1000}.5,{plan},2024-{index % 12 + 1:02d}-{index % 28 + 1:02d},c{index}\n"
            )


def _show(result: dict[str, Any]) -> None:
    print(f"{result['rows']:,} rows, {result['file_bytes'] / 1e6:.0f} MB")
    print(f"  raw COPY        {result['copy_seconds']:8.1f} s")
    print(f"  import          {result['import_seconds']:8.1f} s  {result['ratio_to_copy']:.1f} times COPY")
    for name, size in result["peak_rss_mb"].items():
        print(f"  memory at most  {size:8.0f} MB  {name}")
    if "filters" not in result:
        return
    print(f"  export          {result['export_seconds']:8.1f} s")
    print(f"  undo            {result['undo_seconds']:8.1f} s\n")
    print(f"  {'filter':<56}{'found':>8}{'p50 ms':>10}{'p99 ms':>10}")
    for times in result["filters"]:
        print(f"  {times['question']:<56}{times['found']:>8}{times['p50']:>10.1f}{times['p99']:>10.1f}")
