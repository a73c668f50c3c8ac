"""What the OpenAPI description says beyond what FastAPI finds out by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from callwright.api.native.problems import MEDIA_TYPE, Problem

_REFERENCE = "#/components/schemas/{model}"

_DESCRIPTION = """Callwright calls people, speaks to them, listens to their keys, and reports every outcome.

Send a key as `Authorization: Bearer KEY`. Keys that begin with `test_` reach the handset lab only and cost nothing.
Errors are problem documents (RFC 9457) that name each wrong field."""

_PROBLEMS = {
    400: "A field is wrong, missing or unknown; `errors` names each one.",
    401: "A valid key is needed.",
    402: "The organisation's money, or its price list, does not cover this; `detail` says what to do.",
    403: "This key may not do that.",
    404: "There is no such thing in this organisation.",
    409: "Its state, or an Idempotency-Key used for another request, does not allow this.",
    429: "Wait `Retry-After` seconds.",
    503: "A part of the appliance is not ready.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the description of errors that a route may answer."""
    return {
        status: {
            "description": _PROBLEMS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


#: Every route behind a key may answer these.
COMMON_PROBLEMS = problems(400, 401, 403, 429)


def json_body(model: type[BaseModel], examples: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ``openapi_extra`` of a route that reads its JSON body itself.

    FastAPI reads bodies before it asks for the key, into errors that are not ours. ``app.state.bodies`` must have the
    model too.
    """
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": _REFERENCE.format(model=model.__name__)},
                    "examples": {name: {"value": value} for name, value in examples.items()},
                }
            },
        },
    }


#: What a body that is a CSV file, or a form with one, may be.
CSV_CONTENT: Final[Mapping[str, Any]] = {
    "text/csv": {"schema": {"type": "string"}},
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "properties": {"file": {"type": "string", "format": "binary"}},
            "required": ["file"],
        }
    },
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI 3.1 description of ``app``; it is put together once."""
    if app.openapi_schema is None:
        app.openapi_schema = _describe(app)
    return app.openapi_schema


def _describe(app: FastAPI) -> dict[str, Any]:
    description = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=_DESCRIPTION,
        routes=app.routes,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    models: list[type[BaseModel]] = [Problem, *app.state.bodies]
    for path in description["paths"].values():
        for operation in path.values():
            # FastAPI promises a 422 for every parameter; ours is the 400
            operation["responses"].pop("422", None)
    schemas = description.setdefault("components", {}).setdefault("schemas", {})
    _, definitions = models_json_schema([(model, "validation") for model in models], ref_template=_REFERENCE)
    schemas.update(definitions["$defs"])
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return description
