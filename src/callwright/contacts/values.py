"""Values of contacts as people and files write them, to the one form that is stored."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from callwright.contacts.filters.types import LARGEST_INTEGER, Kind
from callwright.contacts.models import (
    EMAIL_TYPES,
    MAX_NUMBERS,
    MAX_TAGS,
    NUMBER_TYPES,
    TEXT_FIELDS,
    ContactChanges,
    ContactEmail,
    ContactNumber,
)
from callwright.errors import FieldError, InvalidRequest
from callwright.numbers.parsing import read_number
from callwright.rules.zones import zone_names

#: RFC 5646, without its rarities.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
#: What can be delivered is found out by delivering; this keeps out what is no address at all (RFC 5321: 254 octets).
_ADDRESS = re.compile(r"[^\s@<>\"(),;:\\\x00]+@[^\s@<>\"(),;:\\\x00.]+(\.[^\s@<>\"(),;:\\\x00.]+)+")
_MAX_ADDRESS = 254
MAX_OWN_TEXT = 2000
MAX_TAG = 100
_LABEL = 60


def read_changes(
    data: Mapping[str, Any], *, kinds: Mapping[str, Kind], region: str, sandbox: bool, prefix: str = ""
) -> ContactChanges:
    """Return what a request sets; raises ``InvalidRequest`` that names every wrong field.

    ``kinds`` are the own fields of the organisation; ``region`` is the one whose national numbers are read.
    """
    errors: list[FieldError] = []
    texts = {}
    for name in TEXT_FIELDS:
        if name in data:
            try:
                texts[name] = read_text(name, data[name], field=prefix + name)
            except InvalidRequest as error:
                errors += error.errors
    fields: dict[str, Any] = {}
    for name, value in (data.get("fields") or {}).items():
        try:
            fields[name] = read_own(name, value, kinds, field=f"{prefix}fields.{name}")
        except InvalidRequest as error:
            errors += error.errors
    numbers = _several(data, "numbers", prefix, errors, lambda v, f: _number(v, f, region, sandbox))
    emails = _several(data, "emails", prefix, errors, _email)
    tags = _tags(data["tags"], f"{prefix}tags", errors) if data.get("tags") is not None else None
    if errors:
        raise InvalidRequest(errors)
    return ContactChanges(
        texts=texts,
        fields=fields,
        tags=tags,
        numbers=None if numbers is None else distinct_numbers(numbers),
        emails=None if emails is None else distinct_emails(emails),
    )


def read_text(name: str, value: Any, *, field: str) -> str | None:
    """Return a text of ``TEXT_FIELDS`` without blanks around it; nothing is ``None``. Raises ``InvalidRequest``."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise wrong(field, "must be text", value)
    text = value.strip()
    if not text:
        return None
    if len(text) > TEXT_FIELDS[name] and name != "country":
        raise wrong(field, f"must have at most {TEXT_FIELDS[name]} characters", text[:80])
    _storable(text, field)
    if name == "language":
        if not _LANGUAGE.fullmatch(text):
            raise wrong(field, "must be a language such as en or en-US", text)
    elif name == "time_zone":
        if text not in zone_names():
            raise wrong(field, "must be an IANA name such as America/Chicago", text)
    elif name == "country":
        if not _COUNTRY.fullmatch(text):
            raise wrong(field, "must be an ISO 3166 code of two letters such as US", text)
        return text.upper()
    return text


def read_own(name: str, value: Any, kinds: Mapping[str, Kind], *, field: str) -> str | int | float | bool | None:
    """Return the value of an own field in its type; raises ``InvalidRequest``."""
    kind = kinds.get(name)
    if kind is None:
        raise wrong(field, "this field is not defined; define it with POST /api/v1/contacts/fields", None)
    if value is None:
        return None
    if kind is Kind.NUMBER:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise wrong(field, "must be a number", value)
        if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            raise wrong(field, f"whole numbers go up to {LARGEST_INTEGER}", value)
        return value
    if kind is Kind.BOOLEAN:
        if not isinstance(value, bool):
            raise wrong(field, "must be true or false", value)
        return value
    if not isinstance(value, str):
        raise wrong(field, "must be a day such as 2025-04-15" if kind is Kind.DATE else "must be text", value)
    text = value.strip()
    if kind is Kind.DATE:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise wrong(field, "must be a day such as 2025-04-15", value[:80]) from None
    if len(text) > MAX_OWN_TEXT:
        raise wrong(field, f"must have at most {MAX_OWN_TEXT} characters", text[:80])
    _storable(text, field)
    return text or None


