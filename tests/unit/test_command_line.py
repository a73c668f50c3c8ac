"""Every command is in the reference, and errors are sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from callwright.cli import app
from callwright.cli_accounts import show
from callwright.errors import InvalidRequest, SetupError

REFERENCE = (Path(__file__).parents[2] / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")


def commands(group: typer.Typer, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield each command's group and name."""
    for command in group.registered_commands:
        assert command.callback is not None
        yield prefix, command.name or command.callback.__name__.replace("_", "-")
    for sub in group.registered_groups:
        assert sub.typer_instance is not None
        yield from commands(sub.typer_instance, f"{prefix} {sub.name}")


def test_every_command_is_in_the_reference() -> None:
    for prefix, name in commands(app, "callwright"):
        rows = [row for row in REFERENCE.splitlines() if re.match(rf"\| `{prefix}[ `]", row)]
        assert any(f"`{name}`" in row or f"{prefix} {name}`" in row for row in rows), f"{prefix} {name}"


def test_help_needs_nothing_to_be_installed_or_running() -> None:
    shown = CliRunner().invoke(app, ["--help"])
    assert shown.exit_code == 0
    assert "serve" in shown.output


def test_a_key_needs_to_be_told_whom_it_reaches() -> None:
    shown = CliRunner().invoke(app, ["keys", "create", "program", "--org", "1"])
    assert shown.exit_code == 2
    assert "--sandbox" in shown.output
    assert "--live" in shown.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["campaigns", "list", "--org", "1", "--state", "flying"], "--state: must be one of draft, scheduled, "),
        (["routes", "add", "pigeon", "loft", "--org", "1"], "kind: one of smpp, http, smtp"),
    ],
    ids=["state", "kind"],
)
def test_a_word_that_is_none_of_the_choices(arguments: list[str], message: str) -> None:
    shown = CliRunner().invoke(app, arguments)
    assert isinstance(shown.exception, InvalidRequest)
    assert str(shown.exception).startswith(message)


def test_a_backup_into_a_folder_that_is_not_there(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere" / "today.tar"
    shown = CliRunner().invoke(app, ["backup", str(nowhere), "--data-dir", str(tmp_path)])
    assert isinstance(shown.exception, SetupError)
    assert str(nowhere.parent) in str(shown.exception)


def test_what_goes_into_a_pipe_is_as_wide_as_its_ids(capsys: pytest.CaptureFixture[str]) -> None:
    ids = [f"key_{number:020}" for number in range(12)]
    show("Keys of [red]", [f"a column {number}" for number in range(12)], [list(ids), [None] * 12])
    shown = capsys.readouterr().out
    assert all(one in shown for one in ids)
    assert "Keys of [red]" in shown


def test_a_table_too_wide_for_the_terminal_is_shown_cell_by_cell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    show("Keys", ["id", *(f"column {number}" for number in range(9))], [["key_06h02xtaw213t7mbmcn2", *["words"] * 9]])
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "Keys"
    assert "id        key_06h02xtaw213t7mbmcn2" in shown
    show("Few", ["id", "name"], [["key_06h02xtaw213t7mbmcn2", "words"]])
    assert "│ key_06h02xtaw213t7mbmcn2 │ words │" in capsys.readouterr().out
