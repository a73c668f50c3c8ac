"""The lab's dialplan, from the table of behaviours."""

from __future__ import annotations

from pathlib import Path

from callwright.telephony.lab import call_in
from callwright.telephony.lab.behaviours import BEHAVIOURS, SOFTPHONES, Behaviour

#: What a handset hears is the receive side alone: not what it says itself.
_RECORD = "MixMonitor(,r({heard}/${{NUMBER}}-${{UNIQUEID}}.wav))"


def render(sounds: Path, heard: Path) -> str:
    """Return ``extensions.conf``: every number ends in ``handsets`` under its last four digits."""
    parts = [
        "[general]\nstatic = yes\nwriteprotect = yes\n",
        "[lab]\n",
        "exten => _[+0-9]!,1,Set(__NUMBER=${FILTER(0-9,${EXTEN})})\n",
        ' same => n,GotoIf($["${DIALPLAN_EXISTS(handsets,${EXTEN:-4},1)}" = "1"]?handsets,${EXTEN:-4},1)\n',
        " same => n,Goto(handsets,0001,1)\n",
        "[handsets]\n",
        *(_extension(behaviour, sounds, heard) for behaviour in BEHAVIOURS),
        _softphones(),
        call_in.contexts(heard),
    ]
    return "".join(parts)


def _extension(behaviour: Behaviour, sounds: Path, heard: Path) -> str:
    steps = [
        _RECORD.format(heard=heard) if step == "{record}" else step.replace("{sounds}", str(sounds))
        for step in behaviour.steps
    ]
    lines = [f"exten => {behaviour.digits},1,NoOp({behaviour.digits})"] + [f" same => n,{step}" for step in steps]
    return "\n".join(lines) + "\n"


def _softphones() -> str:
    prefix = str(SOFTPHONES.start)[:2]
    return (
        f"exten => _{prefix}XX,1,Dial(PJSIP/${{EXTEN}},60)\n"
        ' same => n,GotoIf($["${DIALSTATUS}" = "BUSY"]?busy)\n'
        ' same => n,GotoIf($["${DIALSTATUS}" = "CHANUNAVAIL"]?away)\n'
        " same => n,Hangup(19)\n same => n(busy),Hangup(17)\n same => n(away),Hangup(1)\n"
    )
