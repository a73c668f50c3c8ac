"""The appliance's engine node: Asterisk and the handset lab, and the trunks of the database in the engine."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from callwright.errors import CallwrightError, SetupError
from callwright.processes import give_to, service_user
from callwright.settings import Settings
from callwright.store.sockets import socket_dir
from callwright.telephony.asterisk import dialplan
from callwright.telephony.asterisk.configuration import ControlConfig, NodeConfig, TrunkConfig, endpoints
from callwright.telephony.asterisk.extension_sections import ExtensionConfig, sections
from callwright.telephony.asterisk.install import AsteriskProgram, find_or_install
from callwright.telephony.asterisk.past_calls import PastCalls
from callwright.telephony.asterisk.process import AsteriskProcess
from callwright.telephony.asterisk.signing import read_signing
from callwright.telephony.asterisk.transports import PRIVATE_NETWORKS, SipAddress
from callwright.telephony.lab import sounds
from callwright.telephony.lab.lab import HandsetLab, LabPorts

log = logging.getLogger(__name__)

#: What a person hears who answers while the control plane has been away for ten seconds.
AWAY_TEXT = "We are sorry. This call can not be connected right now. Goodbye."
#: How often the trunks in the database are compared with the engine's.
TRUNK_SECONDS = 3.0
_CONTROL_USER = "callwright"

Trunks = Callable[[], Awaitable[Sequence[TrunkConfig]]]
Extensions = Callable[[], Awaitable[Sequence[ExtensionConfig]]]


@dataclass(frozen=True, kw_only=True)
class _Endpoints:
    """What the engine shall know: names, and the sections that say the rest."""

    names: frozenset[str]
    text: str


class EngineNode:
    """Starts, keeps and stops the node's two Asterisks."""

    def __init__(self, settings: Settings, *, trunks: Trunks, extensions: Extensions) -> None:
        self._settings = settings
        self._trunks = trunks
        self._extensions = extensions
        self._base = settings.data_dir.absolute() / "engine"
        #: How calls ended while nobody watched.
        self.past_calls = PastCalls(self._base)
        #: Where the engine leaves recordings, and a folder of sounds that it can read.
        self.recordings = self._base / "spool" / "recording"
        self.sounds = self._base / "sounds"
        self._engine: AsteriskProcess | None = None
        self._say: sounds.Say | None = None
        self.lab: HandsetLab | None = None
        self._syncing: asyncio.Task[None] | None = None
        self._loading = asyncio.Lock()
        #: Names of the trunks and extensions that the running engine knows.
        self._loaded: frozenset[str] = frozenset()
        self._address = sip_address(settings)
        self._signing = read_signing(
            settings.stir_shaken_key, settings.stir_shaken_certificate_url, settings.stir_shaken_certificate
        )
        self._http_port = settings.internal_port_base + 1
        self._password = _password(self._base / "node.json")

    @property
    def signs(self) -> bool:
        """Whether the engine signs calls (STIR/SHAKEN)."""
        return self._signing is not None

    @property
    def control_url(self) -> str:
        """Address of Asterisk's HTTP server, with user and password: where the control connection leads."""
        return f"http://{_CONTROL_USER}:{self._password}@127.0.0.1:{self._http_port}"

    @property
    def restarts(self) -> dict[str, int]:
        """How often each Asterisk was started again since ``start``."""
        programs = {"asterisk": self._engine, "lab": self.lab}
        return {name: program.restarts for name, program in programs.items() if program is not None}

    async def start(self, say: sounds.Say) -> None:
        """Find or unpack Asterisk, start the lab and the engine. Raises ``SetupError``."""
        settings = self._settings
        self._say = say
        program = await asyncio.to_thread(find_or_install, settings.cache_dir, mirror=settings.debian_mirror)
        if settings.lab:
            self.lab = make_lab(settings, program)
            await self.lab.start(say)
        await self._start_engine(program, say)
        self._syncing = asyncio.create_task(self._follow_trunks(), name="trunks")

    @property
    def base(self) -> Path:
        """Folder of the engine's configuration, logs and sockets."""
        return self._base

    async def channels(self) -> int:
        """Return how many channels the engine has: calls, also those that nobody here drives."""
        if self._engine is None:
            return 0
        shown = re.search(
            r"^(\d+) active channel", await self._engine.command("core show channels count"), re.MULTILINE
        )
        return int(shown[1]) if shown else 0

    async def change_program(self, program: AsteriskProgram, connected: Callable[[], Awaitable[None]]) -> None:
        """Start the engine and the lab again with another Asterisk; calls in the air end.

        ``connected`` returns when the engine is connected to us and raises when it is not. When the new one does not
        come up the old one is started again, and ``SetupError`` says why.
        """
        old = self._engine
        if old is None:
            raise SetupError("the engine is not started")
        async with self._loading:
            before = old.config.program
            wanted = await self._wanted()
            try:
                await self._restart(old, program, wanted, connected)
            except (CallwrightError, OSError) as error:
                log.error("Asterisk %s did not come up, back to %s: %s", program.binary.parent, before.version, error)
                await self._restart(old, before, wanted, connected)
                raise SetupError(f"it did not come up, and {before.binary.parent.name} is back: {error}") from None
            finally:
                self._loaded = wanted.names

    async def _restart(
        self,
        earlier: AsteriskProcess,
        program: AsteriskProgram,
        wanted: _Endpoints,
        connected: Callable[[], Awaitable[None]],
    ) -> None:
        if self._engine is not None:
            await self._engine.stop()
        self._engine = AsteriskProcess(replace(earlier.config, program=program, endpoints=wanted.text))
        await self._engine.start()
        await connected()
        if self.lab is not None and self._say is not None:
            await self.lab.stop()
            self.lab = make_lab(self._settings, program)
            await self.lab.start(self._say)

    async def stop(self) -> None:
        """Stop both; calls in the air end."""
        await self._stop_following()
        if self._engine is not None:
            await self._engine.stop()
        if self.lab is not None:
            await self.lab.stop()

    async def release(self) -> None:
        """Leave both running with their calls, for the next start."""
        await self._stop_following()
        if self._engine is not None:
            await self._engine.release()
        if self.lab is not None:
            await self.lab.release()

    async def ensure_trunk(self, name: str) -> None:
        """Return when the engine knows this trunk or extension: one that was added a moment ago can be dialled."""
        if name not in self._loaded:
            await self.load_trunks()

    async def command(self, text: str) -> str:
        """Run a command of the engine's console and return what it prints; raises ``SetupError``."""
        if self._engine is None:
            raise SetupError("the engine is not started")
        return await self._engine.command(text)

    def heard(self, number: str) -> list[Path]:
        """Return what the lab's handset of this number recorded."""
        return self.lab.heard(number) if self.lab is not None else []

    async def _start_engine(self, program: AsteriskProgram, say: sounds.Say) -> None:
        settings = self._settings
        user = service_user()
        wanted = await self._wanted()
        away = self._base / "sounds" / "away"
        away.parent.mkdir(parents=True, exist_ok=True)
        if not away.with_suffix(".ulaw").exists():
            parts = await say(AWAY_TEXT)
            away.with_suffix(".ulaw").write_bytes(b"".join(p.with_suffix(".ulaw").read_bytes() for p in parts))
            away.with_suffix(".ulaw").chmod(0o644)
        application = f"cw-{settings.node}"
        self._engine = AsteriskProcess(
            NodeConfig(
                base=self._base,
                run_dir=socket_dir(self._base, user),
                program=program,
                name=settings.node,
                sip_host=settings.sip_host,
                sip_port=settings.sip_port,
                address=self._address,
                rtp_start=settings.rtp_start,
                rtp_end=settings.rtp_end,
                dialplan=dialplan.engine(application, away),
                endpoints=wanted.text,
                signing=self._signing,
                control=ControlConfig(
                    application=application,
                    user=_CONTROL_USER,
                    password=self._password,
                    http_port=self._http_port,
                ),
            )
        )
        give_to(self._base, user)
        self.past_calls.put_aside()
        await self._engine.start()
        self._loaded = wanted.names

    async def _wanted(self) -> _Endpoints:
        trunks = list(await self._trunks())
        if self.lab is not None:
            trunks.append(self.lab.trunk)
        extensions = await self._extensions()
        return _Endpoints(
            names=frozenset([*(trunk.name for trunk in trunks), *(each.username for each in extensions)]),
            text="\n".join(
                (
                    endpoints(trunks, self._address, signs=self.signs),
                    sections(extensions),
                )
            ),
        )

    async def _follow_trunks(self) -> None:
        while True:
            await asyncio.sleep(TRUNK_SECONDS)
            try:
                await self.load_trunks()
                if self.lab is not None:
                    await self.lab.load_softphones()
            except (CallwrightError, OSError) as error:
                log.warning("the engine's trunks could not be brought up to date: %s", error)

    async def load_trunks(self) -> None:
        """Bring the engine to what the database says of trunks and extensions; calls in the air go on."""
        async with self._loading:
            wanted = await self._wanted()
            if self._engine is not None:
                await self._engine.set_endpoints(wanted.text)
            self._loaded = wanted.names

    async def _stop_following(self) -> None:
        if self._syncing is not None:
            self._syncing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._syncing
            self._syncing = None


