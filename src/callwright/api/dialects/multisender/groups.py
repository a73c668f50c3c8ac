"""``/groups``: people put together."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response

from callwright.accounts import audit
from callwright.api.dialects.errors import dialect_route
from callwright.api.dialects.multisender.account_fields import member
from callwright.api.dialects.multisender.accounts import find_account, pages, streamed
from callwright.api.dialects.multisender.asking import Asked, answer, asking, number_of
from callwright.api.dialects.multisender.errors import render_error, wrong
from callwright.api.dialects.multisender.fields import Reader, shown
from callwright.contacts.models import ContactFilter, Group
from callwright.errors import FieldError, InvalidRequest, NotFound

router = APIRouter(route_class=dialect_route(render_error))

Reads = Annotated[Asked, asking("groups:read")]
Writes = Annotated[Asked, asking("groups:write")]
_PAGE = 1000
_MOST_AT_ONCE = 10_000


@router.get("/groups")
async def list_groups(asked: Reads) -> Response:
    """List groups, newest first."""
    found: list[Group] = []
    before: int | None = None
    while page := await asked.services.contacts.groups.page(asked.who, limit=_PAGE, before=before):
        found += page
        before = page[-1].number
    return answer([group_shown(each) for each in found])


@router.post("/groups")
async def create_group(asked: Writes) -> Response:
    """Make an empty group."""
    name, description = _fields(asked)
    async with asked.services.contacts.people.transaction() as connection:
        made = await asked.services.contacts.groups.create(connection, asked.who, name, description)
        await audit.record(connection, asked.who, "group.created", made.id, None, {"name": made.name})
    return asked.created(group_shown(made), str(made.number))


@router.get("/groups/{group_id}")
async def show_group(group_id: str, asked: Reads) -> Response:
    """Show a group."""
    return answer(group_shown(await find_group(asked, group_id)))


@router.put("/groups/{group_id}")
async def change_group(group_id: str, asked: Writes) -> Response:
    """Rename or describe a group."""
    before = await find_group(asked, group_id)
    name, description = _fields(asked)
    async with asked.services.contacts.people.transaction() as connection:
        after = await asked.services.contacts.groups.update(
            connection, asked.who, before.id, name=name, description=description
        )
        await audit.record(connection, asked.who, "group.changed", after.id, {"name": before.name}, {"name": name})
    return answer(group_shown(after))


@router.delete("/groups/{group_id}")
async def delete_group(group_id: str, asked: Writes) -> Response:
    """Delete a group; the people stay."""
    gone = await find_group(asked, group_id)
    async with asked.services.contacts.people.transaction() as connection:
        await asked.services.contacts.groups.delete(connection, asked.who, gone.id)
        await audit.record(connection, asked.who, "group.deleted", gone.id, {"name": gone.name})
    return Response(status_code=204)


@router.get("/groups/{group_id}/accounts")
async def list_members(group_id: str, asked: Reads) -> Response:
    """List who is in a group."""
    group = await find_group(asked, group_id)
    number = str(group.number)
    return streamed(pages(asked, ContactFilter(group_id=group.id)), lambda contact: member(contact, number))


@router.post("/groups/{group_id}/accounts")
async def add_members(group_id: str, asked: Writes) -> Response:
    """Put people into a group: ``[{"accountId": "1"}]``, or ``{"accountIds": ["1"]}``. Who is in it already stays."""
    group = await find_group(asked, group_id)
    ids = _account_ids(asked)
    known = await asked.services.contacts.people.by_number(asked.who, [number_of(value) for _, value in ids])
    errors = [
        FieldError(field=field, message="there is no such account", received=str(value)[:30])
        for field, value in ids
        if number_of(value) not in known
    ]
    if errors:
        raise InvalidRequest(errors)
    people = [known[number_of(value)] for _, value in ids]
    async with asked.services.contacts.people.transaction() as connection:
        await asked.services.contacts.groups.add(connection, asked.who, group.id, [each.id for each in people])
        after = {"added": len(people)}
        await audit.record(connection, asked.who, "group.changed", group.id, None, after)
    told = [{"groupId": str(group.number), "accountId": str(each.number)} for each in people]
    return asked.created(told, "")


@router.delete("/groups/{group_id}/accounts")
async def empty_group(group_id: str, asked: Writes) -> Response:
    """Take everybody out of a group."""
    group = await find_group(asked, group_id)
    async with asked.services.contacts.people.transaction() as connection:
        await asked.services.contacts.groups.empty(connection, asked.who, group.id)
        await audit.record(connection, asked.who, "group.changed", group.id, {"members": group.members}, {"members": 0})
    return Response(status_code=204)


@router.delete("/groups/{group_id}/accounts/{account_id}")
@router.delete("/groups/{group_id}/{account_id}")
async def remove_member(group_id: str, account_id: str, asked: Writes) -> Response:
    """Take a person out of a group."""
    group = await find_group(asked, group_id)
    person = await find_account(asked, account_id)
    async with asked.services.contacts.people.transaction() as connection:
        _, gone = await asked.services.contacts.groups.remove(connection, asked.who, group.id, [person.id])
        if not gone:
            raise NotFound(f"account {person.number} is not in group {group.number}")
        await audit.record(connection, asked.who, "group.changed", group.id, {"removed": person.id})
    return Response(status_code=204)


async def find_group(asked: Asked, group_id: Any) -> Group:
    """Return the group of an id. Raises ``NotFound``."""
    number = number_of(group_id)
    found = await asked.services.contacts.groups.by_number(asked.who, [number])
    if number not in found:
        raise NotFound(f"there is no group {str(group_id)[:30]!r}")
    return found[number]


def group_shown(group: Group) -> dict[str, Any]:
    """Return a group as it is shown."""
    return {
        "groupId": str(group.number),
        "name": group.name,
        "description": group.description,
        "updatedAt": shown(group.updated_at),
        "createdAt": shown(group.created_at),
        "numberOfAccounts": group.members,
    }


def _fields(asked: Asked) -> tuple[str, str]:
    reader = Reader(asked.body)
    name = reader.text("name", required=True, longest=200)
    description = reader.text("description", longest=10_000, blank=True)
    if description is None and not reader.errors:
        reader.fault("description", "is required")
    reader.done()
    return name or "", description or ""


def _account_ids(asked: Asked) -> list[tuple[str, Any]]:
    """Return the ids of a body, each with where it stands."""
    listed = asked.sent.other if asked.sent.other is not None else asked.body.get("accountIds")
    if not isinstance(listed, list) or not listed:
        raise wrong("accountIds", 'is required: [{"accountId": "1"}] or {"accountIds": ["1"]}')
    if len(listed) > _MOST_AT_ONCE:
        raise wrong("accountIds", f"must have at most {_MOST_AT_ONCE} items")
    found = []
    for index, item in enumerate(listed):
        of_object = isinstance(item, dict)
        found.append(
            (
                f"[{index}].accountId" if of_object else f"accountIds[{index}]",
                item.get("accountId") if of_object else item,
            )
        )
    return found
