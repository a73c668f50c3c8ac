"""The engine's dialplan: it hands an answered call to the control plane, and looks after it while that is away."""

from __future__ import annotations

from pathlib import Path

#: Context through which calls go out, and the one where calls from outside arrive.
OUT = "cw-out"
IN = "cw-in"
#: Twenty times half a second: the control plane restarts in two or three.
_RETRIES = 20
_RETRY_SECONDS = 0.5

#: ``log/cdr-custom/attempts.csv``: channel id (the attempt's), start, answer and end in UTC, seconds, disposition.
CDR_MAPPING = (
    "[mappings]\nattempts.csv => ${CSV_QUOTE(${CDR(uniqueid)})},${CSV_QUOTE(${CDR(start)})},"
    "${CSV_QUOTE(${CDR(answer)})},${CSV_QUOTE(${CDR(end)})},${CSV_QUOTE(${CDR(billsec)})},"
    "${CSV_QUOTE(${CDR(disposition)})}\n"
)


def engine(application: str, away: Path | None) -> str:
    """Return ``extensions.conf`` of an engine whose ARI application is ``application``.

    ``away`` is a recording (without extension) for a person who answers while the control plane is away for longer
    than ten seconds: nobody should hear silence and a click. Without one the call just ends.
    """
    apology = f" same => n,Playback({away})\n" if away is not None else ""
    return (
        "[general]\nstatic = yes\nwriteprotect = yes\nautofallthrough = yes\n"
        f"[{OUT}]\n"
        "exten => s,1,Set(CW_TRIES=0)\n"
        f" same => n(again),Stasis({application},out)\n"
        ' same => n,GotoIf($["${STASISSTATUS}" != "FAILED"]?done)\n'
        " same => n,Set(CW_TRIES=$[${CW_TRIES} + 1])\n"
        f" same => n,GotoIf($[${{CW_TRIES}} > {_RETRIES}]?away)\n"
        f" same => n,Wait({_RETRY_SECONDS})\n"
        " same => n,Goto(again)\n"
        " same => n(away),NoOp()\n"
        f"{apology}"
        " same => n(done),Hangup()\n"
        # inbound flows come with a later issue: until then a caller hears that the number is not in service
        f"[{IN}]\nexten => _[+0-9]!,1,Hangup(1)\n"
    )
