"""Revisions by the names of their files: ``0003_trunks.py`` is revision 0003."""

from __future__ import annotations

from pathlib import Path

from callwright.errors import SetupError


def newest() -> str:
    """Return the newest revision this release knows; raises ``SetupError`` when the files are missing."""
    names = [path.name[:4] for path in (Path(__file__).parent / "versions").glob("[0-9]*_*.py")]
    if not names:
        raise SetupError("this installation of callwright holds no migrations: install it again")
    return max(names)
