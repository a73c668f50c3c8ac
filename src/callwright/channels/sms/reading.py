"""What routes bring of people's texts, read: parts put together and decoded, then given to who keeps texts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from callwright.channels.sms.assembly import read_text
from callwright.channels.sms.port import InboundPart
from callwright.messages import long_texts
from callwright.messages.inbound import InboundText, InboundTexts
from callwright.messages.long_texts import TextPart
from callwright.messages.models import Route
from callwright.messages.repeats import Arrived, forget_texts
from callwright.store.database import Database


class TextReading:
    """Reads texts: a ``messages.inbox.TextReader``."""

    def __init__(self, database: Database, texts: InboundTexts) -> None:
        self._database = database
        self._texts = texts

    async def read(self, route: Route, arrived: Sequence[InboundPart | InboundText]) -> None:
        """Commit texts, and parts of texts, with all that follows from whole ones."""
        for each in arrived:
            async with self._database.transaction() as connection:
                if isinstance(each, InboundText):
                    await self._texts.take(connection, route, each)
                elif each.total == 1:
                    text = _whole([each], route.options)
                    await self._texts.take(connection, route, replace(text, arrived=_arrived(each)))
                else:
                    part = _kept(each)
                    parts = await long_texts.add_part(connection, route.id, part)
                    if parts is not None:
                        text = _whole([_read(one) for one in parts], route.options)
                        message_id = await self._texts.take(connection, route, text)
                        await long_texts.text_is_made(connection, route.id, part, message_id or "")
            self._texts.committed()

    async def sweep(self, find: Callable[[str], Awaitable[Route]]) -> None:
        """Give out texts whose other parts did not come, as they are; ``find`` opens a route by its id."""
        for route_id, part in await long_texts.given_up(self._database):
            route = await find(route_id)
            async with self._database.transaction() as connection:
                parts = await long_texts.take_incomplete(connection, route_id, part)
                if parts:
                    text = _whole([_read(one) for one in parts], route.options)
                    message_id = await self._texts.take(connection, route, text)
                    await long_texts.text_is_made(connection, route_id, part, message_id or "")
            self._texts.committed()
        await long_texts.forget_parts(self._database)
        await forget_texts(self._database)


def _whole(parts: Sequence[InboundPart], options: Mapping[str, object]) -> InboundText:
    text = read_text(parts, packed=options.get("packed") in {True, "true"})
    return InboundText(
        sender=parts[0].sender,
        recipient=parts[0].recipient,
        # jsonb and text take no U+0000
        text=text.replace("\0", ""),
        parts=len(parts),
    )


def _arrived(part: InboundPart) -> Arrived | None:
    """Return how a text of one part came in; ``None``: its way tells nothing of it."""
    if not part.unit:
        return None
    told = [part.sender.encode(), part.recipient.encode(), part.data, part.mark]
    told.append(bytes([part.data_coding & 0xFF, part.single_shift & 0xFF]))
    return Arrived(told=told, unit=part.unit, at=datetime.now(UTC), doubt=part.doubt)


def _kept(part: InboundPart) -> TextPart:
    return TextPart(**_fields(part))


def _read(part: TextPart) -> InboundPart:
    return InboundPart(**_fields(part))


def _fields(part: InboundPart | TextPart) -> dict[str, Any]:
    """Return what is kept of a part until the others have come."""
    return {field.name: getattr(part, field.name) for field in fields(TextPart)}
