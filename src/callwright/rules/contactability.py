"""May this person be called now? One answer, with the rule that gave it and everything it looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from callwright.rules.schedules import Hours, all_open, opening_of_all
from callwright.rules.timetables import CampaignHours, lane_key
from callwright.rules.windows import Window, is_open, next_opening
from callwright.rules.zones import zones_of_recipient

#: Purposes that calling hours bind (contracts, "Purpose"): an emergency does not wait for the morning.
_BOUND_BY_HOURS = frozenset({"transactional", "marketing"})


class Verdict(StrEnum):
    """What is decided."""

    ALLOWED = "allowed"
    DEFERRED = "deferred"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class CampaignTerms:
    """What a campaign says about a call of its list."""

    #: ``running``, or why it is not to be made: ``paused``, ``completed``, ``cancelled`` …
    state: str
    #: Why it is in this state, in words.
    reason: str | None
    #: Its text waits for an approval.
    held: bool
    hours: CampaignHours


@dataclass(frozen=True, kw_only=True)
class ContactQuestion:
    """What the decision looks at."""

    #: E.164, or ``Ext:1000``.
    number: str
    #: ``emergency``, ``transactional`` or ``marketing``.
    purpose: str
    #: A sandbox call reaches the lab only, where it is never night.
    sandbox: bool
    now: datetime
    #: Taken when neither the contact nor the number tells anything of a zone.
    organisation_zone: str
    #: The organisation's daily window; both ``None`` when an owner turned it off knowingly.
    calling_from: time | None
    calling_until: time | None
    #: IANA zone that is stored with the contact; ``None``: none is.
    contact_zone: str | None = None
    #: The opt-out that covers this contact, in words; ``None``: there is none.
    suppression: str | None = None
    cancelled: bool = False
    #: The call makes no sense afterwards; ``None``: it always does.
    not_after: datetime | None = None
    #: Whether the numbering plan assigns the number.
    valid: bool = True
    #: A telephone of the organisation's own: no numbering plan and no calling hours bind it.
    extension: bool = False
    #: Why such a number is never dialled (emergency, short, premium); ``None``: it is an ordinary one.
    forbidden: str | None = None
    #: ISO 3166 region of the number, and those that the organisation may call; ``None``: every one.
    country: str | None = None
    allowed_countries: Sequence[str] | None = None
    #: Calls to this number within the last ``per_person_hours``, counted up to the cap; the time of the oldest.
    recent_calls: int = 0
    oldest_recent_call: datetime | None = None
    #: How many there may be; ``None``: no cap.
    calls_per_person: int | None = None
    per_person_hours: int = 24
    #: Name of the do-not-call list that forbids this contact; ``None``: none does.
    do_not_call: str | None = None
    #: The newest consent of this address, channel and purpose: ``given`` or ``withdrawn``; ``None``: there is none.
    consent_id: str | None = None
    consent_state: str | None = None
    consent_expires_at: datetime | None = None
    #: ``False``: an owner lets marketing reach people who never agreed. A withdrawal binds all the same.
    marketing_needs_consent: bool = True
    #: Of a call of a campaign's list.
    campaign: CampaignTerms | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The answer, as it is stored."""

    verdict: Verdict
    #: ``cancelled``, ``too_late``, ``forbidden_number``, ``country``, ``invalid_number``, ``opted_out``,
    #: ``do_not_call``, ``consent_withdrawn``, ``no_consent``, ``campaign_paused``, ``calling_hours``,
    #: ``campaign_hours``, ``calls_per_person``, ``campaign_over`` or ``none``.
    rule: str
    #: A sentence for people.
    reason: str
    #: When a deferred contact is looked at again.
    until: datetime | None = None
    inputs: dict[str, Any]


