"""What calls, RSVP calls and clicks to call have in common: an order of this dialect with a campaign behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from callwright.accounts import audit
from callwright.api.dialects.multisender.asking import DIALECT, Asked, number_of
from callwright.api.dialects.multisender.receivers import Receivers, values_for
from callwright.api.native.call_requests import audio_named
from callwright.api.native.campaign_reading import Ground, ReadCampaign, look_up, read_campaign, read_recipients
from callwright.api.native.campaign_requests import CampaignFields
from callwright.api.native.urls import UrlCheck
from callwright.api.native.validation import parsed
from callwright.audio.models import Audio
from callwright.campaigns.models import OVER, Campaign, NewRecipient
from callwright.errors import FieldError, InvalidRequest, NotFound
from callwright.events.addresses import parse_networks
from callwright.orders.models import NewOrder, Order

if TYPE_CHECKING:
    from callwright.store.database import Connection

_PAGE = 1000
#: What the dialect calls the native fields that it sets, by their beginnings.
_NAMES: Mapping[str, str] = {
    "schedule.ends_at": "endTime",
    "schedule.starts_at": "actionTime",
    "schedule.windows": "activeFrom",
    "schedule": "activeFrom",
    "goal": "acceptsWanted",
    "webhook_url": "receiverWebhookUrl",
    "campaign_webhook_url": "stateWebhookUrl",
    "flow": "operations",
    "metadata": "meta",
    "from": "sender",
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A campaign that was read, about to be written."""

    read: ReadCampaign
    ground: Ground
    #: Native fields by what this resource calls them.
    names: Mapping[str, str] = field(default_factory=dict)


async def plan(asked: Asked, wanted: Mapping[str, Any], names: Mapping[str, str] | None = None) -> Plan:
    """Return the campaign that native fields ask for. Raises ``InvalidRequest`` in the dialect's names."""
    names = {**_NAMES, **(names or {})}
    try:
        fields = parsed(CampaignFields, dict(wanted))
        ground = await look_up(asked.services, asked.who, None, audio_named(fields.flow))
        read = read_campaign(asked.services, asked.who, fields, ground)
    except InvalidRequest as error:
        raise renamed(error, names) from None
    # webhooks of the campaign and of its calls have this dialect's bodies
    template = {**read.new.call_template, "webhook_format": DIALECT}
    return Plan(read=replace(read, new=replace(read.new, call_template=template)), ground=ground, names=names)


async def recipients_of(
    connection: Connection, asked: Asked, receivers: Receivers, ground: Ground, needed: Sequence[str]
) -> list[NewRecipient]:
    """Return the people of a request as recipients. Raises ``InvalidRequest``."""
    variables = await values_for(connection, asked, receivers.people, needed)
    given = [
        {"to": person.address, "contact_id": person.contact_id, "variables": own}
        for person, own in zip(receivers.people, variables, strict=True)
    ]
    found = await read_recipients(asked.services, asked.who, given, ground=ground, needed=needed, connection=connection)
    if found.errors:
        raise InvalidRequest(
            [
                FieldError(
                    field="receivers", message=f"{given_of(given, each)}: {each.message}", received=each.received
                )
                for each in found.errors
            ]
        )
    return found.good


async def write(
    connection: Connection,
    asked: Asked,
    planned: Plan,
    receivers: Receivers,
    *,
    kind: str,
    kept: Mapping[str, Any],
    ignored: Sequence[str],
    name: str,
) -> tuple[Order, Campaign]:
    """Write a campaign that has begun and its order, in the caller's transaction. Raises ``InvalidRequest``."""
    desk, who = asked.services.campaigns, asked.who
    people = await recipients_of(connection, asked, receivers, planned.ground, planned.read.needed)
    try:
        campaign = await desk.registry.create(
            connection,
            who,
            replace(planned.read.new, name=name),
            recipients=people,
            source={"kind": "list", "given": len(people)},
        )
        await desk.states.check_opens(connection, campaign, who.organisation)
        campaign = await desk.states.start(connection, campaign, goal_within_list=False)
    except InvalidRequest as error:
        raise renamed(error, planned.names) from None
    await audit.record(connection, who, "campaign.created", campaign.id, None, {"name": campaign.name})
    order = await asked.services.orders.create(
        who,
        NewOrder(
            dialect=DIALECT,
            kind=kind,
            name=name,
            asked={**kept, "receivers": receivers.listed},
            ignored_fields=ignored,
            campaign_id=campaign.id,
        ),
        [],
        connection=connection,
    )
    return order, campaign


