"""Pydantic's errors in our words: the field's path, a sentence, what was received, and the name that was meant."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from callwright.errors import FieldError, InvalidRequest

Model = TypeVar("Model", bound=BaseModel)

#: Where FastAPI says that a parameter stands; a field's path begins after it.
_PLACES = frozenset({"body", "query", "path", "header"})
_LONGEST_RECEIVED = 200
_SENTENCES = {
    "missing": "is required",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "list_type": "must be a list",
    "string_too_short": "must have at least {min_length} character(s)",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} item(s)",
    "too_long": "must have at most {max_length} items",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "greater_than": "must be more than {gt}",
    "less_than": "must be less than {lt}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "finite_number": "must be a finite number",
    "datetime_from_date_parsing": "must be a time such as 2025-04-15T10:30:00Z",
    "datetime_parsing": "must be a time such as 2025-04-15T10:30:00Z",
    "datetime_type": "must be a time such as 2025-04-15T10:30:00Z",
    "timezone_aware": "must have a time zone, such as 2025-04-15T10:30:00Z",
}

_KEYS = "must be keys of a telephone: 0 to 9, * and #"
_CLOCK = "must be a time of day such as 09:00"
#: What the regular expressions of fields mean.
_FORMS = {
    r"\S": "must not be blank",
    r"^[^\x00]*$": "must not contain the character NUL",
    r"^\+[1-9][0-9]{3,14}$": "must be a telephone number such as +12125550100",
    r"^\+?[0-9]{1,15}$": "must be the first digits of numbers, such as 49",
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$": _CLOCK,
    r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$": _CLOCK,
    r"^[0-9*#]$": "must be a key of a telephone: 0 to 9, * or #",
    r"^[0-9*#]+$": _KEYS,
    r"^[0-9*#]{1,20}$": _KEYS,
    r"^[A-Za-z0-9_-]+$": "is not whole: follow the link as it was given",
    r"^[A-Za-z0-9_+/-]+$": "must be an IANA name such as Europe/Berlin",
}


def path(parts: Iterable[str | int]) -> str:
    """Return ``calls[3].to`` for ``("calls", 3, "to")``."""
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that ``name`` is probably a slip of."""
    found = difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def shortened(value: Any) -> Any:
    """Return what was received, fit to be sent back."""
    if isinstance(value, str) and len(value) > _LONGEST_RECEIVED:
        return value[:_LONGEST_RECEIVED] + "…"
    if isinstance(value, Mapping):
        return f"an object with {len(value)} field(s)"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    return value


def field_errors(errors: Sequence[Any], *, prefix: str = "", known: Iterable[str] = ()) -> list[FieldError]:
    """Translate pydantic's errors. ``known`` are names to suggest for an unknown field at the top."""
    translated: dict[str, FieldError] = {}
    objects = {error["loc"][:place] for error in errors for place, part in enumerate(error["loc"]) if _is_model(part)}
    for error in errors:
        branch = error["loc"][-1:] and _is_type_tag(error["loc"][-1]) and error["loc"][:-1] in objects
        if branch and isinstance(error.get("input"), Mapping):
            # an object was sent where a text or an object may stand: what is wrong with the object is what helps
            continue
        parts = [part for part in error["loc"] if not _is_type_tag(part)]
        if parts and parts[0] in _PLACES:
            parts = parts[1:]
        field = path([*([prefix] if prefix else []), *parts]) or "body"
        received = None if error["type"] == "missing" else shortened(error.get("input"))
        # of a union's branches the first speaks for all
        translated.setdefault(field, FieldError(field=field, message=_sentence(error, parts, known), received=received))
    return list(translated.values())


def parsed(model: type[Model], data: Any, *, prefix: str = "") -> Model:
    """Return ``data`` as ``model``; raises ``InvalidRequest`` that names each wrong field below ``prefix``."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        known = [field.alias or name for name, field in model.model_fields.items()]
        raise InvalidRequest(field_errors(error.errors(include_url=False), prefix=prefix, known=known)) from None


def _is_type_tag(part: str | int) -> bool:
    """Return whether pydantic named a branch of a union in the path (``str``, ``list[any]``, ``EmailItem``)."""
    return part in {"str", "int", "float", "bool", "list", "dict", "list[any]"} or _is_model(part)


def _is_model(part: str | int) -> bool:
    """Return whether it is the name of a class of ours. Capital letters alone do not tell: variables may have them."""
    return isinstance(part, str) and part[:1].isupper() and part in _model_names()


@functools.cache
def _model_names() -> frozenset[str]:
    # asked for at the first error, when all modules have been loaded
    names, left = set(), [BaseModel]
    while left:
        model = left.pop()
        names.add(model.__name__)
        left += model.__subclasses__()
    return frozenset(names)


def form_of(pattern: str, field: str) -> str | None:
    """Return in words what a field's regular expression asks for; ``None`` for one that nobody has put into words."""
    if field == "cursor":
        return "must be next_cursor of the page before"
    if count := re.fullmatch(r"\^\[0-9\]\{(\d+)(?:,(\d+))?\}\$", pattern):
        return f"must be {count[1]} to {count[2]} digits" if count[2] else f"must be {count[1]} digits"
    if prefix := re.match(r"\^([a-z]{3}_)\[", pattern):
        return f"must be an id such as {prefix[1]}06e4k1q0s8b2n4p6r8t0"
    if choices := re.fullmatch(r"\^\((\w+(?:\|\w+)*)\)\$", pattern):
        return f"must be {' or '.join(choices[1].split('|'))}"
    return _FORMS.get(pattern)


def _sentence(error: Mapping[str, Any], parts: Sequence[str | int], known: Iterable[str]) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        meant = nearest(str(parts[-1]), known) if len(parts) == 1 else None
        return "unknown field" + (f"; did you mean {meant!r}?" if meant else "")
    if kind == "string_pattern_mismatch" and (form := form_of(error["ctx"]["pattern"], str(parts[-1]))):
        return form
    sentence = _SENTENCES.get(kind)
    if sentence is not None:
        return sentence.format(**error.get("ctx", {}))
    # validators of ours raise ValueError with a sentence
    return str(error["msg"]).removeprefix("Value error, ")
