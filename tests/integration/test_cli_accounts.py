"""Setting up an organisation by hand, as an operator does."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from callwright.accounts.service import AccountService
from callwright.cli_accounts import keys, numbers, orgs
from callwright.cli_trunks import trunks
from callwright.errors import CallwrightError, Conflict, InvalidRequest, NotFound, Unauthorized
from callwright.foundation import open_ground
from callwright.settings import Settings

pytestmark = pytest.mark.postgres


@pytest.fixture
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CALLWRIGHT_DATABASE_URL", database_url)
    monkeypatch.setenv("CALLWRIGHT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return Settings()


def run(app: Typer, *arguments: str) -> Result:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def fails(app: Typer, kind: type[CallwrightError], *arguments: str) -> str:
    with pytest.raises(kind) as caught:
        CliRunner().invoke(app, arguments, catch_exceptions=False)
    return str(caught.value)


def test_from_nothing_to_a_key_that_opens_the_api(settings: Settings) -> None:
    run(orgs, "create", "Elm Street Dental", "--time-zone", "America/New_York")
    assert "Elm Street Dental" in run(orgs, "list").stdout
    made = run(keys, "create", "web", "--org", "Elm Street Dental", "--sandbox", "--purpose", "marketing")
    secret = made.stdout.strip()
    assert re.fullmatch(r"test_[a-z2-7]{32}", secret)
    assert "sandbox" in made.stderr
    assert "marketing" in made.stderr

    async def authenticate() -> tuple[AccountService, str]:
        async with open_ground(settings) as ground:
            principal = await ground.accounts.authenticate(secret)
            return ground.accounts, principal.key_id

    _, key_id = asyncio.run(authenticate())
    listed = run(keys, "list", "--org", "Elm Street Dental").stdout
    assert key_id in listed
    assert secret not in listed
    run(keys, "revoke", key_id, "--org", "Elm Street Dental")
    with pytest.raises(Unauthorized):
        asyncio.run(authenticate())


def test_live_or_sandbox_must_be_said(settings: Settings) -> None:
    run(orgs, "create", "A")
    assert CliRunner().invoke(keys, ["create", "web", "--org", "A"]).exit_code == 2
    live = run(keys, "create", "web", "--org", "A", "--live", "--days", "30")
    assert live.stdout.startswith("live_")
    assert "LIVE" in live.stderr
    fails(keys, InvalidRequest, "create", "web", "--org", "A", "--live", "--purpose", "spam")
    fails(keys, NotFound, "create", "web", "--org", "B", "--live")


def test_hours_numbers_and_trunks(settings: Settings) -> None:
    run(orgs, "create", "A", "--region", "DE")
    run(orgs, "hours", "A", "08:00-21:00")
    assert "08:00-21:00" in run(orgs, "list").stdout
    run(orgs, "hours", "A", "off")
    assert "any time" in run(orgs, "list").stdout
    fails(orgs, InvalidRequest, "hours", "A", "8-21")
    run(numbers, "add", "030 1234567", "--org", "A")
    assert "+49301234567" in run(numbers, "list", "--org", "A").stdout
    fails(numbers, InvalidRequest, "add", "12", "--org", "A")
    run(trunks, "add", "provider", "sip.example.net", "--org", "A", "--username", "u", "--password", "hidden word")
    listed = run(trunks, "list", "--org", "A").stdout
    assert "sip.example.net/udp" in listed
    assert "hidden" not in listed
    fails(trunks, Conflict, "add", "provider", "sip.example.net", "--org", "A")
    run(trunks, "add", "provider", "sip2.example.net", "--org", "A", "--replace")


def test_what_an_organisation_may_call_at_once(settings: Settings) -> None:
    run(orgs, "create", "Clinic")
    assert "0 of 7 calls" in run(orgs, "limits", "Clinic", "--concurrent", "7", "--per-second", "2.5").output

    async def rate() -> object:
        async with open_ground(settings) as ground:
            return await ground.database.fetchval("SELECT calls_per_second FROM limits WHERE kind = 'organisation'")

    assert str(asyncio.run(rate())) == "2.50"
    for wrong in ("0", "nan", "100000", "many"):
        fails(orgs, InvalidRequest, "limits", "Clinic", "--per-second", wrong)
    run(orgs, "limits", "Clinic", "--per-second", "off")
    assert asyncio.run(rate()) is None


@pytest.mark.parametrize(
    ("dialect", "names"),
    [
        ("robotalker", ["key", "token", "userId"]),
        ("robocall", ["x-credential-api-key"]),
        ("effebot", ["apiKey"]),
        ("multisender", ["X-Access-Token"]),
    ],
)
def test_a_key_of_a_dialect_is_shown_as_its_program_wants_it(
    settings: Settings, dialect: str, names: list[str]
) -> None:
    run(orgs, "create", "Clinic")
    made = run(keys, "create", "old", "--org", "Clinic", "--test", "--dialect", dialect)
    shown = dict(line.split(": ") for line in made.stdout.strip().splitlines())
    assert list(shown) == names
    secret = shown["token" if dialect == "robotalker" else names[0]]

    async def key_id() -> str | None:
        async with open_ground(settings) as ground:
            return (await ground.accounts.authenticate(secret, dialect=dialect)).key_id

    assert asyncio.run(key_id()) in made.stderr
    assert dialect in run(keys, "list", "--org", "Clinic").stdout
    assert "robocall" in fails(keys, InvalidRequest, "create", "x", "--org", "Clinic", "--test", "--dialect", "twilio")


def test_what_dialects_may_do_is_set(settings: Settings) -> None:
    run(orgs, "create", "Clinic")
    assert "robotalker_ringless" in run(orgs, "dialects", "Clinic").stdout
    shown = run(orgs, "dialects", "Clinic", "robotalker_ringless=yes", "effebot_webhook=final").stdout
    values = {line.split("│")[1].strip(): line.split("│")[2].strip() for line in shown.splitlines() if "│" in line}
    assert (values["robotalker_ringless"], values["effebot_webhook"]) == ("True", "final")
    assert "options are" in fails(orgs, InvalidRequest, "dialects", "Clinic", "colour=red")
    assert "effebot_webhook" in fails(orgs, InvalidRequest, "dialects", "Clinic", "effebot_webhook=never")
