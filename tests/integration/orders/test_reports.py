"""Reports of orders: sent once, when everything is over, to whom they were asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from callwright.accounts.models import Principal
from callwright.api.native.call_placing import read_placement
from callwright.calls.settlement import finish_call
from callwright.messages.routes import NewRoute
from callwright.orders.models import NewItem, NewOrder, Order
from callwright.orders.reports import OrderReports, ask_report
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from support.api import ApiUnderTest, serve_api
from support.people import make_user

pytestmark = pytest.mark.postgres


@pytest.fixture
async def api(database: Database) -> AsyncIterator[ApiUnderTest]:
    async with serve_api(database) as served:
        await served.services.messages.routes.add(
            served.organisation.id, NewRoute(channel="sms", kind="smpp", name="route")
        )
        yield served


@dataclass
class Mails:
    """Keeps what it is to bring."""

    delivers: bool = True
    brought: list[tuple[str, str, str, str]] = field(default_factory=list)

    async def bring_report(self, connection: Any, to: str, subject: str, text: str, table: bytes) -> None:
        self.brought.append((to, subject, text, table.decode()))


def reports(api: ApiUnderTest, mails: Mails) -> OrderReports:
    return OrderReports(api.database, mail=mails, messages=api.services.messages.service)


async def order(api: ApiUnderTest, *, sandbox: bool = False, **asked: Any) -> Order:
    """Write an order of two calls and a number that cannot be called, with a report."""
    who = Principal(organisation=api.organisation, key_id=None, sandbox=sandbox, purpose="transactional")
    placement = await read_placement(
        api.services, who, {"to": ["+12125550177", "+12125550178"], "message": "Hello", "campaign_name": "Snow"}
    )
    async with api.services.orders.transaction() as connection:
        calls = await placement.create(connection)
        items = [NewItem(call_id=call.id, to_number=call.to_number, detail={"name": "=Tom"}) for call in calls]
        items.append(NewItem(to_number="12", refused="'12' is not a possible telephone number"))
        made = await api.services.orders.create(
            who, NewOrder(dialect="robotalker", name="Snow"), items, connection=connection
        )
        await ask_report(connection, made, **{"emails": [], "numbers": [], **asked})
    return made


async def end(api: ApiUnderTest, made: Order, *outcomes: Outcome) -> None:
    parts = await api.services.orders.parts(made.organisation_id, [made.id])
    for part, outcome in zip(parts, outcomes, strict=False):
        assert part.call is not None
        async with api.database.transaction() as connection:
            await finish_call(connection, part.call, outcome, duration_seconds=7)


async def test_a_report_is_sent_once_when_the_last_call_is_over(api: ApiUnderTest) -> None:
    owner = await make_user(api, "owner")
    made = await order(api, emails=["ann@example.com"], numbers=["+12125550199"])
    mails = Mails()
    assert await reports(api, mails).send_due() == 0
    await end(api, made, Outcome.HUMAN)
    assert await reports(api, mails).send_due() == 0
    parts = await api.services.orders.parts(made.organisation_id, [made.id])
    assert parts[1].call is not None
    async with api.database.transaction() as connection:
        await finish_call(connection, parts[1].call, Outcome.BUSY)
    sent = await asyncio.gather(*(reports(api, mails).send_due() for _ in range(3)))
    assert sorted(sent) == [0, 0, 1]
    assert [mail[0] for mail in mails.brought] == ["ann@example.com", owner.email]
    _, subject, text, table = mails.brought[0]
    assert subject == "Report: Snow"
    assert text.splitlines() == [
        f"Snow ({made.number}): 3 people",
        "calls: 1 answered, 1 busy",
        "1 not reached: no number that can be",
    ]
    lines = table.splitlines()
    assert lines[0].startswith("number,name,call,attempts,seconds,keys,text,reply,reason,ended")
    assert lines[1].startswith("'+12125550177,'=Tom,answered,0,7,")
    assert lines[3].startswith("12,,,,,,,,'12' is not a possible")
    [told] = (await api.live.get("/api/v1/sms")).json()["messages"]
    assert told["to"] == "+12125550199"
    assert told["text"].startswith(f"Snow ({made.number}): 3 people; calls: 1 answered, 1 busy")
    # nothing is kept of who was told
    row = await api.database.fetchrow("SELECT emails, numbers FROM order_reports")
    assert row is not None
    assert (row["emails"], row["numbers"]) == ([], [])


async def test_a_sandbox_report_reaches_the_lab_only(api: ApiUnderTest) -> None:
    made = await order(api, sandbox=True, emails=["ann@example.com"], numbers=["+12125550199"])
    await end(api, made, Outcome.HUMAN, Outcome.HUMAN)
    mails = Mails()
    assert await reports(api, mails).send_due() == 1
    assert mails.brought == []
    rows = await api.database.fetch("SELECT channel, to_address, sandbox FROM messages ORDER BY channel")
    assert [tuple(row) for row in rows] == [("email", "ann@example.com", True), ("sms", "+12125550199", True)]


async def test_what_cannot_be_sent_does_not_stop_the_others(api: ApiUnderTest) -> None:
    await api.database.execute("DELETE FROM numbers")
    await api.services.numbers.add_number(api.organisation.id, "+18005550199", verified_by="operator")
    first = await order(api, numbers=["+12125550199"], emails=["ann@example.com"])
    second = await order(api, emails=["bob@example.com"])
    await api.database.execute("DELETE FROM numbers")
    for made in (first, second):
        await end(api, made, Outcome.HUMAN, Outcome.HUMAN)
    mails = Mails()
    assert await reports(api, mails).send_due() == 2
    assert [mail[0] for mail in mails.brought] == ["ann@example.com", "bob@example.com"]
    assert await api.database.fetchval("SELECT count(*) FROM messages") == 0
    silent = await order_without_mail(api)
    assert silent == 1


async def order_without_mail(api: ApiUnderTest) -> int:
    await api.services.numbers.add_number(api.organisation.id, "+18005550199", verified_by="operator")
    made = await order(api, emails=["ann@example.com"])
    await end(api, made, Outcome.HUMAN, Outcome.HUMAN)
    mails = Mails(delivers=False)
    sent = await reports(api, mails).send_due()
    assert mails.brought == []
    return sent


async def test_without_anybody_to_tell_there_is_no_report(api: ApiUnderTest) -> None:
    await order(api)
    assert await api.database.fetchval("SELECT count(*) FROM order_reports") == 0
