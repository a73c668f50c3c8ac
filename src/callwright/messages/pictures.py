"""Pictures that came with texts: shown with links that are signed, for a while, for whoever has one."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from callwright.clock import Clock
from callwright.errors import Forbidden, NotFound
from callwright.store.database import Database
from callwright.store.secrets import SecretBox
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "pictures.sql")

LIFETIME: Final = timedelta(hours=1)
#: Bytes of the signature that are kept: 128 bits cannot be guessed.
_SIGNATURE: Final = 16


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture of an inbound text."""

    message_id: str
    #: Its place among the text's pictures, from 1.
    ordinal: int
    #: ``waiting`` until it was fetched, ``kept``, or ``failed``.
    state: str
    content_type: str | None
    #: Bytes.
    size: int | None
    #: Why it is not there.
    reason: str | None


async def expect(connection: Connection, organisation_id: str, message_id: str, urls: Sequence[str]) -> None:
    """Let the pictures of a text be fetched, in the caller's transaction."""
    if urls:
        await connection.execute(SQL["insert_pictures"], organisation_id, message_id, list(urls))


class Pictures:
    """Reads pictures, and makes and checks links. The signature (HMAC-SHA-256) covers text, place and end."""

    def __init__(self, database: Database, secrets: SecretBox, clock: Clock) -> None:
        self._database = database
        self._key = secrets.derived("picture links")
        self._clock = clock

    async def of(self, organisation_id: str, message_ids: Sequence[str]) -> Mapping[str, Sequence[Picture]]:
        """Return the pictures of texts, by the text's id."""
        found: dict[str, list[Picture]] = {}
        for row in await self._database.fetch(SQL["pictures_of"], organisation_id, list(message_ids)):
            found.setdefault(row["message_id"], []).append(Picture(**dict(row)))
        return found

    def expiry(self) -> datetime:
        """Return the end, in whole seconds, of links that are made now."""
        return (self._clock.now() + LIFETIME).replace(microsecond=0)

    def query(self, picture: Picture, expires_at: datetime) -> str:
        """Return what stands after the question mark of ``/api/v1/sms/{id}/pictures/{ordinal}``."""
        expires = int(expires_at.timestamp())
        return urlencode(
            {"expires": expires, "signature": self._signature(picture.message_id, picture.ordinal, expires)}
        )

    def check(self, message_id: str, ordinal: int, *, expires: int, signature: str) -> None:
        """Raise ``Forbidden`` for a link that we did not make, or whose time is over."""
        wanted = self._signature(message_id, ordinal, expires)
        if not hmac.compare_digest(wanted.encode(), signature.encode()):
            raise Forbidden("this link is damaged; ask for a new one with GET /api/v1/sms/{id}")
        if self._clock.now().timestamp() >= expires:
            raise Forbidden("this link has expired; ask for a new one with GET /api/v1/sms/{id}")

    async def octets(self, message_id: str, ordinal: int) -> tuple[str, bytes]:
        """Return the type and the bytes of a picture whose link was checked. Raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["picture"], message_id, ordinal)
        if row is None:
            raise NotFound("this picture is not there any more")
        return row["content_type"], bytes(row["octets"])

    def _signature(self, message_id: str, ordinal: int, expires: int) -> str:
        said = f"{message_id}\n{ordinal}\n{expires}".encode()
        return base64.urlsafe_b64encode(hmac.digest(self._key, said, "sha256")[:_SIGNATURE]).rstrip(b"=").decode()
