"""Paths into what a gateway says: ``data.payload.to[0].status``, ``media[].url``, ``MediaUrl#``.

Names are parted by points. ``[2]`` is an entry of a list, ``[]`` all of them. ``#`` at the end of a name stands for
0, 1, 2, …, for forms that number their fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import orjson

_STEP = re.compile(r"(?P<name>[A-Za-z0-9_@$:-]+)(?P<numbered>#)?|\[(?P<index>[0-9]{0,3})\]")
#: Longer paths, and longer lists of numbered fields, are mistakes.
_LONGEST = 200
_MOST_NUMBERED = 100
#: Between the words of an answer that is plain text: ``ID: 5f3a``, ``OK|5f3a``.
_BETWEEN_WORDS = re.compile(r"[\s:;,|=]+")


@cache
def steps(path: str) -> tuple[str | int | None, ...]:
    """Return the steps of a path: names, numbers, ``None`` for all entries. Raises ``ValueError``."""
    found: list[str | int | None] = []
    at = 0
    while at < len(path) <= _LONGEST:
        if at and path[at] == ".":
            at += 1
        elif at and path[at] != "[":
            break
        match = _STEP.match(path, at)
        if match is None or (match["index"] is None and at and path[at - 1] != "."):
            break
        if match["index"] is not None:
            found.append(int(match["index"]) if match["index"] else None)
        else:
            found.append(match["name"] + (match["numbered"] or ""))
        at = match.end()
    if not found or at != len(path) or path[-1] == ".":
        raise ValueError("is no path; write one such as data.id, messages[0].status, media[].url or MediaUrl#")
    return tuple(found)


def find(data: Any, path: str) -> list[Any]:
    """Return what stands at a path, in order; nothing where it leads nowhere."""
    values = [data]
    for step in steps(path):
        values = [found for value in values for found in _step(value, step)]
    return values


def first(data: Any, path: str) -> str | None:
    """Return the first text or number at a path, as text; ``None`` for nothing, null, an empty text, and a tree."""
    for value in find(data, path):
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int | float):
            # JSON's true is not Python's
            return str(value).lower() if isinstance(value, bool) else str(value)
    return None


def matches(data: Any, wanted: Mapping[str, Sequence[str]]) -> bool:
    """Return whether at every path stands one of the texts that it may have; ``*`` is any text."""
    for path, texts in wanted.items():
        value = first(data, path)
        if value is None or not ("*" in texts or value.casefold() in {text.casefold() for text in texts}):
            return False
    return True


def read_body(body: bytes, content_type: str, *, expected: str | None = None) -> Any:
    """Return the data of a body: JSON, a form, or the words of a text; ``None`` for one that is damaged.

    ``expected`` (``json``, ``form``, ``text``) counts more than the type that the sender names. A form is an object of
    its first values, a text ``{"text": …, "words": […]}``.
    """
    kind = expected or _kind(content_type)
    if kind == "json":
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            return None
    text = body.decode("utf-8", "replace")
    if kind == "form":
        return form(text)
    return {"text": text, "words": [word for word in _BETWEEN_WORDS.split(text) if word]}


def form(encoded: str) -> dict[str, str]:
    """Return the first value of each field of a form, or of a query."""
    fields: dict[str, str] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True, max_num_fields=None):
        fields.setdefault(name, value)
    return fields


def _kind(content_type: str) -> str:
    plain = content_type.partition(";")[0].strip().lower()
    if plain == "application/json" or plain.endswith("+json"):
        return "json"
    return "form" if plain == "application/x-www-form-urlencoded" else "text"


def _step(value: Any, step: str | int | None) -> Iterator[Any]:
    if isinstance(step, str):
        if not isinstance(value, Mapping):
            return
        if not step.endswith("#"):
            if step in value:
                yield value[step]
            return
        for number in range(_MOST_NUMBERED):
            if (name := f"{step[:-1]}{number}") not in value:
                return
            yield value[name]
    elif isinstance(value, list):
        if step is None:
            yield from value
        elif step < len(value):
            yield value[step]
