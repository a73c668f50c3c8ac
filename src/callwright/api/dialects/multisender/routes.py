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
from callwright.api.native.areas import parts_of

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
    # below a name of its own, too
    for part, routers in parts_of(
        [resource.router for resource in RESOURCES], prefixes=(prefix, f"/multisender{prefix}"), size=3
    ):
        for resource_router in routers:
            part.include_router(resource_router)
        router.include_router(part, prefix=prefix)
