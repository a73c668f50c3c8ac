"""Who is told when a job is over."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.orders.reports import OrderReports
from callwright.rules.outcomes import Outcome
from support.proofs import proves
from support.robotalker import Program

pytestmark = pytest.mark.postgres

CALL = {
    "whattodo": "SendTtsMessage",
    "optcallerid": "8005550199",
    "messagetext": "Hello",
    "phonenumber": "2125550100",
    "customername": "Thomas",
}


class Mails:
    """Keeps what it is to bring."""

    delivers = True

    def __init__(self) -> None:
        self.brought: list[tuple[str, str]] = []

    async def bring_report(self, connection: Any, to: str, subject: str, text: str, table: bytes) -> None:
        del connection, text, table
        self.brought.append((to, subject))


@proves("request: extrareportemail", "request: txtreportnumber")
async def test_the_report_goes_where_the_request_says(program: Program) -> None:
    [made] = await program.sent(
        **CALL,
        optname="Reported",
        extrareportemail="ann@example.com; bob@example.com",
        txtreportnumber="(212) 555-0199",
    )
    [call] = await program.calls_of(made["id"])
    mails = Mails()
    reports = OrderReports(program.api.database, mail=mails, messages=program.api.services.messages.service)
    assert await reports.send_due() == 0
    await program.end(call["call_id"], Outcome.HUMAN)
    assert await reports.send_due() == 1
    assert mails.brought == [("ann@example.com", "Report: Reported"), ("bob@example.com", "Report: Reported")]
    [text] = (await program.native("/sms?address=%2B12125550199"))["messages"]
    assert text["text"] == f"Reported ({made['id']}): 1 person; calls: 1 answered"


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"extrareportemail": "ann"}, "extrareportemail: 'ann' is no address"),
        ({"extrareportemail": "a@b.c\r\nBcc: d@e.f"}, "extrareportemail: "),
        ({"extrareportemail": ",".join(["ann@example.com"] * 6)}, "more than 5"),
        ({"txtreportnumber": "12"}, "txtreportnumber: "),
        ({"txtreportnumber": "+19005550123"}, "txtreportnumber: "),
    ],
)
async def test_nobody_else_is_told(program: Program, fields: dict[str, str], detail: str) -> None:
    await program.refused("42 Unable to create/find message", detail, **{**CALL, "optname": "x", **fields})
