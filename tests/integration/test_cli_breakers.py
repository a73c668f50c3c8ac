"""Breakers of trunks from the command line."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from callwright.cli import app
from callwright.errors import InvalidRequest

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
def _appliance(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLWRIGHT_DATABASE_URL", database_url)
    monkeypatch.setenv("CALLWRIGHT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "300")


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


async def _suspend(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(
        "UPDATE breakers SET state = 'open', open_until = now() + interval '1 hour', reason = '9 of 10 calls failed'"
    )
    await connection.close()


def test_it_is_shown_changed_and_opened_again(database_url: str) -> None:
    run("orgs", "create", "Clinic")
    run("trunks", "add", "provider", "127.0.0.1", "--org", "Clinic")
    assert "closed" in run("trunks", "breaker", "provider", "--org", "Clinic")
    changed = run("trunks", "breaker", "provider", "share=0.3", "least_calls=5", "--org", "Clinic")
    assert "0.3" in changed
    with pytest.raises(InvalidRequest, match="share"):
        run("trunks", "breaker", "provider", "share=3", "--org", "Clinic")
    with pytest.raises(InvalidRequest, match="enabled"):
        run("trunks", "breaker", "provider", "enabled=perhaps", "--org", "Clinic")
    asyncio.run(_suspend(database_url))
    assert "9 of 10 calls failed" in run("trunks", "list", "--org", "Clinic")
    assert "again" in run("trunks", "reopen", "provider", "--org", "Clinic")
    assert "suspended" not in run("trunks", "list", "--org", "Clinic")
    run("trunks", "breaker", "provider", "share=default", "--org", "Clinic")
    assert "0.5" in run("trunks", "breaker", "provider", "--org", "Clinic")
