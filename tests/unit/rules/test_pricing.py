"""What a contact costs."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.rules import pricing
from callwright.rules.pricing import Channel, Rate, Refusal, SetupOn, Wanted

amounts = st.decimals(min_value=0, max_value=1000, places=6)
increments = st.integers(min_value=1, max_value=3600)
rates = st.builds(
    Rate,
    channel=st.just(Channel.CALL),
    prefix=st.just(""),
    price=amounts,
    initial_seconds=increments,
    increment_seconds=increments,
    setup_fee=amounts,
    setup_on=st.sampled_from(SetupOn),
)
durations = st.decimals(min_value=0, max_value=20_000, places=3)


def rate(price: str = "0.06", increments: str = "60/60", setup_fee: str = "0") -> Rate:
    initial, increment = (int(part) for part in increments.split("/"))
    return Rate(
        channel=Channel.CALL,
        prefix="+49",
        price=Decimal(price),
        initial_seconds=initial,
        increment_seconds=increment,
        setup_fee=Decimal(setup_fee),
    )


@pytest.mark.parametrize(
    ("increments", "duration", "billed"),
    [
        ("60/60", "0", 60),
        ("60/60", "60", 60),
        ("60/60", "60.001", 120),
        ("60/1", "61.5", 62),
        ("6/6", "6.2", 12),
        ("30/6", "31", 36),
        ("1/1", "0.4", 1),
    ],
)
def test_what_is_begun_is_paid(increments: str, duration: str, billed: int) -> None:
    assert pricing.billed_seconds(rate(increments=increments), Decimal(duration)) == billed


def test_costs_are_exact() -> None:
    assert pricing.cost_of_call(rate("0.06", "6/6"), Decimal(13)) == Decimal("0.018")
    assert pricing.cost_of_call(rate("0.10", "1/1", "0.05"), Decimal(1)) == Decimal("0.051667")
    assert pricing.cost_of_units(rate("0.0075"), 3) == Decimal("0.0225")


def test_nobody_pays_for_silence() -> None:
    answered = rate(setup_fee="0.10")
    assert pricing.cost_of_unanswered(answered, dialled=True) == 0
    attempted = Rate(
        channel=Channel.CALL, prefix="", price=Decimal(1), setup_fee=Decimal("0.1"), setup_on=SetupOn.ATTEMPT
    )
    assert pricing.cost_of_unanswered(attempted, dialled=True) == Decimal("0.1")
    assert pricing.cost_of_unanswered(attempted, dialled=False) == 0


@given(rates, durations)
def test_the_bill_covers_the_call_and_no_more_than_one_increment_beyond(priced: Rate, duration: Decimal) -> None:
    billed = pricing.billed_seconds(priced, duration)
    assert billed >= duration
    assert billed - duration < priced.increment_seconds or billed == priced.initial_seconds


@given(rates, durations, durations)
def test_a_longer_call_never_costs_less(priced: Rate, one: Decimal, other: Decimal) -> None:
    short, long = sorted((one, other))
    assert pricing.cost_of_call(priced, short) <= pricing.cost_of_call(priced, long)


@given(rates, st.integers(min_value=0, max_value=50))
def test_holds_end_at_increments_and_grow(priced: Rate, renewals: int) -> None:
    covered = pricing.first_cover(priced)
    assert covered >= min(priced.initial_seconds, pricing.LEAST_COVER_SECONDS)
    for _ in range(renewals):
        following = pricing.next_cover(priced, covered)
        assert following - covered >= min(priced.increment_seconds, pricing.LEAST_COVER_SECONDS)
        assert pricing.billed_seconds(priced, Decimal(following)) == following
        covered = following


@given(rates, durations, amounts)
def test_what_is_affordable_is_within_the_money_and_the_cost(
    priced: Rate, duration: Decimal, available: Decimal
) -> None:
    covered = pricing.first_cover(priced)
    held = pricing.cost_of_seconds(priced, covered)
    wanted = pricing.billed_seconds(priced, duration)
    charged = pricing.affordable(priced, held=held, covered=covered, wanted=wanted, available=available)
    assert held <= charged <= held + available
    assert charged <= max(held, pricing.cost_of_seconds(priced, wanted))


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_written_amounts_read_back(amount: Decimal) -> None:
    text = pricing.written(amount)
    assert Decimal(text) == amount
    assert "E" not in text
    assert len(text.partition(".")[2]) >= 2


def test_the_longest_prefix_counts() -> None:
    prefixes = ["", "+4", "+49", "+4915", "+1"]
    sold = [Rate(channel=Channel.CALL, prefix=prefix, price=Decimal(1)) for prefix in prefixes]
    found = pricing.longest_match(sold, "+4930123")
    assert found is not None
    assert found.prefix == "+49"
    assert pricing.longest_match(sold[1:], "+7") is None


wishes = st.lists(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from([None, "x", "y"]), amounts), max_size=30)


@given(wishes, amounts, amounts, amounts)
def test_what_is_shared_out_is_never_more_than_there_is(
    wanted: list[tuple[str, str | None, Decimal]], balance: Decimal, day: Decimal, campaign: Decimal
) -> None:
    asked = [
        Wanted(
            subject=str(place),
            organisation_id=organisation,
            amount=amount,
            budgets={"day": Refusal.ORGANISATION_BUDGET}
            | ({} if name is None else {f"campaign {name}": Refusal.CAMPAIGN_BUDGET}),
        )
        for place, (organisation, name, amount) in enumerate(wanted)
    ]
    rooms = {("a", "day"): day, ("b", "campaign x"): campaign}
    answers = pricing.share_out(asked, balances={"a": balance, "b": balance}, rooms=rooms)
    granted = [want for want in asked if answers[want.subject] is None]
    for organisation in ("a", "b"):
        assert sum(want.amount for want in granted if want.organisation_id == organisation) <= balance
    assert sum(want.amount for want in granted if want.organisation_id == "a") <= day
    assert sum(w.amount for w in granted if w.organisation_id == "b" and "campaign x" in w.budgets) <= campaign
    assert set(answers) == {want.subject for want in asked}
    for want in asked:
        if answers[want.subject] is Refusal.BALANCE:
            assert want.amount > 0


@pytest.mark.parametrize(
    ("text", "prefix"),
    [("49", "+49"), ("+49 15", "+4915"), ("0049", "+49"), ("*", ""), ("", ""), ("1-212", "+1212")],
)
def test_prefixes_as_sheets_write_them(text: str, prefix: str) -> None:
    assert pricing.prefix_of(text) == prefix


@pytest.mark.parametrize("text", ["Germany", "+0", "4٩", "1" * 16, "49;50", "00"])
def test_other_things_are_no_prefixes(text: str) -> None:
    assert pricing.prefix_of(text) is None
