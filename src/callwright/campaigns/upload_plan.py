"""How a file of recipients is read: which column is the number, or the address of email, which are variables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from callwright.contacts.importing.looking import Look
from callwright.errors import FieldError, InvalidRequest

#: What a column may be: the number, another number of the same person, or ``variables.NAME``.
NUMBER, OTHER, VARIABLE = "to", "other_number", "variables."
#: Names of columns with numbers in files of the wild, the surest first, written with small letters and ``_``.
_NUMBERS = ("to", "phone", "phone_number", "number", "mobile", "mobile_phone", "cell", "cell_phone", "telephone", "tel")
#: The same of addresses.
_ADDRESSES = ("to", "email", "e_mail", "email_address", "e_mail_address", "mail")
_OTHERS = re.compile(r"(phone|number|mobile|other_number)_?[2-9]|(home|work|other|business|office)_phone")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,63}")
_LOOKS_LIKE_A_NUMBER = re.compile(r"'?\+?[\d\s()./-]{7,25}")
_LOOKS_LIKE_AN_ADDRESS = re.compile(r"'?[^@\s]+@[^@\s]+")
_MOST_OTHERS = 5


@dataclass(frozen=True, kw_only=True)
class UploadPlan:
    """Everything that the reading process needs to know, as it is stored."""

    encoding: str
    delimiter: str
    has_header: bool
    columns: tuple[str, ...]
    #: Index of the column with the number, of those with further ones, and of the variables by name.
    number: int
    others: tuple[int, ...]
    variables: Mapping[str, int]
    #: Names of placeholders that a row must fill, in small letters.
    needed: tuple[str, ...]
    #: Whose national numbers are read.
    region: str
    sandbox: bool
    organisation_zone: str
    #: ISO 3166; ``None``: every one.
    allowed_countries: tuple[str, ...] | None
    #: Recipients are addresses of email.
    emails: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return what is stored."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> UploadPlan:
        """Return what was stored."""
        allowed = data["allowed_countries"]
        lists = {name: tuple(data[name]) for name in ("columns", "others", "needed")}
        return cls(**{**data, **lists, "allowed_countries": None if allowed is None else tuple(allowed)})


def guess(columns: Sequence[str], rows: Sequence[Sequence[str]], *, emails: bool = False) -> dict[str, str]:
    """Return what each column is, by its name and its first cells: the number, others of it, else a variable.

    ``emails``: the address in the place of the number.
    """
    plain = {column: _plain(column) for column in columns}
    names, looks = (_ADDRESSES, _LOOKS_LIKE_AN_ADDRESS) if emails else (_NUMBERS, _LOOKS_LIKE_A_NUMBER)
    number = next((column for name in names for column in columns if plain[column] == name), None)
    if number is None:
        number = next((column for index, column in enumerate(columns) if _holds(rows, index, looks)), None)
    found: dict[str, str] = {}
    for column in columns:
        if column == number:
            found[column] = NUMBER
        elif not emails and _OTHERS.fullmatch(plain[column]):
            found[column] = OTHER
        elif name := _variable(column):
            found[column] = VARIABLE + name
    return found


def read_mapping(
    mapping: Mapping[str, str | None], columns: Sequence[str], *, emails: bool = False
) -> tuple[int, tuple[int, ...], dict[str, int]]:
    """Return the index of the number, of further ones, and those of variables by name. Raises ``InvalidRequest``."""
    errors: list[FieldError] = []
    numbers: list[int] = []
    others: list[int] = []
    variables: dict[str, int] = {}
    for column, target in mapping.items():
        at = f"mapping.{column}"
        if column not in columns:
            errors.append(_wrong(at, f"the file has no such column; it has {', '.join(columns)[:300]}", column))
        elif target is None:
            continue
        elif target == NUMBER:
            numbers.append(columns.index(column))
        elif target == OTHER and emails:
            errors.append(_wrong(at, "other_number is for campaigns that call", column))
        elif target == OTHER:
            others.append(columns.index(column))
        elif target.startswith(VARIABLE) and _NAME.fullmatch(name := target.removeprefix(VARIABLE)):
            if name in variables:
                errors.append(_wrong(at, f"the variable {name} is filled from another column already", target))
            variables[name] = columns.index(column)
        else:
            errors.append(_wrong(at, "must be to, other_number, variables.NAME or null", target))
    if len(numbers) != 1 and not errors:
        what = "the address that is written to" if emails else "the number that is called"
        message = f"one column must be to: {what}" if not numbers else "only one column can be to"
        errors.append(_wrong("mapping", message, None))
    if len(others) > _MOST_OTHERS:
        errors.append(_wrong("mapping", f"at most {_MOST_OTHERS} columns can be other_number", len(others)))
    if errors:
        raise InvalidRequest(errors)
    return numbers[0], tuple(others), variables


def check_fills(needed: Sequence[str], variables: Mapping[str, int]) -> None:
    """Raise ``InvalidRequest`` for a placeholder that no column fills."""
    known = {name.casefold() for name in variables}
    missing = [name for name in needed if name.casefold() not in known]
    if missing:
        raise InvalidRequest(
            [
                _wrong("mapping", f"no column fills the placeholder {{{name}}}: map one to variables.{name}", name)
                for name in missing
            ]
        )


def plan_of(
    seen: Look,
    mapping: Mapping[str, str | None] | None,
    *,
    needed: Sequence[str],
    region: str,
    sandbox: bool,
    organisation_zone: str,
    allowed_countries: Sequence[str] | None,
    emails: bool = False,
) -> UploadPlan:
    """Return the plan of a file that was looked at; without a mapping it is guessed. Raises ``InvalidRequest``."""
    number, others, variables = read_mapping(
        guess(seen.columns, seen.rows, emails=emails) if mapping is None else mapping, seen.columns, emails=emails
    )
    check_fills(needed, variables)
    return UploadPlan(
        encoding=seen.encoding,
        delimiter=seen.delimiter,
        has_header=seen.has_header,
        columns=seen.columns,
        number=number,
        others=others,
        variables=variables,
        needed=tuple(name.casefold() for name in needed),
        region=region,
        sandbox=sandbox,
        organisation_zone=organisation_zone,
        allowed_countries=None if allowed_countries is None else tuple(allowed_countries),
        emails=emails,
    )


def _holds(rows: Sequence[Sequence[str]], index: int, looks: re.Pattern[str]) -> bool:
    cells = [row[index].strip() for row in rows if index < len(row) and row[index].strip()]
    return bool(cells) and sum(bool(looks.fullmatch(cell)) for cell in cells) * 2 > len(cells)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _variable(column: str) -> str | None:
    name = re.sub(r"[^A-Za-z0-9_.]+", "_", column.strip()).strip("_")[:64]
    return name if _NAME.fullmatch(name) else f"_{name}"[:64] if name else None


def _wrong(field: str, message: str, received: Any) -> FieldError:
    return FieldError(field=field, message=message, received=received)
