"""Every command that the documentation shows is one that the command line takes as it stands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from callwright.cli import app

#: What Typer raises, which has a Click of its own.
UsageError = typer.BadParameter.__bases__[0]
ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
#: What stands before the name of the program: a prompt, variables, a folder, another user.
_BEFORE = r"(?:[$#] )?(?:runuser -u callwright -- )?(?:[A-Z_]+=(?:'[^']*'|\S*) )*(?:\./run |/opt/callwright/bin/)?"
_COMMAND = re.compile(rf"^\s*{_BEFORE}callwright (?P<arguments>.*)$")


def samples() -> list[str]:
    """Return the arguments of each command in a block of code."""
    found = []
    for page in PAGES:
        blocks = re.findall(r"^ *```.*?\n(.*?)^ *```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        for line in "".join(blocks).replace("\\\n", " ").splitlines():
            if match := _COMMAND.match(line):
                # two blanks, or a sign, and what is said about it; what follows & is the shell's
                found.append(re.split(r"\s+#\s|\s{2,}\(|\s&$", match["arguments"])[0])
    return found


def parse(arguments: list[str]) -> None:
    """Read a command line without running it. Raises ``UsageError``."""
    command: Any = typer.main.get_command(app)
    context: Any = None
    while True:
        try:
            context = command.make_context(command.name, list(arguments), parent=context)
        except typer.BadParameter as error:
            # of files that only the reader has, that they are not here is all that is wrong
            if "does not exist" not in error.message:
                raise
            return
        if not hasattr(command, "resolve_command"):
            return
        _, command, arguments = command.resolve_command(context, [*context._protected_args, *context.args])


def test_samples_are_found() -> None:
    assert len(samples()) > 60


@pytest.mark.parametrize("sample", samples())
def test_a_sample_can_be_given_as_it_stands(sample: str) -> None:
    parse(shlex.split(sample))


@pytest.mark.parametrize("wrong", ["orgs crate x", "keys create x --sandbox", "serve --prot 1", "lab"])
def test_what_is_wrong_is_seen(wrong: str) -> None:
    with pytest.raises(UsageError):
        parse(shlex.split(wrong))
