"""The services of messages on one database, as the API and the commands use them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from callwright.clock import SystemClock
from callwright.messages.addresses import SenderAddresses
from callwright.messages.conversations import Conversations
from callwright.messages.files import MessageFiles
from callwright.messages.pictures import Pictures
from callwright.messages.queries import MessageQueries
from callwright.messages.routes import MessageRoutes, OptionsCheck
from callwright.messages.service import MessageService
from callwright.messages.templates import Templates
from callwright.store.database import Database
from callwright.store.secrets import SecretBox


@dataclass(frozen=True, kw_only=True)
class Messages:
    """Texts and emails: ``service`` writes, ``queries`` reads; routes, senders and templates beside them."""

    service: MessageService
    queries: MessageQueries
    routes: MessageRoutes
    senders: SenderAddresses
    templates: Templates
    conversations: Conversations
    pictures: Pictures
    files: MessageFiles

    @classmethod
    def on(
        cls,
        database: Database,
        secrets: SecretBox,
        *,
        checks: Mapping[str, OptionsCheck] | None = None,
        on_new: Callable[[], None] = lambda: None,
        on_events: Callable[[], None] = lambda: None,
    ) -> Messages:
        """Return the services; ``on_new`` wakes the senders, ``checks`` read the options of each kind of route."""
        service = MessageService(database, on_new=on_new, on_events=on_events)
        return cls(
            service=service,
            queries=MessageQueries(database),
            routes=MessageRoutes(database, secrets, checks=checks, on_change=on_new),
            senders=SenderAddresses(database),
            templates=Templates(database),
            conversations=Conversations(database, service),
            pictures=Pictures(database, secrets, SystemClock()),
            files=MessageFiles(database),
        )
