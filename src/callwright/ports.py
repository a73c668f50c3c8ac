"""Ports of this machine: who has one, and which are free."""

from __future__ import annotations

import socket
from collections.abc import Iterable

LOOPBACK = "127.0.0.1"


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Return whether nobody listens on the port, neither by TCP nor by UDP."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                # connections that ended a moment ago do not make it taken
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def free_block(size: int, starts: Iterable[int]) -> int:
    """Return the first of ``starts`` from which ``size`` ports in a row are free on loopback.

    Choose starts below 32768: above, the kernel takes ports for outgoing connections. Raises ``StopIteration`` when
    there is none.
    """
    return next(start for start in starts if all(is_free(port) for port in range(start, start + size)))
