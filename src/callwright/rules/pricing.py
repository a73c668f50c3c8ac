"""What a contact costs: exact decimals, six places, in the organisation's one currency.

A call is billed by increments: the first of ``initial_seconds`` and then of ``increment_seconds`` each, every one of
them in full (the ``60/60``, ``6/6`` and ``1/1`` of rate sheets). Other channels are billed by the unit: a segment of
an SMS, an MMS, an email, a code. The cost is rounded once, half up, so that parts never sum to more than the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from enum import StrEnum

#: The smallest amount that is kept.
PLACES = Decimal("0.000001")
#: What ``numeric(18,6)`` holds.
LARGEST = Decimal("999999999999.999999")
#: A hold covers at least so much of a call: with increments of a second it would be renewed at every second.
LEAST_COVER_SECONDS = 10
_SECONDS_OF_MINUTE = 60
#: What rate sheets write before a number beside ``+``.
_MARKS = " -.()/"


class Channel(StrEnum):
    """What a rate is for."""

    CALL = "call"
    #: Calls that people make to us; the prefix is of our own number.
    INBOUND = "inbound"
    SMS = "sms"
    MMS = "mms"
    EMAIL = "email"
    VERIFICATION = "verification"

    @property
    def by_time(self) -> bool:
        """Whether it is billed by its duration, and not by the unit."""
        return self in {Channel.CALL, Channel.INBOUND}


class SetupOn(StrEnum):
    """When the setup fee of a call is due."""

    ANSWER = "answer"
    ATTEMPT = "attempt"


@dataclass(frozen=True, kw_only=True)
class Rate:
    """The price of one destination on one channel."""

    channel: Channel
    #: Beginning of an E.164 number, with ``+``; empty: every destination.
    prefix: str
    #: Per minute of a call, per unit of everything else.
    price: Decimal
    initial_seconds: int = 60
    increment_seconds: int = 60
    setup_fee: Decimal = Decimal(0)
    setup_on: SetupOn = SetupOn.ANSWER


def rounded(amount: Decimal) -> Decimal:
    """Return an amount with six places, half up."""
    return amount.quantize(PLACES, rounding=ROUND_HALF_UP)


def written(amount: Decimal) -> str:
    """Return ``12.5`` as ``12.50``: at least two places, no needless zeros after them, never an exponent."""
    text = f"{rounded(amount):f}"
    whole, _, places = text.partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"


def billed_seconds(rate: Rate, duration_seconds: Decimal) -> int:
    """Return how many seconds are paid for a call that was answered for so long; what is begun is paid."""
    if duration_seconds <= rate.initial_seconds:
        return rate.initial_seconds
    beyond = (duration_seconds - rate.initial_seconds) / rate.increment_seconds
    return rate.initial_seconds + int(beyond.to_integral_value(rounding=ROUND_CEILING)) * rate.increment_seconds


def cost_of_seconds(rate: Rate, billed: int) -> Decimal:
    """Return what an answered call costs, with its setup fee; ``billed`` are seconds of whole increments."""
    return rounded(rate.setup_fee + rate.price * billed / _SECONDS_OF_MINUTE)


def cost_of_call(rate: Rate, duration_seconds: Decimal) -> Decimal:
    """Return what a call costs that was answered for so long."""
    return cost_of_seconds(rate, billed_seconds(rate, duration_seconds))


def speaking_seconds(text: str) -> int:
    """Return about how long a text is spoken, with two seconds until it begins: 15 characters a second."""
    return 2 + -(-len(text) // 15)


def cost_of_unanswered(rate: Rate, *, dialled: bool) -> Decimal:
    """Return what a call costs that nobody answered: nothing, or the setup fee of an attempt."""
    return rounded(rate.setup_fee) if dialled and rate.setup_on is SetupOn.ATTEMPT else Decimal(0)


def cost_of_units(rate: Rate, units: int) -> Decimal:
    """Return what units of another channel cost."""
    return rounded(rate.setup_fee + rate.price * units)


def first_cover(rate: Rate) -> int:
    """Return for how many seconds a call is held before it is dialled."""
    return billed_seconds(rate, Decimal(LEAST_COVER_SECONDS))


def next_cover(rate: Rate, covered: int) -> int:
    """Return for how many seconds it is held after the next renewal."""
    return billed_seconds(rate, Decimal(covered + max(rate.increment_seconds, LEAST_COVER_SECONDS)))


def first_hold(rate: Rate) -> Decimal:
    """Return what must be there before a contact begins: the setup fee and the first increments, or one unit."""
    return cost_of_seconds(rate, first_cover(rate)) if rate.channel.by_time else cost_of_units(rate, 1)


def affordable(rate: Rate, *, held: Decimal, covered: int, wanted: int, available: Decimal) -> Decimal:
    """Return what is charged for ``wanted`` seconds when only ``held`` and ``available`` are there.

    Whole increments after ``covered`` as far as the money goes: what was spoken beyond them is given away, so that a
    balance never goes below what its owner put there.
    """
    seconds = covered
    while seconds < wanted and cost_of_seconds(rate, seconds + rate.increment_seconds) - held <= available:
        seconds += rate.increment_seconds
    return max(held, cost_of_seconds(rate, seconds))


def longest_match(rates: Sequence[Rate], destination: str) -> Rate | None:
    """Return the rate whose prefix is the longest that ``destination`` begins with."""
    matching = [rate for rate in rates if destination.startswith(rate.prefix)]
    return max(matching, key=lambda rate: len(rate.prefix), default=None)


class Refusal(StrEnum):
    """What the money for a contact is short of."""

    BALANCE = "balance"
    ORGANISATION_BUDGET = "organisation_budget"
    CAMPAIGN_BUDGET = "campaign_budget"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Money that a contact asks to hold."""

    subject: str
    organisation_id: str
    amount: Decimal
    #: The budgets that it counts in, and what is short when one of them has no room.
    budgets: Mapping[str, Refusal]


def share_out(
    wanted: Sequence[Wanted], *, balances: Mapping[str, Decimal], rooms: Mapping[tuple[str, str], Decimal]
) -> dict[str, Refusal | None]:
    """Return for each subject whether it gets its money, and if not, what is short; first come, first served.

    ``rooms`` is what budgets leave, by organisation and budget; one that is not there has no limit. Whoever is refused
    takes nothing, so a cheaper one behind it may still go.
    """
    balance = dict(balances)
    left = dict(rooms)
    answers: dict[str, Refusal | None] = {}
    for want in wanted:
        keys = [(want.organisation_id, budget) for budget in want.budgets]
        if want.amount > balance[want.organisation_id]:
            answers[want.subject] = Refusal.BALANCE
            continue
        answers[want.subject] = next(
            (want.budgets[key[1]] for key in keys if key in left and want.amount > left[key]), None
        )
        if answers[want.subject] is None:
            balance[want.organisation_id] -= want.amount
            for key in keys:
                if key in left:
                    left[key] -= want.amount
    return answers


def prefix_of(text: str) -> str | None:
    """Return the prefix, with ``+``, that a rate sheet means by ``49``, ``0049`` or ``+49``.

    An empty text, ``*`` and ``+`` mean every destination. ``None``: it is not a prefix.
    """
    digits = text.strip()
    if digits in {"", "*", "+"}:
        return ""
    digits = "".join(character for character in digits if character not in _MARKS)
    for mark in ("+", "00"):
        if digits.startswith(mark):
            digits = digits[len(mark) :]
            break
    if not digits.isascii() or not digits.isdigit() or len(digits) > 15 or digits.startswith("0"):
        return None
    return f"+{digits}"
