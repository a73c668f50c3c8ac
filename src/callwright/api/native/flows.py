"""``/flows``: the flow language's schema, and checking a flow without calling anybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from callwright.accounts.models import Principal
from callwright.api.native.bodies import read_object
from callwright.api.native.call_flows import FlowCompiler
from callwright.api.native.call_requests import audio_named
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.api.native.urls import UrlCheck
from callwright.audio.models import Audio
from callwright.events.addresses import parse_networks
from callwright.flows.language import parse_flow
from callwright.flows.schema import EXAMPLE, flow_json_schema

router = APIRouter(tags=["flows"])


class FlowReport(BaseModel):
    """A flow that can be dialled."""

    valid: bool
    flow: dict[str, Any] = Field(description="The flow in its canonical form, every default written out.")
    placeholders: list[str] = Field(description="Names that a call must bring a value for.")


@router.get("/flows/schema", summary="Show the flow language's JSON Schema")
async def show_schema(caller: Caller) -> JSONResponse:
    """Return the JSON Schema of what an author may write."""
    del caller
    return JSONResponse(flow_json_schema(), media_type="application/schema+json")


@router.post(
    "/flows/validate",
    summary="Check a flow",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}, "example": EXAMPLE}},
        }
    },
)
async def validate_flow(request: Request, caller: Caller, services: Provided) -> FlowReport:
    """Check a flow: every fault is named with the path of its step."""
    data = await read_object(request)
    audio = await services.audio.items.among(caller, audio_named(data))
    compiled = compiler_of(services, caller, audio).check(parse_flow(data))
    names = sorted({name for _, name in compiled.needed})
    return FlowReport(valid=True, flow=dict(compiled.body), placeholders=names)


def compiler_of(services: Services, caller: Principal, audio: Mapping[str, Audio]) -> FlowCompiler:
    """Return what checks a flow for somebody; ``audio``: what there is of what it plays, by id."""
    return FlowCompiler(
        services.voices,
        default_voice=caller.organisation.voice,
        capabilities=services.capabilities,
        url_check=UrlCheck(parse_networks(services.settings.webhook_allow_networks)),
        audio=audio,
    )
