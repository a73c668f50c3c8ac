"""The command line: ``callwright serve``, ``doctor``, ``demo`` and the administration of what the appliance holds."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import uvloop

from callwright import logs
from callwright.cli_accounts import keys, numbers, orgs
from callwright.cli_asterisk import asterisk
from callwright.cli_backup import backup, restore
from callwright.cli_billing import balance, budgets, rates
from callwright.cli_campaigns import campaigns
from callwright.cli_dnc import dnc
from callwright.cli_extensions import extensions
from callwright.cli_lab import lab
from callwright.cli_messages import routes, senders
from callwright.cli_postgres import postgres
from callwright.cli_setup import setup_link
from callwright.cli_trunks import trunks
from callwright.cli_users import users
from callwright.cli_voices import voices
from callwright.errors import CallwrightError
from callwright.settings import Settings

#: How many more objects there must be than at the last look before the garbage collector looks at the youngest.
_YOUNG_OBJECTS = 10_000

app = typer.Typer(
    name="callwright",
    help="Self-hosted automated outreach: calls that speak and listen.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(orgs, name="orgs", help="Organisations.")
app.add_typer(users, name="users", help="People and their roles.")
app.add_typer(keys, name="keys", help="API keys.")
app.add_typer(numbers, name="numbers", help="Caller ids.")
app.add_typer(trunks, name="trunks", help="Lines to SIP providers.")
app.add_typer(routes, name="routes", help="What carries texts and emails.")
app.add_typer(senders, name="senders", help="Whom texts and emails come from.")
app.add_typer(extensions, name="extensions", help="Softphones that register with the engine.")
app.add_typer(campaigns, name="campaigns", help="Lists of people who are called.")
app.add_typer(dnc, name="dnc", help="Do-not-call lists.")
app.add_typer(voices, name="voices", help="What speaks.")
app.add_typer(lab, name="lab", help="The handset lab.")
app.add_typer(asterisk, name="asterisk", help="The telephone engine.")
app.add_typer(rates, name="rates", help="Price lists.")
app.add_typer(budgets, name="budgets", help="Hard limits on what is spent.")
app.command()(balance)
app.add_typer(postgres, name="postgres", help="The embedded database.")
app.command()(backup)
app.command()(restore)
app.command("setup-link")(setup_link)


@app.command()
def serve(
    data_dir: Annotated[Path | None, typer.Option(help="Where everything is kept.")] = None,
    host: Annotated[str | None, typer.Option(help="HTTP address; loopback by default.")] = None,
    port: Annotated[int | None, typer.Option(help="HTTP port.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain (PEM): serve HTTPS.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
    behind_proxy: Annotated[
        bool | None,
        typer.Option("--behind-proxy", help="A proxy that CALLWRIGHT_TRUSTED_PROXIES names ends TLS."),
    ] = None,
) -> None:
    """Start everything and keep it alive.

    SIGTERM or Ctrl-C ends everything, after the calls in the air or CALLWRIGHT_DRAIN_SECONDS; a second one waits no
    longer. SIGUSR2 ends this process alone: PostgreSQL, Asterisk and the calls live on for the next start.
    """
    settings = _settings(data_dir, host=host, port=port, tls_cert=tls_cert, tls_key=tls_key, behind_proxy=behind_proxy)
    logs.set_up(settings.log_level, settings.log_format)
    # a third less processor time than asyncio's own loop
    uvloop.run(_serve(settings))


@app.command()
def dev(
    data_dir: Annotated[Path, typer.Option(help="Where everything is kept.")],
) -> None:
    """Serve, and start again whenever a source file changes."""
    from watchfiles import run_process  # noqa: PLC0415  (only developers need it)

    run_process(
        Path(__file__).parent,
        target=f"{sys.executable} -m callwright serve --data-dir {data_dir}",
        target_type="command",
    )


@app.command()
def doctor(
    data_dir: Annotated[Path | None, typer.Option(help="Where everything is kept.")] = None,
) -> None:
    """Say in plain words what is there, what is missing, and how to get it."""
    from callwright.doctor import check, render, sip_domains  # noqa: PLC0415  (imports every part, to try it)

    settings = _settings(data_dir)
    findings = [*check(settings), asyncio.run(sip_domains(settings))]
    typer.echo(render(findings))
    if any(finding.state == "missing" for finding in findings):
        raise typer.Exit(1)


@app.command("audit")
def run_audit(
    data_dir: Annotated[Path | None, typer.Option(help="Where everything is kept.")] = None,
) -> None:
    """Ask the database for each of the things that must never happen; exits 1 when it finds one."""
    from callwright.audit import audit  # noqa: PLC0415
    from callwright.foundation import open_ground  # noqa: PLC0415

    async def work() -> bool:
        sound = True
        async with open_ground(_settings(data_dir)) as ground:
            for result in await audit(ground.database):
                typer.echo(f"{'ok     ' if not result.findings else 'FOUND  '} {result.query}")
                for finding in result.findings:
                    sound = False
                    typer.echo(f"        {finding}")
        return sound

    if not asyncio.run(work()):
        raise typer.Exit(1)


@app.command()
def demo(
    keep: Annotated[bool, typer.Option(help="Keep the data directory, to listen and look around.")] = True,
    svg: Annotated[Path | None, typer.Option(help="Also write what was shown as an SVG picture.")] = None,
) -> None:
    """Call twenty simulated telephones and show what happened; exits 0 only if all went as expected."""
    from callwright.demo import run_demo  # noqa: PLC0415  (nothing else needs it)

    logs.set_up("error")
    raise typer.Exit(asyncio.run(run_demo(keep=keep, svg=svg)))


def _settings(data_dir: Path | None, **others: Any) -> Settings:
    given = {"data_dir": data_dir, **others}
    return Settings(**{name: value for name, value in given.items() if value is not None})


@contextlib.contextmanager
def _nothing_is_garbage() -> Iterator[None]:
    """Keep what is made meanwhile out of the garbage collector's sight, now and later: imports, which stay."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


