from __future__ import annotations

from datetime import UTC, datetime

import pytest

from callwright.events.sending import MAX_RETRY_AFTER_SECONDS, judge, parse_retry_after

NOW = datetime(2025, 4, 15, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_delivered(status: int) -> None:
    assert judge(status, {}, NOW).delivered


@pytest.mark.parametrize("status", [100, 300, 301, 304, 400, 404, 429, 500, 503, 599])
def test_anything_else_is_tried_again(status: int) -> None:
    verdict = judge(status, {}, NOW)
    assert not verdict.delivered
    assert not verdict.final
    assert str(status) in (verdict.error or "")


def test_gone_is_final() -> None:
    assert judge(410, {"retry-after": "5"}, NOW).final


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("9" * 5000, MAX_RETRY_AFTER_SECONDS),
        ("٣", None),
        ("Tue, 15 Apr 2025 10:31:00 GMT", 60.0),
        ("Tue, 15 Apr 2025 10:29:00 GMT", 0.0),
        ("Tue, 15 Apr 2099 10:29:00 GMT", MAX_RETRY_AFTER_SECONDS),
        ("Tue, 15 Apr 2025 10:31:00", None),
        ("Tue, 99 Apr 2025 10:31:00 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds
