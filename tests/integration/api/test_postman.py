"""Postman collections: of every API, with the reader's address, and what they hold is served."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.routing import Match

from callwright.accounts.dialects import DIALECTS
from callwright.api.dialects import postman
from callwright.api.dialects.postman import requests_of
from support.api import ApiUnderTest

pytestmark = pytest.mark.postgres

#: Those that have a list of requests.
LISTED = [name for name in DIALECTS if (Path(postman.__file__).parent / name / "requests.json").exists()]


async def test_each_collection_has_the_readers_address(api: ApiUnderTest) -> None:
    for name in ("native", *LISTED):
        answer = await api.nobody.get(f"/postman/{name}.json", headers={"Host": "calls.example.com"})
        assert answer.status_code == 200, answer.text
        made = answer.json()
        assert made["info"]["schema"].endswith("/v2.1.0/collection.json")
        variables = {each["key"]: each["value"] for each in made["variable"]}
        assert variables["baseUrl"] == "http://calls.example.com"
        items = [inner for item in made["item"] for inner in item.get("item", [item])]
        assert items
        assert all(item["request"]["url"]["raw"].startswith("{{baseUrl}}/") for item in items)


@pytest.mark.parametrize("name", LISTED)
async def test_what_a_collection_asks_for_is_served(api: ApiUnderTest, name: str) -> None:
    for request in requests_of(name)["requests"]:
        path = request["path"].replace("{{", "1").replace("}}", "")
        scope = {"type": "http", "method": request["method"], "path": path, "root_path": "", "headers": []}
        assert any(route.matches(scope)[0] is Match.FULL for route in api.app.router.routes), request["name"]


async def test_another_name_is_not_found(api: ApiUnderTest) -> None:
    answer = await api.nobody.get("/postman/nothing.json")
    assert answer.status_code == 404
    assert "robotalker" in answer.json()["detail"]
