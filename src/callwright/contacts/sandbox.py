"""What a sandbox key may change of people, groups and filters: what a sandbox key made, and nothing that is real."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from callwright.accounts.models import Principal
from callwright.accounts.sandbox import refused
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "sandbox.sql")
What = Literal["contact", "group", "segment"]


async def protect(connection: Connection, principal: Principal, what: What, ids: Sequence[str]) -> None:
    """Raise ``Forbidden`` when a sandbox key is about to change something that no sandbox key made."""
    if not principal.sandbox:
        return
    real = await connection.fetchval(SQL[f"real_{what}"], principal.organisation.id, list(ids))
    if real is not None:
        raise refused(what, real)
