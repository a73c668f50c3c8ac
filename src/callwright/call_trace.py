"""``callwright trunks trace --call``: what was said over SIP for one call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import typer

from callwright.calls.queries import CallQueries
from callwright.errors import SetupError
from callwright.foundation import Ground, open_ground
from callwright.ids import new_id
from callwright.numbers.formats import written
from callwright.settings import Settings
from callwright.telephony.asterisk import sip_trace, trunk_check

_POLL_SECONDS = 0.5
#: The answer to the BYE.
_LAST_WORDS_SECONDS = 1.0


async def print_call(settings: Settings, org: str, call_id: str, *, file: Path | None, seconds: float) -> None:
    """Print the SIP messages of a call, redacted: those of the engine from now on, or those of a capture ``file``.

    Raises ``NotFound`` for a call that this organisation has not, ``SetupError`` when there is nothing to show.
    """
    async with open_ground(settings) as ground:
        organisation = await ground.accounts.find_organisation(org)
        queries = CallQueries(ground.database)
        await queries.get(organisation.id, call_id)
        if file is not None:
            if not file.exists():
                raise SetupError(f"there is no file {file}; callwright trunks trace NAME --file writes one")
            messages = sip_trace.read(file)
        else:

            async def is_over() -> bool:
                return (await queries.get(organisation.id, call_id)).outcome is not None

            messages = await _captured(settings, is_over, seconds)
        found = await _of_call(ground, organisation.id, call_id, messages)
    if not found:
        raise SetupError(
            f"no SIP message of {call_id} was seen: it was dialled before the capture began, or not at all"
        )
    for message in found:
        typer.echo(sip_trace.shown(message))


async def _captured(
    settings: Settings, is_over: Callable[[], Awaitable[bool]], seconds: float
) -> list[sip_trace.SipMessage]:
    """Take all SIP of the running engine until the call is over; the file, which holds credentials, is removed."""
    command = await trunk_check.running_command(settings)
    file = settings.data_dir.absolute() / "engine" / "log" / f"{new_id('trc')}.pcap"
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    try:
        async with trunk_check.capturing(command, file):
            while loop.time() < until and not await is_over():
                await asyncio.sleep(_POLL_SECONDS)
            await asyncio.sleep(_LAST_WORDS_SECONDS)
        return sip_trace.read(file) if file.exists() else []
    finally:
        file.unlink(missing_ok=True)


async def _of_call(
    ground: Ground, organisation_id: str, call_id: str, messages: list[sip_trace.SipMessage]
) -> list[sip_trace.SipMessage]:
    queries = CallQueries(ground.database)
    call = await queries.get(organisation_id, call_id)
    attempts = await queries.attempts(organisation_id, call_id)
    now = datetime.now(UTC)
    trunks = await ground.numbers.trunks.of_organisation(organisation_id)
    return sip_trace.of_call(
        messages,
        dialled={call.to_number, *(written(call.to_number, trunk.number_format, trunk.region) for trunk in trunks)},
        windows=[(a.dialing_at or a.claimed_at, a.ended_at or now) for a in attempts],
    )
