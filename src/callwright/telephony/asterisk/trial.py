"""Trying an Asterisk before it carries calls: its features, and a start in a folder and on ports of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from pathlib import Path

from callwright.errors import SetupError
from callwright.ports import free_block
from callwright.processes import service_user
from callwright.store.sockets import socket_dir
from callwright.telephony.asterisk import dialplan
from callwright.telephony.asterisk.configuration import ControlConfig, NodeConfig
from callwright.telephony.asterisk.install import PROBE_MODULES, AsteriskProgram
from callwright.telephony.asterisk.links import AriListener
from callwright.telephony.asterisk.process import AsteriskProcess
from callwright.telephony.port import EngineUnavailable

_APPLICATION = "cw-trial"
_CONNECT_SECONDS = 20.0
#: Control, HTTP, SIP, and some RTP.
_PORTS = 10


async def try_program(program: AsteriskProgram) -> None:
    """Start ``program`` as the appliance would, see it connect to us, and stop it. Raises ``SetupError``."""
    missing = [name for name in PROBE_MODULES if not (program.modules_dir / name).exists()]
    if missing:
        raise SetupError(f"Asterisk {program.version} in {program.binary.parent} lacks {', '.join(missing)}")
    base = Path(tempfile.mkdtemp(prefix="callwright-trial-"))
    try:
        if os.geteuid() == 0:
            # the service user passes through to the folders that are its own
            base.chmod(0o711)
        await _try(program, base / "engine")
    finally:
        shutil.rmtree(base, ignore_errors=True)


async def _try(program: AsteriskProgram, base: Path) -> None:
    base.mkdir()
    first = free_block(_PORTS, range(15000, 18600, _PORTS))
    password = secrets.token_urlsafe(24)
    listener = AriListener(_APPLICATION, port=first, user="trial", password=password)
    process = AsteriskProcess(
        NodeConfig(
            base=base,
            run_dir=socket_dir(base, service_user()),
            program=program,
            name="trial",
            sip_host="127.0.0.1",
            sip_port=first + 2,
            rtp_start=first + 4,
            rtp_end=first + _PORTS - 1,
            dialplan=dialplan.engine(_APPLICATION, None),
            endpoints="",
            control=ControlConfig(
                application=_APPLICATION, port=first, user="trial", password=password, http_port=first + 1
            ),
        )
    )
    await listener.start()
    try:
        await process.start()
        await listener.wait_connected(_CONNECT_SECONDS)
    except EngineUnavailable as error:
        raise SetupError(f"Asterisk {program.version} in {program.binary.parent}: {error}") from None
    finally:
        await process.stop()
        await listener.stop()
