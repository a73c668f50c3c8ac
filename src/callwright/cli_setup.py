"""``callwright setup-link``: how the first owner gets in."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from callwright.accounts.setup import Setup
from callwright.clock import SystemClock
from callwright.errors import Conflict
from callwright.foundation import open_ground
from callwright.listening import listening
from callwright.settings import Settings


def setup_link(
    data_dir: Annotated[Path | None, typer.Option(help="Where everything is kept.")] = None,
) -> None:
    """Show the link by which the first owner claims this appliance; exits 1 when there is one already."""
    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)
    typer.echo(asyncio.run(_link(settings)))


async def _link(settings: Settings) -> str:
    async with open_ground(settings) as ground:
        setup = Setup(ground.database, ground.secrets, SystemClock(), ground.accounts)
        if not await setup.open():
            raise Conflict("this appliance has people already: an owner invites others, or `callwright users add` does")
        return setup.link(settings.public_url or listening(settings).url)
