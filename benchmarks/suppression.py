"""What the look for opt-outs, lists and consents costs a claim: nothing stored against millions of rows.

The baseline is the same claim in the same database before anything is stored. What is timed is
``CallClaims.claim``, which takes due calls and decides about each.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from dataclasses import asdict, dataclass
from typing import Any

from cryptography.fernet import Fernet

from benchmarks.results import write
from benchmarks.server import own_database
from benchmarks.statistics import percentile
from callwright.accounts.models import Principal
from callwright.accounts.service import AccountService
from callwright.calls.claims import CallClaims, Owner
from callwright.calls.models import NewCall
from callwright.calls.service import CallService
from callwright.clock import SystemClock
from callwright.numbers.trunks import NewTrunk, Trunks
from callwright.store.database import Connection, Database
from callwright.store.secrets import SecretBox

_FLOW: dict[str, Any] = {"version": 1, "start": "s", "steps": {"s": {"type": "say", "text": "Hello", "next": None}}}
_OWNER = Owner(node="bench", epoch=1)
_BATCH = 50
_LISTS = 3
#: Numbers that are stored begin here; those that are called are taken from all over them.
_FIRST = 12_125_000_000


@dataclass(frozen=True, kw_only=True)
class Claims:
    """Milliseconds that claims of one batch took."""

    stored: str
    calls: int
    p50: float
    p99: float
    per_call: float


def main(arguments: list[str]) -> int:
    """Run it; returns the exit status."""
    parser = argparse.ArgumentParser(prog="./run bench suppression", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="opt-outs, consents and entries of each list")
    parser.add_argument("--claims", type=int, default=60, help="claims of 50 calls in each round")
    options = parser.parse_args(arguments)
    result = asyncio.run(_measure(options.rows, options.claims))
    path = write("suppression", result)
    print(f"{'stored':<58} {'p50 ms':>8} {'p99 ms':>8} {'µs/call':>9}")
    for line in result["claims"]:
        print(f"{line['stored']:<58} {line['p50']:>8.2f} {line['p99']:>8.2f} {line['per_call'] * 1000:>9.0f}")
    print(f"\nfull against empty: {result['ratio']:.2f}\n\n{path}")
    return 0


async def _measure(rows: int, claims: int) -> dict[str, Any]:
    async with own_database() as (_, _, database):
        return await _with(database, rows, claims)


async def _with(database: Database, rows: int, claims: int) -> dict[str, Any]:
    clock, secrets = SystemClock(), SecretBox(Fernet.generate_key())
    accounts = AccountService(database, secrets, clock)
    organisation = await accounts.create_organisation("Bench")
    await accounts.set_concurrent_calls(organisation.id, 1000)
    await Trunks(database, secrets).add(
        organisation.id, NewTrunk(name="bench", host="127.0.0.1", channels=1000, calls_per_second=1000)
    )
    key, _ = await accounts.create_key(organisation.id, "bench", sandbox=False, purpose="transactional")
    who = Principal(organisation=organisation, key_id=key.id, sandbox=False, purpose="transactional")
    rounds = [await _round(database, clock, who, rows, claims, "nothing")]
    await _store(database, organisation.id, rows)
    # what autovacuum does within a minute; of the first round's rows, too
    for table in ("suppressions", "consents", "dnc_entries", "calls", "attempts", "contactability", "limits"):
        await database.execute(f"VACUUM ANALYZE {table}")
    what = f"{rows:,} opt-outs, {rows:,} consents, {_LISTS} lists of {rows:,}"
    rounds.append(await _round(database, clock, who, rows, claims, what))
    return {
        "rows": rows,
        "batch": _BATCH,
        "claims": [asdict(each) for each in rounds],
        "ratio": rounds[1].p50 / rounds[0].p50,
    }


async def _round(database: Database, clock: SystemClock, who: Principal, rows: int, claims: int, stored: str) -> Claims:
    """Claim ``claims`` batches of fresh calls; each batch is ended before the next."""
    calls = CallService(database)
    # even numbers: the lists hold odd ones, so every call is allowed after all was looked up
    step = max(2, rows // (claims * _BATCH) // 2 * 2)
    taken = []
    for turn in range(claims):
        numbers = [_FIRST + (turn * _BATCH + place) * step for place in range(_BATCH)]
        new = [NewCall(to_number=f"+{n}", from_number="+12125550100", flow=_FLOW) for n in numbers]
        async with database.transaction() as connection:
            await calls.create(who, new, connection=connection)
        claim = CallClaims(database, clock)
        started = time.perf_counter()
        claimed = await claim.claim(_OWNER)
        taken.append((time.perf_counter() - started) * 1000)
        if len(claimed) != _BATCH:
            raise RuntimeError(f"{len(claimed)} of {_BATCH} calls were claimed")
        await database.execute("DELETE FROM contactability")
        await database.execute("DELETE FROM attempts")
        await database.execute("UPDATE calls SET status = 'completed', outcome = 'human' WHERE outcome IS NULL")
        await database.execute("UPDATE limits SET used = 0")
        await database.execute("UPDATE trunks SET next_call_at = '-infinity'")
    p50 = percentile(taken, 50)
    return Claims(stored=stored, calls=claims * _BATCH, p50=p50, p99=percentile(taken, 99), per_call=p50 / _BATCH)


async def _store(database: Database, organisation_id: str, rows: int) -> None:
    async with database.transaction() as connection:
        await connection.execute("SET LOCAL statement_timeout = 0")
        await _opt_outs_and_consents(connection, organisation_id, rows)
        for place in range(_LISTS):
            await connection.execute(
                "WITH l AS (INSERT INTO dnc_lists (id, organisation_id, name, kind, binds)"
                " VALUES ($2, $1, $2, 'own', 'all') RETURNING generation)"
                " INSERT INTO dnc_entries (generation, e164)"
                " SELECT l.generation, '+' || ($3::bigint + 2 * i + 1)"
                " FROM l, generate_series(0, $4::integer - 1) AS i",
                organisation_id,
                f"dnc_{place}",
                _FIRST,
                rows,
            )


async def _opt_outs_and_consents(connection: Connection, organisation_id: str, rows: int) -> None:
    await connection.execute(
        "INSERT INTO suppressions (id, organisation_id, e164, scope, evidence)"
        " SELECT 'sup_' || i, $1, '+' || ($2::bigint + i), 'topic', 'bench' FROM generate_series(0, $3::integer - 1) i",
        organisation_id,
        _FIRST,
        rows,
    )
    await connection.execute(
        "INSERT INTO consents (id, organisation_id, address, channel, purpose, state, source, given_at, recorded_by)"
        " SELECT 'cns_' || i, $1, '+' || ($2::bigint + i), 'call', 'transactional', 'given', 'bench', now(), 'system'"
        " FROM generate_series(0, $3::integer - 1) i",
        organisation_id,
        _FIRST,
        rows,
    )
