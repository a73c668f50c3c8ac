"""Where the dialects are served: at the root, as their programs expect, and under a prefix of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response

from callwright.api.dialects import postman
from callwright.api.dialects.effebot import errors as effebot_errors
from callwright.api.dialects.effebot import routes as effebot
from callwright.api.dialects.effebot.calls import CallObjects as EffebotCalls
from callwright.api.dialects.errors import Render
from callwright.api.dialects.multisender import asking as multisender_asking
from callwright.api.dialects.multisender import errors as multisender_errors
from callwright.api.dialects.multisender import routes as multisender
from callwright.api.dialects.multisender.webhooks import WebhookBodies as MultisenderBodies
from callwright.api.dialects.outside import Outside
from callwright.api.dialects.robocall import errors as robocall_errors
from callwright.api.dialects.robocall import routes as robocall
from callwright.api.dialects.robotalker import errors as robotalker_errors
from callwright.api.dialects.robotalker import routes as robotalker
from callwright.api.native.areas import Area, beginnings_of
from callwright.api.native.services import Services
from callwright.errors import CallwrightError
from callwright.events.formats import Renderer

#: Name of each dialect and its routers.
DIALECTS: Sequence[tuple[str, Sequence[APIRouter]]] = (
    ("robotalker", (robotalker.router,)),
    ("robocall", (robocall.router,)),
    ("effebot", (effebot.router,)),
    ("multisender", (multisender.router,)),
)
#: Who answers errors at which beginnings of paths at the root, beside all below the dialect's name.
_ERRORS: Mapping[str, tuple[Render, Sequence[str]]] = {
    "robotalker": (
        robotalker_errors.render,
        ("/api/handler", "/api/handler.ashx", "/GetJobDetail", "/GetJobDetail.ashx", "/REST"),
    ),
    "robocall": (robocall_errors.render_error, ("/v1/call", "/v1/status")),
    "effebot": (effebot_errors.render_error, ("/apiCalls", "/apiVerificationPhones", "/apiBlacklist")),
    "multisender": (
        multisender_errors.render_error,
        ("/vi", *(f"{prefix}/{name}" for prefix in ("", "/v1") for name in multisender.NAMES)),
    ),
}


def _below_v1(request: Request, error: CallwrightError) -> Response:
    """Answer at an unknown path below ``/v1``, where two dialects are: as the token tells, else as Robo call."""
    sent = any(name in request.headers for name in multisender_asking.TOKEN_HEADERS)
    if sent or multisender_asking.CREDENTIAL_FIELD in request.query_params:
        return multisender_errors.render_error(request, error)
    return robocall_errors.render_error(request, error)


def mount(app: FastAPI) -> Outside:
    """Add every dialect to the application: drop-in at the root, and under ``/<dialect>``.

    Returns who answers the errors that no route of theirs does.
    """
    outside = Outside()
    for name, routers in DIALECTS:
        render, beginnings = _ERRORS[name]
        outside.add(render, (f"/{name}", *beginnings))
        root, area = Area(*beginnings_of(routers)), Area(f"/{name}/")
        for router in routers:
            root.include_router(router)
            area.include_router(router)
        app.include_router(root, include_in_schema=False)
        app.include_router(area, prefix=f"/{name}", include_in_schema=False)
    outside.add(_below_v1, ("/v1",))
    app.include_router(postman.router)
    return outside


def renderers(services: Services) -> Mapping[str, Renderer]:
    """Return who makes webhooks in the body of each dialect that has one of its own."""
    return {
        "effebot": EffebotCalls(services=services).webhook,
        "multisender": MultisenderBodies(services).render,
    }
