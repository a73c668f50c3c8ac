"""Consents, do-not-call lists and links to unsubscribe, together."""

from __future__ import annotations

from dataclasses import dataclass

from callwright.clock import Clock
from callwright.consents.links import UnsubscribeLinks
from callwright.consents.lists import DncLists
from callwright.consents.records import ConsentRecords
from callwright.store.database import Database
from callwright.store.secrets import SecretBox


@dataclass(frozen=True, kw_only=True)
class Consents:
    """What people agreed to, and where nobody may be called."""

    records: ConsentRecords
    lists: DncLists
    links: UnsubscribeLinks

    @classmethod
    def on(cls, database: Database, secrets: SecretBox, clock: Clock) -> Consents:
        """Return the services on a database."""
        return cls(
            records=ConsentRecords(database, clock), lists=DncLists(database, clock), links=UnsubscribeLinks(secrets)
        )
