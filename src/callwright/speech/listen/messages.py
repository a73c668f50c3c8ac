"""What the control plane and the process that listens say to each other, as bytes."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, Final

import orjson

from callwright.speech.listen.cues import Cue
from callwright.speech.listen.events import Answerer, Beep, Event, GreetingEnded, Quiet, Reason, Verdict, WordsWanted

#: Call, time in seconds, bytes of sound that follow (``_ENDS``: none, and the call is over).
_PIECE: Final = struct.Struct("<IdI")
_ENDS: Final = 0xFFFFFFFF
#: In place of the bytes: what the words of the greeting gave away.
_CUES: Final = {Cue.MACHINE: 0xFFFFFFFE, Cue.PERSON: 0xFFFFFFFD}
_CUE_OF: Final = {size: cue for cue, size in _CUES.items()}
#: Call and bytes of JSON that follow.
_ANSWER: Final = struct.Struct("<II")

_KINDS: Final[dict[str, type[Verdict | Beep | GreetingEnded | Quiet | WordsWanted]]] = {
    "verdict": Verdict,
    "beep": Beep,
    "greeting_ended": GreetingEnded,
    "quiet": Quiet,
    "words_wanted": WordsWanted,
}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """Some of a call's sound: 16-bit little-endian samples at 8 kHz."""

    call: int
    #: Its place in seconds since the answer.
    at: float = 0.0
    samples: bytes = b""
    #: The call is listened to no longer.
    ends: bool = False
    #: No sound: what the words so far gave away.
    cue: Cue | None = None

    def pack(self) -> bytes:
        """Return it as bytes."""
        size = _ENDS if self.ends else len(self.samples)
        if self.cue is not None:
            size = _CUES[self.cue]
        return _PIECE.pack(self.call, self.at, size) + self.samples


def read_piece(stream: BinaryIO) -> Piece | None:
    """Return the next piece; ``None`` at the end. Raises ``EOFError`` when it ends in the middle of one."""
    head = stream.read(_PIECE.size)
    if not head:
        return None
    if len(head) < _PIECE.size:
        raise EOFError
    call, at, size = _PIECE.unpack(head)
    if size == _ENDS:
        return Piece(call=call, ends=True)
    if size in _CUE_OF:
        return Piece(call=call, at=at, cue=_CUE_OF[size])
    samples = stream.read(size)
    if len(samples) < size:
        raise EOFError
    return Piece(call=call, at=at, samples=samples)


def pack_events(call: int, events: Sequence[Event]) -> bytes:
    """Return what was decided about a call as bytes."""
    return _answer(call, [{"kind": _NAMES[type(event)], **asdict(event)} for event in events])


def pack_fault(call: int, error: str) -> bytes:
    """Return as bytes that a call can be listened to no longer."""
    return _answer(call, [{"kind": "fault", "error": error}])


async def receive(stream: asyncio.StreamReader) -> tuple[int, list[Event] | str]:
    """Return the next answer: the call, and its events or what went wrong. Raises ``asyncio.IncompleteReadError``."""
    call, size = _ANSWER.unpack(await stream.readexactly(_ANSWER.size))
    told: list[dict[str, Any]] = orjson.loads(await stream.readexactly(size))
    if told and told[0]["kind"] == "fault":
        return call, str(told[0]["error"])
    return call, [_event(each) for each in told]


def _event(told: dict[str, Any]) -> Event:
    values = dict(told)
    kind = _KINDS[values.pop("kind")]
    if kind is Verdict:
        values |= {"answerer": Answerer(values["answerer"]), "reason": Reason(values["reason"])}
    event: Event = kind(**values)
    return event


def _answer(call: int, told: list[dict[str, Any]]) -> bytes:
    text = orjson.dumps(told)
    return _ANSWER.pack(call, len(text)) + text
