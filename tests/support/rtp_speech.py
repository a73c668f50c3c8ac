"""Speaks recorded sound as RTP (µ-law) and writes down what it hears, beside a sipp whose callee says something.

It is there before the call: a program that starts at the answer would speak late on a busy machine.
sipp's own ``rtp_stream`` paces itself with its scenario's clock and falls silent in pauses.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import struct
import threading
import time
from pathlib import Path

_SAMPLES = 160
_SECONDS = 0.02
_HEADER = 12
#: What was heard, a record for each packet: seconds since the answer, bytes of µ-law that follow. The first record is
#: the answer's time and no sound.
RECORD = struct.Struct("<dI")
#: The callee's ears stay open so long, unless the folder of what they hear is gone.
_LONGEST_SECONDS = 60.0
#: Sleeps are no longer than this: who was told to end says nothing more.
_PATIENCE = 0.2
#: How often is looked whether the call was answered.
_TURN_SECONDS = 0.005


def read_answer(file: Path) -> float:
    """Return when the answer was, by the machine's monotonic clock."""
    begin, _ = RECORD.unpack(file.read_bytes()[: RECORD.size])
    return float(begin)


def read_heard(file: Path) -> list[tuple[float, bytes]]:
    """Return what was written down: when a packet came and its µ-law."""
    data, found = file.read_bytes()[RECORD.size :], []
    while len(data) >= RECORD.size:
        at, size = RECORD.unpack(data[: RECORD.size])
        found.append((at, data[RECORD.size : RECORD.size + size]))
        data = data[RECORD.size + size :]
    return found


class Ear(threading.Thread):
    """Writes down what comes to a socket."""

    def __init__(self, listener: socket.socket, file: Path, begin: float) -> None:
        super().__init__(daemon=True)
        self._listener, self._file, self._begin = listener, file, begin

    def run(self) -> None:
        self._listener.settimeout(0.2)
        with self._file.open("ab", buffering=0) as written:
            while self._file.exists() and time.monotonic() - self._begin < _LONGEST_SECONDS:
                try:
                    packet = self._listener.recv(2048)
                except TimeoutError:
                    continue
                if packet[1] & 0x7F == 0:
                    sound = packet[_HEADER:]
                    written.write(RECORD.pack(time.monotonic() - self._begin, len(sound)) + sound)


def send(
    target: tuple[str, int], source_port: int, sounds: list[tuple[float, bytes]], *, heard: Path, begin: float
) -> None:
    """Send each sound (µ-law) at its time in seconds from ``begin``, while ``heard`` exists; nothing between them."""
    sequence = 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sender.bind(("127.0.0.1", source_port))
        ear = Ear(sender, heard, begin)
        ear.start()
        for after, sound in sounds:
            for index, start in enumerate(range(0, len(sound), _SAMPLES)):
                at = after + index * _SECONDS
                while (left := begin + at - time.monotonic()) > 0 and heard.exists():
                    time.sleep(min(left, _PATIENCE))
                if not heard.exists():
                    return
                marker = 0x80 if index == 0 else 0
                header = struct.pack("!BBHII", 0x80, marker, sequence & 0xFFFF, round(at * 8000), 0x43570002)
                sender.sendto(header + sound[start : start + _SAMPLES], target)
                sequence += 1
        ear.join()


def take_turn(file: Path) -> int:
    """Wait until ``file`` is a link to the port to speak to; returns it and removes the link."""
    while not file.is_symlink():
        time.sleep(_TURN_SECONDS)
    port = int(file.readlink().name)
    file.unlink()
    return port


def main() -> None:
    """Speak in each call that is answered, until we are told to end; a call has a process of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--turn", type=Path, required=True, help="link to the port to speak to, at the answer")
    parser.add_argument("--from-port", type=int, required=True)
    parser.add_argument("--heard", type=Path, required=True, help="file for what is heard, while somebody wants more")
    parser.add_argument("sounds", nargs="+", help="SECONDS:FILE, seconds from the answer and µ-law")
    given = parser.parse_args()
    # a telephone speaks evenly, however busy the machine under test is
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    sounds = [
        (float(after), Path(file).read_bytes()) for after, _, file in (each.partition(":") for each in given.sounds)
    ]
    given.heard.with_suffix(".ready").touch()
    while True:
        port, begin = take_turn(given.turn), time.monotonic()
        # before there is a process that looks whether the file exists
        given.heard.write_bytes(RECORD.pack(begin, 0))
        if os.fork() == 0:
            send(("127.0.0.1", port), given.from_port, sounds, heard=given.heard, begin=begin)
            os._exit(0)


if __name__ == "__main__":
    main()
