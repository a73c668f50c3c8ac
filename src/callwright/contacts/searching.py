"""Finding people by a few characters, or by exactly one of their values."""

from __future__ import annotations

import re
from typing import Any

from callwright.contacts.models import ContactFilter

#: Digits as people write them.
_DIGITS = re.compile(r"[+(]?[\d\s().\-/]{3,}")
_WORD = re.compile(r"\w+")
_MAX_WORDS = 8


def search_condition(narrowed: ContactFilter, *, first: int) -> tuple[str, list[Any]]:
    """Return further conditions on ``contacts c`` and their parameters, the first of which is ``$first``.

    ``$1`` is the organisation.
    """
    conditions: list[str] = []
    args: list[Any] = []

    def parameter(value: Any) -> str:
        args.append(value)
        return f"${first + len(args) - 1}"

    if narrowed.e164 is not None:
        conditions.append(_holds("contact_numbers", f"x.e164 = {parameter(narrowed.e164)}"))
    if narrowed.email is not None:
        conditions.append(_holds("contact_emails", f"x.address = {parameter(narrowed.email)}"))
    if narrowed.external_id is not None:
        conditions.append(f"c.external_id = {parameter(narrowed.external_id)}")
    if narrowed.group_id is not None:
        conditions.append(
            f"EXISTS (SELECT FROM group_members x WHERE x.group_id = {parameter(narrowed.group_id)}"
            " AND x.contact_id = c.id)"
        )
    if narrowed.search is not None and narrowed.search.strip():
        conditions.append(_search(narrowed.search.strip(), parameter))
    return "".join(f" AND {condition}" for condition in conditions), args


def _search(text: str, parameter: Any) -> str:
    if "@" in text:
        return _holds("contact_emails", _begins("x.address", parameter(text.lower())))
    if _DIGITS.fullmatch(text):
        digits = re.sub(r"\D", "", text)
        # with the country's code or without it is not known, so North America's is tried too
        return (
            "("
            + " OR ".join(
                _holds("contact_numbers", _begins("x.e164", parameter(begin)))
                for begin in (f"+{digits}", f"+1{digits}")
            )
            + f" OR c.external_id = {parameter(text)})"
        )
    words = _WORD.findall(text)[:_MAX_WORDS]
    if not words:
        return "false"
    query = parameter(" & ".join(f"'{word}':*" for word in words))
    return (
        f"(contact_words(c.first_name, c.last_name, c.company, c.city)"
        f" @@ to_tsquery('simple', {query})"
        f" OR c.external_id = {parameter(text)})"
    )


def _holds(table: str, condition: str) -> str:
    return f"c.id IN (SELECT x.contact_id FROM {table} x WHERE x.organisation_id = $1 AND {condition})"  # noqa: S608  (names of ours alone)


def _begins(column: str, parameter: str) -> str:
    """Return a condition that an index on the column serves: code points from the text on, up to the last of them."""
    return f"{column} >= {parameter} AND {column} < {parameter} || chr(1114111)"
