"""Links to unsubscribe: signed, without an end, and all that they need is in them.

A link lives as long as the mail that carries it, so nothing is stored for it. It tells organisation, address and scope,
authenticated with HMAC-SHA-256 under a key that is derived from the appliance's secret key.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from callwright.errors import NotFound
from callwright.numbers.suppressions import check_scope, opt_out
from callwright.store.secrets import SecretBox

if TYPE_CHECKING:
    from callwright.numbers.models import Suppression
    from callwright.store.database import Connection

#: Bytes of the signature that are kept: 128 bits cannot be guessed.
_SIGNATURE = 16
#: A token is never longer: 254 octets of an address, 60 characters of a topic, two ids.
_LONGEST = 1500


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Whom a link unsubscribes from what."""

    organisation_id: str
    #: E.164, or an e-mail address in small letters.
    address: str
    #: ``organisation``, ``channel``, ``campaign`` or ``topic``.
    scope: str
    scope_key: str = ""
    #: RFC 5646 language of the page; ``None``: the browser's.
    language: str | None = None


class UnsubscribeLinks:
    """Makes and reads the tokens of links."""

    def __init__(self, secrets: SecretBox) -> None:
        self._key = secrets.derived("unsubscribe")

    def token(self, wish: Wish) -> str:
        """Return the token of a wish, which fits into a path. Raises ``InvalidRequest`` for a wrong scope."""
        check_scope(wish.scope, wish.scope_key)
        fields = [wish.organisation_id, wish.address, wish.scope, wish.scope_key, wish.language]
        said = orjson.dumps(fields)
        return f"{_encoded(said)}.{_encoded(self._signature(said))}"

    def url(self, base: str, wish: Wish) -> str:
        """Return the address of the page, below ``base`` such as ``https://calls.example.com``."""
        return f"{base.rstrip('/')}/unsubscribe/{self.token(wish)}"

    def headers(self, base: str, wish: Wish) -> Mapping[str, str]:
        """Return the headers of a mail by which its reader unsubscribes with one click (RFC 2369, RFC 8058)."""
        return {
            "List-Unsubscribe": f"<{self.url(base, wish)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }

    def read(self, token: str) -> Wish:
        """Return the wish of a token. Raises ``NotFound`` for one that this appliance did not make."""
        fields = self._checked(token)
        if fields is None:
            raise NotFound("this link to unsubscribe is damaged; copy it whole from the message")
        organisation_id, address, scope, scope_key, language = fields
        return Wish(
            organisation_id=organisation_id, address=address, scope=scope, scope_key=scope_key, language=language
        )

    async def carry_out(self, connection: Connection, wish: Wish) -> Suppression:
        """Enter the person, in the caller's transaction; doing it twice changes nothing."""
        entry, _ = await opt_out(
            connection,
            organisation_id=wish.organisation_id,
            e164=wish.address,
            scope=wish.scope,
            scope_key=wish.scope_key,
            evidence="unsubscribe link",
            source="link",
        )
        return entry

    def _checked(self, token: str) -> list[Any] | None:
        """Return the fields of a token that we signed."""
        said, _, signature = token[:_LONGEST].partition(".")
        try:
            raw = _decoded(said)
            genuine = hmac.compare_digest(self._signature(raw), _decoded(signature))
        except (ValueError, binascii.Error):
            return None
        fields: list[Any] = orjson.loads(raw) if genuine else []
        return fields or None

    def _signature(self, said: bytes) -> bytes:
        return hmac.digest(self._key, said, "sha256")[:_SIGNATURE]


def unsubscribe_url(secrets: SecretBox, base: str, wish: Wish) -> str:
    """Return the address of the page on which a person unsubscribes, for mails and texts."""
    return UnsubscribeLinks(secrets).url(base, wish)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    raw = text.encode("ascii")
    return base64.b64decode(raw + b"=" * (-len(raw) % 4), altchars=b"-_", validate=True)
