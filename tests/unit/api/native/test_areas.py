"""Parts of the application by the beginning of their paths."""

from __future__ import annotations

import re
from typing import Any
from unittest.mock import MagicMock

import httpx
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Match

from callwright.api.native.app import create_app
from callwright.api.native.areas import Area, beginnings_of, parts_of


def router(*paths: str) -> APIRouter:
    made = APIRouter()
    for path in paths:

        async def endpoint(own: str = path) -> str:
            return own

        made.add_api_route(path, endpoint, name=path)
    return made


def test_beginnings_are_what_is_the_same_for_every_request() -> None:
    first, second = router("/calls", "/calls/{call_id}", "/flows/{name}/try"), router("/voices")
    assert beginnings_of([first, second], prefix="/v1") == ("/v1/calls", "/v1/flows/", "/v1/voices")
    assert beginnings_of([router("/{anything}"), second]) == ("/",)


def test_beginnings_of_routers_inside_a_router() -> None:
    outer = router("/a")
    outer.include_router(router("/b/{x}"), prefix="/v1")
    assert beginnings_of([outer]) == ("/a", "/v1/b/")


async def test_each_path_goes_to_its_route_and_others_to_none() -> None:
    app = FastAPI()
    area = Area("/v1/")
    routers = [router("/a/fixed"), router("/a/{x}"), router("/b"), router("/c/{x}/d")]
    for part, members in parts_of(routers, prefixes=("/v1",), size=2):
        for member in members:
            part.include_router(member)
        area.include_router(part)
    app.include_router(area, prefix="/v1")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://x") as client:
        answers = {
            path: await client.get(path) for path in ("/v1/a/fixed", "/v1/a/1", "/v1/b", "/v1/c/1/d", "/b", "/v1/e")
        }
        wrong_method = await client.post("/v1/b")
    assert {path: answer.json() for path, answer in answers.items() if answer.status_code == 200} == {
        "/v1/a/fixed": "/a/fixed",
        "/v1/a/1": "/a/{x}",
        "/v1/b": "/b",
        "/v1/c/1/d": "/c/{x}/d",
    }
    assert (answers["/b"].status_code, answers["/v1/e"].status_code, wrong_method.status_code) == (404, 404, 405)


def test_no_route_of_the_application_is_hidden_by_its_area() -> None:
    app = create_app(MagicMock())
    hidden = []
    for context in iter_route_contexts(app.routes):
        for method in context.methods or ():
            path = re.sub(r"\{[^}]*\}", "1", context.path or "")
            scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
            if not any(route.matches(scope)[0] is Match.FULL for route in app.router.routes):
                hidden.append(f"{method} {path}")
    assert hidden == []
