"""``/accounts``: people."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from callwright.accounts import audit
from callwright.api.dialects.errors import dialect_route
from callwright.api.dialects.multisender.account_fields import account, beside, own_used, read_account
from callwright.api.dialects.multisender.asking import Asked, answer, asking, number_of
from callwright.api.dialects.multisender.errors import render_error, wrong
from callwright.api.dialects.multisender.fields import flag
from callwright.contacts.definitions import define
from callwright.contacts.filters.types import Kind
from callwright.contacts.models import Contact, ContactChanges, ContactFilter
from callwright.errors import NotFound

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(route_class=dialect_route(render_error))

Reads = Annotated[Asked, asking("contacts:read")]
Writes = Annotated[Asked, asking("contacts:write")]
_PAGE = 1000


@router.get("/accounts")
async def list_accounts(asked: Reads) -> Response:
    """List people, newest first; those of a filter with ``filterId``."""
    return streamed(pages(asked, await _filtered(asked)), account)


@router.post("/accounts")
async def create_account(asked: Writes) -> Response:
    """Add a person."""
    people = asked.services.contacts.people
    changes = _changes(asked)
    async with people.transaction() as connection:
        await define_own(connection, asked, own_used(changes))
        made = await people.create(connection, asked.who, changes)
        await audit.record(connection, asked.who, "contact.created", made.id)
    return asked.created(account(made), str(made.number))


@router.delete("/accounts")
async def delete_accounts(asked: Writes) -> Response:
    """Delete everybody (``all``), or those of a filter (``filterId``)."""
    people = asked.services.contacts.people
    everybody = "all" in asked.query and flag(asked.query["all"] or "1") is not False
    if not everybody and "filterId" not in asked.query:
        raise wrong("all", "say which: /accounts?all for every account, or /accounts?filterId=1")
    narrowed = await _filtered(asked)
    async with people.transaction() as connection:
        gone = await people.delete_all(connection, asked.who, narrowed)
        after = {"contacts": gone, "filter": asked.query.get("filterId")}
        await audit.record(connection, asked.who, "contacts.deleted", asked.who.organisation.id, None, after)
    return Response(status_code=204)


@router.get("/accounts/{account_id}")
async def show_account(account_id: str, asked: Reads) -> Response:
    """Show a person."""
    return answer(account(await find_account(asked, account_id)))


@router.put("/accounts/{account_id}")
async def change_account(account_id: str, asked: Writes) -> Response:
    """Change what is sent of a person; the rest stays."""
    people = asked.services.contacts.people
    before = await find_account(asked, account_id)
    changes = _changes(asked)
    async with people.transaction() as connection:
        await define_own(connection, asked, own_used(changes))
        after = await people.update(connection, asked.who, before.id, beside(changes, before))
        await audit.record(connection, asked.who, "contact.changed", after.id)
    return answer(account(after))


@router.delete("/accounts/{account_id}")
async def delete_account(account_id: str, asked: Writes) -> Response:
    """Delete a person; what was sent to them stays."""
    people = asked.services.contacts.people
    gone = await find_account(asked, account_id)
    async with people.transaction() as connection:
        await people.delete(connection, asked.who, gone.id)
        await audit.record(connection, asked.who, "contact.deleted", gone.id)
    return Response(status_code=204)


async def find_account(asked: Asked, account_id: Any) -> Contact:
    """Return the person of an id. Raises ``NotFound``."""
    number = number_of(account_id)
    found = await asked.services.contacts.people.by_number(asked.who, [number])
    if number not in found:
        raise NotFound(f"there is no account {str(account_id)[:30]!r}")
    return found[number]


async def define_own(connection: Connection, asked: Asked, wanted: Sequence[tuple[str, Kind, str]]) -> None:
    """Define own fields that this dialect knows without being asked to: a subuser's request may be the first."""
    for name, kind, label in wanted:
        await define(connection, asked.who.organisation.id, name=name, type=kind, label=label)


async def pages(asked: Asked, narrowed: ContactFilter) -> AsyncIterator[list[Contact]]:
    """Yield people in pages, newest first."""
    before: int | None = None
    while True:
        page = await asked.services.contacts.people.page(asked.who, narrowed, limit=_PAGE, before=before)
        if page:
            yield page
        if len(page) < _PAGE:
            return
        before = page[-1].number


def streamed(found: AsyncIterator[list[Contact]], show: Callable[[Contact], dict[str, Any]]) -> Response:
    """Return a JSON list that is made while it is sent: a million people are one answer."""

    async def body() -> AsyncIterator[bytes]:
        mark = b"["
        async for page in found:
            for contact in page:
                yield mark + orjson.dumps(show(contact))
                mark = b","
        yield b"[]" if mark == b"[" else b"]"

    return StreamingResponse(body(), media_type="application/json")


def _changes(asked: Asked) -> ContactChanges:
    return read_account(asked.body, region=asked.who.organisation.region, sandbox=asked.who.sandbox)


async def _filtered(asked: Asked) -> ContactFilter:
    if "filterId" not in asked.query:
        return ContactFilter()
    people = asked.services.contacts.people
    try:
        segment = await asked.services.contacts.segments.by_number(asked.who, number_of(asked.query["filterId"]))
    except NotFound:
        raise NotFound(f"there is no filter {str(asked.query['filterId'])[:30]!r}") from None
    return ContactFilter(expression=await people.both(asked.who, segment.expression, None))
