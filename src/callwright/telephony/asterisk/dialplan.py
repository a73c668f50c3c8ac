"""The engine's dialplan: it hands an answered call to the control plane, and looks after it while that is away."""

from __future__ import annotations

from pathlib import Path

from callwright.telephony.asterisk import amd
from callwright.telephony.asterisk.arrivals import incoming

#: Context through which calls go out, and the softphones' own; ``arrivals`` has the one where calls come in.
OUT = "cw-out"
PHONES = "cw-phones"
#: Digits of an extension.
_EXTENSION_LENGTHS = range(2, 7)
#: Seconds that a colleague's softphone rings.
_COLLEAGUE_SECONDS = 60
#: Q.850 cause of a call that was answered in a way that leaves no media: incompatible destination.
NO_MEDIA = 88
#: Twenty times half a second: the control plane restarts in two or three.
_RETRIES = 20
#: Asterisk ends every call after so long, with the apology: nobody is held for ever by a control plane that never comes
#: back. It cannot be a short time that we prolong: a variable of a channel in ``Stasis()`` is set only after the prompt
#: that it hears, and all other requests wait for that.
HOLD_SECONDS = 4 * 3600
_RETRY_SECONDS = 0.5

#: ``log/cel-custom/attempts.csv``: for each answer and each end of a channel its id (the attempt's), the event, the
#: time (seconds since 1970), and for an end Q.850 cause and source as JSON. ``past_calls`` reads it.
CEL_MAPPING = (
    "[mappings]\nattempts.csv => ${CSV_QUOTE(${CHANNEL(uniqueid)})},${CSV_QUOTE(${eventtype})},"
    "${CSV_QUOTE(${eventtime})},${CSV_QUOTE(${eventextra})}\n"
)


def engine(
    application: str, away: Path | None, *, control_port: int | None = None, hold_seconds: int = HOLD_SECONDS
) -> str:
    """Return ``extensions.conf`` of an engine whose ARI application is ``application``.

    ``away`` is a recording (without extension) for a person who answers while the control plane is away for longer
    than ten seconds: nobody should hear silence and a click. Without one the call just ends.

    ``control_port`` is for an Asterisk that connects to the control plane: an application of an outbound websocket
    counts as registered for ever, so ``Stasis()`` never fails there and a person would hear silence without end. With
    it the listener on this port of loopback is asked first, by HTTP; any answer means that it is there (needs the
    modules ``res_curl`` and ``func_curl``). Where the control plane connects to Asterisk, ``Stasis()`` fails by itself.
    """
    apology = f" same => n,Playback({away})\n" if away is not None else ""
    ask = (
        ""
        if control_port is None
        else " same => n,Set(CURLOPT(conntimeout)=1)\n"
        " same => n,Set(CURLOPT(httptimeout)=1)\n"
        f" same => n(again),GotoIf($[${{LEN(${{CURL(http://127.0.0.1:{control_port}/)}})}} = 0]?missing)\n"
    )
    enter = "again" if control_port is None else "enter"
    return (
        "[general]\nstatic = yes\nwriteprotect = yes\nautofallthrough = yes\n"
        f"[{OUT}]\n"
        # answered without a codec or an encryption in common: up, and nothing would ever be heard
        'exten => s,1,GotoIf($["${CHANNEL(rtp,dest)}" = ""]?deaf)\n'
        " same => n,Set(CW_TRIES=0)\n"
        f"{ask}"
        f" same => n({enter}),Set(TIMEOUT(absolute)={hold_seconds})\n"
        f" same => n,Stasis({application},out)\n"
        ' same => n,GotoIf($["${STASISSTATUS}" != "FAILED"]?done)\n'
        " same => n(missing),Set(CW_TRIES=$[${CW_TRIES} + 1])\n"
        f" same => n,GotoIf($[${{CW_TRIES}} > {_RETRIES}]?away)\n"
        f" same => n,Wait({_RETRY_SECONDS})\n"
        " same => n,Goto(again)\n"
        " same => n(away),NoOp()\n"
        f"{apology}"
        " same => n(done),Hangup()\n"
        f" same => n(deaf),Hangup({NO_MEDIA})\n"
        # where the absolute timeout leads; it is over once it has come
        "exten => T,1,NoOp()\n"
        f"{apology}"
        " same => n,Hangup()\n"
        f"{incoming(application, away, control_port=control_port, hold_seconds=hold_seconds)}"
        f"{_phones()}"
        f"{amd.dialplan(application)}"
    )


def _phones() -> str:
    """Return the context of calls that softphones make: to extensions of their own organisation, and nowhere else.

    Endpoints are named ``ext-<organisation's number>x<extension>``; the organisation is a variable of the caller's
    endpoint, so a caller cannot choose it. Everything else is refused with 403: nobody's bill can grow here.
    """
    colleague = "".join(
        f"exten => _{'X' * length},1,Dial(PJSIP/ext-${{CW_ORGANISATION}}x${{EXTEN}},{_COLLEAGUE_SECONDS})\n"
        " same => n,Hangup(${HANGUPCAUSE})\n"
        for length in _EXTENSION_LENGTHS
    )
    return f"[{PHONES}]\n{colleague}exten => _[+*#0-9]!,1,Hangup(21)\n"
