"""Calls that never stop, single ones and those of small campaigns: about so many are in the air, whatever was accepted
is remembered, each request is repeated until it is answered with 201 (with its ``Idempotency-Key``, as the reference
tells a client to do)."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.faults.telephones import BEHAVIOURS, Behaviour

CALLER = "+12125550100"
RING_TIMEOUT_SECONDS = 20
#: Until the product answers again: longer than any recovery.
_REPEAT_FOR_SECONDS = 240.0
_REQUEST_SECONDS = 8.0
#: People of each campaign.
CAMPAIGN_SIZE = 6

_NEWS = (
    "This is the city's alarm service. The water in your street will be off tonight, from ten in the evening until six "
    "in the morning, because a main has to be repaired. Please fill some bottles for the night. Do not use the washing "
    "machine, and do not worry when the water is brown at first: let it run for some minutes. "
)
_FLOWS: tuple[dict[str, Any], ...] = (
    {"steps": [{"type": "say", "text": _NEWS + "Thank you for your patience, and good night."}]},
    {
        "steps": [
            {
                "type": "gather",
                "prompt": [{"type": "say", "text": _NEWS + "If you have understood this, press 1."}],
                "branches": {
                    "1": [
                        {"type": "say", "text": "Thank you."},
                        {"type": "wait", "seconds": 6},
                        {"type": "say", "text": "Good night."},
                    ]
                },
                "attempts": 1,
            },
            {"type": "say", "text": "Good bye."},
        ]
    },
    {
        "steps": [
            {"type": "say", "text": "This is a test of the alarm. Please stay on the line."},
            {"type": "wait", "seconds": 14},
            {"type": "say", "text": "This is still a test. Nothing has to be done."},
            {"type": "wait", "seconds": 10},
            {"type": "say", "text": "The test is over. Good bye."},
        ]
    },
)


class Numbers:
    """Hands out numbers of the 555 exchange of the behaviours' area codes, each once: they exist in no network."""

    def __init__(self) -> None:
        self._lines: dict[str, Iterator[int]] = {behaviour.area: iter(range(2000, 10_000)) for behaviour in BEHAVIOURS}

    def take(self, behaviour: Behaviour) -> str:
        """Return a number that behaves so. Raises ``RuntimeError`` after 8,000 of them."""
        line = next(self._lines[behaviour.area], None)
        if line is None:
            raise RuntimeError("the exchange has no more numbers: fewer --minutes or --rounds")
        return f"+1{behaviour.area}555{line}"


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A call that the API answered with 201."""

    call_id: str
    number: str
    behaviour: Behaviour
    requested: float
    accepted: float


class Traffic:
    """Requests calls, and knows which were accepted."""

    def __init__(self, port: int, key: str, chance: random.Random) -> None:
        self._client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {key}"},
            trust_env=False,
            timeout=_REQUEST_SECONDS,
        )
        self._chance = chance
        self._numbers = Numbers()
        self.accepted: dict[str, Accepted] = {}
        #: Id of the campaign that was answered with 201, by each number of its list.
        self.recipients: dict[str, str] = {}
        #: Requests that were given up, with the last answer; nothing is known of their calls.
        self.given_up: list[str] = []
        #: Status of each answer, or the name of the error.
        self.answers: Counter[str] = Counter()
        self.asking = 0

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def one(self, behaviour: Behaviour | None = None) -> Accepted | None:
        """Request a call until it is accepted; ``None`` when it never was."""
        chosen = behaviour or self._chance.choices(BEHAVIOURS, [b.share for b in BEHAVIOURS])[0]
        number = self._numbers.take(chosen)
        body = {
            "to": number,
            "from": CALLER,
            "flow": self._chance.choice(_FLOWS),
            "ring_timeout_seconds": RING_TIMEOUT_SECONDS,
        }
        requested = time.time()
        answer = await self._insist("/api/v1/calls", f"faults {number}", body, people=1)
        if answer is None:
            return None
        call = Accepted(
            call_id=answer["call_id"], number=number, behaviour=chosen, requested=requested, accepted=time.time()
        )
        self.accepted[call.call_id] = call
        return call

    async def campaign(self) -> None:
        """Request a campaign of a few people until it is accepted."""
        people = self._chance.choices(BEHAVIOURS, [b.share for b in BEHAVIOURS], k=CAMPAIGN_SIZE)
        numbers = [self._numbers.take(behaviour) for behaviour in people]
        body = {
            "name": numbers[0],
            "from": CALLER,
            "flow": self._chance.choice(_FLOWS),
            "ring_timeout_seconds": RING_TIMEOUT_SECONDS,
            "recipients": numbers,
            "start": True,
        }
        answer = await self._insist("/api/v1/campaigns", f"faults {numbers[0]}", body, people=CAMPAIGN_SIZE)
        if answer is not None:
            self.recipients |= dict.fromkeys(numbers, answer["campaign_id"])

    async def _insist(self, path: str, key: str, body: dict[str, Any], *, people: int) -> dict[str, Any] | None:
        self.asking += people
        try:
            return await self._repeat(path, key, body)
        finally:
            self.asking -= people

    async def _repeat(self, path: str, key: str, body: dict[str, Any]) -> dict[str, Any] | None:
        deadline = time.monotonic() + _REPEAT_FOR_SECONDS
        last = "never asked"
        while time.monotonic() < deadline:
            try:
                answer = await self._client.post(path, json=body, headers={"Idempotency-Key": key})
            except httpx.HTTPError as error:
                last = type(error).__name__
            else:
                last = str(answer.status_code)
                if answer.status_code == 201:
                    self.answers[last] += 1
                    accepted: dict[str, Any] = answer.json()
                    return accepted
                if 400 <= answer.status_code < 500:
                    last += f" {answer.text[:300]}"
            self.answers[last] += 1
            await asyncio.sleep(0.3)
        self.given_up.append(f"{key}: {last}")
        return None
