"""How a voice sounds: a short text spoken by it, behind a link that needs no key and expires."""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode

from callwright.errors import Forbidden, NotFound
from callwright.speech.speaker import Speaker, SpeechFailed, SpeechRequest, Urgency, wav_of
from callwright.speech.tts.engine import Voice

LIFETIME = timedelta(hours=1)
#: A sentence or two; more is what calls are for.
MOST_CHARACTERS = 200
#: Bytes of the signature that are kept: 128 bits cannot be guessed.
_SIGNATURE = 16


class VoiceSamples:
    """Makes and checks links, and speaks what they ask for. The signature covers voice, text and end."""

    def __init__(self, speaker: Speaker, *, key: bytes, now: Callable[[], datetime]) -> None:
        self._speaker = speaker
        self._key = key
        self._now = now

    def query(self, voice_id: str, text: str) -> str:
        """Return what stands after the question mark of a link to a sample."""
        expires = int((self._now() + LIFETIME).timestamp())
        return urlencode({"text": text, "expires": expires, "signature": self._signature(voice_id, text, expires)})

    def check(self, voice_id: str, text: str, *, expires: int, signature: str) -> None:
        """Raise ``Forbidden`` for a link that we did not make, or whose time is over."""
        if not hmac.compare_digest(self._signature(voice_id, text, expires).encode(), signature.encode()):
            raise Forbidden("this link is damaged; ask for a new one with GET /api/v1/voices?sample=")
        if self._now().timestamp() >= expires:
            raise Forbidden("this link has expired; ask for a new one with GET /api/v1/voices?sample=")

    async def wav(self, voice_id: str, text: str) -> bytes:
        """Return the text spoken by a voice, as WAV. Raises ``NotFound`` for another's id, ``SpeechFailed``."""
        voice = self._voice(voice_id)
        # what people try out is kept for a day
        request = SpeechRequest(
            text=text, voice=voice.id, language=voice.language, values=((0, len(text)),), cut="sentences"
        )
        paths = await self._speaker.render(request, Urgency.AHEAD)
        if not paths:
            raise SpeechFailed("There is nothing in the text that can be spoken")
        return await asyncio.to_thread(wav_of, paths)

    def _voice(self, voice_id: str) -> Voice:
        voice = self._speaker.catalogue.find(voice_id)
        if voice is None:
            raise NotFound(f"there is no voice {voice_id!r} here; GET /api/v1/voices lists all")
        return voice

    def _signature(self, voice_id: str, text: str, expires: int) -> str:
        said = f"{voice_id.lower()}\n{expires}\n{text}".encode()
        return base64.urlsafe_b64encode(hmac.digest(self._key, said, "sha256")[:_SIGNATURE]).rstrip(b"=").decode()
