"""What is made of folded stacks and of PostgreSQL's log."""

from __future__ import annotations

import pytest
from benchmarks.profile import functions, statements

STACKS = [
    "/x/src/callwright/cli.py:serve;/x/src/callwright/calls/ledger.py:settle;/v/site-packages/asyncpg/pool.py:fetch 3",
    "/x/src/callwright/cli.py:serve;/x/src/callwright/calls/ledger.py:settle 1",
    "/x/src/callwright/cli.py:serve;/usr/lib/python3.11/asyncio/events.py:Handle._run 4",
]

LOG = """\
LOG:  duration: 0.100 ms  parse __asyncpg_stmt_1__: SELECT
\t1
LOG:  duration: 0.050 ms  bind __asyncpg_stmt_1__: SELECT
\t1
LOG:  duration: 0.250 ms  execute __asyncpg_stmt_1__: SELECT
\t1
LOG:  duration: 0.200 ms  bind __asyncpg_stmt_1__: SELECT
\t1
LOG:  duration: 0.400 ms  execute __asyncpg_stmt_1__: SELECT
\t1
LOG:  checkpoint starting
LOG:  duration: 3.000 ms  statement: COMMIT;
"""


def test_functions_alone_and_with_what_they_call() -> None:
    found = functions(STACKS)
    assert found["samples"] == 8
    assert {row["function"]: row["percent"] for row in found["own"]} == {
        "asyncpg/pool.py:fetch": 37.5,
        "callwright/calls/ledger.py:settle": 12.5,
        "asyncio/events.py:Handle._run": 50.0,
    }
    assert {row["function"]: row["percent"] for row in found["with_callees"]} == {
        "callwright/calls/ledger.py:settle": 50.0,
        "asyncpg/pool.py:fetch": 37.5,
    }
    assert {row["function"]: row["percent"] for row in found["packages"]} == {
        "asyncio": 50.0,
        "asyncpg": 37.5,
        "callwright": 12.5,
    }


def test_statements_are_counted_once_and_timed_with_all_steps() -> None:
    found = statements(LOG, calls=2)
    assert [row["sql"] for row in found] == ["COMMIT;", "SELECT 1"]
    assert found[1]["per_call"] == 1.0
    assert found[1]["ms_each"] == pytest.approx(0.5)
    assert found[1]["ms_per_call"] == pytest.approx(0.5)
