"""``/REST/api``: the pages that RoboTalker's newer clients use."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fastapi import APIRouter, Request, Response

from callwright.accounts.models import Principal
from callwright.api.dialects.errors import dialect_route
from callwright.api.dialects.robotalker import errors, jobs, rendering, sending
from callwright.api.dialects.robotalker.asked import Asked, WrongField, read_asked
from callwright.api.dialects.robotalker.bodies import as_json, query, read_pairs
from callwright.api.dialects.robotalker.credentials import COOKIE, authenticate, basic_of, reader
from callwright.api.native.rates import quoted
from callwright.api.native.services import Provided, Services
from callwright.errors import FieldError, Forbidden, InvalidRequest, Unauthorized
from callwright.rules import pricing
from callwright.rules.pricing import Channel

router = APIRouter(route_class=dialect_route(errors.render))

#: Seconds for which the cookie of ``Login`` is kept.
_COOKIE_SECONDS = 8 * 3600
_UNLIMITED = "Unlimited"
_PAGES = "/REST"
#: Where prices are looked up when the account has no number of its own.
_USUAL_DESTINATION = "+12025550100"


@router.get("/REST/api/Login")
async def login(request: Request, services: Provided) -> Response:
    """Take Basic and leave a cookie for the other pages; 403 for anybody else."""
    given = basic_of(request)
    try:
        await authenticate(request, services, [], permission="calls:read")
    except (Unauthorized, Forbidden) as error:
        answer = errors.render(request, error)
        answer.status_code = 403
        return answer
    answer = as_json("success")
    path = request.url.path
    answer.set_cookie(
        COOKIE,
        given.token if given is not None else "",
        max_age=_COOKIE_SECONDS,
        path=path[: path.index(_PAGES)] + _PAGES,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


@router.get("/REST/api/Config")
async def config(request: Request, services: Provided) -> Response:
    """Tell the balance, as a number of calls and of texts, and where reports go."""
    pairs = await read_pairs(request)
    who = await reader(request, services, pairs, user_id="")
    owners = await services.accounts.users.page(who.organisation.id, role="owner")
    return as_json(
        {
            "AutoRecharge": "off",
            "Callbalance": await _affordable(services, who, Channel.CALL),
            "Smsbalance": await _affordable(services, who, Channel.SMS),
            "AutoResponderNumber": await _answering_number(services, who),
            "ReportEmail": owners[-1].email if owners else "",
        }
    )


@router.post("/REST/api/MultiJob")
async def multi_job(request: Request, services: Provided) -> Response:
    """Send to a list, or to the people of a group."""
    pairs = await read_pairs(request)
    caller = await authenticate(request, services, pairs, permission="calls:read", cookie=True)
    try:
        asked = read_asked(pairs)
    except WrongField as error:
        raise InvalidRequest([FieldError(field=error.name, message=error.reason)]) from None
    name = sending.kept_name(asked["optname"])
    wanted = await sending.plan(services, caller, _as_posted(asked), name=name or None)
    job, _ = jobs.of(caller, *(await sending.carry_out(services, caller, asked, wanted)))
    channels = {rendering.CALL: wanted.what.call, rendering.SMS: wanted.what.sms}
    return as_json(rendering.multi_job(job, channels))


@router.get("/REST/api/Jobsummary")
async def job_summary(request: Request, services: Provided) -> Response:
    """Tell how the newest job of a name is, by channel."""
    pairs = await read_pairs(request)
    who = await reader(request, services, pairs, user_id="")
    found = await jobs.named(services, who, query(pairs, "jobname"))
    shown = await jobs.looked_at(services, who, found[:1])
    job, parts = shown[0] if shown else (None, [])
    return as_json(rendering.job_summary(job, parts))


def _as_posted(asked: Asked) -> Asked:
    """Return the request as the POST API would write it: without a list the group is called."""
    if asked.people or not asked["phonenumbergroupname"]:
        return asked
    return replace(asked, numbers=["0"], texts={**asked.texts, "optname": asked["phonenumbergroupname"]})


async def _affordable(services: Services, who: Principal, channel: Channel) -> str:
    """Return how many of a channel the balance pays for."""
    if who.sandbox or await services.money.balances.plan(who.organisation.id) is None:
        return _UNLIMITED
    own = await services.numbers.usable_numbers(who.organisation.id, fence=who.fence)
    quotes = await quoted(who, services, channel, [own[0] if own else _USUAL_DESTINATION])
    rate = quotes[0].rate if quotes else None
    found = await services.money.balances.find(who.organisation.id)
    if rate is None or found is None:
        return "0"
    cost = pricing.first_hold(rate)
    return _UNLIMITED if cost <= 0 else str(max(Decimal(0), found.available) // cost)


async def _answering_number(services: Services, who: Principal) -> str:
    """Return a number of the account that has a flow of its own for who calls it."""
    for number in await services.numbers.numbers(who.organisation.id, fence=who.fence):
        if number.usable and number.inbound.enabled and number.inbound.flow is not None:
            return rendering.shown_number(number.e164)
    return "Not setup"
