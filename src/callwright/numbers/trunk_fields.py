"""``FIELD=VALUE`` as people write the fields of a trunk, read into values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from callwright.errors import FieldError, InvalidRequest
from callwright.numbers.models import Trunk
from callwright.numbers.sip_options import SipOptions
from callwright.numbers.trunks import NewTrunk

_YES = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
_OPTIONS = {field.name: str(field.type) for field in fields(SipOptions)}
#: The kind is the lab's business; the password must not stand on a command line; a change switches a trunk on.
_OWN = {
    field.name: str(field.type)
    for field in fields(NewTrunk)
    if field.name not in ("name", "kind", "password", "options", "enabled")
}
#: Every name that ``changed`` takes.
NAMES = (*_OWN, *_OPTIONS)


def changed(trunk: NewTrunk, texts: Sequence[str]) -> NewTrunk:
    """Return ``trunk`` with each ``FIELD=VALUE`` of ``texts``; raises ``InvalidRequest``.

    Lists are comma-separated; an empty value takes an optional field away; yes/no for what is on or off.
    """
    own: dict[str, Any] = {}
    options: dict[str, Any] = {}
    errors = []
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or name not in NAMES:
            errors.append(
                FieldError(field=name, message=f"write FIELD=VALUE; the fields are {', '.join(NAMES)}", received=text)
            )
            continue
        target, kind = (own, _OWN[name]) if name in _OWN else (options, _OPTIONS[name])
        try:
            target[name] = _read(kind, value.strip())
        except (ValueError, KeyError):
            wanted = "yes or no" if kind == "bool" else "a number"
            errors.append(FieldError(field=name, message=wanted, received=value))
    if errors:
        raise InvalidRequest(errors)
    return replace(trunk, **own, options=replace(trunk.options, **options))


def as_new(trunk: Trunk, password: str | None) -> NewTrunk:
    """Return what would add this trunk again."""
    same = {name: getattr(trunk, name) for name in (*_OWN, "name", "kind", "options")}
    return NewTrunk(**same, password=password)


def _read(kind: str, text: str) -> Any:
    if not text and "None" in kind:
        return None
    if kind.startswith("tuple"):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind == "bool":
        return _YES[text.lower()]
    if kind.startswith("int"):
        return int(text)
    return float(text) if kind == "float" else text
