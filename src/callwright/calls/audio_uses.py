"""What calls and campaigns that are to come would play."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "audio_uses.sql")


async def calls_that_play(connection: Connection, organisation_id: str, audio_id: str) -> Sequence[str]:
    """Return in words the calls, waiting or in the air, and the unfinished campaigns whose flow plays an audio."""
    used = [
        f"the campaign {row['name']!r} ({row['id']})"
        for row in await connection.fetch(SQL["campaigns_that_play"], organisation_id, audio_id)
    ]
    count: int = await connection.fetchval(SQL["calls_that_play"], organisation_id, audio_id)
    if count:
        used.append("1 call that has not ended" if count == 1 else f"{count} calls that have not ended")
    return used
