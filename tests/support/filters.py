"""Random filters and contacts, for tests that compare two ways to evaluate one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from callwright.contacts.filters.language import Comparison, Either, Every, Expression, Negation
from callwright.contacts.filters.types import Kind

#: A few fields of each kind, built-in and own.
KINDS: Mapping[str, Kind] = {
    "city": Kind.TEXT,
    "first_name": Kind.TEXT,
    "tags": Kind.TEXTS,
    "numbers": Kind.TEXTS,
    "emails": Kind.TEXTS,
    "phone": Kind.TEXT,
    "email": Kind.TEXT,
    "groups": Kind.TEXTS,
    "opted_out": Kind.BOOLEAN,
    "plan": Kind.TEXT,
    "balance": Kind.NUMBER,
    "member": Kind.BOOLEAN,
    "joined": Kind.DATE,
}
OWN = ("plan", "balance", "member", "joined")

#: Few values, so that comparisons hit; some that break a careless statement.
TEXTS = st.sampled_from(["a", "b", "A", "ab", "ä", "'", '"', "\\", "%", "_", "a b", "a'; --", "10", "$1", "😀", "null"])
NUMBERS = st.one_of(
    st.sampled_from([0, 1, -1, 0.1, 0.3, 1.0, 1.5, 100, 1e20, -1e-7, 2**53 - 1]),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
)
DATES = st.sampled_from(["2024-02-29", "2025-01-01", "2025-12-31", "0001-01-01", "9999-12-31"])
E164 = st.sampled_from(["+12125550100", "+12125550101", "+4930123456"])
ADDRESSES = st.sampled_from(["a@example.com", "b@example.com"])
GROUPS = st.sampled_from(["VIP", "Late"])
_ORDER = ["==", "!=", "<", "<=", ">", ">="]


def constants(field: str) -> st.SearchStrategy[Any]:
    """Constants that a field may be compared with."""
    named = {"numbers": E164, "phone": E164, "emails": ADDRESSES, "email": ADDRESSES, "groups": GROUPS}
    if field in named:
        return named[field]
    kinds = {Kind.TEXT: TEXTS, Kind.TEXTS: TEXTS, Kind.NUMBER: NUMBERS, Kind.BOOLEAN: st.booleans(), Kind.DATE: DATES}
    return kinds[KINDS[field]]


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    """A comparison that the types allow."""
    field = draw(st.sampled_from(sorted(KINDS)))
    kind = KINDS[field]
    if draw(st.integers(0, 5)) == 0:
        return Comparison(field=field, op=draw(st.sampled_from(["==", "!="])), value=None)
    if kind is Kind.TEXTS:
        op = draw(st.sampled_from(["contains", "in"]))
    elif kind is Kind.BOOLEAN:
        op = draw(st.sampled_from(["==", "!=", "in"]))
    else:
        op = draw(st.sampled_from([*_ORDER, "in", *(["contains"] if kind is Kind.TEXT else [])]))
    one = constants(field)
    value = tuple(draw(st.lists(one, max_size=3))) if op == "in" else draw(one)
    return Comparison(field=field, op=op, value=value)


def expressions() -> st.SearchStrategy[Expression]:
    """Trees of comparisons."""

    def joined(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        several = st.lists(parts, min_size=1, max_size=3).map(tuple)
        return st.one_of(several.map(Every), several.map(Either), parts.map(Negation))

    return st.recursive(comparisons(), joined, max_leaves=8)


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


#: Contacts as records of fields; an own field sometimes holds a value of another type, left from an older definition.
RECORDS = st.fixed_dictionaries(
    {
        "city": _maybe(TEXTS),
        "first_name": _maybe(TEXTS),
        "tags": st.lists(TEXTS, max_size=3, unique=True),
        "numbers": st.lists(E164, max_size=2, unique=True),
        "emails": st.lists(ADDRESSES, max_size=2, unique=True),
        "groups": st.lists(GROUPS, max_size=2, unique=True),
        "opted_out": st.booleans(),
        "plan": _maybe(st.one_of(TEXTS, TEXTS, NUMBERS)),
        "balance": _maybe(st.one_of(NUMBERS, NUMBERS, TEXTS, st.booleans())),
        "member": _maybe(st.one_of(st.booleans(), st.booleans(), TEXTS)),
        "joined": _maybe(st.one_of(DATES, DATES, NUMBERS)),
    }
)
