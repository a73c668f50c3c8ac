"""Named SQL: each package keeps its statements in ``queries.sql`` as blocks that begin with ``-- name: x``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

_ARGUMENT = re.compile(r"\$(\d+)")
_BLOCK = re.compile(r"^-- name: (\w+)[ \t]*$", re.MULTILINE)


def statements(package: str | None, file: str = "queries.sql") -> Mapping[str, str]:
    """Return the SQL blocks of ``package`` by name; call it with ``__package__``.

    Raises ``ValueError`` when the file holds a name twice.
    """
    text = files(package or "").joinpath(file).read_text(encoding="utf-8")
    parts = _BLOCK.split(text)[1:]
    names, bodies = parts[::2], parts[1::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{package}/{file}: a statement's name stands twice")
    return {name: body.strip() for name, body in zip(names, bodies, strict=True)}


def after(arguments: int, sql: str) -> str:
    """Return a statement, or a part of one, whose own arguments come behind so many others."""
    return _ARGUMENT.sub(lambda found: f"${int(found[1]) + arguments}", sql)
