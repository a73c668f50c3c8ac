"""``/invitations`` and ``/password-resets``: for people who have no password, or no longer."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.bodies import read_object
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.security import client_address
from callwright.api.native.services import Provided
from callwright.api.native.users import UserView
from callwright.api.native.validation import parsed

router = APIRouter(tags=["sessions"])

_EXAMPLE = {"token": "lnk_a2b3c4d5e6f7a2b3c4d5e6f7a2b3c4d5", "password": "seven blue herons sing"}


class AcceptRequest(BaseModel):
    """The password of somebody who was invited, or who forgot the one before."""

    model_config = ConfigDict(extra="forbid", strict=True)

    token: str = Field(max_length=100, description="Of the link; it is good once.")
    password: str = Field(max_length=1000, description="At least 12 characters; no rules but that.")


class ResetRequest(BaseModel):
    """Who forgot a password."""

    model_config = ConfigDict(extra="forbid", strict=True)

    email: str = Field(min_length=3, max_length=254)


@router.post(
    "/invitations/accept",
    summary="Accept an invitation",
    responses={200: {"model": UserView}, **problems(404, 429)},
    openapi_extra=json_body(AcceptRequest, {"first password": _EXAMPLE}),
)
async def accept_invitation(request: Request, services: Provided) -> UserView:
    """Choose a password with the token of an invitation; then sign in."""
    return await _accept(request, services)


@router.post(
    "/password-resets",
    summary="Ask for a new password",
    status_code=202,
    responses=problems(429),
    openapi_extra=json_body(ResetRequest, {"forgotten": {"email": "ann@example.com"}}),
)
async def ask_for_reset(request: Request, services: Provided) -> Response:
    """Mail a link to a person; the answer is the same whether there is one."""
    data = await read_object(request)
    wanted = parsed(ResetRequest, data)
    await services.accounts.credentials.ask_for_reset(wanted.email, address=client_address(request))
    return Response(status_code=202)


@router.post(
    "/password-resets/accept",
    summary="Choose a new password",
    responses={200: {"model": UserView}, **problems(404, 429)},
    openapi_extra=json_body(AcceptRequest, {"new password": _EXAMPLE}),
)
async def accept_reset(request: Request, services: Provided) -> UserView:
    """Choose a password with the token of a reset; every session of the person ends."""
    return await _accept(request, services)


async def _accept(request: Request, services: Provided) -> UserView:
    data = await read_object(request)
    wanted = parsed(AcceptRequest, data)
    user = await services.accounts.credentials.accept(wanted.token, wanted.password, address=client_address(request))
    return UserView.of(user)