async def find(asked: Asked, kind: str, number: Any) -> tuple[Order, Campaign]:
    """Return an order of a kind and its campaign. Raises ``NotFound``."""
    found = await asked.services.orders.find(asked.who, dialect=DIALECT, kind=kind, numbers=[number_of(number)])
    if not found or found[0].campaign_id is None:
        raise NotFound(f"there is no such id here: {str(number)[:30]!r}")
    return found[0], await asked.services.campaigns.registry.get(asked.who, found[0].campaign_id)


async def find_all(asked: Asked, kind: str) -> list[tuple[Order, Campaign]]:
    """Return all orders of a kind with their campaigns, newest first."""
    orders: list[Order] = []
    before: int | None = None
    while page := await asked.services.orders.find(asked.who, dialect=DIALECT, kind=kind, before=before, limit=_PAGE):
        orders += page
        before = page[-1].number
    campaigns = await asked.services.campaigns.registry.among(
        asked.who, [order.campaign_id for order in orders if order.campaign_id is not None]
    )
    return [(order, campaigns[order.campaign_id or ""]) for order in orders if order.campaign_id in campaigns]


async def remove(asked: Asked, order: Order, campaign: Campaign) -> None:
    """End what an order began, unless it has ended, and let the order be gone."""
    desk = asked.services.campaigns
    async with asked.services.orders.transaction() as connection:
        held = await desk.registry.lock(connection, asked.who, campaign.id)
        if held.state not in OVER:
            await desk.states.cancel(connection, held, reason="deleted by the program that made it")
            await audit.record(connection, asked.who, "campaign.cancelled", held.id)
        await asked.services.orders.delete(asked.who, order.id, connection=connection)
    desk.registry.wake()


def url_check(asked: Asked) -> UrlCheck:
    """Return what says whether webhooks can go to an address."""
    return UrlCheck(parse_networks(asked.services.settings.webhook_allow_networks))


async def files_of(asked: Asked, numbers: set[int]) -> Mapping[int, Audio]:
    """Return those voice files that the caller can see, by number."""
    return await asked.services.audio.items.by_number(asked.who, numbers)


async def estimate(connection: Connection, asked: Asked, campaign: Campaign, seconds: float) -> float:
    """Return ``priceEstimateInCents``: what it costs when everybody answers and hears all of it."""
    if campaign.sandbox or asked.who.organisation.rate_plan_id is None:
        return 0.0
    cost = await asked.services.campaigns.preflight.cost(connection, campaign, seconds)
    return 0.0 if cost is None else float(cost.amount * 100)


def renamed(error: InvalidRequest, names: Mapping[str, str]) -> InvalidRequest:
    """Return an error in which native fields have the dialect's names."""
    return type(error)([replace(each, field=_name(each.field, names)) for each in error.errors])


def given_of(given: Sequence[Mapping[str, Any]], error: FieldError) -> str:
    """Return whom an error of ``recipients[3].to`` is about."""
    index = error.field.partition("[")[2].partition("]")[0]
    return str(given[int(index)]["to"]) if index.isdigit() and int(index) < len(given) else error.field


def _name(native: str, names: Mapping[str, str]) -> str:
    for beginning in sorted(names, key=len, reverse=True):
        if native == beginning or native.startswith((f"{beginning}.", f"{beginning}[")):
            return names[beginning]
    return native
