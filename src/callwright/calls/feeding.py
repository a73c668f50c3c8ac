"""Where calls come from that do not exist before they are claimed: campaigns, of which calls know this protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from callwright.store.database import Connection


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A campaign with somebody who can be called now."""

    campaign_id: str
    organisation_id: str
    sandbox: bool
    #: 0 (last) to 9 (first).
    priority: int
    weight: float
    #: Virtual time until which it was served (``rules.sharing``).
    served: float
    #: Most calls that its own limits leave now.
    wants: int
    #: Its rate in calls a second, and the earliest time of its next call; ``None``: it has no rate.
    calls_per_second: float | None
    next_call_at: datetime


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How many calls of a campaign there is room for."""

    campaign_id: str
    calls: int
    #: Beginnings of the numbers that can be carried, comma-separated; empty: every number.
    prefixes: str


class Feeder(Protocol):
    """Makes calls of campaigns in the transaction that claims them."""

    async def look(self, connection: Connection) -> Mapping[str, Sequence[str]]:
        """Return the campaigns that have somebody to call now, by organisation. Nothing is locked; it must be cheap."""
        ...

    async def offers(self, connection: Connection, campaign_ids: Sequence[str]) -> Sequence[Offer]:
        """Return what those campaigns can use; the counters of their organisations are locked by the caller."""
        ...

    async def take(
        self, connection: Connection, wishes: Sequence[Wish], *, without: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """Return up to so many calls, of each campaign in its order, as rows of ``pick_calls``.

        ``without``: ids of calls that this claim took before; they are queued and due, too.
        They exist and are queued in their lane: what is not claimed after all is the first that the next claim takes.
        """
        ...

    async def claimed(self, connection: Connection, attempts: Mapping[str, Sequence[str]]) -> None:
        """Learn which attempts, by campaign, the claim has made."""
        ...
