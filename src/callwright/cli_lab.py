"""``callwright lab``: the simulated telephones, and softphones that register beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from callwright.settings import Settings

lab = typer.Typer(no_args_is_help=True)
softphone = typer.Typer(no_args_is_help=True, help="SIP telephones that register with the lab.")
lab.add_typer(softphone, name="softphone")

DataDir = Annotated[Path | None, typer.Option(help="Where everything is kept.")]
Name = Annotated[str, typer.Argument(help="1000 to 1099; calls to numbers that end in it ring the telephone.")]


def _settings(data_dir: Path | None) -> Settings:
    return Settings() if data_dir is None else Settings(data_dir=data_dir)


@softphone.command("add")
def add_softphone(name: Name, data_dir: DataDir = None) -> None:
    """Make an account and show its password, once; a running ``serve`` takes it up within seconds."""
    from callwright.telephony.lab.softphones import Softphones  # noqa: PLC0415  (``--help`` stays quick)

    settings = _settings(data_dir)
    password = Softphones(settings.data_dir / "lab").add(name)
    typer.echo(f"server:   {settings.lab_host}:{settings.internal_port_base + 3} (UDP or TCP)")
    typer.echo(f"user:     {name}")
    typer.echo(f"password: {password}")
    typer.echo(f"call it:  a sandbox key's call to a number that ends in {name}, such as +1555010{name}")


@softphone.command("list")
def list_softphones(data_dir: DataDir = None) -> None:
    """Show the accounts."""
    from callwright.telephony.lab.softphones import Softphones  # noqa: PLC0415

    for name in Softphones(_settings(data_dir).data_dir / "lab").names():
        typer.echo(name)


@softphone.command("remove")
def remove_softphone(name: Name, data_dir: DataDir = None) -> None:
    """Remove an account."""
    from callwright.telephony.lab.softphones import Softphones  # noqa: PLC0415

    Softphones(_settings(data_dir).data_dir / "lab").remove(name)
    typer.echo(f"removed {name}")


@lab.command("call-in")
def place_call_in(
    number: Annotated[str, typer.Argument(help="A number of an organisation, such as +12125550100.")],
    caller: Annotated[str | None, typer.Option("--from", help="Who calls; none: a caller who shows no number.")] = None,
    press: Annotated[str, typer.Option(help="Keys to press; w waits half a second.")] = "",
    after: Annotated[int, typer.Option(help="Seconds after the answer until the first key.")] = 2,
    data_dir: DataDir = None,
) -> None:
    """Let a handset of the running lab call a number, and say what happens; Ctrl-C leaves the call alone."""
    import asyncio  # noqa: PLC0415

    from callwright.telephony.lab.call_in import CallIn, place  # noqa: PLC0415

    settings = _settings(data_dir)
    call = CallIn(number=number, caller=caller, press=press, after=after)
    heard = settings.data_dir.absolute() / "lab" / "heard"

    async def work() -> bool:
        words = ""
        async for words in place(settings, call):
            typer.echo(words)
        return words == "over"

    if not asyncio.run(work()):
        raise typer.Exit(1)
    digits = (caller or "0").lstrip("+")
    recordings = sorted(heard.glob(f"{digits}-*.wav"), key=lambda path: path.stat().st_mtime)
    if recordings:
        typer.echo(f"what the caller heard: {recordings[-1]}")


@lab.command("handsets")
def handsets() -> None:
    """Show what each handset does, by the last four digits of its number."""
    from callwright.telephony.lab.behaviours import BEHAVIOURS  # noqa: PLC0415

    for behaviour in BEHAVIOURS:
        typer.echo(f"{behaviour.digits}  {behaviour.name}")
