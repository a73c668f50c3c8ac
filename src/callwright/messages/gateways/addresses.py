"""The address that a gateway calls: it holds a secret, so that nobody else finds it."""

from __future__ import annotations

import base64
import hmac

from callwright.store.secrets import SecretBox

#: Bytes of the signature that are kept: 120 bits cannot be guessed, and make 24 characters of base32.
_KEPT = 15


class HookAddresses:
    """Makes and checks ``https://calls.example.com/gateways/ROUTE/SECRET``."""

    def __init__(self, secrets: SecretBox, public_url: str | None) -> None:
        """``public_url``: where others reach this appliance; without it there are no addresses."""
        self._key = secrets.derived("gateway webhooks")
        self._base = public_url

    def token(self, route_id: str) -> str:
        """Return the secret of a route."""
        digest = hmac.digest(self._key, route_id.encode(), "sha256")[:_KEPT]
        return base64.b32encode(digest).decode().lower()

    def is_token(self, route_id: str, token: str) -> bool:
        """Return whether this is the secret of a route."""
        return hmac.compare_digest(self.token(route_id).encode(), token.encode("utf-8", "replace"))

    def path(self, route_id: str) -> str:
        """Return the path that a gateway calls."""
        return f"/gateways/{route_id}/{self.token(route_id)}"

    def url(self, route_id: str) -> str | None:
        """Return what a gateway calls; ``None`` where nobody said how others reach us."""
        return None if self._base is None else self._base.rstrip("/") + self.path(route_id)
