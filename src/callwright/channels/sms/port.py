"""What the messages domain asks of a way for text messages, and what it is told.

One rule stands above the others: a part whose octets were given to the connection and of which no answer came is
``Unknown``. Only its sender may decide to send it again, because the person may get it twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

#: What became of a part, as networks tell it (SMPP 3.4 section 5.2.28).
State = Literal["delivered", "undelivered", "expired", "rejected", "deleted", "accepted", "enroute", "unknown"]
#: After these nothing else comes.
FINAL_STATES = frozenset({"delivered", "undelivered", "expired", "rejected", "deleted"})
#: How the parts of a long message are joined: by a header of each, by optional parameters, or left to the centre.
Joining = Literal["udh", "sar", "payload"]


@dataclass(frozen=True, kw_only=True)
class TextMessage:
    """A text to one person."""

    #: Ours; names the message in ``LateAnswer``.
    id: str
    #: A number in E.164, a short code, or a name of up to eleven characters.
    sender: str
    #: E.164.
    recipient: str
    text: str
    #: After this the centre gives up; ``None`` leaves it to the centre.
    validity: timedelta | None = None
    #: Ask for a delivery receipt of each part.
    receipt: bool = True
    #: The same for all parts of this message, another for the next one to the same person.
    reference: int = 0
    #: Parts to send, from 1; empty for all. What was accepted before is left out of a second try.
    only: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The centre has the part and calls it ``provider_id``."""

    provider_id: str


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The centre does not have the part and said so."""

    status: int
    #: The standard's name of the status.
    name: str
    #: The same part would be refused again.
    permanent: bool


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """The part was written and no answer came: it may or may not reach the person."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class NotSent:
    """Not an octet of the part was written: it may be sent later."""

    reason: str


Outcome = Accepted | Refused | Unknown | NotSent


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What became of a part; may come before its answer, twice, or never."""

    provider_id: str
    state: State
    #: The network's reason, as it was written; ``None`` when there is none.
    error: str | None = None
    #: When it happened, in the zone of the route's centre.
    at: datetime | None = None

    @property
    def final(self) -> bool:
        """Return whether nothing else comes."""
        return self.state in FINAL_STATES


@dataclass(frozen=True, kw_only=True)
class InboundPart:
    """A text that somebody sent us, or a part of one; ``assembly`` joins them."""

    sender: str
    recipient: str
    #: User data without its header; octets, because a character may be cut between parts.
    data: bytes
    data_coding: int
    #: Octets that the header took; packed septets begin after them at a border of their own.
    header: int = 0
    #: National language identifiers of the tables that the header names, 0 for none.
    single_shift: int = 0
    reference: int = 0
    total: int = 1
    number: int = 1
    #: What the sender's telephone or the centre calls it; it may be used again after a while.
    mark: bytes = b""
    #: Names the unit that brought it, also when it is tried again; empty: nothing is known of it.
    unit: str = field(default="", compare=False)
    #: Texts that were stored between these may not have been answered, for a connection was lost then.
    doubt: tuple[datetime, datetime] | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class LateAnswer:
    """An answer to a part that was reported as ``Unknown`` because it took too long."""

    message_id: str
    #: From 1.
    part: int
    outcome: Accepted | Refused


Arrival = Receipt | InboundPart | LateAnswer


class Arrivals(Protocol):
    """Keeps what comes in."""

    async def receive(self, arrivals: Sequence[Arrival]) -> None:
        """Commit these; only afterwards is the centre told that we have them.

        An arrival may come a second time. When this raises, each is tried alone, and the centre is told to send again
        what raised then.
        """
        ...


class TextChannel(Protocol):
    """A way for text messages."""

    def count(self, text: str) -> int:
        """Return the number of parts; raises ``rules.sms_segments.TextError`` for a text that cannot be sent."""
        ...

    async def submit(self, message: TextMessage) -> tuple[Outcome, ...]:
        """Send a message and return what came of each part that was asked for, in their order.

        A channel that leaves the cutting to the centre (``payload``) tells of one part.

        Raises ``TextError`` for a text that cannot be sent and ``ValueError`` for a sender or recipient that cannot be
        written; nothing was sent then.
        """
        ...
