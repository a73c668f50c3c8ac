"""``callwright extensions``: softphones that register with the engine and are called as ``Ext:1000``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callwright.cli_accounts import DataDir, Org, show
from callwright.settings import Settings

if TYPE_CHECKING:
    from callwright.accounts.models import Organisation
    from callwright.numbers.extensions import Extensions

extensions = typer.Typer(no_args_is_help=True)


@extensions.command("add")
def add_extension(
    extension: Annotated[str, typer.Argument(help="2 to 6 digits, such as 1000.")],
    org: Org,
    name: Annotated[str | None, typer.Option(help="Shown on other telephones.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Make an extension; server, port, user name and password are for the softphone, the password is shown once."""
    settings = _settings(data_dir)

    async def job(service: Extensions, organisation: Organisation) -> None:
        made = await service.add(organisation.id, extension, name)
        typer.echo(f"extension {extension} of {organisation.name} ({made.extension.id}), called as Ext:{extension}")
        typer.echo(f"  server:   {settings.sip_external_host or settings.sip_host}")
        typer.echo(f"  port:     {settings.sip_port}")
        typer.echo(f"  username: {made.extension.username}")
        typer.echo(f"  password: {made.password}")
        typer.echo("The password is not shown again. A running serve takes the extension up within a few seconds.")

    _run(settings, org, job)


@extensions.command("list")
def list_extensions(org: Org, data_dir: DataDir = None) -> None:
    """Show an organisation's extensions."""

    async def job(service: Extensions, organisation: Organisation) -> None:
        rows: list[list[object]] = [
            [e.extension, e.name, e.username, e.id] for e in await service.of_organisation(organisation.id)
        ]
        show(f"Extensions of {organisation.name}", ["extension", "name", "username", "id"], rows)

    _run(_settings(data_dir), org, job)


@extensions.command("remove")
def remove_extension(extension: str, org: Org, data_dir: DataDir = None) -> None:
    """Remove an extension; its calls in the air go on."""

    async def job(service: Extensions, organisation: Organisation) -> None:
        await service.remove(organisation.id, extension)
        typer.echo(f"extension {extension} of {organisation.name} is removed")

    _run(_settings(data_dir), org, job)


def _run(settings: Settings, org: str, job: Callable[[Extensions, Organisation], Awaitable[None]]) -> None:
    from callwright.foundation import open_ground  # noqa: PLC0415  (``--help`` stays quick without it)

    async def work() -> None:
        async with open_ground(settings) as ground:
            await job(ground.extensions, await ground.accounts.find_organisation(org))

    asyncio.run(work())


def _settings(data_dir: Path | None) -> Settings:
    return Settings() if data_dir is None else Settings(data_dir=data_dir)
