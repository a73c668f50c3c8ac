"""What RTP looks like on the wire of loopback: packets between ports, as anybody on the way would see them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from callwright.speech.g711 import decode_ulaw
from support.sipp_caller import level

_ETHERNET_IP = 0x0800
_ALL_PROTOCOLS = 0x0003
_UDP = 17
_OUTGOING = 4


@dataclass(kw_only=True)
class Capture:
    """Payloads of RTP packets with payload type 0, in order."""

    ports: range
    sent: list[bytes] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)

    def take(self, packet: bytes) -> None:
        """Take one IP packet."""
        head = (packet[0] & 0x0F) * 4
        if packet[9] != _UDP:
            return
        source, target = int.from_bytes(packet[head : head + 2]), int.from_bytes(packet[head + 2 : head + 4])
        rtp = packet[head + 8 :]
        if len(rtp) > 12 and rtp[0] >> 6 == 2 and rtp[1] & 0x7F == 0:
            if source in self.ports:
                self.sent.append(rtp[12:])
            elif target in self.ports:
                self.received.append(rtp[12:])


def is_plain(payloads: list[bytes], frequency: float) -> bool:
    """Whether a tone is to be heard by anybody who reads these payloads as µ-law."""
    audio = decode_ulaw(b"".join(payload[:160] for payload in payloads))
    frames = [audio[start : start + 1600] for start in range(0, len(audio) - 1600, 1600)]
    return any(level(frame, frequency) > 0.7 for frame in frames if np.abs(frame).max() > 1000)


@contextlib.contextmanager
def capture(ports: range) -> Iterator[Capture]:
    """Capture what ``ports`` (ours) send and receive on loopback."""
    taken = Capture(ports=ports)
    try:
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ALL_PROTOCOLS))
    except PermissionError:
        pytest.fail("reading packets of loopback needs root")
    with wire:
        wire.bind(("lo", _ALL_PROTOCOLS))
        wire.settimeout(0.1)
        stop = threading.Event()

        def read() -> None:
            while not stop.is_set():
                try:
                    packet, (_, protocol, kind, *_) = wire.recvfrom(65535)
                except TimeoutError:
                    continue
                # on loopback each packet is seen going out and coming in
                if protocol == _ETHERNET_IP and kind == _OUTGOING:
                    taken.take(packet)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        try:
            yield taken
        finally:
            stop.set()
            reader.join()
