"""Creating and cancelling messages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from callwright.accounts.models import Principal
from callwright.errors import Conflict, NotFound
from callwright.ids import new_id
from callwright.messages.bodies import announce
from callwright.messages.files import keep_files
from callwright.messages.holding import REASON, contents_to_hold
from callwright.messages.models import PREFIXES, Message, NewMessage
from callwright.messages.queries import SQL, message_of
from callwright.store.database import Connection, Database


class MessageService:
    """The writer of messages on behalf of the API and of flows; what senders learn is written by ``MessageLedger``."""

    def __init__(
        self,
        database: Database,
        *,
        on_new: Callable[[], None] = lambda: None,
        on_events: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._on_new = on_new
        self._on_events = on_events

    def wake(self) -> None:
        """Tell the senders that committed messages are waiting."""
        self._on_new()

    async def create(
        self, principal: Principal, messages: Sequence[NewMessage], *, connection: Connection, **columns: Any
    ) -> list[Message]:
        """Write messages in the caller's transaction and return them in order; call ``wake`` after the commit.

        ``columns``: the same for all, such as ``campaign_id``. What waits for an approval is held. Raises
        ``InvalidRequest`` when one says what was rejected.
        """
        contents = await keep_files(connection, principal.organisation.id, [message.content for message in messages])
        messages = [
            message if content is message.content else replace(message, content=content)
            for message, content in zip(messages, contents, strict=True)
        ]
        return await write_messages(connection, principal, messages, **columns)

    async def cancel(self, principal: Principal, message_id: str, *, channel: str) -> Message:
        """Cancel a message that has not left. Raises ``NotFound``, and ``Conflict`` when it is too late."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["lock_message"], principal.organisation.id, message_id, channel)
            if (
                row is None
                or (principal.sandbox and not row["sandbox"])
                or (principal.fence is not None and row["owner_id"] != principal.fence)
            ):
                raise NotFound(f"there is no message {message_id!r}")
            if row["status"] != "queued":
                raise Conflict(f"the message is {row['status']} already; there is nothing to cancel")
            [cancelled] = await end_messages(connection, [message_id], "cancelled", "cancelled before it was sent")
        self._on_events()
        return cancelled

    async def cancel_many(
        self, principal: Principal, message_ids: Sequence[str], *, channel: str, connection: Connection
    ) -> list[Message]:
        """Cancel what of these messages has not left, in the caller's transaction; the others stay as they are.

        Call ``told`` after the commit.
        """
        # in one order, so that two requests do not wait for each other
        rows = await connection.fetch(
            SQL["lock_messages"], principal.organisation.id, sorted(set(message_ids)), channel
        )
        mine = [
            row["id"]
            for row in rows
            if row["status"] == "queued"
            and (row["sandbox"] or not principal.sandbox)
            and principal.fence in (None, row["owner_id"])
        ]
        if not mine:
            return []
        return await end_messages(connection, mine, "cancelled", "cancelled before it was sent")

    def told(self) -> None:
        """Let those know who wait for events that some were committed."""
        self._on_events()


async def write_messages(
    connection: Connection, principal: Principal, messages: Sequence[NewMessage], **columns: Any
) -> list[Message]:
    """Do what ``MessageService.create`` does, of contents whose files are kept already."""
    organisation_id = principal.organisation.id
    # the messages of a campaign share one content, which may be a long mail
    known = {id(message.content): message.content for message in messages}
    hashes = {key: digest_of(content) for key, content in known.items()}
    digests = [hashes[id(message.content)] for message in messages]
    ids = await store_contents(
        connection, organisation_id, dict(zip(digests, (m.content for m in messages), strict=True))
    )
    own = {ids[digest] for digest, message in zip(digests, messages, strict=True) if message.own_text}
    bodies = {ids[digest]: message.content for digest, message in zip(digests, messages, strict=True)}
    held = await contents_to_hold(connection, principal, {key: body for key, body in bodies.items() if key not in own})
    records = [
        record_of(message)
        | {"ordinal": ordinal, "id": new_id(PREFIXES[message.channel]), "content_id": ids[digest]}
        | columns
        for ordinal, (message, digest) in enumerate(zip(messages, digests, strict=True))
    ]
    rows = await connection.fetch(
        SQL["insert_messages"],
        organisation_id,
        principal.user_id,
        principal.key_id,
        principal.sandbox,
        principal.purpose,
        records,
        list(held),
        REASON,
    )
    by_id = {row["id"]: message_of(row) for row in rows}
    return [by_id[str(record["id"])] for record in records]


async def end_messages(connection: Connection, ids: Sequence[str], status: str, reason: str) -> list[Message]:
    """End messages that have not left, in the caller's transaction; the others stay as they are."""
    rows = await connection.fetch(SQL["end_messages"], list(ids), status, reason)
    ended = [message_of(row) for row in rows]
    await announce(connection, ended)
    return ended


def digest_of(content: Mapping[str, Any]) -> bytes:
    """Return the hash by which a content is known again."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


async def store_contents(
    connection: Connection, organisation_id: str, contents: Mapping[bytes, Mapping[str, Any]]
) -> dict[bytes, str]:
    """Return the ids under which contents, by their digests, are stored; equal ones are stored once."""
    # in one order, so that two who store the same do not wait for each other in a circle
    wanted = sorted(contents)
    rows = await connection.fetch(
        SQL["insert_contents"],
        organisation_id,
        [new_id("cnt") for _ in wanted],
        wanted,
        [contents[digest] for digest in wanted],
    )
    return {row["hash"]: row["id"] for row in rows}


def record_of(message: NewMessage) -> dict[str, Any]:
    """Return what a message to be created says of itself, by column; its id and its content's are not in it.

    What it does not say is absent: PostgreSQL reads each word of each record.
    """
    record = {name: value for name in _SIMPLE if (value := getattr(message, name)) is not None}
    for name in _MAPPINGS:
        if value := getattr(message, name):
            record[name] = value
    for name in _LISTS:
        if value := getattr(message, name):
            record[name] = list(value)
    return record


_SIMPLE = (
    *("channel", "purpose", "topic", "call_id", "conversation_id", "contact_id", "recipient_id", "lane_id"),
    *("to_address", "from_address", "text", "encoding", "parts", "webhook_url", "priority", "due_at", "not_after"),
    "if_unknown",
)
_MAPPINGS = ("variables", "metadata")
_LISTS = ("media", "webhook_events")
