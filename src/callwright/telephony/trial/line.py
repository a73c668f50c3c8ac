"""What stands between a trial and the page that shows it: messages out, messages in.

Out: JSON objects with ``type``, and the sound of a ``play`` as bytes right after it. In: JSON objects with ``type``,
and the microphone's sound as bytes (signed 16-bit little-endian, 8 kHz, mono).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from callwright.speech.g711 import RATE

Message = Mapping[str, Any] | bytes
_BYTES_A_SECOND = 2 * RATE


class TrialLine:
    """Messages of one trial; ``None`` in ``outbox`` is its end."""

    def __init__(self) -> None:
        self.outbox: asyncio.Queue[Message | None] = asyncio.Queue()
        self._takers: list[Callable[[Mapping[str, Any]], None]] = []
        self._hearers: list[Callable[[bytes], None]] = []

    def send(self, kind: str, /, **fields: Any) -> None:
        """Tell the page something."""
        self.outbox.put_nowait({"type": kind, **fields})

    def send_sound(self, wav: bytes) -> None:
        """Send the sound of the ``play`` that was just told."""
        self.outbox.put_nowait(wav)

    def close(self) -> None:
        """Say that nothing more will come."""
        self.outbox.put_nowait(None)

    def on_message(self, take: Callable[[Mapping[str, Any]], None]) -> None:
        """Call ``take`` with each object that comes in."""
        self._takers.append(take)

    def on_sound(self, hear: Callable[[bytes], None]) -> None:
        """Call ``hear`` with each piece of the microphone's sound."""
        self._hearers.append(hear)

    def take(self, message: Message) -> None:
        """Take what the page sends; what nobody understands is left aside."""
        if isinstance(message, bytes):
            for hear in list(self._hearers):
                # a piece of at most a second, of whole samples
                hear(message[:_BYTES_A_SECOND][: len(message) // 2 * 2])
        else:
            for take in list(self._takers):
                take(message)
