"""Units that bring texts: each has a name of its own, which it keeps when it is tried again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from callwright.channels.sms.client import Plan, SmppClient
from callwright.channels.sms.pdu import USER_REFERENCE, Address, ShortMessage, Tlv
from callwright.channels.sms.port import Arrival, InboundPart


class Kept:
    """Takes what comes in, after it failed once."""

    def __init__(self) -> None:
        self.parts: list[InboundPart] = []
        self.fails = True

    async def receive(self, arrivals: Sequence[Arrival]) -> None:
        self.parts += [each for each in arrivals if isinstance(each, InboundPart)]
        if self.fails:
            self.fails = False
            raise OSError("the database is away")


def text(reference: bytes | None = None) -> ShortMessage:
    tlvs: tuple[Tlv, ...] = () if reference is None else ((USER_REFERENCE, reference),)
    return ShortMessage(
        source=Address(digits="12125550101"), destination=Address(digits="12125550100"), short_message=b"1", tlvs=tlvs
    )


async def test_a_unit_keeps_its_name_when_it_is_tried_again() -> None:
    kept = Kept()
    client = SmppClient(Plan(endpoints=()), kept)
    first, second = text(), text(b"\0\7")
    with pytest.raises(OSError, match="away"):
        await client.delivered([first, second])
    await client.delivered([first])
    await client.delivered([text()])
    one, two, again, other = kept.parts
    assert one.unit == again.unit
    assert len({one.unit, two.unit, other.unit}) == 3
    assert (one.mark, two.mark) == (b"", b"\0\7")


async def test_what_came_before_a_lost_connection_is_in_doubt() -> None:
    kept = Kept()
    kept.fails = False
    client = SmppClient(Plan(endpoints=()), kept)
    client.broke()
    await client.delivered([text()])
    [part] = kept.parts
    assert part.doubt is not None
    since, until = part.doubt
    assert since < datetime.now(UTC) < until
    assert until - since == timedelta(seconds=65)
