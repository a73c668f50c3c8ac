"""Runs sipp (Debian package sip-tester) as the telephone network; it logs every INVITE that arrives."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import pytest

from callwright.speech.g711 import encode_ulaw
from callwright.telephony.simulator import Callee
from support import rtp_digits
from support.rtp_speech import read_answer, read_heard
from support.sipp_scenarios import HEARD_FILE, TURN_FILE, Challenge, scenario, speech_file
from support.workers import take_ports

_SPEAKER = Path(__file__).with_name("rtp_speech.py")
_START_SECONDS = 10.0
#: Whoever asks for so many ports is an engine.
ENGINE_PORTS = 40
#: sipp ends itself after this long, whatever happens to the test.
_BOUND_SECONDS = 120
_MESSAGE = re.compile(
    r"^-{20,} [0-9-]+\s(?P<clock>[0-9:.]+).*?\n(?P<way>UDP message (?:received|sent)).*?\n\n"
    r"(?P<text>.*?)(?=^-{20,} |\Z)",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class Invite:
    """One INVITE as it arrived; a retransmission is not another one."""

    call_id: str
    cseq: int
    #: Request URI.
    uri: str
    from_header: str
    to_header: str
    #: ``HH:MM:SS.ffffff`` of the machine's clock.
    time: str
    text: str

    def header(self, name: str) -> str | None:
        """Return a header's value."""
        found = re.search(rf"^{re.escape(name)}\s*:\s*(.*?)\s*$", self.text, re.MULTILINE | re.IGNORECASE)
        return found[1] if found else None


