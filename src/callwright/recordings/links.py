"""Links to a recording: signed, for a while, for whoever has one.

A web page, a mail or a dialect's field can point at a recording without giving a key away.
"""

from __future__ import annotations

import base64
import hmac
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from callwright.clock import Clock
from callwright.errors import Forbidden
from callwright.recordings.models import RecordingView
from callwright.store.secrets import SecretBox

LIFETIME: Final = timedelta(hours=1)
#: Bytes of the signature that are kept: 128 bits cannot be guessed.
_SIGNATURE: Final = 16


class RecordingLinks:
    """Makes and checks links. The signature (HMAC-SHA-256) covers organisation, recording, format and end."""

    def __init__(self, secrets: SecretBox, clock: Clock) -> None:
        self._key = secrets.derived("recording links")
        self._clock = clock

    def expiry(self, lifetime: timedelta = LIFETIME) -> datetime:
        """Return the end, in whole seconds, of links that are made now."""
        return (self._clock.now() + lifetime).replace(microsecond=0)

    def query(self, recording: RecordingView, form: str, expires_at: datetime) -> str:
        """Return what stands after the question mark of ``/api/v1/recordings/{id}/file``."""
        expires = int(expires_at.timestamp())
        signature = self._signature(recording, form, expires)
        return urlencode({"format": form, "expires": expires, "signature": signature})

    def check(self, recording: RecordingView, form: str, *, expires: int, signature: str) -> None:
        """Raise ``Forbidden`` for a link that we did not make, or whose time is over."""
        wanted = self._signature(recording, form, expires)
        if not hmac.compare_digest(wanted.encode(), signature.encode()):
            raise Forbidden("this link is damaged; ask for a new one with GET /api/v1/recordings/{id}")
        if self._clock.now().timestamp() >= expires:
            raise Forbidden("this link has expired; ask for a new one with GET /api/v1/recordings/{id}")

    def _signature(self, recording: RecordingView, form: str, expires: int) -> str:
        said = f"{recording.organisation_id}\n{recording.id}\n{form}\n{expires}".encode()
        return base64.urlsafe_b64encode(hmac.digest(self._key, said, "sha256")[:_SIGNATURE]).rstrip(b"=").decode()
