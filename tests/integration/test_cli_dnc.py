"""Do-not-call lists from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from callwright.cli import app
from callwright.errors import InvalidRequest, NotFound

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


def test_a_file_becomes_a_list_and_is_replaced(tmp_path: Path) -> None:
    run("orgs", "create", "Clinic")
    file = tmp_path / "numbers.txt"
    file.write_text("212,5550100\n212,5550101\n")
    with pytest.raises(NotFound, match="--kind"):
        run("dnc", "import", "register", str(file), "--org", "Clinic")
    with pytest.raises(InvalidRequest, match="--kind"):
        run("dnc", "import", "register", str(file), "--org", "Clinic", "--kind", "secret")
    assert "2 numbers added, 2 on the list" in run(
        "dnc", "import", "register", str(file), "--org", "Clinic", "--kind", "national"
    )
    listed = run("dnc", "list", "--org", "Clinic")
    assert "national" in listed
    assert "marketing" in listed
    assert "+12125550101" in run("dnc", "show", "register", "--org", "Clinic")
    assert "is not on" in run("dnc", "show", "register", "--org", "Clinic", "--number", "+12125550199")

    file.write_text("+12125550102\nnobody\n")
    done = run("dnc", "import", "register", str(file), "--org", "Clinic", "--replace")
    assert "1 numbers added, 1 on the list" in done
    assert "line 2: 'nobody'" in done


def test_a_file_without_numbers_makes_no_list(tmp_path: Path) -> None:
    run("orgs", "create", "Clinic")
    file = tmp_path / "names.txt"
    file.write_text("Sarah\nTom\n")
    with pytest.raises(InvalidRequest, match="no telephone number"):
        run("dnc", "import", "names", str(file), "--org", "Clinic", "--kind", "own")
    assert "names" not in run("dnc", "list", "--org", "Clinic")
