"""Which number of a pool a call shows: in turn, by chance, or the one nearest to the callee."""

from __future__ import annotations

import functools
import heapq
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal, Protocol, get_args

import phonenumbers

from callwright.numbers.parsing import country_of

#: ``rotate``: the one that was taken longest ago. ``random``: any. ``local``: those of the callee's country whose area
#: code has most in common with the callee's, in turn; where there is none of that country, all in turn.
Choice = Literal["rotate", "random", "local"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
#: The North American plan: its area codes are given out without order, so 212 is no nearer to 213 than to 907.
_UNORDERED_COUNTRY_CODE = 1
#: What ``country_of`` says of numbers such as +800, which have no areas either.
_NO_COUNTRY = "001"


class Random(Protocol):
    """A source of chance."""

    def randrange(self, stop: int, /) -> int:
        """Return a whole number from 0 to ``stop`` - 1."""


@dataclass(frozen=True, kw_only=True)
class PoolNumber:
    """A number that calls may show."""

    #: With ``+``.
    e164: str
    #: The pool's turn when it was taken last; 0: never.
    last_turn: int = 0


class NumberChooser:
    """Takes numbers of one pool, one a call; ``turn`` and ``taken`` are what must be kept for the next chooser."""

    def __init__(
        self, choice: Choice, numbers: Sequence[PoolNumber], *, turn: int, random: Random | None = None
    ) -> None:
        """``numbers`` in the author's order, at least one; ``turn``: how many were taken in turn before."""
        self._choice = choice
        self._numbers = [number.e164 for number in numbers]
        self._last_turn = [number.last_turn for number in numbers]
        self._random: Random = random or secrets.SystemRandom()
        #: By the callee's country and area, the numbers that it may be called from, the next one first.
        self._queues: dict[tuple[str | None, str], list[tuple[int, int]]] = {}
        self.turn = turn
        #: Last turn of each number that was taken.
        self.taken: dict[str, int] = {}

    def choose(self, callee: str) -> str:
        """Return the number to be shown to ``callee`` (E.164, or an extension)."""
        if self._choice == "random":
            return self._numbers[self._random.randrange(len(self._numbers))]
        where = area_of(callee) if self._choice == "local" else (None, "")
        queue = self._queues.get(where)
        if queue is None:
            queue = self._queues[where] = [(self._last_turn[index], index) for index in self._near(callee, where)]
            heapq.heapify(queue)
        while True:
            seen, index = queue[0]
            if seen == self._last_turn[index]:
                break
            # another queue took it since
            heapq.heapreplace(queue, (self._last_turn[index], index))
        self.turn += 1
        self._last_turn[index] = self.taken[self._numbers[index]] = self.turn
        heapq.heapreplace(queue, (self.turn, index))
        return self._numbers[index]

    def _near(self, callee: str, where: tuple[str | None, str]) -> list[int]:
        """Return the places of the numbers nearest to a callee, all where none is near."""
        everywhere = list(range(len(self._numbers)))
        country, area = where
        if country is None:
            return everywhere
        areas = {index: area_of(number) for index, number in enumerate(self._numbers)}
        of_country = [index for index, (its_country, _) in areas.items() if its_country == country]
        if not of_country:
            return everywhere
        unordered = callee.startswith(f"+{_UNORDERED_COUNTRY_CODE}")
        common = {index: _common(areas[index][1], area, whole=unordered) for index in of_country}
        most = max(common.values())
        return [index for index in of_country if common[index] == most]


@functools.lru_cache(maxsize=50_000)
def area_of(number: str) -> tuple[str | None, str]:
    """Return country (ISO 3166) and area code of an E.164 number; ``(None, "")`` of an extension.

    The code is empty where the country's numbers have none.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None, ""
    country = country_of(number)
    if country == _NO_COUNTRY:
        return country, ""
    digits = phonenumbers.national_significant_number(parsed)
    return country, digits[: phonenumbers.length_of_national_destination_code(parsed)]


def _common(one: str, other: str, *, whole: bool) -> int:
    if whole:
        return len(one) if one == other else 0
    shared = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in shared)
