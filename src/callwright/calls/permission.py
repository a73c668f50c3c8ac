"""What allows an attempt to ring, and the question that is asked before it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from callwright.calls.models import Permission
from callwright.numbers.extensions import PREFIX, is_extension
from callwright.numbers.formats import is_dialable, written
from callwright.numbers.parsing import country_of, is_forbidden, is_valid
from callwright.rules.contactability import CampaignTerms, ContactQuestion
from callwright.rules.timetables import CampaignHours
from callwright.store.database import Row

#: A row, or what was made of several.
Columns = Row | dict[str, Any]


def question_of(row: Columns, now: datetime) -> ContactQuestion:
    """Return the question about a call.

    ``row`` has the call's, the organisation's and the trunk's columns, and ``username`` of an extension that is there.
    """
    extension = is_extension(row["to_number"])
    if extension:
        valid = row["username"] is not None
    else:
        # checked again where it is dialled: nothing but a number may ever leave, whatever got into the database
        valid = is_valid(row["to_number"]) and is_dialable(_on_trunk(row["to_number"], row))
    return ContactQuestion(
        number=row["to_number"],
        purpose=row["purpose"],
        sandbox=row["sandbox"],
        now=now,
        organisation_zone=row["time_zone"],
        contact_zone=row["contact_zone"],
        calling_from=row["calling_from"],
        calling_until=row["calling_until"],
        suppression=row["suppression"],
        cancelled=row["cancel_requested"],
        not_after=row["not_after"],
        valid=valid,
        extension=extension,
        forbidden=None if row["sandbox"] or extension else is_forbidden(row["to_number"]),
        country=None if extension else country_of(row["to_number"]),
        # a telephone of the organisation's own is in no country and has no person who could be called too often
        allowed_countries=None if extension else row["allowed_countries"],
        recent_calls=row["recent_calls"],
        oldest_recent_call=row["oldest_recent_call"],
        calls_per_person=None if extension else row["calls_per_person"],
        per_person_hours=row["per_person_hours"],
        do_not_call=row["do_not_call"],
        consent_id=row["consent_id"],
        consent_state=row["consent_state"],
        consent_expires_at=row["consent_expires_at"],
        marketing_needs_consent=row["marketing_needs_consent"],
        campaign=_terms_of(row),
    )


def _terms_of(row: Columns) -> CampaignTerms | None:
    """Return what the campaign of a lane's call says, or the call's own hours; ``None``: there is neither."""
    if row.get("campaign_state") is None:
        own = row.get("own_hours")
        return None if own is None else CampaignTerms(state="running", reason=None, held=False, hours=_hours(row, own))
    return CampaignTerms(
        state=row["campaign_state"],
        reason=row["campaign_reason"],
        held=row["campaign_held"],
        hours=_hours(
            row, row["campaign_schedule"], starts_at=row["campaign_starts_at"], ends_at=row["campaign_ends_at"]
        ),
    )


def _hours(
    row: Columns, schedule: Mapping[str, Any], *, starts_at: datetime | None = None, ends_at: datetime | None = None
) -> CampaignHours:
    return CampaignHours(
        schedule=schedule,
        starts_at=starts_at,
        ends_at=ends_at,
        purpose=row["purpose"],
        sandbox=row["sandbox"],
        organisation_zone=row["time_zone"],
        calling_from=row["calling_from"],
        calling_until=row["calling_until"],
    )


def permission_of(row: Columns, *, to_number: str, from_number: str, signs: bool = False) -> Permission:
    """Return how an attempt is dialled over the trunk of ``row``, or to the extension's telephone.

    With ``signs`` the engine can sign calls; whether the trunk does is in ``row``, and so is the number's attestation.
    """
    if is_extension(to_number):
        return Permission(
            trunk=row["username"],
            dial_string=to_number.removeprefix(PREFIX),
            caller_number=from_number,
            registered=True,
        )
    return Permission(
        trunk=row["trunk"],
        dial_string=_on_trunk(to_number, row),
        caller_number=_on_trunk(from_number, row),
        withheld=row["withheld"],
        attestation=row["attestation"] if signs and row["signs"] else None,
    )


def _on_trunk(number: str, row: Columns) -> str:
    return written(number, row["number_format"] or "e164", row["trunk_region"])
