"""A provider: a second Asterisk with our configuration code, for what sipp cannot do (TLS, SRTP, a registrar)."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import NDArray

from callwright.processes import give_to, service_user
from callwright.settings import default_cache_dir
from callwright.store.sockets import socket_dir
from callwright.telephony.asterisk.configuration import NodeConfig
from callwright.telephony.asterisk.install import find_or_install
from callwright.telephony.asterisk.process import AsteriskProcess
from support.postgres import open_temporary_dir
from support.sipp import free_ports

_PORTS = 40
#: What the provider's telephones say, and how loud nothing is.
TONE_HZ = 1000
#: Every number answers, presses a key and says a tone; what it hears is recorded.
_DIALPLAN = """[general]
static = yes
writeprotect = yes
[provider]
exten => _[+0-9]!,1,Answer()
 same => n,MixMonitor(,r({heard}/${UNIQUEID}.wav))
 same => n,Playtones(!1000/1500)
 same => n,Wait(1.5)
 same => n,StopPlaytones()
 same => n,SendDTMF(7)
 same => n,Wait(60)
; what a customer's number is called by: the account that has registered
[outside]
; (Dial goes on to its timeout after a 404)
exten => _X.,1,Dial(PJSIP/${EXTEN},1)
 same => n,Hangup(1)
"""


@dataclass(kw_only=True)
class Peer:
    """The provider and its ports."""

    base: Path
    process: AsteriskProcess
    sip_port: int
    tls_port: int

    async def configure(self, text: str) -> None:
        """Replace its endpoints, accounts and further transports."""
        await self.process.set_endpoints(text)

    async def heard(self) -> NDArray[np.int16]:
        """Return what the newest call's telephone heard, 8 kHz, once the call has ended."""
        files = sorted((self.base / "heard").glob("*.wav"), key=lambda path: path.stat().st_mtime)
        with wave.open(str(files[-1])) as file:
            return np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)


def endpoint(name: str, *, match: str = "127.0.0.1", context: str = "provider", lines: str = "") -> str:
    """Return an endpoint that is known by its address."""
    return (
        f"[{name}]\ntype = endpoint\ncontext = {context}\ndisallow = all\nallow = ulaw,alaw\ndirect_media = no\n"
        f"rtp_symmetric = yes\nforce_rport = yes\ndtmf_mode = rfc4733\n{lines}"
        f"[{name}]\ntype = identify\nendpoint = {name}\nmatch = {match}\n"
    )


def account(name: str, password: str, *, most_seconds: int = 3600, lines: str = "") -> str:
    """Return a customer who registers with digest authentication; ``most_seconds``: the longest registration."""
    return (
        f"[{name}]\ntype = endpoint\ncontext = provider\ndisallow = all\nallow = ulaw,alaw\ndirect_media = no\n"
        f"rtp_symmetric = yes\nforce_rport = yes\nauth = {name}\naors = {name}\n{lines}"
        f"[{name}]\ntype = auth\nauth_type = digest\nusername = {name}\npassword = {password}\n"
        f"[{name}]\ntype = aor\nmax_contacts = 1\nremove_existing = yes\nminimum_expiration = 1\n"
        f"maximum_expiration = {most_seconds}\n"
    )


def tls_transport(port: int, certificate: Path, key: Path) -> str:
    """Return a listener with this certificate."""
    return (
        f"[tls-{port}]\ntype = transport\nprotocol = tls\nbind = 127.0.0.1:{port}\nmethod = tlsv1_2\n"
        f"cert_file = {certificate}\npriv_key_file = {key}\n"
    )


@contextlib.asynccontextmanager
async def running_peer(text: str = "", *, base: Path | None = None) -> AsyncIterator[Peer]:
    """Start it in a folder of its own, and stop it at the end."""
    made = open_temporary_dir() if base is None else base
    user = service_user()
    (made / "peer").mkdir()
    heard = made / "heard"
    heard.mkdir()
    give_to(heard, user)
    first = free_ports(_PORTS)
    process = AsteriskProcess(
        NodeConfig(
            base=made / "peer",
            run_dir=socket_dir(made / "peer", user),
            program=await asyncio.to_thread(find_or_install, default_cache_dir()),
            name="provider",
            sip_host="127.0.0.1",
            sip_port=first,
            rtp_start=first + 10,
            rtp_end=first + _PORTS - 1,
            dialplan=_DIALPLAN.replace("{heard}", str(heard)),
            endpoints=text,
        )
    )
    try:
        await process.start()
        yield Peer(base=made, process=process, sip_port=first, tls_port=first + 1)
    finally:
        await process.release()
        if (pid := process.pid) is not None:
            psutil.Process(pid).kill()
        shutil.rmtree(made, ignore_errors=True)
