"""Messages that wait for somebody's approval of what they say: held, released, or ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from callwright.accounts.models import Principal
from callwright.approvals.models import Approval
from callwright.approvals.service import ask_for_texts, refused, settings_of
from callwright.mail.attachments import lines_of
from callwright.messages.bodies import announce
from callwright.messages.queries import SQL, message_of

if TYPE_CHECKING:
    from callwright.store.database import Connection

#: What a held message says of itself.
REASON = "waits for the approval of what it says"
#: What people read of a content.
_TEXTS = ("subject", "text", "html")


def texts_of(content: Mapping[str, Any]) -> list[str]:
    """Return what somebody has to approve of a content: texts with placeholders as they are written, and its files."""
    found = [content[name] for name in _TEXTS if isinstance(content.get(name), str)] + lines_of(content)
    return list(dict.fromkeys(text for text in found if text.strip()))


async def contents_to_hold(
    connection: Connection, who: Principal, contents: Mapping[str, Mapping[str, Any]]
) -> frozenset[str]:
    """Return the ids of those contents that may not be sent yet, and ask for their approval.

    Raises ``InvalidRequest`` when one holds what was rejected. A sandbox key reaches nobody and waits for nobody.
    """
    if who.sandbox or not (await settings_of(connection, who.organisation.id)).texts:
        return frozenset()
    held = set()
    for content_id, body in contents.items():
        asked = await ask_for_texts(connection, who, texts_of(body))
        if rejected := [approval for approval in asked if approval.state == "rejected"]:
            raise refused(rejected, "text")
        if any(approval.state == "pending" for approval in asked):
            held.add(content_id)
        await connection.execute(
            SQL["link_content"], who.organisation.id, content_id, [approval.id for approval in asked]
        )
    return frozenset(held)


async def on_decision(connection: Connection, decided: Approval) -> None:
    """Release the messages whose last approval this was; end those whose text was rejected."""
    if decided.state == "rejected":
        rows = await connection.fetch(SQL["held_with"], decided.organisation_id, decided.id)
        ended = await connection.fetch(
            SQL["end_messages"],
            [row["id"] for row in rows],
            "skipped",
            f"its {decided.kind} was rejected ({decided.id})",
        )
        await announce(connection, [message_of(row) for row in ended])
    elif decided.state == "approved":
        await connection.execute(SQL["release_held"], decided.organisation_id, decided.id)
