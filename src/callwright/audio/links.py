"""Links to a sound: signed, for a while, for whoever has one."""

from __future__ import annotations

import base64
import hmac
from datetime import datetime, timedelta
from urllib.parse import urlencode

from callwright.audio.models import Audio
from callwright.clock import Clock
from callwright.errors import Forbidden
from callwright.store.secrets import SecretBox

LIFETIME = timedelta(hours=1)
#: Bytes of the signature that are kept: 128 bits cannot be guessed.
_SIGNATURE = 16


class AudioLinks:
    """Makes and checks links. The signature (HMAC-SHA-256) covers organisation, audio, format and end."""

    def __init__(self, secrets: SecretBox, clock: Clock) -> None:
        self._key = secrets.derived("audio links")
        self._clock = clock

    def expiry(self) -> datetime:
        """Return the end, in whole seconds, of links that are made now."""
        return (self._clock.now() + LIFETIME).replace(microsecond=0)

    def query(self, audio: Audio, form: str, expires_at: datetime) -> str:
        """Return what stands after the question mark."""
        expires = int(expires_at.timestamp())
        return urlencode({"format": form, "expires": expires, "signature": self._signature(audio, form, expires)})

    def check(self, audio: Audio, form: str, *, expires: int, signature: str) -> None:
        """Raise ``Forbidden`` for a link that we did not make, or whose time is over."""
        wanted = self._signature(audio, form, expires)
        if not hmac.compare_digest(wanted.encode(), signature.encode()):
            raise Forbidden("this link is damaged; ask for a new one with GET /api/v1/audio/{id}")
        if self._clock.now().timestamp() >= expires:
            raise Forbidden("this link has expired; ask for a new one with GET /api/v1/audio/{id}")

    def _signature(self, audio: Audio, form: str, expires: int) -> str:
        said = f"{audio.organisation_id}\n{audio.id}\n{form}\n{expires}".encode()
        return base64.urlsafe_b64encode(hmac.digest(self._key, said, "sha256")[:_SIGNATURE]).rstrip(b"=").decode()
