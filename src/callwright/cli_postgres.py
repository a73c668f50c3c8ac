"""``callwright postgres``: the version of the embedded database."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from callwright.settings import Settings

postgres = typer.Typer(no_args_is_help=True)

DataDir = Annotated[Path | None, typer.Option(help="Where everything is kept.")]


def _settings(data_dir: Path | None) -> Settings:
    return Settings() if data_dir is None else Settings(data_dir=data_dir)


@postgres.command("upgrade")
def upgrade(
    rebuild: Annotated[bool, typer.Option(help="Make the cluster new although its version is right.")] = False,
    programs: Annotated[
        Path | None, typer.Option(help="Folder of the old PostgreSQL's programs, when this release has none.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Bring the database to this release's PostgreSQL by dump and restore; `callwright serve` must not run.

    The old cluster is kept until `callwright postgres confirm`.
    """
    from callwright.postgres_upgrade import upgrade as work  # noqa: PLC0415  (``--help`` stays quick)

    done = asyncio.run(work(_settings(data_dir), rebuild=rebuild, programs=programs))
    if done is None:
        typer.echo("the database is of this release's PostgreSQL: nothing to do")
        return
    typer.echo(f"PostgreSQL {done.before} → {done.after}: {done.tables} tables, {done.rows} rows, all counted again")
    typer.echo(f"the old one is kept in {done.kept}; when all is well: callwright postgres confirm")


@postgres.command("status")
def status(data_dir: DataDir = None) -> None:
    """Show the versions of the database and of this release, and old clusters that are kept."""
    from callwright.postgres_upgrade import state  # noqa: PLC0415

    shown = state(_settings(data_dir))
    typer.echo(f"database: {'none yet' if shown.cluster is None else f'PostgreSQL {shown.cluster}'}")
    typer.echo(f"release:  PostgreSQL {shown.release}")
    for folder in shown.kept:
        typer.echo(f"kept:     {folder}")


@postgres.command("confirm")
def confirm(data_dir: DataDir = None) -> None:
    """Delete the clusters that an upgrade replaced and kept."""
    from callwright.postgres_upgrade import confirm as work  # noqa: PLC0415

    deleted = work(_settings(data_dir))
    for folder in deleted:
        typer.echo(f"deleted {folder}")
    if not deleted:
        typer.echo("nothing is kept")