class Sipp:
    """One sipp that answers on a port of loopback until it is stopped; ``callee`` may be a scenario of its own."""

    def __init__(
        self,
        folder: Path,
        callee: Callee | str,
        *,
        port: int,
        rtp_port: int,
        info: bool = False,
        challenge: Challenge | None = None,
        host: str = "127.0.0.1",
        prefix: Sequence[str] = (),
    ) -> None:
        """``prefix`` runs it on another host (``support.networks``), at an address ``host`` of that one."""
        self.port = port
        self._host = host
        self._prefix = prefix
        self._rtp_port = rtp_port
        self._folder = folder
        self._messages = folder / "messages.log"
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        text = callee if isinstance(callee, str) else scenario(callee, info=info, challenge=challenge)
        (folder / "scenario.xml").write_text(text)
        self._says = [
            f"{sound.after}:{speech_file(index)}"
            for index, sound in enumerate(callee.says if isinstance(callee, Callee) else ())
        ]
        self._speaker: subprocess.Popen[bytes] | None = None
        for index, sound in enumerate(callee.says if isinstance(callee, Callee) else ()):
            (folder / speech_file(index)).write_bytes(encode_ulaw(np.frombuffer(sound.samples, dtype="<i2")))

    def start(self) -> None:
        """Start it and wait until it listens."""
        program = shutil.which("sipp")
        if program is None:
            pytest.fail("sipp is not installed: apt-get install sip-tester")
        arguments = [*self._prefix, program, "-sf", "scenario.xml", "-i", self._host, "-p", str(self.port)]
        arguments += ["-key", "rtp_port", str(self._rtp_port)]
        arguments += ["-nostdin", "-timeout", f"{_BOUND_SECONDS}s", "-aa"]
        arguments += ["-trace_msg", "-message_file", "messages.log", "-trace_err", "-error_file", "errors.log"]
        with (self._folder / "screen.log").open("wb") as screen:
            self._process = subprocess.Popen(
                arguments, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=screen, stderr=screen
            )
        deadline = time.monotonic() + _START_SECONDS
        if self._says:
            self._start_speaker(deadline)
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"sipp did not start:\n{self._complaints()}")
            time.sleep(0.01)

    def _start_speaker(self, deadline: float) -> None:
        ready = (self._folder / HEARD_FILE).with_suffix(".ready")
        for file in (ready, self._folder / TURN_FILE):
            file.unlink(missing_ok=True)
        ports = ["--turn", TURN_FILE, "--from-port", str(self._rtp_port), "--heard", HEARD_FILE]
        self._speaker = subprocess.Popen(
            [*self._prefix, sys.executable, str(_SPEAKER), *ports, *self._says],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
        )
        while not ready.exists():
            if self._speaker.poll() is not None or time.monotonic() > deadline:
                pytest.fail("who speaks for the telephone did not start")
            time.sleep(0.01)

    def heard(self) -> list[tuple[float, bytes]]:
        """Return what a callee who says something has heard: seconds since the answer and µ-law of each packet."""
        return read_heard(self._folder / HEARD_FILE)

    def answered_at(self) -> float:
        """Return from when on a callee who says something counts, by the machine's monotonic clock."""
        return read_answer(self._folder / HEARD_FILE)

    @property
    def hears(self) -> bool:
        """Whether a process beside it says something and hears; it ends a moment after this one was stopped."""
        return (self._folder / HEARD_FILE).exists()

    def stop(self) -> None:
        """End it; its logs stay in the folder."""
        if self._speaker is not None:
            # before its file is gone, so that it begins nothing more
            self._speaker.kill()
            self._speaker.wait()
            self._speaker = None
        (self._folder / HEARD_FILE).unlink(missing_ok=True)
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def press(self, digits: str) -> None:
        """Press keys now, in the newest call, as RFC 4733 events."""
        found = re.search(r"^m=audio (\d+)", self.invites()[-1].text, re.MULTILINE)
        assert found
        rtp_digits.send((self._host, int(found[1])), self._rtp_port, digits, payload_type=101, gap=0.25)

    def messages(self) -> list[tuple[bool, str]]:
        """Return all SIP messages: whether it was received, and its text."""
        if not self._messages.exists():
            return []
        found = _MESSAGE.finditer(self._messages.read_text(errors="replace"))
        return [(m["way"].endswith("received"), m["text"]) for m in found]

    def invites(self) -> list[Invite]:
        """Return the INVITEs that arrived, in order."""
        if not self._messages.exists():
            return []
        invites: dict[tuple[str, int], Invite] = {}
        for found in _MESSAGE.finditer(self._messages.read_text(errors="replace")):
            text = found["text"]
            if not found["way"].endswith("received") or not text.startswith("INVITE "):
                continue
            invite = Invite(
                call_id=_header(text, "Call-ID"),
                cseq=int(_header(text, "CSeq").split()[0]),
                uri=text.split()[1],
                from_header=_header(text, "From"),
                to_header=_header(text, "To"),
                time=found["clock"],
                text=text,
            )
            invites.setdefault((invite.call_id, invite.cseq), invite)
        return list(invites.values())

    def complaints(self) -> str:
        """Return what was not as the scenario says; empty when all was."""
        log = self._folder / "errors.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def _complaints(self) -> str:
        logs = [self._folder / name for name in ("errors.log", "screen.log")]
        return "\n".join(log.read_text(errors="replace")[:2000] for log in logs if log.exists())

    def _listens(self) -> bool:
        process = self._process
        if process is None:
            return False
        if self._prefix:
            try:
                table = Path(f"/proc/{process.pid}/net/udp").read_text()
            except OSError:
                return False
            return f":{self.port:04X} 00000000:0000" in table
        try:
            sockets = psutil.Process(process.pid).net_connections(kind="udp")
        except psutil.Error:
            return False
        return any(s.laddr and s.laddr.port == self.port for s in sockets)


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}\s*:\s*(.*?)\s*$", text, re.MULTILINE | re.IGNORECASE)
    assert found is not None, f"an INVITE without {name}:\n{text}"
    return found[1]


def free_ports(count: int) -> int:
    """Return the first of ``count`` consecutive ports of loopback that nobody uses, neither UDP nor TCP.

    They lie below the range from which the kernel and other tests take ports of their own accord. Engines, which keep
    many for long and use few of them at a time, have a part to themselves: what is free of theirs is given to nobody.
    """
    first, last = (10_000, 14_000) if count >= ENGINE_PORTS else (14_000, 19_000)
    return take_ports(first, last, count)
