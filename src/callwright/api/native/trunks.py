"""``/trunks``: lines to SIP providers, which are the installation's.

Every organisation sees the trunks that its calls may take. Those of the installation are seen and changed by the
organisations that look after it (``Organisation.operates``): a trunk's host, name and addresses are the engine's, and
the engine is everybody's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts.models import Principal
from callwright.api.native.bodies import read_object
from callwright.api.native.ids import TrunkId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.api.native.times import Utc
from callwright.api.native.trunk_lines import TrunkLines
from callwright.api.native.trunk_views import TrunkChange, TrunkRequest, TrunkView
from callwright.api.native.validation import parsed
from callwright.errors import Conflict, FieldError, Forbidden, InvalidRequest
from callwright.numbers.models import Trunk
from callwright.numbers.sip_options import SipOptions
from callwright.numbers.trunk_fields import as_new
from callwright.numbers.trunks import NewTrunk

router = APIRouter(tags=["trunks"])

_NOT_OURS = (
    "this organisation does not look after the installation; its operator gives it that with `callwright orgs operates`"
)


class TraceRequest(BaseModel):
    """How long to listen."""

    model_config = ConfigDict(extra="forbid", strict=True)

    seconds: int = Field(default=10, ge=1, le=60)


class TrunkList(BaseModel):
    """The trunks that somebody may see."""

    trunks: list[TrunkView]


class TrunkTest(BaseModel):
    """What the provider answered to an OPTIONS."""

    reachable: bool
    answer: str | None = Field(description="Status and phrase; a refusal is an answer too. null: none in 3 seconds.")
    registration: str | None = Field(description="Registered, Unregistered, Rejected; null: it does not register.")
    certificate: str | None = Field(description="What is wrong with the provider's certificate.")
    good: bool = Field(description="It answers, and is registered if it should be.")


class SipMessageView(BaseModel):
    """One SIP message, without credentials, SRTP keys and pressed keys."""

    at: Utc
    source: str
    target: str
    text: str


class TrunkTrace(BaseModel):
    """What went over a line."""

    messages: list[SipMessageView]


#: Request bodies, for the documentation.
BODIES: list[type[BaseModel]] = [TrunkRequest, TrunkChange, TraceRequest]
_EXAMPLE = {
    "name": "provider",
    "host": "sip.provider.example",
    "username": "4711",
    "password": "seven blue herons",
    "channels": 30,
    "register": True,
}


@router.get("/trunks", summary="List trunks")
async def list_trunks(caller: Caller, services: Provided) -> TrunkList:
    """List the trunks that your calls may take; who looks after the installation sees all, oldest first."""
    trunks = services.numbers.trunks
    found = (
        await trunks.of_installation() if _operates(caller) else await trunks.of_organisation(caller.organisation.id)
    )
    return TrunkList(trunks=await _views(services, caller, found))


@router.post(
    "/trunks",
    summary="Add a trunk",
    status_code=201,
    responses=problems(403, 409),
    openapi_extra=json_body(TrunkRequest, {"provider": _EXAMPLE}),
)
async def add_trunk(request: Request, caller: Caller, services: Provided) -> TrunkView:
    """Add a line to a SIP provider. The running engine takes it up within seconds.

    There is no `Idempotency-Key` here: a repeat is a 409.
    """
    data = await read_object(request)
    _require_operator(caller)
    own, options = parsed(TrunkRequest, data).given()
    trunk = await services.numbers.trunks.add(
        caller.organisation.id, NewTrunk(**own, options=SipOptions(**options)), who=caller.actor
    )
    return await _view(services, caller, trunk)


@router.get("/trunks/{trunk_id}", summary="Show a trunk", responses=problems(404))
async def show_trunk(trunk_id: TrunkId, caller: Caller, services: Provided) -> TrunkView:
    """Show a trunk and how it is."""
    return await _view(services, caller, await _found(services, caller, trunk_id))


@router.patch(
    "/trunks/{trunk_id}",
    summary="Change a trunk",
    responses={200: {"model": TrunkView}, **problems(403, 404, 409)},
    openapi_extra=json_body(TrunkChange, {"switch off": {"enabled": False}, "channels": {"channels": 60}}),
)
async def change_trunk(trunk_id: TrunkId, request: Request, caller: Caller, services: Provided) -> TrunkView:
    """Change a trunk, or switch it on or off; calls in the air go on."""
    data = await read_object(request)
    _require_operator(caller)
    trunk = _changeable(await _found(services, caller, trunk_id))
    own, options = parsed(TrunkChange, data).given()
    if not own and not options:
        raise InvalidRequest([FieldError(field="body", message="names nothing to change")])
    trunks = services.numbers.trunks
    kept = as_new(trunk, await trunks.password(trunk.id))
    wanted = replace(kept, **{"enabled": trunk.enabled, **own}, options=replace(trunk.options, **options))
    changed = await trunks.add(trunk.organisation_id, wanted, replace=True, who=caller.actor)
    return await _view(services, caller, changed)


@router.delete("/trunks/{trunk_id}", summary="Remove a trunk", status_code=204, responses=problems(403, 404, 409))
async def remove_trunk(trunk_id: TrunkId, caller: Caller, services: Provided) -> None:
    """Take a trunk out of service; calls in the air go on. One that calls went over stays in the list, switched off."""
    _require_operator(caller)
    trunk = _changeable(await _found(services, caller, trunk_id))
    await services.numbers.trunks.remove(trunk.organisation_id, trunk.name, who=caller.actor)


@router.post("/trunks/{trunk_id}/test", summary="Test a trunk", responses=problems(403, 404, 409, 503))
async def check_trunk(trunk_id: TrunkId, caller: Caller, services: Provided) -> TrunkTest:
    """Ask the provider for a sign of life (OPTIONS) through the running engine; takes up to 4 seconds."""
    _require_operator(caller)
    trunk = await _found(services, caller, trunk_id)
    health = await _lines(services, trunk).check(trunk.name)
    return TrunkTest(
        reachable=health.answer is not None,
        answer=health.answer,
        registration=health.registration,
        certificate=health.certificate,
        good=health.answer is not None and health.registration in (None, "Registered"),
    )


@router.post(
    "/trunks/{trunk_id}/trace",
    summary="Trace a trunk",
    responses={200: {"model": TrunkTrace}, **problems(403, 404, 409, 503)},
    openapi_extra=json_body(TraceRequest, {"ten seconds": {"seconds": 10}}),
)
async def trace_trunk(trunk_id: TrunkId, request: Request, caller: Caller, services: Provided) -> TrunkTrace:
    """Answer with the SIP messages with the trunk's host of the next seconds, without credentials and keys."""
    data = await read_object(request)
    _require_operator(caller)
    wanted = parsed(TraceRequest, data)
    trunk = await _found(services, caller, trunk_id)
    host = re.sub(r":\d+$", "", trunk.options.outbound_proxy or trunk.host)
    messages = await _lines(services, trunk).trace(host, wanted.seconds, services.closing)
    return TrunkTrace(
        messages=[
            SipMessageView(at=each.time, source=each.source, target=each.target, text=each.text) for each in messages
        ]
    )


