"""JSON Schema (draft 2020-12) of what authors write: the graph, and lists of steps wherever a step may be named."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from callwright.flows.authoring import MAX_STEPS, STEP_ID
from callwright.flows.language import FlowHead
from callwright.flows.steps import STEP_TYPES, Part

_ID = {"type": "string", "pattern": f"^{STEP_ID.pattern}$"}

#: A flow for the API's documentation; it uses both forms.
EXAMPLE: dict[str, Any] = {
    "version": 1,
    "language": "en-US",
    "steps": [
        {
            "id": "menu",
            "type": "gather",
            "prompt": [{"type": "say", "text": "Hello {NAME}. To confirm press 1, to hear this again press 2."}],
            "attempts": 2,
            "branches": {
                "1": [
                    {"type": "webhook", "url": "https://example.com/confirmed"},
                    {"type": "say", "text": "Thank you. Goodbye."},
                ],
                "2": "menu",
                "9": [{"type": "optout"}],
            },
        },
        {"type": "say", "text": "We will call again. Goodbye."},
    ],
    "on_machine": {"leave": [{"type": "say", "text": "Hello {NAME}, please call us back."}]},
}


def flow_json_schema() -> dict[str, Any]:
    """Return the schema. It does not say everything: that every step is reached is told by ``parse_flow`` only."""
    models: list[type[Part]] = [*STEP_TYPES.values(), FlowHead]
    _, found = models_json_schema([(model, "validation") for model in models], ref_template="#/$defs/{model}")
    definitions: dict[str, Any] = _with_targets(found["$defs"])
    head = definitions.pop("FlowHead")
    definitions.pop("OnMachine")
    names = [model.__name__ for model in STEP_TYPES.values()]
    for name in names:
        definitions[name]["properties"]["id"] = {
            **_ID,
            "description": "In lists only: a name by which other steps can lead here.",
        }
    definitions["Step"] = {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in names]}
    definitions["Steps"] = {"type": "array", "items": {"$ref": "#/$defs/Step"}, "minItems": 1, "maxItems": MAX_STEPS}
    definitions["Target"] = {
        "description": "The id of a step, or a list of steps of which the last one ends the call.",
        "anyOf": [_ID, {"$ref": "#/$defs/Steps"}],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Flow",
        "type": "object",
        "additionalProperties": False,
        "required": ["steps"],
        "properties": {
            **head["properties"],
            "start": {**_ID, "description": "Id of the first step; of a list, the first item when absent."},
            "steps": {
                "description": "A list, in which each step leads to the next; or an object of steps by id.",
                "anyOf": [{"$ref": "#/$defs/Steps"}, _by_id()],
            },
            "on_machine": _on_machine(),
        },
        "$defs": dict(sorted(definitions.items())),
        "examples": [EXAMPLE],
    }


def _by_id() -> dict[str, Any]:
    return {
        "type": "object",
        "propertyNames": _ID,
        "additionalProperties": {"$ref": "#/$defs/Step"},
        "minProperties": 1,
        "maxProperties": MAX_STEPS,
    }


def _on_machine() -> dict[str, Any]:
    target = {"anyOf": [{"$ref": "#/$defs/Target"}, {"type": "null"}]}
    return {
        "description": "What to do when an answering machine picks up. Absent: nobody listens for one.",
        "anyOf": [
            {
                "type": "object",
                "properties": {
                    "action": {"enum": ["off", "hangup", "same", "leave"], "default": "hangup"},
                    "speak": {"enum": ["after_greeting", "at_once"], "default": "after_greeting"},
                    "leave": {**target, "description": "What to say to it."},
                    "start": {**target, "description": "The same as leave."},
                },
                "additionalProperties": False,
            },
            {"type": "null"},
        ],
    }


def _with_targets(value: Any) -> Any:
    """Return a schema in which what pydantic took for an id alone may also be a list of steps."""
    if isinstance(value, dict):
        if value.get("x-target"):
            return {"$ref": "#/$defs/Target"}
        closed = {"additionalProperties": False} if "patternProperties" in value else {}
        # titles made from names of fields say nothing new
        return {**{key: _with_targets(part) for key, part in value.items() if key != "title"}, **closed}
    return [_with_targets(part) for part in value] if isinstance(value, list) else value
