"""Links to a recording: signed, for a while, and all that they need is in them.

Whoever has one can listen, without a key, so that a web page, a mail or a dialect's field can point at a recording.
A link tells organisation, recording, format and the second of its end, authenticated with HMAC-SHA-256 under a key that
is derived from the appliance's secret key.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from callwright.errors import NotFound
from callwright.store.secrets import SecretBox

#: Bytes of the signature that are kept: 128 bits cannot be guessed.
_SIGNATURE: Final = 16
_LONGEST: Final = 300


@dataclass(frozen=True, kw_only=True)
class SoundLink:
    """What a link opens, and until when."""

    organisation_id: str
    recording_id: str
    #: ``wav``, ``mp3`` or ``flac``.
    format: str
    expires_at: datetime


class RecordingLinks:
    """Makes and reads the tokens of links."""

    def __init__(self, secrets: SecretBox) -> None:
        self._key = secrets.derived("recording")

    def token(self, link: SoundLink) -> str:
        """Return the token of a link, which fits into a path."""
        until = str(int(link.expires_at.timestamp()))
        said = " ".join((link.organisation_id, link.recording_id, link.format, until)).encode()
        return f"{_encoded(said)}.{_encoded(self._signature(said))}"

    def read(self, token: str, *, now: datetime) -> SoundLink:
        """Return what a token opens. Raises ``NotFound`` for one that is not ours, or whose time is over."""
        said, _, signature = token[:_LONGEST].partition(".")
        try:
            raw = _decoded(said)
            genuine = hmac.compare_digest(self._signature(raw), _decoded(signature))
        except (ValueError, binascii.Error):
            genuine = False
        if not genuine:
            raise NotFound("this link to a recording is damaged; ask for another")
        organisation_id, recording_id, form, until = raw.decode().split(" ")
        link = SoundLink(
            organisation_id=organisation_id,
            recording_id=recording_id,
            format=form,
            expires_at=datetime.fromtimestamp(int(until), UTC),
        )
        if link.expires_at <= now:
            raise NotFound("the time of this link to a recording is over; ask for another")
        return link

    def _signature(self, said: bytes) -> bytes:
        return hmac.digest(self._key, said, "sha256")[:_SIGNATURE]


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    raw = text.encode("ascii")
    return base64.b64decode(raw + b"=" * (-len(raw) % 4), altchars=b"-_", validate=True)
