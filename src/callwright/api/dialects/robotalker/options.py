"""What ``whattodo`` and ``calloptions`` mean."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CallOption(StrEnum):
    """Who hears the message."""

    LIVE_AND_VOICEMAIL = ""
    LIVE_ONLY = "liveonly"
    RINGLESS = "ringlessvm"
    TRANSFER = "transonanswer"


@dataclass(frozen=True, kw_only=True)
class WhatToDo:
    """Which channels a job has, and where its words come from."""

    name: str
    call: bool
    sms: bool
    #: Whether ``messageid`` is read: its audio is played.
    audio: bool


_ALL = (
    WhatToDo(name="SendMessage", call=True, sms=False, audio=True),
    WhatToDo(name="SendTtsMessage", call=True, sms=False, audio=False),
    WhatToDo(name="SendSms", call=False, sms=True, audio=False),
    WhatToDo(name="MessageAndSms", call=True, sms=True, audio=True),
    WhatToDo(name="TtsAndSms", call=True, sms=True, audio=False),
)
NAMES = tuple(what.name for what in _ALL)
_BY_NAME = {what.name.lower(): what for what in _ALL}


def read_what_to_do(text: str) -> WhatToDo:
    """Return what a job does. Raises ``ValueError``."""
    found = _BY_NAME.get(text.lower())
    if found is None:
        raise ValueError(f"whattodo must be one of {', '.join(NAMES)}")
    return found


def read_call_option(text: str) -> CallOption:
    """Return who hears the message. Raises ``ValueError``."""
    try:
        return CallOption(text.strip().lower())
    except ValueError:
        raise ValueError("calloptions must be empty, LiveOnly, RinglessVm or TransOnAnswer") from None


def read_priority(text: str) -> int:
    """Return 0 (last) to 9 (first), 5 for an empty text. Raises ``ValueError``."""
    if not text:
        return 5
    if len(text) == 1 and text.isascii() and text.isdigit():
        return int(text)
    raise ValueError("priority must be 0 to 9; 9 goes first")
