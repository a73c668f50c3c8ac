"""Speaks recorded sound as RTP (µ-law); sipp runs it when a callee is to say something.

sipp's own ``rtp_stream`` paces itself with its scenario's clock and falls silent in pauses.
"""

from __future__ import annotations

import argparse
import os
import socket
import struct
import time
from pathlib import Path

_SAMPLES = 160
_SECONDS = 0.02


def send(target: tuple[str, int], source_port: int, sounds: list[tuple[float, bytes]]) -> None:
    """Send each sound (µ-law) at its time in seconds from now; nothing is sent between them."""
    begin, sequence = time.monotonic(), 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sender.bind(("127.0.0.1", source_port))
        for after, sound in sounds:
            for index, start in enumerate(range(0, len(sound), _SAMPLES)):
                at = after + index * _SECONDS
                time.sleep(max(begin + at - time.monotonic(), 0.0))
                marker = 0x80 if index == 0 else 0
                header = struct.pack("!BBHII", 0x80, marker, sequence & 0xFFFF, round(at * 8000), 0x43570002)
                sender.sendto(header + sound[start : start + _SAMPLES], target)
                sequence += 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--to-port", type=int, required=True)
    parser.add_argument("--from-port", type=int, required=True)
    parser.add_argument("sounds", nargs="+", help="SECONDS:FILE, seconds from now and µ-law")
    given = parser.parse_args()
    # sipp's sockets came with us: its port would stay taken when sipp has ended
    os.closerange(3, 256)
    send(
        ("127.0.0.1", given.to_port),
        given.from_port,
        [(float(after), Path(file).read_bytes()) for after, _, file in (each.partition(":") for each in given.sounds)],
    )
