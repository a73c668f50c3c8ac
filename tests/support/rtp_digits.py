"""Sends key presses as RFC 4733 events; sipp runs it when a callee is to press keys.

sipp's own ``play_dtmf`` always uses payload type 96, and Asterisk takes only the 101 that it offered.
"""

from __future__ import annotations

import argparse
import os
import socket
import struct
import time

_EVENTS = "0123456789*#ABCD"
_PACKET_SECONDS = 0.02
_SAMPLES = 160
#: A key is held for 100 ms; RFC 4733 wants the last packet three times.
_PACKETS = 5
_VOLUME = 10


def send(target: tuple[str, int], source_port: int, digits: str, *, payload_type: int, gap: float) -> None:
    sequence, timestamp, ssrc = 1, int(time.monotonic() * 8000) & 0xFFFFFFFF, 0x43570001
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sender.bind(("127.0.0.1", source_port))
        for digit in digits:
            event = _EVENTS.index(digit)
            durations = [_SAMPLES * (n + 1) for n in range(_PACKETS)] + [_SAMPLES * _PACKETS] * 2
            for n, duration in enumerate(durations):
                last = n >= _PACKETS - 1
                marker = 0x80 if n == 0 else 0
                header = struct.pack("!BBHII", 0x80, marker | payload_type, sequence & 0xFFFF, timestamp, ssrc)
                body = struct.pack("!BBH", event, (0x80 if last else 0) | _VOLUME, duration)
                sender.sendto(header + body, target)
                sequence += 1
                time.sleep(_PACKET_SECONDS)
            timestamp = (timestamp + int(gap * 8000)) & 0xFFFFFFFF
            time.sleep(max(gap - len(durations) * _PACKET_SECONDS, 0.0))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--to-port", type=int, required=True)
    parser.add_argument("--from-port", type=int, required=True)
    parser.add_argument("--digits", required=True)
    parser.add_argument("--payload-type", type=int, default=101)
    parser.add_argument("--gap", type=float, default=0.25)
    given = parser.parse_args()
    # sipp's sockets came with us: its port would stay taken when sipp has ended
    os.closerange(3, 256)
    send(
        ("127.0.0.1", given.to_port),
        given.from_port,
        given.digits,
        payload_type=given.payload_type,
        gap=given.gap,
    )
