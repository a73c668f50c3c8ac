"""The product under fault: killed, stopped, hung, cut and started again, by the pids that it wrote down."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from benchmarks.faults.telephones import BEHAVIOURS
from benchmarks.product import Product
from callwright.foundation import open_ground
from callwright.numbers.parsing import read_number
from callwright.numbers.sip_options import SipOptions
from callwright.numbers.trunks import NewTrunk
from callwright.processes import service_user
from callwright.settings import Settings
from callwright.store.sockets import socket_dir
from callwright.telephony.asterisk.install import find_or_install
from callwright.telephony.asterisk.process import run_command

#: An ordered stop gives PostgreSQL a minute to write its pages.
_STOP_SECONDS = 90.0


class FaultyProduct(Product):
    """``callwright serve`` and the means to harm it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, settings={"CALLWRIGHT_LOG_LEVEL": "info"})

    async def open_line(self, caller: str, ports: Mapping[str, int], *, channels: int) -> str:
        """Make an organisation with a trunk to each telephone and return its live key."""
        async with open_ground(Settings(data_dir=self.data_dir)) as ground:
            organisation = await ground.accounts.create_organisation("Faults")
            await ground.accounts.set_concurrent_calls(organisation.id, channels)
            number = read_number(caller, field="number", region="US", sandbox=False)
            await ground.numbers.add_number(organisation.id, number, verified_by="operator")
            for behaviour in BEHAVIOURS:
                trunk = NewTrunk(
                    name=behaviour.name,
                    host="127.0.0.1",
                    port=ports[behaviour.name],
                    channels=channels,
                    calls_per_second=50,
                    prefixes=(behaviour.prefix,),
                    # the telephones send no audio
                    options=SipOptions(rtp_timeout_seconds=180),
                )
                await ground.numbers.trunks.add(organisation.id, trunk)
            _, key = await ground.accounts.create_key(organisation.id, "bench", sandbox=False, purpose="emergency")
        return key

    # what is there

    @property
    def running(self) -> bool:
        """Whether the control plane lives."""
        return self._process is not None and self._process.poll() is None

    def engine(self) -> psutil.Process:
        """The Asterisk that carries the calls. Raises ``psutil.NoSuchProcess`` when it is gone."""
        return psutil.Process(self._pid("engine/asterisk.pid"))

    def database(self) -> psutil.Process:
        """The postmaster. Raises ``psutil.NoSuchProcess`` when it is gone."""
        return psutil.Process(self._pid("postgres/process.json"))

    def backends(self) -> list[psutil.Process]:
        """PostgreSQL's processes that serve a connection of ours."""
        found = []
        for child in self.database().children():
            try:
                if " ".join(child.cmdline()).startswith("postgres: callwright callwright"):
                    found.append(child)
            except psutil.Error:
                continue
        return found

    @property
    def control_port(self) -> int:
        """Where Asterisk takes the control connection."""
        return int(self._settings["CALLWRIGHT_INTERNAL_PORT_BASE"]) + 1

    # what is done to it

    def kill(self) -> None:
        """Kill -9 the control plane alone."""
        self._end(signal.SIGKILL)

    async def order(self, number: signal.Signals) -> int:
        """Send a signal that asks it to end, wait, and return its exit status; killed when it does not end."""
        return await asyncio.to_thread(self._end, number)

    def _end(self, number: signal.Signals) -> int:
        process = self._process
        if process is None:
            return 0
        process.send_signal(number)
        try:
            return process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return -1

    def begin(self) -> None:
        """Start it and return at once."""
        self._process = self._spawn(self._environment())

    # questions

    async def connect(self) -> asyncpg.Connection[Any]:
        """Return a connection to its database. Raises what asyncpg raises while that is away."""
        sockets = socket_dir(self.data_dir.absolute() / "postgres", service_user())
        password = (self.data_dir / "postgres" / "password").read_text(encoding="ascii")
        return await asyncpg.connect(
            host=str(sockets), port=5432, user="callwright", password=password, database="callwright", timeout=5
        )

    async def channels(self) -> str:
        """Return Asterisk's list of channels, one a line."""
        settings = Settings(data_dir=self.data_dir)
        program = await asyncio.to_thread(find_or_install, settings.cache_dir)
        conf = self.data_dir.absolute() / "engine" / "etc" / "asterisk.conf"
        return (await run_command(program.binary, conf, "core show channels concise")).strip()
