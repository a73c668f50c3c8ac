"""Who a campaign is for, when it is not a list of numbers: contacts by group, saved filter, filter, or id."""

from __future__ import annotations

from callwright.accounts.models import Principal
from callwright.api.native.campaign_requests import CampaignRequest
from callwright.api.native.services import Services
from callwright.campaigns.audiences import Source
from callwright.contacts.audience import Audience
from callwright.contacts.filters.text import render
from callwright.contacts.service import read_expression
from callwright.errors import FieldError, InvalidRequest, NotFound

#: The fields of which a request gives one.
SOURCES = ("recipients", "group", "segment", "filter", "contact_ids")


def field_given(wanted: CampaignRequest) -> str | None:
    """Return the field that says who is called; raises ``InvalidRequest`` for two, and for none of one that starts."""
    given = [name for name in SOURCES if getattr(wanted, name) is not None]
    if len(given) > 1:
        raise _wrong(given[1], f"give either {given[0]} or {given[1]}, not both")
    if not given and wanted.start and not wanted.dry_run:
        raise _wrong("recipients", "is required (or group, segment, filter, contact_ids; or start: false, for a draft)")
    return given[0] if given else None


async def read_source(services: Services, caller: Principal, wanted: CampaignRequest) -> Source | None:
    """Return the audience that a request names; ``None`` when it names none. Raises ``InvalidRequest``."""
    contacts = services.contacts
    if wanted.group is not None:
        try:
            group = await contacts.groups.get(caller, wanted.group)
        except NotFound as error:
            raise _wrong("group", str(error)) from None
        shown = {"group_id": group.id, "name": group.name}
        return Source(audience=Audience(group_id=group.id), kind="group", shown=shown, fence=caller.fence)
    if wanted.segment is not None:
        try:
            segment = await contacts.segments.get(caller, wanted.segment)
        except NotFound as error:
            raise _wrong("segment", str(error)) from None
        shown = {"segment_id": segment.id, "name": segment.name, "filter": render(segment.expression)}
        audience = Audience(expression=segment.expression)
        return Source(audience=audience, kind="segment", shown=shown, fence=caller.fence)
    if wanted.filter is not None:
        own = {field.name: field.type for field in await contacts.people.definitions(caller.organisation.id)}
        expression = read_expression(wanted.filter, own, field="filter")
        shown = {"filter": render(expression)}
        return Source(audience=Audience(expression=expression), kind="filter", shown=shown, fence=caller.fence)
    if wanted.contact_ids is not None:
        known = await services.campaigns.registry.zones_of_contacts(caller, wanted.contact_ids)
        errors = [
            FieldError(
                field=f"contact_ids[{index}]", message="is not a contact of this organisation", received=contact_id[:60]
            )
            for index, contact_id in enumerate(wanted.contact_ids)
            if contact_id not in known
        ]
        if errors:
            raise InvalidRequest(errors)
        audience = Audience(contact_ids=tuple(dict.fromkeys(wanted.contact_ids)))
        return Source(audience=audience, kind="contacts", shown={}, fence=caller.fence)
    return None


def _wrong(field: str, message: str) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message)])
