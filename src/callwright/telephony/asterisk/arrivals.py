"""Calls that come in: the dialplan that they enter, and how their channels are told and named.

Asterisk names the channel of an inbound call itself. The attempt's id is made of that name and back, so that nothing
has to be remembered: after a restart the list of channels says which attempts are alive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from callwright.telephony.dial_rules import ATTEMPT_ID, ATTEMPT_PREFIX

#: Context of the endpoints of trunks.
CONTEXT: Final = "cw-in"
#: First argument of ``Stasis()`` for a call that came in.
INBOUND: Final = "inbound"
#: An id of ours has no further underscore, so no outbound attempt begins so.
_PREFIX: Final = ATTEMPT_PREFIX + "in_"
_ESCAPES: Final = {"_": "_u", "-": "_h", ".": "_d"}
#: Forty times half a second: callers wait so long while it rings, and a busy machine may need ten to start again.
_RETRIES: Final = 40
_RETRY_SECONDS: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class Described:
    """What the dialplan says of a call that came in."""

    #: Name of the endpoint that Asterisk recognised.
    trunk: str
    dialled: str
    #: The caller's number; ``anonymous`` when it may not be shown.
    caller: str


def incoming(application: str, away: Path | None, *, control_port: int | None, hold_seconds: int) -> str:
    """Return the context of calls that come in over trunks; the arguments are those of ``dialplan.engine``.

    The control plane answers, or refuses. While it is away the caller hears the ringing tone, after twenty seconds
    the apology. What was dialled stands last among the arguments: a comma in it makes more of them, and that is
    refused.
    """
    ask = (
        ""
        if control_port is None
        else " same => n,Set(CURLOPT(conntimeout)=1)\n"
        " same => n,Set(CURLOPT(httptimeout)=1)\n"
        f" same => n(again),GotoIf($[${{LEN(${{CURL(http://127.0.0.1:{control_port}/)}})}} = 0]?missing)\n"
    )
    enter = "again" if control_port is None else "enter"
    apology = f" same => n,Playback({away})\n same => n,Hangup()\n" if away is not None else ""
    return (
        f"[{CONTEXT}]\n"
        "exten => _[+0-9]!,1,Set(CW_TRIES=0)\n"
        f"{ask}"
        # nobody is held for ever by a control plane that never comes back
        f" same => n({enter}),Set(TIMEOUT(absolute)={hold_seconds})\n"
        f" same => n,Stasis({application},{INBOUND},${{CHANNEL(endpoint)}},${{CALLERID(pres)}},${{EXTEN}})\n"
        ' same => n,GotoIf($["${STASISSTATUS}" != "FAILED"]?done)\n'
        " same => n(missing),Ringing()\n"
        " same => n,Set(CW_TRIES=$[${CW_TRIES} + 1])\n"
        f" same => n,GotoIf($[${{CW_TRIES}} > {_RETRIES}]?away)\n"
        f" same => n,Wait({_RETRY_SECONDS})\n"
        " same => n,Goto(again)\n"
        " same => n(away),NoOp()\n"
        f"{apology}"
        " same => n,Hangup(19)\n"
        " same => n(done),Hangup()\n"
        "exten => T,1,NoOp()\n"
        f"{apology}"
        " same => n,Hangup()\n"
    )


def attempt_of(channel_id: str) -> str:
    """Return the attempt's id of a channel: its own, or the one that is made for a channel of Asterisk's naming.

    A channel of another kind gets an id too, which is nobody's.
    """
    if channel_id.startswith(ATTEMPT_PREFIX):
        return channel_id
    made = _PREFIX + "".join(_ESCAPES.get(character, character) for character in channel_id)
    return made if ATTEMPT_ID.fullmatch(made) else channel_id


def channel_of(attempt_id: str) -> str:
    """Return the id of an attempt's channel."""
    if not attempt_id.startswith(_PREFIX):
        return attempt_id
    text = attempt_id.removeprefix(_PREFIX)
    # one pass from the left: what an escape brings is never read as the beginning of another
    parts = text.split("_")
    back = {escape[1]: character for character, escape in _ESCAPES.items()}
    return parts[0] + "".join(back.get(part[:1], "_" + part[:1]) + part[1:] for part in parts[1:])


def is_inbound(attempt_id: str) -> bool:
    """Return whether it is the id of an attempt that came in."""
    return attempt_id.startswith(_PREFIX)


def obeys(channel: Mapping[str, Any]) -> bool:
    """Return whether Asterisk's description is that of a call that came in over a trunk and is in our hands.

    One that rings in the dialplan because we were away is not, yet.
    """
    place = channel.get("dialplan", {})
    return bool(place.get("context") == CONTEXT and place.get("app_name") == "Stasis")


def described(channel: Mapping[str, Any], arguments: Sequence[str] | None = None) -> Described | None:
    """Return what is known of a call that came in; ``None`` when it did not, or something is wrong with it.

    ``arguments`` are those of ``StasisStart``; without them they are read from the channel's place in the dialplan.
    """
    if arguments is None:
        # the application's own name stands first there
        arguments = str(channel.get("dialplan", {}).get("app_data", "")).split(",")[1:]
    if len(arguments) != 4 or arguments[0] != INBOUND:
        return None
    _, trunk, presentation, dialled = arguments
    shown = not presentation.startswith("prohib")
    caller = str(channel.get("caller", {}).get("number", "")) if shown else "anonymous"
    return Described(trunk=trunk, dialled=dialled, caller=caller)
