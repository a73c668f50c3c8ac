"""What calls, RSVP calls and clicks to call have in common: an order of this dialect with a campaign behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from callwright.accounts import audit
from callwright.api.dialects.multisender.asking import DIALECT, Asked, number_of
from callwright.api.dialects.multisender.fields import Reader
from callwright.api.dialects.multisender.receivers import Reached, Receivers, add_unknown, resolve, values_for
from callwright.api.native.call_requests import audio_named
from callwright.api.native.campaign_reading import Ground, ReadCampaign, look_up, read_campaign, read_recipients
from callwright.api.native.campaign_requests import CampaignFields
from callwright.api.native.rates import quoted
from callwright.api.native.urls import UrlCheck
from callwright.api.native.validation import parsed
from callwright.audio.models import Audio
from callwright.campaigns.models import OVER, Campaign, NewCampaign, NewRecipient
from callwright.campaigns.replies import Reply
from callwright.errors import FieldError, InvalidRequest, NotFound
from callwright.events.addresses import parse_networks
from callwright.ids import new_id
from callwright.orders.models import NewOrder, Order
from callwright.rules.pricing import Channel, Rate

if TYPE_CHECKING:
    from callwright.store.database import Connection

_PAGE = 1000
#: Numbers whose prices stand for all.
_PRICED = 500
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
        ground = await look_up(asked.services, asked.who, None, audio_named(fields.flow), wanted=fields)
        read = read_campaign(asked.services, asked.who, fields, ground)
    except InvalidRequest as error:
        raise renamed(error, names) from None
    # webhooks of the campaign and of its calls have this dialect's bodies
    template = {**read.new.call_template, "webhook_format": DIALECT}
    return Plan(read=replace(read, new=replace(read.new, call_template=template)), ground=ground, names=names)


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Whom a campaign is for, with what is said to each."""

    receivers: Receivers
    values: Sequence[Mapping[str, str]]


async def audience_of(asked: Asked, given: Any, needed: Sequence[str], *, lenient: bool = False) -> Audience:
    """Return whom a request names. Raises ``InvalidRequest``."""
    receivers = await resolve(asked, given, lenient=lenient)
    return Audience(receivers=receivers, values=await values_for(asked, receivers.people, needed))


async def recipients_of(
    connection: Connection, asked: Asked, audience: Audience, ground: Ground, needed: Sequence[str]
) -> tuple[Receivers, list[NewRecipient]]:
    """Return the people of a request as recipients; who is not known is added. Raises ``InvalidRequest``."""
    receivers = await add_unknown(connection, asked, audience.receivers)
    given = [
        {"to": person.address, "contact_id": person.contact_id, "variables": {**_ids(person), **values}}
        for person, values in zip(receivers.people, audience.values, strict=True)
    ]
    found = await read_recipients(asked.services, asked.who, given, ground=ground, needed=needed, connection=connection)
    if found.errors:
        raise InvalidRequest(
            [
                FieldError(
                    field="receivers", message=f"{_given_of(given, each)}: {each.message}", received=each.received
                )
                for each in found.errors
            ]
        )
    return receivers, found.good


async def create(
    asked: Asked,
    reader: Reader,
    planned: Plan,
    audience: Audience,
    *,
    kind: str,
    kept: Mapping[str, Any],
    name: str,
    halted: bool = False,
) -> tuple[Order, Campaign]:
    """Create a campaign that has begun, or waits, and its order. Raises ``InvalidRequest``."""
    desk = asked.services.campaigns
    async with asked.services.orders.transaction() as connection:
        order, campaign = await _write(
            connection, asked, planned, audience, kind=kind, kept=kept, ignored=reader.ignored(), name=name
        )
        if halted:
            held = await desk.registry.lock(connection, asked.who, campaign.id)
            campaign = await desk.states.pause(connection, held)
    desk.registry.wake()
    return order, campaign


