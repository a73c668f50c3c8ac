"""``/subusers``: people whose programs see only what they made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Response

from callwright.accounts.keys import KeyService
from callwright.accounts.models import ApiKey, User
from callwright.accounts.users import NewUser, joined
from callwright.api.dialects.errors import dialect_route
from callwright.api.dialects.multisender.asking import DIALECT, Asked, answer, asking, number_of
from callwright.api.dialects.multisender.errors import render_error
from callwright.api.dialects.multisender.fields import Reader, shown
from callwright.api.dialects.multisender.outreach import renamed
from callwright.errors import InvalidRequest, NotFound

router = APIRouter(route_class=dialect_route(render_error))

Reads = Annotated[Asked, asking("users:read")]
Writes = Annotated[Asked, asking("users:write")]
_PAGE = 1000
#: Native fields by what a body calls them.
_FIELDS: Mapping[str, str] = {
    "username": "username",
    "email": "email",
    "firstName": "first_name",
    "lastName": "last_name",
    "company": "company",
    "phone": "phone",
}


@router.get("/subusers")
async def list_subusers(asked: Reads) -> Response:
    """List subusers, newest first, with their tokens."""
    users: list[User] = []
    before: int | None = None
    people, organisation_id = asked.services.accounts.users, asked.who.organisation.id
    while page := await people.page(organisation_id, fenced=True, limit=_PAGE, before=before):
        users += page
        before = page[-1].number
    return answer([await _shown(asked, user) for user in users])


@router.post("/subusers")
async def create_subuser(asked: Writes) -> Response:
    """Add a subuser with a token; without a password they get an invitation by mail to choose one."""
    reader, fields = _read(asked)
    reader.text("email", required=True)
    password = reader.given("password")
    if password is not None and not isinstance(password, str):
        reader.fault("password", "must be text")
    reader.done()
    accounts, who = asked.services.accounts, asked.who
    async with asked.services.orders.transaction() as connection:
        with _named():
            user, _ = await accounts.users.create(
                NewUser(email=fields.pop("email"), role="agent", fenced=True, **fields),
                who=who.actor,
                password=password,
                connection=connection,
            )
        await accounts.key_service.create(
            who.organisation.id,
            f"Multisender, {user.email}",
            sandbox=False,
            purpose=who.purpose,
            user_id=user.id,
            dialect=DIALECT,
            shown_again=True,
            who=who.actor,
            connection=connection,
        )
    return asked.created(await _shown(asked, user), str(user.number))


@router.get("/subusers/{subuser_id}")
async def show_subuser(subuser_id: str, asked: Reads) -> Response:
    """Show a subuser with their token."""
    return answer(await _shown(asked, await _find(asked, subuser_id)))


@router.put("/subusers/{subuser_id}")
async def change_subuser(subuser_id: str, asked: Writes) -> Response:
    """Change what is sent of a subuser; the rest stays."""
    before = await _find(asked, subuser_id)
    reader, fields = _read(asked)
    reader.done()
    if not fields.get("email"):
        fields.pop("email", None)
    if {"first_name", "last_name"} & fields.keys():
        first = fields.get("first_name", before.first_name)
        fields["name"] = joined(first, fields.get("last_name", before.last_name))
    with _named():
        after = await asked.services.accounts.users.change(before.id, fields, who=asked.who.actor)
    return answer(await _shown(asked, after))


@router.delete("/subusers/{subuser_id}")
@router.delete("/subusers/{subuser_id}/accounts")
async def delete_subuser(subuser_id: str, asked: Writes) -> Response:
    """Remove a subuser: tokens end, what they made stays."""
    gone = await _find(asked, subuser_id)
    await asked.services.accounts.users.delete(gone.id, who=asked.who.actor)
    return Response(status_code=204)


@contextmanager
def _named() -> Iterator[None]:
    """Name faults as the body does."""
    try:
        yield
    except InvalidRequest as error:
        raise renamed(error, {native: name for name, native in _FIELDS.items()}) from None


def _read(asked: Asked) -> tuple[Reader, dict[str, Any]]:
    reader = Reader(asked.body)
    return reader, {native: reader.text(name, longest=254) for name, native in _FIELDS.items() if reader.has(name)}


async def _find(asked: Asked, subuser_id: str) -> User:
    number = number_of(subuser_id)
    try:
        user = await asked.services.accounts.users.find(asked.who.organisation.id, str(number))
    except NotFound:
        user = None
    if user is None or not user.fenced or user.number != number:
        raise NotFound(f"there is no subuser {subuser_id[:30]!r}")
    return user


async def _shown(asked: Asked, user: User) -> dict[str, Any]:
    return {
        "subuserId": user.number,
        "username": user.username or "",
        "email": user.email,
        "firstName": user.first_name or "",
        "lastName": user.last_name or "",
        "company": user.company or "",
        "authToken": await _token(asked.services.accounts.key_service, user),
        "phone": user.phone or "",
        "updatedAt": shown(user.updated_at),
        "createdAt": shown(user.created_at),
    }


async def _token(keys: KeyService, user: User) -> str:
    """Return the newest token of a subuser that works; an empty text when there is none."""
    found: list[ApiKey] = await keys.page(user.organisation_id, user_id=user.id, limit=100)
    for key in found:
        if key.dialect == DIALECT and key.revoked_at is None:
            token = await keys.token(user.organisation_id, key.id, user_id=user.id)
            if token is not None:
                return token
    return ""
