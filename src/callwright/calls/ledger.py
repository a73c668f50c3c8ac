"""The writer of what happens in the air: ringing, answer, progress of the flow, settlement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from callwright.calls import charging
from callwright.calls.accepting import accept, release_share
from callwright.calls.bodies import timestamp
from callwright.calls.emailing import send_email
from callwright.calls.failover import fail_over, failed_over_words
from callwright.calls.models import WITHHELD, Call, Settlement
from callwright.calls.queries import SQL, call_of
from callwright.calls.retrying import next_due
from callwright.calls.settlement import Announcements, announce, finish_call
from callwright.calls.texting import NotSent, send_text
from callwright.clock import Clock
from callwright.events import webhooks
from callwright.flows import commands
from callwright.numbers.suppressions import opt_out
from callwright.rules.outcomes import Outcome
from callwright.store.database import Connection, Database, Row

#: Digits of a choice, and characters of an answer as it is counted.
_LONGEST_CHOICE = 3
_LONGEST_ANSWER = 60


class CallLedger:
    """Implements the runner's ``Ledger`` on PostgreSQL: each method is one transaction."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        on_events: Callable[[], None] = lambda: None,
        on_webhooks: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._on_events = on_events
        self._on_webhooks = on_webhooks

    async def ringing(self, attempt_id: str) -> None:
        """The callee's telephone is alerting."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["mark_ringing"], attempt_id)
            if row is not None:
                await announce(connection, call_of(row), "call.ringing", attempt_id=attempt_id)
        self._committed(row)

    async def answered(
        self, attempt_id: str, flow_state: Mapping[str, Any], effects: Sequence[commands.Command]
    ) -> None:
        """The callee picked up, and this is what the flow makes of it."""
        if not effects and await self._database.fetchval(SQL["answered_and_told"], attempt_id, flow_state) is not None:
            self._on_events()
            return
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["mark_answered"], attempt_id, flow_state)
            if row is None:
                return
            call = call_of(row)
            told = Announcements(connection)
            await told.add(call, "call.answered", attempt_id=attempt_id)
            await self._carry_out_all(connection, call, effects, told)
            await told.write()
        self._committed(row, effects)

    async def progress(
        self,
        attempt_id: str,
        flow_state: Mapping[str, Any],
        effects: Sequence[commands.Command],
        *,
        repeated: bool = False,
    ) -> None:
        """Commit the machine's state together with its durable effects.

        With ``repeated`` nothing happens when this very state is stored: the answer to the first commit was lost.
        """
        if not effects:
            await self._database.execute(SQL["save_flow_state"], attempt_id, flow_state)
            return
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["call_of_attempt"], attempt_id)
            if row is None:
                return
            if repeated and await connection.fetchval(SQL["flow_state_is"], attempt_id, flow_state):
                return
            await connection.execute(SQL["save_flow_state"], attempt_id, flow_state)
            told = Announcements(connection)
            await self._carry_out_all(connection, call_of(row), effects, told)
            await told.write()
        self._committed(row, effects)

    async def _carry_out_all(
        self, connection: Connection, call: Call, effects: Sequence[commands.Command], told: Announcements
    ) -> Call:
        for effect in effects:
            call = await self._carry_out(connection, call, effect, told)
        return call

    async def _carry_out(
        self, connection: Connection, call: Call, effect: commands.Command, told: Announcements
    ) -> Call:
        match effect:
            case commands.Note():
                return await self._note(connection, call, effect, told)
            case commands.PostWebhook():
                await self._post(connection, call, effect)
            case commands.SendSms():
                await self._text(connection, call, effect, told)
            case commands.SendEmail():
                await self._email(connection, call, effect, told)
            # a caller who shows no number is nobody whom we could call
            case commands.OptOut() if call.person != WITHHELD:
                await self._opt_out(connection, call, effect, told)
        return call

    async def _text(self, connection: Connection, call: Call, command: commands.SendSms, told: Announcements) -> None:
        try:
            message = await send_text(connection, call, command.text, to=command.to)
        except NotSent as error:
            await told.add(call, "call.step", kind="not_sent", reason=str(error), destination=command.to)
        else:
            await told.add(call, "call.step", kind="sms", message_id=message.id, destination=command.to)

    async def _email(
        self, connection: Connection, call: Call, command: commands.SendEmail, told: Announcements
    ) -> None:
        try:
            message = await send_email(connection, call, command)
        except NotSent as error:
            await told.add(call, "call.step", kind="not_sent", reason=str(error), destination=command.to)
        else:
            await told.add(call, "call.step", kind="email", message_id=message.id, destination=command.to)

    async def _note(self, connection: Connection, call: Call, note: commands.Note, told: Announcements) -> Call:
        digits = note.data.get("digits")
        answer = digits or note.data.get("keyword")
        if note.kind == "gather" and answer and note.data.get("result") != "invalid":
            row = await connection.fetchrow(SQL["set_dtmf_response"], call.id, answer, _answer(note.step, answer))
            call = call_of(row) if row is not None else call
            if digits is None:
                await told.add(call, "call.step", kind=note.kind, step=note.step, **note.data)
                return call
            # a key that was said, and not pressed
            said = {name: note.data[name] for name in ("heard", "confidence") if name in note.data}
            await told.add(call, "call.dtmf", digit=digits, step=note.step, **said)
        elif note.kind == "verdict":
            call = await self._judged(connection, call, note)
            await told.add(call, "call.machine_detection", **note.data)
        elif note.kind == "transfer":
            data = {name: value for name, value in note.data.items() if name != "result"}
            await told.add(call, f"call.transfer_{note.data['result']}", step=note.step, **data)
        else:
            await told.add(call, "call.step", kind=note.kind, step=note.step, **note.data)
        return call

    async def _judged(self, connection: Connection, call: Call, note: commands.Note) -> Call:
        """Keep what the detector says of who answered, unless the flow knows better."""
        if note.data.get("disbelieved"):
            return call
        heard = [note.data.get(name) for name in ("verdict", "confidence", "seconds", "reason")]
        row = await connection.fetchrow(SQL["set_amd_result"], call.id, *heard)
        return call if row is None else call_of(row)

    async def _post(self, connection: Connection, call: Call, command: commands.PostWebhook) -> None:
        body: dict[str, Any] = {
            "event": "call.dtmf",
            "call_id": call.id,
            "to": call.to_number,
            "digit": command.digit,
            "variables": call.variables,
            "metadata": call.metadata,
            "timestamp": timestamp(self._clock.now()),
        }
        if command.body is not None:
            body["body"] = command.body
        await webhooks.enqueue(
            connection,
            organisation_id=call.organisation_id,
            url=command.url,
            subject=call.id,
            event_type="call.dtmf",
            body=body,
            format=call.webhook_format,
        )

    async def _opt_out(self, connection: Connection, call: Call, command: commands.OptOut, told: Announcements) -> None:
        keys = {"channel": "call", "campaign": call.campaign_id or "", "topic": call.topic or ""}
        entry, _ = await opt_out(
            connection,
            organisation_id=call.organisation_id,
            e164=call.person,
            scope=command.scope,
            scope_key=keys.get(command.scope, ""),
            evidence=command.evidence,
            source="spoken" if command.evidence.startswith("said ") else "key",
            call_id=call.id,
        )
        await told.add(
            call,
            "contact.optout",
            scope=entry.scope,
            scope_key=entry.scope_key,
            source=entry.source,
            evidence=command.evidence,
            suppression_id=entry.id,
        )

    async def accept(self, attempt_id: str) -> Literal["taken", "stand_by", "filled"]:
        """Put it on record that the person accepts; return what they get, and the same when asked again."""
        async with self._database.transaction() as connection:
            place = await accept(connection, attempt_id)
        self._on_events()
        self._on_webhooks()
        return place.value

    async def settle(self, attempt_id: str, end: Settlement) -> None:
        """End the attempt, free what it held, and end the call or queue its next attempt."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                SQL["end_attempt_of_call"],
                attempt_id,
                end.outcome,
                end.cause,
                end.sip_status,
                end.ended_by,
                end.answered_at,
                end.ended_at,
                end.incomplete,
                end.trunk_fault,
                end.waited_seconds,
            )
            if row is None:
                return
            told = Announcements(connection)
            over = row["outcome"] is not None or await self._end(connection, attempt_id, row, end, told)
            # the counters last: others wait for them until the commit
            await release(connection, row, declined=over, told=told)
            if row["paying"]:
                await charging.settle_attempt(connection, attempt_id, row, end.outcome)
        self._committed(row, end.effects)

    async def _end(
        self, connection: Connection, attempt_id: str, row: Row, end: Settlement, told: Announcements
    ) -> bool:
        """Return whether the call is over; else it is queued again. Its events are left to ``told``."""
        call = call_of(row)
        if end.answered_at is not None:
            unseen = await connection.fetchrow(SQL["answered_unseen"], call.id, end.answered_at)
            if unseen is not None:
                call = call_of(unseen)
                await told.add(call, "call.answered", attempt_id=attempt_id)
        call = await self._carry_out_all(connection, call, end.effects, told)
        cancelled = row["cancel_requested"]
        tried = None if cancelled else await fail_over(connection, call, attempt_id, end, now=self._clock.now())
        if tried is not None:
            # at its old place: it has waited long enough
            again: datetime | None = call.due_at
        else:
            again = None if cancelled else await next_due(connection, call, end, now=self._clock.now())
        await told.add(
            call,
            "call.attempt_ended",
            attempt_id=attempt_id,
            attempt=row["ordinal"],
            outcome=end.outcome,
            q850_cause=end.cause,
            sip_status=end.sip_status,
            **({} if again is None else {"next_attempt_at": timestamp(again)}),
            **({} if tried is None else {"failed_over": True}),
        )
        if again is None:
            final = Outcome.CANCELLED if cancelled else end.outcome
            await finish_call(
                connection, call, final, reason=end.reason, duration_seconds=row["seconds"], announcements=told
            )
        else:
            why = "the person hung up early" if end.incomplete else end.outcome.value
            reason = f"again after {why}" if tried is None else failed_over_words(tried, end)
            await connection.fetchrow(SQL["requeue_call"], call.id, again, reason, 0)
        return again is None

    def _committed(self, call: Row | None, effects: Sequence[commands.Command] = ()) -> None:
        """Wake who numbers events and, when this call has any, who sends webhooks."""
        self._on_events()
        posts = any(isinstance(effect, commands.PostWebhook) for effect in effects)
        if posts or (call is not None and call["webhook_url"] is not None):
            self._on_webhooks()


def _answer(step: str | None, given: str) -> str:
    """Return the key under which an answer is counted: step and what was given there, parted by a tab.

    Longer numbers are a person's own, such as an account's: they are counted as what they are, not one by one.
    """
    told = f"{len(given)} digits" if len(given) > _LONGEST_CHOICE and given.isdigit() else given[:_LONGEST_ANSWER]
    return f"{step or ''}\t{told}"


async def release(
    connection: Connection, attempt: Row, *, declined: bool = False, told: Announcements | None = None
) -> None:
    """Give back what an attempt held: the organisation's call first, then the trunk's, then its goal's.

    ``attempt`` may have ``goal_id``, the campaign of whose goal it holds a share; ``declined``: it was the last
    attempt to reach this person; ``told``: the events of the same organisation's calls that are still to be written.
    """
    # of a settlement the row is the call's
    held = attempt["organisation_id"], attempt["trunk_id"], attempt.get("call_id") or attempt["id"]
    columns = ([], [], []) if told is None else told.columns()
    await connection.execute(SQL["tell_and_release"], *held, *columns)
    if (goal_id := attempt.get("goal_id")) is not None:
        await release_share(connection, attempt["organisation_id"], goal_id, declined=declined)
