"""What a campaign's texts or emails would be: how many, in how many parts, how long they take, what they cost, say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from callwright.billing import holds
from callwright.campaigns.models import Campaign
from callwright.campaigns.writing import calls, content_of, mails
from callwright.errors import InvalidRequest
from callwright.mail.building import Template
from callwright.mail.content import read_content
from callwright.messages.emails import UNSUBSCRIBE_VARIABLE
from callwright.messages.texts import render
from callwright.rules import pricing
from callwright.rules.pricing import Channel
from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Row

SQL = statements(__package__, "preflight.sql")

#: People whose prices and parts stand for all.
_PRICED = 500
#: Where the link of the person comes.
_LINK = "https://…/unsubscribe/…"


@dataclass(frozen=True, kw_only=True)
class WritingEstimate:
    """What a campaign would write."""

    channel: Channel
    messages: int
    #: Of texts, all together.
    parts: int | None
    #: Messages a second that routes and the campaign's rate let go.
    per_second: float
    #: ``None``: nothing carries them.
    seconds: int | None
    #: ``None``: nothing is charged.
    cost: Decimal | None
    currency: str | None
    #: People, of those who were priced, for whom the price list has no rate.
    without_rate: int


@dataclass(frozen=True, kw_only=True)
class Written:
    """What one person would read."""

    text: str
    #: Of a text.
    parts: int | None = None
    #: Of an email.
    subject: str | None = None


def written_to(campaign: Campaign, variables: Mapping[str, str]) -> Written:
    """Return what a person with these variables would read; a text that cannot be sent has no parts."""
    template = campaign.call_template
    if mails(template):
        content = read_content(content_of(template["email"]))
        seen = Template(content).preview({UNSUBSCRIBE_VARIABLE: _LINK, **variables})
        return Written(text=seen["text"], subject=seen["subject"])
    said = template["sms"]
    try:
        cut = render(said["message"], variables, plain=bool(said.get("plain")))
    except InvalidRequest:
        return Written(text=said["message"])
    return Written(text=cut.text, parts=cut.parts)


async def writing_estimate(
    connection: Connection, database: Database, campaign: Campaign, *, contacted: int, left: int, metered: bool
) -> WritingEstimate:
    """Return what a campaign that writes would write to ``contacted`` of the ``left`` people who wait."""
    channel = Channel.EMAIL if mails(campaign.call_template) else Channel.SMS
    people = await connection.fetch(SQL["spread_people"], campaign.id, left // _PRICED, _PRICED)
    if calls(campaign.call_template) and mails(campaign.call_template) and "to" not in campaign.call_template["email"]:
        # beside calls only those have an address whose contact has one
        asked, people = len(people), [row for row in people if row["has_email"]]
        contacted = round(contacted * len(people) / asked) if asked else 0
    defaults = campaign.call_template.get("variables") or {}
    units = [1] * len(people)
    if channel == Channel.SMS:
        units = [written_to(campaign, {**defaults, **(row["variables"] or {})}).parts or 1 for row in people]
    mean = sum(units) / len(units) if units else 1.0
    per_second = await _rate(connection, campaign, channel) / mean
    if campaign.calls_per_second is not None:
        per_second = min(per_second, float(campaign.calls_per_second))
    cost, currency, without = None, None, 0
    if metered and people:
        cost, currency, without = await _cost(database, campaign, channel, people, units, contacted)
    return WritingEstimate(
        channel=channel,
        messages=contacted,
        parts=round(mean * contacted) if channel == Channel.SMS else None,
        per_second=round(per_second, 3),
        seconds=round(contacted / per_second) if per_second else None,
        cost=cost,
        currency=currency,
        without_rate=without,
    )


async def _rate(connection: Connection, campaign: Campaign, channel: Channel) -> float:
    found: float = await connection.fetchval(
        SQL["routes_rate"], campaign.organisation_id, campaign.sandbox, channel.value
    )
    return found


async def _cost(
    database: Database,
    campaign: Campaign,
    channel: Channel,
    people: Sequence[Row],
    units: Sequence[int],
    contacted: int,
) -> tuple[Decimal | None, str | None, int]:
    addresses = [row["to_number"] for row in people]
    quotes = await holds.quotes(database, campaign.organisation_id, channel, addresses)
    if not quotes:
        return None, None, 0
    costs = [
        pricing.cost_of_units(quote.rate, count)
        for quote, count in zip(quotes, units, strict=True)
        if quote.rate is not None
    ]
    amount: Any = pricing.rounded(sum(costs, Decimal(0)) / len(quotes) * contacted)
    return amount, quotes[0].currency, len(quotes) - len(costs)
