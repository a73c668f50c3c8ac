"""Texts with one person over one number of ours, read and answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from callwright.accounts.models import Principal
from callwright.errors import NotFound
from callwright.messages.models import Message, NewMessage
from callwright.messages.queries import message_of
from callwright.messages.service import MessageService
from callwright.messages.texts import Text
from callwright.store.database import Database, Row
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "conversations.sql")


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """Texts with one person over one number of ours; it begins when the person writes."""

    id: str
    number: int
    organisation_id: str
    sandbox: bool
    ours: str
    theirs: str
    contact_id: str | None
    #: Texts that came since it was read, or answered.
    unread: int
    last_message_at: datetime
    last_text: str | None
    #: ``inbound`` or ``outbound``.
    last_direction: str | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class ConversationFilter:
    """What a list of conversations is narrowed to."""

    #: Of either side.
    address: str | None = None
    unread: bool | None = None


class Conversations:
    """Reads conversations, and answers in them."""

    def __init__(self, database: Database, messages: MessageService) -> None:
        self._database = database
        self._messages = messages

    def wake(self) -> None:
        """Tell the senders that a committed answer is waiting."""
        self._messages.wake()

    async def page(
        self,
        principal: Principal,
        narrowed: ConversationFilter,
        *,
        limit: int,
        before: tuple[datetime, int] | None = None,
    ) -> list[Conversation]:
        """Return conversations, the one with the newest text first, after ``before`` (its time and number)."""
        at, number = before or (None, None)
        rows = await self._database.fetch(
            SQL["page_of_conversations"],
            principal.organisation.id,
            principal.sandbox,
            at,
            number,
            narrowed.address,
            narrowed.unread,
            limit,
        )
        return [_conversation(row) for row in rows]

    async def get(self, principal: Principal, conversation_id: str) -> Conversation:
        """Return a conversation. Raises ``NotFound``."""
        row = await self._database.fetchrow(
            SQL["get_conversation"], principal.organisation.id, conversation_id, principal.sandbox
        )
        if row is None:
            raise NotFound(f"there is no conversation {conversation_id!r}")
        return _conversation(row)

    async def messages(
        self, principal: Principal, conversation: Conversation, *, limit: int, before: int | None = None
    ) -> list[Message]:
        """Return its texts of both directions, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(
            SQL["messages_of_conversation"],
            principal.organisation.id,
            principal.sandbox,
            conversation.id,
            conversation.theirs,
            conversation.ours,
            before,
            limit,
        )
        return [message_of(row) for row in rows]

    async def read(self, principal: Principal, conversation_id: str) -> None:
        """Count its texts as read. Raises ``NotFound``."""
        found = await self._database.fetchval(
            SQL["mark_read"], principal.organisation.id, conversation_id, principal.sandbox
        )
        if found is None:
            raise NotFound(f"there is no conversation {conversation_id!r}")

    async def answer(
        self, principal: Principal, conversation: Conversation, text: Text, *, connection: Connection
    ) -> Message:
        """Write an answer in the caller's transaction; call ``MessageService.wake`` after the commit."""
        new = NewMessage(
            channel="sms",
            to_address=conversation.theirs,
            from_address=conversation.ours,
            content={"text": text.text},
            text=text.text,
            parts=text.parts,
            encoding=text.encoding,
            # a person answers a person
            purpose="emergency" if principal.purpose == "emergency" else "transactional",
            conversation_id=conversation.id,
            priority=7,
        )
        (message,) = await self._messages.create(principal, [new], connection=connection)
        await connection.execute(SQL["touch_conversation"], principal.organisation.id, conversation.id)
        return message


def _conversation(row: Row) -> Conversation:
    return Conversation(**{name: row[name] for name in Conversation.__dataclass_fields__})
