"""Reading what programs of many ages send: query, form, multipart, JSON, PHP's brackets, UTF-8 or Latin-1.

Nothing here knows a dialect. A body that is empty, or has no ``Content-Type``, is no error: clients of HTTP/1.0 send
both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import unquote_to_bytes

import orjson
from fastapi import Request

from callwright.api.native.uploads import FormParts, boundary_of
from callwright.errors import FieldError, InvalidRequest
from callwright.flows.storable import unstorable

#: Fields of a form: 5,000 numbers and some.
MAX_FIELDS = 20_000
#: Files of a form, bytes of a field that is none, and bytes of a file that are held in memory.
MAX_FILES = 50
_LONGEST_FIELD = 1024 * 1024
_IN_MEMORY = 1024 * 1024
#: ``a[0][b][c]…``: the deepest nesting of a form's field.
_MAX_DEPTH = 40
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


@dataclass(frozen=True, kw_only=True)
class SentFile:
    """A file of a form."""

    #: As the program calls it.
    name: str
    #: From its beginning; a large one lies on disk. Whoever reads it closes it.
    content: IO[bytes]
    size: int


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What a program sent, wherever it put it."""

    #: Fields of the query, brackets resolved; of a name that comes twice the last one.
    query: Mapping[str, Any]
    #: Fields of the body: of a form or of a JSON object; empty when there was none.
    body: Mapping[str, Any]
    #: A JSON body that is no object, such as a list; else ``None``.
    other: Any = None
    files: Mapping[str, list[SentFile]] = field(default_factory=dict)
    #: The body as it came; empty for multipart.
    raw: bytes = b""
    #: ``json``, ``form``, ``multipart`` or ``none``.
    kind: str = "none"

    @property
    def fields(self) -> dict[str, Any]:
        """Query and body together; the body's come last."""
        return {**self.query, **self.body}


async def read(request: Request, *, json_only: bool = False) -> Sent:
    """Return what was sent. Raises ``InvalidRequest`` for a body that cannot be read; files must be closed.

    A JSON body is told by its first character, whatever its ``Content-Type``: programs send it as a form, too.
    """
    query = nested(pairs_of(request.scope.get("query_string", b"")))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data" and not json_only:
        sent = await _multipart(request, query)
    else:
        raw = await request.body()
        text = raw.strip()
        if not text:
            sent = Sent(query=query, body={}, raw=raw)
        elif json_only or text[:1] in b"{[" or "json" in kind:
            data = json_of(text)
            known = isinstance(data, dict)
            sent = Sent(query=query, body=data if known else {}, other=None if known else data, raw=raw, kind="json")
        else:
            sent = Sent(query=query, body=nested(pairs_of(text)), raw=raw, kind="form")
    faults = unstorable([sent.query, sent.body, sent.other])
    if faults:
        raise InvalidRequest(
            [FieldError(field=_inner(f.field), message=f.message, received=f.received) for f in faults]
        )
    return sent


def json_of(raw: bytes) -> Any:
    """Return JSON from UTF-8, else from Latin-1. Raises ``InvalidRequest``."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        raw = raw.decode("latin-1").encode()
    try:
        return orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        message = f"this is not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        raise InvalidRequest([FieldError(field="body", message=message)]) from None


def pairs_of(encoded: bytes) -> list[tuple[str, str]]:
    """Return names and values of a query or a form, in order; empty parts (``?a=1&``, ``&&``) do not count.

    Each is UTF-8 or, where it is not, Latin-1. Raises ``InvalidRequest`` for too many.
    """
    parts = [part for part in encoded.strip(b" \r\n\t?&").split(b"&") if part]
    if len(parts) > MAX_FIELDS:
        raise InvalidRequest([FieldError(field="body", message=f"must have at most {MAX_FIELDS} fields")])
    pairs = []
    for part in parts:
        name, _, value = part.partition(b"=")
        pairs.append((_decoded(name), _decoded(value)))
    return pairs


def nested(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return fields by name, with PHP's brackets as lists and objects: ``a[]=1``, ``a[0][b]=2``, ``a[k]=v``."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        found = _NAME.fullmatch(name)
        if found is None or not found[2]:
            tree[name] = value
            continue
        keys = found[2][1:-1].split("][")
        if len(keys) > _MAX_DEPTH:
            raise InvalidRequest([FieldError(field=name[:80], message="is nested too deep")])
        place = tree
        key = found[1]
        for following in keys:
            inner = place.get(key)
            if not isinstance(inner, dict):
                inner = place[key] = {}
            place, key = inner, following if following else str(len(inner))
        place[key] = value
    return {name: _lists(value) for name, value in tree.items()}


def without_case(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields by their names in small letters; of several the last one."""
    return {name.strip().lower(): value for name, value in fields.items()}


def _lists(value: Any) -> Any:
    """Return objects whose names are 0, 1, 2, … as lists."""
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(part) for name, part in value.items()}
    if inner and all(name.isascii() and name.isdigit() and len(name) < 10 for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def _decoded(part: bytes) -> str:
    return _text(unquote_to_bytes(part.replace(b"+", b" ")))


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


async def _multipart(request: Request, query: Mapping[str, Any]) -> Sent:
    form = FormParts(request.stream(), boundary_of(request), max_field=_LONGEST_FIELD, max_fields=MAX_FIELDS)
    files: dict[str, list[SentFile]] = {}
    count = 0
    while (name := await form.next_file()) is not None:
        count += 1
        if count > MAX_FILES:
            raise InvalidRequest([FieldError(field="body", message=f"must have at most {MAX_FILES} files")])
        content = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  (whoever reads it closes it)
        size = 0
        async for chunk in form.content():
            content.write(chunk)
            size += len(chunk)
        content.seek(0)
        field_name = (form.part_name or "file").removesuffix("[]")
        files.setdefault(field_name, []).append(SentFile(name=name, content=content, size=size))
    pairs = [(name, _text(value)) for name, value in form.pairs]
    return Sent(query=query, body=nested(pairs), files=files, kind="multipart")


def _inner(path: str) -> str:
    """Return a field's path without the place in which it was looked for."""
    return re.sub(r"^\[\d\]\.?", "", path) or "body"
