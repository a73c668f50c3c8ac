"""What flows play: looked at when a flow is taken, and kept, so that it is there when it is played."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from callwright.accounts.models import Principal
from callwright.audio.files import SQL
from callwright.audio.models import Audio
from callwright.audio.service import audio_of
from callwright.errors import Conflict

if TYPE_CHECKING:
    from callwright.store.database import Connection


def audio_in(flow: Any) -> list[str]:
    """Return the ids of what a stored flow plays, each once, in the order of its steps."""
    return list(dict.fromkeys(_walk(flow)))


async def hold_for_flow(
    connection: Connection, who: Principal, flow_id: str, flow: Mapping[str, Any]
) -> dict[str, Audio]:
    """Keep what a stored flow plays from being deleted, in the caller's transaction; returns it by id.

    Raises ``Conflict`` for what is not ready, or is gone since the request was read.
    """
    ids = audio_in(flow.get("steps"))
    if not ids:
        return {}
    rows = await connection.fetch(SQL["hold_audio"], who.organisation.id, ids, who.sandbox)
    found = {row["id"]: audio_of(row) for row in rows}
    for audio_id in ids:
        audio = found.get(audio_id)
        if audio is None:
            raise Conflict(f"the audio {audio_id} was deleted")
        if audio.state != "ready":
            raise Conflict(f"the audio {audio_id} is {audio.state}; wait until it is ready")
    await connection.execute(SQL["link_flow"], who.organisation.id, flow_id, ids)
    return found


async def still_there(connection: Connection, organisation_id: str, audio_ids: Collection[str]) -> frozenset[str]:
    """Return those of ``audio_ids`` that can be played."""
    if not audio_ids:
        return frozenset()
    rows = await connection.fetch(SQL["still_there"], organisation_id, list(audio_ids))
    return frozenset(row["id"] for row in rows)


def _walk(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        if value.get("type") == "play" and isinstance(value.get("audio"), str):
            yield value["audio"]
        for inner in value.values():
            yield from _walk(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _walk(inner)
