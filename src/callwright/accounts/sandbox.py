"""What a sandbox key may change: what a sandbox key made, and nothing that live keys use."""

from __future__ import annotations

from callwright.accounts.models import Principal
from callwright.errors import Forbidden


def check_own(what: str, who: Principal, thing_id: str, *, made_by_sandbox: bool) -> None:
    """Raise ``Forbidden`` when a sandbox key is about to change a thing that no sandbox key made."""
    if who.sandbox and not made_by_sandbox:
        raise refused(what, thing_id)


def refused(what: str, thing_id: str) -> Forbidden:
    """Return what a sandbox key is told of a thing that is real."""
    return Forbidden(f"the {what} {thing_id} is real: a sandbox key changes and deletes only what a sandbox key made")
