"""What messages of metered organisations pay: held with the claim, settled with the answer, by the unit.

A unit is a part of an SMS, an MMS, an email. An organisation without a price list costs one column of a row that is
read anyway.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from callwright.billing import holds
from callwright.billing.models import Charge, HoldRequest, Shortage
from callwright.messages.queries import SENDING
from callwright.rules.pricing import Channel

if TYPE_CHECKING:
    from callwright.store.database import Connection, Row

#: When a message that cannot be paid is looked at again. One that waits for the organisation's money keeps its place.
_DELAYS = {
    Shortage.BALANCE: timedelta(),
    Shortage.ORGANISATION_BUDGET: timedelta(),
    Shortage.CAMPAIGN_BUDGET: timedelta(seconds=30),
    Shortage.NO_RATE: timedelta(minutes=15),
}


def channel_of(channel: str, *, media: bool) -> Channel:
    """Return by which rates a message is charged."""
    return Channel.MMS if media else Channel(channel)


def units_of(channel: str, *, media: bool, parts: int | None) -> int:
    """Return how many units a message has."""
    return (parts or 1) if channel == "sms" and not media else 1


async def hold_picked(connection: Connection, picked: Sequence[Mapping[str, Any]]) -> dict[str, str | None]:
    """Hold the money of messages that a claim picked; return those that may go, with the subject of what they hold.

    ``picked`` are rows of ``pick_messages``. The others are told why, and wait.
    """
    paying = {row["id"]: _subject_of(row) for row in picked if row["rate_plan_id"] is not None and not row["sandbox"]}
    if not paying:
        return dict.fromkeys((row["id"] for row in picked), None)
    metered = [row for row in picked if row["id"] in paying]
    refused = await holds.hold(
        connection,
        [
            HoldRequest(
                subject=paying[row["id"]],
                organisation_id=row["organisation_id"],
                channel=channel_of(row["channel"], media=bool(row["media"])),
                destination=row["to_address"],
                call_id=row["call_id"],
                campaign_id=row["campaign_id"],
                units=units_of(row["channel"], media=bool(row["media"]), parts=row["parts"]),
            )
            for row in metered
        ],
    )
    short: dict[Shortage, list[str]] = defaultdict(list)
    for row in metered:
        if shortage := refused.get(paying[row["id"]]):
            short[shortage].append(row["id"])
    for shortage, ids in short.items():
        words = shortage.words.replace("the call", "the message")
        await connection.execute(SENDING["defer_unpaid"], ids, words, _DELAYS[shortage])
    held_up = {message_id for ids in short.values() for message_id in ids}
    return {row["id"]: paying.get(row["id"]) for row in picked if row["id"] not in held_up}


def _subject_of(row: Mapping[str, Any]) -> str:
    """Return the subject of its next hold: each has its own, because what was settled stays settled."""
    return str(row["id"]) if row["holds"] == 0 else f"{row['id']}/{row['holds'] + 1}"


async def settle(connection: Connection, units: Sequence[tuple[Row, int]]) -> None:
    """Charge what was sent of messages that hold something; ``units`` are rows of ``messages`` with what each pays."""
    paying = [(row, count) for row, count in units if row["charge"] is not None]
    if not paying:
        return
    charges = await holds.settle_many_units(
        connection, [(row["organisation_id"], row["charge"], count) for row, count in paying]
    )
    prices = [_charged(charges.get(row["charge"])) for row, _ in paying]
    await connection.execute(SENDING["add_price"], [row["id"] for row, _ in paying], prices)


def _charged(charge: Charge | None) -> Decimal:
    return Decimal(0) if charge is None or charge.charged is None else charge.charged
