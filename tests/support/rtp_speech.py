"""Speaks recorded sound as RTP (µ-law) and writes down what it hears; sipp runs it when a callee is to say something.

sipp's own ``rtp_stream`` paces itself with its scenario's clock and falls silent in pauses.
"""

from __future__ import annotations

import argparse
import contextlib
import os
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
    target: tuple[str, int], source_port: int, sounds: list[tuple[float, bytes]], *, heard: Path | None = None
) -> None:
    """Send each sound (µ-law) at its time in seconds from now; nothing is sent between them."""
    begin, sequence = time.monotonic(), 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sender.bind(("127.0.0.1", source_port))
        ear = None
        if heard is not None:
            heard.write_bytes(RECORD.pack(begin, 0))
            ear = Ear(sender, heard, begin)
            ear.start()
        for after, sound in sounds:
            for index, start in enumerate(range(0, len(sound), _SAMPLES)):
                at = after + index * _SECONDS
                while (left := begin + at - time.monotonic()) > 0 and (heard is None or heard.exists()):
                    time.sleep(min(left, _PATIENCE))
                if heard is not None and not heard.exists():
                    return
                marker = 0x80 if index == 0 else 0
                header = struct.pack("!BBHII", 0x80, marker, sequence & 0xFFFF, round(at * 8000), 0x43570002)
                sender.sendto(header + sound[start : start + _SAMPLES], target)
                sequence += 1
        if ear is not None:
            ear.join()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--to-port", type=int, required=True)
    parser.add_argument("--from-port", type=int, required=True)
    parser.add_argument("sounds", nargs="+", help="SECONDS:FILE, seconds from now and µ-law")
    parser.add_argument("--heard", type=Path, help="file for what is heard; it exists until nobody wants more")
    given = parser.parse_args()
    # a telephone speaks evenly, however busy the machine under test is
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    # sipp's sockets came with us: its port would stay taken when sipp has ended
    os.closerange(3, 256)
    send(
        ("127.0.0.1", given.to_port),
        given.from_port,
        [(float(after), Path(file).read_bytes()) for after, _, file in (each.partition(":") for each in given.sounds)],
        heard=given.heard,
    )
