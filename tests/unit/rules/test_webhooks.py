"""Signatures that others' libraries accept, and the ladders of retries."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from callwright.rules.webhooks import LADDERS, next_try, sign

SECRET = "whsec_" + base64.b64encode(b"twenty-four bytes of key").decode()
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_the_signature_is_the_schemes() -> None:
    body = '{"event":"call.completed","name":"Żółw"}'.encode()
    headers = sign(SECRET, "evt_1", NOW, body)
    signed = b"evt_1." + str(int(NOW.timestamp())).encode() + b"." + body
    wanted = base64.b64encode(hmac.new(b"twenty-four bytes of key", signed, hashlib.sha256).digest()).decode()
    assert headers == {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": f"v1,{wanted}",
    }


@given(st.binary().map(lambda data: data.hex().encode()), st.integers(-14, 14))
def test_a_receivers_library_accepts_it_whatever_the_zone_of_the_time(body: bytes, hours: int) -> None:
    now = datetime.now(timezone(timedelta(hours=hours)))
    Webhook(SECRET).verify(body, sign(SECRET, "evt_1", now, body), json_parse=False)


def test_a_changed_body_is_refused() -> None:
    headers = sign(SECRET, "evt_1", datetime.now(UTC), b"{}")
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(b"{ }", headers)


def test_standard_tries_ten_times_in_about_three_days() -> None:
    at, times = NOW, []
    for tries in range(1, 20):
        following = next_try("standard", tries, at, jitter=0.0)
        if following is None:
            break
        times.append(following - at)
        at = following
    assert [step.total_seconds() for step in times] == list(LADDERS["standard"])
    assert len(times) == 9
    assert timedelta(days=3) < at - NOW < timedelta(days=3, hours=12)


def test_effebot_tries_three_times_a_minute_apart() -> None:
    steps = [next_try("effebot", tries, NOW, jitter=0.0) for tries in (1, 2, 3)]
    assert steps == [NOW + timedelta(minutes=1), NOW + timedelta(minutes=1), None]


@given(st.sampled_from(sorted(LADDERS)), st.integers(1, 12), st.floats(0, 1))
def test_jitter_only_lengthens_and_by_a_tenth_at_most(policy: str, tries: int, jitter: float) -> None:
    plain, moved = next_try(policy, tries, NOW, 0.0), next_try(policy, tries, NOW, jitter)
    if plain is None or moved is None:
        assert plain is moved is None
    else:
        assert plain <= moved <= NOW + (plain - NOW) * 1.1 + timedelta(microseconds=1)


def test_what_was_never_tried_is_not_tried_again() -> None:
    with pytest.raises(ValueError, match="first try"):
        next_try("standard", 0, NOW, 0.0)
    with pytest.raises(KeyError):
        next_try("unknown", 1, NOW, 0.0)
