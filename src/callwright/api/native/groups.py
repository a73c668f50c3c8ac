"""``/groups``: people put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts import audit
from callwright.api.native.contact_views import ContactList, ContactView, GroupList, GroupView
from callwright.api.native.idempotent import Change, Repeatable
from callwright.api.native.ids import GroupId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, QueryText, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.validation import parsed
from callwright.contacts.groups import MAX_MEMBERS
from callwright.contacts.models import ContactFilter

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["groups"])


class GroupRequest(BaseModel):
    """A group to be made."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    description: str = Field(default="", max_length=1000)
    contact_ids: list[str] = Field(default_factory=list, max_length=MAX_MEMBERS)


class GroupChange(BaseModel):
    """What to change of a group."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str | None = None
    description: str | None = Field(default=None, max_length=1000)


class MembersRequest(BaseModel):
    """People to put in, or to take out."""

    model_config = ConfigDict(extra="forbid", strict=True)

    contact_ids: list[str] = Field(min_length=1, max_length=MAX_MEMBERS)


class MembersView(BaseModel):
    """The group, and how many were put in or taken out."""

    group: GroupView
    changed: int


class GroupQuery(Page):
    """Query parameters of the list."""

    name: QueryText | None = None


_MEMBERS = {"two": {"contact_ids": ["con_06e4k1q0s8b2n4p6r8t0", "con_06e4k1q0s8b2n4p6r8t1"]}}


@router.get("/groups", summary="List groups")
async def list_groups(caller: Caller, services: Provided, query: Annotated[GroupQuery, Query()]) -> GroupList:
    """List groups, newest first."""
    found = await services.contacts.groups.page(caller, limit=query.limit + 1, before=query.before, name=query.name)
    shown, next_cursor = cut(found, query)
    return GroupList(groups=[GroupView.of(group) for group in shown], next_cursor=next_cursor)


@router.post(
    "/groups",
    summary="Make a group",
    status_code=201,
    responses={201: {"model": GroupView}, **problems(409)},
    openapi_extra=json_body(GroupRequest, {"group": {"name": "Tuesday patients"}}),
)
async def create_group(caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Make a group, empty or with people."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(GroupRequest, data)
        group = await services.contacts.groups.create(connection, caller, wanted.name, wanted.description)
        if wanted.contact_ids:
            group, _ = await services.contacts.groups.add(connection, caller, group.id, wanted.contact_ids)
        await audit.record(connection, caller, "group.created", group.id, None, {"name": group.name})
        return 201, GroupView.of(group).model_dump(mode="json")

    return await submitted.run(action)


@router.get("/groups/{group_id}", summary="Show a group", responses=problems(404))
async def show_group(group_id: GroupId, caller: Caller, services: Provided) -> GroupView:
    """Show a group."""
    return GroupView.of(await services.contacts.groups.get(caller, group_id))


@router.patch(
    "/groups/{group_id}",
    summary="Change a group",
    response_model=GroupView,
    responses=problems(404, 409),
    openapi_extra=json_body(GroupChange, {"name": {"name": "Wednesday patients"}}),
)
async def change_group(group_id: GroupId, caller: Caller, services: Provided, submitted: Change) -> Response:
    """Rename or describe a group."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(GroupChange, data)
        before = await services.contacts.groups.get(caller, group_id)
        group = await services.contacts.groups.update(
            connection, caller, group_id, name=wanted.name, description=wanted.description
        )
        await audit.record(connection, caller, "group.changed", group.id, {"name": before.name}, {"name": group.name})
        return 200, GroupView.of(group).model_dump(mode="json")

    return await submitted.run(action)


@router.delete("/groups/{group_id}", summary="Delete a group", status_code=204, responses=problems(404))
async def delete_group(group_id: GroupId, caller: Caller, services: Provided) -> None:
    """Delete a group; the people in it stay."""
    async with services.contacts.people.transaction() as connection:
        await services.contacts.groups.delete(connection, caller, group_id)
        await audit.record(connection, caller, "group.deleted", group_id)


@router.get("/groups/{group_id}/contacts", summary="List the people of a group", responses=problems(404))
async def list_group_contacts(
    group_id: GroupId, caller: Caller, services: Provided, query: Annotated[Page, Query()]
) -> ContactList:
    """List the people of a group, newest first."""
    await services.contacts.groups.get(caller, group_id)
    found = await services.contacts.people.page(
        caller, ContactFilter(group_id=group_id), limit=query.limit + 1, before=query.before
    )
    shown, next_cursor = cut(found, query)
    return ContactList(contacts=[ContactView.of(contact) for contact in shown], next_cursor=next_cursor)


@router.post(
    "/groups/{group_id}/contacts",
    summary="Put people into a group",
    response_model=MembersView,
    responses=problems(404),
    openapi_extra=json_body(MembersRequest, _MEMBERS),
)
async def add_group_contacts(group_id: GroupId, caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Put people into a group; who is in it already stays. All or nothing."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(MembersRequest, data)
        group, added = await services.contacts.groups.add(connection, caller, group_id, wanted.contact_ids)
        return 200, MembersView(group=GroupView.of(group), changed=added).model_dump(mode="json")

    return await submitted.run(action)


@router.post(
    "/groups/{group_id}/contacts/remove",
    summary="Take people out of a group",
    response_model=MembersView,
    responses=problems(404),
    openapi_extra=json_body(MembersRequest, _MEMBERS),
)
async def remove_group_contacts(
    group_id: GroupId, caller: Caller, services: Provided, submitted: Repeatable
) -> Response:
    """Take people out of a group; who is not in it is no error."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(MembersRequest, data)
        group, removed = await services.contacts.groups.remove(connection, caller, group_id, wanted.contact_ids)
        return 200, MembersView(group=GroupView.of(group), changed=removed).model_dump(mode="json")

    return await submitted.run(action)
