"""Organisations for tests of parts that know nothing of accounts."""

from __future__ import annotations

from callwright.store.database import Database


async def insert_organisation(database: Database, organisation_id: str = "org_1") -> str:
    """Write a bare organisation and return its id."""
    await database.execute("INSERT INTO organisations (id, name, webhook_secret) VALUES ($1, $1, '')", organisation_id)
    return organisation_id
