"""Statements by email: at request, and each month's when it is over."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from cryptography.fernet import Fernet

from callwright.accounts.models import Principal
from callwright.accounts.service import AccountService
from callwright.billing.mailed_statements import MailedStatements, StatementMail, statement_mail
from callwright.billing.models import Statement
from callwright.clock import SystemClock
from callwright.errors import Conflict, InvalidRequest
from callwright.mail.building import Template
from callwright.mail.content import Content
from callwright.store.database import Connection, Database
from callwright.store.secrets import SecretBox
from support.money import meter

pytestmark = pytest.mark.postgres


class Post:
    """Keeps what is brought to it."""

    def __init__(self) -> None:
        self.brought: list[tuple[str, StatementMail]] = []

    async def __call__(self, connection: Connection, to: str, mail: StatementMail) -> None:
        self.brought.append((to, mail))


async def organisation(database: Database) -> Principal:
    accounts = AccountService(database, SecretBox(Fernet.generate_key()), SystemClock())
    made = await accounts.create_organisation("Elm <Dental>")
    return Principal(organisation=made, key_id=None, sandbox=False, purpose="transactional")


async def test_any_months_at_request(database: Database) -> None:
    post = Post()
    who = await organisation(database)
    mailed = MailedStatements(database, bring=post)
    with pytest.raises(Conflict, match="no balance"):
        await mailed.send(who, date(2026, 1, 1), ["office@example.com"])
    await meter(database, who.organisation.id)
    with pytest.raises(InvalidRequest, match="nobody gets"):
        await mailed.send(who, date(2026, 1, 1), [])
    with pytest.raises(InvalidRequest, match=r"emails\[1\]"):
        await mailed.send(who, date(2026, 1, 1), ["office@example.com", "nobody"])
    assert await mailed.send(who, date(2026, 1, 1), ["Office@example.com"]) == ["office@example.com"]
    [(to, mail)] = post.brought
    assert (to, mail.subject, mail.filename) == (
        "office@example.com",
        "Elm <Dental>: statement of 2026-01",
        "statement-2026-01.csv",
    )
    assert b"opening balance" in mail.table
    assert "Closing balance: 0.00 EUR" in mail.text
    with pytest.raises(Conflict, match="CALLWRIGHT_MAIL_FROM"):
        await MailedStatements(database).send(who, date(2026, 1, 1), ["office@example.com"])


async def test_each_months_when_it_is_over_once(database: Database) -> None:
    post = Post()
    who = await organisation(database)
    await meter(database, who.organisation.id)
    mailed = MailedStatements(database, bring=post)
    await mailed.set(who, ["a@example.com", "b@example.com", "a@example.com"])
    now = datetime.now(UTC)
    months = {f"{now + timedelta(days=days):%Y-%m}" for days in (-1, 0, 1)}
    assert {f"{each.next_month:%Y-%m}" for each in await mailed.of(who.organisation.id)} <= months
    assert await mailed.look() == 0
    await database.execute("UPDATE statement_addresses SET through = through - interval '2 months' WHERE address < 'b'")
    assert await mailed.look() == 2
    assert {to for to, _ in post.brought} == {"a@example.com"}
    assert len({mail.subject for _, mail in post.brought}) == 2
    assert await mailed.look() == 0
    await mailed.set(who, [])
    await database.execute("UPDATE organisations SET name = name")
    assert await mailed.of(who.organisation.id) == []


def test_its_html_escapes_what_people_wrote() -> None:
    statement = Statement(
        currency="EUR",
        first=date(2026, 1, 1),
        last=date(2026, 1, 31),
        opening=Decimal(0),
        movements={"topup": Decimal(10), "adjustment": Decimal(0), "usage": Decimal("-0.06"), "refund": Decimal(0)},
        usage=[("email", 3, Decimal("0.06"))],
        closing=Decimal("9.94"),
    )
    mail = statement_mail("Elm <Dental> {month}", statement)
    content = Content(subject="{subject}", text="{text}", html=mail.html, headers={})
    seen = Template(content).preview({**mail.values, "subject": mail.subject, "text": mail.text})
    assert "Elm &lt;Dental&gt; {month}</h1>" in seen["html"]
    for cell in ("of which email", "3", "-0.06", "9.94"):
        assert f">{cell}</td>" in seen["html"]
    assert "of which email (3): -0.06 EUR" in seen["text"]
