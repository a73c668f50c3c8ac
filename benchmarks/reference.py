"""The Asterisk of the two reference conditions: the product's modules and settings, with AMI and ARI on loopback.

The product's own Asterisk has no AMI and no ARI user that can log in from outside; this one has both, and nothing of
ours in its dialplan.
"""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

from benchmarks.callee import free_port
from callwright.processes import ManagedProcess, ProcessSpec, check_reachable, service_user
from callwright.settings import default_cache_dir
from callwright.store.sockets import socket_dir
from callwright.telephony.asterisk.configuration import (
    ControlConfig,
    NodeConfig,
    TrunkConfig,
    endpoints,
    put,
    write,
)
from callwright.telephony.asterisk.install import AsteriskProgram, find_or_install
from callwright.telephony.asterisk.process import run_command

USER = "bench"
#: The ARI application of the raw condition, and the dialplan context of the AMI one.
APPLICATION = "bench"
CONTEXT = "bench"
TRUNK = "callee"
_BOOT_SECONDS = 20.0


class ReferenceAsterisk:
    """Started for the benchmark in a folder of its own, stopped by its pid."""

    def __init__(self, base: Path, *, callee_port: int, prompt: Path) -> None:
        self.program: AsteriskProgram = find_or_install(default_cache_dir())
        self.password = secrets.token_urlsafe(16)
        ports = free_port(12_000, 4)
        self.ami_port, self.http_port = ports, ports + 1
        self._base = base
        self._user = service_user()
        base.mkdir(parents=True, exist_ok=True)
        self._config = NodeConfig(
            base=base,
            run_dir=socket_dir(base, self._user),
            program=self.program,
            name="bench",
            sip_host="127.0.0.1",
            sip_port=ports + 2,
            rtp_start=42_000,
            rtp_end=43_999,
            dialplan=(
                "[general]\nstatic = yes\nwriteprotect = yes\nautofallthrough = yes\n"
                f"[{CONTEXT}]\nexten => s,1,Playback({prompt})\n same => n,Hangup()\n"
                "[cw-in]\nexten => _X!,1,Hangup(1)\n"
            ),
            endpoints=endpoints([TrunkConfig(name=TRUNK, host="127.0.0.1", port=callee_port)]),
            control=ControlConfig(
                application=APPLICATION, port=ports + 3, user=USER, password=self.password, http_port=self.http_port
            ),
        )
        self._process = ManagedProcess(
            ProcessSpec(
                name="Asterisk (bench)",
                argv=[str(self.program.binary), "-C", str(self._conf), "-f"],
                pid_file=base / "asterisk.pid",
                log_file=base / "log" / "console.log",
                cwd=base,
                user=self._user,
            )
        )

    @property
    def _conf(self) -> Path:
        return self._base / "etc" / "asterisk.conf"

    @property
    def pid(self) -> int:
        """Pid of the running process."""
        pid = self._process.pid
        if pid is None:
            raise RuntimeError(f"the reference Asterisk ended: {(self._base / 'log' / 'console.log').read_text()}")
        return pid

    async def start(self) -> None:
        """Start it and wait until it has booted."""
        check_reachable(self._conf, self._user)
        write(self._config, self._user)
        etc = self._base / "etc"
        put(etc / "manager.conf", _manager(self.ami_port, self.password), self._user)
        # the client connects to Asterisk here, so that nothing tries to connect while AMI is measured
        put(etc / "ari.conf", _ari(self.password), self._user)
        put(etc / "websocket_client.conf", "", self._user)
        self._process.start()
        async with asyncio.timeout(_BOOT_SECONDS):
            while not (self._config.run_dir / "asterisk.ctl").exists():
                await asyncio.sleep(0.05)
            await run_command(self.program.binary, self._conf, "core waitfullybooted")

    async def stop(self) -> None:
        """Stop it."""
        await self._process.stop()


def _manager(port: int, password: str) -> str:
    return (
        f"[general]\nenabled = yes\nwebenabled = no\nbindaddr = 127.0.0.1\nport = {port}\n"
        # only originate may be asked for and no event is sent: the least that this interface can cost
        f"[{USER}]\nsecret = {password}\nread = \nwrite = originate\n"
    )


def _ari(password: str) -> str:
    return (
        "[general]\nenabled = yes\npretty = no\nwebsocket_write_timeout = 2000\n"
        f"[{USER}]\ntype = user\npassword = {password}\n"
    )
