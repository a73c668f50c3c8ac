"""``/consents``: what people agreed to, and withdrew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from callwright.api.native.idempotent import Repeatable
from callwright.api.native.ids import ConsentId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, QueryText, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc, read_future, read_time
from callwright.api.native.validation import parsed
from callwright.consents.models import Channel, Consent, NewConsent, Purpose, State
from callwright.consents.records import ConsentFilter
from callwright.errors import FieldError, InvalidRequest
from callwright.numbers.addresses import read_address

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["consents"])

#: Keys of ``proof``, and characters of each value.
_MOST_PROOFS = 20
_PROOF_TEXT = 2000

ProofValue = Annotated[str, Field(max_length=_PROOF_TEXT)]
Proof = Annotated[
    dict[str, ProofValue],
    Field(max_length=_MOST_PROOFS, description="What shows it: address of the form, name of a file, a recording's id."),
]


class ConsentRequest(BaseModel):
    """What a person agreed to, or withdrew."""

    model_config = ConfigDict(extra="forbid", strict=True)

    to: StrictStr | StrictInt = Field(description="Telephone number; an e-mail address for the channel email.")
    channel: Channel
    purpose: Purpose
    state: State = "given"
    wording: str | None = Field(default=None, min_length=1, max_length=5000, description="What they read or heard.")
    source: str = Field(min_length=1, max_length=100, description="Where it was said: web form, call, letter, …")
    proof: Proof = Field(default_factory=dict)
    given_at: str | None = Field(default=None, max_length=40, description="When it was said. Default: now.")
    expires_at: str | None = Field(default=None, max_length=40, description="Ends then; null: until withdrawn.")


class WithdrawRequest(BaseModel):
    """How a consent was withdrawn."""

    model_config = ConfigDict(extra="forbid", strict=True)

    source: str = Field(default="api", min_length=1, max_length=100)
    proof: Proof = Field(default_factory=dict)


class ConsentView(BaseModel):
    """A record; it never changes."""

    consent_id: str
    number: int
    to: str
    channel: Channel
    purpose: Purpose
    state: State
    wording: str | None
    source: str
    proof: dict[str, Any]
    given_at: Utc
    expires_at: Utc | None
    contact_id: str | None
    recorded_by: str
    created_at: Utc

    @classmethod
    def of(cls, consent: Consent) -> ConsentView:
        """Return the view of a record."""
        given = {name: getattr(consent, name) for name in cls.model_fields if name not in {"consent_id", "to"}}
        return cls.model_validate({**given, "consent_id": consent.id, "to": consent.address})


class ConsentList(BaseModel):
    """A page of records."""

    consents: list[ConsentView]
    next_cursor: str | None


class ConsentQuery(Page):
    """Query parameters of the list."""

    to: QueryText | None = None
    channel: Channel | None = None
    purpose: Purpose | None = None
    state: State | None = None


@router.get("/consents", summary="List consents")
async def list_consents(caller: Caller, services: Provided, query: Annotated[ConsentQuery, Query()]) -> ConsentList:
    """List records, newest first; of an address, a channel and a purpose the one that was given last counts."""
    address = None
    if query.to is not None:
        address = read_address(query.to, field="to", region=caller.organisation.region, sandbox=caller.sandbox)
    narrowed = ConsentFilter(address=address, channel=query.channel, purpose=query.purpose, state=query.state)
    found = await services.consents.records.page(
        caller.organisation.id, narrowed, limit=query.limit + 1, before=query.before, fence=caller.fence
    )
    shown, next_cursor = cut(found, query)
    return ConsentList(consents=[ConsentView.of(consent) for consent in shown], next_cursor=next_cursor)


@router.post(
    "/consents",
    summary="Record a consent",
    status_code=201,
    responses={201: {"model": ConsentView}},
    openapi_extra=json_body(
        ConsentRequest,
        {
            "web form": {
                "to": "+12125550100",
                "channel": "call",
                "purpose": "marketing",
                "wording": "I agree to be called by Elm Street Dental about offers.",
                "source": "web form",
                "proof": {"url": "https://example.com/join", "ip": "203.0.113.7"},
                "given_at": "2025-04-02T10:30:00Z",
            }
        },
    ),
)
async def record_consent(caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Record what a person agreed to, or that they withdrew it."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(ConsentRequest, data)
        zone, region = caller.organisation.time_zone, caller.organisation.region
        now = services.clock.now()
        new = NewConsent(
            address=read_address(wanted.to, field="to", region=region, sandbox=caller.sandbox, channel=wanted.channel),
            channel=wanted.channel,
            purpose=wanted.purpose,
            state=wanted.state,
            wording=wanted.wording,
            source=wanted.source,
            proof=wanted.proof,
            given_at=read_time(wanted.given_at, field="given_at", zone=zone) or now,
            expires_at=read_future(wanted.expires_at, field="expires_at", zone=zone, now=now),
        )
        if new.state == "given" and new.wording is None:
            message = "is required: say what the person read or heard when they agreed"
            raise InvalidRequest([FieldError(field="wording", message=message)])
        made = await services.consents.records.add(connection, caller.actor, new)
        return 201, ConsentView.of(made).model_dump(mode="json")

    return await submitted.run(action)


@router.get("/consents/{consent_id}", summary="Show a consent", responses=problems(404))
async def show_consent(consent_id: ConsentId, caller: Caller, services: Provided) -> ConsentView:
    """Show one record."""
    return ConsentView.of(await services.consents.records.get(caller.organisation.id, consent_id, fence=caller.fence))


@router.post(
    "/consents/{consent_id}/withdraw",
    summary="Withdraw a consent",
    status_code=201,
    responses={
        200: {"model": ConsentView, "description": "it is withdrawn already: the record that did it"},
        201: {"model": ConsentView},
        **problems(404),
    },
    openapi_extra=json_body(WithdrawRequest, {"letter": {"source": "letter of 4 April"}}),
)
async def withdraw_consent(
    consent_id: ConsentId, caller: Caller, services: Provided, submitted: Repeatable
) -> Response:
    """Record that a person withdrew what this record says. No contact for its purpose is made from now on."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(WithdrawRequest, data)
        made, new = await services.consents.records.withdraw(
            connection, caller.actor, consent_id, source=wanted.source, proof=wanted.proof
        )
        return 201 if new else 200, ConsentView.of(made).model_dump(mode="json")

    return await submitted.run(action)
