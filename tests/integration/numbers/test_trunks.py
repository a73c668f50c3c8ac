from __future__ import annotations

import dataclasses

import pytest
from cryptography.fernet import Fernet

from callwright.accounts.models import Organisation, Principal
from callwright.accounts.service import AccountService
from callwright.clock import SystemClock
from callwright.errors import Conflict, InvalidRequest, NotFound
from callwright.numbers.sip_options import SipOptions
from callwright.numbers.trunks import NewTrunk, Trunks, trunk_for
from callwright.store.database import Database
from callwright.store.secrets import SecretBox

pytestmark = pytest.mark.postgres

PROVIDER = NewTrunk(name="provider", host="sip.example.net", username="u", password="p ä", channels=12)


@pytest.fixture
def accounts(database: Database) -> AccountService:
    return AccountService(database, SecretBox(Fernet.generate_key()), SystemClock())


@pytest.fixture
async def organisation(accounts: AccountService) -> Organisation:
    return await accounts.create_organisation("A")


@pytest.fixture
def trunks(database: Database) -> Trunks:
    return Trunks(database, SecretBox(Fernet.generate_key()))


async def test_trunk_comes_with_its_limit_and_an_encrypted_password(
    trunks: Trunks, organisation: Organisation, database: Database
) -> None:
    made = await trunks.add(organisation.id, PROVIDER)
    assert (made.host, made.calls_per_second, made.dtmf_mode) == ("sip.example.net", 10.0, "auto_info")
    assert await trunks.password(made.id) == "p ä"
    assert "p ä".encode() not in await database.fetchval("SELECT password FROM trunks")
    assert await database.fetchval("SELECT capacity FROM limits WHERE kind = 'trunk' AND key = $1", made.id) == 12
    open_line = await trunks.add(organisation.id, NewTrunk(name="open", host="[::1]"))
    assert await trunks.password(open_line.id) is None
    with pytest.raises(NotFound):
        await trunks.password("trk_none")


async def test_a_taken_name_is_a_conflict_and_replace_keeps_the_id(
    trunks: Trunks, organisation: Organisation, accounts: AccountService, database: Database
) -> None:
    made = await trunks.add(organisation.id, PROVIDER)
    with pytest.raises(Conflict, match="provider"):
        await trunks.add(organisation.id, PROVIDER)
    moved = dataclasses.replace(PROVIDER, host="127.0.0.1", channels=3)
    replaced = await trunks.add(organisation.id, moved, replace=True)
    assert (replaced.id, replaced.host) == (made.id, "127.0.0.1")
    assert await database.fetchval("SELECT capacity FROM limits WHERE key = $1", made.id) == 3
    stranger = await accounts.create_organisation("B")
    with pytest.raises(Conflict):
        await trunks.add(stranger.id, moved, replace=True)


async def test_sandbox_keys_get_a_lab_and_never_a_real_line(
    trunks: Trunks, organisation: Organisation, accounts: AccountService, database: Database
) -> None:
    async def chosen(who: Organisation, *, sandbox: bool) -> str | None:
        key = Principal(organisation=who, key_id="key_x", sandbox=sandbox, purpose="transactional")
        async with database.transaction() as connection:
            trunk = await trunk_for(connection, key)
        return trunk and trunk.name

    stranger = await accounts.create_organisation("B")
    await trunks.add(organisation.id, PROVIDER)
    assert await chosen(organisation, sandbox=True) is None
    assert await chosen(stranger, sandbox=False) is None
    await trunks.add(stranger.id, NewTrunk(name="all", host="10.0.0.1", shared=True))
    await trunks.add(stranger.id, NewTrunk(name="lab", host="127.0.0.1", kind="lab", shared=True))
    assert await chosen(organisation, sandbox=True) == "lab"
    assert await chosen(organisation, sandbox=False) == "provider"
    assert [trunk.name for trunk in await trunks.of_organisation(organisation.id)] == ["provider", "all", "lab"]
    assert len(await trunks.enabled()) == 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Bad Name"),
        ("host", "a host"),
        ("host", "host:5060"),
        ("host", "host\nmatch=0.0.0.0/0"),
        ("port", 0),
        ("kind", "fax"),
        ("transport", "ws"),
        ("number_format", "roman"),
        ("region", "Atlantis"),
        ("prefixes", ("+1", "44")),
        ("prefixes", ("+1,+2",)),
        ("priority", -1),
        ("weight", 0),
        ("username", "a]b"),
        ("dtmf_mode", "shout"),
        ("codecs", "ulaw,mp3"),
        ("channels", 0),
        ("calls_per_second", 0),
        ("username", "a;b"),
        ("password", "a\nb"),
    ],
)
async def test_wrong_fields_are_named(
    trunks: Trunks, organisation: Organisation, database: Database, field: str, value: object
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        await trunks.add(organisation.id, dataclasses.replace(PROVIDER, **{field: value}))
    assert [error.field for error in caught.value.errors] == [field]
    if field == "password":
        assert "a\nb" not in str(caught.value.errors)
    assert await database.fetchval("SELECT count(*) FROM trunks") == 0


async def test_options_and_routing_are_kept(trunks: Trunks, organisation: Organisation) -> None:
    options = SipOptions(allow_from=("192.0.2.0/28",), caller_id="pai", register=True, session_timers="require")
    new = dataclasses.replace(
        PROVIDER, options=options, prefixes=("+1", "+44"), priority=3, weight=7, number_format="national", region="DE"
    )
    made = await trunks.add(organisation.id, new)
    assert (made.options, made.prefixes, made.priority, made.weight) == (options, ("+1", "+44"), 3, 7)
    assert (made.number_format, made.region, made.port) == ("national", "DE", None)


async def test_the_national_form_needs_a_region(trunks: Trunks, organisation: Organisation) -> None:
    with pytest.raises(InvalidRequest) as caught:
        await trunks.add(organisation.id, dataclasses.replace(PROVIDER, number_format="national"))
    assert [error.field for error in caught.value.errors] == ["region"]


async def test_an_unused_trunk_is_deleted(
    trunks: Trunks, organisation: Organisation, accounts: AccountService, database: Database
) -> None:
    await trunks.add(organisation.id, PROVIDER)
    stranger = await accounts.create_organisation("B")
    with pytest.raises(NotFound):
        await trunks.remove(stranger.id, "provider")
    assert await trunks.remove(organisation.id, "provider")
    assert await database.fetchval("SELECT count(*) FROM limits WHERE kind = 'trunk'") == 0
    with pytest.raises(NotFound):
        await trunks.find(organisation.id, "provider")
