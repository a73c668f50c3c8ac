"""``/api/handler.ashx``, ``/GetJobDetail.ashx`` and ``/REST/api``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from callwright.api.dialects.errors import dialect_route
from callwright.api.dialects.reading import read
from callwright.api.dialects.robotalker import errors, jobs, rendering, sending
from callwright.api.dialects.robotalker.asked import WrongField, read_asked
from callwright.api.dialects.robotalker.credentials import authenticate, reader
from callwright.api.native.services import Provided, Services
from callwright.errors import FieldError, InvalidRequest

router = APIRouter(route_class=dialect_route(errors.render))

Pairs = Sequence[tuple[str, Any]]
_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]
_NOTHING = "No record found."


@router.api_route("/api/handler.ashx", methods=_METHODS)
@router.api_route("/api/handler", methods=_METHODS)
async def handler(request: Request, services: Provided) -> Response:
    """Send, or tell how jobs of a name are."""
    pairs = await _pairs(request)
    name = _query(pairs, "jobstatus")
    if name:
        return await _job_status(request, services, pairs, name)
    if request.method != "POST":
        raise errors.NotPosted
    caller = await authenticate(request, services, pairs, permission="calls:read")
    try:
        asked = read_asked(pairs)
    except WrongField as error:
        raise InvalidRequest([FieldError(field=error.name, message=error.reason)]) from None
    wanted = await sending.plan(services, caller, asked)
    order = await sending.carry_out(services, caller, asked, wanted)
    [(job, parts)] = await jobs.looked_at(services, caller, [order])
    return _json(rendering.created(job, parts))


@router.api_route("/GetJobDetail.ashx", methods=["GET", "POST"])
@router.api_route("/GetJobDetail", methods=["GET", "POST"])
async def get_job_detail(request: Request, services: Provided) -> Response:
    """Tell what came of each recipient of a job, or cancel one."""
    pairs = await _pairs(request)
    user_id = _query(pairs, "userid")
    to_cancel = _query(pairs, "canceljob")
    if to_cancel:
        return await _cancel(request, services, pairs, to_cancel, user_id)
    who = await reader(request, services, pairs, user_id=user_id)
    number, name = _query(pairs, "jobid"), _query(pairs, "groupname")
    if number:
        order = await jobs.numbered(services, who, number)
        found = [] if order is None else [order]
    else:
        found = await jobs.named(services, who, name) if name else []
    rows = [
        rendering.detail(job, part)
        for job, parts in await jobs.looked_at(services, who, found, details=True)
        for part in parts
    ]
    return _json(rows) if rows else _text(_NOTHING)


async def _job_status(request: Request, services: Services, pairs: Pairs, name: str) -> Response:
    who = await reader(request, services, pairs, user_id=_query(pairs, "userid"))
    found = await jobs.named(services, who, name)
    shown = await jobs.looked_at(services, who, found)
    return _json([row for job, parts in shown for row in rendering.summaries(job, parts)])


async def _cancel(request: Request, services: Services, pairs: Pairs, number: str, user_id: str) -> Response:
    """Cancel by ``token`` or Basic: a link that a page holds does nothing with the cookie of ``Login``."""
    caller = await authenticate(request, services, pairs, permission="calls:write", user_id=user_id)
    order = await jobs.numbered(services, caller, number)
    done = order is not None and await jobs.cancel(services, caller, order)
    return _text("success" if done else "fail")


async def _pairs(request: Request) -> list[tuple[str, Any]]:
    """Return the fields of query and body."""
    sent = await read(request)
    try:
        return [*sent.query.items(), *sent.body.items()]
    finally:
        for files in sent.files.values():
            for file in files:
                await file.close()


def _query(pairs: Pairs, name: str) -> str:
    """Return the first value of a name in any case that is not empty."""
    for written, value in pairs:
        if written.strip().lower() == name and isinstance(value, str | int) and str(value).strip():
            return str(value).strip()
    return ""


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")


def _text(text: str) -> Response:
    return Response(text, media_type="text/plain")
