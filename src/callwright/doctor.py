"""``callwright doctor``: what is there, what is missing, and how to get it, in plain words."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from callwright.errors import CallwrightError, SetupError
from callwright.numbers.models import Trunk
from callwright.numbers.trunks import Trunks
from callwright.ports import is_free
from callwright.processes import check_reachable, service_user
from callwright.settings import Settings, unknown_variables
from callwright.speech.recognise.models import REMEDY, find_models
from callwright.speech.tts.installed import VoiceFolders, neural_voices
from callwright.store.binaries import find_binaries
from callwright.store.database import Database
from callwright.store.postgres import EmbeddedPostgres
from callwright.store.secrets import SecretBox
from callwright.telephony.asterisk.install import obstacles, probe_path, unpacked

#: Asterisk unpacked takes 170 MB, a new database 40 MB; the rest is room for audio and logs.
_WANTED_BYTES = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    name: str
    #: ``ok``, ``warning`` (it works, but …) or ``missing`` (it cannot work).
    state: str
    text: str
    #: What to do about it.
    remedy: str = ""


def check(settings: Settings) -> list[Finding]:
    """Look at everything that ``serve`` needs; changes nothing but the system user that root needs."""
    return [
        _python(),
        told_of_variables(os.environ),
        _folder("data directory", settings.data_dir, "CALLWRIGHT_DATA_DIR"),
        _folder("cache directory", settings.cache_dir, "CALLWRIGHT_CACHE_DIR"),
        _disk(settings.data_dir),
        _postgres(settings),
        _asterisk(settings),
        _speech(settings),
        _recogniser(settings),
        _ports(settings),
        _sipp(),
    ]


async def sip_domains(settings: Settings) -> Finding:
    """Look to which SIP addresses transfers may go: to those of domains that a trunk carries (``prefixes=@domain``).

    Only a database that runs is asked; none is started for this.
    """
    name = "SIP addresses"
    url = settings.database_url
    if url is None:
        postgres = EmbeddedPostgres(settings.data_dir, settings.cache_dir)
        if not await postgres.attach():
            return Finding(name=name, state="ok", text="not looked at: the database does not run")
        url = postgres.url
    try:
        database = await Database.open(url, max_size=1)
    except (OSError, asyncpg.PostgresError) as error:
        return Finding(name=name, state="warning", text=f"not looked at: the database cannot be reached ({error})")
    try:
        trunks = await Trunks(database, SecretBox.load(settings.data_dir)).of_installation()
    except asyncpg.UndefinedTableError:
        return Finding(name=name, state="ok", text="not looked at: the database is empty yet")
    finally:
        await database.close()
    return told_of_domains(trunks)


def told_of_domains(trunks: Sequence[Trunk]) -> Finding:
    """Return what is said of the domains that trunks carry."""
    carried = [(prefix.removeprefix("@"), trunk) for trunk in trunks for prefix in trunk.prefixes if prefix[:1] == "@"]
    open_now = sorted({f"{domain} (trunk {trunk.name})" for domain, trunk in carried if trunk.enabled})
    shut = sorted({domain for domain, _ in carried} - {domain for domain, trunk in carried if trunk.enabled})
    text = f"transfers may call those of {', '.join(open_now)}" if open_now else "transfers call none"
    if shut:
        text += f"; every trunk to {', '.join(shut)} is disabled"
        remedy = "PATCH /api/v1/trunks/{id} with enabled true, or take the domain out of its prefixes"
        return Finding(name="SIP addresses", state="warning", text=text, remedy=remedy)
    return Finding(name="SIP addresses", state="ok", text=text)


def render(findings: list[Finding]) -> str:
    """Return the findings as text, the remedies under them."""
    marks = {"ok": "ok      ", "warning": "warning ", "missing": "MISSING "}
    lines = []
    for finding in findings:
        lines.append(f"{marks[finding.state]} {finding.name}: {finding.text}")
        if finding.remedy:
            lines.append(f"          → {finding.remedy}")
    missing = sum(finding.state == "missing" for finding in findings)
    lines.append(
        "Everything that `callwright serve` needs is there." if not missing else f"{missing} things are missing."
    )
    return "\n".join(lines)


def _python() -> Finding:
    # an older one does not come this far: ./run asks first
    return Finding(name="Python", state="ok", text=platform.python_version())


def told_of_variables(environment: Mapping[str, str]) -> Finding:
    """Return what is said of variables that look like settings and are none."""
    unknown = unknown_variables(environment)
    if not unknown:
        return Finding(name="settings", state="ok", text="every CALLWRIGHT_ variable that is set is known")
    named = (name if meant is None else f"{name} (did you mean {meant}?)" for name, meant in unknown.items())
    return Finding(
        name="settings",
        state="warning",
        text=f"nothing reads {', '.join(named)}",
        remedy="docs/reference/settings.md has all names",
    )


def _folder(name: str, path: Path, variable: str) -> Finding:
    nearest = path
    while not nearest.exists():
        nearest = nearest.parent
    if not os.access(nearest, os.W_OK):
        return Finding(
            name=name, state="missing", text=f"{path} cannot be written", remedy=f"choose another with {variable}"
        )
    try:
        check_reachable(path / "x", service_user())
    except SetupError as error:
        return Finding(name=name, state="missing", text=str(error))
    return Finding(name=name, state="ok", text=str(path))


def _disk(path: Path) -> Finding:
    nearest = path
    while not nearest.exists():
        nearest = nearest.parent
    free = shutil.disk_usage(nearest).free
    text = f"{free / 1e9:.1f} GB free"
    if free < _WANTED_BYTES:
        return Finding(name="disk", state="warning", text=text, remedy="1 GB is what a quiet appliance needs")
    return Finding(name="disk", state="ok", text=text)


def _postgres(settings: Settings) -> Finding:
    if settings.database_url is not None:
        return Finding(name="PostgreSQL", state="ok", text="your own (CALLWRIGHT_DATABASE_URL); tried at start")
    try:
        binaries = find_binaries()
    except CallwrightError as error:
        return Finding(name="PostgreSQL", state="missing", text=str(error))
    return Finding(name="PostgreSQL", state="ok", text=f"{binaries.version}, from the wheel")


def _asterisk(settings: Settings) -> Finding:
    if settings.asterisk_urls is not None:
        return Finding(name="Asterisk", state="ok", text="your own (CALLWRIGHT_ASTERISK_URLS); tried at start")
    own = probe_path()
    if own.program is not None:
        return Finding(name="Asterisk", state="ok", text=f"{own.program.version} ({own.program.binary})")
    ready = unpacked(settings.cache_dir)
    if ready is not None:
        return Finding(name="Asterisk", state="ok", text=f"{ready.version}, unpacked in {settings.cache_dir}")
    hindering = obstacles(settings.debian_mirror)
    if hindering:
        return Finding(
            name="Asterisk",
            state="missing",
            text=f"{own.reason}, and it cannot be fetched",
            remedy="; ".join(hindering),
        )
    return Finding(
        name="Asterisk", state="ok", text=f"{own.reason}; Debian's packages are fetched at the first start (80 MB)"
    )


def _speech(settings: Settings) -> Finding:
    engines = {"Pico": "nanotts", "espeak-ng": "espeakng_loader"}
    there = [name for name, module in engines.items() if find_spec(module) is not None or find_spec(f"py_{module}")]
    neural = {entry.voice.engine for entry in neural_voices(VoiceFolders.of(settings.data_dir, settings.voices_dir))}
    there += sorted(engine.capitalize() for engine in neural)
    if not there:
        return Finding(name="speech", state="missing", text="no speech engine", remedy="run ./run callwright again")
    more = "" if neural else "; callwright voices install kokoro fetches a better one"
    return Finding(name="speech", state="ok", text=", ".join(there) + more)


def _recogniser(settings: Settings) -> Finding:
    try:
        models = find_models(settings.recogniser, settings.recogniser_models)
    except SetupError as error:
        return Finding(name="words", state="missing", text=str(error))
    if settings.recogniser == "off":
        return Finding(name="words", state="ok", text="not understood (CALLWRIGHT_RECOGNISER is off); keys work")
    if not models:
        return Finding(
            name="words", state="warning", text="no recogniser is installed; flows with keywords are refused",
            remedy=REMEDY,
        )  # fmt: skip
    engines = [*(["Whisper"] if models.whisper else []), *(["pocketsphinx"] if models.sphinx else [])]
    return Finding(name="words", state="ok", text=f"{' and '.join(engines)}, for {', '.join(models.languages)}")


def _ports(settings: Settings) -> Finding:
    base = settings.internal_port_base
    wanted = {
        "CALLWRIGHT_PORT": (settings.host, settings.port),
        "CALLWRIGHT_SIP_PORT": (settings.sip_host, settings.sip_port),
    }
    wanted |= {f"CALLWRIGHT_INTERNAL_PORT_BASE (+{n})": ("127.0.0.1", base + n) for n in (0, 1, 3)}
    taken = [f"{host}:{port} ({name})" for name, (host, port) in wanted.items() if not is_free(port, host)]
    if taken:
        return Finding(
            name="ports",
            state="warning",
            text=f"in use: {', '.join(taken)}",
            remedy="fine if callwright runs already; else choose others with these variables",
        )
    return Finding(name="ports", state="ok", text=f"HTTP {settings.port}, SIP {settings.sip_port} and ours are free")


def _sipp() -> Finding:
    if shutil.which("sipp") is None:
        return Finding(
            name="sipp",
            state="warning",
            text="not installed; only the tests need it",
            remedy="apt install sip-tester",
        )
    return Finding(name="sipp", state="ok", text=str(shutil.which("sipp")))
