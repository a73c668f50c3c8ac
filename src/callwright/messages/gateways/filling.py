"""Placeholders of a request: ``{to}``, ``{text}``, ``{media}``, and the names under ``values`` and ``secrets``.

What is filled in never changes the form of a request: bodies are filled as trees and encoded afterwards, values in a
URL are percent-encoded, and line ends in a header are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

#: Of a message. ``{to_digits}`` and ``{from_digits}`` are without the plus sign; ``{media}`` is a list of URLs.
#: ``{receipt_url}`` is ``{webhook_url}`` with the message's id in its query.
OF_MESSAGE = frozenset(
    {
        "to",
        "to_digits",
        "from",
        "from_digits",
        "text",
        "media",
        "message_id",
        "webhook_url",
        "receipt_url",
        "validity_seconds",
    }
)
PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]{0,39})\}")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

#: Texts, and lists of texts; nothing for what the message does not have.
Values = Mapping[str, str | list[str] | None]


def names(template: Any) -> Iterator[str]:
    """Return the placeholders in a text or a tree."""
    if isinstance(template, str):
        yield from PLACEHOLDER.findall(template)
    elif isinstance(template, Mapping):
        for value in template.values():
            yield from names(value)
    elif isinstance(template, list | tuple):
        for value in template:
            yield from names(value)


def expand(template: Any, constants: Mapping[str, str]) -> Any:
    """Return a tree with its constants filled in and all other placeholders kept; see ``fill_tree`` for empty ones."""
    if isinstance(template, Mapping):
        filled = {key: expand(value, constants) for key, value in template.items()}
        return {key: value for key, value in filled.items() if value is not None}
    if isinstance(template, list | tuple):
        return [value for value in (expand(each, constants) for each in template) if value is not None]
    if not isinstance(template, str):
        return template
    if (whole := PLACEHOLDER.fullmatch(template)) and whole[1] in constants:
        return constants[whole[1]] or None
    return PLACEHOLDER.sub(lambda found: constants.get(found[1], found[0]), template)


def fill_tree(template: Any, values: Values) -> Any:
    """Return a tree with its texts filled.

    A text that is one placeholder becomes the value itself, a list too; without a value it is ``None``, and fields and
    entries that are ``None`` after filling vanish.
    """
    if isinstance(template, Mapping):
        filled = {key: fill_tree(value, values) for key, value in template.items()}
        return {key: value for key, value in filled.items() if value is not None}
    if isinstance(template, list | tuple):
        return [value for value in (fill_tree(each, values) for each in template) if value is not None]
    if isinstance(template, str):
        whole = PLACEHOLDER.fullmatch(template)
        return (values.get(whole[1]) or None) if whole else fill_text(template, values)
    return template


def fill_fields(template: Mapping[str, str], values: Values) -> list[tuple[str, str]]:
    """Return the fields of a form or a query; a list makes a field of each entry, no value makes none."""
    fields: list[tuple[str, str]] = []
    for name, value in fill_tree(template, values).items():
        fields += [(name, each) for each in (value if isinstance(value, list) else [value])]
    return fields


def fill_text(template: str, values: Values) -> str:
    """Return a text filled; a list's entries are parted by commas."""
    return PLACEHOLDER.sub(lambda found: _text(values.get(found[1])), template)


def fill_url(template: str, values: Values) -> str:
    """Return a URL filled, each value percent-encoded."""
    return PLACEHOLDER.sub(lambda found: quote(_text(values.get(found[1])), safe=""), template)


def fill_header(template: str, values: Values) -> str:
    """Return a header's value filled. Raises ``ValueError`` for what would end its line."""
    filled = fill_text(template, values)
    if _CONTROL.search(filled):
        raise ValueError("a header may not contain line ends or control characters")
    return filled


def _text(value: str | list[str] | None) -> str:
    return ",".join(value) if isinstance(value, list) else value or ""
