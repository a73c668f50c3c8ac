"""A job's words and sounds as a flow of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callwright.api.dialects.robotalker.options import CallOption

#: A person who hears a call that is meant for the machine: who calls, and how to end it (47 CFR 64.1200 (b)).
_IDENTIFIED = "This is {caller}. We wanted to leave you a message and will try again. To stop these calls, press 9."
_OPT_OUT_KEY = "9"
#: Seconds in which a key still counts after the message.
_KEY_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What is heard: an audio's id, or a text in our language of placeholders."""

    audio: str | None = None
    text: str = ""

    def step(self) -> dict[str, Any]:
        """Return it as a step or an item of a prompt."""
        return {"type": "say", "text": self.text} if self.audio is None else {"type": "play", "audio": self.audio}


def flow_of(
    live: Heard,
    *,
    option: CallOption,
    voicemail: Heard | None,
    transfer_to: str,
    caller: str,
    opt_out_key: bool,
) -> Mapping[str, Any]:
    """Return the flow of a call; ``voicemail`` is what a machine hears, by default the same as a person.

    ``transfer_to`` is an E.164 number for ``TransOnAnswer``; ``caller`` the organisation's spoken name. Keys that are
    pressed are kept for the report; with ``opt_out_key`` 9 is an opt-out.
    """
    on_machine: dict[str, Any] = {"leave": [(voicemail or live).step()]}
    if option is CallOption.LIVE_ONLY:
        on_machine = {"action": "hangup"}
    steps: dict[str, Any] = {"message": live.step()}
    if option is CallOption.TRANSFER:
        steps["message"] = {
            "type": "transfer",
            "to": transfer_to,
            "message": [live.step()],
            "during_message": True,
        }
    elif option is CallOption.RINGLESS:
        # nothing in their name may turn into a placeholder
        said = _IDENTIFIED.replace("{caller}", caller.replace("{", "(").replace("#", ""))
        steps["message"] = _keys(opt_out_key=True) | {"prompt": [Heard(text=said).step()]}
    else:
        # keys during the message are kept for the gather, and the message is heard to its end
        steps["message"]["next"] = "keys"
        steps["keys"] = _keys(opt_out_key=opt_out_key)
    return {"start": "message", "steps": steps, "on_machine": on_machine}


def _keys(*, opt_out_key: bool) -> dict[str, Any]:
    step: dict[str, Any] = {"type": "gather", "attempts": 1, "max_digits": 1, "timeout_seconds": _KEY_SECONDS}
    if opt_out_key:
        step["branches"] = {_OPT_OUT_KEY: [{"type": "optout"}]}
    return step
