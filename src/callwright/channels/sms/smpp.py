"""A route over SMPP as a ``Channel``: messages to the client, what it learns to the inbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from callwright.channels.sms.client import SmppClient
from callwright.channels.sms.port import (
    Accepted,
    Arrival,
    InboundPart,
    LateAnswer,
    NotSent,
    Outcome,
    Receipt,
    Refused,
    TextMessage,
    Unknown,
)
from callwright.channels.sms.smpp_options import read_options
from callwright.clock import Clock
from callwright.messages import models
from callwright.messages.channel import Inbox
from callwright.messages.models import LatePart, Outgoing, Route, Sent, SentPart


class SmppChannel:
    """Carries the texts of one route over its binds."""

    def __init__(self, route: Route, inbox: Inbox, clock: Clock) -> None:
        """Raise ``ValueError`` when the route's options are wrong."""
        self._route = route
        self._inbox = inbox
        self._clock = clock
        self._options = read_options(route.options, route.secrets)
        self._client = SmppClient(self._options.plan(per_second=route.per_second), self)

    @property
    def ready(self) -> bool:
        """Whether a connection that sends is bound."""
        return self._client.sending > 0

    @property
    def window(self) -> int:
        """Twice what the centre may have unanswered: as soon as one is answered, the next is there."""
        return 2 * self._options.window * max(1, self._client.sending)

    def state(self) -> Mapping[str, Any]:
        """Return each connection, and the share of the rate that is used after the centre asked for less."""
        connections = [
            {"kind": state.kind, "bound": state.bound, "problem": state.problem, "binds": state.binds}
            for state in self._client.states()
        ]
        problems = [each["problem"] for each in connections if each["problem"]]
        return {
            "connections": connections,
            "problem": problems[0] if problems and not self.ready else None,
            "share": round(self._client.share, 3),
        }

    async def start(self) -> None:
        """Begin to connect."""
        self._client.start()

    async def stop(self) -> None:
        """Wait some seconds for answers, unbind and close."""
        await self._client.stop()

    async def send(self, message: Outgoing) -> Sent:
        """Send all parts that the centre does not have yet."""
        wanted = frozenset(range(1, message.parts + 1)) - message.accepted if message.accepted else frozenset()
        numbers = sorted(wanted)
        text = TextMessage(
            id=message.id,
            sender=message.from_address,
            recipient=message.to_address,
            text=message.text or "",
            validity=self._validity(message),
            receipt=self._options.receipts,
            # the next message to the same person has another one
            reference=message.number,
            only=wanted,
        )
        try:
            outcomes = await self._client.submit(text)
        except ValueError as error:
            return Sent(message_id=message.id, verdict="failed", reason=str(error))
        return result_of(message.id, outcomes, numbers or range(1, len(outcomes) + 1), before=len(message.accepted))

    def _validity(self, message: Outgoing) -> timedelta | None:
        if message.not_after is None:
            return self._options.validity
        left = max(message.not_after - self._clock.now(), timedelta(seconds=1))
        return left if self._options.validity is None else min(left, self._options.validity)

    async def receive(self, arrivals: Sequence[Arrival]) -> None:
        """Keep what came in; committed when this returns."""
        receipts = [
            models.Receipt(provider_id=each.provider_id, state=each.state, error=each.error, at=each.at)
            for each in arrivals
            if isinstance(each, Receipt)
        ]
        if receipts:
            await self._inbox.receipts(self._route.id, receipts)
        if late := [_late(each) for each in arrivals if isinstance(each, LateAnswer)]:
            await self._inbox.late(late)
        if texts := [each for each in arrivals if isinstance(each, InboundPart)]:
            await self._inbox.texts(self._route, texts)


def result_of(message_id: str, outcomes: Sequence[Outcome], numbers: Sequence[int], *, before: int = 0) -> Sent:
    """Return what the outcomes of a message's parts, with their numbers, come to; ``before`` were accepted earlier.

    The doubtful part counts most: a message of which one part may have left is ``unknown`` as a whole. Then a refusal
    for good, then one for now; parts that never left are sent with the next attempt.
    """
    parts = [
        SentPart(provider_id=outcome.provider_id, part=number)
        for number, outcome in zip(numbers, outcomes, strict=False)
        if isinstance(outcome, Accepted)
    ]
    unknown = next((outcome for outcome in outcomes if isinstance(outcome, Unknown)), None)
    if unknown is not None:
        return Sent(
            message_id=message_id,
            verdict="unknown",
            parts=parts,
            reason=unknown.reason,
            units=sum(isinstance(outcome, Accepted | Unknown) for outcome in outcomes),
            total=before + len(outcomes),
        )
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    for outcome in sorted(refused, key=lambda refusal: not refusal.permanent):
        return Sent(
            message_id=message_id,
            verdict="failed" if outcome.permanent else "again",
            parts=parts,
            reason="the message centre refused it" if outcome.permanent else "the message centre refused it for now",
            provider_status=outcome.name,
        )
    away = next((outcome for outcome in outcomes if isinstance(outcome, NotSent)), None)
    if away is not None:
        # with parts that arrived it has begun: the next attempt sends the others
        return Sent(
            message_id=message_id,
            verdict="again" if parts else "back",
            parts=parts,
            reason=away.reason,
            again_after=1.0,
        )
    return Sent(message_id=message_id, verdict="sent", parts=parts, units=len(parts), total=before + len(outcomes))


def _late(answer: LateAnswer) -> LatePart:
    outcome = answer.outcome
    if isinstance(outcome, Accepted):
        return LatePart(message_id=answer.message_id, part=answer.part, provider_id=outcome.provider_id)
    return LatePart(message_id=answer.message_id, part=answer.part, provider_id=None, provider_status=outcome.name)