@router.post(
    "/trunks/{trunk_id}/reopen", summary="End a trunk's suspension", status_code=204, responses=problems(403, 404)
)
async def reopen_trunk(trunk_id: TrunkId, caller: Caller, services: Provided) -> None:
    """Let calls go over a suspended trunk again, now; what failed until now is forgotten."""
    _require_operator(caller)
    trunk = await _found(services, caller, trunk_id)
    await services.campaigns.breakers.reset(trunk.organisation_id, "trunk", trunk.id)


def _operates(caller: Principal) -> bool:
    return caller.organisation.operates and not caller.sandbox


def _require_operator(caller: Principal) -> None:
    if not _operates(caller):
        raise Forbidden(_NOT_OURS)


async def _found(services: Services, caller: Principal, trunk_id: str) -> Trunk:
    return await services.numbers.trunks.get(trunk_id, None if _operates(caller) else caller.organisation.id)


def _changeable(trunk: Trunk) -> Trunk:
    if trunk.kind == "lab":
        raise Conflict("the handset lab's line is made by the appliance's settings (CALLWRIGHT_LAB)")
    return trunk


def _lines(services: Services, trunk: Trunk) -> TrunkLines:
    if services.trunk_lines is None:
        raise Conflict("the engine is not this appliance's own: ask it where it runs")
    if not trunk.enabled:
        raise Conflict(f"trunk {trunk.name} is switched off, so the engine does not know it: switch it on first")
    return services.trunk_lines


async def _view(services: Services, caller: Principal, trunk: Trunk) -> TrunkView:
    return (await _views(services, caller, [trunk]))[0]


async def _views(services: Services, caller: Principal, trunks: Sequence[Trunk]) -> list[TrunkView]:
    suspended = await services.numbers.trunks.suspended(trunks)
    calls = await services.numbers.trunks.in_use(trunks)
    lines = services.trunk_lines
    registers = any(trunk.options.register and trunk.enabled for trunk in trunks)
    registered = await lines.registrations() if lines is not None and registers else {}
    return [
        TrunkView.of(
            trunk,
            own=trunk.organisation_id == caller.organisation.id,
            suspended=suspended.get(trunk.id),
            registration=registered.get(trunk.name) if trunk.options.register and trunk.enabled else None,
            calls=calls.get(trunk.id, 0),
            trusted=_operates(caller) or trunk.organisation_id == caller.organisation.id,
        )
        for trunk in trunks
    ]
