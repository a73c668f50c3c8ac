"""Requests that change something: carried out once, answered once or again (``Idempotency-Key``)."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import Depends, Header, Request, Response

from callwright.accounts.idempotency import Answer
from callwright.accounts.models import Principal
from callwright.api.native.bodies import read_object
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services

if TYPE_CHECKING:
    from callwright.store.database import Connection

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="1 to 255 printable ASCII characters. A repeat within 24 hours gets the same answer.",
    ),
]


class Submission:
    """What somebody submitted: read, carried out in one transaction, answered with JSON.

    With a key, a repeat of it changes nothing and gets the same answer.
    """

    def __init__(self, request: Request, caller: Principal, services: Services, *, key: str | None = None) -> None:
        self._request, self._caller, self._services, self._key = request, caller, services, key
        #: What makes two requests to the same path the same one.
        self._identity = b""

    async def read(self, default: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the JSON object of the body, ``default`` in the place of an empty one; raises ``InvalidRequest``."""
        self._identity = await self._request.body()
        if default is not None and not self._identity:
            return default
        return await read_object(self._request)

    def identify(self, identity: bytes) -> None:
        """Say what was submitted in the place of a body that is not kept in memory: of a file its digest."""
        self._identity = identity

    async def earlier(self) -> Response | None:
        """Return the answer of an earlier request with this key, else ``None``: asked before anything is looked up."""
        answer = await self._services.idempotency.find(
            self._caller.organisation.id,
            self._key,
            self._fingerprint(),
            sandbox=self._caller.sandbox,
            owner_id=self._caller.user_id,
        )
        return None if answer is None else _response(answer)

    async def run(self, action: Callable[[Connection], Awaitable[tuple[int, Any]]]) -> Response:
        """Carry out ``action``, which returns status and body and uses its connection only; or answer again."""
        answer = await self._services.idempotency.run(
            self._caller.organisation.id,
            self._key,
            self._fingerprint(),
            action,
            sandbox=self._caller.sandbox,
            owner_id=self._caller.user_id,
        )
        return _response(answer)

    def _fingerprint(self) -> bytes:
        if self._key is None:
            # nothing is compared with it, and a body may have megabytes
            return b""
        head = f"{self._request.method} {self._request.url.path}\n".encode()
        return hashlib.sha256(head + self._identity).digest()


def _response(answer: Answer) -> Response:
    return Response(
        orjson.dumps(answer.body),
        status_code=answer.status,
        media_type="application/json",
        headers={"Idempotency-Replayed": "true"} if answer.replayed else None,
    )


async def _change(request: Request, caller: Caller, services: Provided) -> Submission:
    return Submission(request, caller, services)


async def _repeatable(
    request: Request, caller: Caller, services: Provided, idempotency_key: IdempotencyKey = None
) -> Submission:
    return Submission(request, caller, services, key=idempotency_key)


#: A change that is the same when it is made twice: it takes no key.
Change = Annotated[Submission, Depends(_change)]
#: One that is made once for each key.
Repeatable = Annotated[Submission, Depends(_repeatable)]
