"""Files that go with emails: stored once an organisation, named by contents, campaigns and calls, forgotten at last.

A mail's body (``mail.content``) that comes from a request holds octets in base64; what is stored names the file in
their place, and gets them back when the mail is built.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

from callwright.errors import Conflict
from callwright.ids import new_id
from callwright.mail.attachments import OF_KEPT, KeptFile, kept_fields
from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "files.sql")

PREFIX = "fil"
#: Files that are looked at in one transaction.
_BATCH = 200


class MessageFiles:
    """Finds files, and forgets those that nothing names."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def among(self, organisation_id: str, ids: Collection[str]) -> Mapping[str, KeptFile]:
        """Return those of ``ids`` that an organisation has stored, by id."""
        if not ids:
            return {}
        rows = await self._database.fetch(SQL["files_among"], organisation_id, sorted(ids))
        return {row["id"]: KeptFile(id=row["id"], size=row["size"], sha256=row["hash"].hex()) for row in rows}

    async def sweep(self) -> None:
        """Delete what nothing has named for a day; what a content names is not looked at again."""
        more = True
        while more:
            async with self._database.transaction() as connection:
                ids = [row["id"] for row in await connection.fetch(SQL["lock_files_to_check"], _BATCH)]
                # each statement sees what was committed before it began: those who held one of them, too
                await connection.execute(SQL["delete_unused_files"], ids, False)
                await connection.execute(SQL["check_files_again"], ids)
            more = len(ids) == _BATCH


async def keep_files(
    connection: Connection, organisation_id: str, bodies: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Return mails' bodies, in order, with the ids of files in the place of octets, which are stored.

    In the transaction that writes the bodies; one that came several times stays one. Raises ``Conflict`` for a file
    that was forgotten meanwhile.
    """
    given = {id(body): body for body in bodies if body.get("attachments")}
    if not given:
        return list(bodies)
    brought = [file for body in given.values() for file in body["attachments"] if "content" in file]
    stored = await _store(connection, organisation_id, {id(file): file["content"] for file in brought})
    named = sorted(set(files_of(given.values())))
    held = {row["id"] for row in await connection.fetch(SQL["hold_files"], organisation_id, named)} if named else set()
    if missing := [name for name in named if name not in held]:
        raise Conflict(f"the file {missing[0]} is not there any more: send its content")
    changed = {
        key: {**body, "attachments": [_named(file, stored.get(id(file))) for file in body["attachments"]]}
        for key, body in given.items()
    }
    return [changed.get(id(body), body) for body in bodies]


def files_of(bodies: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the ids of the files that stored mails name."""
    return [file["file"] for body in bodies for file in body.get("attachments") or () if "file" in file]


async def bring_octets(
    connection: Connection, bodies: Mapping[str, MutableMapping[str, Any]], *, once: bool = False
) -> None:
    """Put octets back into stored mails, in base64; a file that is gone stays a name.

    ``once``: those of a file that several mails name only into the first of them, with its id beside.
    """
    wanted = set(files_of(bodies.values()))
    if not wanted:
        return
    rows = await connection.fetch(SQL["octets_of_files"], sorted(wanted))
    found = {row["id"]: base64.b64encode(row["octets"]).decode() for row in rows}
    for body in bodies.values():
        if not body.get("attachments"):
            continue
        attachments = []
        for file in body["attachments"]:
            content = found.get(file.get("file"))
            if content is None:
                attachments.append(file)
            elif once:
                attachments.append({**file, "content": content})
                del found[file["file"]]
            else:
                plain = {name: value for name, value in file.items() if name not in OF_KEPT}
                attachments.append({**plain, "content": content})
        body["attachments"] = attachments


async def forget_unused(connection: Connection, organisation_id: str, ids: Collection[str]) -> None:
    """Delete those of these files that nothing names any more, at once: their person was erased."""
    if not ids:
        return
    rows = await connection.fetch(SQL["lock_files"], organisation_id, sorted(set(ids)))
    held = [row["id"] for row in rows]
    await connection.execute(SQL["delete_unused_files"], held, True)
    await connection.execute(SQL["check_files_again"], held)


async def _store(connection: Connection, organisation_id: str, contents: Mapping[int, str]) -> dict[int, KeptFile]:
    """Store files, in base64, and return what they are now under the same keys."""
    if not contents:
        return {}
    # megabytes, and others wait
    octets, hashes = await asyncio.to_thread(_decoded, contents)
    by_hash = {hashes[key]: each for key, each in octets.items()}
    # in one order, so that two who store the same do not wait for each other in a circle
    wanted = sorted(by_hash)
    rows = await connection.fetch(
        SQL["keep_files"],
        organisation_id,
        [new_id(PREFIX) for _ in wanted],
        wanted,
        [by_hash[each] for each in wanted],
    )
    ids = {row["hash"]: row["id"] for row in rows}
    return {
        key: KeptFile(id=ids[hashes[key]], size=len(each), sha256=hashes[key].hex()) for key, each in octets.items()
    }


def _decoded(contents: Mapping[int, str]) -> tuple[dict[int, bytes], dict[int, bytes]]:
    """Return octets and their SHA-256."""
    octets = {key: base64.b64decode(content) for key, content in contents.items()}
    return octets, {key: hashlib.sha256(each).digest() for key, each in octets.items()}


def _named(file: Mapping[str, Any], stored: KeptFile | None) -> dict[str, Any]:
    if stored is None:
        return dict(file)
    return {name: value for name, value in file.items() if name != "content"} | kept_fields(stored)
