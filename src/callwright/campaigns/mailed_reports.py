"""The report of a campaign, mailed when it is over to those who asked for it: figures, and the results as CSV."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from callwright.accounts.models import Principal
from callwright.campaigns.models import Campaign, campaign_of
from callwright.campaigns.results import CampaignResults
from callwright.campaigns.statistics import CampaignStatistics, Counts
from callwright.errors import FieldError, InvalidRequest
from callwright.numbers.addresses import read_email
from callwright.store.database import Connection, Database
from callwright.store.statements import statements

log = logging.getLogger(__name__)

SQL = statements(__package__, "mailed_reports.sql")

MAX_ADDRESSES = 10
#: Bytes of results that are attached; larger ones are downloaded.
MAX_ATTACHED = 2_000_000

#: Sends a mail of the appliance's own in the caller's transaction: address, subject, text, file's name, its bytes.
Bring = Callable[[Connection, str, str, str, str | None, bytes], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class ReportAddress:
    """Somebody who gets a campaign's report."""

    address: str
    #: ``None``: the campaign is not over yet.
    sent_at: datetime | None


class MailedReports:
    """Keeps who gets reports, and sends them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._results = CampaignResults(database)
        self._statistics = CampaignStatistics(database)

    async def of(self, organisation_id: str, campaign_id: str) -> list[ReportAddress]:
        """Return who gets the report of a campaign."""
        rows = await self._database.fetch(SQL["addresses_of"], organisation_id, campaign_id)
        return [ReportAddress(address=row["address"], sent_at=row["sent_at"]) for row in rows]

    async def set(self, who: Principal, campaign: Campaign, addresses: Sequence[str], *, field: str = "emails") -> None:
        """Say who gets the report; who has it already keeps it. Raises ``InvalidRequest`` naming ``field``."""
        if len(addresses) > MAX_ADDRESSES:
            raise InvalidRequest([FieldError(field=field, message=f"must have at most {MAX_ADDRESSES} addresses")])
        read = [read_email(address, field=f"{field}[{index}]") for index, address in enumerate(addresses)]
        async with self._database.transaction() as connection:
            await add_addresses(connection, who.organisation.id, campaign.id, read, only_these=True)

    async def look(self, bring: Bring) -> int:
        """Send the reports of campaigns that are over; returns how many campaigns there were. Call it by the clock."""
        done = 0
        while True:
            async with self._database.transaction() as connection:
                row = await connection.fetchrow(SQL["due_report"])
                if row is None:
                    return done
                campaign = campaign_of(row)
                addresses = [each["address"] for each in await connection.fetch(SQL["mark_sent"], campaign.id)]
                # a sandbox reaches nobody, and its report neither
                if not campaign.sandbox:
                    await self._send(connection, campaign, addresses, bring)
            done += 1

    async def _send(self, connection: Connection, campaign: Campaign, addresses: Sequence[str], bring: Bring) -> None:
        counts = (await self._statistics.of([campaign], connection=connection))[campaign.id]
        octets = await self._csv(campaign)
        name = campaign.name or campaign.id
        text = report_text(campaign, counts, attached=octets is not None)
        for address in addresses:
            file = None if octets is None else f"{campaign.id}.csv"
            await bring(connection, address, f"{name}: {campaign.state}", text, file, octets or b"")
        log.info("the report of campaign %s goes to %d addresses", campaign.id, len(addresses))

    async def _csv(self, campaign: Campaign) -> bytes | None:
        """Return the results; ``None``: they are too large for a mail."""
        pieces: list[bytes] = []
        size = 0
        async for piece in self._results.csv(campaign):
            pieces.append(piece)
            size += len(piece)
            if size > MAX_ATTACHED:
                return None
        return b"".join(pieces)


async def add_addresses(
    connection: Connection,
    organisation_id: str,
    campaign_id: str,
    addresses: Sequence[str],
    *,
    only_these: bool = False,
) -> None:
    """Let addresses (in small letters) have a campaign's report, in the caller's transaction."""
    if only_these:
        await connection.execute(SQL["drop_addresses"], organisation_id, campaign_id, list(addresses))
    await connection.execute(SQL["add_addresses"], organisation_id, campaign_id, list(dict.fromkeys(addresses)))


def report_text(campaign: Campaign, counts: Counts, *, attached: bool) -> str:
    """Return what a report says."""
    lines = [f"The campaign {campaign.name or campaign.id} ({campaign.id}) is {campaign.state}."]
    if campaign.state_reason:
        lines.append(f"{campaign.state_reason[0].upper()}{campaign.state_reason[1:]}.")
    lines += ["", f"People: {counts.total}", f"Done: {counts.done}"]
    lines += [f"  {outcome.replace('_', ' ')}: {number}" for outcome, number in sorted(counts.outcomes.items())]
    for step, answers in counts.answers.items():
        lines += ["", f"Answers at {step}:", *(f"  {answer}: {number}" for answer, number in sorted(answers.items()))]
    minutes = counts.seconds / 60
    lines += ["", f"Minutes: {minutes:.1f}"]
    if counts.cost is not None:
        lines.append(f"Cost: {counts.cost.normalize():f}")
    where = "The results are attached." if attached else "The results are too large for a mail: download them."
    return "\n".join([*lines, "", where, ""])
