"""Asterisk's own detector of answering machines, ``app_amd``: for where ours does not run, and to compare with it.

It runs on a snoop channel and not on the call's own: the call stays in our hands meanwhile, and can be spoken to.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Sequence
from typing import Final

from callwright.telephony.asterisk.ari import AnswerLost, AriConnection, AriRefused
from callwright.telephony.asterisk.tap import PREFIX, SNOOP
from callwright.telephony.port import EngineUnavailable

#: ``amd.conf`` with the values that Asterisk 22 comes with.
CONFIGURATION: Final = (
    "[general]\ntotal_analysis_time = 5000\nsilence_threshold = 256\ninitial_silence = 2500\n"
    "after_greeting_silence = 800\ngreeting = 1500\nmin_word_length = 100\nmaximum_word_length = 5000\n"
    "between_words_silence = 50\nmaximum_number_of_words = 2\n"
)
_CONTEXT: Final = "cw-amd"
#: In place of the five seconds that it comes with: a snoop channel on which nothing came yet counts as more time than
#: has passed, and on a busy machine the analysis was over before the greeting.
_ANALYSIS_MILLISECONDS: Final = 15_000
#: A pause of so long in a machine's greeting is its end; after the second time it is waited for no longer.
_PAUSE_MILLISECONDS: Final = 2500
_LONGEST_GREETING_SECONDS: Final = 60
#: Both steps end by themselves; this is for an Asterisk that does not say so.
_STEP_SECONDS: Final = {"s": 20.0, "quiet": _LONGEST_GREETING_SECONDS + 10.0}


def dialplan(application: str) -> str:
    """Return the context in which a snoop channel is judged."""
    back = f" same => n,Stasis({application},tap,"
    return (
        f"[{_CONTEXT}]\n"
        f"exten => s,1,AMD(,,,{_ANALYSIS_MILLISECONDS})\n{back}${{AMDSTATUS}},${{AMDCAUSE}})\n same => n,Hangup()\n"
        f"exten => quiet,1,WaitForSilence({_PAUSE_MILLISECONDS},1,{_LONGEST_GREETING_SECONDS})\n"
        f"{back}${{WAITSTATUS}},-)\n same => n,Hangup()\n"
    )


class EngineJudge:
    """Implements ``Judge`` for one call."""

    def __init__(self, attempt_id: str, channel: str, connection: AriConnection) -> None:
        self.name = f"{PREFIX}{attempt_id}.{secrets.token_hex(3)}"
        self._channel = channel
        self._connection = connection
        #: Arguments with which the snoop channel came into our hands; ``None``: it is gone.
        self._entered: asyncio.Queue[Sequence[str] | None] = asyncio.Queue()

    async def open(self) -> None:
        """Begin to listen. Raises ``AriRefused``, ``EngineUnavailable`` or ``AnswerLost``; ``close`` is due even so."""
        await self._ask(
            f"channels/{self._channel}/snoop/{self.name}{SNOOP}",
            {"app": self._connection.application, "spy": "in", "appArgs": "tap"},
        )
        await self._wait(5.0)

    async def status(self) -> tuple[str, str]:
        """Return ``AMDSTATUS`` and ``AMDCAUSE``. Raises as ``open``."""
        return await self._run("s")

    async def greeting_ended(self) -> None:
        """Return when a machine has paused for long. Raises as ``open``."""
        await self._run("quiet")

    async def close(self) -> None:
        """Listen no longer."""
        with contextlib.suppress(EngineUnavailable, AnswerLost):
            await self._connection.request("DELETE", f"channels/{self.name}{SNOOP}")

    def entered(self, channel_id: str, arguments: Sequence[str]) -> None:
        """Take ``StasisStart`` of its channel."""
        self._entered.put_nowait(arguments)

    def destroyed(self, channel_id: str) -> None:
        """Take ``ChannelDestroyed`` of its channel."""
        self._entered.put_nowait(None)

    async def _run(self, extension: str) -> tuple[str, str]:
        where = {"context": _CONTEXT, "extension": extension, "priority": "1"}
        await self._ask(f"channels/{self.name}{SNOOP}/continue", where)
        told = await self._wait(_STEP_SECONDS[extension])
        if len(told) < 3:
            raise AriRefused(502, "Asterisk's own detector said nothing")
        return told[1], told[2]

    async def _ask(self, path: str, query: dict[str, str]) -> None:
        answer = await self._connection.request("POST", path, query=query)
        if not answer.ok:
            raise AriRefused(answer.status, f"Asterisk's own detector does not run: {answer.message}")

    async def _wait(self, seconds: float) -> Sequence[str]:
        try:
            async with asyncio.timeout(seconds):
                told = await self._entered.get()
        except TimeoutError:
            raise AriRefused(504, "Asterisk's own detector did not answer in time") from None
        if told is None:
            raise AriRefused(404, "the call has ended")
        return told
