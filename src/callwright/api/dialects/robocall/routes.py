"""``/v1/call`` and ``/v1/status/{requestId}``."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Request, Response

from callwright.accounts.models import Principal
from callwright.api.dialects.credentials import enter
from callwright.api.dialects.errors import dialect_route
from callwright.api.dialects.fields import Findings
from callwright.api.dialects.reading import read
from callwright.api.dialects.robocall.asked import Asked, read_request
from callwright.api.dialects.robocall.errors import render_error
from callwright.api.dialects.robocall.flows import Built, build, place_of, variables_of
from callwright.api.dialects.robocall.rendering import show_request
from callwright.api.native.call_placing import read_placement
from callwright.api.native.services import Provided, Services
from callwright.calls.course import Course
from callwright.errors import Conflict, FieldError, InvalidRequest, NotFound
from callwright.orders.models import NewOrder, Order, Part, part_of

DIALECT = "robocall"

router = APIRouter(route_class=dialect_route(render_error))

Credential = Annotated[str | None, Header(alias="x-credential-api-key")]
_CALL_FIELD = re.compile(r"calls\[(\d+)\](?:\.(\w+))?")
_CALL_FIELDS = {"to": "phone", "from": "caller", "variables": "properties"}


@router.post("/v1/call", name="robocall_call")
async def queue_up_call(request: Request, services: Provided, credential: Credential = None) -> Response:
    """Queue a call flow for each destination: all of them, or none."""
    caller = await enter(request, services, credential, dialect=DIALECT, permission="calls:write")
    sent = await read(request, json_only=True)
    if sent.kind != "json" or sent.other is not None:
        raise InvalidRequest([FieldError(field="body", message="a JSON object is needed")])
    asked = read_request(sent.body, languages=services.voices.languages())
    fingerprint = hashlib.sha256(orjson.dumps(sent.body, option=orjson.OPT_SORT_KEYS)).digest()
    try:
        return await _placed(services, caller, asked, fingerprint)
    except (Conflict, InvalidRequest):
        # a repeat is answered as before, whatever has changed since; nearly all are new, and are not looked for first
        order = await _known(services, caller, asked, fingerprint)
        if order is None:
            raise
        return await _shown(services, caller, order)


@router.get("/v1/status/{request_id:path}", name="robocall_status")
async def check_call_status(
    request_id: str, request: Request, services: Provided, credential: Credential = None
) -> Response:
    """Show where a request and its calls stand."""
    caller = await enter(request, services, credential, dialect=DIALECT, permission="calls:read")
    found = await services.orders.find(caller, dialect=DIALECT, external_id=request_id.replace("\x00", ""), limit=1)
    if not found:
        raise NotFound(f"requestId: there is no request {request_id[:80]!r}")
    return await _shown(services, caller, found[0])


async def _known(services: Services, caller: Principal, asked: Asked, fingerprint: bytes) -> Order | None:
    """Return the order of an earlier request with this id and body. Raises ``InvalidRequest`` for another body."""
    # whoever made it: the id is the organisation's
    everybody = replace(caller, fence=None)
    found = await services.orders.find(everybody, dialect=DIALECT, external_id=asked.request_id, limit=1)
    found = [order for order in found if order.sandbox == caller.sandbox]
    if not found:
        return None
    mine = caller.fence is None or found[0].owner_id == caller.fence
    if found[0].fingerprint != fingerprint or not mine:
        message = "was used for another request already; it must be unique"
        raise InvalidRequest([FieldError(field="requestId", message=message, received=asked.request_id)])
    return found[0]


async def _placed(services: Services, caller: Principal, asked: Asked, fingerprint: bytes) -> Response:
    built = build(asked, default_language=services.voices.language_of(caller.organisation.voice))
    findings = Findings()
    variables = variables_of(built, asked, findings)
    findings.check()
    body = {
        "campaign_name": asked.request_id,
        "flow": built.flow,
        "calls": [
            {
                "to": destination.phone,
                **({} if destination.caller is None else {"from": destination.caller}),
                "variables": values,
            }
            for destination, values in zip(asked.destinations, variables, strict=True)
        ],
    }
    try:
        placement = await read_placement(services, caller, body)
    except InvalidRequest as error:
        raise type(error)(_renamed(error.errors, built), None if error.errors else str(error)) from None
    new = NewOrder(
        dialect=DIALECT,
        external_id=asked.request_id,
        fingerprint=fingerprint,
        asked={"steps": built.names},
        ignored_fields=asked.ignored,
    )
    beside = services.orders.beside(caller, new, placement.items)
    async with services.orders.transaction() as connection:
        calls = await placement.create(connection, beside=beside)
        order = await beside.written(connection)
    services.calls.wake()
    # what was written just now: nothing of it has rung yet
    return _answer(
        order, [part_of(order, position, item, calls[position]) for position, item in enumerate(beside.items)], {}
    )


async def _shown(services: Services, caller: Principal, order: Order) -> Response:
    organisation_id = caller.organisation.id
    parts = await services.orders.parts(organisation_id, [order.id])
    courses = await services.courses.of(organisation_id, [part.call.id for part in parts if part.call is not None])
    return _answer(order, parts, courses)


def _answer(order: Order, parts: Sequence[Part], courses: Mapping[str, Course]) -> Response:
    return Response(orjson.dumps(show_request(order, parts, courses)), media_type="application/json")


def _renamed(errors: Sequence[FieldError], built: Built) -> list[FieldError]:
    """Return faults of the native body with the names of this request."""
    found = []
    for error in errors:
        call = _CALL_FIELD.match(error.field)
        if call is not None and call[2] in _CALL_FIELDS:
            field = f"destinations[{call[1]}].{_CALL_FIELDS[call[2]]}"
        elif error.field.startswith("flow"):
            field = place_of(built, error.field)
        else:
            field = {"from": "destinations[0].caller", "campaign_name": "requestId"}.get(error.field, error.field)
        found.append(replace(error, field=field))
    return found
