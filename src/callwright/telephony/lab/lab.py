"""The lab's own Asterisk: its configuration, its sounds, and what its handsets heard."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from callwright.processes import give_to, service_user
from callwright.telephony.asterisk.configuration import NodeConfig, TrunkConfig
from callwright.telephony.asterisk.install import AsteriskProgram
from callwright.telephony.asterisk.process import AsteriskProcess
from callwright.telephony.lab import call_in, dialplan, sounds
from callwright.telephony.lab.softphones import Softphones

#: Name of the lab's trunk in the engine.
TRUNK = "lab"
#: The engine's calls come from loopback; softphones are known by their user names.
_ENGINE_ENDPOINT = (
    "[engine]\ntype = endpoint\ncontext = lab\ndisallow = all\nallow = ulaw,alaw\ndirect_media = no\n"
    "rtp_symmetric = yes\nforce_rport = yes\nrewrite_contact = yes\ndtmf_mode = rfc4733\n"
    "[engine]\ntype = identify\nendpoint = engine\nmatch = 127.0.0.1\n"
)


@dataclass(frozen=True, kw_only=True)
class LabPorts:
    """What the lab listens on."""

    sip_host: str
    sip_port: int
    rtp_start: int
    rtp_end: int
    #: Where the engine takes the calls that handsets make.
    engine_host: str
    engine_port: int


class HandsetLab:
    """Simulated telephones in a second Asterisk, so that killing the engine does not kill the callees."""

    def __init__(self, base: Path, run_dir: Path, program: AsteriskProgram, ports: LabPorts, *, password: str) -> None:
        self.base = base
        #: What proves to the engine that a call comes from the lab.
        self._password = password
        self.softphones = Softphones(base)
        self._ports = ports
        self._heard = base / "heard"
        self._sounds = base / "sounds"
        self._process = AsteriskProcess(
            NodeConfig(
                base=base,
                run_dir=run_dir,
                program=program,
                name="lab",
                sip_host=ports.sip_host,
                sip_port=ports.sip_port,
                rtp_start=ports.rtp_start,
                rtp_end=ports.rtp_end,
                dialplan=dialplan.render(self._sounds, self._heard),
                endpoints=self._endpoints(),
            )
        )

    @property
    def trunk(self) -> TrunkConfig:
        """The engine's line to the lab."""
        return TrunkConfig(
            name=TRUNK,
            host="127.0.0.1",
            port=self._ports.sip_port,
            codecs="ulaw",
            inbound_digest=True,
            password=self._password,
            sign_calls=False,
        )

    @property
    def pid(self) -> int | None:
        """Pid of the lab's Asterisk."""
        return self._process.pid

    @property
    def restarts(self) -> int:
        """How often it was started again since ``start``."""
        return self._process.restarts

    async def start(self, say: sounds.Say) -> None:
        """Make the sounds, start, keep alive."""
        user = service_user()
        for folder in (self.base, self._heard, self._sounds):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)
            give_to(folder, user)
        await sounds.make(self._sounds, say, user)
        await self._process.start()

    async def stop(self) -> None:
        """Stop; its telephones hang up."""
        await self._process.stop()

    async def release(self) -> None:
        """Leave it running."""
        await self._process.release()

    async def load_softphones(self) -> None:
        """Take up accounts that were added or removed; registered telephones stay registered."""
        await self._process.set_endpoints(self._endpoints())

    def heard(self, number: str) -> list[Path]:
        """Return the recordings of what handsets with this number heard, oldest first."""
        digits = "".join(character for character in number if character.isdigit())
        return sorted(self._heard.glob(f"{digits}-*.wav"), key=lambda path: path.stat().st_mtime)

    def _endpoints(self) -> str:
        return _ENGINE_ENDPOINT + self._call_in_endpoint() + self.softphones.endpoints()

    def _call_in_endpoint(self) -> str:
        """Return the sections of the line on which handsets call the engine."""
        name = call_in.ENDPOINT
        return (
            f"[{name}]\ntype = endpoint\ncontext = nowhere\ndisallow = all\nallow = ulaw\naors = {name}\n"
            f"outbound_auth = {name}\nidentify_by = auth_username\ndirect_media = no\nrtp_symmetric = yes\n"
            f"dtmf_mode = rfc4733\n[{name}]\ntype = aor\n"
            f"contact = sip:{self._ports.engine_host}:{self._ports.engine_port}\n"
            f"[{name}]\ntype = auth\nauth_type = userpass\nusername = {TRUNK}\npassword = {self._password}\n"
        )
