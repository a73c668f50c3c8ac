"""The lab's telephones as people who get texts: what each does by its last four digits, like the handset lab's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callwright.clock import Clock
from callwright.messages.channel import Inbox
from callwright.messages.inbound import InboundText
from callwright.messages.models import Outgoing, PartState, Receipt, Route, Sent, SentPart

log = logging.getLogger(__name__)

#: Seconds until a telephone tells that it has a text, and until its person has answered.
RECEIPT_SECONDS = 0.2
REPLY_SECONDS = 0.5
_WINDOW = 1000


@dataclass(frozen=True, kw_only=True)
class TextBehaviour:
    """What one of the lab's telephones does with a text."""

    #: Last four digits of its numbers.
    digits: str
    name: str
    #: What the text ends with.
    status: str
    #: What the network tells of it; ``None``: nothing ever comes.
    receipt: PartState | None = "delivered"
    error: str | None = None
    #: What its person writes back.
    reply: str | None = None
    #: The centre's refusal; for good, or of the first attempt only.
    refusal: str | None = None
    refuses_once: bool = False


BEHAVIOURS = (
    TextBehaviour(digits="0001", name="gets it", status="delivered"),
    TextBehaviour(digits="0011", name="gets it and writes 1", status="delivered", reply="1"),
    TextBehaviour(digits="0012", name="gets it and writes 2", status="delivered", reply="2"),
    TextBehaviour(digits="0019", name="gets it and writes 9", status="delivered", reply="9"),
    TextBehaviour(digits="0051", name="gets it and writes YES", status="delivered", reply="YES"),
    TextBehaviour(digits="0052", name="gets it and writes NO", status="delivered", reply="NO"),
    TextBehaviour(digits="0053", name="gets it and writes a sentence", status="delivered", reply="I don't know yet"),
    TextBehaviour(digits="0057", name="gets it and writes START", status="delivered", reply="START"),
    TextBehaviour(digits="0058", name="gets it and writes HELP", status="delivered", reply="HELP"),
    TextBehaviour(digits="0059", name="gets it and writes STOP", status="delivered", reply="STOP"),
    TextBehaviour(
        digits="0082", name="is barred: the network rejects it", status="undelivered", receipt="rejected", error="004"
    ),
    TextBehaviour(
        digits="0083", name="does not exist: the centre refuses it", status="failed", refusal="ESME_RINVDSTADR"
    ),
    TextBehaviour(
        digits="0084", name="is gone: it cannot be delivered", status="undelivered", receipt="undelivered", error="001"
    ),
    TextBehaviour(
        digits="0085",
        name="gets it at the second attempt: the centre's queue was full",
        status="delivered",
        refusal="ESME_RMSGQFUL",
        refuses_once=True,
    ),
    TextBehaviour(digits="0086", name="never tells whether it got it", status="sent", receipt=None),
    TextBehaviour(
        digits="0087", name="is switched off until the network gives up", status="expired", receipt="expired"
    ),
    TextBehaviour(
        digits="0088", name="is behind a centre whose answer is lost", status="unknown", receipt=None, refusal="lost"
    ),
)
_BY_DIGITS = {behaviour.digits: behaviour for behaviour in BEHAVIOURS}
_ANY = BEHAVIOURS[0]
#: Seconds after which the centre that was full takes a text.
_FULL_SECONDS = 1.0


def behaviour_of(number: str) -> TextBehaviour:
    """Return what the telephone with this number does."""
    return _BY_DIGITS.get(number[-4:], _ANY)


def reference_table() -> str:
    """Return the table of ``docs/reference/handset-lab.md``, in Markdown."""
    lines = ["| last four digits | the telephone | status |", "| --- | --- | --- |"]
    lines += [f"| `{b.digits}` | {b.name} | `{b.status}` |" for b in BEHAVIOURS]
    lines += ["| any other | gets it, as `0001` | `delivered` |"]
    return "\n".join(lines) + "\n"


class LabTexts:
    """A ``Channel`` without a network: nothing leaves the appliance, and everything comes back as from one."""

    def __init__(self, route: Route, inbox: Inbox, clock: Clock) -> None:
        self._route = route
        self._inbox = inbox
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = False

    @property
    def ready(self) -> bool:
        """Whether it was started."""
        return self._open

    @property
    def window(self) -> int:
        """How many messages it may have in hand at once."""
        return _WINDOW

    def state(self) -> Mapping[str, Any]:
        """Return what people see of it."""
        return {}

    async def start(self) -> None:
        """Take messages from now on."""
        self._open = True

    async def stop(self) -> None:
        """Take no more; receipts and replies that were to come do not come any more."""
        self._open = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def send(self, message: Outgoing) -> Sent:
        """Answer as the telephone's network would."""
        behaviour = behaviour_of(message.to_address)
        if behaviour.refusal == "lost":
            return Sent(message_id=message.id, verdict="unknown", reason="no answer came in time")
        if behaviour.refusal is not None and not (behaviour.refuses_once and message.attempts > 1):
            return Sent(
                message_id=message.id,
                verdict="again" if behaviour.refuses_once else "failed",
                reason="the message centre refused it",
                provider_status=behaviour.refusal,
                again_after=_FULL_SECONDS,
            )
        parts = [SentPart(provider_id=f"lab-{message.id}-{part}", part=part) for part in range(1, message.parts + 1)]
        for work in (self._tell(behaviour, parts), self._reply(behaviour, message)):
            task = asyncio.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return Sent(message_id=message.id, verdict="sent", parts=parts)

    async def _tell(self, behaviour: TextBehaviour, parts: list[SentPart]) -> None:
        if behaviour.receipt is None:
            return
        await self._clock.sleep(RECEIPT_SECONDS)
        receipts = [
            Receipt(provider_id=part.provider_id, state=behaviour.receipt, error=behaviour.error, at=self._clock.now())
            for part in parts
        ]
        try:
            await self._inbox.receipts(self._route.id, receipts)
        except Exception:
            # a network would send it again; the lab's telephones are not that important
            log.exception("a receipt of the lab was lost")

    async def _reply(self, behaviour: TextBehaviour, message: Outgoing) -> None:
        # nobody in the lab answers what was sent by itself: the two would never end
        if behaviour.reply is None or message.automatic is not None:
            return
        await self._clock.sleep(REPLY_SECONDS)
        text = InboundText(
            sender=message.to_address,
            recipient=message.from_address,
            text=behaviour.reply,
            organisation_id=message.organisation_id,
        )
        try:
            await self._inbox.texts(self._route, [text])
        except Exception:
            log.exception("a reply of the lab was lost")
