"""``/flows``: flows that are kept under a name, their versions, and starters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts import audit
from callwright.accounts.models import Principal
from callwright.api.native import flow_views as views
from callwright.api.native.call_requests import audio_named
from callwright.api.native.flows import compiler_of
from callwright.api.native.idempotent import Change, Repeatable
from callwright.api.native.ids import FlowId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, QueryText, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.api.native.validation import parsed
from callwright.callflows.starters import NAMES, Starter, starter, starters
from callwright.errors import FieldError, InvalidRequest
from callwright.flows.language import parse_flow
from callwright.flows.schema import EXAMPLE

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["flows"])

BODIES = (views.FlowRequest, views.FlowChange, views.PublishRequest)

Version = Annotated[int, Path(ge=1, le=2**31 - 1)]


class FlowQuery(Page):
    """Query parameters of the list of flows."""

    name: QueryText | None = None


class StarterQuery(BaseModel):
    """Query parameters of the list of starters."""

    model_config = ConfigDict(extra="forbid")

    language: QueryText | None = Field(default=None, description="BCP 47; those in English where there are no others.")


@router.get("/flows", summary="List flows")
async def list_flows(caller: Caller, services: Provided, query: Annotated[FlowQuery, Query()]) -> views.SavedFlowList:
    """List the flows that are kept, newest first."""
    found = await services.saved_flows.page(caller, limit=query.limit + 1, before=query.before, name=query.name)
    shown, next_cursor = cut(found, query)
    return views.SavedFlowList(flows=[views.summary(saved) for saved in shown], next_cursor=next_cursor)


@router.get("/flows/starters", summary="List flows to begin from")
async def list_starters(
    caller: Caller, services: Provided, query: Annotated[StarterQuery, Query()]
) -> views.StarterList:
    """List flows to begin from, whole, as far as this appliance can carry them out."""
    found = [_fitted(services, caller, each) for each in starters(query.language)]
    return views.StarterList(starters=[views.starter_view(each) for each in found])


@router.post(
    "/flows",
    summary="Keep a flow",
    status_code=201,
    responses={201: {"model": views.SavedFlowDetail}, **problems(409)},
    openapi_extra=json_body(
        views.FlowRequest,
        {
            "draft": {"name": "Snow day", "draft": EXAMPLE},
            "starter": {"name": "Reminder", "starter": "appointment", "language": "en"},
        },
    ),
)
async def create_flow(caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Keep a draft under a name; it may be unfinished, and is checked when it is published."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(views.FlowRequest, data)
        draft, layout = _content(services, caller, wanted)
        saved = await services.saved_flows.create(
            connection, caller, name=wanted.name, description=wanted.description, draft=draft, layout=layout
        )
        await audit.record(connection, caller, "flow.created", saved.id, None, {"name": saved.name})
        return 201, views.detail(saved, []).model_dump(mode="json")

    return await submitted.run(action)


@router.get("/flows/{flow_id}", summary="Show a flow", responses=problems(404))
async def show_flow(flow_id: FlowId, caller: Caller, services: Provided) -> views.SavedFlowDetail:
    """Show a flow's draft, and what runs its versions now."""
    saved = await services.saved_flows.get(caller, flow_id)
    return views.detail(saved, await services.saved_flows.running(caller, flow_id))


