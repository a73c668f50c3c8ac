"""``callwright routes`` and ``callwright senders``: what carries texts and emails, and whom they come from."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from callwright.accounts.models import Organisation
from callwright.cli_accounts import DataDir, Org, show
from callwright.errors import FieldError, InvalidRequest, SetupError
from callwright.messages.desk import Messages
from callwright.messages.routes import KINDS, NewRoute
from callwright.settings import Settings

routes = typer.Typer(no_args_is_help=True)
senders = typer.Typer(no_args_is_help=True)

#: What each kind of route carries; the lab's come by themselves.
_CHANNELS = {kind: channel for channel, kinds in KINDS.items() for kind in kinds if kind != "lab"}

Options = Annotated[
    list[str] | None,
    typer.Argument(help="OPTION=VALUE of the kind; docs/reference/message-routes.md says which there are."),
]
Secrets = Annotated[
    str | None,
    typer.Option(envvar="CALLWRIGHT_ROUTE_SECRETS", help='JSON such as {"password": "…"}. Better by the environment.'),
]


@routes.command("add")
def add_route(
    kind: Annotated[str, typer.Argument(help="smpp or http for texts, smtp for emails.")],
    name: Annotated[str, typer.Argument(help="Small letters, digits and hyphens.")],
    org: Org,
    options: Options = None,
    secrets: Secrets = None,
    options_file: Annotated[Path | None, typer.Option(help="A JSON file with options, under those given.")] = None,
    prefix: Annotated[list[str] | None, typer.Option(help="+44, or a domain of email; absent: all.")] = None,
    priority: Annotated[int, typer.Option(help="The lowest goes first.")] = 0,
    weight: Annotated[float, typer.Option(help="Share among routes of the same priority.")] = 1.0,
    per_second: Annotated[float, typer.Option(help="Messages a second; parts, of texts.")] = 10.0,
    shared: Annotated[bool, typer.Option(help="For the messages of every organisation.")] = False,
    replace: Annotated[bool, typer.Option(help="Change the route of this name.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Add a route; a running serve opens it within seconds."""
    if kind not in _CHANNELS:
        raise InvalidRequest([FieldError(field="kind", message=f"one of {', '.join(_CHANNELS)}", received=kind)])
    new = NewRoute(
        channel=_CHANNELS[kind],
        kind=kind,
        name=name,
        options=_file(options_file) | _pairs(options or []),
        secrets=_secrets(secrets),
        shared=shared,
        prefixes=tuple(prefix or ()),
        priority=priority,
        weight=weight,
        per_second=per_second,
    )

    async def job(desk: Messages, organisation: Organisation) -> None:
        added = await desk.routes.add(organisation.id, new, replace=replace)
        typer.echo(f"route {added.name} ({added.id}): {added.kind}, {added.per_second:g} messages a second")

    _run(data_dir, org, job)


@routes.command("list")
def list_routes(org: Org, data_dir: DataDir = None) -> None:
    """Show the routes that an organisation's messages may take, and whether they are connected."""

    async def job(desk: Messages, organisation: Organisation) -> None:
        rows: list[list[object]] = [
            [
                route.name,
                f"{route.channel}/{route.kind}",
                ",".join(route.prefixes) or "all",
                f"{route.priority}/{route.weight:g}",
                f"{route.per_second:g}",
                "shared" if route.shared else "own",
                _condition(route.enabled, route.state),
            ]
            for route in await desk.routes.page(organisation.id)
        ]
        columns = ["name", "kind", "carries", "priority/weight", "per second", "whose", "state"]
        show(f"Routes of {organisation.name}", columns, rows)

    _run(data_dir, org, job)


@routes.command("enable")
def enable_route(name: str, org: Org, data_dir: DataDir = None) -> None:
    """Let a route carry messages again."""
    _switch(name, org, data_dir, enabled=True)


@routes.command("disable")
def disable_route(name: str, org: Org, data_dir: DataDir = None) -> None:
    """Let a route carry no more messages; what it has is finished."""
    _switch(name, org, data_dir, enabled=False)


@routes.command("remove")
def remove_route(name: str, org: Org, data_dir: DataDir = None) -> None:
    """Delete a route that never carried a message; disable others."""

    async def job(desk: Messages, organisation: Organisation) -> None:
        await desk.routes.remove(organisation.id, name)
        typer.echo(f"route {name} is deleted")

    _run(data_dir, org, job)


