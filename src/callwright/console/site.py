"""The web console's files: served under ``/app/`` as ``scripts/console`` built them.

One page for every address (its router is in the browser); files with a hash in their name are kept for a year, the page
itself is asked for each time. Nothing comes from elsewhere and no script stands in the page, and the policy says so.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

#: Where the build puts its files; a wheel carries them.
BUILT = Path(__file__).parent / "built"
#: Stands in the built page where the number of one answer goes.
NONCE = "__NONCE__"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}")
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".wav": "audio/wav",
}
#: Compressed beside the file by the build, best first.
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_NOT_BUILT = "The web console is not built. In a checkout: run scripts/console, then start again.\n"


@dataclass(frozen=True)
class Site:
    """The console's files in a folder."""

    folder: Path = BUILT

    def install(self, app: Starlette) -> None:
        """Add ``/app/`` and, for browsers, ``/`` to an application."""
        app.router.routes += [
            Route("/", self.home, methods=["GET"], include_in_schema=False),
            Route("/app", self.home, methods=["GET"], include_in_schema=False),
            Route("/app/assets/{name:path}", self.asset, methods=["GET"], include_in_schema=False),
            Route("/app/{path:path}", self.page, methods=["GET"], include_in_schema=False),
        ]

    async def home(self, request: Request) -> Response:
        """Send people to the console; a program that asks for ``/`` is told that there is nothing."""
        if request.url.path == "/" and "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse("the API is at /api/v1, its description at /api/docs\n", status_code=404)
        return RedirectResponse("/app/", status_code=302, headers={"Vary": "Accept"})

    async def asset(self, request: Request) -> Response:
        """Return a file of the build; its name has a hash of its content."""
        name = request.path_params["name"]
        path = self.folder / "assets" / name
        if not _NAME.fullmatch(name) or not path.is_file():
            return PlainTextResponse("there is no such file\n", status_code=404)
        return _file(path, request.headers, "public, max-age=31536000, immutable")

    async def page(self, request: Request) -> Response:
        """Return the page, whatever its address, or one of the few files that stand beside it."""
        path = request.path_params["path"]
        if _NAME.fullmatch(path) and path != "index.html":
            beside = self.folder / path
            if beside.suffix in _TYPES and beside.is_file():
                return _file(beside, request.headers, "public, max-age=3600")
        try:
            text = (self.folder / "index.html").read_text(encoding="utf-8")
        except OSError:
            return PlainTextResponse(_NOT_BUILT, status_code=503)
        nonce = secrets.token_urlsafe(16)
        return HTMLResponse(text.replace(NONCE, nonce), headers=_page_headers(nonce))


def _page_headers(nonce: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; "
            "media-src 'self' blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
            "frame-ancestors 'none'"
        ),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }


def _file(path: Path, headers: Headers, cache: str) -> Response:
    sent = {"Cache-Control": cache, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    accepted = {item.partition(";")[0].strip() for item in headers.get("accept-encoding", "").split(",")}
    for encoding, suffix in _ENCODINGS:
        compressed = path.with_name(path.name + suffix)
        if encoding in accepted and compressed.is_file():
            return FileResponse(
                compressed, media_type=_TYPES.get(path.suffix), headers={**sent, "Content-Encoding": encoding}
            )
    return FileResponse(path, media_type=_TYPES.get(path.suffix), headers=sent)
