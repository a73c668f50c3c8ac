"""``callwright trunks``: lines to SIP providers."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from callwright.accounts.service import AccountService
from callwright.cli_accounts import DataDir, Org, run_on_ground, show
from callwright.cli_breakers import breaker, reopen
from callwright.errors import SetupError
from callwright.numbers.models import Trunk
from callwright.numbers.service import NumberService
from callwright.numbers.trunk_fields import NAMES, as_new, changed
from callwright.numbers.trunks import NewTrunk
from callwright.settings import Settings

trunks = typer.Typer(no_args_is_help=True)
trunks.command("breaker")(breaker)
trunks.command("reopen")(reopen)

Fields = Annotated[
    list[str] | None,
    typer.Argument(help=f"FIELD=VALUE, any of: {', '.join(NAMES)}. docs/reference/trunks.md says what they mean."),
]
Password = Annotated[str | None, typer.Option(envvar="CALLWRIGHT_TRUNK_PASSWORD", help="Better by the environment.")]


@trunks.command("add")
def add_trunk(
    name: Annotated[str, typer.Argument(help="Small letters, digits and hyphens.")],
    host: Annotated[str, typer.Argument(help="The provider's host name or address.")],
    org: Org,
    fields: Fields = None,
    port: Annotated[int | None, typer.Option(help="None: DNS says it (SRV), else the protocol's own.")] = None,
    transport: Annotated[str, typer.Option(help="udp, tcp or tls.")] = "udp",
    username: str | None = None,
    password: Password = None,
    number_format: Annotated[str, typer.Option(help="e164, plain, 00 or national (needs region=US).")] = "e164",
    codecs: Annotated[str, typer.Option(help="Best first.")] = "ulaw,alaw",
    dtmf_mode: Annotated[str, typer.Option(help="rfc4733, info, auto_info or inband.")] = "auto_info",
    channels: Annotated[int, typer.Option(help="Calls at once.")] = 30,
    calls_per_second: float = 10,
    shared: Annotated[bool, typer.Option(help="For the calls of every organisation.")] = False,
    replace: Annotated[bool, typer.Option(help="Change the trunk of this name.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Add a line to a SIP provider."""
    new = changed(
        NewTrunk(
            name=name,
            host=host,
            shared=shared,
            port=port,
            transport=transport,
            username=username,
            password=password,
            number_format=number_format,
            codecs=codecs,
            dtmf_mode=dtmf_mode,
            channels=channels,
            calls_per_second=calls_per_second,
        ),
        fields or [],
    )

    async def job(accounts: AccountService, service: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        added = await service.trunks.add(organisation.id, new, replace=replace)
        typer.echo(f"trunk {added.name} ({added.id}): {_address(added)}, {added.channels} calls at once")

    run_on_ground(data_dir, job)


@trunks.command("set")
def set_trunk(name: str, org: Org, fields: Fields = None, password: Password = None, data_dir: DataDir = None) -> None:
    """Change fields of a trunk, and switch it on again if it was removed; the others stay as they are."""

    async def job(accounts: AccountService, service: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        trunk = await service.trunks.find(organisation.id, name)
        kept = password or await service.trunks.password(trunk.id)
        await service.trunks.add(organisation.id, changed(as_new(trunk, kept), fields or []), replace=True)
        typer.echo(f"trunk {name} is changed; a running serve takes it up within a few seconds")

    run_on_ground(data_dir, job)


@trunks.command("list")
def list_trunks(org: Org, data_dir: DataDir = None) -> None:
    """Show the trunks that an organisation's calls may take."""

    async def job(accounts: AccountService, service: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        listed = await service.trunks.of_organisation(organisation.id)
        registered = await _registrations(data_dir) if any(t.options.register for t in listed) else {}
        suspended = await service.trunks.suspended(listed)
        rows: list[list[object]] = [
            [
                t.name,
                t.kind,
                _address(t),
                t.username,
                ",".join(t.prefixes) or "all",
                f"{t.priority}/{t.weight}",
                t.channels,
                t.calls_per_second,
                "shared" if t.shared else "own",
                suspended.get(t.id, "on") if t.enabled else "off",
                registered.get(t.name, "unknown") if t.options.register and t.enabled else "",
            ]
            for t in listed
        ]
        show(
            f"Trunks of {organisation.name}",
            [
                *("name", "kind", "address", "user", "carries", "priority/weight", "channels", "calls/s", "whose"),
                *("state", "registration"),
            ],
            rows,
        )

    run_on_ground(data_dir, job)


@trunks.command("remove")
def remove_trunk(name: str, org: Org, data_dir: DataDir = None) -> None:
    """Take a trunk out of service; calls in the air go on."""

    async def job(accounts: AccountService, service: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        deleted = await service.trunks.remove(organisation.id, name)
        typer.echo(f"trunk {name} is {'deleted' if deleted else 'off: calls were made over it, so its record stays'}")

    run_on_ground(data_dir, job)


@trunks.command("test")
def check(name: str, data_dir: DataDir = None) -> None:
    """Ask the provider for a sign of life (OPTIONS) through the running engine; exits 1 when none comes."""
    from callwright.telephony.asterisk.trunk_check import check_trunk, running_command  # noqa: PLC0415

    settings = _settings(data_dir)

    async def work() -> None:
        folder = settings.data_dir.absolute() / "engine" / "log"
        health = await check_trunk(await running_command(settings), name, folder)
        if health.registration is not None:
            typer.echo(f"registration: {health.registration}")
        if health.certificate is not None:
            raise SetupError(
                f"trunk {name}: the provider's certificate is not good: {health.certificate.lower()}. It must be of an "
                "authority in tls_ca_file (without one: those of the machine), in date, and for this host; "
                "tls_verify=no takes any"
            )
        if health.answer is None:
            raise SetupError(f"trunk {name}: no answer within 3 seconds; check host, port, transport and firewall")
        typer.echo(f"trunk {name}: reachable, it answered {health.answer}")
        if health.registration not in (None, "Registered"):
            raise SetupError(f"trunk {name}: the provider answers but does not register us; check user and password")

    asyncio.run(work())


@trunks.command("trace")
def trace_trunk(
    org: Org,
    name: Annotated[str | None, typer.Argument(help="The trunk; not needed with --call.")] = None,
    call: Annotated[str | None, typer.Option(help="Print the SIP of this call, cal_…, without credentials.")] = None,
    file: Annotated[
        Path | None, typer.Option(help="The pcap file; a name with the time by default. With --call: read this one.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, max=3600, help="How long.")] = 60,
    data_dir: DataDir = None,
) -> None:
    """Write the SIP messages with a trunk's host to a pcap file, or print those of one call until it has ended.

    The call's are taken from the running engine, so begin before it is dialled; or from a file written earlier.
    """
    if call is not None:
        from callwright.call_trace import print_call  # noqa: PLC0415

        asyncio.run(print_call(_settings(data_dir), org, call, file=file, seconds=seconds))
        return
    if name is None:
        raise SetupError("which trunk? callwright trunks trace NAME, or --call cal_…")
    from callwright.telephony.asterisk.trunk_check import running_command, trace  # noqa: PLC0415

    settings = _settings(data_dir)
    hosts: list[str] = []

    async def job(accounts: AccountService, service: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        trunk = await service.trunks.find(organisation.id, name)
        hosts.append(re.sub(r":\d+$", "", trunk.options.outbound_proxy or trunk.host))

    run_on_ground(data_dir, job)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    # first where Asterisk's user may write: it cannot enter every folder of ours
    written = settings.data_dir.absolute() / "engine" / "log" / f"{name}-{stamp}.pcap"
    target = written if file is None else _writable(file.absolute())

    async def work() -> None:
        command = await running_command(settings)
        typer.echo(f"writing SIP of {name} ({hosts[0]}) to {target} for {seconds:g} s; Ctrl-C ends it")
        try:
            await trace(command, hosts[0], written, seconds)
        finally:
            _hand_over(written, target)

    asyncio.run(work())


def _writable(file: Path) -> Path:
    """Make an empty file that only we read; raises ``SetupError`` when that cannot be."""
    try:
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
    except OSError as error:
        raise SetupError(f"{file} cannot be written: {error.strerror}") from error
    return file


def _hand_over(written: Path, target: Path) -> None:
    """Put what Asterisk wrote where it is wanted. Raises ``SetupError`` when it wrote nothing."""
    if not written.exists():
        raise SetupError("Asterisk wrote no file: see its log, engine/log/messages in the data directory")
    if target != written:
        shutil.copyfile(written, target)
        written.unlink()


async def _registrations(data_dir: Path | None) -> dict[str, str]:
    """Return what a running engine says of each registration; nothing when none runs."""
    from callwright.telephony.asterisk.trunk_check import registrations, running_command  # noqa: PLC0415

    try:
        return await registrations(await running_command(_settings(data_dir)))
    except SetupError:
        return {}


def _settings(data_dir: Path | None) -> Settings:
    return Settings() if data_dir is None else Settings(data_dir=data_dir)


def _address(trunk: Trunk) -> str:
    return f"{trunk.host}{'' if trunk.port is None else f':{trunk.port}'}/{trunk.transport}"
