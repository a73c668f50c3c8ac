"""Extensions in the database: one namespace an organisation, passwords shown once and sealed."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from callwright.accounts.service import AccountService
from callwright.clock import SystemClock
from callwright.errors import Conflict, InvalidRequest, NotFound
from callwright.numbers.extensions import Extensions
from callwright.store.database import Database
from callwright.store.secrets import SecretBox

pytestmark = pytest.mark.postgres


async def test_an_extension_is_made_listed_and_removed(database: Database) -> None:
    secrets = SecretBox(Fernet.generate_key())
    service = Extensions(database, secrets)
    accounts = AccountService(database, secrets, SystemClock())
    mine, theirs = [await accounts.create_organisation(name) for name in ("Mine", "Theirs")]

    made = await service.add(mine.id, "1000", "Front desk")
    other = await service.add(theirs.id, "1000")

    assert made.extension.destination == "Ext:1000"
    assert made.extension.username == f"ext-{mine.number}x1000"
    assert other.extension.name == "Extension 1000"
    assert made.password != other.password
    assert made.password not in repr(made)
    stored = await database.fetchval("SELECT password FROM extensions WHERE id = $1", made.extension.id)
    assert made.password.encode() not in stored
    assert {each.password for each in await service.of_node()} == {made.password, other.password}
    with pytest.raises(Conflict, match="1000"):
        await service.add(mine.id, "1000")
    assert await service.of_organisation(mine.id) == [made.extension]
    with pytest.raises(NotFound):
        await service.remove(mine.id, other.extension.id)
    await service.remove(mine.id, "1000")
    assert await service.of_organisation(mine.id) == []
    assert await service.of_organisation(theirs.id) == [other.extension]


@pytest.mark.parametrize(
    ("extension", "name", "field"),
    [("1", None, "extension"), ("1234567", None, "extension"), ("10a", None, "extension"), ("10", 'a"b', "name")],
)
async def test_what_is_wrong_is_named(database: Database, extension: str, name: str | None, field: str) -> None:
    secrets = SecretBox(Fernet.generate_key())
    organisation = await AccountService(database, secrets, SystemClock()).create_organisation("Clinic")
    with pytest.raises(InvalidRequest) as caught:
        await Extensions(database, secrets).add(organisation.id, extension, name)
    assert [error.field for error in caught.value.errors] == [field]
