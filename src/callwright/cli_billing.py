"""``callwright rates``, ``balance``, ``budgets``: price lists, and the money of organisations."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from callwright.accounts.models import Actor, Organisation, operator
from callwright.billing.amounts import read_amount, read_currency
from callwright.billing.budgets import NewBudgets
from callwright.billing.models import Budget
from callwright.billing.ratesheet import read_sheet
from callwright.billing.service import Money
from callwright.cli_accounts import DataDir, show
from callwright.errors import FieldError, InvalidRequest, NotFound
from callwright.rules.pricing import Channel, prefix_of, written
from callwright.settings import Settings

rates = typer.Typer(no_args_is_help=True)
budgets = typer.Typer(no_args_is_help=True)

OrganisationName = Annotated[str, typer.Argument(help="Organisation: its id, number or name.")]
Plan = Annotated[str, typer.Argument(help="Price list: its name, id or number.")]
Limit = Annotated[str | None, typer.Option(help="An amount, or 'off'; what is not given stays.")]
_OFF = "off"


@rates.command("import")
def import_rates(
    plan: Annotated[str, typer.Argument(help="Name of the price list; made if there is none yet.")],
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="CSV; docs/reference/money.md has its columns.")
    ],
    currency: Annotated[str | None, typer.Option(help="ISO 4217, for a new price list.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Drop the rates that are there.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Read a rate sheet: all of it, or nothing, with what is wrong in which line."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidRequest([FieldError(field=str(file), message="is not UTF-8 text; save it as CSV UTF-8")]) from None
    sheet = read_sheet(text)

    async def job(money: Money) -> None:
        try:
            made = await money.rates.find(plan)
        except NotFound:
            if currency is None:
                message = f"is required, because there is no price list {plan!r} yet: --currency EUR"
                raise InvalidRequest([FieldError(field="currency", message=message)]) from None
            made = await money.rates.create(plan, read_currency(currency, field="currency"))
        if currency is not None and made.currency != currency.strip().upper():
            message = f"{made.name} is in {made.currency}; another currency needs another price list"
            raise InvalidRequest([FieldError(field="currency", message=message, received=currency)])
        filled = await money.rates.put(made, sheet, replace=replace)
        typer.echo(f"{filled.name}: {len(sheet)} rates read, {filled.size} in all, in {filled.currency}")

    _run(data_dir, job)


@rates.command("list")
def list_plans(data_dir: DataDir = None) -> None:
    """Show the price lists."""

    async def job(money: Money) -> None:
        rows: list[list[object]] = [[p.number, p.name, p.currency, p.size] for p in await money.rates.plans()]
        show("Price lists", ["number", "name", "currency", "rates"], rows)

    _run(data_dir, job)


@rates.command("show")
def show_rates(
    plan: Plan,
    channel: Annotated[Channel | None, typer.Option(help="Only this channel.")] = None,
    prefix: Annotated[str | None, typer.Option(help="Only destinations that begin so, such as 49.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    data_dir: DataDir = None,
) -> None:
    """Show rates of a price list, the newest first."""

    async def job(money: Money) -> None:
        found = await money.rates.find(plan)
        begins = None if prefix is None else prefix_of(prefix)
        dated = await money.rates.page(found.id, limit=limit, channel=channel, prefix=begins or None)
        rows: list[list[object]] = [
            [
                each.rate.channel.value,
                each.rate.prefix or "*",
                written(each.rate.price),
                f"{each.rate.initial_seconds}/{each.rate.increment_seconds}" if each.rate.channel.by_time else None,
                written(each.rate.setup_fee) if each.rate.setup_fee else None,
                each.rate.setup_on.value if each.rate.setup_fee else None,
                f"{each.effective_from:%Y-%m-%d %H:%M} UTC",
            ]
            for each in dated
        ]
        columns = ["channel", "prefix", "price", "increments", "setup fee", "due on", "from"]
        show(f"{found.name}, {found.currency}, {len(rows)} of {found.size} rates", columns, rows)

    _run(data_dir, job)


@rates.command("assign")
def assign_rates(
    org: OrganisationName,
    plan: Annotated[str, typer.Argument(help="Price list, or 'none': the organisation pays for nothing.")],
    data_dir: DataDir = None,
) -> None:
    """Meter an organisation by a price list."""

    async def job(money: Money, organisation: Organisation, who: Actor) -> None:
        chosen = None if plan == "none" else await money.rates.find(plan)
        await money.balances.assign_plan(who, chosen)
        typer.echo(f"{organisation.name} {'pays for nothing' if chosen is None else f'pays by {chosen.name}'}")

    _run_for(data_dir, org, job)


def balance(
    org: OrganisationName,
    add: Annotated[str | None, typer.Option(help="What was paid, such as 50.00.")] = None,
    adjust: Annotated[str | None, typer.Option(help="What is given or, negative, taken away; needs --note.")] = None,
    note: Annotated[str, typer.Option(help="Why; shown in the ledger.")] = "",
    reference: Annotated[str | None, typer.Option(help="Of the payment: the same one again changes nothing.")] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217, before the first money without a price list.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Show the money of an organisation, or move some."""
    if add is not None and adjust is not None:
        raise InvalidRequest([FieldError(field="adjust", message="give either --add or --adjust, not both")])
    unit = None if currency is None else read_currency(currency, field="currency")
    paid = None if add is None else read_amount(add, field="add", zero=False)
    given = None if adjust is None else read_amount(adjust, field="adjust", negative=True, zero=False)

    async def job(money: Money, organisation: Organisation, who: Actor) -> None:
        balances = money.balances
        if paid is not None:
            await balances.top_up(who, paid, currency=unit, note=note, reference=reference)
        if given is not None:
            await balances.adjust(who, given, currency=unit, note=note, reference=reference)
        found = await balances.find(organisation.id)
        plan = await balances.plan(organisation.id)
        if found is None:
            typer.echo(f"{organisation.name} has no balance" + ("" if plan else " and pays for nothing"))
            return
        typer.echo(
            f"{organisation.name}: {written(found.balance)} {found.currency}, of which {written(found.reserved)} are "
            f"held; {f'pays by {plan.name}' if plan else 'pays for nothing'}"
        )

    _run_for(data_dir, org, job)


