"""The question that is asked before a message is sent: the same as before a call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from callwright.numbers.parsing import country_of, is_forbidden, is_valid
from callwright.rules.contactability import CampaignTerms, ContactQuestion
from callwright.rules.timetables import CampaignHours

#: ``messages.automatic``: answers to what a person has just written …
_WISHED = frozenset({"stop", "start", "help"})
#: … and those that somebody waits for, but who may have stopped.
_SOLICITED = _WISHED | {"keyword", "code"}


def question_of(row: Mapping[str, Any], now: datetime) -> ContactQuestion:
    """Return the question about a message; ``row`` is one of ``pick_messages``.

    Calling hours bind texts as they bind calls, by purpose: a telephone rings at night for both. An email wakes nobody
    and is in no country. The cap on calls to one person counts calls only.

    What answers a text by itself goes at once, for its person has just written, and so does a code, for somebody waits
    for it. The answers to STOP, START and HELP go to those who have stopped, too.
    """
    text = row["channel"] == "sms"
    live = text and not row["sandbox"]
    solicited, wished = row["automatic"] in _SOLICITED, row["automatic"] in _WISHED
    return ContactQuestion(
        number=row["to_address"],
        purpose=row["purpose"],
        sandbox=row["sandbox"],
        now=now,
        organisation_zone=row["time_zone"],
        contact_zone=row["contact_zone"],
        calling_from=row["calling_from"] if text and not solicited else None,
        calling_until=row["calling_until"] if text and not solicited else None,
        suppression=None if wished else row["suppression"],
        not_after=row["not_after"],
        valid=is_valid(row["to_address"]) if live else True,
        forbidden=is_forbidden(row["to_address"]) if live else None,
        country=country_of(row["to_address"]) if live else None,
        allowed_countries=row["allowed_countries"] if live else None,
        do_not_call=None if wished else row["do_not_call"],
        consent_id=row["consent_id"],
        consent_state=None if wished else row["consent_state"],
        consent_expires_at=row["consent_expires_at"],
        marketing_needs_consent=row["marketing_needs_consent"],
        campaign=_terms_of(row, calling_hours=text),
    )


def _terms_of(row: Mapping[str, Any], *, calling_hours: bool) -> CampaignTerms | None:
    """Return what the campaign of a list's message says; ``None``: it is of no list."""
    if row["campaign_state"] is None:
        return None
    return CampaignTerms(
        state=row["campaign_state"],
        reason=row["campaign_reason"],
        held=row["campaign_held"],
        hours=CampaignHours(
            schedule=row["campaign_schedule"],
            starts_at=row["campaign_starts_at"],
            ends_at=row["campaign_ends_at"],
            purpose=row["purpose"],
            sandbox=row["sandbox"],
            organisation_zone=row["time_zone"],
            calling_from=row["calling_from"] if calling_hours else None,
            calling_until=row["calling_until"] if calling_hours else None,
        ),
    )
