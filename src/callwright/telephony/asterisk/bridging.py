"""Two channels that hear each other: a bridge of Asterisk, named after the attempt."""

from __future__ import annotations

import logging

from callwright.telephony.asterisk.ari import AnswerLost, AriConnection, AriRefused
from callwright.telephony.port import EngineUnavailable

log = logging.getLogger(__name__)

_PREFIX = "brg_"


async def connect(connection: AriConnection, attempt_id: str, channels: tuple[str, str]) -> None:
    """Put two answered channels into the bridge of an attempt; those that are there stay undisturbed.

    Raises ``AriRefused`` when one is gone, ``EngineUnavailable`` or ``AnswerLost``.
    """
    bridge = _PREFIX + attempt_id
    # the id is given, so that asking twice makes one bridge
    made = await connection.request("POST", f"bridges/{bridge}", query={"type": "mixing"})
    if made.status == 409:
        made = await connection.request("GET", f"bridges/{bridge}")
    if not made.ok:
        raise AriRefused(made.status, f"Asterisk made no bridge: {made.message}")
    there = frozenset(made.json().get("channels") or ())
    missing = [channel for channel in channels if channel not in there]
    if not missing:
        return
    added = await connection.request("POST", f"bridges/{bridge}/addChannel", query={"channel": ",".join(missing)})
    if not added.ok:
        await disconnect(connection, attempt_id)
        raise AriRefused(added.status, f"Asterisk did not connect the two sides: {added.message}")


async def disconnect(connection: AriConnection, attempt_id: str) -> None:
    """End the bridge of an attempt, if there is one; who is in it stays answered."""
    try:
        await connection.request("DELETE", f"bridges/{_PREFIX}{attempt_id}")
    except (EngineUnavailable, AnswerLost):
        # it is empty, or soon will be: ``remove_empty`` finds it
        log.info("a bridge is left for later: no connection to Asterisk")


async def remove_empty(connection: AriConnection, *, kept: frozenset[str]) -> None:
    """Remove bridges that an earlier process left without channels; ``kept`` are attempts whose bridges are ours."""
    answer = await connection.request("GET", "bridges")
    if not answer.ok:
        return
    for bridge in answer.json():
        name: str = bridge["id"]
        if name.startswith(_PREFIX) and not bridge["channels"] and name.removeprefix(_PREFIX) not in kept:
            await connection.request("DELETE", f"bridges/{name}")
