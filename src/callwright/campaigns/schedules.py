"""In which lane a recipient waits; the rules of schedules are ``rules.timetables``."""

from __future__ import annotations

from callwright.numbers.extensions import is_extension
from callwright.numbers.parsing import country_of
from callwright.rules.timetables import CampaignHours, LaneKey, lane_key, schedule_of
from callwright.rules.zones import RecipientZones, zones_of_recipient

__all__ = ["CampaignHours", "LaneKey", "lane_key", "place_of", "schedule_of"]


def place_of(number: str, *, contact_zone: str | None, organisation_zone: str) -> tuple[LaneKey, RecipientZones]:
    """Return the lane of a recipient and the zones behind it, with where they are known from.

    It depends on the person alone: a campaign's changed schedule moves nobody to another lane.
    """
    recipient = zones_of_recipient(contact_zone=contact_zone, number=number, organisation_zone=organisation_zone)
    # calling hours bind neither the organisation's own telephones nor emails, which ring nowhere
    extension = is_extension(number) or "@" in number
    country = None if extension else country_of(number)
    return lane_key(recipient.zones, country=country, extension=extension), recipient
