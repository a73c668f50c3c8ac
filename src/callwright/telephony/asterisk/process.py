"""One supervised Asterisk process: started or found again, asked for its health, reloaded, stopped."""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import socket
from pathlib import Path

from callwright.errors import SetupError
from callwright.processes import Keeper, ManagedProcess, ProcessSpec, check_reachable, service_user
from callwright.settings import Settings
from callwright.telephony.asterisk import signing
from callwright.telephony.asterisk.configuration import NodeConfig, put, write
from callwright.telephony.asterisk.install import find_or_install

log = logging.getLogger(__name__)

_COMMAND_TIMEOUT_SECONDS = 15.0
_LOG_OUT_SECONDS = 2.0
#: ``res_pjsip`` reads its own sections only; identifications and registrations are read by their modules.
_RELOADED = ("res_pjsip", "res_pjsip_endpoint_identifier_ip", "res_pjsip_outbound_registration")
_RELOADED_SAYS = "reloaded successfully"


class AsteriskProcess:
    """An Asterisk with a configuration folder of its own."""

    def __init__(self, config: NodeConfig) -> None:
        self.config = config
        self._user = service_user()
        self._conf = config.base / "etc" / "asterisk.conf"
        self._process = ManagedProcess(
            ProcessSpec(
                name=f"Asterisk ({config.name})",
                argv=[str(config.program.binary), "-C", str(self._conf), "-f"],
                pid_file=config.base / "asterisk.pid",
                log_file=config.base / "log" / "console.log",
                cwd=config.base,
                user=self._user,
                stop_signal=signal.SIGTERM,
                stop_timeout_seconds=10.0,
            )
        )
        self._keeper = Keeper(self._process, self.healthy)
        #: The endpoints on disk are not known to be those that Asterisk has read.
        self._unread = False

    @property
    def pid(self) -> int | None:
        """Pid of the living process."""
        return self._process.pid

    @property
    def restarts(self) -> int:
        """How often it was started again since ``start``."""
        return self._keeper.restarts

    async def start(self) -> None:
        """Write the configuration, start Asterisk or find it running, and keep it alive. Raises ``SetupError``."""
        self.config.base.mkdir(parents=True, exist_ok=True)
        check_reachable(self.config.base / "etc", self._user)
        check_reachable(self.config.program.binary, self._user)
        write(self.config, self._user)
        found = self._process.reattach()
        if not found:
            _check_port(self.config.sip_host, self.config.sip_port)
        await self._keeper.start()
        await self.command("core waitfullybooted")
        if found:
            await self._load_signing()
            await self._reload_endpoints()

    async def stop(self) -> None:
        """Stop it; calls in the air end."""
        await self._keeper.stop()

    async def release(self) -> None:
        """Stop watching and leave it running with its calls."""
        await self._keeper.release()

    async def healthy(self) -> bool:
        """Return whether it takes commands and has booted."""
        reader, writer = await asyncio.open_unix_connection(str(self.config.run_dir / "asterisk.ctl"))
        try:
            # the server greets with its name once it is up; before that it does not answer
            async with asyncio.timeout(3.0):
                return bool(await reader.read(1))
        finally:
            writer.close()

    async def set_endpoints(self, text: str) -> None:
        """Replace the PJSIP sections of trunks and telephones; calls in the air go on.

        Raises ``SetupError`` when Asterisk did not read them; the next call makes it read them, changed or not.
        """
        file = self.config.base / "etc" / "pjsip_endpoints.conf"
        for name in _registrations(file.read_text() if file.exists() else "") - _registrations(text):
            await self._log_out(name)
        self._unread = put(file, text, self._user) or self._unread
        # a reload that failed is owed: the file will not differ the next time
        if self._unread:
            await self._reload_endpoints()
            self._unread = False

    async def _log_out(self, name: str) -> None:
        """End a trunk's registration, while its password is still known; gives up after two seconds."""
        await self.command(f"pjsip send unregister {name}")
        loop = asyncio.get_running_loop()
        until = loop.time() + _LOG_OUT_SECONDS
        while loop.time() < until:
            shown = await self.command(f"pjsip show registration {name}")
            if re.search(r"\sRegistered\s", shown) is None:
                return
            await asyncio.sleep(0.05)
        log.warning("the registration of trunk %s did not end; the provider keeps it until it expires", name)

    async def _load_signing(self) -> None:
        """Let an Asterisk that was found running sign calls as it is configured now, without a restart."""
        if self.config.signing is not None:
            for module in signing.MODULES:
                await self.command(f"module load {module}.so")
            await self.command(f"module reload {signing.MODULES[0]}.so")

    async def _reload_endpoints(self) -> None:
        for module in _RELOADED if self.config.control is not None else _RELOADED[:1]:
            said = await self.command(f"module reload {module}.so")
            # it is also polite and does nothing: "already in progress", "request queued"
            if _RELOADED_SAYS not in said:
                raise SetupError(f"Asterisk did not reload {module}: {said.strip()}")

    async def command(self, text: str) -> str:
        """Run a command of Asterisk's console and return what it prints. Raises ``SetupError``."""
        return await run_command(self.config.program.binary, self._conf, text)


def _registrations(text: str) -> set[str]:
    """Return the names of the registrations among PJSIP sections."""
    return set(re.findall(r"^\[([^\]\n]+)\]\ntype = registration$", text, re.MULTILINE))


def _check_port(host: str, port: int) -> None:
    """Raise ``SetupError`` when somebody else has the SIP port: Asterisk would start without it."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1 if kind == socket.SOCK_STREAM else 0)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise SetupError(
                    f"SIP cannot listen on {host}:{port} ({error.strerror}); another port: CALLWRIGHT_SIP_PORT, "
                    "or CALLWRIGHT_INTERNAL_PORT_BASE for the lab"
                ) from None


async def run_command(binary: Path, conf: Path, text: str) -> str:
    """Run a command on the console of the Asterisk with this ``asterisk.conf``. Raises ``SetupError``."""
    process = await asyncio.create_subprocess_exec(
        str(binary),
        "-C",
        str(conf),
        "-rx",
        text,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(_COMMAND_TIMEOUT_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise SetupError(f"Asterisk did not answer the command {text!r}") from None
    if process.returncode != 0:
        raise SetupError(f"Asterisk refused the command {text!r}: {output.decode(errors='replace').strip()}")
    return output.decode(errors="replace")


async def capture_of_running(settings: Settings, file: Path | None) -> None:
    """Make the engine of a running ``serve`` write its SIP messages to ``file`` (pcap), or stop with ``None``.

    Raises ``SetupError`` when no engine runs, or its user, who writes the file, may not.
    """
    program = find_or_install(settings.cache_dir, mirror=settings.debian_mirror)
    conf = settings.data_dir.absolute() / "engine" / "etc" / "asterisk.conf"
    if not conf.exists():
        raise SetupError(f"no engine has been started in {settings.data_dir}")
    if file is None:
        await run_command(program.binary, conf, "pjsip set logger off")
        return
    said = await run_command(program.binary, conf, f"pjsip set logger pcap {file}")
    if "Failed to open" in said:
        raise SetupError(f"{file} cannot be written by Asterisk's user; choose another folder")
    for text in ("pjsip set logger verbose off", "pjsip set logger on"):
        await run_command(program.binary, conf, text)
