"""What a way for messages is to the sender, and what it is given to tell what comes in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from callwright.messages.models import LatePart, Outgoing, Receipt, Route, Sent


class Channel(Protocol):
    """Carries the messages of one route, in the one process that owns it.

    One rule stands above the others: what was given to the connection and has no answer is ``unknown``.
    """

    @property
    def ready(self) -> bool:
        """Whether it takes messages now; nothing is claimed for it otherwise."""
        ...

    @property
    def window(self) -> int:
        """How many messages it may have in hand at once."""
        ...

    def state(self) -> Mapping[str, Any]:
        """Return what people see of its connections, as JSON (``problem``: why it is not ready)."""
        ...

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        ...

    async def stop(self) -> None:
        """Take no more messages, wait some seconds for answers, close."""
        ...

    async def send(self, message: Outgoing) -> Sent:
        """Send a message and return what came of it; called once an attempt, several at a time.

        An exception means that nothing is known: the message becomes ``unknown``.
        """
        ...


class Inbox(Protocol):
    """Keeps what comes in on a route. What it returned from is committed; what it raised from is to come again."""

    async def receipts(self, route_id: str, receipts: Sequence[Receipt]) -> None:
        """Take what became of parts."""
        ...

    async def late(self, late: Sequence[LatePart]) -> None:
        """Take answers that came after their message was ``unknown``."""
        ...

    async def texts(self, route: Route, parts: Sequence[Any]) -> None:
        """Take inbound texts, or parts of them (``channels.sms.port.InboundPart``)."""
        ...


#: Makes the channel of a route; raises ``ValueError`` with what is wrong with its options.
Opener = Callable[[Route, Inbox], Channel]
