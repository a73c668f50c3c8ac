"""What is learnt of messages on their way: answers, receipts, what was never heard of again. Written in batches.

Locks, always in this order: messages by their ids, then parts, then balances.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from callwright.messages import charging
from callwright.messages.bodies import announce, tell_more
from callwright.messages.models import LatePart, Outgoing, Receipt, Sent
from callwright.messages.queries import SENDING, message_of
from callwright.messages.retrying import again_after
from callwright.messages.waiting import tell_routeless
from callwright.store.database import Connection, Database, Row

#: How long a receipt waits for the answer to what it is about.
EARLY_KEPT = timedelta(minutes=15)
#: Nothing of a message left: it waits so long for its route.
_BACK_SECONDS = 2.0
_SWEEP = 500
#: Sweeps between looks for messages that no route carries: some seconds.
_ROUTELESS_EVERY = 3


class MessageLedger:
    """The writer of what senders learn."""

    def __init__(
        self,
        database: Database,
        *,
        on_events: Callable[[], None] = lambda: None,
        on_webhooks: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._on_events = on_events
        self._on_webhooks = on_webhooks
        self._sweeps = 0

    async def settle(self, sender_id: str, sent: Sequence[tuple[Outgoing, Sent]]) -> None:
        """Write what came of attempts, in one transaction. Repeated, it changes nothing."""
        if not sent:
            return
        by_id = {message.id: (message, result) for message, result in sent}
        async with self._database.transaction() as connection:
            records = [_record(message, result) for message, result in by_id.values()]
            rows = await connection.fetch(_SETTLE, records, sender_id, list(by_id))
            await tell_more(connection, rows)
            parts = [
                (message.route_id, part.provider_id, message.id, part.part)
                for message, result in by_id.values()
                for part in result.parts
            ]
            early = await self._insert_parts(connection, parts)
            told = await self._conclude(connection, early) if early else []
            units = [(row, _units(*by_id[row["id"]])) for row in rows if row["charge"] is not None]
            if units:
                await charging.settle(connection, units)
        self._told([*rows, *told])

    async def receipts(self, route_id: str, receipts: Sequence[Receipt]) -> None:
        """Write what became of parts; what is about nothing that is known yet waits for some minutes."""
        # of several about one part the final one counts, else the last one
        newest: dict[str, Receipt] = {}
        for receipt in receipts:
            known = newest.get(receipt.provider_id)
            if known is None or known.state not in _FINAL:
                newest[receipt.provider_id] = receipt
        if not newest:
            return
        async with self._database.transaction() as connection:
            found = await connection.fetch(SENDING["messages_of_parts"], route_id, list(newest))
            known_ids = {row["provider_id"] for row in found}
            told = await self._mark(connection, route_id, [newest[key] for key in newest if key in known_ids])
            early = [receipt for key, receipt in newest.items() if key not in known_ids]
            if early:
                await connection.execute(
                    SENDING["keep_early"],
                    route_id,
                    [receipt.provider_id for receipt in early],
                    [_body(receipt) for receipt in early],
                )
        self._told(told)

    async def late(self, late: Sequence[LatePart], *, route_id: str | None = None, whole: bool = False) -> None:
        """Write answers that came after their message was ``unknown``; it may be known now that it was sent.

        With ``route_id`` of messages of this route only; ``whole``: its provider gives one answer for all parts.
        """
        by_id: dict[str, list[LatePart]] = defaultdict(list)
        for each in late:
            by_id[each.message_id].append(each)
        async with self._database.transaction() as connection:
            found = await connection.fetch(SENDING["lock_unknown"], list(by_id))
            rows = {row["id"]: row for row in found if route_id in {None, row["route_id"]}}
            accepted = [
                (rows[each.message_id]["route_id"], each.provider_id, each.message_id, each.part)
                for each in late
                if each.message_id in rows and each.provider_id is not None
            ]
            early = await self._insert_parts(connection, accepted)
            refused = {
                each.message_id: each.provider_status
                for each in late
                if each.message_id in rows and each.provider_id is None
            }
            known = await connection.fetch(SENDING["known_after_all"], list(rows), whole)
            await announce(connection, [message_of(row) for row in known])
            more: list[Row] = []
            if refused:
                records = [
                    {
                        "id": key,
                        "status": "failed",
                        "reason": "the provider refused it",
                        "provider_status": status,
                    }
                    for key, status in refused.items()
                ]
                for sender_id in {rows[key]["sender_id"] for key in refused}:
                    more += await connection.fetch(_SETTLE, records, sender_id, list(refused))
                await tell_more(connection, more)
            more += await self._conclude(connection, early)
        self._committed(known)
        self._told(more)

    async def give_up_lapsed(self) -> int:
        """Tell of messages whose sender is gone that nobody knows whether they went out; returns how many there were.

        One that says so (``if_unknown: again``) is queued again.
        """
        if not await self._database.fetchval(SENDING["any_lapsed"]):
            return 0
        reason = "its sender stopped before the answer came: whether it went out is not known"
        async with self._database.transaction() as connection:
            lapsed = await connection.fetch(SENDING["lapsed_messages"], _SWEEP)
            if not lapsed:
                return 0
            rows = await connection.fetch(SENDING["mark_lapsed"], [row["id"] for row in lapsed], reason)
            await announce(connection, [message_of(row) for row in rows if row["status"] == "unknown"])
            paying = [row for row in rows if row["charge"] is not None]
            await charging.settle(connection, [(row, _all_units(row)) for row in paying])
        self._committed(rows)
        return len(rows)

    async def sweep(self) -> None:
        """Match receipts that came at the same moment as their answer, forget old ones, end what is too late."""
        self._sweeps += 1
        if self._sweeps % _ROUTELESS_EVERY == 0:
            while await tell_routeless(self._database):
                pass
        # every process asks this every few seconds: where there is nothing, it is one query
        finds = await self._database.fetchrow(SENDING["sweep_finds"])
        if finds is None:
            return
        if finds["early"]:
            await self._sweep_early()
        if finds["senders"]:
            await self._database.execute(SENDING["forget_senders"])
        if finds["codes"]:
            await self._database.execute(SENDING["forget_codes"])
        if finds["late"]:
            async with self._database.transaction() as connection:
                rows = await connection.fetch(SENDING["expire_messages"], _SWEEP, "it was to be sent earlier than now")
                await announce(connection, [message_of(row) for row in rows])
            self._committed(rows)

    async def _sweep_early(self) -> None:
        while pairs := await self._database.fetch(SENDING["early_with_parts"], _SWEEP):
            by_route: dict[str, list[str]] = defaultdict(list)
            for pair in pairs:
                by_route[pair["route_id"]].append(pair["provider_id"])
            for route_id, provider_ids in by_route.items():
                async with self._database.transaction() as connection:
                    await connection.fetch(SENDING["messages_of_parts"], route_id, provider_ids)
                    taken = await connection.fetch(SENDING["take_early"], [route_id] * len(provider_ids), provider_ids)
                    told = await self._conclude(connection, taken)
                self._told(told)
        await self._database.execute(SENDING["forget_early"], EARLY_KEPT)

    async def _insert_parts(self, connection: Connection, parts: Sequence[tuple[str, str, str, int]]) -> list[Row]:
        """Write what the provider calls parts and return the receipts that were there before."""
        if not parts:
            return []
        columns = [list(column) for column in zip(*parts, strict=True)]
        await connection.execute(SENDING["insert_parts"], *columns)
        return await connection.fetch(SENDING["take_early"], *columns[:2])

    async def _mark(self, connection: Connection, route_id: str, receipts: Sequence[Receipt]) -> list[Row]:
        """Write the states of parts and what they make of their messages, whose rows are locked.

        Returns those messages that have a webhook, and the like.
        """
        if not receipts:
            return []
        marked = await connection.fetch(
            SENDING["mark_parts"],
            route_id,
            [receipt.provider_id for receipt in receipts],
            [receipt.state for receipt in receipts],
            [receipt.error for receipt in receipts],
        )
        rows = await connection.fetch(_CONCLUDE, list({row["message_id"] for row in marked}))
        await tell_more(connection, rows)
        return rows

    async def _conclude(self, connection: Connection, early: Sequence[Row]) -> list[Row]:
        """Write what receipts say that were kept."""
        by_route: dict[str, dict[str, Receipt]] = defaultdict(dict)
        for row in sorted(early, key=lambda row: int(row["id"])):
            receipt = Receipt(provider_id=row["provider_id"], state=row["body"]["state"], error=row["body"]["error"])
            known = by_route[row["route_id"]].get(receipt.provider_id)
            if known is None or known.state not in _FINAL:
                by_route[row["route_id"]][receipt.provider_id] = receipt
        told: list[Row] = []
        for route_id, receipts in by_route.items():
            told += await self._mark(connection, route_id, list(receipts.values()))
        return told

    def _told(self, rows: Sequence[Row]) -> None:
        """Say that events were written; ``rows`` are what ``tell`` returned."""
        self._on_events()
        if any(row["webhook_url"] is not None for row in rows):
            self._on_webhooks()

    def _committed(self, rows: Sequence[Row | Mapping[str, Any]]) -> None:
        if rows:
            self._on_events()
        if any(row["webhook_url"] is not None for row in rows):
            self._on_webhooks()


_SETTLE = SENDING["settle"] + "\n" + SENDING["tell"]
_CONCLUDE = SENDING["conclude"] + "\n" + SENDING["tell"]
_FINAL = frozenset({"delivered", "undelivered", "expired", "rejected", "deleted"})


def _record(message: Outgoing, result: Sent) -> dict[str, Any]:
    status = {"sent": "sent", "failed": "failed", "unknown": "unknown"}.get(result.verdict, "queued")
    reason, seconds = result.reason, _BACK_SECONDS
    if result.verdict == "again":
        ladder = again_after(message.attempts)
        if ladder is None:
            status, reason = "failed", f"given up after {message.attempts} attempts: {result.reason or 'refused'}"
        else:
            seconds = ladder if result.again_after is None else result.again_after
    elif result.verdict == "back" and result.again_after is not None:
        # its route knows better when there is room for it
        seconds = result.again_after
    # what is absent is NULL: PostgreSQL reads each word of it
    record: dict[str, Any] = {"id": message.id, "status": status}
    if status == "queued":
        record |= {"again_seconds": seconds, "back": result.verdict == "back"}
    if reason is not None:
        record["reason"] = reason
    if result.provider_status is not None:
        record["provider_status"] = result.provider_status
    if result.total is not None:
        record["parts"] = result.total
    return record


def _units(message: Outgoing, result: Sent) -> int:
    if result.units is not None:
        return result.units
    units = charging.units_of(message.channel, media=bool(message.media), parts=message.parts)
    if result.verdict in {"sent", "unknown"}:
        return units
    return min(units, len(result.parts))


def _all_units(row: Row) -> int:
    return charging.units_of(row["channel"], media=bool(row["media"]), parts=row["parts"])


def _body(receipt: Receipt) -> dict[str, Any]:
    at = None if receipt.at is None else receipt.at.isoformat()
    return {"provider_id": receipt.provider_id, "state": receipt.state, "error": receipt.error, "at": at}