async def _write(
    connection: Connection,
    asked: Asked,
    planned: Plan,
    audience: Audience,
    *,
    kind: str,
    kept: Mapping[str, Any],
    ignored: Sequence[str],
    name: str,
) -> tuple[Order, Campaign]:
    """Write a campaign that has begun and its order, in the caller's transaction. Raises ``InvalidRequest``."""
    desk, who = asked.services.campaigns, asked.who
    receivers, people = await recipients_of(connection, asked, audience, planned.ground, planned.read.needed)
    order_id = new_id("ord")
    template = dict(planned.read.new.call_template)
    if ignored:
        template["ordered"] = {"order_id": order_id, "dialect": DIALECT, "ignored_fields": list(ignored)}
    try:
        campaign = await desk.registry.create(
            connection,
            who,
            replace(planned.read.new, name=name, call_template=template),
            recipients=people,
            source={"kind": "list", "given": len(people)},
        )
        await desk.states.check_opens(connection, campaign, who.organisation, first=people)
        campaign = await desk.states.start(connection, campaign, goal_within_list=False, first=people)
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
            id=order_id,
        ),
        [],
        connection=connection,
    )
    return order, campaign


def changed(new: NewCampaign, before: Campaign) -> NewCampaign:
    """Return what a campaign is changed to, with what a change leaves as it is."""
    kept = {"ordered": before.call_template.get("ordered")}
    return replace(new, name=before.name, call_template={**new.call_template, **kept})


async def find(asked: Asked, kind: str, number: Any) -> tuple[Order, Campaign]:
    """Return an order of a kind and its campaign. Raises ``NotFound``."""
    found = await asked.services.orders.find(asked.who, dialect=DIALECT, kind=kind, numbers=[number_of(number)])
    if not found or found[0].campaign_id is None:
        raise NotFound(f"there is no such id here: {str(number)[:30]!r}")
    return found[0], await asked.services.campaigns.registry.get(asked.who, found[0].campaign_id)


async def replies_of(asked: Asked, campaigns: Sequence[Campaign]) -> dict[str, list[Reply]]:
    """Return what became of everybody on the lists, by the campaign's id; one without anybody is not in it."""
    found: dict[str, list[Reply]] = {}
    ids = [campaign.id for campaign in campaigns]
    for reply in await asked.services.campaigns.replies.of(asked.who.organisation.id, ids):
        found.setdefault(reply.campaign_id, []).append(reply)
    return found


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


async def estimate(asked: Asked, receivers: Receivers, channel: Channel, cost: Callable[[Rate], Decimal]) -> float:
    """Return ``priceEstimateInCents`` when everybody is reached: what some of them cost stands for all."""
    addresses = [person.address for person in receivers.people]
    step = max(1, len(addresses) // _PRICED)
    priced = addresses[::step][:_PRICED]
    quotes = await quoted(asked.who, asked.services, channel, priced)
    costs = [cost(quote.rate) for quote in quotes if quote.rate is not None]
    if not costs:
        return 0.0
    return float(sum(costs, Decimal(0)) / len(quotes) * len(addresses) * 100)


def renamed(error: InvalidRequest, names: Mapping[str, str]) -> InvalidRequest:
    """Return an error in which native fields have the dialect's names."""
    return type(error)([replace(each, field=_name(each.field, names)) for each in error.errors])


def _ids(person: Reached) -> dict[str, str]:
    """Return what a recipient is known by here: the same people are shown with it again."""
    group = {} if person.group is None else {"groupId": str(person.group)}
    return {"accountId": str(person.number), **group}


def _given_of(given: Sequence[Mapping[str, Any]], error: FieldError) -> str:
    """Return whom an error of ``recipients[3].to`` is about."""
    index = error.field.partition("[")[2].partition("]")[0]
    return str(given[int(index)]["to"]) if index.isdigit() and int(index) < len(given) else error.field


def _name(native: str, names: Mapping[str, str]) -> str:
    for beginning in sorted(names, key=len, reverse=True):
        if native == beginning or native.startswith((f"{beginning}.", f"{beginning}[")):
            return names[beginning]
    return native
