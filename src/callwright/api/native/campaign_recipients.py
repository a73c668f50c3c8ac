"""``/campaigns/{campaign_id}/recipients``: the people of a campaign's list."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field

from callwright.accounts import audit
from callwright.api.native import campaign_views as views
from callwright.api.native.campaign_texts import TextOutcome
from callwright.api.native.ids import CampaignId
from callwright.api.native.openapi import problems
from callwright.api.native.paging import Page, QueryText
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.campaigns.service import RecipientFilter
from callwright.campaigns.writing import by_email
from callwright.numbers.addresses import read_email
from callwright.numbers.extensions import read_extension
from callwright.numbers.parsing import read_number
from callwright.rules.outcomes import Outcome

router = APIRouter(tags=["campaigns"])

RecipientId = Annotated[int, Path(ge=1, le=2**62)]


class RecipientQuery(Page):
    """Query parameters of the list of recipients."""

    state: Literal["waiting", "again", "active", "done"] | None = None
    outcome: Outcome | TextOutcome | None = None
    to: QueryText | None = None
    answer: str | None = Field(default=None, max_length=20, pattern=r"^[0-9*#]+$", description="Keys pressed last.")
    zone: str | None = Field(default=None, max_length=60, pattern=r"^[A-Za-z0-9_+/-]+$")
    text: QueryText | None = Field(default=None, description="Part of the number or of a variable.")


@router.get("/campaigns/{campaign_id}/recipients", summary="List recipients", responses=problems(404))
async def list_recipients(
    campaign_id: CampaignId, caller: Caller, services: Provided, query: Annotated[RecipientQuery, Query()]
) -> views.RecipientList:
    """List recipients in the order of the list."""
    campaign = await services.campaigns.registry.get(caller, campaign_id)
    to_number = None
    if query.to is not None and by_email(campaign.call_template):
        to_number = read_email(query.to, field="to")
    elif query.to is not None:
        to_number = read_extension(query.to) or read_number(
            query.to, field="to", region=caller.organisation.region, sandbox=caller.sandbox
        )
    narrowed = RecipientFilter(
        state=query.state,
        outcome=query.outcome,
        to_number=to_number,
        zone=query.zone,
        answer=query.answer,
        text=query.text,
    )
    found = await services.campaigns.registry.recipients(campaign, narrowed, limit=query.limit + 1, after=query.before)
    shown = found[: query.limit]
    return views.RecipientList(
        recipients=[views.RecipientView.of(recipient) for recipient in shown],
        next_cursor=str(shown[-1].id) if len(found) > query.limit else None,
    )


@router.delete(
    "/campaigns/{campaign_id}/recipients/{recipient_id}",
    summary="Take a recipient out",
    status_code=204,
    responses=problems(404, 409),
)
async def delete_recipient(
    campaign_id: CampaignId, recipient_id: RecipientId, caller: Caller, services: Provided
) -> None:
    """Take out a recipient who was not called yet."""
    async with services.campaigns.registry.transaction() as connection:
        campaign = await services.campaigns.registry.get(caller, campaign_id, connection=connection)
        gone = await services.campaigns.registry.remove(connection, campaign, recipient_id)
        await audit.record(
            connection, caller, "campaign.recipient_removed", campaign.id, {"recipient_id": gone.id}, None
        )