@router.patch(
    "/flows/{flow_id}",
    summary="Change a flow",
    response_model=views.SavedFlowDetail,
    responses=problems(404, 409),
    openapi_extra=json_body(views.FlowChange, {"draft": {"draft": EXAMPLE, "revision": 1}}),
)
async def change_flow(flow_id: FlowId, caller: Caller, services: Provided, submitted: Change) -> Response:
    """Change a flow's name or draft. What runs already is not changed by it."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(views.FlowChange, data)
        before = await services.saved_flows.get(caller, flow_id)
        saved = await services.saved_flows.change(
            connection,
            caller,
            flow_id,
            revision=wanted.revision,
            name=wanted.name,
            description=wanted.description,
            draft=wanted.draft,
            layout=wanted.layout,
        )
        if (saved.name, saved.description) != (before.name, before.description):
            fields = ({"name": each.name, "description": each.description} for each in (before, saved))
            await audit.record(connection, caller, "flow.changed", saved.id, *fields)
        running = await services.saved_flows.running(caller, flow_id)
        return 200, views.detail(saved, running).model_dump(mode="json")

    return await submitted.run(action)


@router.delete("/flows/{flow_id}", summary="Delete a flow", status_code=204, responses=problems(404))
async def delete_flow(flow_id: FlowId, caller: Caller, services: Provided) -> None:
    """Delete a flow with its versions; campaigns and calls that run one go on."""
    async with services.contacts.people.transaction() as connection:
        name = await services.saved_flows.delete(connection, caller, flow_id)
        await audit.record(connection, caller, "flow.deleted", flow_id, {"name": name})


@router.post(
    "/flows/{flow_id}/publish",
    summary="Publish a flow",
    status_code=201,
    responses={201: {"model": views.Published}, **problems(404, 409)},
    openapi_extra=json_body(views.PublishRequest, {"first": {"revision": 1, "note": "First version"}}),
)
async def publish_flow(flow_id: FlowId, caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Check the draft and make a version of it: calls and campaigns that name the flow run the newest one."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(views.PublishRequest, data)
        saved = await services.saved_flows.get(caller, flow_id)
        audio = await services.audio.items.among(caller, audio_named(saved.draft))
        body = compiler_of(services, caller, audio).check(parse_flow(dict(saved.draft))).body
        saved, version = await services.saved_flows.publish(
            connection, caller, flow_id, body=body, revision=wanted.revision, note=wanted.note
        )
        await audit.record(connection, caller, "flow.published", saved.id, None, {"version": version.version})
        running = await services.saved_flows.running(caller, flow_id)
        shown = views.Published(flow=views.detail(saved, running), version=views.version_view(version))
        return 201, shown.model_dump(mode="json")

    return await submitted.run(action)


@router.get("/flows/{flow_id}/versions", summary="List a flow's versions", responses=problems(404))
async def list_versions(
    flow_id: FlowId, caller: Caller, services: Provided, query: Annotated[Page, Query()]
) -> views.VersionList:
    """List what was published, newest first."""
    before = None if query.before is None else min(query.before, 2**31 - 1)
    found = await services.saved_flows.versions(caller, flow_id, limit=query.limit + 1, before=before)
    shown = found[: query.limit]
    return views.VersionList(
        versions=[views.version_summary(version) for version in shown],
        next_cursor=str(shown[-1].version) if len(found) > query.limit else None,
    )


@router.get("/flows/{flow_id}/versions/{version}", summary="Show a version", responses=problems(404))
async def show_version(flow_id: FlowId, version: Version, caller: Caller, services: Provided) -> views.VersionView:
    """Show what was published."""
    return views.version_view(await services.saved_flows.version(caller, flow_id, version))


def _content(services: Services, caller: Principal, wanted: views.FlowRequest) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return draft and layout of a new flow."""
    if wanted.starter is None:
        return wanted.draft or {"version": 1, "start": "start", "steps": {}}, wanted.layout or {}
    if wanted.draft is not None:
        raise InvalidRequest([FieldError(field="starter", message="give either draft or starter, not both")])
    found = starter(wanted.starter, wanted.language)
    if found is None:
        message = f"there is no starter of this name; there are {', '.join(NAMES)}"
        raise InvalidRequest([FieldError(field="starter", message=message, received=wanted.starter)])
    return dict(_fitted(services, caller, found).flow), wanted.layout or dict(found.layout)


def _fitted(services: Services, caller: Principal, found: Starter) -> Starter:
    """Return a starter without its spoken words, where nobody here understands them."""
    try:
        compiler_of(services, caller, {}).check(parse_flow(dict(found.flow)))
    except InvalidRequest:
        steps = {
            step_id: {name: value for name, value in step.items() if name != "keywords"}
            for step_id, step in found.flow["steps"].items()
        }
        return replace(found, flow={**found.flow, "steps": steps})
    return found
