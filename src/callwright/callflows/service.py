"""Saved flows of an organisation: written here only."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import orjson

from callwright.accounts.models import Principal
from callwright.accounts.sandbox import check_own
from callwright.callflows.models import FlowVersion, Running, SavedFlow, saved_flow_of, version_of
from callwright.errors import Conflict, FieldError, InvalidRequest, NotFound
from callwright.ids import new_id
from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__)
MAX_NAME: Final = 200
#: Bytes of JSON of a draft, and of a layout.
MAX_DRAFT: Final = 256 * 1024


class SavedFlows:
    """Flows under a name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self,
        connection: Connection,
        principal: Principal,
        *,
        name: str,
        description: str = "",
        draft: Mapping[str, Any],
        layout: Mapping[str, Any],
    ) -> SavedFlow:
        """Keep a draft in the caller's transaction. Raises ``Conflict`` when the name is taken."""
        name = _checked_name(name)
        _check_size("draft", draft)
        _check_size("layout", layout)
        try:
            async with connection.transaction():
                row = await connection.fetchrow(
                    SQL["insert_flow"],
                    *(new_id("flo"), principal.organisation.id, principal.user_id, name, description, draft, layout),
                    principal.sandbox,
                )
        except asyncpg.UniqueViolationError:
            raise Conflict(f"name: there is a flow {name!r} already") from None
        assert row is not None  # noqa: S101  (INSERT … RETURNING has a row)
        return saved_flow_of(row)

    async def get(self, principal: Principal, flow_id: str) -> SavedFlow:
        """Return a flow. Raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["get_flow"], principal.organisation.id, principal.fence, flow_id)
        if row is None:
            raise NotFound(f"there is no flow {flow_id!r}")
        return saved_flow_of(row)

    async def page(
        self, principal: Principal, *, limit: int, before: int | None, name: str | None = None
    ) -> list[SavedFlow]:
        """Return up to ``limit`` flows, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(
            SQL["page_of_flows"], principal.organisation.id, principal.fence, before, limit, name
        )
        return [saved_flow_of(row) for row in rows]

    async def change(
        self,
        connection: Connection,
        principal: Principal,
        flow_id: str,
        *,
        revision: int | None = None,
        name: str | None = None,
        description: str | None = None,
        draft: Mapping[str, Any] | None = None,
        layout: Mapping[str, Any] | None = None,
    ) -> SavedFlow:
        """Change what is given, in the caller's transaction.

        Raises ``NotFound``, and ``Conflict`` when the name is taken or somebody else changed the draft since
        ``revision``.
        """
        await self._locked(connection, principal, flow_id, revision)
        if name is not None:
            name = _checked_name(name)
        _check_size("draft", draft)
        _check_size("layout", layout)
        try:
            async with connection.transaction():
                row = await connection.fetchrow(
                    SQL["update_flow"], principal.organisation.id, flow_id, name, description, draft, layout
                )
        except asyncpg.UniqueViolationError:
            raise Conflict(f"name: there is a flow {name!r} already") from None
        assert row is not None  # noqa: S101  (it was locked before)
        return saved_flow_of(row)

    async def delete(self, connection: Connection, principal: Principal, flow_id: str) -> str:
        """Delete a flow and its versions, and return its name; what runs one of them goes on.

        Raises ``NotFound``, and ``Forbidden`` (sandbox keys).
        """
        saved = await self._locked(connection, principal, flow_id, None)
        await connection.execute(SQL["delete_flow"], principal.organisation.id, flow_id)
        return saved.name

    async def publish(
        self,
        connection: Connection,
        principal: Principal,
        flow_id: str,
        *,
        body: Mapping[str, Any],
        revision: int,
        note: str = "",
    ) -> tuple[SavedFlow, FlowVersion]:
        """Make a version of the draft, of which ``body`` is the canonical form, in the caller's transaction.

        Raises ``NotFound``, and ``Conflict`` when the draft is not that of ``revision`` any more.
        """
        saved = await self._locked(connection, principal, flow_id, revision)
        digest = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).digest()
        version = (saved.published or 0) + 1
        organisation_id = principal.organisation.id
        made = await connection.fetchrow(
            SQL["insert_version"],
            *(organisation_id, flow_id, version, body, digest, saved.layout, note, principal.user_id or principal.id),
        )
        row = await connection.fetchrow(SQL["set_published"], organisation_id, flow_id, version)
        assert made is not None and row is not None  # noqa: S101, PT018  (it was locked before)
        return saved_flow_of(row), version_of(made)

    async def versions(
        self, principal: Principal, flow_id: str, *, limit: int, before: int | None = None
    ) -> list[FlowVersion]:
        """Return up to ``limit`` versions below ``before``, newest first. Raises ``NotFound``."""
        saved = await self.get(principal, flow_id)
        rows = await self._database.fetch(SQL["versions_of"], saved.organisation_id, saved.id, before, limit)
        return [version_of(row) for row in rows]

    async def version(self, principal: Principal, flow_id: str, version: int) -> FlowVersion:
        """Return a version. Raises ``NotFound``."""
        saved = await self.get(principal, flow_id)
        row = await self._database.fetchrow(SQL["get_version"], saved.organisation_id, saved.id, version)
        if row is None:
            raise NotFound(f"the flow {flow_id!r} has no version {version}")
        return version_of(row)

    async def running(self, principal: Principal, flow_id: str) -> list[Running]:
        """Return the newest 50 campaigns that have not ended and run a version of it."""
        rows = await self._database.fetch(SQL["running"], principal.organisation.id, principal.fence, flow_id)
        return [
            Running(campaign_id=row["id"], name=row["name"], state=row["state"], version=row["version"]) for row in rows
        ]

    async def published(self, principal: Principal, flow_ids: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
        """Return the newest versions of those flows that have one, by id."""
        if not flow_ids:
            return {}
        rows: Sequence[Any] = await self._database.fetch(
            SQL["published_bodies"], principal.organisation.id, principal.fence, list(flow_ids)
        )
        return {row["id"]: row["body"] for row in rows}

    async def published_to(
        self, connection: Connection, organisation_id: str, flow_ids: Collection[str]
    ) -> Mapping[str, Mapping[str, Any]]:
        """Return the same of an organisation, whoever owns them, in the caller's transaction."""
        rows = await connection.fetch(SQL["published_bodies"], organisation_id, None, list(flow_ids))
        return {row["id"]: row["body"] for row in rows}

    async def _locked(
        self, connection: Connection, principal: Principal, flow_id: str, revision: int | None
    ) -> SavedFlow:
        row = await connection.fetchrow(SQL["lock_flow"], principal.organisation.id, principal.fence, flow_id)
        if row is None:
            raise NotFound(f"there is no flow {flow_id!r}")
        check_own("flow", principal, flow_id, made_by_sandbox=row["sandbox"])
        saved = saved_flow_of(row)
        if revision is not None and revision != saved.revision:
            raise Conflict(
                f"revision: the draft was changed meanwhile (it is {saved.revision}, not {revision}); load it again"
            )
        return saved


def _checked_name(name: str) -> str:
    text = " ".join(name.split())
    if not text or len(text) > MAX_NAME:
        raise InvalidRequest(
            [FieldError(field="name", message=f"must have 1 to {MAX_NAME} characters", received=name[:80])]
        )
    return text


def _check_size(field: str, value: Mapping[str, Any] | None) -> None:
    if value is not None and len(orjson.dumps(value)) > MAX_DRAFT:
        raise InvalidRequest([FieldError(field=field, message=f"must have at most {MAX_DRAFT // 1024} kB as JSON")])
