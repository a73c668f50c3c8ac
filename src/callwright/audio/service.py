"""Audio of organisations: taken, shown, named, deleted. ``preparing`` makes it fit to be played."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from callwright.accounts.models import Principal
from callwright.audio import files
from callwright.audio.files import SQL
from callwright.audio.models import Audio, AudioFilter, Source
from callwright.errors import Conflict, FieldError, Forbidden, InvalidRequest, NotFound
from callwright.ids import new_id
from callwright.store.database import Database, Row

if TYPE_CHECKING:
    from callwright.store.database import Connection

#: The background job that prepares one; its payload is the id.
PREPARE = "audio.prepare"
#: One that waits this long without a sign of life has lost its job.
_UNWATCHED = timedelta(minutes=15)
MAX_NAME = 200
MAX_LABELS = 20
MAX_LABEL = 50
MAX_DESCRIPTION = 2000

#: Says in words what still plays an audio, in the transaction that would delete it: "2 calls that wait".
#: It gets the connection, the organisation and the audio's id.
Users = Callable[["Connection", str, str], Awaitable[Sequence[str]]]


class Enqueue(Protocol):
    """Adds a background job in the caller's transaction (``jobs.Jobs.enqueue``)."""

    async def __call__(self, connection: Connection, name: str, payload: bytes = b"") -> None:
        """Add a job of a name."""
        ...


class AudioService:
    """An organisation's audio. A subuser sees its own; live keys do not see what sandbox keys made."""

    def __init__(self, database: Database, *, enqueue: Enqueue) -> None:
        self._database = database
        self._enqueue = enqueue
        self._users: list[Users] = []

    def add_users(self, users: Users) -> None:
        """Let ``users`` say what plays an audio before it is deleted."""
        self._users.append(users)

    async def upload(
        self,
        connection: Connection,
        who: Principal,
        *,
        path: Path,
        digest: bytes,
        name: str,
        labels: Sequence[str] = (),
        file_name: str = "",
        description: str = "",
    ) -> Audio:
        """Take a file in the caller's transaction; ``digest`` is its SHA-256.

        A file that the organisation had converted before is ready at once.
        """
        organisation_id = who.organisation.id
        origin = {"file_name": file_name[-200:], "bytes": path.stat().st_size}
        taken = await self._insert(connection, who, "upload", origin, name, labels, digest, description)
        known = await connection.fetchrow(SQL["known_source"], organisation_id, digest)
        if known is not None:
            row = await connection.fetchrow(
                SQL["make_ready"],
                *(organisation_id, taken.id, digest, known["content_hash"], known["facts"], dict(taken.origin)),
            )
            return audio_of(row or known)
        await files.put(connection, organisation_id, digest, "source", path)
        await self._enqueue(connection, PREPARE, taken.id.encode())
        return taken

    async def from_url(
        self, connection: Connection, who: Principal, *, url: str, name: str, labels: Sequence[str] = ()
    ) -> Audio:
        """Take what a URL leads to; it is fetched in the background."""
        return await self._later(connection, who, "url", {"url": url}, name, labels)

    async def from_text(
        self, connection: Connection, who: Principal, *, said: Mapping[str, Any], name: str, labels: Sequence[str] = ()
    ) -> Audio:
        """Take a text to be spoken: ``text``, and ``voice``, ``language``, ``rate``, ``pitch``."""
        return await self._later(connection, who, "text", said, name, labels)

    async def from_phone(
        self,
        connection: Connection,
        who: Principal,
        *,
        origin: Mapping[str, Any],
        name: str,
        labels: Sequence[str] = (),
    ) -> Audio:
        """Enter one that a call records; it is prepared once the recording is there."""
        return await self._insert(connection, who, "phone", origin, name, labels, None)

    async def note_origin(
        self, connection: Connection, organisation_id: str, audio_id: str, origin: Mapping[str, Any]
    ) -> None:
        """Write where one that waits comes from, in the caller's transaction."""
        await connection.execute(SQL["set_origin"], organisation_id, audio_id, dict(origin))

    async def get(self, who: Principal, audio_id: str) -> Audio:
        """Return one. Raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["get_audio"], who.organisation.id, audio_id, who.fence, who.sandbox)
        return _found(row, audio_id)

    async def page(self, who: Principal, wanted: AudioFilter, *, limit: int, before: int | None) -> list[Audio]:
        """Return up to ``limit``, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(
            SQL["page_of_audio"],
            who.organisation.id,
            who.fence,
            who.sandbox,
            before,
            limit,
            wanted.state,
            wanted.source,
            wanted.name,
            wanted.label,
            wanted.number,
        )
        return [audio_of(row) for row in rows]

    async def among(self, who: Principal, ids: Collection[str]) -> dict[str, Audio]:
        """Return those of ``ids`` that this key can see, by id."""
        if not ids:
            return {}
        rows = await self._database.fetch(
            SQL["audio_among"], who.organisation.id, sorted(set(ids)), who.fence, who.sandbox
        )
        return {row["id"]: audio_of(row) for row in rows}

    async def by_number(self, who: Principal, numbers: Collection[int]) -> dict[int, Audio]:
        """Return those that this key can see, by ``number``."""
        if not numbers:
            return {}
        rows = await self._database.fetch(
            SQL["audio_of_numbers"], who.organisation.id, sorted(set(numbers)), who.fence, who.sandbox
        )
        return {row["number"]: audio_of(row) for row in rows}

    async def change(
        self,
        connection: Connection,
        who: Principal,
        audio_id: str,
        *,
        name: str | None = None,
        labels: Sequence[str] | None = None,
        description: str | None = None,
    ) -> tuple[Audio, Audio]:
        """Change name, labels or description in the caller's transaction; returns it before and after.

        Raises ``NotFound``.
        """
        before = await self._locked(connection, who, audio_id)
        row = await connection.fetchrow(
            SQL["change_audio"],
            who.organisation.id,
            audio_id,
            before.name if name is None else checked_name(name),
            list(before.labels if labels is None else checked_labels(labels)),
            before.description if description is None else checked_description(description),
        )
        return before, _found(row, audio_id)

    async def delete(self, connection: Connection, who: Principal, audio_id: str) -> Audio:
        """Delete one and its sound in the caller's transaction.

        Raises ``NotFound``, and ``Conflict`` while anything that is to come plays it.
        """
        gone = await self._locked(connection, who, audio_id)
        used = [words for users in self._users for words in await users(connection, gone.organisation_id, gone.id)]
        if used:
            raise Conflict(f"{', '.join(used)} would play it; end or change that first")
        organisation_id = who.organisation.id
        await connection.execute(SQL["delete_audio"], organisation_id, audio_id)
        for digest, statement in ((gone.source_hash, "delete_source"), (gone.content_hash, "delete_content")):
            if digest is not None:
                await connection.execute(SQL["lock_content"], organisation_id, digest)
                await connection.execute(SQL[statement], organisation_id, digest)
        return gone

    async def of_link(self, audio_id: str) -> Audio:
        """Return one for a link, whose signature the caller checks next. Raises ``NotFound``."""
        return _found(await self._database.fetchrow(SQL["audio_of_link"], audio_id), audio_id)

    async def resume(self) -> None:
        """Enqueue what waits and has no job any more. A periodic job."""
        for row in await self._database.fetch(SQL["unwatched"], _UNWATCHED):
            async with self._database.transaction() as connection:
                await self._enqueue(connection, PREPARE, row["id"].encode())

    async def _later(
        self,
        connection: Connection,
        who: Principal,
        source: Source,
        origin: Mapping[str, Any],
        name: str,
        labels: Sequence[str],
    ) -> Audio:
        taken = await self._insert(connection, who, source, origin, name, labels, None)
        await self._enqueue(connection, PREPARE, taken.id.encode())
        return taken

    async def _insert(
        self,
        connection: Connection,
        who: Principal,
        source: Source,
        origin: Mapping[str, Any],
        name: str,
        labels: Sequence[str],
        digest: bytes | None,
        description: str = "",
    ) -> Audio:
        audio_id = new_id("aud")
        row = await connection.fetchrow(
            SQL["insert_audio"],
            audio_id,
            who.organisation.id,
            who.user_id,
            who.sandbox,
            checked_name(name),
            checked_labels(labels),
            source,
            dict(origin),
            digest,
            checked_description(description),
        )
        return _found(row, audio_id)

    async def _locked(self, connection: Connection, who: Principal, audio_id: str) -> Audio:
        row = await connection.fetchrow(SQL["lock_audio"], who.organisation.id, audio_id, who.fence, who.sandbox)
        found = _found(row, audio_id)
        if who.sandbox and not found.sandbox:
            raise Forbidden("a sandbox key may play live audio, and change only what sandbox keys made")
        return found


