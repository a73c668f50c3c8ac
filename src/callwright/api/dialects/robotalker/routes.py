"""``/api/handler.ashx`` and ``/GetJobDetail.ashx``; with them go the pages of ``rest``."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from callwright.api.dialects.errors import dialect_route
from callwright.api.dialects.robotalker import errors, jobs, rendering, rest, sending
from callwright.api.dialects.robotalker.asked import WrongField, read_asked
from callwright.api.dialects.robotalker.bodies import Pairs, as_json, as_text, query, read_pairs
from callwright.api.dialects.robotalker.credentials import authenticate, reader
from callwright.api.native.services import Provided, Services
from callwright.errors import FieldError, InvalidRequest

router = APIRouter(route_class=dialect_route(errors.render))
router.include_router(rest.router)

_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]
_NOTHING = "No record found."


@router.api_route("/api/handler.ashx", methods=_METHODS)
@router.api_route("/api/handler", methods=_METHODS)
async def handler(request: Request, services: Provided) -> Response:
    """Send, or tell how jobs of a name are."""
    pairs = await read_pairs(request)
    name = query(pairs, "jobstatus")
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
    job, parts = jobs.of(caller, *(await sending.carry_out(services, caller, asked, wanted)))
    return as_json(rendering.created(job, parts))


@router.api_route("/GetJobDetail.ashx", methods=["GET", "POST"])
@router.api_route("/GetJobDetail", methods=["GET", "POST"])
async def get_job_detail(request: Request, services: Provided) -> Response:
    """Tell what came of each recipient of a job, or cancel one."""
    pairs = await read_pairs(request)
    user_id = query(pairs, "userid")
    to_cancel = query(pairs, "canceljob")
    if to_cancel:
        return await _cancel(request, services, pairs, to_cancel, user_id)
    who = await reader(request, services, pairs, user_id=user_id)
    number, name = query(pairs, "jobid"), query(pairs, "groupname")
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
    return as_json(rows) if rows else as_text(_NOTHING)


async def _job_status(request: Request, services: Services, pairs: Pairs, name: str) -> Response:
    who = await reader(request, services, pairs, user_id=query(pairs, "userid"))
    found = await jobs.named(services, who, name)
    shown = await jobs.looked_at(services, who, found)
    return as_json([row for job, parts in shown for row in rendering.summaries(job, parts)])


async def _cancel(request: Request, services: Services, pairs: Pairs, number: str, user_id: str) -> Response:
    """Cancel by ``token`` or Basic: a link that a page holds does nothing with the cookie of ``Login``."""
    caller = await authenticate(request, services, pairs, permission="calls:write", user_id=user_id)
    order = await jobs.numbered(services, caller, number)
    done = order is not None and await jobs.cancel(services, caller, order)
    return as_text("success" if done else "fail")
