"""Postman collections (format 2.1) of the native API and each dialect, with the reader's own address in them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse

from callwright.accounts.dialects import DIALECTS
from callwright.api.native.openapi import describe
from callwright.api.native.services import Provided
from callwright.errors import NotFound

router = APIRouter(include_in_schema=False)

NATIVE = "native"
_SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_METHODS = ("get", "post", "put", "patch", "delete")


@router.get("/postman/{name}.json")
async def collection(name: str, request: Request, services: Provided) -> JSONResponse:
    """Return the collection of ``native`` or a dialect."""
    base = (services.settings.public_url or str(request.base_url)).rstrip("/")
    if name == NATIVE:
        return JSONResponse(native_collection(request.app, base))
    if name not in DIALECTS:
        raise NotFound(f"there is no collection {name[:40]!r}; there are {', '.join((NATIVE, *DIALECTS))}")
    return JSONResponse(dialect_collection(name, base))


def requests_of(dialect: str) -> Mapping[str, Any]:
    """Return what a dialect's ``requests.json`` says: ``title``, ``variables``, ``requests``.

    A request has ``name``, ``method`` and ``path``, and may have ``query``, ``headers``, ``form`` and ``json``; Postman
    fills ``{{key}}`` in them. ``saves`` names variables that are taken from the answer: ``{"callId": "data.0.id"}``.
    The variable that is ``tomorrow`` is a time of the day after.
    """
    listed = Path(__file__).parent / dialect / "requests.json"
    if not listed.exists():
        raise NotFound(f"there is no collection of {dialect} yet")
    content: Mapping[str, Any] = json.loads(listed.read_text(encoding="utf-8"))
    return content


def dialect_collection(dialect: str, base: str) -> dict[str, Any]:
    """Return the collection of a dialect for the address ``base``."""
    listed = requests_of(dialect)
    return _collection(listed["title"], base, variables_of(listed), [_item(each) for each in listed["requests"]])


def variables_of(listed: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables of a ``requests.json`` with their values now."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    return {
        name: f"{tomorrow:%Y-%m-%d %H:%M:%S}" if value == "tomorrow" else value
        for name, value in listed["variables"].items()
    }


def native_collection(app: FastAPI, base: str) -> dict[str, Any]:
    """Return the collection of the native API for the address ``base``, a folder for each resource."""
    folders: dict[str, list[dict[str, Any]]] = {}
    for tag, request in _native_requests(describe(app)):
        folders.setdefault(tag, []).append(_item(request))
    made = _collection(
        "Callwright", base, {"key": ""}, [{"name": tag, "item": items} for tag, items in folders.items()]
    )
    bearer = [{"key": "token", "value": "{{key}}", "type": "string"}]
    return made | {"auth": {"type": "bearer", "bearer": bearer}}


def _native_requests(described: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield tag and request of each operation; of several examples of a body the first."""
    for path, operations in described["paths"].items():
        for method in _METHODS:
            operation = operations.get(method)
            if operation is None:
                continue
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            examples = body.get("examples", {})
            request = {
                "name": operation.get("summary") or path,
                "method": method.upper(),
                # Postman's way to write what a path names
                "path": path.replace("{", ":").replace("}", ""),
            }
            if examples:
                request["json"] = next(iter(examples.values())).get("value")
            yield (operation.get("tags") or ["other"])[0], request


def _collection(title: str, base: str, variables: Mapping[str, str], items: list[dict[str, Any]]) -> dict[str, Any]:
    listed = [{"key": name, "value": value} for name, value in {"baseUrl": base, **variables}.items()]
    return {"info": {"name": title, "schema": _SCHEMA}, "variable": listed, "item": items}


def _item(request: Mapping[str, Any]) -> dict[str, Any]:
    path, query = request["path"], request.get("query") or {}
    raw = f"{{{{baseUrl}}}}{path}"
    if query:
        raw += "?" + urlencode(query, safe="{}")
    made: dict[str, Any] = {
        "method": request["method"],
        "header": [{"key": name, "value": value} for name, value in (request.get("headers") or {}).items()],
        "url": {
            "raw": raw,
            "host": ["{{baseUrl}}"],
            "path": path.strip("/").split("/"),
            "query": [{"key": name, "value": value} for name, value in query.items()],
        },
    }
    if request.get("json") is not None:
        made["body"] = {
            "mode": "raw",
            "raw": json.dumps(request["json"], indent=2, ensure_ascii=False),
            "options": {"raw": {"language": "json"}},
        }
    elif request.get("form"):
        made["body"] = {
            "mode": "urlencoded",
            "urlencoded": [{"key": name, "value": value} for name, value in request["form"].items()],
        }
    item = {"name": request["name"], "request": made}
    if request.get("saves"):
        item["event"] = [{"listen": "test", "script": {"type": "text/javascript", "exec": _saving(request["saves"])}}]
    return item


def _saving(saves: Mapping[str, str]) -> list[str]:
    """Return the script by which Postman keeps parts of an answer, so that the collection runs from first to last."""
    lines = ["const answer = pm.response.json();"]
    for name, way in saves.items():
        place = "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in way.split("."))
        lines.append(f"pm.collectionVariables.set({json.dumps(name)}, String(answer{place}));")
    return lines
