"""``/setup``: the first owner of an appliance, by the link that its operator was shown."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts.setup import FirstOwner
from callwright.api.native.bodies import read_object
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.security import client_address
from callwright.api.native.services import Provided
from callwright.api.native.users import UserView
from callwright.api.native.validation import parsed

router = APIRouter(tags=["setup"])


class SetupRequest(BaseModel):
    """Who becomes the first owner, and of what."""

    model_config = ConfigDict(extra="forbid", strict=True)

    token: str = Field(max_length=100, description="What the set-up link ends with.")
    organisation: str = Field(max_length=200, description="Its name.")
    name: str = Field(default="", max_length=200, description="The owner's.")
    email: str = Field(max_length=254)
    password: str = Field(max_length=1000, description="At least 12 characters; no rules but that.")
    time_zone: str = Field(default="UTC", max_length=100, description="IANA name.")
    region: str = Field(default="US", max_length=2, description="ISO 3166 code: how national numbers are read.")


BODIES = [SetupRequest]

_EXAMPLE = {
    "token": "stp_a2b3c4d5e6f7a2b3c4d5e6f7a2b3c4d5",
    "organisation": "Elm Street Dental",
    "name": "Ann Lee",
    "email": "ann@example.com",
    "password": "seven blue herons sing",
    "time_zone": "America/New_York",
    "region": "US",
}


class SetupState(BaseModel):
    """Whether the appliance waits for its first owner."""

    open: bool


@router.get("/setup", summary="Is there an owner?", responses=problems(429))
async def show_setup(request: Request, services: Provided) -> SetupState:
    """Say whether nobody has claimed this appliance yet."""
    await services.limits.come_from(client_address(request))
    return SetupState(open=await services.setup.open())


@router.post(
    "/setup",
    summary="Become the first owner",
    status_code=201,
    responses={201: {"model": UserView}, **problems(409, 429)},
    openapi_extra=json_body(SetupRequest, {"first owner": _EXAMPLE}),
)
async def claim(request: Request, services: Provided) -> UserView:
    """Make the first organisation and its owner with the token of the set-up link; then sign in."""
    data = await read_object(request)
    wanted = parsed(SetupRequest, data)
    _, owner = await services.setup.claim(
        wanted.token,
        FirstOwner(
            organisation=wanted.organisation,
            name=wanted.name,
            email=wanted.email,
            password=wanted.password,
            time_zone=wanted.time_zone,
            region=wanted.region,
        ),
        address=client_address(request),
    )
    return UserView.of(owner)
