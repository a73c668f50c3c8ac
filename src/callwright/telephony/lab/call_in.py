"""A handset of the lab that calls us: the lab's side of a call that comes in, and how to ask for one."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from callwright.errors import FieldError, InvalidRequest, SetupError
from callwright.settings import Settings
from callwright.telephony.asterisk.install import find_or_install
from callwright.telephony.asterisk.process import run_command

#: The lab's line to the engine.
ENDPOINT = "callwright"
_CONTEXT = "call-in"
#: Where the lab writes how a call is going, by the call's own number.
_NOTES = "call-in"
_NUMBER = re.compile(r"\+?([1-9][0-9]{4,14})", re.ASCII)
_KEYS = re.compile(r"[0-9A-D*#w]{1,32}", re.ASCII)
_LONGEST_WAIT = 300
_POLL_SECONDS = 0.3
#: The lab gives up after sixty seconds.
_LONGEST_RINGING = 70
#: What a caller is told (Q.850), in words.
_CAUSES = {
    1: "not answered: nobody here has this number (404)",
    17: "not answered: busy, all calls that may be made at once are in use (486)",
    19: "not answered: the number takes no calls (480)",
    21: "refused: this is no number (403)",
    34: "not answered: no room now (503)",
}


@dataclass(frozen=True, kw_only=True)
class CallIn:
    """One call from a handset to a number of ours. Raises ``InvalidRequest``."""

    #: E.164.
    number: str
    #: E.164; ``None``: the caller does not show one.
    caller: str | None
    #: Keys to press, ``w`` waits half a second.
    press: str = ""
    #: Seconds between the answer and the first key.
    after: int = 2

    def __post_init__(self) -> None:
        errors = [
            FieldError(field=field, message="a telephone number such as +12125550100", received=value)
            for field, value in (("number", self.number), ("from", self.caller))
            if value is not None and not _NUMBER.fullmatch(value)
        ]
        if self.press and not _KEYS.fullmatch(self.press):
            errors.append(FieldError(field="press", message="keys 0-9 * # A-D, w to wait", received=self.press))
        if not 0 <= self.after <= _LONGEST_WAIT:
            errors.append(FieldError(field="after", message=f"0 to {_LONGEST_WAIT} seconds", received=self.after))
        if errors:
            raise InvalidRequest(errors)


def contexts(heard: Path) -> str:
    """Return the dialplan of handsets that call; what they hear is recorded in ``heard`` like everything there.

    One call's numbers and keys stand in the extension: id, caller (0: withheld), number, seconds, keys.
    """
    return (
        f"[{_CONTEXT}]\n"
        "exten => _X.,1,Set(__CALL_IN=${CUT(EXTEN,-,1)})\n"
        " same => n,Set(__NUMBER=${CUT(EXTEN,-,2)})\n"
        " same => n,Set(__AFTER=${CUT(EXTEN,-,4)})\n"
        " same => n,Set(__PRESS=${CUT(EXTEN,-,5)})\n"
        ' same => n,ExecIf($["${NUMBER}" = "0"]?Set(CALLERID(num)=anonymous):Set(CALLERID(num)=+${NUMBER}))\n'
        f" same => n,Dial(PJSIP/+${{CUT(EXTEN,-,3)}}@{ENDPOINT},60,G({_CONTEXT}-answered^s^1))\n"
        f" same => n,Set(DB({_NOTES}/${{CALL_IN}})=refused ${{HANGUPCAUSE}})\n"
        " same => n,Hangup()\n"
        # the half that asked for the call goes to 1, the call itself to 2
        f"[{_CONTEXT}-answered]\n"
        "exten => s,1,Hangup()\n"
        f" same => n,Set(DB({_NOTES}/${{CALL_IN}})=answered)\n"
        f" same => n,MixMonitor(,r({heard}/${{NUMBER}}-${{UNIQUEID}}.wav))\n"
        " same => n,Wait(${AFTER})\n"
        " same => n,ExecIf($[${LEN(${PRESS})} > 0]?SendDTMF(${PRESS},250))\n"
        f" same => n,Wait({_LONGEST_WAIT})\n"
        " same => n,Hangup()\n"
        'exten => h,1,ExecIf($["${CHANNEL(channeltype)}" = "PJSIP"]?'
        f"Set(DB({_NOTES}/${{CALL_IN}})=ended))\n"
    )


async def place(settings: Settings, call: CallIn) -> AsyncIterator[str]:
    """Let a handset of a running ``serve`` call, and yield what happens, in words. Raises ``SetupError``.

    The lab's Asterisk goes on with the call when this is no longer asked.
    """
    conf = settings.data_dir.absolute() / "lab" / "etc" / "asterisk.conf"
    if not conf.exists():
        raise SetupError(f"no lab has been started in {settings.data_dir}; start callwright serve first")
    binary = find_or_install(settings.cache_dir, mirror=settings.debian_mirror).binary
    number = str(secrets.randbelow(10**12))
    parts = (number, _digits(call.caller), _digits(call.number), str(call.after), call.press)
    await run_command(
        binary, conf, f"channel originate Local/{'-'.join(parts)}@{_CONTEXT} application Wait {_LONGEST_WAIT}"
    )
    shown = ""
    polls = 0
    while shown != "ended":
        polls += 1
        if not shown and polls * _POLL_SECONDS > _LONGEST_RINGING:
            raise SetupError("the lab says nothing about the call; is callwright serve running?")
        found = re.search(r"^Value: (.*)$", await run_command(binary, conf, f"database get {_NOTES} {number}"), re.M)
        state = found[1].strip() if found else ""
        if state != shown and state:
            yield _words(state)
        if state.startswith("refused"):
            break
        shown = state
        await asyncio.sleep(_POLL_SECONDS)
    await run_command(binary, conf, f"database del {_NOTES} {number}")


def _digits(number: str | None) -> str:
    return "0" if number is None else number.lstrip("+")


def _words(state: str) -> str:
    if not state.startswith("refused"):
        return {"answered": "answered", "ended": "over"}.get(state, state)
    cause = state.removeprefix("refused").strip()
    return _CAUSES.get(int(cause) if cause.isdigit() else 0, f"not answered (Q.850 cause {cause or 'unknown'})")
