"""Which placeholders of a campaign its recipients must fill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from callwright.campaigns.models import Campaign
from callwright.campaigns.writing import names_in_texts
from callwright.flows.language import parse_flow
from callwright.flows.templates import missing_variables
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Database

SQL = statements(__package__, "placeholders.sql")


def names_needed(flow: Mapping[str, Any], defaults: Mapping[str, str]) -> list[str]:
    """Return the names, as written, of placeholders of a stored flow without a value for everybody."""
    found = missing_variables(parse_flow(dict(flow)), defaults)
    return list({name.casefold(): name for _, name in found}.values())


async def needed_by(connection: Connection | Database, campaign: Campaign) -> list[str]:
    """Return the names of placeholders that each recipient of a campaign must fill."""
    flow = await connection.fetchval(SQL["flow_of"], campaign.organisation_id, campaign.flow_id)
    template = campaign.call_template
    defaults = template.get("variables") or {}
    names = [*names_needed(flow, defaults), *names_in_texts(template, defaults)]
    return list({name.casefold(): name for name in names}.values())


async def never_filled(connection: Connection | Database, campaign: Campaign, names: Sequence[str]) -> list[str]:
    """Return those of ``names`` that no recipient has a value for; none when there are no recipients yet."""
    if not names or not await connection.fetchval(SQL["somebody"], campaign.id):
        return []
    return [name for name in names if not await connection.fetchval(SQL["somebody_fills"], campaign.id, name)]