@budgets.command("show")
def show_budgets(org: OrganisationName, data_dir: DataDir = None) -> None:
    """Show what may be spent and what is."""

    async def job(money: Money, organisation: Organisation, who: Actor) -> None:
        await _show_budgets(money, organisation)

    _run_for(data_dir, org, job)


@budgets.command("set")
def set_budgets(
    org: OrganisationName,
    daily: Limit = None,
    monthly: Limit = None,
    total: Limit = None,
    campaign: Annotated[str | None, typer.Option(help="Id of a campaign, for --total of it alone.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Set hard limits: what does not fit waits."""

    async def job(money: Money, organisation: Organisation, who: Actor) -> None:
        if campaign is not None:
            if total is None or daily is not None or monthly is not None:
                raise InvalidRequest([FieldError(field="campaign", message="takes --total, and nothing else")])
            await money.budgets.set_campaign(who, campaign, _limit(total, None, "total"))
        else:
            known = await money.budgets.show(organisation.id)
            new = NewBudgets(
                daily=_limit(daily, known.daily, "daily"),
                monthly=_limit(monthly, known.monthly, "monthly"),
                total=_limit(total, known.total, "total"),
            )
            await money.budgets.set(who, new)
        await _show_budgets(money, organisation)

    _run_for(data_dir, org, job)


def _limit(text: str | None, known: Budget | None, field: str) -> Decimal | None:
    if text is None:
        return None if known is None else known.amount
    return None if text == _OFF else read_amount(text, field=field)


async def _show_budgets(money: Money, organisation: Organisation) -> None:
    found = await money.budgets.show(organisation.id)
    named = {"a day": found.daily, "a month": found.monthly, "in all": found.total}
    named |= {f"campaign {campaign_id}": budget for campaign_id, budget in found.campaigns.items()}
    rows: list[list[object]] = [
        [name, "no limit" if budget.amount is None else written(budget.amount), written(budget.used)]
        for name, budget in named.items()
    ]
    show(f"Budgets of {organisation.name}, {found.currency or 'no currency yet'}", ["", "limit", "spent or held"], rows)


Job = Callable[[Money], Awaitable[None]]
OrganisationJob = Callable[[Money, Organisation, Actor], Awaitable[None]]


def _run(data_dir: Path | None, job: Job) -> None:
    async def with_money(money: Money, _: Callable[[str], Awaitable[Organisation]]) -> None:
        await job(money)

    _open(data_dir, with_money)


def _run_for(data_dir: Path | None, org: str, job: OrganisationJob) -> None:
    async def with_organisation(money: Money, find: Callable[[str], Awaitable[Organisation]]) -> None:
        organisation = await find(org)
        await job(money, organisation, operator(organisation.id))

    _open(data_dir, with_organisation)


def _open(
    data_dir: Path | None, job: Callable[[Money, Callable[[str], Awaitable[Organisation]]], Awaitable[None]]
) -> None:
    from callwright.foundation import open_ground  # noqa: PLC0415  (``--help`` stays quick without it)

    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)

    async def work() -> None:
        async with open_ground(settings) as ground:
            await job(Money.on(ground.database), ground.accounts.find_organisation)

    asyncio.run(work())
