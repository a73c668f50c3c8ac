"""Hours in which a country's law lets people be called to sell them something.

Only rules whose text was read are here, each with where and when. They are a start, not legal advice: a state, a
province or a trade may have narrower hours, and laws change after ``read_on``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time

from callwright.rules.schedules import Schedule
from callwright.rules.windows import Window

_MONDAY_TO_FRIDAY = frozenset(range(1, 6))


@dataclass(frozen=True, kw_only=True)
class HoursPreset:
    """Legal calling hours of one country, by the callee's clock."""

    #: ISO 3166.
    country: str
    #: The purpose of calls that they bind.
    purpose: str
    windows: tuple[Window, ...]
    #: Whether public holidays are closed, too. Their dates are the user's: no calendar is packaged.
    closed_on_holidays: bool
    citation: str
    #: Where the text can be read.
    url: str
    #: The words that set the hours, as they were read.
    text: str
    read_on: date
    #: What the hours do not bind, or what else the rule asks for.
    note: str

    def schedule(self, holidays: Collection[date] = ()) -> Schedule:
        """Return the hours as a schedule. Holidays count only where the law closes them."""
        return Schedule(windows=self.windows, holidays=frozenset(holidays) if self.closed_on_holidays else frozenset())


PRESETS = (
    HoursPreset(
        country="US",
        purpose="marketing",
        windows=(Window(opens=time(8), closes=time(21)),),
        closed_on_holidays=False,
        citation="47 CFR 64.1200(c)(1)",
        url="https://www.ecfr.gov/current/title-47/section-64.1200",
        text="before the hour of 8 a.m. or after 9 p.m. (local time at the called party's location)",
        read_on=date(2026, 11, 21),
        note="Binds telephone solicitations to residential subscribers. Several states have narrower hours.",
    ),
    HoursPreset(
        country="FR",
        purpose="marketing",
        windows=(
            Window(opens=time(10), closes=time(13), weekdays=_MONDAY_TO_FRIDAY),
            Window(opens=time(14), closes=time(20), weekdays=_MONDAY_TO_FRIDAY),
        ),
        closed_on_holidays=True,
        citation="Code de la consommation, art. D. 223-9 (décret n° 2022-1313)",
        url="https://www.legifrance.gouv.fr/jorf/id/JORFTEXT000046421823",
        text="n'est autorisée d'une part que du lundi au vendredi, sauf lorsque ces jours sont fériés en application "
        "de l'article L. 3133-1 du code du travail, et d'autre part seulement de 10 heures à 13 heures et de 14 heures "
        "à 20 heures, ces heures correspondant à celles du fuseau horaire du consommateur",
        read_on=date(2026, 11, 21),
        note="The decree as published in 2022; later changes were not read. At most four calls to one consumer in 30 "
        "days, none for 60 days after a refusal; with provable prior consent the hours do not bind.",
    ),
)


def preset_of(country: str) -> HoursPreset | None:
    """Return the preset of an ISO 3166 country; ``None``: its rule was not read, which does not mean it has none."""
    return next((preset for preset in PRESETS if preset.country == country), None)
