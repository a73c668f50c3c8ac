"""Fetches the pictures of inbound texts from providers, through the guarded client: in bounded size, pictures only."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from callwright.events.http_client import FetchError, GuardedClient, RefusedAddress
from callwright.messages.pictures import SQL
from callwright.store.database import Database

log = logging.getLogger(__name__)

#: Bytes; networks carry pictures of some hundred kilobytes, providers at most five megabytes.
MOST_BYTES = 5_000_000
_SECONDS = 60.0
#: Pictures of one look.
_BATCH = 5
#: When one that did not come is asked for again; after these nobody does.
_AGAIN = (timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6))
#: How files of each type begin (WHATWG MIME Sniffing, section 6.1): what a server says of them is not believed.
_BEGINNINGS: Mapping[bytes, str] = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


def type_of(octets: bytes) -> str | None:
    """Return the type of a picture by its first bytes; ``None``: it is none that is kept."""
    if octets[:4] == b"RIFF" and octets[8:14] == b"WEBPVP":
        return "image/webp"
    return next((kind for beginning, kind in _BEGINNINGS.items() if octets.startswith(beginning)), None)


class PictureFetcher:
    """Fetches what waits."""

    def __init__(self, database: Database, client: GuardedClient) -> None:
        self._database = database
        self._client = client

    async def look(self) -> int:
        """Fetch some pictures that are due; return how many there were."""
        rows = await self._database.fetch(SQL["due_pictures"], _BATCH)
        for row in rows:
            key = (row["message_id"], row["ordinal"])
            try:
                octets = await self._fetch(row["url"])
            except FetchError as error:
                again = row["attempts"] <= len(_AGAIN) and not isinstance(error, RefusedAddress)
                await self._database.execute(
                    SQL["picture_failed"], *key, str(error), _AGAIN[row["attempts"] - 1] if again else None
                )
                continue
            kind = type_of(octets)
            if kind is None:
                await self._database.execute(SQL["picture_failed"], *key, "is no picture (JPEG, PNG, GIF, WebP)", None)
            else:
                await self._database.execute(SQL["keep_picture"], *key, kind, octets)
        return len(rows)

    async def _fetch(self, url: str) -> bytes:
        with tempfile.TemporaryDirectory(prefix="callwright-") as folder:
            path = Path(folder) / "picture"
            await self._client.download(url, path, max_bytes=MOST_BYTES, seconds=_SECONDS)
            return path.read_bytes()
