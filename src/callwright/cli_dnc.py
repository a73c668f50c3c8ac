"""``callwright dnc``: do-not-call lists, and files of numbers that go into them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callwright.cli_accounts import DataDir, Org, show, when
from callwright.errors import FieldError, InvalidRequest, NotFound
from callwright.settings import Settings

if TYPE_CHECKING:
    from callwright.accounts.models import Organisation
    from callwright.consents.lists import DncLists
    from callwright.foundation import Ground

dnc = typer.Typer(no_args_is_help=True)

#: Refused lines that are shown.
_SHOWN = 10

Name = Annotated[str, typer.Argument(help="Name or id of the list.")]
Job = Callable[["Ground", "DncLists", "Organisation"], Awaitable[None]]


@dnc.command("import")
def import_numbers(
    name: Name,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, or one number a line.")],
    org: Org,
    kind: Annotated[str | None, typer.Option(help="Make the list if there is none: own, national or partner.")] = None,
    replace: Annotated[bool, typer.Option(help="The list has exactly these numbers afterwards.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Take a file of numbers into a list. All of them bind at once, or nothing changes."""
    from callwright.accounts.models import operator  # noqa: PLC0415  (``--help`` stays quick without it)
    from callwright.consents.lists import check_new  # noqa: PLC0415
    from callwright.consents.models import KINDS, NewList  # noqa: PLC0415

    made_as = next((one for one in KINDS if one == kind), None)
    if kind is not None and made_as is None:
        raise InvalidRequest([FieldError(field="--kind", message=f"one of {', '.join(KINDS)}", received=kind)])

    async def job(ground: Ground, lists: DncLists, organisation: Organisation) -> None:
        who = operator(organisation.id)
        async with ground.database.transaction() as connection:
            try:
                found = await lists.get(organisation.id, name)
            except NotFound:
                if made_as is None:
                    raise NotFound(f"there is no do-not-call list {name!r}; make it with --kind") from None
                found = await lists.create(connection, who, check_new(NewList(name=name, kind=made_as)))
            done = await lists.take_in(connection, who, found.id, file, region=organisation.region, replace=replace)
        typer.echo(f"{found.name} ({found.id}): {done.added} numbers added, {done.entries} on the list")
        if done.refused:
            typer.echo(f"{done.refused} lines hold no telephone number:", err=True)
            for error in done.errors[:_SHOWN]:
                typer.echo(f"  line {error.line}: {error.value!r}: {error.reason}", err=True)

    _run(data_dir, org, job)


@dnc.command("list")
def list_lists(org: Org, data_dir: DataDir = None) -> None:
    """Show an organisation's do-not-call lists."""

    async def job(ground: Ground, lists: DncLists, organisation: Organisation) -> None:
        rows: list[list[object]] = [
            [
                one.name,
                one.kind,
                one.binds,
                "everywhere" if one.everywhere else "attached campaigns",
                await lists.count(organisation.id, one.id),
                when(one.imported_at),
                one.id,
            ]
            for one in await lists.page(organisation.id)
        ]
        columns = ["name", "kind", "binds", "applies", "numbers", "imported", "id"]
        show(f"Do-not-call lists of {organisation.name}", columns, rows)

    _run(data_dir, org, job)


@dnc.command("show")
def show_list(
    name: Name,
    org: Org,
    number: Annotated[str | None, typer.Option(help="Look this number up.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Show the first numbers of a list, or look one up."""
    from callwright.numbers.parsing import read_number  # noqa: PLC0415

    async def job(ground: Ground, lists: DncLists, organisation: Organisation) -> None:
        found = await lists.get(organisation.id, name)
        e164 = None
        if number is not None:
            e164 = read_number(number, field="--number", region=organisation.region, sandbox=False)
        entries = await lists.entries(organisation.id, found.id, e164=e164)
        if e164 is not None and not entries:
            typer.echo(f"{e164} is not on {found.name}")
            return
        show(f"Numbers on {found.name}", ["number", "until"], [[one.e164, when(one.expires_at)] for one in entries])

    _run(data_dir, org, job)


def _run(data_dir: Path | None, org: str, job: Job) -> None:
    from callwright.clock import SystemClock  # noqa: PLC0415
    from callwright.consents.lists import DncLists  # noqa: PLC0415
    from callwright.foundation import open_ground  # noqa: PLC0415

    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)

    async def work() -> None:
        async with open_ground(settings) as ground:
            organisation = await ground.accounts.find_organisation(org)
            await job(ground, DncLists(ground.database, SystemClock()), organisation)

    asyncio.run(work())
