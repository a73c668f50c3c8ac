"""Links by which anybody sees a campaign's numbers for a while, and nobody's name or telephone number."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from callwright.accounts.models import Principal
from callwright.campaigns.models import Campaign, campaign_of
from callwright.clock import Clock
from callwright.errors import NotFound
from callwright.ids import new_id
from callwright.store.database import Database, Row
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "shared.sql")
#: 160 bits cannot be guessed.
_TOKEN_BYTES: Final = 20


@dataclass(frozen=True, kw_only=True)
class ResultLink:
    """A link; its token is shown once."""

    id: str
    campaign_id: str
    created_at: datetime
    expires_at: datetime
    #: How often it was opened.
    opened: int
    last_opened_at: datetime | None


class ResultLinks:
    """Makes links, lists and withdraws them, and finds what they show."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create(
        self, connection: Connection, principal: Principal, campaign: Campaign, lifetime: timedelta
    ) -> tuple[ResultLink, str]:
        """Make a link to a campaign that the caller may see, in its transaction; returns it and its token."""
        token = base64.b32encode(secrets.token_bytes(_TOKEN_BYTES)).decode().lower()
        now = self._clock.now()
        row = await connection.fetchrow(
            SQL["insert_link"],
            *(new_id("rsl"), campaign.organisation_id, campaign.id, _hash(token)),
            *(principal.user_id or principal.id, now, now + lifetime),
        )
        assert row is not None  # noqa: S101  (INSERT … RETURNING has a row)
        return _link(row), token

    async def of(self, campaign: Campaign) -> Sequence[ResultLink]:
        """Return the links of a campaign that still work, newest first."""
        rows = await self._database.fetch(SQL["links_of"], campaign.organisation_id, campaign.id, self._clock.now())
        return [_link(row) for row in rows]

    async def withdraw(self, connection: Connection, campaign: Campaign, link_id: str) -> None:
        """End a link before its time, in the caller's transaction. Raises ``NotFound``."""
        gone = await connection.fetchval(SQL["delete_link"], campaign.organisation_id, campaign.id, link_id)
        if gone is None:
            raise NotFound(f"there is no link {link_id!r}")

    async def open(self, token: str) -> tuple[ResultLink, Campaign]:
        """Return what a token shows, and count that. Raises ``NotFound`` when it is nobody's, or its time is over."""
        row = await self._database.fetchrow(SQL["open_link"], _hash(token), self._clock.now())
        campaign = None
        if row is not None:
            campaign = await self._database.fetchrow(
                SQL["campaign_of_link"], row["organisation_id"], row["campaign_id"]
            )
        if row is None or campaign is None:
            raise NotFound("this link has expired, or was withdrawn; ask whoever sent it for a new one")
        return _link(row), campaign_of(campaign)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _link(row: Row) -> ResultLink:
    return ResultLink(
        id=row["id"],
        campaign_id=row["campaign_id"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        opened=row["opened"],
        last_opened_at=row["last_opened_at"],
    )
