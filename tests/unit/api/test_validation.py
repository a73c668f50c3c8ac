from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.validation import nearest, parsed, path, shortened
from callwright.errors import InvalidRequest


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    size: int = Field(ge=1, le=3)


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    either: str | int | None = None
    items: list[Inner] = Field(default_factory=list)
    from_: str | None = Field(default=None, alias="from")


@pytest.mark.parametrize(
    ("data", "field", "message", "received"),
    [
        ({}, "name", "is required", None),
        ({"name": 3}, "name", "must be text", 3),
        ({"name": "x", "either": 1.5}, "either", "must be text", 1.5),
        ({"name": "x", "items": [{"size": 2}, {"size": 9}]}, "items[1].size", "must be 3 or less", 9),
        ({"name": "x", "items": [3]}, "items[0]", "must be an object", 3),
        ({"name": "x", "items": {}}, "items", "must be a list", "an object with 0 field(s)"),
        ({"name": "x", "nam": 1}, "nam", "unknown field; did you mean 'name'?", 1),
        ({"name": "x", "FROM": 1}, "FROM", "unknown field; did you mean 'from'?", 1),
        ({"name": "x", "zzz": 1}, "zzz", "unknown field", 1),
        ({"name": "x", "from": 1}, "from", "must be text", 1),
        ([], "body", "must be an object", "a list of 0"),
    ],
)
def test_faults_are_told_in_our_words(data: Any, field: str, message: str, received: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parsed(Outer, data)
    (error,) = caught.value.errors
    assert (error.field, error.message, error.received) == (field, message, received)


def test_a_prefix_stands_before_every_field() -> None:
    with pytest.raises(InvalidRequest) as caught:
        parsed(Outer, {"nam": 1}, prefix="calls[3]")
    assert [error.field for error in caught.value.errors] == ["calls[3].name", "calls[3].nam"]


def test_small_helpers() -> None:
    assert path(["calls", 3, "dtmf", "1", "url"]) == "calls[3].dtmf.1.url"
    assert nearest("webhookurl", ["webhook_url", "voice"]) == "webhook_url"
    assert nearest("q", ["webhook_url"]) is None
    assert shortened("x" * 500) == "x" * 200 + "…"
    assert shortened([1, 2]) == "a list of 2"


class Address(BaseModel):
    model_config = ConfigDict(extra="forbid")
    address: str


class Person(BaseModel):
    emails: list[str | Address]


def test_an_object_in_place_of_a_text_is_judged_as_the_object_and_no_class_is_named() -> None:
    with pytest.raises(InvalidRequest) as refused:
        parsed(Person, {"emails": [{"email": "sarah@example.com"}]})
    assert {error.field for error in refused.value.errors} == {"emails[0].address", "emails[0].email"}


def test_a_form_is_told_in_words() -> None:
    class Asked(BaseModel):
        cursor: str = Field(default="1", pattern=r"^[0-9]{1,18}$")
        audio: str = Field(default="aud_1", pattern=r"^aud_[0-9a-z]{1,40}$")
        pin: str = Field(default="1234", pattern=r"^[0-9]{4,10}$")
        odd: str = Field(default="x", pattern=r"^x$")

    with pytest.raises(InvalidRequest) as refused:
        parsed(Asked, {"cursor": "x", "audio": "x", "pin": "x", "odd": "y"})
    assert [error.message for error in refused.value.errors] == [
        "must be next_cursor of the page before",
        "must be an id such as aud_06e4k1q0s8b2n4p6r8t0",
        "must be 4 to 10 digits",
        "String should match pattern '^x$'",
    ]
