"""OpenAPI 3.1 written as 3.0, for readers that know only that one. Nothing but notation changes."""

from __future__ import annotations

import copy
from typing import Any


def as_openapi_30(description: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of an OpenAPI 3.1 description in the notation of 3.0.3."""
    converted = copy.deepcopy(description)
    converted["openapi"] = "3.0.3"
    converted.pop("jsonSchemaDialect", None)
    converted.get("info", {}).pop("summary", None)
    for schema in converted.get("components", {}).get("schemas", {}).values():
        _schema(schema)
    _find_schemas(converted.get("paths", {}))
    return converted


def _find_schemas(node: Any) -> None:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "schema":
                _schema(value)
            elif key not in {"example", "examples"}:
                _find_schemas(value)
    elif isinstance(node, list):
        for item in node:
            _find_schemas(item)


def _schema(schema: Any) -> None:
    """Rewrite one JSON Schema in place, and those inside it."""
    if not isinstance(schema, dict):
        return
    _nullable(schema)
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    if isinstance(schema.get("examples"), list):
        schema["example"] = schema.pop("examples")[0]
    if "prefixItems" in schema:
        schema.pop("prefixItems")
        schema.setdefault("items", {})
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if exclusive in schema and not isinstance(schema[exclusive], bool):
            schema[bound] = schema[exclusive]
            schema[exclusive] = True
    for unknown in ("propertyNames", "patternProperties", "$schema", "$id", "$defs"):
        schema.pop(unknown, None)
    if "$ref" in schema and len(schema) > 1:
        # in 3.0 nothing may stand beside a reference
        schema["allOf"] = [{"$ref": schema.pop("$ref")}]
    for key in ("items", "additionalProperties", "not"):
        _schema(schema.get(key))
    for key in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(key, []):
            _schema(part)
    for part in schema.get("properties", {}).values():
        _schema(part)


def _nullable(schema: dict[str, Any]) -> None:
    for key in ("anyOf", "oneOf"):
        branches = schema.get(key)
        if branches and {"type": "null"} in branches:
            schema["nullable"] = True
            schema[key] = [branch for branch in branches if branch != {"type": "null"}]
            if len(schema[key]) == 1:
                (only,) = schema.pop(key)
                for name, value in only.items():
                    schema.setdefault(name, value)
    if isinstance(schema.get("type"), list):
        kinds = [kind for kind in schema["type"] if kind != "null"]
        if len(kinds) < len(schema["type"]):
            schema["nullable"] = True
        if len(kinds) == 1:
            schema["type"] = kinds[0]
        else:
            schema.pop("type")
            schema["anyOf"] = [{"type": kind} for kind in kinds]
