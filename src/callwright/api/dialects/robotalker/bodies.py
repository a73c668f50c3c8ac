"""Reading a request's fields, and the two forms of its answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import Request, Response

from callwright.api.dialects.reading import read

Pairs = Sequence[tuple[str, Any]]


async def read_pairs(request: Request) -> list[tuple[str, Any]]:
    """Return the fields of query and body. Raises ``InvalidRequest``."""
    sent = await read(request)
    for files in sent.files.values():
        for file in files:
            file.content.close()
    return [*sent.query.items(), *sent.body.items()]


def query(pairs: Pairs, name: str) -> str:
    """Return the first value of a name, in any case, that is not empty."""
    for written, value in pairs:
        if written.strip().lower() == name and isinstance(value, str | int) and str(value).strip():
            return str(value).strip()
    return ""


def as_json(value: Any) -> Response:
    """Return an answer in JSON."""
    return Response(orjson.dumps(value), media_type="application/json")


def as_text(text: str) -> Response:
    """Return an answer that is a word."""
    return Response(text, media_type="text/plain")