def read_address(value: Any, *, field: str) -> str:
    """Return an email address in lower case; raises ``InvalidRequest``."""
    text = value.strip().lower() if isinstance(value, str) else ""
    if len(text) > _MAX_ADDRESS or not _ADDRESS.fullmatch(text):
        raise wrong(field, "must be an email address such as sarah@example.com", str(value)[:80])
    _storable(text, field)
    return text


def read_tag(value: str, *, field: str) -> str:
    """Return a tag without blanks around it; raises ``InvalidRequest``."""
    tag = value.strip()
    if not tag or len(tag) > MAX_TAG:
        raise wrong(field, f"a tag has 1 to {MAX_TAG} characters", value[:80])
    _storable(tag, field)
    return tag


def distinct_numbers(numbers: Sequence[ContactNumber]) -> tuple[ContactNumber, ...]:
    """Return each number once, at its first place."""
    return tuple({number.e164: number for number in reversed(numbers)}.values())[::-1]


def distinct_emails(emails: Sequence[ContactEmail]) -> tuple[ContactEmail, ...]:
    """Return each address once, at its first place."""
    return tuple({email.address: email for email in reversed(emails)}.values())[::-1]


def wrong(field: str, message: str, received: Any) -> InvalidRequest:
    """Return the error of one field."""
    return InvalidRequest([FieldError(field=field, message=message, received=received)])


def _storable(text: str, field: str) -> None:
    if "\x00" in text:
        raise wrong(field, "the character U+0000 cannot be stored", None)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise wrong(field, "half of a surrogate pair is not a character", None) from None


def _several(data: Mapping[str, Any], name: str, prefix: str, errors: list[FieldError], read: Any) -> Any:
    """Return the items of a list, the one that is called primary first; ``None`` when the list is absent."""
    given = data.get(name)
    if given is None:
        return None
    if len(given) > MAX_NUMBERS:
        errors.append(FieldError(field=prefix + name, message=f"must have at most {MAX_NUMBERS} items"))
        return None
    read_items = []
    for index, item in enumerate(given):
        try:
            read_items.append(read(item, f"{prefix}{name}[{index}]"))
        except InvalidRequest as error:
            errors += error.errors
    primary = [index for index, item in enumerate(given) if isinstance(item, Mapping) and item.get("primary")]
    if len(primary) > 1:
        errors.append(FieldError(field=f"{prefix}{name}[{primary[1]}].primary", message="only one can be the primary"))
    elif primary and len(read_items) == len(given):
        read_items.insert(0, read_items.pop(primary[0]))
    return read_items


def _number(value: Any, field: str, region: str, sandbox: bool) -> ContactNumber:
    if not isinstance(value, Mapping):
        return ContactNumber(e164=read_number(value, field=field, region=region, sandbox=sandbox))
    kind = _one_of(value.get("type"), NUMBER_TYPES, f"{field}.type") or "mobile"
    e164 = read_number(value.get("number"), field=f"{field}.number", region=region, sandbox=sandbox)
    return ContactNumber(e164=e164, type=kind, label=_label(value.get("label"), f"{field}.label"))


def _email(value: Any, field: str) -> ContactEmail:
    if not isinstance(value, Mapping):
        return ContactEmail(address=read_address(value, field=field))
    kind = _one_of(value.get("type"), EMAIL_TYPES, f"{field}.type") or "other"
    address = read_address(value.get("address"), field=f"{field}.address")
    return ContactEmail(address=address, type=kind, label=_label(value.get("label"), f"{field}.label"))


def _one_of(value: str | None, allowed: Sequence[str], field: str) -> str | None:
    if value is None or value in allowed:
        return value
    raise wrong(field, f"must be one of {', '.join(allowed)}", value)


def _label(value: Any, field: str) -> str | None:
    text = (value or "").strip()
    if len(text) > _LABEL:
        raise wrong(field, f"must have at most {_LABEL} characters", text[:_LABEL])
    _storable(text, field)
    return text or None


def _tags(given: Sequence[str], field: str, errors: list[FieldError]) -> tuple[str, ...]:
    if len(given) > MAX_TAGS:
        errors.append(FieldError(field=field, message=f"must have at most {MAX_TAGS} items"))
        return ()
    tags: dict[str, None] = {}
    for index, value in enumerate(given):
        try:
            tags[read_tag(value, field=f"{field}[{index}]")] = None
        except InvalidRequest as error:
            errors += error.errors
    return tuple(tags)
