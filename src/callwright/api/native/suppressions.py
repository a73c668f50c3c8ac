"""``/suppressions``: people who must not be contacted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from callwright.api.native.idempotent import Repeatable
from callwright.api.native.ids import SuppressionId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, QueryText, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc, read_future
from callwright.api.native.validation import parsed
from callwright.errors import Forbidden
from callwright.numbers.addresses import read_address
from callwright.numbers.models import Suppression
from callwright.numbers.suppressions import check_scope, opt_out

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["suppressions"])

Scope = Literal["organisation", "channel", "campaign", "topic"]


class SuppressionRequest(BaseModel):
    """A person to be entered."""

    model_config = ConfigDict(extra="forbid", strict=True)

    to: StrictStr | StrictInt = Field(description="Telephone number or e-mail address.")
    scope: Scope = "organisation"
    scope_key: str = Field(default="", max_length=60, description="`call`, `sms`, `email`; a campaign's id; a topic.")
    evidence: str = Field(default="entered by API", min_length=1, max_length=500, description="What the person did.")
    expires_at: str | None = Field(
        default=None, max_length=40, description="Binds until then; null: for good. Without a zone: the account's."
    )


class SuppressionView(BaseModel):
    """An entry of the list."""

    suppression_id: str
    number: int
    to: str
    scope: Scope
    scope_key: str
    evidence: str
    source: str = Field(description="key, spoken, sms, email, link, api, import or operator.")
    call_id: str | None
    expires_at: Utc | None
    created_at: Utc

    @classmethod
    def of(cls, entry: Suppression) -> SuppressionView:
        """Return the view of an entry."""
        return cls.model_validate(
            {
                "suppression_id": entry.id,
                "number": entry.number,
                "to": entry.e164,
                "scope": entry.scope,
                "scope_key": entry.scope_key,
                "evidence": entry.evidence,
                "source": entry.source,
                "call_id": entry.call_id,
                "expires_at": entry.expires_at,
                "created_at": entry.created_at,
            }
        )


class SuppressionList(BaseModel):
    """A page of entries."""

    suppressions: list[SuppressionView]
    next_cursor: str | None


class SuppressionFilter(Page):
    """Query parameters of the list."""

    to: QueryText | None = None


@router.get("/suppressions", summary="List suppressions")
async def list_suppressions(
    caller: Caller, services: Provided, query: Annotated[SuppressionFilter, Query()]
) -> SuppressionList:
    """List the people who must not be contacted, newest first."""
    e164 = None
    if query.to is not None:
        e164 = read_address(query.to, field="to", region=caller.organisation.region, sandbox=caller.sandbox)
    found = await services.numbers.suppressions.page(
        caller.organisation.id, e164=e164, limit=query.limit + 1, before=query.before, fence=caller.fence
    )
    shown, next_cursor = cut(found, query)
    return SuppressionList(suppressions=[SuppressionView.of(entry) for entry in shown], next_cursor=next_cursor)


@router.post(
    "/suppressions",
    summary="Enter a person",
    status_code=201,
    responses={
        200: {"model": SuppressionView, "description": "the person is on the list already"},
        201: {"model": SuppressionView},
    },
    openapi_extra=json_body(
        SuppressionRequest,
        {"letter": {"to": "+12125550100", "scope": "organisation", "evidence": "asked by letter on 2 April"}},
    ),
)
async def create_suppression(caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Enter a person who must not be contacted. Entering one twice changes nothing."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(SuppressionRequest, data)
        check_scope(wanted.scope, wanted.scope_key)
        region, sandbox = caller.organisation.region, caller.sandbox
        e164 = read_address(wanted.to, field="to", region=region, sandbox=sandbox)
        expires_at = read_future(
            wanted.expires_at, field="expires_at", zone=caller.organisation.time_zone, now=services.clock.now()
        )
        entry, new = await opt_out(
            connection,
            organisation_id=caller.organisation.id,
            e164=e164,
            scope=wanted.scope,
            scope_key=wanted.scope_key,
            evidence=wanted.evidence,
            expires_at=expires_at,
            who=caller.actor,
        )
        return 201 if new else 200, SuppressionView.of(entry).model_dump(mode="json")

    return await submitted.run(action)


@router.delete(
    "/suppressions/{suppression_id}",
    summary="Take a person off the list",
    status_code=204,
    responses=problems(403, 404),
)
async def delete_suppression(suppression_id: SuppressionId, caller: Caller, services: Provided) -> None:
    """Take an entry off the list. Sandbox keys may not: the list protects real people."""
    if caller.sandbox:
        raise Forbidden("a sandbox key may not take people off the list; use a live key")
    await services.numbers.suppressions.remove(caller.organisation.id, suppression_id, who=caller.actor)
