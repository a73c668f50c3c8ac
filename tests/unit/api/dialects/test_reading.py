"""What programs of many ages send is read; what nobody can store is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from callwright.api.dialects.reading import Sent, nested, pairs_of, read, without_case
from callwright.errors import InvalidRequest


async def sent(body: bytes = b"", *, kind: str | None = None, query: bytes = b"", json_only: bool = False) -> Sent:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [] if kind is None else [(b"content-type", kind.encode())]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": query, "headers": headers}
    return await read(Request(scope, receive), json_only=json_only)


@pytest.mark.parametrize(
    ("encoded", "read_as"),
    [
        (b"a=1&b=2", {"a": "1", "b": "2"}),
        (b"?a=1&&b=&", {"a": "1", "b": ""}),
        (b"a[]=1&a[]=2", {"a": ["1", "2"]}),
        (b"a%5B%5D=1", {"a": ["1"]}),
        (b"a[0][b]=x&a[1][b]=y", {"a": [{"b": "x"}, {"b": "y"}]}),
        (b"a[10]=k&a[9]=i", {"a": ["i", "k"]}),
        (b"a[k]=v&a[l][]=w", {"a": {"k": "v", "l": ["w"]}}),
        (b"a=1&a=2", {"a": "2"}),
        (b"a=1&a[x]=2", {"a": {"x": "2"}}),
        (b"t=1+2%2B3", {"t": "1 2+3"}),
        (b"t=Jos%C3%A9", {"t": "José"}),
        (b"t=Jos%E9", {"t": "José"}),
        (b"t=Jos\xe9", {"t": "José"}),
        (b"t=50%", {"t": "50%"}),
        (b"[]=1", {"[]": "1"}),
    ],
)
def test_forms_are_read(encoded: bytes, read_as: dict[str, Any]) -> None:
    assert nested(pairs_of(encoded)) == read_as


@given(st.binary(max_size=60))
def test_no_form_is_too_strange(encoded: bytes) -> None:
    assert isinstance(nested(pairs_of(encoded)), dict)


def test_too_much_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="at most"):
        pairs_of(b"a=1&" * 20_001)
    with pytest.raises(InvalidRequest, match="nested too deep"):
        nested([("a" + "[b]" * 41, "1")])


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", None])
async def test_json_is_told_by_its_first_character(kind: str | None) -> None:
    found = await sent(b' {"a": [1, {"b": null}]}\r\n', kind=kind, query=b"c=3&")
    assert (found.kind, found.body, found.query) == ("json", {"a": [1, {"b": None}]}, {"c": "3"})
    assert found.fields == {"a": [1, {"b": None}], "c": "3"}


async def test_json_that_is_no_object_is_kept_apart() -> None:
    found = await sent(b'[{"accountId": 1}]')
    assert (found.body, found.other) == ({}, [{"accountId": 1}])


async def test_json_of_old_machines() -> None:
    assert (await sent('{"a": "é"}'.encode("latin-1"))).body == {"a": "é"}
    assert (await sent(b'\xef\xbb\xbf{"a": 1}', kind="application/json")).body == {"a": 1}


async def test_an_empty_body_is_none() -> None:
    for kind in (None, "application/json", "application/x-www-form-urlencoded"):
        found = await sent(b" \r\n", kind=kind, query=b"?a=1&")
        assert (found.kind, found.body, found.query) == ("none", {}, {"a": "1"})


async def test_files_come_in_forms() -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nWelcome\r\n'
        b'--x\r\nContent-Disposition: form-data; name="files[]"; filename="a.wav"\r\n\r\nRIFF\r\n--x--\r\n'
    )
    found = await sent(body, kind="multipart/form-data; boundary=x")
    assert (found.kind, found.body, [file.name for file in found.files["files"]]) == (
        "multipart",
        {"name": "Welcome"},
        ["a.wav"],
    )


@pytest.mark.parametrize(
    ("body", "names"),
    [(b'{"a": ', "body"), (b'{"a": "\\u0000"}', "a"), (b"a=%00", "a")],
)
async def test_what_cannot_be_read_or_stored_is_refused(body: bytes, names: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await sent(body)
    assert [error.field for error in refused.value.errors] == [names]


async def test_who_takes_json_alone_reads_nothing_else() -> None:
    with pytest.raises(InvalidRequest, match="not JSON"):
        await sent(b"a=1", json_only=True)


def test_names_without_case() -> None:
    assert without_case({"PhoneNumber": 1, " Key": 2}) == {"phonenumber": 1, "key": 2}
