"""``callwright trunks breaker`` and ``reopen``: when a trunk is left alone because too much fails on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from callwright.cli_accounts import DataDir, Org, show
from callwright.clock import SystemClock
from callwright.errors import FieldError, InvalidRequest
from callwright.settings import Settings

if TYPE_CHECKING:
    from callwright.campaigns.breakers import Breakers
    from callwright.foundation import Ground

Fields = Annotated[
    list[str] | None,
    typer.Argument(help="FIELD=VALUE: enabled, share, least_calls, window_seconds, pause_seconds; default: as it was."),
]


def breaker(name: str, org: Org, fields: Fields = None, data_dir: DataDir = None) -> None:
    """Show when a trunk is suspended because too much fails on it, or change that."""
    wanted = dict(_read(field) for field in fields or [])

    async def work(ground: Ground, breakers: Breakers) -> None:
        organisation = await ground.accounts.find_organisation(org)
        trunk = await ground.numbers.trunks.find(organisation.id, name)
        if wanted:
            found = await breakers.change(organisation.id, "trunk", trunk.id, wanted)
        else:
            found = (await breakers.of(organisation.id, "trunk", [trunk.id]))[trunk.id]
        terms, standing = found.terms, found.standing
        until = None if standing.open_until is None else f"{standing.open_until:%Y-%m-%d %H:%M:%S} UTC"
        show(
            f"Breaker of {name}",
            ["enabled", "share", "least_calls", "window_seconds", "pause_seconds", "state", "until", "reason"],
            [
                [
                    "yes" if terms.enabled else "no",
                    terms.share,
                    terms.least_calls,
                    terms.window_seconds,
                    terms.pause_seconds,
                    standing.state.value,
                    until,
                    standing.reason,
                ]
            ],
        )

    _run(data_dir, work)


def reopen(name: str, org: Org, data_dir: DataDir = None) -> None:
    """Let calls go over a suspended trunk again, now; what failed until now is forgotten."""

    async def work(ground: Ground, breakers: Breakers) -> None:
        organisation = await ground.accounts.find_organisation(org)
        trunk = await ground.numbers.trunks.find(organisation.id, name)
        await breakers.reset(organisation.id, "trunk", trunk.id)
        typer.echo(f"calls go over trunk {name} again")

    _run(data_dir, work)


def _read(field: str) -> tuple[str, Any]:
    """Return a field's name and value. Raises ``InvalidRequest``."""
    name, equals, value = field.partition("=")
    if not equals:
        raise InvalidRequest([FieldError(field=name, message="is written FIELD=VALUE", received=field)])
    if name == "enabled" and value in ("yes", "no"):
        return name, value == "yes"
    if value == "default":
        return name, None
    try:
        return name, float(value) if name == "share" else int(value)
    except ValueError:
        message = "must be yes or no" if name == "enabled" else "must be a number, or default"
        raise InvalidRequest([FieldError(field=name, message=message, received=value)]) from None


def _run(data_dir: Path | None, work: Callable[[Ground, Breakers], Awaitable[None]]) -> None:
    from callwright.campaigns.breakers import Breakers  # noqa: PLC0415  (``--help`` stays quick without it)
    from callwright.foundation import open_ground  # noqa: PLC0415

    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)

    async def all_of_it() -> None:
        async with open_ground(settings) as ground:
            await work(ground, Breakers(ground.database, SystemClock()))

    asyncio.run(all_of_it())
