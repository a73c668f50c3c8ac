"""Who sent a key, remembered for a moment, so that a busy client does not cost a look-up a request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from callwright.accounts.models import Principal
from callwright.clock import Clock

#: A key revoked in another process works here for at most this long.
TTL_SECONDS = 2.0
#: More keys than this in use within two seconds: start again rather than grow.
_MAX_ENTRIES = 10_000


@dataclass(frozen=True)
class _Entry:
    principal: Principal
    until: float
    expires_at: datetime | None


class KeyCache:
    """Principals by the SHA-256 of their key. Unknown keys are not remembered."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[bytes, _Entry] = {}

    def get(self, digest: bytes) -> Principal | None:
        """Return who it is, or ``None`` when the database must be asked."""
        entry = self._entries.get(digest)
        if entry is None:
            return None
        expired = entry.expires_at is not None and entry.expires_at <= self._clock.now()
        if expired or entry.until <= self._clock.monotonic():
            del self._entries[digest]
            return None
        return entry.principal

    def put(self, digest: bytes, principal: Principal, *, expires_at: datetime | None) -> None:
        """Remember a key that the database knows."""
        if len(self._entries) >= _MAX_ENTRIES:
            self._entries.clear()
        self._entries[digest] = _Entry(principal, self._clock.monotonic() + TTL_SECONDS, expires_at)

    def clear(self) -> None:
        """Forget all, after a key or an organisation changed in this process."""
        self._entries.clear()
