"""What a request asks for: RoboTalker's fields, read from wherever they stand, under any spelling of case."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callwright.api.dialects.robotalker.packed import is_packed, unpacked

#: Fields by the names under which they are kept; further spellings of the same.
_SAME = {"messageidvm": "vmmessageid", "enddatetime": "enddate", "jobname": "optname"}
_SAME |= {"phonelistgroupname": "phonenumbergroupname", "contactlist": "contactlistarray"}
TEXTS = (
    "key",
    "token",
    "whattodo",
    "optname",
    "optcallerid",
    "messageid",
    "messagetext",
    "customername",
    "vmmessageid",
    "imageurl",
    "extrareportemail",
    "transferringnumber",
    "txtreportnumber",
    "phonenumbergroupname",
    "rundatetime",
    "enddate",
    "calloptions",
    "priority",
    "userid",
)
_NUMBERS, _CONTACTS, _JSON, _PACKED = "phonenumber", "contactlistarray", "jsoncallpost", "name"
#: NUL, and halves of a pair: PostgreSQL and UTF-8 have no place for them.
_UNSTORABLE = re.compile("[\\x00\\ud800-\\udfff]")
#: What a contact of the list may say.
VARIABLES = ("var1", "var2", "var3", "var4")


class WrongField(ValueError):
    """A field has a value that cannot be read."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} {reason}")
        self.name = name
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One person of ``contactlistarray``, or a number of ``phonenumber``."""

    phone: str
    name: str = ""
    group: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The fields of one request; what is absent is an empty text."""

    texts: Mapping[str, str]
    #: ``phonenumber`` as given: ``0`` for the group.
    numbers: Sequence[str]
    contacts: Sequence[Entry]
    #: Names of fields that mean nothing here.
    ignored: Sequence[str]

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "")

    @property
    def to_group(self) -> bool:
        """Whether the group called ``optname`` is meant."""
        return any(number.strip() == "0" for number in self.numbers) and not self.contacts

    @property
    def people(self) -> Sequence[Entry]:
        """Everybody who is named in the request, in its order; numbers have the name ``customername``."""
        numbers = [Entry(phone=number, name=self["customername"]) for number in self.numbers if number.strip() != "0"]
        return [*numbers, *self.contacts]

    def message_id(self, name: str) -> str:
        """Return the id in ``messageid`` or ``vmmessageid``; empty and ``0`` mean none."""
        value = self[name]
        return "" if value.strip("0") == "" else value


def read_asked(pairs: Iterable[tuple[str, Any]]) -> Asked:
    """Return what pairs of name and value ask for, from query, form and JSON; the first that is not empty counts.

    Raises ``WrongField``.
    """
    texts: dict[str, str] = {}
    numbers: list[str] = []
    contacts: list[Entry] = []
    ignored: dict[str, None] = {}
    for written, value in _flat(pairs):
        lower = written.strip().lower()
        name = _SAME.get(lower, lower)
        if name == _NUMBERS:
            numbers += _list_of_texts(name, value)
        elif name == _CONTACTS:
            contacts += _entries(value)
        elif name in TEXTS:
            if not texts.get(name):
                texts[name] = _text(name, value)
        else:
            ignored[written] = None
    return Asked(texts=texts, numbers=[n for n in numbers if n], contacts=contacts, ignored=list(ignored))


def _flat(pairs: Iterable[tuple[str, Any]]) -> Iterable[tuple[str, Any]]:
    """Yield the pairs, with a whole request that stands in one of them in its place."""
    for name, value in pairs:
        lower = name.strip().lower()
        if lower == _JSON:
            yield from _json_object(value).items()
        elif lower == _PACKED and isinstance(value, str) and is_packed(value):
            try:
                yield from unpacked(value).items()
            except ValueError as error:
                raise WrongField("name", str(error)) from None
        else:
            yield name, value


def _json_object(value: Any) -> Mapping[str, Any]:
    if isinstance(value, str):
        try:
            # texts of the field may hold line breaks as they are
            value = json.loads(value, strict=False)
        except (ValueError, RecursionError):
            raise WrongField("JsonCallPost", "is not JSON") from None
    if not isinstance(value, dict):
        raise WrongField("JsonCallPost", "must be a JSON object")
    return value


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise WrongField(name, "must be text or a number")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    if _UNSTORABLE.search(text):
        raise WrongField(name, "holds a character that no text has")
    return text


def _list_of_texts(name: str, value: Any) -> list[str]:
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = _parsed_list(name, value)
    if isinstance(value, list | tuple):
        return [_text(name, item) for item in value]
    return [_text(name, value)]


def _parsed_list(name: str, value: str) -> Any:
    try:
        return json.loads(value, strict=False)
    except (ValueError, RecursionError):
        raise WrongField(name, "is not a JSON list") from None


def _entries(value: Any) -> list[Entry]:
    if isinstance(value, str):
        if not value.strip():
            return []
        value = _parsed_list(_CONTACTS, value)
    if value is None:
        return []
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        raise WrongField(_CONTACTS, "must be a list of objects with name, phone, var1 to var4 and groupname")
    return [_entry(index, item) for index, item in enumerate(value)]


def _entry(index: int, item: Any) -> Entry:
    if not isinstance(item, dict):
        raise WrongField(f"{_CONTACTS}[{index}]", "must be an object with name, phone, var1 to var4 and groupname")
    values = {str(name).strip().lower(): _text(f"{_CONTACTS}[{index}].{name}", value) for name, value in item.items()}
    return Entry(
        phone=values.get("phone", "") or values.get(_NUMBERS, ""),
        name=values.get("name", ""),
        group=values.get("groupname", ""),
        variables={name: values.get(name, "") for name in VARIABLES},
    )
