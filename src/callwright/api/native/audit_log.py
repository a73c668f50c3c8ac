"""``/audit-log``: who changed what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from callwright.accounts.audit import AuditEntry, AuditFilter
from callwright.api.native.openapi import problems
from callwright.api.native.paging import Page, QueryText, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc, aware

router = APIRouter(tags=["audit log"])


class AuditEntryView(BaseModel):
    """A change."""

    number: int = Field(description="Grows with time.")
    at: Utc
    actor: str = Field(description="`user`, `key`, `operator` (the command line) or `system`.")
    user_id: str | None
    user_email: str | None
    key_id: str | None
    key_name: str | None
    action: str = Field(examples=["key.created"])
    object: str = Field(description="Id of what was changed.")
    before: dict[str, Any] | None = Field(description="Fields that differ, without secrets.")
    after: dict[str, Any] | None
    address: str | None

    @classmethod
    def of(cls, entry: AuditEntry) -> AuditEntryView:
        """Return the view of an entry."""
        return cls(
            number=entry.number,
            at=entry.at,
            actor=entry.actor,
            user_id=entry.user_id,
            user_email=entry.user_email,
            key_id=entry.key_id,
            key_name=entry.key_name,
            action=entry.action,
            object=entry.object,
            before=None if entry.before is None else dict(entry.before),
            after=None if entry.after is None else dict(entry.after),
            address=entry.address,
        )


class AuditLog(BaseModel):
    """A page of changes."""

    entries: list[AuditEntryView]
    next_cursor: str | None


class AuditQuery(Page):
    """Query parameters of the log."""

    object: QueryText | None = Field(default=None, description="Id of what was changed.")
    action: QueryText | None = Field(default=None, description="`key.created`, or `key` for every action on keys.")
    user_id: QueryText | None = None
    key_id: QueryText | None = None
    at_after: datetime | None = None
    at_before: datetime | None = None


@router.get("/audit-log", summary="Show the audit log", responses=problems(403))
async def list_audit_log(caller: Caller, services: Provided, query: Annotated[AuditQuery, Query()]) -> AuditLog:
    """Show who changed what, newest first."""
    zone = caller.organisation.time_zone
    found = await services.accounts.audit.page(
        caller.organisation.id,
        AuditFilter(
            object=query.object,
            action=query.action,
            user_id=query.user_id,
            key_id=query.key_id,
            at_after=aware(query.at_after, zone),
            at_before=aware(query.at_before, zone),
        ),
        limit=query.limit + 1,
        before=query.before,
    )
    shown, next_cursor = cut(found, query)
    return AuditLog(entries=[AuditEntryView.of(entry) for entry in shown], next_cursor=next_cursor)
