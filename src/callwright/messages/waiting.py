"""Messages that wait for a route: all of theirs were disabled, or carry other addresses, after they were accepted."""

from __future__ import annotations

from callwright.store.database import Database
from callwright.store.statements import statements

SQL = statements(__package__, "waiting.sql")

#: What such a message says of itself; it goes with the first claim after a route is back, and says nothing then.
REASON = "waits: no route that is enabled carries it"
#: Messages of one look.
_MOST = 1000


async def tell_routeless(database: Database) -> int:
    """Let messages say that no route carries them; return how many did not say so before."""
    tag = await database.execute(SQL["tell_routeless"], REASON, _MOST)
    return int(tag.rpartition(" ")[2])
