"""People and keys by command line, as an operator has them."""

from __future__ import annotations

import asyncio
import re

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from callwright.accounts.models import Principal
from callwright.cli_accounts import keys, orgs
from callwright.cli_users import users
from callwright.errors import Conflict, InvalidRequest, NotFound, Unauthorized
from callwright.foundation import Ground, open_ground
from callwright.settings import Settings

pytestmark = pytest.mark.postgres

PASSWORD = "seven blue herons sing"


@pytest.fixture
def settings(database_url: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CALLWRIGHT_DATABASE_URL", database_url)
    monkeypatch.setenv("CALLWRIGHT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "250")
    return Settings()


def run(app: Typer, *arguments: str) -> Result:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def principal_of(settings: Settings, secret: str) -> Principal:
    async def work() -> Principal:
        async with open_ground(settings) as ground:
            return await ground.accounts.authenticate(secret)

    return asyncio.run(work())


def sign_in(settings: Settings, email: str, *, accept: str | None = None) -> str:
    """Return a session's token, after accepting a link."""

    async def work(ground: Ground) -> str:
        if accept is not None:
            await ground.accounts.credentials.accept(accept, PASSWORD)
        _, token = await ground.accounts.sessions.sign_in(email, PASSWORD)
        return token

    async def opened() -> str:
        async with open_ground(settings) as ground:
            return await work(ground)

    return asyncio.run(opened())


def test_the_first_owner_gets_in(settings: Settings) -> None:
    made = run(orgs, "create", "Elm", "--owner", "ann@example.com")
    link = made.stdout.splitlines()[-1]
    assert re.fullmatch(r"lnk_[a-z2-7]{32}", link)
    token = sign_in(settings, "ann@example.com", accept=link)
    who = principal_of(settings, token)
    assert "users:write" in who.permissions
    assert "invited" not in run(users, "list", "--org", "Elm").stdout


def test_roles_and_ways_back_in(settings: Settings) -> None:
    run(orgs, "create", "Elm", "--owner", "ann@example.com")
    added = run(users, "add", "bob@example.com", "--org", "Elm", "--role", "agent", "--name", "Bob", "--subuser")
    token = sign_in(settings, "bob@example.com", accept=added.stdout.strip())
    assert principal_of(settings, token).fence is not None
    listed = run(users, "list", "--org", "Elm").stdout
    assert "agent, subuser" in listed
    assert "Bob" in listed
    run(users, "set-role", "bob@example.com", "manager", "--org", "Elm", "--no-subuser")
    assert "numbers:write" in principal_of(settings, token).permissions
    with pytest.raises(InvalidRequest, match="role"):
        run(users, "set-role", "bob@example.com", "king", "--org", "Elm")
    with pytest.raises(Conflict, match="owner"):
        run(users, "set-role", "ann@example.com", "agent", "--org", "Elm")
    run(users, "disable", "bob@example.com", "--org", "Elm")
    with pytest.raises(Unauthorized):
        principal_of(settings, token)
    run(users, "enable", "bob@example.com", "--org", "Elm")
    run(users, "reset-totp", "bob@example.com", "--org", "Elm")
    reset = run(users, "reset-password", "bob@example.com", "--org", "Elm").stdout.strip()
    assert sign_in(settings, "bob@example.com", accept=reset)
    with pytest.raises(NotFound):
        run(users, "disable", "nobody@example.com", "--org", "Elm")


def test_keys_of_people_with_a_scope_and_an_end(settings: Settings) -> None:
    run(orgs, "create", "Elm", "--owner", "ann@example.com")
    common = ["--org", "Elm", "--live", "--user", "ann@example.com"]
    made = run(keys, "create", "x", *common, "--scope", "calls:read", "--scope", "keys:read", "--expires", "2099-01-31")
    who = principal_of(settings, made.stdout.strip())
    assert who.permissions == {"calls:read", "keys:read"}
    assert who.user_id is not None
    assert "2099-01-31 00:00 UTC" in run(keys, "list", "--org", "Elm").stdout
    assert who.key_id is not None
    rotated = run(keys, "rotate", who.key_id, "--org", "Elm", "--overlap-hours", "0")
    with pytest.raises(Unauthorized):
        principal_of(settings, made.stdout.strip())
    assert principal_of(settings, rotated.stdout.strip()).permissions == who.permissions
    for wrong in (["--scope", "moon:read"], ["--expires", "soon"], ["--expires", "2001-01-01"]):
        with pytest.raises(InvalidRequest):
            run(keys, "create", "x", *common, *wrong)
