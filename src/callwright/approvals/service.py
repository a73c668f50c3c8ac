"""Asking for an approval, deciding about it, and what it means for what waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from callwright.accounts.audit import record
from callwright.accounts.models import Principal
from callwright.approvals.content import sound_hash, text_hash
from callwright.approvals.models import Approval, ApprovalSettings, Comment, Sound, State
from callwright.errors import Conflict, FieldError, Forbidden, InvalidRequest, NotFound
from callwright.events import service as events
from callwright.ids import new_id
from callwright.store.database import Database, Row
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__)

TEXT, AUDIO = "text", "audio"
#: Carries on in the transaction of a decision: what waited for it goes on, or ends.
Listener = Callable[["Connection", Approval], Awaitable[None]]


async def settings_of(connection: Connection, organisation_id: str) -> ApprovalSettings:
    """Return what an organisation wants approved, in the caller's transaction."""
    row = await connection.fetchrow(SQL["get_settings"], organisation_id)
    return ApprovalSettings() if row is None else ApprovalSettings(**dict(row))


async def ask_for_texts(connection: Connection, who: Principal, texts: Sequence[str]) -> list[Approval]:
    """Return the approvals of these texts, asking for those that nobody has asked for yet.

    Their rows are held until the caller's transaction ends, so that a decision waits for it.
    """
    return await _ask(connection, who, TEXT, {text_hash(text): (text, None) for text in texts})


async def ask_for_audio(connection: Connection, who: Principal, sounds: Sequence[Sound]) -> list[Approval]:
    """Do what ``ask_for_texts`` does for audio."""
    by_hash = {sound_hash(sound.content_hash): (sound.name, sound.audio_id) for sound in sounds}
    return await _ask(connection, who, AUDIO, by_hash)


async def _ask(
    connection: Connection, who: Principal, kind: str, by_hash: Mapping[bytes, tuple[str, str | None]]
) -> list[Approval]:
    """Ask for contents: by hash what is shown of one, and an audio's id."""
    if not by_hash:
        return []
    organisation_id = who.organisation.id
    made = await connection.fetch(
        SQL["insert_approvals"],
        organisation_id,
        kind,
        [new_id("apr") for _ in by_hash],
        list(by_hash),
        [content for content, _ in by_hash.values()],
        [audio_id for _, audio_id in by_hash.values()],
        who.user_id,
        who.key_id,
    )
    for row in made:
        await _tell(connection, _approval(row), "approval.requested")
    rows = await connection.fetch(SQL["hold_approvals"], organisation_id, kind, list(by_hash))
    return [_approval(row) for row in rows]


