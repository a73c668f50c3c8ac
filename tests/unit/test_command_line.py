"""Every command is in the reference, and errors are sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import typer
from typer.testing import CliRunner

from callwright.cli import app

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
