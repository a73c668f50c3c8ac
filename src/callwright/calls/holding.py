"""Calls that wait for somebody's approval of what they say or play: held, released, or ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from callwright.accounts.models import Principal
from callwright.approvals.content import texts_of
from callwright.approvals.models import Approval, Sound
from callwright.approvals.service import ask_for_audio, ask_for_texts, refused, settings_of
from callwright.audio.models import Audio
from callwright.audio.uses import hold_for_flow
from callwright.calls.queries import call_of
from callwright.calls.settlement import finish_call
from callwright.rules.outcomes import Outcome
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "holding.sql")

#: What a held call says of itself.
REASON = "waits for the approval of what it says"


async def keep_audio(
    connection: Connection, who: Principal, flows: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Mapping[str, Audio]]:
    """Keep what flows play for them; returns it by the flow's id. Raises ``Conflict`` when one plays what is not there.

    ``flows`` are bodies by id.
    """
    return {flow_id: await hold_for_flow(connection, who, flow_id, body) for flow_id, body in flows.items()}


async def flows_to_hold(
    connection: Connection,
    who: Principal,
    flows: Mapping[str, Mapping[str, Any]],
    audio: Mapping[str, Mapping[str, Audio]],
) -> frozenset[str]:
    """Return the ids of those flows that may not be heard yet, and ask for the approval of their texts and audio.

    ``flows`` are bodies by id, ``audio`` is what ``keep_audio`` kept for them. Raises ``InvalidRequest`` when one holds
    what was rejected. A sandbox key reaches nobody and waits for nobody.
    """
    if who.sandbox:
        return frozenset()
    wanted = await settings_of(connection, who.organisation.id)
    if not (wanted.texts or wanted.audio):
        return frozenset()
    held = set()
    for flow_id, body in flows.items():
        asked = await ask_for_texts(connection, who, texts_of(body)) if wanted.texts else []
        if wanted.audio:
            asked += await ask_for_audio(connection, who, [sound_of(one) for one in audio[flow_id].values()])
        for kind, field in (("text", "message"), ("audio", "audio")):
            if rejected := [approval for approval in asked if approval.kind == kind and approval.state == "rejected"]:
                raise refused(rejected, field)
        if any(approval.state == "pending" for approval in asked):
            held.add(flow_id)
        await connection.execute(SQL["link_flow"], who.organisation.id, flow_id, [approval.id for approval in asked])
    return frozenset(held)


def sound_of(audio: Audio) -> Sound:
    """Return what is approved of an audio that is ready."""
    assert audio.content_hash is not None  # noqa: S101  (it is ready)
    return Sound(content_hash=audio.content_hash, name=audio.name, audio_id=audio.id)


async def on_decision(connection: Connection, decided: Approval) -> None:
    """Release the calls whose last approval this was; end those whose text was rejected."""
    if decided.state == "rejected":
        rows = await connection.fetch(SQL["held_with"], decided.organisation_id, decided.id)
        for row in rows:
            reason = f"its {decided.kind} was rejected ({decided.id})"
            await finish_call(connection, call_of(row), Outcome.SKIPPED, reason=reason)
    elif decided.state == "approved":
        await connection.execute(SQL["release_held"], decided.organisation_id, decided.id)
