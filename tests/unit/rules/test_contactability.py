"""Whether a person may be called, and why not, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from callwright.rules.contactability import ContactQuestion, Verdict, decide

QUESTION = ContactQuestion(
    number="+12125550101",
    purpose="transactional",
    sandbox=False,
    now=datetime(2026, 11, 23, 17, 0, tzinfo=UTC),
    organisation_zone="America/Chicago",
    calling_from=time(9),
    calling_until=time(20),
)
NIGHT = datetime(2026, 11, 24, 2, 4, tzinfo=UTC)


def test_by_day_nothing_forbids_it() -> None:
    decision = decide(QUESTION)
    assert (decision.verdict, decision.rule) == (Verdict.ALLOWED, "none")
    assert decision.inputs["zones"] == ["America/New_York"]


@pytest.mark.parametrize(("purpose", "verdict"), [
    ("marketing", Verdict.DEFERRED),
    ("transactional", Verdict.DEFERRED),
    ("emergency", Verdict.ALLOWED),
])  # fmt: skip
def test_hours_bind_by_purpose(purpose: str, verdict: Verdict) -> None:
    assert decide(replace(QUESTION, now=NIGHT, purpose=purpose)).verdict is verdict


def test_a_deferral_says_the_callees_time_and_when_it_ends() -> None:
    decision = decide(replace(QUESTION, now=NIGHT))
    assert decision.reason == "deferred: 21:04 in America/New_York, window 09:00\u201320:00"
    assert decision.until == datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def test_a_number_that_tells_no_zone_is_in_its_organisations() -> None:
    decision = decide(replace(QUESTION, number="+999999999", now=NIGHT, valid=True))
    assert "America/Chicago" in decision.reason


def test_a_toll_free_number_is_in_its_organisations_zone_too() -> None:
    # it belongs to no place; the zones of the whole country have no hour in common
    night = decide(replace(QUESTION, number="+18005550199", now=NIGHT))
    assert "America/Chicago" in night.reason
    assert decide(replace(QUESTION, number="+18005550199")).verdict is Verdict.ALLOWED


def test_hours_turned_off_bind_nobody() -> None:
    assert decide(replace(QUESTION, now=NIGHT, calling_from=None, calling_until=None)).verdict is Verdict.ALLOWED


def test_the_lab_has_no_night() -> None:
    assert decide(replace(QUESTION, now=NIGHT, sandbox=True)).verdict is Verdict.ALLOWED


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"cancelled": True}, "cancelled"),
        ({"forbidden": "emergency numbers are never called"}, "forbidden_number"),
        ({"valid": False}, "invalid_number"),
        ({"suppression": "organisation key 9"}, "opted_out"),
    ],
)
def test_what_ends_a_contact(change: dict[str, object], rule: str) -> None:
    decision = decide(replace(QUESTION, purpose="emergency", **change))  # type: ignore[arg-type]
    assert (decision.verdict, decision.rule) == (Verdict.SKIPPED, rule)
    assert decision.reason


def test_a_sandbox_number_need_not_exist() -> None:
    assert decide(replace(QUESTION, sandbox=True, valid=False)).verdict is Verdict.ALLOWED