class ApprovalService:
    """The queue of what waits for a decision."""

    def __init__(self, database: Database, *, on_events: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._on_events = on_events
        self._listeners: list[Listener] = []

    def add_listener(self, listener: Listener) -> None:
        """Let ``listener`` carry on in the transaction of each decision."""
        self._listeners.append(listener)

    async def settings(self, organisation_id: str) -> ApprovalSettings:
        """Return what an organisation wants approved."""
        row = await self._database.fetchrow(SQL["get_settings"], organisation_id)
        return ApprovalSettings() if row is None else ApprovalSettings(**dict(row))

    async def change_settings(self, who: Principal, fields: Mapping[str, bool]) -> ApprovalSettings:
        """Set the named fields. What is held already stays held."""
        organisation_id = who.organisation.id
        async with self._database.transaction() as connection:
            before = await settings_of(connection, organisation_id)
            after = replace(before, **fields)
            await connection.execute(
                SQL["set_settings"], organisation_id, after.texts, after.audio, after.second_person
            )
            await record(connection, who, "approvals.changed", organisation_id, asdict(before), asdict(after))
        return after

    async def submit(self, who: Principal, text: str, *, connection: Connection) -> Approval:
        """Ask for a text before it is used; asking twice returns the same."""
        (approval,) = await ask_for_texts(connection, who, [text])
        return approval

    async def submit_audio(self, who: Principal, sound: Sound, *, connection: Connection) -> Approval:
        """Ask for an audio before it is used; asking twice returns the same."""
        (approval,) = await ask_for_audio(connection, who, [sound])
        return approval

    async def approved(self, organisation_id: str, texts: Sequence[str]) -> frozenset[str]:
        """Return those of these texts that were approved; asks for none."""
        by_hash = {text_hash(text): text for text in texts}
        rows = await self._database.fetch(SQL["approved_hashes"], organisation_id, TEXT, list(by_hash))
        return frozenset(by_hash[row["hash"]] for row in rows)

    async def of_sounds(self, organisation_id: str, content_hashes: Sequence[bytes]) -> dict[bytes, Approval]:
        """Return what was asked and decided of sounds, by the hash of the sound, with its comments."""
        by_hash = {sound_hash(content_hash): content_hash for content_hash in content_hashes}
        rows = await self._database.fetch(SQL["approvals_of"], organisation_id, AUDIO, list(by_hash))
        found = await self._with_comments([_approval(row) for row in rows])
        return {by_hash[row["hash"]]: approval for row, approval in zip(rows, found, strict=True)}

    async def get(self, organisation_id: str, approval_id: str) -> Approval:
        """Return one with its comments. Raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["get_approval"], organisation_id, approval_id)
        if row is None:
            raise _unknown(approval_id)
        (found,) = await self._with_comments([_approval(row)])
        return found

    async def page(
        self, organisation_id: str, *, state: State | None, kind: str | None, limit: int, before: int | None
    ) -> list[Approval]:
        """Return up to ``limit``, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(SQL["page_of_approvals"], organisation_id, state, kind, before, limit)
        return await self._with_comments([_approval(row) for row in rows])

    async def decide(self, who: Principal, approval_id: str, state: State, comment: str | None) -> Approval:
        """Approve or reject; what waits for it goes on, or ends, in the same transaction.

        Raises ``NotFound``, ``Conflict`` when it is decided so already, ``Forbidden`` for the person who asked where a
        second one must decide.
        """
        organisation_id = who.organisation.id
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["lock_approval"], organisation_id, approval_id)
            if row is None:
                raise _unknown(approval_id)
            if row["state"] == state:
                raise Conflict(f"it is {state} already")
            if (await settings_of(connection, organisation_id)).second_person:
                _check_second_person(who, row)
            decided = _approval(
                await connection.fetchrow(SQL["decide"], organisation_id, approval_id, state, who.user_id, who.key_id)
                or row
            )
            if comment:
                await self._comment(connection, who, approval_id, comment)
            await _tell(connection, decided, "approval.decided", comment=comment)
            await record(connection, who, f"approval.{state}", approval_id, {"state": row["state"]}, {"state": state})
            for listener in self._listeners:
                await listener(connection, decided)
        self._on_events()
        return await self.get(organisation_id, approval_id)

    async def comment(self, who: Principal, approval_id: str, comment: str) -> Approval:
        """Write beside an approval. Raises ``NotFound``."""
        async with self._database.transaction() as connection:
            if await connection.fetchrow(SQL["lock_approval"], who.organisation.id, approval_id) is None:
                raise _unknown(approval_id)
            await self._comment(connection, who, approval_id, comment)
        return await self.get(who.organisation.id, approval_id)

    @staticmethod
    async def _comment(connection: Connection, who: Principal, approval_id: str, comment: str) -> None:
        await connection.execute(
            SQL["insert_comment"], who.organisation.id, approval_id, who.user_id, who.key_id, comment
        )

    async def _with_comments(self, found: Sequence[Approval]) -> list[Approval]:
        if not found:
            return []
        comments: dict[str, list[Comment]] = defaultdict(list)
        ids = [approval.id for approval in found]
        for row in await self._database.fetch(SQL["comments"], found[0].organisation_id, ids):
            fields = dict(row)
            comments[fields.pop("approval_id")].append(Comment(**fields))
        return [replace(approval, comments=comments[approval.id]) for approval in found]


def refused(approvals: Sequence[Approval], field: str) -> InvalidRequest:
    """Return the error for a use of rejected content."""
    return InvalidRequest(
        [
            FieldError(
                field=field,
                message=f"this {approval.kind} was rejected ({approval.id}); change it, or ask who decided",
                received=approval.content[:100],
            )
            for approval in approvals
        ]
    )


def _check_second_person(who: Principal, row: Row) -> None:
    if who.user_id is None:
        raise Forbidden("a second person must decide: sign in, or use a key of your own, not the organisation's")
    if who.user_id == row["requested_by"]:
        raise Forbidden("a second person must decide about what you asked for")


async def _tell(connection: Connection, approval: Approval, event: str, **more: Any) -> None:
    body = {
        "event": event,
        "approval_id": approval.id,
        "kind": approval.kind,
        "state": approval.state,
        "content": approval.content,
        **more,
    }
    await events.append(
        connection, organisation_id=approval.organisation_id, type=event, subject=approval.id, body=body
    )


def _approval(row: Row) -> Approval:
    fields = dict(row)
    del fields["hash"]
    return Approval(**fields)


def _unknown(approval_id: str) -> NotFound:
    return NotFound(f"there is no approval {approval_id!r}")
