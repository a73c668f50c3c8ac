"""``callwright orgs``, ``keys``, ``numbers`` and ``trunks``: what an operator sets up by hand."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from callwright.accounts.dialects import DIALECTS, OPTIONS, option, program_settings
from callwright.accounts.models import operator
from callwright.accounts.service import AccountService
from callwright.errors import FieldError, InvalidRequest
from callwright.numbers.models import CallerId
from callwright.numbers.parsing import is_valid, read_number
from callwright.numbers.service import NumberService
from callwright.settings import Settings

orgs = typer.Typer(no_args_is_help=True)
keys = typer.Typer(no_args_is_help=True)
numbers = typer.Typer(no_args_is_help=True)

Org = Annotated[str, typer.Option("--org", help="Organisation: its id, number or name.")]
DataDir = Annotated[Path | None, typer.Option(help="Where everything is kept.")]
Job = Callable[[AccountService, NumberService], Awaitable[None]]

_INBOUND_FIELDS = (
    "inbound_enabled",
    "inbound_flow",
    "forward_to",
    "inbound_webhook_url",
    "inbound_webhook_events",
)

#: Columns of a table that no terminal shows.
_WIDEST = 10_000
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
    """Print a table; where the terminal is too narrow for it, one line a cell, so that ids stay whole.

    What goes into a file or a pipe is as wide as it needs to be.
    """
    console = Console()
    # names may hold what Rich would take for markup: cells are text
    cells = [[Text("" if cell is None else str(cell)) for cell in row] for row in rows]
    table = Table(*columns, title=Text(title), title_justify="left")
    for row in cells:
        table.add_row(*row)
    wanted = Measurement.get(console, console.options.update(max_width=_WIDEST), table).maximum
    if not console.is_terminal:
        Console(width=_WIDEST).print(table)
    elif wanted <= console.width:
        console.print(table)
    else:
        longest = max(map(len, columns)) + 2
        typer.echo(title)
        for row in cells:
            typer.echo()
            for column, cell in zip(columns, row, strict=True):
                typer.echo(f"{column:<{longest}}{cell.plain}")


@orgs.command("create")
def create_organisation(
    name: str,
    time_zone: Annotated[str, typer.Option(help="IANA name, such as America/New_York.")] = "UTC",
    region: Annotated[str, typer.Option(help="Country whose national numbers are understood, such as US.")] = "US",
    owner: Annotated[str | None, typer.Option(help="Email of its first owner, who is invited.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Make an organisation."""

    async def job(accounts: AccountService, _: NumberService) -> None:
        made = await accounts.create_organisation(name, time_zone=time_zone, region=region)
        typer.echo(f"organisation {made.number} ({made.id}): {made.name}")
        if owner is not None:
            from callwright.cli_users import invite  # noqa: PLC0415  (it imports us)

            await invite(accounts, made.id, owner, role="owner")

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


