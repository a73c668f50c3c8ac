"""Calls are made again only as their policy says."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.rules.outcomes import Outcome
from callwright.rules.retries import Retry, RetryPolicy, next_attempt


@pytest.mark.parametrize("outcome", list(Outcome))
def test_without_a_policy_a_call_is_made_once(outcome: Outcome) -> None:
    assert next_attempt(RetryPolicy(), outcome, 1) is None


def test_a_policy_counts_and_backs_off() -> None:
    policy = RetryPolicy(retries={Outcome.BUSY: Retry(count=2, delay_seconds=300, backoff=2)})
    assert [next_attempt(policy, Outcome.BUSY, made) for made in (1, 2, 3)] == [300, 600, None]
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


def test_a_delay_never_grows_beyond_a_month() -> None:
    policy = RetryPolicy(retries={Outcome.BUSY: Retry(count=60, delay_seconds=3600, backoff=10)})
    assert next_attempt(policy, Outcome.BUSY, 60) == 30 * 86_400


@pytest.mark.parametrize("wrong", [{"count": -1}, {"delay_seconds": -1}, {"backoff": 0.5}])
def test_a_retry_must_be_possible(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a retry needs"):
        Retry(**{"count": 1, "delay_seconds": 60, **wrong})
