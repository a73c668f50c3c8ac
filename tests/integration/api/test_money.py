"""Money over the API: balance, ledger, price list, budgets, statements."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from callwright.accounts.models import operator
from callwright.billing import holds
from support.api import ApiUnderTest
from support.money import meter, request

pytestmark = pytest.mark.postgres


@pytest.fixture
async def metered(api: ApiUnderTest) -> ApiUnderTest:
    await meter(api.database, api.organisation.id, paid="10")
    api.services.accounts.key_service.cache.clear()
    return api


async def one_call(api: ApiUnderTest, subject: str, seconds: str | None) -> None:
    async with api.database.transaction() as connection:
        assert not await holds.hold(connection, [request(subject, api.organisation.id)])
    async with api.database.transaction() as connection:
        await holds.settle_call(
            connection,
            api.organisation.id,
            subject,
            answered_seconds=None if seconds is None else Decimal(seconds),
        )


async def test_who_is_not_metered_pays_nothing(api: ApiUnderTest) -> None:
    balance = (await api.live.get("/api/v1/account/balance")).json()
    assert (balance["metered"], balance["currency"], balance["balance"]) == (False, None, "0.00")
    rates = (await api.live.get("/api/v1/rates")).json()
    assert (rates["plan"], rates["rates"]) == (None, [])
    price = (await api.live.get("/api/v1/prices", params={"to": "+442079460000"})).json()
    assert (price["metered"], price["estimated_cost"]) == (False, None)
    assert (await api.live.get("/api/v1/statements", params={"month": "2026-01"})).status_code == 409
    assert (await api.live.put("/api/v1/budgets", json={"daily": "1"})).status_code == 409
    assert (await api.live.patch("/api/v1/account/balance", json={"low_balance_at": "1"})).status_code == 409


async def test_the_balance_and_its_threshold(metered: ApiUnderTest) -> None:
    answer = await metered.live.patch(
        "/api/v1/account/balance",
        json={"low_balance_at": "12.5", "low_balance_webhook_url": "https://example.com/low"},
    )
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["balance"] == shown["available"] == "10.00"
    assert (shown["currency"], shown["metered"], shown["low_balance_at"]) == ("EUR", True, "12.50")
    assert shown["low_since"] is not None
    assert (await metered.live.patch("/api/v1/account/balance", json={"low_balance_at": None})).json()[
        "low_since"
    ] is None
    rows = await metered.database.fetch("SELECT event_type, url, body FROM deliveries")
    assert [(row["event_type"], row["url"]) for row in rows] == [("account.balance_low", "https://example.com/low")]
    assert rows[0]["body"]["balance"] == "10.00"


async def test_prices_and_the_price_list(metered: ApiUnderTest) -> None:
    rates = (await metered.live.get("/api/v1/rates", params={"channel": "call"})).json()
    assert (rates["plan"], rates["currency"]) == ("Standard", "EUR")
    assert {rate["prefix"]: (rate["price"], rate["increments"]) for rate in rates["rates"]} == {
        "+1212": ("0.06", "6/6"),
        "+44": ("0.60", "60/60"),
        "+1213": ("0.60", "60/60"),
    }
    query = {"to": "+442079460000", "seconds": 61}
    price = (await metered.live.get("/api/v1/prices", params=query)).json()
    assert (price["estimated_cost"], price["billed_seconds"], price["setup_on"]) == ("1.30", 120, "attempt")
    sms = (await metered.live.get("/api/v1/prices", params={"to": "+12125550100", "channel": "sms", "units": 3})).json()
    assert (sms["estimated_cost"], sms["increments"]) == ("0.0225", None)
    refused = await metered.live.get("/api/v1/prices", params={"to": "+81312345678"})
    assert refused.status_code == 402
    assert refused.json()["errors"][0]["received"] == "+81312345678"
    sandbox = (await metered.sandbox.get("/api/v1/prices", params={"to": "+442079460000"})).json()
    assert sandbox["metered"] is False


async def test_the_ledger_is_listed_page_by_page(metered: ApiUnderTest) -> None:
    await one_call(metered, "att_1", "13")
    await one_call(metered, "att_2", None)
    page = (await metered.live.get("/api/v1/ledger", params={"limit": 4})).json()
    assert [line["kind"] for line in page["movements"]] == ["release", "reserve", "settle", "reserve"]
    settled = page["movements"][2]
    assert settled["amount"] == "-0.018"
    assert sum(Decimal(entry["amount"]) for entry in settled["entries"]) == 0
    rest = (await metered.live.get("/api/v1/ledger", params={"cursor": page["next_cursor"]})).json()
    assert [(line["kind"], line["amount"]) for line in rest["movements"]] == [("topup", "10.00")]
    only = (await metered.live.get("/api/v1/ledger", params={"subject": "att_1", "kind": "settle"})).json()
    assert len(only["movements"]) == 1


async def test_budgets_are_set_and_shown(metered: ApiUnderTest) -> None:
    await metered.database.execute(
        "INSERT INTO campaigns (id, organisation_id, name) VALUES ('cmp_1', $1, 'c')", metered.organisation.id
    )
    await one_call(metered, "att_1", "60")
    shown = (await metered.live.put("/api/v1/budgets", json={"daily": "1.00"})).json()
    assert shown["daily"] == {"amount": "1.00", "used": "0.06"}
    assert shown["monthly"] == {"amount": None, "used": "0.06"}
    shown = (await metered.live.put("/api/v1/budgets/cmp_1", json={"amount": "3"})).json()
    assert shown["campaigns"] == [{"campaign_id": "cmp_1", "amount": "3.00", "used": "0.00"}]
    assert (await metered.live.put("/api/v1/budgets/cmp_2", json={"amount": "3"})).status_code == 404
    for wrong in ("-1", "1e3", "0.0000001", "1,00", 3, True):
        answer = await metered.live.put("/api/v1/budgets", json={"daily": wrong})
        assert answer.status_code == 400, wrong
        assert answer.json()["errors"][0]["field"] == "daily"


async def test_a_statement_adds_up(metered: ApiUnderTest) -> None:
    await one_call(metered, "att_1", "60")
    await one_call(metered, "att_2", "1")
    await metered.services.money.balances.adjust(operator(metered.organisation.id), Decimal("-1"), note="a mistake")
    month = f"{datetime.now(UTC):%Y-%m}"
    statement = (await metered.live.get("/api/v1/statements", params={"month": month})).json()
    assert (statement["opening"], statement["closing"]) == ("0.00", "8.934")
    assert statement["movements"] == {"topup": "10.00", "adjustment": "-1.00", "usage": "-0.066", "refund": "0.00"}
    assert statement["usage"] == [{"channel": "call", "contacts": 2, "cost": "0.066"}]
    table = await metered.live.get("/api/v1/statements", params={"month": month, "format": "csv"})
    assert table.headers["content-type"].startswith("text/csv")
    lines = {row["line"]: row["amount"] for row in csv.DictReader(io.StringIO(table.text))}
    assert lines["closing balance"] == "8.934"
    assert lines["usage of call"] == "-0.066"
    wrong = await metered.live.get("/api/v1/statements", params={"month": "January"})
    assert wrong.json()["errors"][0]["field"] == "month"


async def test_calls_that_cannot_be_paid_are_refused(metered: ApiUnderTest) -> None:
    body = {"to": "+12125550100", "message": "Hello"}
    assert (await metered.live.post("/api/v1/calls", json=body)).status_code == 201
    await metered.services.money.balances.adjust(operator(metered.organisation.id), Decimal("-9.99"), note="empty")
    refused = await metered.live.post("/api/v1/calls", json=body)
    assert refused.status_code == 402
    assert refused.json()["type"] == "urn:callwright:problem:payment_required"
    assert "0.01 EUR" in refused.json()["detail"]
    # the sandbox costs nothing
    assert (await metered.sandbox.post("/api/v1/calls", json=body)).status_code == 201


async def test_destinations_without_a_rate_are_named(metered: ApiUnderTest) -> None:
    numbers = ["+12125550100", "+14155550100"]
    refused = await metered.live.post("/api/v1/calls", json={"to": numbers, "message": "Hello"})
    assert refused.status_code == 402
    assert [error["field"] for error in refused.json()["errors"]] == ["to[1]"]
    calls = [{"to": number} for number in reversed(numbers)]
    answer = await metered.live.post("/api/v1/calls", json={"calls": calls, "message": "Hello", "partial": True})
    assert answer.status_code == 201
    assert [call["index"] for call in answer.json()["calls"]] == [1]
    assert [error["field"] for error in answer.json()["errors"]] == ["calls[0].to"]


async def test_a_dry_run_tells_the_price(metered: ApiUnderTest) -> None:
    body = {"to": "+12125550100", "message": "Hello. " * 30, "dry_run": True}
    (call,) = (await metered.live.post("/api/v1/calls", json=body)).json()["calls"]
    # 209 characters are 16 seconds: three increments of six
    assert (call["estimated_cost"], call["currency"]) == ("0.018", "EUR")
    (call,) = (await metered.sandbox.post("/api/v1/calls", json=body)).json()["calls"]
    assert (call["estimated_cost"], call["currency"]) == (None, None)


async def test_statements_are_mailed_where_the_appliance_sends_mails(metered: ApiUnderTest) -> None:
    path = "/api/v1/statements/mailing"
    assert (await metered.live.get(path)).json() == {"emails": []}
    refused = await metered.live.put(path, json={"emails": ["office@example.com"]})
    assert (refused.status_code, "CALLWRIGHT_MAIL_FROM" in refused.text) == (409, True)
    wrong = await metered.live.put(path, json={"emails": ["nobody"]})
    assert wrong.json()["errors"][0]["field"] == "emails[0]"
    sent = await metered.live.post("/api/v1/statements/mail", json={"month": "2026-01", "emails": ["a@example.com"]})
    assert sent.status_code == 409
    assert (await metered.live.post("/api/v1/statements/mail", json={"month": "x"})).status_code == 400