@routes.command("address")
def show_address(name: str, org: Org, data_dir: DataDir = None) -> None:
    """Show what a provider calls to tell what became of messages (http, smtp)."""
    from callwright.foundation import open_ground  # noqa: PLC0415
    from callwright.messages.gateways.addresses import HookAddresses  # noqa: PLC0415

    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)

    async def work() -> None:
        async with open_ground(settings) as ground:
            organisation = await ground.accounts.find_organisation(org)
            route = await Messages.on(ground.database, ground.secrets).routes.get(organisation.id, name)
            addresses = HookAddresses(ground.secrets, settings.public_url)
            known = addresses.url(route.id)
            typer.echo(known or f"{addresses.path(route.id)} below the address at which the provider reaches you")

    asyncio.run(work())


@senders.command("add")
def add_sender(
    address: Annotated[str, typer.Argument(help="A number, a short code, a name, or an email address.")],
    org: Org,
    name: Annotated[str | None, typer.Option(help="Shown with an address of email.")] = None,
    default: Annotated[bool, typer.Option(help="Taken when a message names none.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Add a sender that you vouch for."""
    from callwright.messages.addresses import read_text_sender  # noqa: PLC0415
    from callwright.numbers.addresses import read_email  # noqa: PLC0415

    async def job(desk: Messages, organisation: Organisation) -> None:
        if "@" in address:
            channel, read = "email", read_email(address, field="address")
        else:
            channel, read = "sms", read_text_sender(address, region=organisation.region, field="address")
        made = await desk.senders.add(
            organisation.id, channel=channel, address=read, name=name, default=default, verified_by="operator"
        )
        typer.echo(f"sender {made.address} ({made.id}) for {channel}")

    _run(data_dir, org, job)


@senders.command("verify")
def verify_sender(
    sender: Annotated[str, typer.Argument(help="Its id or address.")], org: Org, data_dir: DataDir = None
) -> None:
    """Vouch for a sender that somebody added over the API."""

    async def job(desk: Messages, organisation: Organisation) -> None:
        verified = await desk.senders.verify(organisation.id, sender)
        typer.echo(f"messages may come from {verified.address}")

    _run(data_dir, org, job)


@senders.command("list")
def list_senders(org: Org, data_dir: DataDir = None) -> None:
    """Show an organisation's senders."""

    async def job(desk: Messages, organisation: Organisation) -> None:
        rows: list[list[object]] = [
            [each.address, each.channel, each.name, each.verified_by or "not proved", "yes" if each.is_default else ""]
            for each in await desk.senders.page(organisation.id)
        ]
        show(f"Senders of {organisation.name}", ["address", "channel", "name", "proved by", "default"], rows)

    _run(data_dir, org, job)


def _switch(name: str, org: str, data_dir: Path | None, *, enabled: bool) -> None:
    async def job(desk: Messages, organisation: Organisation) -> None:
        await desk.routes.enable(organisation.id, name, enabled=enabled)
        typer.echo(f"route {name} is {'on' if enabled else 'off'}; a running serve takes it up within seconds")

    _run(data_dir, org, job)


def _run(data_dir: Path | None, org: str, job: Callable[[Messages, Organisation], Awaitable[None]]) -> None:
    # ``--help`` stays quick without them
    from callwright.foundation import open_ground  # noqa: PLC0415
    from callwright.messaging_room import CHECKS  # noqa: PLC0415

    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)

    async def work() -> None:
        async with open_ground(settings) as ground:
            organisation = await ground.accounts.find_organisation(org)
            await job(Messages.on(ground.database, ground.secrets, checks=CHECKS), organisation)

    asyncio.run(work())


def _pairs(given: list[str]) -> dict[str, Any]:
    """Return options as typed values: what reads as JSON is that, everything else is text."""
    options: dict[str, Any] = {}
    for pair in given:
        name, mark, value = pair.partition("=")
        if not mark or not name:
            raise SetupError(f"{pair!r} is not OPTION=VALUE")
        try:
            options[name] = orjson.loads(value)
        except orjson.JSONDecodeError:
            options[name] = value
    return options


def _file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        read = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise SetupError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(read, dict):
        raise SetupError(f"{path} must hold a JSON object")
    return read


def _secrets(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    try:
        read = orjson.loads(text)
    except orjson.JSONDecodeError:
        read = None
    if not isinstance(read, dict) or not all(isinstance(value, str) for value in read.values()):
        # what was given is a secret and is not repeated
        raise SetupError('the secrets must be a JSON object of texts, such as {"password": "…"}')
    return read


def _condition(enabled: bool, state: Any) -> str:
    if not enabled:
        return "off"
    if not state:
        return "on (no serve keeps it now)"
    return "connected" if state.get("ready") else f"not connected: {state.get('problem') or 'not yet'}"
