"""The five things that must never happen, as queries on an appliance's own data."""

from __future__ import annotations

from dataclasses import dataclass

from callwright.store.database import Database
from callwright.store.statements import statements

QUERIES = statements(__package__, "audit.sql")


@dataclass(frozen=True, kw_only=True)
class AuditResult:
    """What one query found; nothing is what it should find."""

    query: str
    findings: tuple[str, ...]


async def audit(database: Database) -> list[AuditResult]:
    """Run every query; a sound appliance has no findings, at any moment at which no transaction is in the middle."""
    return [
        AuditResult(query=name, findings=tuple(row["finding"] for row in await database.fetch(sql)))
        for name, sql in QUERIES.items()
    ]
