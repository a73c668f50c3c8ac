"""Which number of a pool is shown."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.numbers.choosing import CHOICES, Choice, NumberChooser, PoolNumber, area_of

NEW_YORK, NEW_YORK_2, LOS_ANGELES, TORONTO = "+12125550142", "+12125550143", "+12135550142", "+14165550142"
LONDON, BERLIN, MUNICH, AUGSBURG = "+442079460100", "+493023125000", "+498923125000", "+498213125000"


def pool(*numbers: str) -> list[PoolNumber]:
    return [PoolNumber(e164=number) for number in numbers]


def chosen(choice: Choice, numbers: list[PoolNumber], *callees: str, turn: int = 0) -> list[str]:
    chooser = NumberChooser(choice, numbers, turn=turn)
    return [chooser.choose(callee) for callee in callees]


def test_rotation_takes_them_in_their_order_and_begins_again() -> None:
    assert chosen("rotate", pool(NEW_YORK, LONDON, BERLIN), *[TORONTO] * 5) == [
        NEW_YORK,
        LONDON,
        BERLIN,
        NEW_YORK,
        LONDON,
    ]


def test_rotation_goes_on_where_the_one_before_stopped() -> None:
    first = NumberChooser("rotate", pool(NEW_YORK, LONDON, BERLIN), turn=0)
    assert [first.choose(TORONTO) for _ in range(2)] == [NEW_YORK, LONDON]
    assert (first.turn, first.taken) == (2, {NEW_YORK: 1, LONDON: 2})
    kept = [PoolNumber(e164=number, last_turn=first.taken.get(number, 0)) for number in (NEW_YORK, LONDON, BERLIN)]
    assert chosen("rotate", kept, *[TORONTO] * 3, turn=first.turn) == [BERLIN, NEW_YORK, LONDON]


@given(st.integers(1, 7), st.integers(1, 40))
def test_rotation_takes_all_equally_often(numbers: int, calls: int) -> None:
    names = [f"+1212555{1000 + index}" for index in range(numbers)]
    taken = Counter(chosen("rotate", pool(*names), *[LONDON] * calls))
    assert max(taken[name] for name in names) - min(taken[name] for name in names) <= 1


class Fixed:
    """Chance that always says the same."""

    def __init__(self, value: int) -> None:
        self.value = value

    def randrange(self, stop: int, /) -> int:
        return self.value % stop


def test_random_takes_any_and_keeps_no_turn() -> None:
    for value, number in ((0, NEW_YORK), (1, LONDON), (2, NEW_YORK)):
        chooser = NumberChooser("random", pool(NEW_YORK, LONDON), turn=5, random=Fixed(value))
        assert chooser.choose(TORONTO) == number
        assert (chooser.turn, chooser.taken) == (5, {})
    assert set(chosen("random", pool(NEW_YORK, LONDON), *[TORONTO] * 200)) == {NEW_YORK, LONDON}


@pytest.mark.parametrize(
    ("callee", "taken"),
    [
        ("+12125559999", [NEW_YORK, NEW_YORK_2, NEW_YORK]),
        # 213 is no nearer to 212 than any other: all of the country
        ("+12145559999", [NEW_YORK, NEW_YORK_2, LOS_ANGELES]),
        # Canada is another country, although +1
        ("+15145559999", [TORONTO, TORONTO, TORONTO]),
        ("+442071838750", [LONDON, LONDON, LONDON]),
        ("+498912345678", [MUNICH, MUNICH, MUNICH]),
        # 08241 has two digits in common with 0821, one with 089, none with 030
        ("+498241960000", [AUGSBURG, AUGSBURG, AUGSBURG]),
        ("+49831960000", [MUNICH, AUGSBURG, MUNICH]),
        # nobody of this country: all in turn
        ("+33142685300", [NEW_YORK, NEW_YORK_2, LOS_ANGELES]),
        ("Ext:1000", [NEW_YORK, NEW_YORK_2, LOS_ANGELES]),
    ],
)
def test_local_presence(callee: str, taken: list[str]) -> None:
    numbers = pool(NEW_YORK, NEW_YORK_2, LOS_ANGELES, TORONTO, LONDON, BERLIN, MUNICH, AUGSBURG)
    assert chosen("local", numbers, callee, callee, callee) == taken


def test_local_callees_of_one_request_share_the_turns_of_their_numbers() -> None:
    numbers = pool(NEW_YORK, NEW_YORK_2, LOS_ANGELES)
    callees = ["+12125559999", "+12145559999", "+12125559999", "+12145559999", "+12125559998"]
    assert chosen("local", numbers, *callees) == [NEW_YORK, NEW_YORK_2, NEW_YORK, LOS_ANGELES, NEW_YORK_2]


@given(
    choice=st.sampled_from(CHOICES),
    callees=st.lists(st.sampled_from([NEW_YORK, TORONTO, LONDON, MUNICH, "Ext:1000", "+80012345678", "nonsense"])),
)
def test_every_callee_gets_a_number_of_the_pool(choice: Choice, callees: list[str]) -> None:
    numbers = [NEW_YORK_2, BERLIN, AUGSBURG]
    assert set(chosen(choice, pool(*numbers), *callees)) <= set(numbers)


@pytest.mark.parametrize(
    ("number", "area"),
    [
        (NEW_YORK, ("US", "212")),
        (TORONTO, ("CA", "416")),
        (LONDON, ("GB", "20")),
        ("+80012345678", ("001", "")),
        ("Ext:1000", (None, "")),
    ],
)
def test_area_of(number: str, area: tuple[str | None, str]) -> None:
    assert area_of(number) == area
