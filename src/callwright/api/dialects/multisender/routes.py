"""All paths of this dialect: as the document has them, and below ``/v1`` and ``/vi``, which its example writes."""

from __future__ import annotations

from fastapi import APIRouter

from callwright.api.dialects.errors import dialect_route
from callwright.api.dialects.multisender import (
    accounts,
    calls,
    click_to_calls,
    emails,
    filters,
    groups,
    login,
    rsvp_calls,
    smses,
    subusers,
    voice_files,
)
from callwright.api.dialects.multisender.errors import render_error

#: ``/accounts/filters`` stands before ``/accounts/{account_id}``.
RESOURCES = (
    login,
    filters,
    accounts,
    groups,
    calls,
    smses,
    emails,
    click_to_calls,
    rsvp_calls,
    subusers,
    voice_files,
)
PREFIXES = ("", "/v1", "/vi")
#: First parts of the paths.
NAMES = (
    *("login", "auth", "accounts", "groups", "calls", "smses", "emails", "click_to_calls", "rsvp_calls", "subusers"),
    "voice_files",
)

router = APIRouter(route_class=dialect_route(render_error))
for prefix in PREFIXES:
    for resource in RESOURCES:
        router.include_router(resource.router, prefix=prefix)
