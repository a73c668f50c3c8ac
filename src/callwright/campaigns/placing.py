"""What a number tells before it is called: the lane of its hours, whether a numbering plan has it, whether we may.

An address of email tells nothing of a place, and no calling hours bind it: the campaign's own windows do.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from callwright.campaigns.schedules import place_of
from callwright.numbers.extensions import is_extension
from callwright.numbers.parsing import country_of, is_forbidden, is_valid

#: Of a North American number everything but the last four digits tells what it is: area code and exchange.
_NORTH_AMERICAN = re.compile(r"\+1[2-9][0-9]{9}")
_EXCHANGE = 8
#: Exchanges that are kept: all that there are.
_MOST_KEPT = 700_000


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of a number."""

    #: ``rules.timetables.LaneKey`` as text.
    lane: str
    zone_source: str
    #: Whether the numbering plan assigns it.
    valid: bool
    #: Why it is never called; ``None``: it may be.
    fault: str | None


class Placer:
    """Looks numbers up for one campaign; what equal exchanges have in common is looked up once."""

    def __init__(
        self, *, organisation_zone: str, allowed_countries: Collection[str] | None, sandbox: bool = False
    ) -> None:
        self._organisation_zone = organisation_zone
        self._allowed = allowed_countries
        self._sandbox = sandbox
        self._known: dict[str, Place] = {}

    def place(self, number: str, *, contact_zone: str | None = None) -> Place:
        """Return what is known of a number in E.164, an extension or an address; ``contact_zone`` is the person's."""
        if contact_zone is not None or not _NORTH_AMERICAN.fullmatch(number):
            return self._place(number, contact_zone)
        exchange = number[:_EXCHANGE]
        known = self._known.get(exchange)
        if known is None:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            known = self._known[exchange] = self._place(number, None)
        return known

    def _place(self, number: str, contact_zone: str | None) -> Place:
        key, recipient = place_of(number, contact_zone=contact_zone, organisation_zone=self._organisation_zone)
        anything = self._sandbox or is_extension(number) or is_address(number)
        return Place(
            lane=str(key),
            zone_source=recipient.source,
            valid=anything or is_valid(number),
            fault=None if anything else is_forbidden(number) or foreign(number, self._allowed),
        )


def is_address(value: str) -> bool:
    """Return whether a recipient is an address of email, and not a number."""
    return "@" in value


def foreign(number: str, allowed: Collection[str] | None) -> str | None:
    """Return why an organisation with these countries does not call ``number``; ``None``: it may. All are: ``None``."""
    if allowed is None or (country := country_of(number)) in allowed:
        return None
    where = "numbers of this country" if country is None else f"numbers of {country}"
    return f"{where} are not called: allowed_countries of /api/v1/limits names {', '.join(allowed) or 'none'}"
