from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from callwright.errors import InvalidRequest
from callwright.flows.language import parse_flow
from callwright.flows.schema import EXAMPLE, flow_json_schema
from callwright.flows.steps import STEP_TYPES
from support.flows import flow_data

SCHEMA = flow_json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "flow-language.md"


def examples() -> list[Any]:
    """Return the flows of the reference; an example of one step stands for a list of it."""
    found = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", REFERENCE.read_text(), re.DOTALL)]
    return [one if "steps" in one else {"steps": [one]} for one in found]


def test_is_a_schema_of_draft_2020_12() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@given(flow_data())
@settings(max_examples=100, deadline=None)
def test_takes_every_flow_and_its_canonical_form(data: dict[str, Any]) -> None:
    VALIDATOR.validate(data)
    VALIDATOR.validate(parse_flow(data).to_json())


@pytest.mark.parametrize("data", [EXAMPLE, *examples()], ids=str)
def test_takes_the_examples(data: dict[str, Any]) -> None:
    VALIDATOR.validate(data)
    parse_flow(data)


def test_the_reference_shows_every_step() -> None:
    shown = {step["type"] for example in examples() for step in example["steps"]}
    assert shown == set(STEP_TYPES)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"steps": []},
        {"steps": [{"type": "sing", "text": "la"}]},
        {"steps": [{"type": "say", "text": "Hello", "nxt": "a"}]},
        {"steps": [{"type": "say", "text": ""}]},
        {"steps": [{"type": "gather", "branches": {"x": None}}]},
        {"steps": [{"type": "gather", "branches": {"1": []}}]},
        {"steps": [{"type": "gather", "attempts": "3"}]},
        {"steps": [{"type": "hangup"}], "on_machine": {"action": "sing"}},
    ],
    ids=str,
)
def test_refuses_what_the_parser_refuses(data: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(data)
    with pytest.raises(InvalidRequest):
        parse_flow(data)
