"""What the doctor says of trunks; the rest of it looks at the machine, in ``tests/e2e/test_supervision.py``."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from callwright.accounts.service import AccountService
from callwright.clock import SystemClock
from callwright.doctor import sip_domains
from callwright.numbers.trunks import NewTrunk, Trunks
from callwright.settings import Settings
from callwright.store.database import Database
from callwright.store.secrets import SecretBox

pytestmark = pytest.mark.postgres


async def test_sip_addresses_that_transfers_may_call(database: Database, database_url: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, cache_dir=tmp_path, database_url=database_url)
    found = await sip_domains(settings)
    assert (found.state, found.text) == ("ok", "transfers call none")
    secrets = SecretBox(Fernet.generate_key())
    trunks = Trunks(database, secrets)
    organisation = await AccountService(database, secrets, SystemClock()).create_organisation("One", time_zone="UTC")
    for name, prefixes in (("office", ("@pbx.example.com", "+1")), ("old", ("@old.example.com",)), ("plain", ())):
        await trunks.add(organisation.id, NewTrunk(name=name, host="127.0.0.1", prefixes=prefixes))
    await database.execute("UPDATE trunks SET enabled = false WHERE name = 'old'")
    found = await sip_domains(settings)
    assert found.state == "warning"
    assert found.text == (
        "transfers may call those of pbx.example.com (trunk office); every trunk to old.example.com is disabled"
    )
    await database.execute("UPDATE trunks SET enabled = true")
    found = await sip_domains(settings)
    assert found.state == "ok"
    assert found.text.endswith("those of old.example.com (trunk old), pbx.example.com (trunk office)")


async def test_a_database_that_does_not_run_is_not_started(tmp_path: Path) -> None:
    found = await sip_domains(Settings(data_dir=tmp_path, cache_dir=tmp_path))
    assert (found.state, found.text) == ("ok", "not looked at: the database does not run")
    away = Settings(data_dir=tmp_path, cache_dir=tmp_path, database_url="postgresql://127.0.0.1:1/x")
    assert (await sip_domains(away)).state == "warning"
