"""What an import does with each column, and with people who are there already."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from callwright.contacts.filters.types import Kind
from callwright.contacts.models import EMAIL_TYPES, FIELD_TYPES, NUMBER_TYPES, TEXT_FIELDS
from callwright.errors import FieldError, InvalidRequest

ON_DUPLICATE = ("skip", "update", "create")
MATCH_BY = ("number", "email", "external_id")
DATE_ORDERS = ("ymd", "dmy", "mdy")

#: Names of columns in files of the wild, as ``_plain`` writes them.
_SYNONYMS: Mapping[str, str] = {
    "phone": "number",
    "phone_number": "number",
    "telephone": "number",
    "tel": "number",
    "number": "number",
    "to": "number",
    "mobile": "number:mobile",
    "mobile_phone": "number:mobile",
    "cell": "number:mobile",
    "cell_phone": "number:mobile",
    "cellphone": "number:mobile",
    "home_phone": "number:home",
    "work_phone": "number:work",
    "business_phone": "number:work",
    "office_phone": "number:work",
    "email": "email",
    "e_mail": "email",
    "mail": "email",
    "email_address": "email",
    "work_email": "email:work",
    "home_email": "email:home",
    "first": "first_name",
    "firstname": "first_name",
    "given_name": "first_name",
    "forename": "first_name",
    "last": "last_name",
    "lastname": "last_name",
    "surname": "last_name",
    "family_name": "last_name",
    "name": "last_name",
    "full_name": "last_name",
    "organisation": "company",
    "organization": "company",
    "company_name": "company",
    "salutation": "title",
    "address": "street",
    "street_address": "street",
    "zip": "postcode",
    "zip_code": "postcode",
    "zipcode": "postcode",
    "postal_code": "postcode",
    "town": "city",
    "state": "region",
    "province": "region",
    "county": "region",
    "country_code": "country",
    "timezone": "time_zone",
    "tz": "time_zone",
    "lang": "language",
    "locale": "language",
    "id": "external_id",
    "customer_id": "external_id",
    "client_id": "external_id",
    "account_id": "external_id",
    "tag": "tags",
    "labels": "tags",
    # of our own exports, made anew
    "contact_id": "",
    "created_at": "",
}


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where the cells of one column go."""

    #: A name of ``TEXT_FIELDS``, ``tags``, ``number``, ``email``, or ``fields.NAME``.
    field: str
    #: Of a number or an address: what it is for.
    type: str | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to do with a file."""

    #: A target for each column of the file; ``None``: the column is ignored.
    targets: tuple[Target | None, ...]
    #: Types of the own fields among the targets.
    kinds: Mapping[str, Kind]
    on_duplicate: str
    match_by: str
    #: How days such as 04/05/2025 are written; ISO days are always read.
    date_order: str
    #: Whose national numbers are read.
    region: str
    sandbox: bool
    #: Whom it may see: of a subuser its own people.
    fence: str | None

    def to_json(self) -> dict[str, Any]:
        """Return what is stored."""
        return {**asdict(self), "kinds": {name: str(kind) for name, kind in self.kinds.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """Return what was stored."""
        return cls(
            **{
                **data,
                "targets": tuple(None if target is None else Target(**target) for target in data["targets"]),
                "kinds": {name: Kind(kind) for name, kind in data["kinds"].items()},
            }
        )


def guess(columns: Sequence[str], own: Mapping[str, Kind]) -> dict[str, str | None]:
    """Return a mapping by the names of the columns; ``None`` for a column whose name says nothing."""
    mapping: dict[str, str | None] = {}
    taken: set[str] = set()
    for column in columns:
        plain = _plain(column)
        # number_2 and its type, as exports write them
        numbered = re.fullmatch(r"(\w+?)_(\d+)", plain)
        name = numbered.group(1) if numbered and numbered.group(1) in {"number", "email", "phone", "mobile"} else plain
        target: str | None = _SYNONYMS.get(name, name) or None
        if target in own:
            target = f"fields.{target}"
        elif (
            target not in TEXT_FIELDS
            and target != "tags"
            and (target or "").partition(":")[0] not in {"number", "email"}
        ):
            target = None
        single = target is not None and target.partition(":")[0] not in {"number", "email", "tags"}
        mapping[column] = None if single and target in taken else target
        taken.add(target or "")
    return mapping


def read_mapping(
    mapping: Mapping[str, str | None], columns: Sequence[str], own: Mapping[str, Kind]
) -> tuple[tuple[Target | None, ...], dict[str, Kind]]:
    """Return a target for each column, and the own fields that are to be defined; raises ``InvalidRequest``.

    A target is ``first_name``, ``tags``, ``number``, ``number:work``, ``email``, ``email:home``, ``fields.balance``, or
    ``fields.balance:number`` for an own field that may have to be defined.
    """
    errors = [
        FieldError(field=f"mapping.{column}", message=_unknown_column(column, columns))
        for column in mapping
        if column not in columns
    ]
    targets: dict[str, Target | None] = {}
    new: dict[str, Kind] = {}
    used: dict[str, str] = {}
    for column, wanted in mapping.items():
        if wanted is None or column not in columns:
            continue
        field, _, type = wanted.partition(":")
        problem = _fault(field, type, own, new)
        if problem is None and field not in {"number", "email", "tags"} and field in used:
            problem = f"{field} is filled from the column {used[field]!r} already"
        if problem is not None:
            errors.append(FieldError(field=f"mapping.{column}", message=problem, received=wanted))
            continue
        used[field] = column
        targets[column] = Target(field=field, type=type or None)
    if not targets and not errors:
        errors.append(FieldError(field="mapping", message="no column is mapped to a field"))
    if errors:
        raise InvalidRequest(errors)
    return tuple(targets.get(column) for column in columns), new


def _fault(field: str, type: str, own: Mapping[str, Kind], new: dict[str, Kind]) -> str | None:
    """Return what is wrong with a target, or ``None``; a field to be defined is put into ``new``."""
    if field in {"number", "email"}:
        allowed = NUMBER_TYPES if field == "number" else EMAIL_TYPES
        return None if not type or type in allowed else f"the type is one of {', '.join(allowed)}"
    if field.startswith("fields."):
        return _own_fault(field.removeprefix("fields."), type, own, new)
    if (field in TEXT_FIELDS or field == "tags") and not type:
        return None
    near = difflib.get_close_matches(field, [*TEXT_FIELDS, "tags", "number", "email"], n=1)
    return "there is no such field" + (f"; did you mean {near[0]!r}?" if near else "; own fields are 'fields.NAME'")


def _own_fault(name: str, type: str, own: Mapping[str, Kind], new: dict[str, Kind]) -> str | None:
    if name in own:
        return None if not type or type == own[name] else f"the field {name!r} is of type {own[name]}"
    if type not in FIELD_TYPES:
        return f"the field {name!r} is not defined; write its type too, such as 'fields.{name}:text'"
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        return "the name of a field is lower-case letters, digits and _, at most 40, a letter first"
    new[name] = Kind(type)
    return None


def _plain(column: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", column.strip().lower()).strip("_")


def _unknown_column(column: str, columns: Sequence[str]) -> str:
    near = difflib.get_close_matches(column, columns, n=1)
    return "the file has no such column" + (f"; did you mean {near[0]!r}?" if near else "")
