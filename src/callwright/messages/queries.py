"""What the API and the console read of messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from callwright.errors import NotFound
from callwright.flows.sealed import MARK
from callwright.messages.models import Message, MessageFilter
from callwright.store.database import Database, Row
from callwright.store.statements import statements

SQL = statements(__package__)
SENDING = statements(__package__, "sending.sql")


#: What people see in the place of a code.
_DOTS = "\u2022" * 6


def hidden(text: str | None) -> str | None:
    """Return a text as it may be shown: the code of a verification is nobody's business."""
    return None if text is None else text.replace(MARK, _DOTS)


def message_of(row: Row | Mapping[str, Any]) -> Message:
    """Return the value of a row of ``messages``."""
    return Message(
        id=row["id"],
        number=row["number"],
        organisation_id=row["organisation_id"],
        owner_id=row["owner_id"],
        channel=row["channel"],
        direction=row["direction"],
        sandbox=row["sandbox"],
        purpose=row["purpose"],
        topic=row["topic"],
        campaign_id=row["campaign_id"],
        call_id=row["call_id"],
        conversation_id=row["conversation_id"],
        to_address=row["to_address"],
        from_address=row["from_address"],
        content_id=row["content_id"],
        variables=row["variables"] or {},
        text=hidden(row["text"]),
        encoding=row["encoding"],
        parts=row["parts"],
        media=row["media"] or (),
        metadata=row["metadata"],
        webhook_url=row["webhook_url"],
        webhook_events=row["webhook_events"],
        priority=row["priority"],
        status=row["status"],
        reason=row["reason"],
        provider_status=row["provider_status"],
        due_at=row["due_at"],
        not_after=row["not_after"],
        held=row["held"],
        attempts=row["attempts"],
        route_id=row["route_id"],
        automatic=row["automatic"],
        price=row["price"],
        currency=row["currency"],
        sent_at=row["sent_at"],
        ended_at=row["ended_at"],
        created_at=row["created_at"],
    )


class MessageQueries:
    """Reads messages of one organisation, never beyond a fence."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(
        self,
        organisation_id: str,
        message_id: str,
        *,
        channel: str,
        sandbox: bool = False,
        fence: str | None = None,
    ) -> Message:
        """Return a message; with ``sandbox`` only a sandbox one is found. Raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["get_message"], organisation_id, message_id, channel, sandbox, fence)
        if row is None:
            raise NotFound(f"there is no message {message_id!r}")
        return message_of(row)

    async def page(
        self,
        organisation_id: str,
        narrowed: MessageFilter,
        *,
        limit: int,
        before: int | None,
        sandbox: bool = False,
        fence: str | None = None,
    ) -> list[Message]:
        """Return up to ``limit`` messages, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(
            SQL["page_of_messages"],
            organisation_id,
            narrowed.channel,
            sandbox,
            narrowed.status,
            narrowed.direction,
            narrowed.address,
            narrowed.campaign_id,
            narrowed.conversation_id,
            narrowed.created_after,
            narrowed.created_before,
            before,
            fence,
            limit,
        )
        return [message_of(row) for row in rows]

    async def content(self, message: Message) -> Mapping[str, Any]:
        """Return what a message says, before placeholders are filled; empty when it has none."""
        body = await self._database.fetchval(SQL["content_of_message"], message.organisation_id, message.content_id)
        return body or {}

    async def decisions(self, organisation_id: str, message_id: str) -> list[Mapping[str, Any]]:
        """Return why the message was or was not sent, each time it was asked: verdict, rule, reason, inputs, time."""
        rows = await self._database.fetch(SQL["decisions_of_message"], organisation_id, message_id)
        return [dict(row) for row in rows]

    async def parts(self, organisation_id: str, message_id: str) -> list[Mapping[str, Any]]:
        """Return what the provider calls each part and what became of it."""
        rows = await self._database.fetch(SQL["parts_of_message"], organisation_id, message_id)
        return [dict(row) for row in rows]

    async def replies(self, organisation_id: str, message_ids: Sequence[str]) -> Mapping[str, str]:
        """Return what people wrote back last, by the message that they answered."""
        if not message_ids:
            return {}
        rows = await self._database.fetch(SQL["last_replies"], organisation_id, list(message_ids))
        return {row["reply_to"]: row["text"] or "" for row in rows}
