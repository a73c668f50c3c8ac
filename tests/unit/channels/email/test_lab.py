"""The lab's mailbox: what its people do is documented, and mails are files of a maildir."""

from __future__ import annotations

import mailbox
from dataclasses import replace
from pathlib import Path

import pytest

from callwright.channels.email import lab
from callwright.channels.email.lab import BEHAVIOURS, LabMails, behaviour_of, reference_table
from callwright.clock import SystemClock
from support.mail_channels import TOKENS, Desk, mail_route, mail_to

REFERENCE = Path(__file__).parents[4] / "docs/reference/emails.md"


def test_the_reference_is_what_they_do() -> None:
    assert reference_table() in REFERENCE.read_text(encoding="utf-8")


def test_people_are_told_by_the_part_before_the_at_or_behind_a_plus() -> None:
    for behaviour in BEHAVIOURS:
        assert behaviour_of(f"{behaviour.name}@example.org") is behaviour
        assert behaviour_of(f"Ann+{behaviour.name}@example.org") is behaviour
    assert behaviour_of("ann@example.org").status == "sent"
    assert behaviour_of("ann+bounce+x@example.org").status == "sent"


async def test_what_each_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "REPORT_SECONDS", 0)
    desk = Desk()
    channel = LabMails(mail_route(1), desk, desk=desk, tokens=TOKENS, clock=SystemClock(), folder=tmp_path / "mail")
    await channel.start()
    verdicts = {}
    for name in ("delivered", "bounce", "full", "refused", "busy", "lost", "ann"):
        verdicts[name] = (await channel.send(mail_to(f"{name}@example.org"))).verdict
    assert verdicts == {
        "delivered": "sent",
        "bounce": "sent",
        "full": "sent",
        "refused": "failed",
        "busy": "again",
        "lost": "unknown",
        "ann": "sent",
    }
    again = mail_to("busy@example.org", attempts=2)
    assert (await channel.send(again)).verdict == "sent"
    while channel._tasks:
        await next(iter(channel._tasks))
    await channel.stop()
    assert sorted(receipt.state for receipt in desk.receipts_) == ["delivered", "undelivered", "undelivered"]
    kept = mailbox.Maildir(tmp_path / "mail", create=False)
    assert sorted(str(mail["To"]) for mail in kept) == sorted(
        f"{name}@example.org" for name in ("delivered", "bounce", "full", "ann", "busy")
    )
    assert {str(mail["Subject"]) for mail in kept} == {"Hello Ann"}


async def test_a_mail_that_cannot_be_written_fails(tmp_path: Path) -> None:
    desk = Desk()
    channel = LabMails(mail_route(1), desk, desk=desk, tokens=TOKENS, clock=SystemClock(), folder=tmp_path)
    await channel.start()
    broken = replace(mail_to("ann@example.org"), from_address="jörg@example.com")
    assert (await channel.send(broken)).verdict == "failed"
    await channel.stop()


async def test_the_oldest_mails_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "MOST_MAILS", 3)
    monkeypatch.setattr(lab, "_TRIM_EVERY", 5)
    desk = Desk()
    channel = LabMails(mail_route(1), desk, desk=desk, tokens=TOKENS, clock=SystemClock(), folder=tmp_path)
    await channel.start()
    for number in range(5):
        await channel.send(mail_to(f"p{number}@example.org"))
    await channel.stop()
    assert sorted(str(mail["To"])[:2] for mail in mailbox.Maildir(tmp_path, create=False)) == ["p2", "p3", "p4"]
