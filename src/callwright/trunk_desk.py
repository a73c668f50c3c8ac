"""Asks the appliance's own engine about trunks, for the API: the command line has ``callwright trunks`` for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from callwright.errors import Conflict, SetupError, Unavailable
from callwright.ids import new_id
from callwright.telephony.asterisk import sip_trace, trunk_check
from callwright.telephony.node import EngineNode

#: More is no help to anybody who reads it in a browser.
MOST_MESSAGES = 1000


class TrunkDesk:
    """One question at a time: the engine has one log of SIP messages."""

    def __init__(self, node: EngineNode) -> None:
        self._node = node
        self._folder = node.base / "log"
        self._busy = asyncio.Lock()

    async def check(self, name: str) -> trunk_check.TrunkHealth:
        """Ask the provider for a sign of life. Raises ``NotFound``, ``Conflict`` and ``Unavailable``."""
        async with self._alone():
            # one that was added or changed a moment ago
            await self._node.load_trunks()
            return await trunk_check.check_trunk(self._node.command, name, self._folder)

    async def trace(self, host: str, seconds: float, closing: asyncio.Event) -> list[sip_trace.SipMessage]:
        """Return the SIP messages with ``host`` of the next ``seconds``, redacted, the youngest ``MOST_MESSAGES``.

        Ends early when ``closing`` is set. The file, which holds credentials, is removed. Raises ``Conflict`` and
        ``Unavailable``.
        """
        file = self._folder / f"{new_id('trc')}.pcap"
        async with self._alone():
            try:
                async with trunk_check.capturing(self._node.command, file, f"host {host}"):
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(seconds):
                            await closing.wait()
                found = await asyncio.to_thread(sip_trace.read, file) if file.exists() else []
            finally:
                file.unlink(missing_ok=True)
        return [replace(message, text=sip_trace.redacted(message.text)) for message in found[-MOST_MESSAGES:]]

    async def registrations(self) -> Mapping[str, str]:
        """Return what the engine says of each registration, by the trunk's name; nothing while it is away."""
        try:
            return await trunk_check.registrations(self._node.command)
        except SetupError:
            return {}

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        if self._busy.locked():
            raise Conflict("a trunk is being tested or traced at this moment; try again when that has ended")
        async with self._busy:
            try:
                yield
            except SetupError as error:
                raise Unavailable(f"the engine does not answer: {error}") from error
