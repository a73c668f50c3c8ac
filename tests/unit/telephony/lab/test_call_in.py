"""What may be asked of a handset that calls us."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.errors import InvalidRequest
from callwright.telephony.lab.call_in import CallIn


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"number": "100"}, "number"),
        ({"number": "+1212555@x"}, "number"),
        ({"caller": "anonymous"}, "from"),
        ({"caller": "+1-212"}, "from"),
        ({"press": "9)"}, "press"),
        ({"press": "${SHELL(id)}"}, "press"),
        ({"after": 301}, "after"),
        ({"after": -1}, "after"),
    ],
)
def test_nothing_but_numbers_and_keys_reaches_the_dialplan(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        CallIn(**{"number": "+12125550100", "caller": "+12125550123", **fields})
    assert [error.field for error in raised.value.errors] == [field]


def test_a_caller_may_show_no_number() -> None:
    assert CallIn(number="12125550100", caller=None, press="ww9#").caller is None
