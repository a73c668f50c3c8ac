"""``/contactability``: may this person be contacted now, and which rule says so."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.openapi import problems
from callwright.api.native.paging import QueryText
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc
from callwright.consents.models import Channel
from callwright.numbers.addresses import read_address
from callwright.numbers.suppressions import MAX_TOPIC

router = APIRouter(tags=["contactability"])


class ContactabilityQuery(BaseModel):
    """Who is to be contacted, how, and what for."""

    model_config = ConfigDict(extra="forbid")

    to: QueryText = Field(description="Telephone number; an e-mail address for the channel email.")
    channel: Channel = "call"
    purpose: Literal["emergency", "transactional", "marketing"] | None = Field(
        default=None, description="Default: that of the key."
    )
    campaign_id: QueryText | None = None
    topic: QueryText | None = Field(default=None, max_length=MAX_TOPIC)


class ContactabilityView(BaseModel):
    """The decision, as the dialer would take it now."""

    to: str
    channel: Channel
    purpose: str
    verdict: str = Field(description="allowed, deferred or skipped.")
    rule: str = Field(description="The rule that decided; `none` when nothing forbids it.")
    reason: str
    until: Utc | None = Field(description="When a deferred contact is looked at again.")
    inputs: dict[str, Any]


@router.get("/contactability", summary="Ask whether a person may be contacted", responses=problems(404))
async def ask_contactability(
    caller: Caller, services: Provided, query: Annotated[ContactabilityQuery, Query()]
) -> ContactabilityView:
    """Take the decision that a contact would meet now, without making one. Nothing is stored."""
    address = read_address(
        query.to, field="to", region=caller.organisation.region, sandbox=caller.sandbox, channel=query.channel
    )
    purpose = query.purpose or caller.purpose
    decision = await services.contactability.ask(
        caller, address, channel=query.channel, purpose=purpose, campaign_id=query.campaign_id, topic=query.topic
    )
    return ContactabilityView(
        to=address,
        channel=query.channel,
        purpose=purpose,
        verdict=decision.verdict,
        rule=decision.rule,
        reason=decision.reason,
        until=decision.until,
        inputs=decision.inputs,
    )
