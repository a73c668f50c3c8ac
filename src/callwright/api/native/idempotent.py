"""``Idempotency-Key`` of a POST, and the answer that is sent once or again."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import Header, Request, Response

from callwright.accounts.idempotency import Answer
from callwright.accounts.models import Principal
from callwright.api.native.services import Services

if TYPE_CHECKING:
    from callwright.store.database import Connection

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="1 to 255 printable ASCII characters. A repeat within 24 hours gets the same answer.",
    ),
]


def fingerprint(request: Request, raw: bytes) -> bytes:
    """Return the SHA-256 of what makes two requests the same one: method, path, body."""
    head = f"{request.method} {request.url.path}\n".encode()
    return hashlib.sha256(head + raw).digest()


async def replayed(
    services: Services, caller: Principal, request: Request, raw: bytes, key: str | None
) -> Response | None:
    """Return the answer of an earlier request with this key, before the body is looked at; else ``None``."""
    answer = await services.idempotency.find(
        caller.organisation.id, key, fingerprint(request, raw), sandbox=caller.sandbox, owner_id=caller.user_id
    )
    return None if answer is None else answer_of(answer)


async def run_once(
    services: Services,
    caller: Principal,
    request: Request,
    raw: bytes,
    key: str | None,
    action: Callable[[Connection], Awaitable[tuple[int, Any]]],
) -> Response:
    """Carry out ``action`` in a transaction and answer, or answer again; ``action`` uses its connection only."""
    answer = await services.idempotency.run(
        caller.organisation.id,
        key,
        fingerprint(request, raw),
        action,
        sandbox=caller.sandbox,
        owner_id=caller.user_id,
    )
    return answer_of(answer)


def answer_of(answer: Answer) -> Response:
    """Return an answer as JSON."""
    return Response(
        orjson.dumps(answer.body),
        status_code=answer.status,
        media_type="application/json",
        headers={"Idempotency-Replayed": "true"} if answer.replayed else None,
    )
