"""What ``/trunks`` needs of the engine; the appliance has it (``trunk_desk.TrunkDesk``)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol


class Health(Protocol):
    """What a provider answered (``telephony.asterisk.trunk_check.TrunkHealth``)."""

    @property
    def answer(self) -> str | None:
        """Status and phrase of the answer to an OPTIONS; ``None``: none came."""
        ...

    @property
    def registration(self) -> str | None:
        """``Registered``, ``Unregistered``, ``Rejected``; ``None``: it does not register."""
        ...

    @property
    def certificate(self) -> str | None:
        """What is wrong with the provider's certificate."""
        ...


class Message(Protocol):
    """One SIP message."""

    @property
    def time(self) -> datetime:
        """When it went over the line."""
        ...

    @property
    def source(self) -> str:
        """``host:port``, or ``engine``."""
        ...

    @property
    def target(self) -> str:
        """``host:port``, or ``engine``."""
        ...

    @property
    def text(self) -> str:
        """The message, without what is secret."""
        ...


class TrunkLines(Protocol):
    """Asks the engine about trunks, one at a time."""

    async def check(self, name: str) -> Health:
        """Ask the provider for a sign of life. Raises ``NotFound``, and ``Conflict`` while another is asked."""
        ...

    async def trace(self, host: str, seconds: float, closing: asyncio.Event) -> Sequence[Message]:
        """Return the SIP messages with a host of the next seconds, redacted; ends early when ``closing`` is set."""
        ...

    async def registrations(self) -> Mapping[str, str]:
        """Return what the engine says of each registration, by the trunk's name."""
        ...