def decide(question: ContactQuestion) -> Decision:
    """Decide, the strictest rule first."""
    inputs = _inputs(question)
    for rule, reason in (
        ("cancelled", _cancelled(question)),
        ("campaign_over", _over(question)),
        ("too_late", _too_late(question, question.now)),
        ("forbidden_number", question.forbidden),
        ("invalid_number", _invalid(question)),
        ("country", _foreign(question)),
        ("opted_out", f"opted out ({question.suppression})" if question.suppression is not None else None),
        ("do_not_call", f"on the do-not-call list {question.do_not_call!r}" if question.do_not_call else None),
        ("consent_withdrawn", _withdrawn(question)),
        ("no_consent", _not_agreed(question)),
    ):
        if reason is not None:
            return Decision(verdict=Verdict.SKIPPED, rule=rule, reason=reason, inputs=inputs)
    decision = (
        _by_pause(question, inputs)
        or _by_hours(question, inputs)
        or _by_campaign(question, inputs)
        or _by_frequency(question, inputs)
        or Decision(verdict=Verdict.ALLOWED, rule="none", reason="no rule forbids it", inputs=inputs)
    )
    if decision.until is not None and _too_late(question, decision.until) is not None:
        # it would only be put off until it makes no sense any more: better told at once
        reason = decision.reason.replace("deferred", "skipped", 1)
        return Decision(verdict=Verdict.SKIPPED, rule=decision.rule, reason=reason, inputs=inputs)
    return decision


def _cancelled(question: ContactQuestion) -> str | None:
    campaign = question.campaign
    if campaign is not None and campaign.state == "cancelled":
        return campaign.reason or "its campaign was cancelled"
    return "cancelled before it was dialled" if question.cancelled else None


def _over(question: ContactQuestion) -> str | None:
    campaign = question.campaign
    if campaign is None or campaign.state != "completed":
        return None
    return f"its campaign is over: {campaign.reason}" if campaign.reason else "its campaign is over"


def _by_pause(question: ContactQuestion, inputs: dict[str, Any]) -> Decision | None:
    """Put off what is claimed of a campaign that may not call now; its lane is not looked at before it may again."""
    campaign = question.campaign
    if campaign is None or (campaign.state == "running" and not campaign.held):
        return None
    reason = "its text waits for an approval" if campaign.held else f"its campaign is {campaign.state}"
    return Decision(
        verdict=Verdict.DEFERRED,
        rule="campaign_paused",
        reason=f"deferred: {reason}",
        until=question.now,
        inputs=inputs,
    )


def _by_campaign(question: ContactQuestion, inputs: dict[str, Any]) -> Decision | None:
    """Keep the campaign's own windows, and the hours of the law that come with it."""
    if question.campaign is None:
        return None
    recipient = zones_of_recipient(
        contact_zone=question.contact_zone, number=question.number, organisation_zone=question.organisation_zone
    )
    key = lane_key(recipient.zones, country=question.country, extension=question.extension)
    hours = question.campaign.hours.of(key)
    inputs["zones"], inputs["zone_source"] = sorted(recipient.zones), recipient.source
    inputs["campaign_schedule"] = dict(question.campaign.hours.schedule)
    if all_open(question.now, hours):
        return None
    until = opening_of_all(question.now, hours)
    if until is None:
        return Decision(
            verdict=Verdict.SKIPPED,
            rule="campaign_hours",
            reason="skipped: the hours of its campaign do not come any more",
            inputs=inputs,
        )
    return Decision(
        verdict=Verdict.DEFERRED,
        rule="campaign_hours",
        reason=f"deferred: {_closed(question.now, hours)}",
        until=until,
        inputs=inputs,
    )


def _closed(now: datetime, hours: Sequence[Hours]) -> str:
    """Say where it is closed, as ``_by_hours`` does."""
    for schedule, zones in hours:
        for zone in sorted(zones):
            if not all_open(now, [(schedule, [zone])]):
                windows = ", ".join(window.describe() for window in schedule.windows)
                return f"{now.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M} in {zone}, campaign's hours {windows}"
    return "outside of the campaign's hours"


def _too_late(question: ContactQuestion, moment: datetime) -> str | None:
    last = question.not_after
    return None if last is None or moment <= last else f"it was to be made by {last.isoformat(timespec='seconds')}"


def _foreign(question: ContactQuestion) -> str | None:
    allowed = question.allowed_countries
    if question.extension or question.sandbox or allowed is None or question.country in allowed:
        return None
    return f"calls to {question.country or 'this country'} are not allowed (allowed: {', '.join(allowed) or 'none'})"


