"""Whether a person may be called, and why not, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.rules.contactability import ContactQuestion, Verdict, decide

QUESTION = ContactQuestion(
    number="+12125550101",
    purpose="transactional",
    sandbox=False,
    now=datetime(2026, 11, 23, 17, 0, tzinfo=UTC),
    organisation_zone="America/Chicago",
    calling_from=time(9),
    calling_until=time(20),
    consent_id="cns_1",
    consent_state="given",
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
        ({"do_not_call": "national register"}, "do_not_call"),
    ],
)
def test_what_ends_a_contact(change: dict[str, object], rule: str) -> None:
    decision = decide(replace(QUESTION, purpose="emergency", **change))  # type: ignore[arg-type]
    assert (decision.verdict, decision.rule) == (Verdict.SKIPPED, rule)
    assert decision.reason


@pytest.mark.parametrize(
    ("purpose", "state", "ends", "rule"),
    [
        ("marketing", None, None, "no_consent"),
        ("marketing", "given", None, "none"),
        ("marketing", "given", QUESTION.now, "no_consent"),
        ("marketing", "given", QUESTION.now + timedelta(seconds=1), "none"),
        ("marketing", "withdrawn", None, "consent_withdrawn"),
        ("transactional", None, None, "none"),
        ("transactional", "given", QUESTION.now, "none"),
        ("transactional", "withdrawn", None, "consent_withdrawn"),
        ("emergency", None, None, "none"),
        ("emergency", "withdrawn", None, "none"),
    ],
)
def test_what_a_consent_allows(purpose: str, state: str | None, ends: datetime | None, rule: str) -> None:
    question = replace(QUESTION, purpose=purpose, consent_state=state, consent_expires_at=ends)
    assert decide(question).rule == rule
    # the lab and the organisation's own telephones have nobody to ask
    assert decide(replace(question, sandbox=True)).verdict is Verdict.ALLOWED
    assert decide(replace(question, extension=True)).verdict is Verdict.ALLOWED


def test_consent_that_is_not_asked_for_can_still_be_withdrawn() -> None:
    question = replace(QUESTION, purpose="marketing", consent_state=None, marketing_needs_consent=False)
    assert decide(question).verdict is Verdict.ALLOWED
    assert decide(replace(question, consent_state="withdrawn")).rule == "consent_withdrawn"


@given(
    purpose=st.sampled_from(["emergency", "transactional", "marketing"]),
    sandbox=st.booleans(),
    extension=st.booleans(),
    suppression=st.sampled_from([None, "organisation: key 9"]),
    do_not_call=st.sampled_from([None, "national register"]),
    state=st.sampled_from([None, "given", "withdrawn"]),
    ends=st.sampled_from([None, QUESTION.now - timedelta(days=1), QUESTION.now + timedelta(days=1)]),
    needed=st.booleans(),
    hour=st.integers(0, 23),
)
def test_nobody_who_said_no_is_contacted(
    purpose: str,
    sandbox: bool,
    extension: bool,
    suppression: str | None,
    do_not_call: str | None,
    state: str | None,
    ends: datetime | None,
    needed: bool,
    hour: int,
) -> None:
    question = replace(
        QUESTION,
        purpose=purpose,
        sandbox=sandbox,
        extension=extension,
        suppression=suppression,
        do_not_call=do_not_call,
        consent_state=state,
        consent_expires_at=ends,
        marketing_needs_consent=needed,
        now=QUESTION.now.replace(hour=hour),
    )
    verdict = decide(question).verdict
    asked = not (sandbox or extension) and purpose != "emergency"
    if suppression is not None or do_not_call is not None or (asked and state == "withdrawn"):
        assert verdict is Verdict.SKIPPED
    agreed = state == "given" and (ends is None or ends > question.now)
    if asked and purpose == "marketing" and needed and not agreed:
        assert verdict is Verdict.SKIPPED


def test_a_sandbox_number_need_not_exist() -> None:
    assert decide(replace(QUESTION, sandbox=True, valid=False)).verdict is Verdict.ALLOWED


def test_what_comes_too_late_is_not_contacted() -> None:
    late = decide(replace(QUESTION, not_after=QUESTION.now - timedelta(seconds=1)))
    assert (late.verdict, late.rule) == (Verdict.SKIPPED, "too_late")
    assert decide(replace(QUESTION, not_after=QUESTION.now)).verdict is Verdict.ALLOWED


def test_what_could_only_be_put_off_until_it_is_too_late_ends_now() -> None:
    decision = decide(replace(QUESTION, now=NIGHT, not_after=NIGHT + timedelta(minutes=10)))
    assert (decision.verdict, decision.rule) == (Verdict.SKIPPED, "calling_hours")
    assert decision.reason == "skipped: 21:04 in America/New_York, window 09:00\u201320:00"
    in_time = decide(replace(QUESTION, now=NIGHT, not_after=NIGHT + timedelta(days=1)))
    assert in_time.verdict is Verdict.DEFERRED