async def _serve(settings: Settings) -> None:
    with _nothing_is_garbage():
        from callwright.appliance import Appliance  # noqa: PLC0415  (the command line stays quick without it)
        from callwright.listening import listening  # noqa: PLC0415

    # a request makes thousands of objects that live for milliseconds: looked through whenever there are 700 more, as is
    # the default, they cost a twentieth of all CPU
    gc.set_threshold(_YOUNG_OBJECTS, 10, 10)
    appliance = Appliance(settings)
    stop = asyncio.Event()
    leave = False

    def end() -> None:
        if stop.is_set():
            appliance.hurry()
        stop.set()

    def hand_over() -> None:
        nonlocal leave
        leave = True
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    loop.add_signal_handler(signal.SIGUSR2, hand_over)
    try:
        await appliance.start()
        url = settings.public_url or listening(settings).url
        typer.echo(f"Callwright is ready: {url}/app/ (API: {url}/api/docs)", err=True)
        if await appliance.services.setup.open():
            typer.echo(f"Become its first owner: {appliance.services.setup.link(url)}", err=True)
        await appliance.run_until(stop)
        if leave:
            await appliance.release_all()
    finally:
        await appliance.stop()


def main() -> None:
    """Run the command line; an error of ours is a sentence on standard error, not a traceback."""
    # python -m callwright turned it off for its imports
    gc.freeze()
    gc.enable()
    try:
        # not the way in which Python was told to run it
        app(prog_name="callwright")
    except CallwrightError as error:
        _fail(str(error))
    except PermissionError as error:
        _fail(f"{error.filename}: permission denied; give the command as the user that `callwright serve` runs as")


def _fail(message: str) -> NoReturn:
    typer.echo(f"callwright: {message}", err=True)
    sys.exit(1)
