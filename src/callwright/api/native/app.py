"""The native API as one ASGI application."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from callwright.api.dialects.mount import mount
from callwright.api.dialects.outside import Outside
from callwright.api.native import (
    account_routes,
    approvals,
    audio_routes,
    calls,
    campaign_routes,
    consent_routes,
    contact_routes,
    conversations,
    deliveries,
    docs,
    email_counting,
    email_senders,
    emails,
    events,
    extensions,
    flow_trials,
    flows,
    gateways,
    health,
    limits,
    message_routes,
    metrics,
    money_routes,
    number_pools,
    number_proofs,
    numbers,
    openapi,
    orders,
    problems,
    recordings,
    saved_flows,
    suppressions,
    timeline,
    trunks,
    unsubscribe,
    verifications,
    voices,
)
from callwright.api.native.areas import Area, parts_of
from callwright.api.native.bodies import BodyLimit
from callwright.api.native.call_requests import CallItem, CallsRequest
from callwright.api.native.extensions import ExtensionRequest
from callwright.api.native.observing import Observe
from callwright.api.native.request_log import note_refusal
from callwright.api.native.security import AnswerHeaders
from callwright.api.native.services import Services
from callwright.api.native.suppressions import SuppressionRequest

PREFIX = "/api/v1"
RESOURCES = (
    *contact_routes.RESOURCES,
    *consent_routes.RESOURCES,
    calls,
    *campaign_routes.RESOURCES,
    *message_routes.RESOURCES,
    emails,
    email_senders,
    timeline,
    deliveries,
    events,
    flows,
    flow_trials,
    saved_flows,
    audio_routes,
    recordings,
    voices,
    number_proofs,
    verifications,
    numbers,
    number_pools,
    extensions,
    trunks,
    suppressions,
    conversations,
    limits,
    approvals,
    orders,
    *account_routes.RESOURCES,
    *money_routes.RESOURCES,
)


def create_app(services: Services) -> FastAPI:
    """Return the application: ``/api/v1``, its documentation, and health checks."""
    routes, dialects = _served()
    app = _empty()
    app.router.routes.extend(routes)
    app.state.services = services
    app.state.bodies = [CallsRequest, CallItem, calls.CallChange, SuppressionRequest, ExtensionRequest]
    app.state.bodies += contact_routes.BODIES
    app.state.bodies += number_pools.BODIES + trunks.BODIES + deliveries.BODIES
    app.state.bodies += [numbers.NumberChange, limits.LimitsChange, *approvals.BODIES]
    app.state.bodies += number_proofs.BODIES + verifications.BODIES
    app.state.bodies += consent_routes.BODIES + audio_routes.BODIES + recordings.BODIES
    app.state.bodies += [*campaign_routes.BODIES, *message_routes.BODIES]
    app.state.bodies += [*emails.BODIES, *email_senders.BODIES]
    app.state.bodies += [*saved_flows.BODIES, *conversations.BODIES]
    app.state.bodies += account_routes.BODIES + money_routes.BODIES
    problems.install(app, foreign=dialects.answer, note=note_refusal)
    # the last one added is the outermost
    app.add_middleware(BodyLimit, foreign=dialects.answer)
    app.add_middleware(AnswerHeaders)
    app.add_middleware(Observe, counts=services.counts)
    return app


@functools.cache
def _served() -> tuple[Sequence[BaseRoute], Outside]:
    """Return all routes, and who answers errors of the dialects that no route does.

    They know no services, and putting them together takes as long as a hundred requests: all applications of a process
    share them.
    """
    app = _empty()
    area = Area(f"{PREFIX}/")
    below = PREFIX[PREFIX.rindex("/") :]
    resources: list[APIRouter] = [resource.router for resource in RESOURCES]
    for part, routers in parts_of(resources, prefixes=(PREFIX,)):
        for router in routers:
            part.include_router(router, responses=openapi.COMMON_PROBLEMS)
        # (without a prefix FastAPI would work out every route of the part, to look whether its path is empty)
        area.include_router(part, prefix=below)
    app.include_router(area, prefix=PREFIX.removesuffix(below))
    app.include_router(health.router)
    app.include_router(metrics.router)
    app.include_router(docs.router)
    app.include_router(unsubscribe.router)
    app.include_router(gateways.router)
    app.include_router(email_counting.router)
    dialects = mount(app)
    return app.router.routes, dialects


def _empty() -> FastAPI:
    return FastAPI(
        title="Callwright",
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        # a path that differs by a slash is another path: a redirect would lose the body of a POST
        redirect_slashes=False,
        # operation ids name methods in generated clients
        generate_unique_id_function=lambda route: route.name,
    )
