from __future__ import annotations

import pytest

from callwright.contacts.filters.language import Comparison, FilterError
from callwright.contacts.filters.text import parse
from callwright.contacts.filters.types import BUILT_IN, Kind, checked

KINDS = {**BUILT_IN, "balance": Kind.NUMBER, "member": Kind.BOOLEAN, "joined": Kind.DATE, "plan": Kind.TEXT}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("balanse > 1", "there is no field 'balanse'; did you mean 'balance'?"),
        ("zzz == 1", "there is no field 'zzz'"),
        ('balance > "100"', "balance is a field of type number: it is compared with a number"),
        ("balance == true", "compared with a number"),
        ("balance contains 1", "takes != < <= == > >= in"),
        ("balance == 9007199254740992", "go up to"),
        ("member > true", "of type boolean"),
        ("member == 1", "true or false"),
        ('joined == "yesterday"', 'a day, such as "2025-04-15"'),
        ("city == 5", "text in quotes"),
        ('city == ["a"]', "takes one value; a list goes with in"),
        ('city in "a"', "needs a list"),
        ("city > null", "null goes with == and !="),
        ('tags == "late"', "takes contains in"),
        ('created_at > "soon"', "a day or a time"),
        (r'city == "' + "\x00" + '"', "U+0000"),
        ('city == "\ud800"', "text in quotes"),
    ],
)
def test_what_cannot_be_compared_is_refused(text: str, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        checked(parse(text), KINDS)
    assert message in str(caught.value)


def test_constants_get_one_form() -> None:
    def value(text: str) -> object:
        expression = checked(parse(text), KINDS)
        assert isinstance(expression, Comparison)
        return expression.value

    assert value('joined > "20250415"') == "2025-04-15"
    assert value('created_at > "2025-04-15"') == "2025-04-15T00:00:00+00:00"
    assert value('created_at > "2025-04-15T12:00:00+02:00"') == "2025-04-15T10:00:00+00:00"
    assert value('joined in ["2025-04-15"]') == ("2025-04-15",)


def test_checking_twice_changes_nothing() -> None:
    once = checked(parse('not created_at > "2025-04-15" and (balance == null or member in [true])'), KINDS)
    assert checked(once, KINDS) == once
