"""Time zones of the postcodes and cities of the United States, out of a package and into the table ``places``.

Elsewhere a postcode or a city tells nothing: no small data set of them is packaged. There the number's region counts.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Container, Iterator
from importlib import import_module

from callwright.rules.zones import zone_names
from callwright.store.database import Database
from callwright.store.statements import statements

log = logging.getLogger(__name__)

SQL = statements(__package__, "places.sql")


async def know_places(database: Database, told: Container[str]) -> None:
    """Fill the table before the first address is written; ``told`` are the columns of a contact that have a value.

    An appliance whose contacts have no addresses never loads the package.
    """
    if ("postcode" not in told and "city" not in told) or not await database.fetchval(SQL["places_are_missing"]):
        return
    places = await asyncio.to_thread(lambda: sorted(zones_of_places().items()))
    async with database.transaction() as connection:
        # another process may begin at the same moment
        await connection.execute(SQL["lock_places"])
        if await connection.fetchval(SQL["places_are_missing"]):
            await connection.copy_records_to_table("places", records=places, columns=("place", "zones"))
            log.info("the zones of %d postcodes and cities are known", len(places))


def zones_of_places() -> dict[str, str]:
    """Return the zones, IANA names separated by blanks, of ``US 85001``, ``US AZ phoenix``, ``US phoenix``."""
    known, found = zone_names(), defaultdict[str, set[str]](set)
    # loaded where it is needed, once in an appliance's life: it is 43,000 entries
    for entry in import_module("zipcodes").list_all():
        zone = entry["timezone"]
        # some postcodes of the armed forces and of far villages have none, or none that exists
        if zone in known:
            for name in _names(entry):
                found[name].add(zone)
    return {name: " ".join(sorted(zones)) for name, zones in found.items()}


def _names(entry: dict[str, object]) -> Iterator[str]:
    yield f"US {entry['zip_code']}"
    cities = entry["acceptable_cities"]
    for city in (entry["city"], *(cities if isinstance(cities, list) else ())):
        name = str(city).strip().lower()
        yield f"US {entry['state']} {name}"
        yield f"US {name}"
