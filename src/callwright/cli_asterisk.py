"""``callwright asterisk``: what an operator does with the telephone engine by hand."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callwright.errors import SetupError
from callwright.settings import Settings

if TYPE_CHECKING:
    from callwright.telephony.asterisk.install import AsteriskProgram

asterisk = typer.Typer(no_args_is_help=True)

DataDir = Annotated[Path | None, typer.Option(help="Where everything is kept.")]
Wait = Annotated[float, typer.Option(min=0, help="Seconds that calls in the air have to end by themselves.")]
Now = Annotated[bool, typer.Option("--now", help="End the calls in the air.")]
#: How often a running ``serve`` is asked what has become of the order.
_POLL_SECONDS = 0.2
_SHOWN = {
    "draining": "nothing new is dialled; waiting for the calls in the air",
    "starting": "the engine is started again",
}


def _settings(data_dir: Path | None) -> Settings:
    return Settings() if data_dir is None else Settings(data_dir=data_dir)


@asterisk.command("install")
def install(data_dir: DataDir = None) -> None:
    """Find a usable Asterisk or unpack Debian's packages, and say which it is."""
    from callwright.telephony.asterisk.install import find_or_install  # noqa: PLC0415

    settings = _settings(data_dir)
    program = find_or_install(settings.cache_dir, mirror=settings.debian_mirror)
    typer.echo(f"Asterisk {program.version} ({program.source}): {program.binary}")


@asterisk.command("dialplan")
def dialplan(data_dir: DataDir = None) -> None:
    """Print the dialplan that your own Asterisk needs (see docs/how-to/own-servers.md)."""
    from callwright.telephony.asterisk.dialplan import engine  # noqa: PLC0415

    settings = _settings(data_dir)
    typer.echo(engine(f"cw-{settings.node}", settings.data_dir.absolute() / "engine" / "sounds" / "away"), nl=False)