def checked_name(name: str) -> str:
    """Return a name without blanks around it; raises ``InvalidRequest``."""
    text = name.strip()
    if not text or len(text) > MAX_NAME:
        raise _wrong("name", f"must have 1 to {MAX_NAME} characters", name[:80])
    return text


def checked_labels(labels: Sequence[str]) -> list[str]:
    """Return labels without blanks around them, each once; raises ``InvalidRequest``."""
    texts = list(dict.fromkeys(label.strip() for label in labels))
    if len(texts) > MAX_LABELS:
        raise _wrong("labels", f"must be at most {MAX_LABELS}", None)
    for text in texts:
        if not text or len(text) > MAX_LABEL:
            raise _wrong("labels", f"each must have 1 to {MAX_LABEL} characters", text[:80])
    return texts


def checked_description(text: str) -> str:
    """Return a description; raises ``InvalidRequest``."""
    if len(text) > MAX_DESCRIPTION or "\x00" in text:
        raise _wrong("description", f"must have at most {MAX_DESCRIPTION} characters, and no U+0000", text[:80])
    return text


def audio_of(row: Row) -> Audio:
    """Return the value of a row."""
    return Audio(**dict(row))


def _found(row: Row | None, audio_id: str) -> Audio:
    if row is None:
        raise NotFound(f"there is no audio {audio_id!r}")
    return audio_of(row)


def _wrong(field: str, message: str, received: Any) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message, received=received)])
