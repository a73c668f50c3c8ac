"""``callwright orgs``, ``keys``, ``numbers`` and ``trunks``: what an operator sets up by hand."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from callwright.accounts.service import AccountService
from callwright.errors import FieldError, InvalidRequest
from callwright.numbers.parsing import is_valid, read_number
from callwright.numbers.service import NumberService
from callwright.settings import Settings

orgs = typer.Typer(no_args_is_help=True)
keys = typer.Typer(no_args_is_help=True)
numbers = typer.Typer(no_args_is_help=True)

Org = Annotated[str, typer.Option("--org", help="Organisation: its id, number or name.")]
DataDir = Annotated[Path | None, typer.Option(help="Where everything is kept.")]
Job = Callable[[AccountService, NumberService], Awaitable[None]]

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def run_on_ground(data_dir: Path | None, job: Job) -> None:
    """Run ``job`` with the services on this data directory's database."""
    from callwright.foundation import open_ground  # noqa: PLC0415  (``--help`` stays quick without it)

    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)

    async def work() -> None:
        async with open_ground(settings) as ground:
            await job(ground.accounts, ground.numbers)

    asyncio.run(work())


def show(title: str, columns: list[str], rows: list[list[object]]) -> None:
    """Print a table."""
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console().print(table)


@orgs.command("create")
def create_organisation(
    name: str,
    time_zone: Annotated[str, typer.Option(help="IANA name, such as America/New_York.")] = "UTC",
    region: Annotated[str, typer.Option(help="Country whose national numbers are understood, such as US.")] = "US",
    data_dir: DataDir = None,
) -> None:
    """Make an organisation."""

    async def job(accounts: AccountService, _: NumberService) -> None:
        made = await accounts.create_organisation(name, time_zone=time_zone, region=region)
        typer.echo(f"organisation {made.number} ({made.id}): {made.name}")

    run_on_ground(data_dir, job)


@orgs.command("list")
def list_organisations(data_dir: DataDir = None) -> None:
    """Show every organisation."""

    async def job(accounts: AccountService, _: NumberService) -> None:
        rows: list[list[object]] = [
            [
                o.number,
                o.id,
                o.name,
                o.time_zone,
                o.region,
                "any time" if o.calling_from is None else f"{o.calling_from:%H:%M}-{o.calling_until:%H:%M}",
            ]
            for o in await accounts.organisations()
        ]
        show("Organisations", ["number", "id", "name", "time zone", "region", "calling hours"], rows)

    run_on_ground(data_dir, job)


@orgs.command("hours")
def set_hours(
    org: Annotated[str, typer.Argument(help="Organisation: its id, number or name.")],
    window: Annotated[str, typer.Argument(help="HH:MM-HH:MM in the callee's time zone, or 'off'.")],
    data_dir: DataDir = None,
) -> None:
    """Set when people may be called. Emergency keys are never bound by it."""
    ends: tuple[time | None, time | None] = (None, None)
    if window != "off":
        match = _HOURS.fullmatch(window)
        if match is None:
            raise InvalidRequest([FieldError(field="window", message="write 09:00-20:00, or off", received=window)])
        first, second, third, fourth = (int(part) for part in match.groups())
        ends = (time(first, second), time(third, fourth))

    async def job(accounts: AccountService, _: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        await accounts.set_calling_hours(organisation.id, *ends)
        typer.echo(f"{organisation.name}: calling hours {window}")

    run_on_ground(data_dir, job)


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What it is for; shown in lists.")],
    org: Org,
    sandbox: Annotated[bool, typer.Option("--sandbox/--live", help="Whom its calls reach: the lab, or people.")],
    purpose: Annotated[str, typer.Option(help="emergency, transactional or marketing.")] = "transactional",
    days: Annotated[int | None, typer.Option(min=1, help="It ends after so many days.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Make an API key and show it, this once."""

    async def job(accounts: AccountService, _: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        ends = None if days is None else datetime.now(UTC) + timedelta(days=days)
        key, secret = await accounts.create_key(
            organisation.id, name, sandbox=sandbox, purpose=purpose, expires_at=ends
        )
        reach = "sandbox: its calls reach the handset lab only" if sandbox else "LIVE: its calls reach people"
        typer.echo(secret)
        typer.echo(f"{key.id} of {organisation.name}, {reach}, purpose {key.purpose}.", err=True)
        typer.echo("Keep it now: it is not stored and cannot be shown again.", err=True)

    run_on_ground(data_dir, job)


@keys.command("list")
def list_keys(org: Org, data_dir: DataDir = None) -> None:
    """Show the keys of an organisation; never the keys themselves."""

    async def job(accounts: AccountService, _: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        rows: list[list[object]] = [
            [
                key.id,
                f"{key.prefix}…",
                key.name,
                "sandbox" if key.sandbox else "live",
                key.purpose,
                _when(key.last_used_at),
                _when(key.expires_at),
                _when(key.revoked_at),
            ]
            for key in await accounts.keys(organisation.id)
        ]
        show(
            f"Keys of {organisation.name}",
            ["id", "begins", "name", "mode", "purpose", "last used", "expires", "revoked"],
            rows,
        )

    run_on_ground(data_dir, job)


@keys.command("revoke")
def revoke_key(key_id: str, org: Org, data_dir: DataDir = None) -> None:
    """End a key: within two seconds in every running process."""

    async def job(accounts: AccountService, _: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        key = await accounts.revoke_key(organisation.id, key_id)
        typer.echo(f"{key.id} ({key.name}) is revoked")

    run_on_ground(data_dir, job)


@numbers.command("add")
def add_number(
    e164: Annotated[str, typer.Argument(help="The number, such as +12125550100.")],
    org: Org,
    data_dir: DataDir = None,
) -> None:
    """Add a caller id. You vouch that the organisation may show it."""

    async def job(accounts: AccountService, service: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        number = read_number(e164, field="number", region=organisation.region, sandbox=False)
        if not is_valid(number):
            # callees call it back, and networks drop calls that show what nobody can have
            message = f"{number} is not valid in its country's numbering plan"
            raise InvalidRequest([FieldError(field="number", message=message, received=e164)])
        added = await service.add_number(organisation.id, number, verified_by="operator")
        typer.echo(f"{added.e164} ({added.id}) may be shown by {organisation.name}")

    run_on_ground(data_dir, job)


@numbers.command("list")
def list_numbers(org: Org, data_dir: DataDir = None) -> None:
    """Show the caller ids of an organisation."""

    async def job(accounts: AccountService, service: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        rows: list[list[object]] = [
            [n.number, n.e164, n.verified_by or "not verified", _when(n.verified_at), "yes" if n.usable else "no"]
            for n in await service.numbers(organisation.id)
        ]
        show(f"Caller ids of {organisation.name}", ["number", "E.164", "verified by", "since", "usable"], rows)

    run_on_ground(data_dir, job)


def _when(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
