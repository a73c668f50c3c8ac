"""Forms that somebody is filling in for a campaign, kept so that a closed page loses nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from callwright.accounts.models import Principal
from callwright.errors import FieldError, InvalidRequest, NotFound
from callwright.ids import new_id
from callwright.store.database import Database, Row
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "drafts.sql")
SHARED = statements(__package__, "shared.sql")
#: Bytes of JSON: ten thousand people with some variables.
MAX_FORM: Final = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A form."""

    id: str
    number: int
    name: str
    #: Whose content only the form knows; empty in lists.
    form: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime


class CampaignDrafts:
    """Forms of an organisation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, connection: Connection, principal: Principal, name: str, form: Mapping[str, Any]) -> Draft:
        """Keep a form, in the caller's transaction."""
        _check(form)
        row = await connection.fetchrow(
            SQL["insert_draft"],
            *(new_id("cdr"), principal.organisation.id, principal.user_id, principal.sandbox, name, form),
        )
        assert row is not None  # noqa: S101  (INSERT … RETURNING has a row)
        return _draft(row)

    async def get(self, principal: Principal, draft_id: str) -> Draft:
        """Return a form. Raises ``NotFound``."""
        return _found(await self._database.fetchrow(SQL["get_draft"], *_whose(principal), draft_id), draft_id)

    async def page(self, principal: Principal, *, limit: int, before: int | None) -> list[Draft]:
        """Return up to ``limit`` forms without their content, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(SQL["page_of_drafts"], *_whose(principal), before, limit)
        return [_draft(row) for row in rows]

    async def change(
        self,
        connection: Connection,
        principal: Principal,
        draft_id: str,
        *,
        name: str | None = None,
        form: Mapping[str, Any] | None = None,
    ) -> Draft:
        """Change what is given, in the caller's transaction. Raises ``NotFound``."""
        if form is not None:
            _check(form)
        row = await connection.fetchrow(SQL["update_draft"], *_whose(principal), draft_id, name, form)
        return _found(row, draft_id)

    async def delete(self, connection: Connection, principal: Principal, draft_id: str) -> None:
        """Throw a form away, in the caller's transaction. Raises ``NotFound``."""
        if await connection.fetchval(SQL["delete_draft"], *_whose(principal), draft_id) is None:
            raise NotFound(f"there is no draft {draft_id!r}")

    async def forget_old(self) -> None:
        """Throw away what nobody has touched for 90 days, as lists are personal data, and links that have expired."""
        await self._database.execute(SQL["forget_drafts"])
        await self._database.execute(SHARED["forget_links"])


def _whose(principal: Principal) -> tuple[str, str | None, bool]:
    return principal.organisation.id, principal.fence, principal.sandbox


def _check(form: Mapping[str, Any]) -> None:
    if len(orjson.dumps(form)) > MAX_FORM:
        message = f"must have at most {MAX_FORM // (1024 * 1024)} MB as JSON; upload a long list as a file"
        raise InvalidRequest([FieldError(field="form", message=message)])


def _found(row: Row | None, draft_id: str) -> Draft:
    if row is None:
        raise NotFound(f"there is no draft {draft_id!r}")
    return _draft(row)


def _draft(row: Row) -> Draft:
    return Draft(
        id=row["id"],
        number=row["number"],
        name=row["name"],
        form=row["form"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
