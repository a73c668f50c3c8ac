"""What a flow says, as files that the engine can play."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from callwright.flows.commands import Audio, Speech
from callwright.speech.speaker import Speaker, SpeechFailed, SpeechRequest


class SpokenVoice:
    """Implements the runner's ``Voice`` with the speech engines."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    async def render(self, items: Sequence[Speech | Audio], voice: str) -> list[Path]:
        """Return paths without extension, in order. Raises a ``CallwrightError`` when something cannot be spoken."""
        files: list[Path] = []
        for item in items:
            if isinstance(item, Audio):
                # whose audio it is the voice does not know: see telephony/playing.py
                raise SpeechFailed(f"the audio {item.audio_id} cannot be played here")
            files += await self._speaker.render(request_of(item, voice))
        return files


def request_of(item: Speech, voice: str | None) -> SpeechRequest:
    """Return what is asked of the speech engines; ``voice`` is the call's, for items without one of their own."""
    return SpeechRequest(
        text=item.text,
        voice=item.voice or voice,
        language=item.language,
        rate=item.rate,
        pitch=item.pitch,
        values=item.values,
        cut=item.phrasing,
    )