def _asks_for_consent(question: ContactQuestion) -> bool:
    """Return whether somebody can have agreed: emergencies, the lab and the organisation's telephones ask nobody."""
    return not (question.sandbox or question.extension) and question.purpose != "emergency"


def _withdrawn(question: ContactQuestion) -> str | None:
    if question.consent_state != "withdrawn" or not _asks_for_consent(question):
        return None
    return f"the consent to {question.purpose} contact was withdrawn ({question.consent_id})"


def _not_agreed(question: ContactQuestion) -> str | None:
    if question.purpose != "marketing" or not question.marketing_needs_consent or not _asks_for_consent(question):
        return None
    until = question.consent_expires_at
    if question.consent_state != "given":
        return "marketing needs a recorded consent, and there is none; record it at /api/v1/consents"
    if until is not None and until <= question.now:
        return f"the consent to marketing ended on {until:%Y-%m-%d} ({question.consent_id})"
    return None


def _by_frequency(question: ContactQuestion, inputs: dict[str, Any]) -> Decision | None:
    cap, oldest = question.calls_per_person, question.oldest_recent_call
    if question.sandbox or question.purpose not in _BOUND_BY_HOURS or cap is None or oldest is None:
        return None
    if question.recent_calls < cap:
        return None
    until = oldest + timedelta(hours=question.per_person_hours)
    return Decision(
        verdict=Verdict.DEFERRED,
        rule="calls_per_person",
        reason=f"deferred: {question.recent_calls} calls to this number within {question.per_person_hours} hours, "
        f"at most {cap} are allowed",
        until=until,
        inputs=inputs,
    )


def _invalid(question: ContactQuestion) -> str | None:
    if question.extension:
        return None if question.valid else "the organisation has no such extension any more"
    return None if question.valid or question.sandbox else "the numbering plan has no such number"


def _by_hours(question: ContactQuestion, inputs: dict[str, Any]) -> Decision | None:
    opens, closes = question.calling_from, question.calling_until
    if (
        question.extension
        or question.sandbox
        or question.purpose not in _BOUND_BY_HOURS
        or opens is None
        or closes is None
    ):
        return None
    window = Window(opens=opens, closes=closes)
    recipient = zones_of_recipient(
        contact_zone=question.contact_zone, number=question.number, organisation_zone=question.organisation_zone
    )
    zones = sorted(recipient.zones)
    inputs["zones"], inputs["zone_source"] = zones, recipient.source
    if is_open(question.now, window, zones):
        return None
    closed = next(zone for zone in zones if not is_open(question.now, window, [zone]))
    local = question.now.astimezone(ZoneInfo(closed))
    where = f"{local:%H:%M} in {closed}, window {window.describe()}"
    until = next_opening(question.now, window, zones)
    if until is None:
        return Decision(
            verdict=Verdict.SKIPPED,
            rule="calling_hours",
            reason=f"skipped: the number may be in {len(zones)} zones, which are never inside "
            f"{window.describe()} at the same time",
            inputs=inputs,
        )
    return Decision(
        verdict=Verdict.DEFERRED, rule="calling_hours", reason=f"deferred: {where}", until=until, inputs=inputs
    )


def _inputs(question: ContactQuestion) -> dict[str, Any]:
    return {
        "number": question.number,
        "purpose": question.purpose,
        "sandbox": question.sandbox,
        "organisation_zone": question.organisation_zone,
        "contact_zone": question.contact_zone,
        "window": [str(question.calling_from), str(question.calling_until)] if question.calling_from else None,
        "suppression": question.suppression,
        "cancelled": question.cancelled,
        "valid": question.valid,
        "forbidden": question.forbidden,
        "country": question.country,
        "recent_calls": question.recent_calls,
        "calls_per_person": question.calls_per_person,
        "do_not_call": question.do_not_call,
        "consent_id": question.consent_id,
        "consent": question.consent_state,
        "consent_expires_at": question.consent_expires_at.isoformat() if question.consent_expires_at else None,
        "marketing_needs_consent": question.marketing_needs_consent,
    }
