from __future__ import annotations

from typing import Any

import pytest

from callwright.api.native.openapi30 import as_openapi_30


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "string", "nullable": True}),
        (
            {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
            {"anyOf": [{"type": "string"}, {"type": "integer"}], "nullable": True},
        ),
        ({"type": ["string", "number"]}, {"anyOf": [{"type": "string"}, {"type": "number"}]}),
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        ({"const": 1}, {"enum": [1]}),
        ({"type": "integer", "exclusiveMinimum": 0}, {"type": "integer", "minimum": 0, "exclusiveMinimum": True}),
        ({"type": "string", "examples": ["a", "b"]}, {"type": "string", "example": "a"}),
        (
            {"anyOf": [{"$ref": "#/x"}, {"type": "null"}], "title": "T"},
            {"allOf": [{"$ref": "#/x"}], "nullable": True, "title": "T"},
        ),
        (
            {"type": "object", "properties": {"a": {"items": {"const": 1}}}, "propertyNames": {"pattern": "a"}},
            {"type": "object", "properties": {"a": {"items": {"enum": [1]}}}},
        ),
    ],
)
def test_schemas_change_notation_only(new: dict[str, Any], old: dict[str, Any]) -> None:
    description = {"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"S": new}}}
    converted = as_openapi_30(description)
    assert converted["openapi"] == "3.0.3"
    assert converted["components"]["schemas"]["S"] == old


def test_examples_are_left_alone() -> None:
    media = {"schema": {"const": 1}, "examples": {"one": {"value": {"schema": {"const": 1}}}}}
    description = {"openapi": "3.1.0", "paths": {"/x": {"post": {"content": media}}}}
    converted = as_openapi_30(description)["paths"]["/x"]["post"]["content"]
    assert converted["schema"] == {"enum": [1]}
    assert converted["examples"] == media["examples"]
