"""Texts of one part that a message centre brings a second time are stored once.

SMPP gives a text that comes in no id of its own (3.4, section 4.6): a centre that did not hear our answer delivers it
again as a new unit. The same route, sender, recipient, content, and what the centre calls it where it does call it
something (``user_message_reference``) are the same text when

* the same unit is tried again, after the storing of another one failed beside it; or
* it was stored shortly before a connection of the route was lost (the answer to it may be lost, too), and comes again
  within some minutes after that.

Else it is a text of its own: people answer "1" twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Database

SQL = statements(__package__, "repeats.sql")

#: So long after a lost connection a text that may not have been answered is the same one.
AGAIN_WITHIN = timedelta(minutes=5)
#: Longer than any of this looks back.
_REMEMBERED = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """How a text of one part came in."""

    #: Everything that tells it from another text.
    told: Sequence[bytes]
    #: Names the unit of the protocol, across connections and processes.
    unit: str
    at: datetime
    #: Texts that were stored between these may not have been answered; ``None``: all were.
    doubt: tuple[datetime, datetime] | None = None

    @property
    def fingerprint(self) -> bytes:
        """Return what texts are known again by."""
        digest = hashlib.sha256()
        for part in self.told:
            digest.update(len(part).to_bytes(4, "big") + part)
        return digest.digest()


async def is_new(connection: Connection, route_id: str, arrived: Arrived) -> bool:
    """Return whether a text was not taken before, and remember it, in the caller's transaction."""
    since, until = arrived.doubt or (None, None)
    claimed = await connection.fetchval(
        SQL["claim_text"], route_id, arrived.fingerprint, arrived.unit, arrived.at, since, until, AGAIN_WITHIN
    )
    return claimed is not None


async def forget_texts(database: Database) -> None:
    """Forget what came some time ago."""
    await database.execute(SQL["forget_texts"], _REMEMBERED)
