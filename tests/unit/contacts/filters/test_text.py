from __future__ import annotations

import pytest
from hypothesis import given

from callwright.contacts.filters.language import (
    Comparison,
    Either,
    Every,
    Expression,
    FilterError,
    Negation,
    Value,
    from_json,
    to_json,
)
from callwright.contacts.filters.text import parse, render
from support.filters import expressions


def leaf(field: str, op: str, value: Value) -> Comparison:
    return Comparison(field=field, op=op, value=value)


def flat(expression: Expression) -> Expression:
    """Without bars of one: ``a`` for ``Every((a,))``, which has the same text."""
    match expression:
        case Every(parts) | Either(parts):
            inner = tuple(flat(part) for part in parts)
            return inner[0] if len(inner) == 1 else type(expression)(inner)
        case Negation(part):
            return Negation(flat(part))
        case Comparison():
            return expression


def test_the_example() -> None:
    assert parse('balance > 100 and (city == "Springfield" or tags contains "late")') == Every(
        (
            leaf("balance", ">", 100),
            Either((leaf("city", "==", "Springfield"), leaf("tags", "contains", "late"))),
        )
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a == 1 or b == 2 and c == 3", Either((leaf("a", "==", 1), Every((leaf("b", "==", 2), leaf("c", "==", 3)))))),
        ("not a == 1 and b == 2", Every((Negation(leaf("a", "==", 1)), leaf("b", "==", 2)))),
        ("NOT (a == 1 AND b == 2)", Negation(Every((leaf("a", "==", 1), leaf("b", "==", 2))))),
        ("a in [1, -2.5, 1e3]", leaf("a", "in", (1, -2.5, 1000.0))),
        ("a IN ('x', \"y\")", leaf("a", "in", ("x", "y"))),
        ("a in []", leaf("a", "in", ())),
        (r"a=='it\'s \\ \n'", leaf("a", "==", "it's \\ \n")),
        ("a != null", leaf("a", "!=", None)),
        ("a == TRUE", leaf("a", "==", True)),
        ("a>=-1", leaf("a", ">=", -1)),
    ],
)
def test_reading(text: str, expected: Expression) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at character 1: the text ends here, the name of a field"),
        ("a", "an operator is expected"),
        ("a = 1", "at character 3: write '=='"),
        ("a == ", "the text ends here"),
        ("a == Springfield", 'write texts in quotes: "Springfield"'),
        ('a == "x', "at character 6: this text has no closing quote"),
        ("a == 1 b == 2", "at character 8: 'b' stands here, 'and', 'or' or the end"),
        ("(a == 1", "')' is expected"),
        ("a in [1 2]", "',' or ']' is expected"),
        ("a in [null]", "a text in quotes, a number, true or false"),
        ("a == 1; DROP TABLE contacts", "at character 7: ';' has no meaning here"),
        ("and == 1", "the name of a field is expected"),
        ("a == 1e999", "this number is too large"),
        ("(" * 30 + "a == 1" + ")" * 30, "nested more than 20 deep"),
        ("not " * 4000 + "a == 1", "nested more than 20 deep"),
        (" or ".join(["a == 1"] * 201), "has 201 comparisons; at most 200"),
        ("a in [" + ",".join(["1"] * 1001) + "]", "more than 1000 entries"),
        ("a" * 20_001, "at most 20000"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert message in str(caught.value)


@given(expressions())
def test_text_and_json_read_back_to_the_same_tree(expression: Expression) -> None:
    assert from_json(to_json(expression)) == expression
    assert parse(render(expression)) == flat(expression)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "filter: must be an object"),
        ({"and": []}, "filter.and: must be a list with at least one part"),
        ({"and": [{"field": "a"}]}, "filter.and[0]: needs exactly"),
        ({"and": [], "or": []}, "needs exactly"),
        ({"not": 1}, "filter.not: must be an object"),
        ({"field": 1, "op": "==", "value": 1}, "filter.field: must be the name"),
        ({"field": "a", "op": "=", "value": 1}, "filter.op: must be one of"),
        ({"field": "a", "op": "==", "value": {}}, "filter.value: must be text"),
        ({"field": "a", "op": "in", "value": [None]}, "filter.value: must hold texts"),
    ],
)
def test_wrong_json_is_named(data: object, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        from_json(data)
    assert message in str(caught.value)


def test_json_has_a_bottom() -> None:
    data: dict[str, object] = {"field": "a", "op": "==", "value": 1}
    for _ in range(30):
        data = {"not": data}
    with pytest.raises(FilterError, match="nested more than 20 deep"):
        from_json(data)
