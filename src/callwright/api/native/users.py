"""``/users``: people of the organisation and their roles."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts.models import Role, User
from callwright.accounts.permissions import of_role
from callwright.accounts.users import NewUser
from callwright.api.native.bodies import read_object
from callwright.api.native.ids import UserId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, QueryText, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc
from callwright.api.native.validation import parsed
from callwright.errors import FieldError, InvalidRequest

router = APIRouter(tags=["users"])


class UserRequest(BaseModel):
    """A person to be invited."""

    model_config = ConfigDict(extra="forbid", strict=True)

    email: str = Field(max_length=254)
    role: Role
    name: str = Field(default="", max_length=200)
    username: str | None = Field(default=None, max_length=100, description="A dialect's sign-in name.")
    phone: str | None = Field(default=None, max_length=31)
    company: str | None = Field(default=None, max_length=200)
    first_name: str | None = Field(default=None, max_length=100, description="With `last_name`, in place of `name`.")
    last_name: str | None = Field(default=None, max_length=100)
    subuser: bool = Field(default=False, description="Sees only what it made itself; an agent or read-only.")


class UserChange(BaseModel):
    """What is to be changed of a person; what is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    email: str = Field(default="", max_length=254)
    role: Role = "read-only"
    name: str = Field(default="", max_length=200)
    username: str | None = Field(default=None, max_length=100)
    phone: str | None = Field(default=None, max_length=31)
    company: str | None = Field(default=None, max_length=200)
    first_name: str | None = Field(default=None, max_length=100)
    last_name: str | None = Field(default=None, max_length=100)
    subuser: bool = False
    disabled: bool = Field(default=False, description="Signs out everywhere; its keys stop.")


class UserView(BaseModel):
    """A person."""

    user_id: str
    number: int
    email: str
    name: str
    first_name: str | None
    last_name: str | None
    username: str | None
    phone: str | None
    company: str | None
    role: Role
    subuser: bool
    permissions: list[str]
    has_password: bool = Field(description="False: the invitation is still open.")
    second_factor: bool
    disabled_at: Utc | None
    last_login_at: Utc | None
    created_at: Utc
    updated_at: Utc

    @classmethod
    def of(cls, user: User) -> UserView:
        """Return the view of a person."""
        return cls(
            user_id=user.id,
            number=user.number,
            email=user.email,
            name=user.name,
            first_name=user.first_name,
            last_name=user.last_name,
            username=user.username,
            phone=user.phone,
            company=user.company,
            role=user.role,
            subuser=user.fenced,
            permissions=sorted(of_role(user.role, fenced=user.fenced)),
            has_password=user.has_password,
            second_factor=user.second_factor,
            disabled_at=user.disabled_at,
            last_login_at=user.last_login_at,
            created_at=user.created_at,
            updated_at=user.updated_at,
        )


class CreatedUser(UserView):
    """A person that was invited."""

    invitation_token: str | None = Field(description="Pass it on for `POST /invitations/accept`; null: it was mailed.")


class Invitation(BaseModel):
    """A new invitation."""

    invitation_token: str | None = Field(description="As in `POST /users`.")


class UserList(BaseModel):
    """A page of people."""

    users: list[UserView]
    next_cursor: str | None


class UserFilter(Page):
    """Query parameters of the list."""

    email: QueryText | None = None
    role: Role | None = None
    subuser: bool | None = None


@router.get("/users", summary="List users", responses=problems(403))
async def list_users(caller: Caller, services: Provided, query: Annotated[UserFilter, Query()]) -> UserList:
    """List the people of the organisation, newest first."""
    found = await services.accounts.users.page(
        caller.organisation.id,
        email=query.email,
        role=query.role,
        fenced=query.subuser,
        limit=query.limit + 1,
        before=query.before,
    )
    shown, next_cursor = cut(found, query)
    return UserList(users=[UserView.of(user) for user in shown], next_cursor=next_cursor)


@router.post(
    "/users",
    summary="Invite a user",
    status_code=201,
    response_model=CreatedUser,
    responses=problems(403, 409),
    openapi_extra=json_body(UserRequest, {"agent": {"email": "ann@example.com", "name": "Ann Lee", "role": "agent"}}),
)
async def create_user(request: Request, caller: Caller, services: Provided) -> Response:
    """Add a person, who chooses a password by the invitation. Nobody gives a role that may do more than they may."""
    data = await read_object(request)
    wanted = parsed(UserRequest, data)
    user, token = await services.accounts.users.create(
        NewUser(
            email=wanted.email,
            role=wanted.role,
            name=wanted.name,
            username=wanted.username,
            phone=wanted.phone,
            company=wanted.company,
            first_name=wanted.first_name,
            last_name=wanted.last_name,
            fenced=wanted.subuser,
        ),
        who=caller.actor,
    )
    view = CreatedUser(
        **UserView.of(user).model_dump(),
        invitation_token=None if services.accounts.credentials.mails_links else token,
    )
    return JSONResponse(view.model_dump(mode="json"), status_code=201)


@router.get("/users/{user_id}", summary="Show a user", responses=problems(403, 404))
async def show_user(user_id: UserId, caller: Caller, services: Provided) -> UserView:
    """Show a person."""
    return UserView.of(await services.accounts.users.get(caller.organisation.id, user_id))


@router.patch(
    "/users/{user_id}",
    summary="Change a user",
    responses={200: {"model": UserView}, **problems(403, 404, 409)},
    openapi_extra=json_body(UserChange, {"role": {"role": "manager"}, "leave": {"disabled": True}}),
)
async def change_user(user_id: UserId, request: Request, caller: Caller, services: Provided) -> UserView:
    """Change a person. Nobody changes their own role; an organisation keeps an owner."""
    data = await read_object(request)
    fields = changes(parsed(UserChange, data))
    return UserView.of(await services.accounts.users.change(user_id, fields, who=caller.actor))


@router.delete("/users/{user_id}", summary="Remove a user", status_code=204, responses=problems(403, 404, 409))
async def delete_user(user_id: UserId, caller: Caller, services: Provided) -> None:
    """Remove a person: sessions and keys end, what it made stays."""
    await services.accounts.users.delete(user_id, who=caller.actor)


@router.post("/users/{user_id}/invitation", summary="Invite again", status_code=201, responses=problems(403, 404, 409))
async def invite_again(user_id: UserId, caller: Caller, services: Provided) -> Invitation:
    """Make a new invitation for a person who has no password yet."""
    token = await services.accounts.credentials.invite_again(user_id, who=caller.actor)
    return Invitation(invitation_token=None if services.accounts.credentials.mails_links else token)


def changes(wanted: BaseModel) -> dict[str, Any]:
    """Return the fields that a request names, by the names of the service. Raises ``InvalidRequest`` for null."""
    fields = {name: getattr(wanted, name) for name in wanted.model_fields_set}
    if not fields:
        raise InvalidRequest([FieldError(field="body", message="names nothing to change")])
    if "subuser" in fields:
        fields["fenced"] = fields.pop("subuser")
    return fields
