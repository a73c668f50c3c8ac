"""The SQL of a filter finds exactly whom the evaluator finds."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callwright.contacts.filters.compile import Compiled, compile_filter
from callwright.contacts.filters.evaluate import evaluate
from callwright.contacts.filters.language import Comparison, Expression, Negation
from callwright.contacts.filters.types import BUILT_IN, Kind, checked
from callwright.store.database import Database
from support.calls import make_world
from support.filters import KINDS, OWN, RECORDS, expressions

pytestmark = pytest.mark.postgres


class People:
    """Contacts of one organisation, written past the services, so that they may hold what those would refuse."""

    def __init__(self, database: Database, organisation_id: str) -> None:
        self.database = database
        self.organisation_id = organisation_id

    async def fill(self, records: list[dict[str, Any]]) -> None:
        organisation = self.organisation_id
        async with self.database.transaction() as connection:
            await connection.execute("DELETE FROM contacts")
            await connection.execute("DELETE FROM groups")
            await connection.execute("DELETE FROM suppressions")
            for name in ("VIP", "Late"):
                await connection.execute(
                    "INSERT INTO groups (id, organisation_id, name) VALUES ($1, $2, $1)", name, organisation
                )
            for index, record in enumerate(records):
                await connection.execute(
                    "INSERT INTO contacts (id, organisation_id, city, first_name, tags, fields)"
                    " VALUES ($1, $2, $3, $4, $5, $6)",
                    str(index),
                    organisation,
                    record["city"],
                    record["first_name"],
                    record["tags"],
                    {name: record[name] for name in OWN if record[name] is not None},
                )
                # somebody's own number, so that one's opt-out is not another's
                numbers = [*record["numbers"], f"+1212777{index:04}"]
                await connection.executemany(
                    "INSERT INTO contact_numbers (organisation_id, contact_id, position, e164) VALUES ($1, $2, $3, $4)",
                    [(organisation, str(index), place, e164) for place, e164 in enumerate(numbers)],
                )
                await connection.executemany(
                    "INSERT INTO contact_emails (organisation_id, contact_id, position, address)"
                    " VALUES ($1, $2, $3, $4)",
                    [(organisation, str(index), place, address) for place, address in enumerate(record["emails"])],
                )
                await connection.executemany(
                    "INSERT INTO group_members (organisation_id, group_id, contact_id) VALUES ($1, $2, $3)",
                    [(organisation, group, str(index)) for group in record["groups"]],
                )
                if record["opted_out"]:
                    await connection.execute(
                        "INSERT INTO suppressions (id, organisation_id, e164, scope, evidence)"
                        " VALUES ($1, $2, $3, 'organisation', 'x')",
                        f"sup_{index}",
                        organisation,
                        f"+1212777{index:04}",
                    )
                record["numbers"] = numbers
                record["phone"], record["email"] = numbers[0], next(iter(record["emails"]), None)

    async def found(self, compiled: Compiled) -> set[int]:
        rows = await self.database.fetch(
            f"SELECT c.id FROM contacts c WHERE c.organisation_id = $1 AND {compiled.sql}",
            self.organisation_id,
            *compiled.args,
        )
        return {int(row["id"]) for row in rows}


@pytest.fixture
async def people(database: Database) -> People:
    world = await make_world(database)
    return People(database, world.principal.organisation.id)


async def test_sql_and_evaluator_agree(people: People) -> None:
    loop = asyncio.get_running_loop()

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(RECORDS, min_size=1, max_size=6), st.lists(expressions(), min_size=10, max_size=10))
    def agree(records: list[dict[str, Any]], filters: list[Expression]) -> None:
        records = [dict(record) for record in records]
        asyncio.run_coroutine_threadsafe(people.fill(records), loop).result(30)
        for given_filter in filters:
            expression = checked(given_filter, KINDS)
            expected = {i for i, record in enumerate(records) if evaluate(expression, record, KINDS) is True}
            assert (
                asyncio.run_coroutine_threadsafe(people.found(compile_filter(expression, KINDS, first=2)), loop).result(
                    30
                )
                == expected
            )

    # hypothesis calls plain functions; the loop of the pool stays here
    await asyncio.to_thread(agree)


@pytest.mark.parametrize("name", ["a' OR true --", "x; DROP TABLE contacts", "Ä", "", "a" * 41, "fields)"])
def test_names_that_are_none_never_reach_the_statement(name: str) -> None:
    with pytest.raises(ValueError, match="not the name of an own field"):
        compile_filter(Comparison(field=name, op="==", value="x"), {name: Kind.TEXT}, first=1)


def test_constants_are_parameters() -> None:
    evil = "x' OR '1'='1"
    for expression in (
        Comparison(field="city", op="==", value=evil),
        Comparison(field="city", op="contains", value=evil),
        Comparison(field="plan", op="in", value=(evil,) * 30),
        Negation(Comparison(field="plan", op="==", value=evil)),
        Comparison(field="tags", op="contains", value=evil),
        Comparison(field="groups", op="in", value=(evil,)),
    ):
        compiled = compile_filter(expression, KINDS, first=7)
        assert evil not in compiled.sql
        assert "$7" in compiled.sql
        assert evil in str(compiled.args)


async def test_every_built_in_field_is_a_column_or_known(people: People) -> None:
    sample: dict[Kind, Any] = {
        Kind.TEXT: "x",
        Kind.TEXTS: "x",
        Kind.BOOLEAN: True,
        Kind.NUMBER: 7,
        Kind.TIME: "2025-01-01T00:00:00+00:00",
    }
    await people.fill([])
    for name, kind in BUILT_IN.items():
        op = "contains" if kind is Kind.TEXTS else "=="
        compiled = compile_filter(Comparison(field=name, op=op, value=sample[kind]), BUILT_IN, first=2)
        assert await people.found(compiled) == set()