@asterisk.command("capture")
def capture(
    file: Annotated[Path | None, typer.Argument(help="A pcap file to write; without it the capture ends.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Write every SIP message of the running engine to a pcap file, or stop doing so."""
    from callwright.telephony.asterisk.process import capture_of_running  # noqa: PLC0415

    asyncio.run(capture_of_running(_settings(data_dir), None if file is None else file.absolute()))
    if file is not None:
        typer.echo(f"SIP is written to {file.absolute()}; callwright asterisk capture, without a file, ends it")


@asterisk.command("upgrade")
def upgrade(wait: Wait = 600, now: Now = False, data_dir: DataDir = None) -> None:
    """Unpack Debian's packages of today beside the old ones, try them, and change a running engine to them.

    New calls wait, those in the air end by themselves; exits 1 when the old engine had to be taken back.
    """
    from callwright.telephony.asterisk.install import fetch  # noqa: PLC0415
    from callwright.telephony.asterisk.versions import current_folder  # noqa: PLC0415

    settings = _settings(data_dir)
    _check_ours(settings)
    program = fetch(settings.cache_dir, mirror=settings.debian_mirror)
    if program.binary.parent == current_folder(settings.cache_dir):
        typer.echo(f"{program.binary.parent.name} is what Debian has today, and what is used: nothing to do")
        return
    _change(settings, program, 0 if now else wait)


@asterisk.command("use")
def use(
    version: Annotated[str, typer.Argument(help="One that `callwright asterisk status` names, such as an older one.")],
    wait: Wait = 600,
    now: Now = False,
    data_dir: DataDir = None,
) -> None:
    """Try another unpacked version and change a running engine to it, as `upgrade` does."""
    from callwright.telephony.asterisk.install import program_in  # noqa: PLC0415
    from callwright.telephony.asterisk.versions import find  # noqa: PLC0415

    settings = _settings(data_dir)
    _check_ours(settings)
    folder = find(settings.cache_dir, version)
    program = program_in(folder)
    if program is None:
        raise SetupError(f"the Asterisk in {folder} does not run; callwright asterisk prune {folder.name} deletes it")
    _change(settings, program, 0 if now else wait)


@asterisk.command("status")
def status(data_dir: DataDir = None) -> None:
    """Show the unpacked versions, which one is used and runs, and what became of the last change."""
    from callwright.telephony.asterisk.install import probe_path  # noqa: PLC0415
    from callwright.telephony.asterisk.versions import current_folder, folders, users  # noqa: PLC0415
    from callwright.telephony.engine_change import ChangeOrder  # noqa: PLC0415

    settings = _settings(data_dir)
    own = probe_path().program
    if settings.asterisk_urls is not None:
        typer.echo("your own Asterisk is used (CALLWRIGHT_ASTERISK_URLS)")
    elif own is not None:
        typer.echo(f"this machine's own Asterisk is used: {own.binary} ({own.version})")
    used = current_folder(settings.cache_dir)
    for folder in folders(settings.cache_dir):
        pids = users(folder)
        running = f", runs as process {', '.join(map(str, pids))}" if pids else ""
        typer.echo(f"{'*' if folder == used else ' '} {folder.name}{running}")
    order = ChangeOrder(settings.data_dir.absolute() / "engine")
    typer.echo(f"callwright serve: {'running' if order.serving() else 'not running'}")
    if (change := order.read()) is not None:
        reason = f": {change.detail}" if change.detail else ""
        typer.echo(f"last change, to {Path(change.folder).name}: {change.state}{reason}")


@asterisk.command("prune")
def prune(
    version: Annotated[list[str] | None, typer.Argument(help="None: all that are older than the one used.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Delete versions that are neither used nor running."""
    from callwright.telephony.asterisk.versions import find, older, remove, users  # noqa: PLC0415

    cache = _settings(data_dir).cache_dir
    if version:
        chosen = [find(cache, name) for name in version]
    else:
        chosen = [folder for folder in older(cache) if not users(folder)]
    for folder in chosen:
        remove(cache, folder)
        typer.echo(f"deleted {folder.name}")
    if not chosen:
        typer.echo("nothing to delete")


def _check_ours(settings: Settings) -> None:
    from callwright.telephony.asterisk.install import probe_path  # noqa: PLC0415

    own = probe_path().program
    if settings.asterisk_urls is not None or own is not None:
        whose = "CALLWRIGHT_ASTERISK_URLS names it" if own is None else f"{own.binary} of this machine"
        raise SetupError(f"the engine is your own ({whose}): upgrade it with its own tools, then restart it")


def _change(settings: Settings, program: AsteriskProgram, wait: float) -> None:
    """Try ``program``, then let a running ``serve`` change to it, or the next one start with it."""
    from callwright.telephony.asterisk.trial import try_program  # noqa: PLC0415
    from callwright.telephony.asterisk.versions import make_current  # noqa: PLC0415
    from callwright.telephony.engine_change import ChangeOrder  # noqa: PLC0415

    folder = program.binary.parent
    typer.echo(f"trying {folder.name}")
    asyncio.run(try_program(program))
    order = ChangeOrder(settings.data_dir.absolute() / "engine")
    if not order.serving():
        make_current(settings.cache_dir, folder)
        typer.echo(f"{folder.name} is used from the next start; callwright asterisk prune deletes older ones")
        return
    change = order.order(folder, wait)
    shown = change.state
    while True:
        now = order.read()
        if now is None or now.id != change.id:
            raise SetupError("another change took this one's place; callwright asterisk status")
        if now.state != shown and now.state in _SHOWN:
            typer.echo(_SHOWN[now.state])
        shown = now.state
        if shown == "done":
            typer.echo(f"{folder.name} is used; callwright asterisk prune deletes older ones")
            return
        if shown == "back":
            raise SetupError(f"{folder.name} is not used: {now.detail}")
        if not order.serving():
            raise SetupError("callwright serve ended in the meantime; its next start goes on with this change")
        time.sleep(_POLL_SECONDS)
