"""Campaigns from the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from callwright.cli import app
from callwright.errors import Conflict, InvalidRequest

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
def _appliance(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLWRIGHT_DATABASE_URL", database_url)
    monkeypatch.setenv("CALLWRIGHT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_campaign_is_made_of_a_file_and_steered(tmp_path: Path) -> None:
    run("orgs", "create", "Clinic")
    file = tmp_path / "people.csv"
    file.write_text("Phone,Name\n+12125550100,Sarah\n")
    create = ["campaigns", "create", "Recall", "--csv", str(file), "--org", "Clinic", "--message"]
    with pytest.raises(InvalidRequest, match="numbers add"):
        run(*create, "Hello {Name}.")
    with pytest.raises(InvalidRequest, match="DOG"):
        run(*create, "Hello {DOG}.", "--sandbox")
    assert list((tmp_path / "campaign-uploads").glob("*")) == []
    made = run(*create, "Hello {Name}.", "--sandbox")
    assert "draft" in made
    upload = re.search(r"upl_\w+", made)
    assert upload is not None
    assert (tmp_path / "campaign-uploads" / f"{upload[0]}.csv").read_text() == file.read_text()
    assert "Recall" in run("campaigns", "list", "--org", "Clinic")
    assert "draft" in run("campaigns", "show", "Recall", "--org", "Clinic")
    for action, state in (("start", "running"), ("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        assert state in run("campaigns", action, "Recall", "--org", "Clinic")
    with pytest.raises(Conflict, match="cancelled"):
        run("campaigns", "start", "Recall", "--org", "Clinic")