def sip_address(settings: Settings) -> SipAddress:
    """Return where the engine speaks SIP, and how that looks from outside; raises ``SetupError``."""
    networks = tuple(part.strip() for part in settings.sip_local_networks.split(",") if part.strip())
    return SipAddress(
        host=settings.sip_host,
        port=settings.sip_port,
        external_host=settings.sip_external_host,
        external_media_host=settings.rtp_external_host,
        local_networks=networks or PRIVATE_NETWORKS,
    )


def make_lab(settings: Settings, program: AsteriskProgram) -> HandsetLab:
    """Return the lab of this data directory, not yet started."""
    base = settings.data_dir.absolute() / "lab"
    base.mkdir(parents=True, exist_ok=True)
    size = settings.rtp_end - settings.rtp_start + 1
    return HandsetLab(
        base,
        socket_dir(base, service_user()),
        program,
        LabPorts(
            sip_host=settings.lab_host,
            sip_port=settings.internal_port_base + 3,
            rtp_start=settings.rtp_start + size,
            rtp_end=settings.rtp_end + size,
            engine_host="127.0.0.1" if settings.sip_host in ("0.0.0.0", "::") else settings.sip_host,  # noqa: S104
            engine_port=settings.sip_port,
        ),
        password=_password(base / "line.json"),
    )


def _password(path: Path) -> str:
    """Return the node's password, made once: a running Asterisk knows the one it was started with."""
    try:
        return str(orjson.loads(path.read_bytes())["password"])
    except (OSError, ValueError, KeyError):
        password = secrets.token_urlsafe(24)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(orjson.dumps({"password": password}))
        return password
