from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.fernet import Fernet

from callwright.accounts.idempotency import Idempotency
from callwright.accounts.service import AccountService
from callwright.clock import SystemClock
from callwright.errors import Conflict, InvalidRequest
from callwright.store.database import Database
from callwright.store.secrets import SecretBox
from support.clocks import HandClock

if TYPE_CHECKING:
    from callwright.store.database import Connection

pytestmark = pytest.mark.postgres

ONE, OTHER = b"1" * 32, b"2" * 32


class Ledger:
    """An action with an effect that can be counted: a campaign's row."""

    def __init__(self, organisation_id: str, status: int = 201) -> None:
        self.organisation_id = organisation_id
        self.status = status
        self.runs = 0

    async def __call__(self, connection: Connection) -> tuple[int, Any]:
        self.runs += 1
        await connection.execute(
            "INSERT INTO campaigns (id, organisation_id, name) VALUES ($1, $2, 'x')",
            f"cmp_{self.organisation_id}_{self.runs}",
            self.organisation_id,
        )
        # an order that jsonb would change
        return self.status, {"zebra": self.runs, "a": 1}


@pytest.fixture
async def ledger(database: Database) -> Ledger:
    service = AccountService(database, SecretBox(Fernet.generate_key()), SystemClock())
    return Ledger((await service.create_organisation("A")).id)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def idempotency(database: Database, clock: HandClock) -> Idempotency:
    return Idempotency(database, clock)


async def rows(database: Database) -> int:
    count: int = await database.fetchval("SELECT count(*) FROM campaigns")
    return count


async def test_without_a_key_each_request_is_its_own(
    idempotency: Idempotency, ledger: Ledger, database: Database
) -> None:
    for _ in range(2):
        assert not (await idempotency.run(ledger.organisation_id, None, ONE, ledger)).replayed
    assert await rows(database) == 2


async def test_a_repeat_gets_the_same_answer_and_does_nothing(
    idempotency: Idempotency, ledger: Ledger, database: Database
) -> None:
    first = await idempotency.run(ledger.organisation_id, "k", ONE, ledger)
    assert await idempotency.find(ledger.organisation_id, "k", ONE) == (*first[:2], True)
    again = await idempotency.run(ledger.organisation_id, "k", ONE, ledger)
    assert again == (201, {"zebra": 1, "a": 1}, True)
    assert list(again.body) == ["zebra", "a"]
    assert await rows(database) == 1


async def test_twenty_at_once_are_carried_out_once(
    idempotency: Idempotency, ledger: Ledger, database: Database
) -> None:
    answers = await asyncio.gather(*(idempotency.run(ledger.organisation_id, "k", ONE, ledger) for _ in range(20)))
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * 19
    assert {answer.body["zebra"] for answer in answers} == {1}
    assert await rows(database) == 1


async def test_another_request_under_the_same_key_is_a_conflict(idempotency: Idempotency, ledger: Ledger) -> None:
    await idempotency.run(ledger.organisation_id, "k", ONE, ledger)
    with pytest.raises(Conflict, match="another request"):
        await idempotency.run(ledger.organisation_id, "k", OTHER, ledger)
    with pytest.raises(Conflict):
        await idempotency.find(ledger.organisation_id, "k", OTHER)


async def test_organisations_and_modes_do_not_share_keys(
    idempotency: Idempotency, ledger: Ledger, database: Database
) -> None:
    service = AccountService(database, SecretBox(Fernet.generate_key()), SystemClock())
    stranger = Ledger((await service.create_organisation("B")).id)
    await idempotency.run(ledger.organisation_id, "k", ONE, ledger)
    assert not (await idempotency.run(stranger.organisation_id, "k", OTHER, stranger)).replayed
    assert not (await idempotency.run(ledger.organisation_id, "k", OTHER, ledger, sandbox=True)).replayed


async def test_what_failed_is_not_remembered(idempotency: Idempotency, ledger: Ledger, database: Database) -> None:
    async def fails(connection: Connection) -> tuple[int, Any]:
        await ledger(connection)
        raise InvalidRequest([])

    with pytest.raises(InvalidRequest):
        await idempotency.run(ledger.organisation_id, "k", ONE, fails)
    assert await rows(database) == 0
    ledger.status = 409
    await idempotency.run(ledger.organisation_id, "k", ONE, ledger)
    ledger.status = 201
    assert not (await idempotency.run(ledger.organisation_id, "k", ONE, ledger)).replayed


async def test_an_answer_is_forgotten_after_a_day(idempotency: Idempotency, ledger: Ledger, clock: HandClock) -> None:
    await idempotency.run(ledger.organisation_id, "old", ONE, ledger)
    clock.advance(24 * 3600 - 1)
    await idempotency.run(ledger.organisation_id, "young", ONE, ledger)
    assert await idempotency.find(ledger.organisation_id, "old", ONE) is not None
    clock.advance(1)
    assert await idempotency.find(ledger.organisation_id, "old", OTHER) is None
    assert not (await idempotency.run(ledger.organisation_id, "old", OTHER, ledger)).replayed
    clock.advance(24 * 3600 - 1)
    assert await idempotency.delete_old() == 1
    assert await idempotency.find(ledger.organisation_id, "old", OTHER) is not None


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\t", "naïve"])
async def test_malformed_keys_are_refused(idempotency: Idempotency, ledger: Ledger, key: str) -> None:
    with pytest.raises(InvalidRequest, match="printable"):
        await idempotency.run(ledger.organisation_id, key, ONE, ledger)
