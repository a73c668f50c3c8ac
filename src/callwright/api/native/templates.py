"""``/templates``: named texts that people reuse in calls, texts and emails."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.bodies import read_object
from callwright.api.native.ids import TemplateId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc
from callwright.api.native.validation import parsed
from callwright.errors import FieldError, InvalidRequest
from callwright.messages.templates import Template

router = APIRouter(tags=["templates"])

Channel = Literal["call", "sms", "email"]
_BODY = "`text`; of email `subject`, and `text`, `html` or both. Placeholders: `{NAME}`, `{{name}}`, `#name#`."


class TemplateRequest(BaseModel):
    """A template to be made."""

    model_config = ConfigDict(extra="forbid", strict=True)

    channel: Channel
    name: str = Field(min_length=1, max_length=200, pattern=r"\S")
    body: dict[str, Any] = Field(description=_BODY)


class TemplateChange(BaseModel):
    """What to change of a template; what is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str | None = Field(default=None, min_length=1, max_length=200, pattern=r"\S")
    body: dict[str, Any] | None = Field(default=None, description=_BODY)


class TemplateView(BaseModel):
    """A template."""

    template_id: str
    number: int
    channel: str
    name: str
    body: dict[str, Any]
    placeholders: list[str]
    created_at: Utc
    updated_at: Utc

    @classmethod
    def of(cls, template: Template) -> TemplateView:
        """Return the view of a template."""
        return cls(
            template_id=template.id,
            number=template.number,
            channel=template.channel,
            name=template.name,
            body=dict(template.body),
            placeholders=template.placeholders,
            created_at=template.created_at,
            updated_at=template.updated_at,
        )


class TemplateList(BaseModel):
    """A page of templates."""

    templates: list[TemplateView]
    next_cursor: str | None


class TemplateQuery(Page):
    """Query parameters of the list of templates."""

    channel: Channel | None = None


#: Request bodies, for the documentation.
BODIES: list[type[BaseModel]] = [TemplateRequest, TemplateChange]
_EXAMPLE = {"channel": "sms", "name": "Reminder", "body": {"text": "Hi {NAME}, see you on {DATE}."}}


@router.get("/templates", summary="List templates")
async def list_templates(caller: Caller, services: Provided, query: Annotated[TemplateQuery, Query()]) -> TemplateList:
    """List templates, newest first."""
    found = await services.messages.templates.page(
        caller, channel=query.channel, limit=query.limit + 1, before=query.before
    )
    shown, next_cursor = cut(found, query)
    return TemplateList(templates=[TemplateView.of(template) for template in shown], next_cursor=next_cursor)


@router.post(
    "/templates",
    summary="Make a template",
    status_code=201,
    responses=problems(409),
    openapi_extra=json_body(TemplateRequest, {"of a text": _EXAMPLE}),
)
async def create_template(request: Request, caller: Caller, services: Provided) -> TemplateView:
    """Make a template. A repeat is a 409, because names are taken once a channel."""
    data = await read_object(request)
    wanted = parsed(TemplateRequest, data)
    return TemplateView.of(
        await services.messages.templates.create(
            caller, channel=wanted.channel, name=wanted.name.strip(), body=wanted.body
        )
    )


@router.get("/templates/{template_id}", summary="Show a template", responses=problems(404))
async def show_template(template_id: TemplateId, caller: Caller, services: Provided) -> TemplateView:
    """Show a template and its placeholders."""
    return TemplateView.of(await services.messages.templates.get(caller, template_id))


@router.patch(
    "/templates/{template_id}",
    summary="Change a template",
    responses=problems(404, 409),
    openapi_extra=json_body(TemplateChange, {"text": {"body": {"text": "Hi {NAME}!"}}}),
)
async def change_template(
    template_id: TemplateId, request: Request, caller: Caller, services: Provided
) -> TemplateView:
    """Change a template; messages that were made of it keep what they say."""
    data = await read_object(request)
    wanted = parsed(TemplateChange, data)
    if wanted.name is None and wanted.body is None:
        raise InvalidRequest([FieldError(field="body", message="names nothing to change")])
    name = None if wanted.name is None else wanted.name.strip()
    return TemplateView.of(await services.messages.templates.change(caller, template_id, name=name, body=wanted.body))


@router.delete("/templates/{template_id}", summary="Delete a template", status_code=204, responses=problems(404))
async def delete_template(template_id: TemplateId, caller: Caller, services: Provided) -> None:
    """Delete a template; messages that were made of it stay."""
    await services.messages.templates.remove(caller, template_id)
