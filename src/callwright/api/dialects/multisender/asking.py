"""A request of a program: its token, its JSON, and whether it takes our answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import Depends, Request, Response

from callwright.accounts.models import Principal
from callwright.api.dialects.credentials import enter
from callwright.api.dialects.multisender.errors import NotAcceptable, UnsupportedMedia, wrong
from callwright.api.dialects.reading import Sent, read
from callwright.api.native.services import Provided, Services

DIALECT = "multisender"
#: Where the token may stand, in the order in which it is looked for.
TOKEN_HEADERS = ("x-access-token", "x-authentication-token")
CREDENTIAL_FIELD = "access_token"
_JSON_RANGES = ("application/json", "application/*", "*/*")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request whose token is good."""

    request: Request
    services: Services
    who: Principal
    sent: Sent

    @property
    def body(self) -> Mapping[str, Any]:
        """The fields of the body but the token. Raises ``InvalidRequest`` when it is no JSON object."""
        if self.sent.other is not None:
            raise wrong("body", "must be a JSON object")
        return {name: value for name, value in self.sent.body.items() if name != CREDENTIAL_FIELD}

    @property
    def query(self) -> Mapping[str, Any]:
        """The fields of the query but the token."""
        return {name: value for name, value in self.sent.query.items() if name != CREDENTIAL_FIELD}

    def created(self, content: Any, path: str) -> Response:
        """Return the answer to a creation: 201 with the address of what was made, below the path of the request."""
        base = str(self.request.url.replace(query="", fragment="")).rstrip("/?")
        return answer(content, 201, {"Location": f"{base}/{path}" if path else base})


def asking(permission: str) -> Any:
    """Return the dependency of a route that needs a permission, a native one such as ``calls:write``."""

    async def ask(request: Request, services: Provided) -> Asked:
        check_accept(request)
        sent = await _read(request)
        who = await enter(request, services, _token(request, sent), dialect=DIALECT, permission=permission)
        return Asked(request=request, services=services, who=who, sent=sent)

    return Depends(ask)


def check_accept(request: Request) -> None:
    """Raise ``NotAcceptable`` for a client that does not take JSON."""
    header = request.headers.get("accept", "").strip()
    if not header:
        return
    for part in header.split(","):
        kind, *parameters = (each.strip().lower() for each in part.split(";"))
        refused = any(name.replace(" ", "") in {"q=0", "q=0.0", "q=0.00", "q=0.000"} for name in parameters)
        if kind in _JSON_RANGES and not refused:
            return
    raise NotAcceptable


async def read_json(request: Request) -> Sent:
    """Return what was sent. Raises ``UnsupportedMedia`` for a body that is not called JSON, ``InvalidRequest``."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind != "application/json" and (await request.body()).strip():
        raise UnsupportedMedia
    return await read(request, json_only=True)


async def _read(request: Request) -> Sent:
    return await read_json(request)


def _token(request: Request, sent: Sent) -> str | None:
    for name in TOKEN_HEADERS:
        if request.headers.get(name, "").strip():
            return request.headers[name]
    given = sent.query.get(CREDENTIAL_FIELD) or sent.body.get(CREDENTIAL_FIELD)
    return given if isinstance(given, str) else None


def asking_with_file(permission: str) -> Any:
    """Return the dependency of a route that takes files: its form is read by the route itself."""

    async def ask(request: Request, services: Provided) -> Asked:
        check_accept(request)
        query = dict(request.query_params)
        sent = Sent(query=query, body={})
        who = await enter(request, services, _token(request, sent), dialect=DIALECT, permission=permission)
        return Asked(request=request, services=services, who=who, sent=sent)

    return Depends(ask)


def answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON as an answer."""
    return Response(orjson.dumps(content), status, dict(headers or {}), media_type="application/json")


def number_of(text: Any) -> int:
    """Return the number that an id is, 0 for what cannot be one: nothing has that number."""
    if isinstance(text, bool) or not isinstance(text, str | int):
        return 0
    digits = str(text).strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else 0
