"""Calls are made again only as their policy says."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.rules.outcomes import Outcome
from callwright.rules.retries import (
    RETRIABLE,
    Retry,
    RetryPolicy,
    incomplete_json,
    next_attempt,
    next_attempt_at,
    policy_of,
    retries_json,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
RETRIES = st.builds(
    Retry,
    count=st.integers(0, 4),
    delay_seconds=st.floats(0, 86_400),
    backoff=st.floats(1, 10),
)
POLICIES = st.builds(
    RetryPolicy,
    retries=st.dictionaries(st.sampled_from(sorted(RETRIABLE)), RETRIES),
    incomplete=st.none() | RETRIES,
    most=st.none() | st.integers(1, 20),
)
ENDS = st.lists(st.tuples(st.sampled_from(sorted(Outcome)), st.booleans()), min_size=100, max_size=100)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_without_a_policy_a_call_is_made_once(outcome: Outcome) -> None:
    assert next_attempt(RetryPolicy(), outcome, 1) is None
    assert next_attempt(RetryPolicy(), outcome, 1, incomplete=True) is None
    assert RetryPolicy().most_attempts == 1


def test_a_policy_counts_and_backs_off() -> None:
    policy = RetryPolicy(retries={Outcome.BUSY: Retry(count=2, delay_seconds=300, backoff=2)})
    assert [next_attempt(policy, Outcome.BUSY, ended_so) for ended_so in (1, 2, 3)] == [300, 600, None]
    assert next_attempt(policy, Outcome.NO_ANSWER, 1) is None


def test_an_interrupted_call_is_repeated_only_when_named() -> None:
    assert next_attempt(RetryPolicy(), Outcome.INTERRUPTED, 1) is None
    named = RetryPolicy(retries={Outcome.INTERRUPTED: Retry(count=1, delay_seconds=60)})
    assert next_attempt(named, Outcome.INTERRUPTED, 1) == 60


@pytest.mark.parametrize("outcome", [Outcome.HUMAN, Outcome.INVALID_NUMBER, Outcome.CANCELLED, Outcome.SKIPPED])
def test_what_cannot_help_is_refused(outcome: Outcome) -> None:
    with pytest.raises(ValueError, match=outcome):
        RetryPolicy(retries={outcome: Retry(count=1, delay_seconds=60)})


def test_a_message_left_on_a_machine_may_be_followed_by_another_call() -> None:
    policy = RetryPolicy(retries={Outcome.VOICEMAIL_LEFT: Retry(count=1, delay_seconds=3600)})
    assert next_attempt(policy, Outcome.VOICEMAIL_LEFT, 1) == 3600


@pytest.mark.parametrize("ended_so", [60, 400])
def test_a_delay_never_grows_beyond_a_month(ended_so: int) -> None:
    policy = RetryPolicy(retries={Outcome.BUSY: Retry(count=400, delay_seconds=3600, backoff=10)})
    assert next_attempt(policy, Outcome.BUSY, ended_so) == 30 * 86_400


@pytest.mark.parametrize("wrong", [{"count": -1}, {"delay_seconds": -1}, {"backoff": 0.5}])
def test_a_retry_must_be_possible(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a retry needs"):
        Retry(**{"count": 1, "delay_seconds": 60, **wrong})


def test_an_early_hang_up_has_retries_of_its_own() -> None:
    policy = RetryPolicy(
        retries={Outcome.BUSY: Retry(count=1, delay_seconds=300)}, incomplete=Retry(count=1, delay_seconds=60)
    )
    assert next_attempt(policy, Outcome.ANSWERED, 1, incomplete=True) == 60
    assert next_attempt(policy, Outcome.ANSWERED, 2, incomplete=True) is None
    assert next_attempt(policy, Outcome.ANSWERED, 1) is None
    assert policy.most_attempts == 3


def test_nothing_is_due_after_the_end() -> None:
    policy = RetryPolicy(retries={Outcome.BUSY: Retry(count=1, delay_seconds=300)})
    due = NOW + timedelta(seconds=300)
    assert next_attempt_at(policy, Outcome.BUSY, 1, now=NOW, not_after=None) == due
    assert next_attempt_at(policy, Outcome.BUSY, 1, now=NOW, not_after=due) == due
    assert next_attempt_at(policy, Outcome.BUSY, 1, now=NOW, not_after=due - timedelta(seconds=1)) is None


@given(policy=POLICIES)
def test_a_policy_is_read_as_it_was_stored(policy: RetryPolicy) -> None:
    assert policy_of(retries_json(policy), incomplete_json(policy)) == policy


@given(policy=POLICIES, ends=ENDS, seconds=st.none() | st.floats(0, 1_000_000))
def test_a_call_is_never_made_oftener_or_later_than_its_policy_says(
    policy: RetryPolicy, ends: list[tuple[Outcome, bool]], seconds: float | None
) -> None:
    not_after = None if seconds is None else NOW + timedelta(seconds=seconds)
    ended: Counter[Outcome | None] = Counter()
    now, attempts = NOW, 0
    for outcome, hung_up in ends:
        attempts += 1
        assert not_after is None or now <= not_after
        incomplete = hung_up and outcome in {Outcome.HUMAN, Outcome.ANSWERED}
        kind = None if incomplete else outcome
        ended[kind] += 1
        due = next_attempt_at(
            policy, outcome, ended[kind], now=now, not_after=not_after, incomplete=incomplete, made=attempts
        )
        if due is None:
            break
        assert due >= now
        now = due
    assert attempts <= policy.most_attempts
