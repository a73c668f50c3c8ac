"""A running Asterisk with our configuration whose trunks lead to sipp, and the engine that is connected to it."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from callwright.ports import is_free
from callwright.processes import service_user
from callwright.settings import default_cache_dir
from callwright.store.sockets import socket_dir
from callwright.telephony.asterisk import dialplan
from callwright.telephony.asterisk.configuration import ControlConfig, NodeConfig, TrunkConfig, endpoints
from callwright.telephony.asterisk.engine import AsteriskEngine
from callwright.telephony.asterisk.install import find_or_install
from callwright.telephony.asterisk.links import AriListener
from callwright.telephony.asterisk.process import AsteriskProcess
from callwright.telephony.asterisk.signing import Signing
from callwright.telephony.asterisk.transports import SipAddress
from callwright.telephony.simulator import Callee
from support.postgres import open_temporary_dir
from support.sipp import Challenge, Sipp, free_ports

APPLICATION = "cw-test"
CONTROL_USER = "callwright"
CONTROL_PASSWORD = "control-secret"
TRUNK_USER = "alice"
TRUNK_PASSWORD = "trunk-secret"
#: One node's: control, HTTP, SIP, trunks, RTP of 50 calls, RTP of the callees.
_PORTS = 120
#: An ear looks five times a second whether it is wanted.
_EAR_SECONDS = 10.0
#: Silence in µ-law; a prompt of silence lasts as long as any other.
_SILENCE = b"\xff" * 8000


@dataclass(kw_only=True)
class EngineUnderTest:
    """The node, its engine, and sipp on the ports of its trunks."""

    base: Path
    process: AsteriskProcess
    listener: AriListener
    engine: AsteriskEngine
    http_port: int
    ports: dict[str, int]
    callee_rtp_port: int
    _sipps: list[Sipp] = field(default_factory=list)

    def callee(
        self, callee: Callee | str, *, trunk: str = "sipp", info: bool = False, challenge: Challenge | None = None
    ) -> Sipp:
        """Let sipp answer the calls of a trunk until the test ends."""
        folder = Path(tempfile.mkdtemp(prefix="sipp-", dir=self.base))
        sipp = Sipp(
            folder, callee, port=self.ports[trunk], rtp_port=self.callee_rtp_port, info=info, challenge=challenge
        )
        sipp.start()
        self._sipps.append(sipp)
        return sipp

    def another_engine(self) -> AsteriskEngine:
        """Return an engine on the same Asterisk, as a control plane that was started again has it."""
        return AsteriskEngine(node="test", connection=self.listener, recordings=self.engine.recordings)

    def stop_callees(self) -> None:
        """Stop every sipp, and see the end of what spoke for them: the next one takes the same port."""
        heard = any(sipp.hears for sipp in self._sipps)
        while self._sipps:
            self._sipps.pop().stop()
        deadline = time.monotonic() + _EAR_SECONDS
        while heard and not is_free(self.callee_rtp_port):
            assert time.monotonic() < deadline, f"somebody still listens on port {self.callee_rtp_port}"
            time.sleep(0.02)

    async def hang_up_everything(self) -> None:
        """End what a failed test left, and give the control connection back to the first engine."""
        engine = self.engine = self.another_engine()
        for attempt_id in await engine.living():
            leg = await engine.adopt(attempt_id)
            if leg is not None:
                await leg.hang_up()
                async with asyncio.timeout(5):
                    async for _ in leg.events():
                        pass

    def prompt(self, seconds: float) -> Path:
        """Return an audio file (path without extension) of this length."""
        path = self.base / "sounds" / f"silence-{seconds:g}"
        file = path.with_name(f"{path.name}.ulaw")
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            file.write_bytes((_SILENCE * (int(seconds) + 1))[: int(seconds * 8000)])
            file.chmod(0o644)
        return path


@contextlib.asynccontextmanager
async def running_engine(
    *,
    listen: bool = True,
    host: str = "127.0.0.1",
    external_host: str | None = None,
    name_server: str | None = None,
    signing: Signing | None = None,
) -> AsyncIterator[EngineUnderTest]:
    """Start Asterisk in a folder of its own, and stop it at the end; ``listen``: let it connect to us.

    ``host`` is the address of SIP, ``external_host`` what a router shows of it to the rest of the world;
    ``signing``: with what calls of the trunks that are set later are signed.
    """
    base = open_temporary_dir()
    (base / "node").mkdir()
    program = find_or_install(default_cache_dir())
    first = free_ports(_PORTS)
    control_port, http_port, sip_port, rtp = first, first + 1, first + 2, first + 10
    ports = {name: first + 3 + index for index, name in enumerate(("sipp", "sippauth", "silent"))}
    listener = AriListener(APPLICATION, port=control_port, user=CONTROL_USER, password=CONTROL_PASSWORD)
    recordings = base / "node" / "spool" / "recording"
    engine = AsteriskEngine(node="test", connection=listener, recordings=recordings)
    process = AsteriskProcess(
        NodeConfig(
            base=base / "node",
            run_dir=socket_dir(base / "node", service_user()),
            program=program,
            name="test",
            sip_host=host,
            sip_port=sip_port,
            address=SipAddress(host=host, port=sip_port, external_host=external_host),
            name_server=name_server,
            signing=signing,
            rtp_start=rtp,
            rtp_end=first + _PORTS - 3,
            dialplan=dialplan.engine(APPLICATION, None),
            endpoints=endpoints(
                [
                    TrunkConfig(
                        name=name,
                        host="127.0.0.1",
                        port=port,
                        username=TRUNK_USER if name == "sippauth" else None,
                        password=TRUNK_PASSWORD if name == "sippauth" else None,
                    )
                    for name, port in ports.items()
                ]
            ),
            control=ControlConfig(
                application=APPLICATION,
                port=control_port,
                user=CONTROL_USER,
                password=CONTROL_PASSWORD,
                http_port=http_port,
            ),
        )
    )
    if listen:
        await listener.start()
    try:
        await process.start()
        if listen:
            await listener.wait_connected(10)
        node = EngineUnderTest(
            base=base,
            process=process,
            listener=listener,
            engine=engine,
            http_port=http_port,
            ports=ports,
            callee_rtp_port=first + _PORTS - 2,
        )
        yield node
        node.stop_callees()
    finally:
        # not asked to stop: it would wait for the transactions of trunks that never answered, up to 32 s
        await process.release()
        if (pid := process.pid) is not None:
            psutil.Process(pid).kill()
        await listener.stop()
        shutil.rmtree(base, ignore_errors=True)


@contextlib.contextmanager
def silent_port(port: int) -> Iterator[None]:
    """Take what arrives on a UDP port and never answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", port))
        yield