@orgs.command("operates")
def set_operates(
    org: Annotated[str, typer.Argument(help="Organisation: its id, number or name.")],
    answer: Annotated[str, typer.Argument(help="yes or no.")] = "yes",
    data_dir: DataDir = None,
) -> None:
    """Say whether an organisation's owners and managers look after this installation: its trunks."""
    if answer not in ("yes", "no"):
        raise InvalidRequest([FieldError(field="answer", message="write yes or no", received=answer)])

    async def job(accounts: AccountService, _: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        await accounts.set_operates(organisation.id, answer == "yes")
        does = "looks after" if answer == "yes" else "does not look after"
        typer.echo(f"{organisation.name} {does} this installation")

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


@orgs.command("limits")
def set_limits(
    org: Annotated[str, typer.Argument(help="Organisation: its id, number or name.")],
    concurrent: Annotated[int | None, typer.Option(help="Calls in the air at once.")] = None,
    per_second: Annotated[str | None, typer.Option(help="Calls that begin in a second, or 'off'.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Set how much an organisation may call at once, whatever its trunks and campaigns could."""
    rate: Decimal | None = None
    if per_second not in (None, "off"):
        try:
            rate = Decimal(per_second or "")
        except InvalidOperation:
            message = "write a number such as 2.5, or off"
            raise InvalidRequest([FieldError(field="per-second", message=message, received=per_second)]) from None

    async def job(accounts: AccountService, _: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        if concurrent is not None:
            await accounts.set_concurrent_calls(organisation.id, concurrent)
        if per_second is not None:
            await accounts.set_calls_per_second(organisation.id, rate)
        used, capacity = await accounts.concurrent_calls(organisation.id)
        typer.echo(f"{organisation.name}: {used} of {capacity} calls in the air")

    run_on_ground(data_dir, job)


@orgs.command("callback")
def set_callback(
    org: Annotated[str, typer.Argument(help="Organisation: its id, number or name.")],
    say: Annotated[str | None, typer.Option(help="The name that people hear; '' for the organisation's own.")] = None,
    days: Annotated[int | None, typer.Option(help="How long its message is played again; 0: never.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Set what people hear who call back."""

    async def job(accounts: AccountService, _: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        fields: dict[str, Any] = {} if say is None else {"spoken_name": say or None}
        fields |= {} if days is None else {"callback_days": days}
        changed = await accounts.change(organisation.id, fields) if fields else organisation
        typer.echo(
            f"{changed.name}: who calls back hears {changed.spoken_name or changed.name!r}, "
            f"messages of the last {changed.callback_days} days"
        )

    run_on_ground(data_dir, job)


@orgs.command("dialects")
def set_dialects(
    org: Annotated[str, typer.Argument(help="Organisation: its id, number or name.")],
    fields: Annotated[
        list[str] | None, typer.Argument(help=f"OPTION=VALUE; the options are {', '.join(OPTIONS)}.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Show or set what programs of other services may do, and how they are answered."""
    given = dict(_option(text) for text in fields or [])

    async def job(accounts: AccountService, _: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        if given:
            wanted = {**organisation.dialect_options, **given}
            organisation = await accounts.change(organisation.id, {"dialect_options": wanted})
        rows: list[list[object]] = [
            [name, option(organisation.dialect_options, name), ", ".join(str(value) for value in OPTIONS[name])]
            for name in OPTIONS
        ]
        show(f"Dialects of {organisation.name}", ["option", "value", "of"], rows)

    run_on_ground(data_dir, job)


def _option(text: str) -> tuple[str, Any]:
    """Return an option and its value from ``OPTION=VALUE``; yes and no stand for true and false."""
    name, equals, value = text.partition("=")
    if not equals or name not in OPTIONS:
        message = f"write OPTION=VALUE; the options are {', '.join(OPTIONS)}"
        raise InvalidRequest([FieldError(field=name, message=message, received=text)])
    return name, {"yes": True, "true": True, "no": False, "false": False}.get(value.lower(), value)


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What it is for; shown in lists.")],
    org: Org,
    sandbox: Annotated[
        bool | None,
        typer.Option(
            "--sandbox/--live", "--test/--live", help="Whom its calls reach: the lab, or people. One is needed."
        ),
    ] = None,
    purpose: Annotated[str, typer.Option(help="emergency, transactional or marketing.")] = "transactional",
    days: Annotated[int | None, typer.Option(min=1, help="It ends after so many days.")] = None,
    expires: Annotated[str | None, typer.Option(help="It ends then, such as 2027-01-31 (UTC).")] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may do: resource:read, resource:write, *:read or *. Repeatable.")
    ] = None,
    user: Annotated[str | None, typer.Option(help="The person it acts for; else it is the organisation's.")] = None,
    dialect: Annotated[
        str | None, typer.Option(help=f"For programs written for another service: {', '.join(DIALECTS)}.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Make an API key and show it, this once."""
    if sandbox is None:
        raise typer.BadParameter("say whom its calls reach: --sandbox, the handset lab only, or --live, people")
    ends = _end(days, expires)
    if dialect is not None and dialect not in DIALECTS:
        message = f"one of {', '.join(DIALECTS)}"
        raise InvalidRequest([FieldError(field="dialect", message=message, received=dialect)])

    async def job(accounts: AccountService, _: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        person = None if user is None else await accounts.users.find(organisation.id, user)
        key, secret = await accounts.key_service.create(
            organisation.id,
            name,
            sandbox=sandbox,
            purpose=purpose,
            expires_at=ends,
            permissions=scope or ["*"],
            user_id=None if person is None else person.id,
            dialect=dialect,
        )
        reach = "sandbox: its calls reach the handset lab only" if sandbox else "LIVE: its calls reach people"
        settings = program_settings(key, secret, organisation)
        if settings is None:
            typer.echo(secret)
        for program_name, value in (settings or {}).items():
            typer.echo(f"{program_name}: {value}")
        typer.echo(f"{key.id} of {organisation.name}, {reach}, purpose {key.purpose}.", err=True)
        typer.echo(f"It may: {' '.join(key.permissions)}" + (f", as {person.email}." if person else "."), err=True)
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
                " ".join(key.permissions),
                key.dialect,
                key.user_id,
                when(key.last_used_at),
                when(key.expires_at),
                when(key.revoked_at),
            ]
            for key in await accounts.keys(organisation.id)
        ]
        show(
            f"Keys of {organisation.name}",
            ["id", "begins", "name", "mode", "purpose", "may", "dialect", "user", "last used", "expires", "revoked"],
            rows,
        )

    run_on_ground(data_dir, job)


@keys.command("rotate")
def rotate_key(
    key_id: str,
    org: Org,
    overlap_hours: Annotated[int, typer.Option(min=0, max=720, help="How long the old one works too.")] = 24,
    data_dir: DataDir = None,
) -> None:
    """Make a key like another one, which ends after a while, and show it, this once."""

    async def job(accounts: AccountService, _: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        old, key, secret = await accounts.key_service.rotate(
            key_id, overlap=timedelta(hours=overlap_hours), who=operator(organisation.id)
        )
        typer.echo(secret)
        typer.echo(f"{key.id} replaces {old.id}, which ends {when(old.expires_at)}.", err=True)

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


@numbers.command("attest")
def attest_number(
    e164: Annotated[str, typer.Argument(help="The number, such as +12125550100.")],
    level: Annotated[str, typer.Argument(help="A, B or C; usual: A once it is verified, B before.")],
    org: Org,
    data_dir: DataDir = None,
) -> None:
    """Say with which level of attestation calls that show a number are signed (STIR/SHAKEN)."""

    async def job(accounts: AccountService, service: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        number = read_number(e164, field="number", region=organisation.region, sandbox=False)
        changed = await service.set_attestation(organisation.id, number, None if level == "usual" else level)
        typer.echo(f"calls that show {changed.e164} are signed with {changed.attested}, where calls are signed")

    run_on_ground(data_dir, job)


@numbers.command("list")
def list_numbers(org: Org, data_dir: DataDir = None) -> None:
    """Show the caller ids of an organisation."""

    async def job(accounts: AccountService, service: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        rows: list[list[object]] = [
            [
                n.number,
                n.e164,
                n.verified_by or "not verified",
                when(n.verified_at),
                "yes" if n.usable else "no",
                _inbound(n),
            ]
            for n in await service.numbers(organisation.id)
        ]
        columns = ["number", "E.164", "verified by", "since", "usable", "who calls it"]
        show(f"Caller ids of {organisation.name}", columns, rows)

    run_on_ground(data_dir, job)


@numbers.command("set")
def set_number(
    e164: Annotated[str, typer.Argument(help="The number, such as +12125550100.")],
    fields: Annotated[
        list[str],
        typer.Argument(
            help="inbound_enabled=yes|no, inbound_flow=FILE.json, forward_to=NUMBER or Ext:1000, "
            "inbound_webhook_url=URL, inbound_webhook_events=EVENT,…; nothing after = takes a field away."
        ),
    ],
    org: Org,
    data_dir: DataDir = None,
) -> None:
    """Say what a number does with the calls that come to it."""
    wanted = dict(_inbound_field(text) for text in fields)

    async def job(accounts: AccountService, service: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        number = read_number(e164, field="number", region=organisation.region, sandbox=False)
        changed = await service.inbound.change(organisation.id, number, wanted, region=organisation.region)
        typer.echo(f"{changed.e164}: {_inbound(changed)}")

    run_on_ground(data_dir, job)


def _inbound_field(text: str) -> tuple[str, Any]:
    """Return a field of ``InboundSettings`` and its value from ``FIELD=VALUE``."""
    name, equals, value = text.partition("=")
    if not equals or name not in _INBOUND_FIELDS:
        message = f"write FIELD=VALUE; the fields are {', '.join(_INBOUND_FIELDS)}"
        raise InvalidRequest([FieldError(field=name, message=message, received=text)])
    if name == "inbound_enabled":
        if value not in ("yes", "no"):
            raise InvalidRequest([FieldError(field=name, message="yes or no", received=value)])
        return "enabled", value == "yes"
    if name == "inbound_webhook_events":
        return "webhook_events", tuple(part.strip() for part in value.split(",") if part.strip())
    if name == "inbound_flow" and value:
        try:
            return "flow", json.loads(Path(value).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            message = f"the file cannot be read as JSON: {error}"
            raise InvalidRequest([FieldError(field=name, message=message, received=value)]) from None
    return name.removeprefix("inbound_"), value or None


def _inbound(number: CallerId) -> str:
    """Return what callers meet, in a few words."""
    inbound = number.inbound
    if not (inbound.enabled and number.usable):
        return "is not answered"
    what = "hears the call-back flow" if inbound.flow is None else "hears its own flow"
    return what if inbound.forward_to is None or inbound.flow is not None else f"{what}, then {inbound.forward_to}"


def _end(days: int | None, expires: str | None) -> datetime | None:
    """Return when a key ends, from ``--days`` or ``--expires``."""
    if expires is None:
        return None if days is None else datetime.now(UTC) + timedelta(days=days)
    if days is not None:
        raise InvalidRequest([FieldError(field="expires", message="say --days or --expires, not both")])
    try:
        moment = datetime.fromisoformat(expires)
    except ValueError:
        message = "write a day or a time such as 2027-01-31T12:00"
        raise InvalidRequest([FieldError(field="expires", message=message, received=expires)]) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def when(moment: datetime | None) -> str | None:
    """Return a time as tables show it."""
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
