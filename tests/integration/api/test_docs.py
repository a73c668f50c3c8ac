"""The API's description, and its page without internet access."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from callwright.api.native.call_requests import EXAMPLES, CallsRequest
from callwright.api.native.validation import form_of
from support.api import ApiUnderTest
from support.routes import OPEN

pytestmark = pytest.mark.postgres

REFERENCE = Path(__file__).parents[3] / "docs/reference"


async def described(api: ApiUnderTest, path: str = "/api/openapi.json") -> dict[str, Any]:
    answer = await api.nobody.get(path)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


async def test_the_description_is_openapi_31_and_refers_to_nothing_missing(api: ApiUnderTest) -> None:
    description = await described(api)
    assert description["openapi"] == "3.1.0"
    schemas = description["components"]["schemas"]
    for reference in re.findall(r'"\$ref": "([^"]+)"', json.dumps(description)):
        assert reference.removeprefix("#/components/schemas/") in schemas
    for name, schema in schemas.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert name
    assert "422" not in json.dumps(description)
    assert description["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


async def test_operations_have_names_summaries_and_a_key(api: ApiUnderTest) -> None:
    names = []
    for path, operations in (await described(api))["paths"].items():
        for method, operation in operations.items():
            names.append(operation["operationId"])
            assert ("security" in operation) == ((method.upper(), path) not in OPEN)
            assert operation["summary"]
            if path.startswith("/api/v1"):
                assert {"400", "401", "429"} <= set(operation["responses"])
    assert len(names) == len(set(names))


async def test_examples_are_valid_and_work(api: ApiUnderTest) -> None:
    description = await described(api)
    schemas = description["components"]["schemas"]
    for example in EXAMPLES.values():
        jsonschema.validate(example, {"$ref": "#/components/schemas/CallsRequest", "components": {"schemas": schemas}})
        CallsRequest.model_validate(example)
        answer = await api.live.post("/api/v1/calls", json=example)
        assert answer.is_success, answer.text
    body = description["paths"]["/api/v1/flows/validate"]["post"]["requestBody"]["content"]["application/json"]
    assert (await api.live.post("/api/v1/flows/validate", json=body["example"])).status_code == 200


async def test_the_reference_pages_examples_work(api: ApiUnderTest) -> None:
    page = (REFERENCE / "native-api.md").read_text(encoding="utf-8")
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]
    requests = [block for block in blocks if "message" in block and "call_id" not in block]
    assert len(requests) == 4
    for request in requests:
        assert (await api.live.post("/api/v1/calls", json=request)).status_code == 201
    pages = "".join(path.read_text(encoding="utf-8") for path in sorted(REFERENCE.glob("*.md")))
    paths = set(re.findall(r"`(?:GET|POST|PUT|PATCH|DELETE) (/api/v1[^`?]*)", pages))
    assert paths == {path for path in (await described(api))["paths"] if path.startswith("/api/v1")}


async def test_answers_are_as_described(api: ApiUnderTest) -> None:
    schemas = (await described(api))["components"]["schemas"]

    def check(model: str, value: Any) -> None:
        jsonschema.validate(value, {"$ref": f"#/components/schemas/{model}", "components": {"schemas": schemas}})

    created = (await api.live.post("/api/v1/calls", json=EXAMPLES["one call"])).json()
    check("CreatedCall", created)
    check("CreatedCalls", (await api.live.post("/api/v1/calls", json=EXAMPLES["batch with own fields"])).json())
    check("CallDetail", (await api.live.get(f"/api/v1/calls/{created['call_id']}")).json())
    check("CallList", (await api.live.get("/api/v1/calls")).json())
    check("Timeline", (await api.live.get(f"/api/v1/calls/{created['call_id']}/events")).json())
    check("Feed", (await api.live.get("/api/v1/events")).json())
    check("AccountView", (await api.live.get("/api/v1/account")).json())
    check("Problem", (await api.live.post("/api/v1/calls", json={})).json())


async def test_the_page_loads_nothing_from_elsewhere(api: ApiUnderTest) -> None:
    page = await api.nobody.get("/api/docs")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "//" not in page.text
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        asset = await api.nobody.get(f"/api/{address}")
        assert asset.status_code == 200, address
        assert asset.content
    start = await api.nobody.get("/api/docs/start.js")
    assert "validatorUrl: null" in start.text
    assert "http" not in start.text


async def test_the_pages_description_is_plain_openapi_30(api: ApiUnderTest) -> None:
    new, old = await described(api), await described(api, "/api/docs/openapi.json")
    assert old["openapi"] == "3.0.3"
    assert set(old["paths"]) == set(new["paths"])
    text = json.dumps(old)
    for word in ('"const"', '"prefixItems"', '"type": "null"', '"$defs"', '"type": ["'):
        assert word not in text


def patterns(part: Any, name: str = "") -> set[tuple[str, str]]:
    """Return each regular expression of a description with the name of a parameter or property that has it."""
    if isinstance(part, list):
        return set().union(*(patterns(item, name) for item in part))
    if not isinstance(part, dict):
        return set()
    found = {(part["pattern"], name)} if isinstance(part.get("pattern"), str) else set()
    for key, value in part.items():
        if key == "properties":
            found |= set().union(*(patterns(schema, of) for of, schema in value.items()))
        else:
            found |= patterns(value, str(part["name"]) if key == "schema" and "in" in part else name)
    return found


async def test_every_form_that_a_field_asks_for_has_words(api: ApiUnderTest) -> None:
    asked = patterns(await described(api))
    assert ("^aud_[0-9a-z]{1,40}$", "audio") in asked
    assert [one for one in sorted(asked) if form_of(*one) is None] == []
