"""Says what is wrong with a value in our own words, with the path that the author would use."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from callwright.errors import FieldError
from callwright.flows.steps import Case, KeywordChoice, PlayItem, SayItem
from callwright.flows.templates import NAME

_MAX_RECEIVED = 100
#: How alike two names must be (0 to 1) for one to be offered for the other.
_ALIKE = 0.6

#: Models inside a step, by the field or the type that leads to them.
_PARTS: dict[str, type[BaseModel]] = {"say": SayItem, "play": PlayItem, "keywords": KeywordChoice, "cases": Case}

#: What the regular expressions of fields mean.
_FORMS = {
    r"^aud_[0-9a-z]{1,40}$": "must be the id of an audio, such as aud_06gzvktvt2vsqynba1f4",
    r"^[0-9A-D*#]{1,32}$": "must be 1 to 32 keys: 0 to 9, *, #, A to D",
    r"^[0-9*#]$": "must be a key: 0 to 9, * or #",
    rf"^{NAME}$": "must be a name: letters, digits, _ and ., a letter or _ first",
}
_Context = Mapping[str, Any]
_SENTENCES: dict[str, Callable[[_Context], str]] = {
    "missing": lambda c: "is required",
    "string_type": lambda c: "must be text",
    "string_too_short": lambda c: "must not be empty",
    "string_too_long": lambda c: f"must have at most {c['max_length']} characters",
    "string_pattern_mismatch": lambda c: _FORMS.get(c["pattern"], f"must match {c['pattern']}"),
    "int_type": lambda c: "must be a whole number",
    "float_type": lambda c: "must be a number",
    "finite_number": lambda c: "must be a finite number",
    "bool_type": lambda c: "must be true or false",
    "greater_than_equal": lambda c: f"must be at least {c['ge']:g}",
    "less_than_equal": lambda c: f"must be at most {c['le']:g}",
    "literal_error": lambda c: f"must be {c['expected']}",
    "dict_type": lambda c: "must be an object",
    "model_type": lambda c: "must be an object",
    "model_attributes_type": lambda c: "must be an object",
    "tuple_type": lambda c: "must be a list",
    "too_short": lambda c: f"must have at least {c['min_length']} entries" if c["min_length"] > 1 else "is empty",
    "too_long": lambda c: f"must have at most {c['max_length']} entries",
    "union_tag_not_found": lambda c: "needs a type: say or play",
    "union_tag_invalid": lambda c: f"{c['tag']!r} cannot stand here; allowed: {c['expected_tags']}",
    "value_error": lambda c: str(c["error"]),
}


def faults(
    error: ValidationError, data: Any, model: type[BaseModel], path: str, *, tagged: bool = False
) -> list[FieldError]:
    """Return pydantic's errors about ``data`` as ours, one a field.

    ``path`` is where the author wrote ``data``; ``tagged`` says that the first part of each location is the type by
    which the model was chosen.
    """
    found: dict[str, FieldError] = {}
    for detail in error.errors(include_url=False):
        location = detail["loc"][1:] if tagged else detail["loc"]
        kind = detail["type"]
        field, value = _locate(location, data, path)
        if kind == "too_short" and value:
            # pydantic also says so of a list whose entries were all wrong
            continue
        if kind == "extra_forbidden":
            message = unknown_field(str(location[-1]), _fields_at(model, location))
        else:
            sentence = _SENTENCES.get(kind)
            message = sentence(detail.get("ctx", {})) if sentence else detail["msg"]
        found.setdefault(field, FieldError(field=field, message=message, received=shorten(value)))
    return list(found.values())


def _locate(location: Sequence[int | str], data: Any, path: str) -> tuple[str, Any]:
    """Return the author's path of ``location`` and what stands there, without pydantic's names for parts of unions."""
    for part in location:
        if isinstance(data, Mapping) and part in data:
            path, data = join(path, str(part)), data[part]
        elif isinstance(data, Mapping) and data.get("type") == part:
            continue
        elif isinstance(data, Mapping):
            path, data = join(path, str(part)), None
        elif isinstance(data, list | tuple) and isinstance(part, int) and part < len(data):
            path, data = f"{path}[{part}]", data[part]
        else:
            break
    return path, data


def join(path: str, name: str) -> str:
    """Return ``path.name``, or ``name`` at the top."""
    return f"{path}.{name}" if path else name


def unknown_field(name: str, allowed: Iterable[str]) -> str:
    """Return the sentence about a field that does not exist, with the nearest one that does."""
    return f"there is no such field; {_nearest(name, list(allowed))}"


def unknown_choice(thing: str, allowed: Iterable[str]) -> str:
    """Return the sentence about a value that is not one of the allowed ones."""
    return f"is not known; {_nearest(thing, list(allowed))}"


def shorten(value: Any) -> Any:
    """Return ``value`` as it came when it is short, else the beginning of its JSON."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if len(value) <= _MAX_RECEIVED else value[:_MAX_RECEIVED] + "…"
    try:
        text = json.dumps(value, default=str, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= _MAX_RECEIVED else text[:_MAX_RECEIVED] + "…"


def _nearest(name: str, allowed: list[str]) -> str:
    alike = difflib.get_close_matches(name.lower(), allowed, n=1, cutoff=_ALIKE)
    return f"did you mean {alike[0]}?" if alike else f"allowed: {', '.join(allowed)}"


def _fields_at(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    """Return the fields that the object may have which holds the last part of ``location``."""
    for part in location[:-1]:
        model = _PARTS.get(str(part), model)
    return list(model.model_fields)
