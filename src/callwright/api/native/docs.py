"""The API's documentation page, from files of this machine only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from swagger_ui_bundle import swagger_ui_path

from callwright.api.native.openapi import describe
from callwright.api.native.openapi30 import as_openapi_30
from callwright.errors import NotFound

router = APIRouter(include_in_schema=False)

_ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
#: The browser fetches nothing from elsewhere, whatever the bundle contains. Its styles are inline.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Callwright API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
</head>
<body>
<div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
# without validatorUrl the bundle would send the description to a public validator
_START = """SwaggerUIBundle({
  url: "docs/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
"""


@router.get("/api/openapi.json")
async def description(request: Request) -> Any:
    """Return the OpenAPI 3.1 description."""
    return JSONResponse(describe(request.app))


@router.get("/api/docs")
async def page() -> HTMLResponse:
    """Return the documentation page."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})


@router.get("/api/docs/openapi.json")
async def description_for_the_page(request: Request) -> Any:
    """Return the same description in OpenAPI 3.0, which is what the page's Swagger UI 4 can show."""
    return JSONResponse(as_openapi_30(describe(request.app)))


@router.get("/api/docs/{name}")
async def asset(name: str) -> Response:
    """Return one of the page's files."""
    if name == "start.js":
        return Response(_START, media_type="text/javascript")
    if name not in _ASSETS:
        raise NotFound("there is nothing at this path")
    return FileResponse(
        Path(str(swagger_ui_path)) / name,
        media_type=_ASSETS[name],
        headers={"Cache-Control": "public, max-age=86400"},
    )
