"""Errors that are nobody's fault."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request

from callwright.api.native.problems import install


async def test_a_client_that_hangs_up_is_no_error_of_ours() -> None:
    app = FastAPI()
    install(app)

    @app.post("/")
    async def read(request: Request) -> None:
        await request.body()

    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [(b"content-length", b"10")],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("test", 80),
        "client": ("test", 1),
    }
    await app(scope, receive, send)
    assert sent[0]["status"] == 499
