"""Where the dialects are served: at the root, as their programs expect, and under a prefix of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, FastAPI

from callwright.api.dialects import postman
from callwright.api.dialects.effebot import routes as effebot
from callwright.api.dialects.effebot.calls import CallObjects as EffebotCalls
from callwright.api.dialects.multisender import routes as multisender
from callwright.api.dialects.multisender.webhooks import WebhookBodies as MultisenderBodies
from callwright.api.dialects.robocall import routes as robocall
from callwright.api.dialects.robotalker import routes as robotalker
from callwright.api.native.areas import Area
from callwright.api.native.services import Services
from callwright.events.formats import Renderer

#: Name of each dialect and its routers.
DIALECTS: Sequence[tuple[str, Sequence[APIRouter]]] = (
    ("robotalker", (robotalker.router,)),
    ("robocall", (robocall.router,)),
    ("effebot", (effebot.router,)),
    ("multisender", (multisender.router,)),
)


def mount(app: FastAPI) -> None:
    """Add every dialect to the application: drop-in at the root, and under ``/<dialect>``."""
    for name, routers in DIALECTS:
        area = Area(f"/{name}/")
        for router in routers:
            app.include_router(router, include_in_schema=False)
            area.include_router(router)
        app.include_router(area, prefix=f"/{name}", include_in_schema=False)
    app.include_router(postman.router)


def renderers(services: Services) -> Mapping[str, Renderer]:
    """Return who makes webhooks in the body of each dialect that has one of its own."""
    return {
        "effebot": EffebotCalls(services=services).webhook,
        "multisender": MultisenderBodies(services).render,
    }
