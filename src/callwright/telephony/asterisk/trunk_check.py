"""Asks the engine of a running ``serve`` about a trunk: an OPTIONS to the provider, and the registration."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from callwright.errors import NotFound, SetupError
from callwright.ids import new_id
from callwright.settings import Settings
from callwright.telephony.asterisk.install import find_or_install
from callwright.telephony.asterisk.process import run_command

Command = Callable[[str], Awaitable[str]]

#: PJSIP gives an OPTIONS three seconds.
_ANSWER_SECONDS = 3.2
_ANSWER = re.compile(rb"SIP/2\.0 (\d{3}) ([^\r\n]*)\r\n(?:[^\r\n]+\r\n)*?CSeq: *\d+ OPTIONS")
#: What became of a connection over TLS; the system's own words for what is wrong with the certificate.
_TLS = r"Transport '{transport}' to remote .* - (?P<reason>[^-\n]+)$"
#: ` name/sip:registrar   name   Registered   (exp. 290s)`
_REGISTRATION = re.compile(r"^\s*(?P<name>[a-z][a-z0-9-]*)/sips?:\S+\s+\S+\s+(?P<status>\w+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class TrunkHealth:
    """What the engine says about a trunk."""

    #: Status and phrase of the answer to the OPTIONS, such as ``200 OK``; a refusal is an answer too; ``None``: none.
    answer: str | None
    #: ``Registered``, ``Unregistered``, ``Rejected``; ``None``: the trunk does not register.
    registration: str | None
    #: What is wrong with the provider's certificate, in Asterisk's words; ``None``: nothing that was looked at.
    certificate: str | None = None


async def running_command(settings: Settings) -> Command:
    """Return what runs commands on the engine of a running ``serve``; raises ``SetupError`` without one."""
    conf = settings.data_dir.absolute() / "engine" / "etc" / "asterisk.conf"
    if not conf.exists():
        raise SetupError(f"no engine has been started in {settings.data_dir}; callwright serve starts it")
    program = await asyncio.to_thread(find_or_install, settings.cache_dir, mirror=settings.debian_mirror)
    return _Console(program.binary, conf)


@dataclass(frozen=True)
class _Console:
    binary: Path
    conf: Path

    async def __call__(self, text: str) -> str:
        return await run_command(self.binary, self.conf, text)


async def check_trunk(command: Command, name: str, folder: Path) -> TrunkHealth:
    """Send an OPTIONS over the trunk and wait for the answer; a running trace ends.

    ``folder``: where Asterisk may write. Raises ``NotFound`` when the engine has no such trunk.
    """
    if "Unable to find object" in await command(f"pjsip show aor {name}"):
        raise NotFound(f"the engine does not know the trunk {name!r}; it takes a new one up within a few seconds")
    # PJSIP keeps no status of a contact that it does not ask regularly: the answer is read from the messages
    file = folder / f"test-{name}-{new_id('trc')}.pcap"
    messages = folder / "messages"
    logged = messages.stat().st_size if messages.exists() else 0
    try:
        # the file is written when it is closed
        async with capturing(command, file):
            await command(f"pjsip qualify {name}")
            refused = await _refused_certificate(command, name, messages, logged)
        answer = _ANSWER.search(file.read_bytes()) if file.exists() else None
    finally:
        file.unlink(missing_ok=True)
    return TrunkHealth(
        answer=None if answer is None else f"{answer[1].decode()} {answer[2].decode(errors='replace')}",
        registration=(await registrations(command)).get(name),
        certificate=None if answer is not None else refused,
    )


async def registrations(command: Command) -> dict[str, str]:
    """Return by trunk what the engine says of its registration: ``Registered``, ``Unregistered``, ``Rejected``."""
    return {m["name"]: m["status"] for m in _REGISTRATION.finditer(await command("pjsip show registrations"))}


async def _refused_certificate(command: Command, name: str, messages: Path, since: int) -> str | None:
    """Wait as long as an answer may take; return why a connection of this trunk was given up, as soon as it is.

    ``since``: where to begin in Asterisk's log ``messages``.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + _ANSWER_SECONDS
    transport = re.search(r"^\s*transport\s*: (tls-\w+)", await command(f"pjsip show endpoint {name}"), re.MULTILINE)
    if transport is None:
        await asyncio.sleep(until - loop.time())
        return None
    pattern = re.compile(_TLS.format(transport=transport[1]), re.MULTILINE)
    while loop.time() < until:
        log = messages.read_bytes()[since:].decode(errors="replace") if messages.exists() else ""
        reasons = [m["reason"].strip() for m in pattern.finditer(log)]
        if reasons and reasons[-1] != "OK":
            return reasons[-1]
        await asyncio.sleep(0.1)
    return None


async def trace(command: Command, host: str, file: Path, seconds: float) -> None:
    """Write the SIP messages from and to ``host`` to a pcap ``file`` for so long; Asterisk's user writes it."""
    async with capturing(command, file, f"host {host}"):
        await asyncio.sleep(seconds)


@asynccontextmanager
async def capturing(command: Command, file: Path, what: str = "on") -> AsyncIterator[None]:
    """Let Asterisk write SIP messages to ``file``, all or those of a ``host …``; it is complete afterwards."""
    try:
        await _log_to(command, file, what)
        yield
    finally:
        await command("pjsip set logger off")


async def _log_to(command: Command, file: Path, what: str) -> None:
    for text in (f"pjsip set logger pcap {file}", "pjsip set logger verbose off", f"pjsip set logger {what}"):
        await command(text)
