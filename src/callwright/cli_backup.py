"""``callwright backup`` and ``callwright restore``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Literal

import typer

from callwright.settings import Settings


def backup(
    file: Annotated[Path, typer.Argument(help="The tar file to write; it must not exist.")],
    data_dir: Annotated[Path | None, typer.Option(help="Where everything is kept.")] = None,
) -> None:
    """Write the database, its key and the audio to one file, while serving or not. Keep it secret."""
    from callwright.backup import back_up  # noqa: PLC0415  (``--help`` stays quick)

    manifest = asyncio.run(back_up(Settings() if data_dir is None else Settings(data_dir=data_dir), file))
    typer.echo(f"backup of {manifest.made_at}: {file} ({file.stat().st_size / 1e6:.1f} MB)")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `callwright backup` wrote.")],
    data_dir: Annotated[Path, typer.Option(help="A new folder for the restored appliance.")],
    waiting: Annotated[
        Literal["call", "cancel"] | None,
        typer.Option(help="Calls that waited then may have been made since: make or cancel them?"),
    ] = None,
) -> None:
    """Make an appliance of a backup in a new data directory (and an empty CALLWRIGHT_DATABASE_URL, if set)."""
    from callwright.backup import restore as work  # noqa: PLC0415

    manifest, calls = asyncio.run(work(Settings(data_dir=data_dir), file, waiting=waiting))
    typer.echo(f"restored {data_dir} from the backup of {manifest.made_at} (callwright {manifest.release})")
    if calls:
        typer.echo(f"{calls} calls waited: {'they are made at the next start' if waiting == 'call' else 'cancelled'}")
    typer.echo(f"settings of that appliance, to be set by you: {data_dir / 'settings.env'}")
