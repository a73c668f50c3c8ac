"""Cuts a connection of another process: its socket is borrowed by the kernel's leave (``pidfd_getfd``) and shut down.

Both ends see the connection end, as when a cable is pulled and the far end's system answers for it. Linux 5.6 or newer;
the processes must be ours, or we root.
"""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Callable
from pathlib import Path

_PIDFD_GETFD = 438
_libc = ctypes.CDLL(None, use_errno=True)


def cut(pid: int, wanted: Callable[[socket.socket], bool]) -> int:
    """Shut down the connected stream sockets of a process that ``wanted`` chooses; returns how many."""
    done = 0
    process = os.pidfd_open(pid)
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            borrowed = _borrow(process, entry)
            if borrowed is None:
                continue
            with borrowed:
                if borrowed.type == socket.SOCK_STREAM and _connected(borrowed) and wanted(borrowed):
                    borrowed.shutdown(socket.SHUT_RDWR)
                    done += 1
    finally:
        os.close(process)
    return done


def is_to_port(port: int) -> Callable[[socket.socket], bool]:
    """Choose TCP connections to this port."""
    return lambda one: one.family == socket.AF_INET and one.getpeername()[1] == port


def is_to_path(ending: str) -> Callable[[socket.socket], bool]:
    """Choose connections to a unix socket whose path ends so."""
    return lambda one: one.family == socket.AF_UNIX and str(one.getpeername()).endswith(ending)


def _borrow(process: int, entry: Path) -> socket.socket | None:
    try:
        if not str(entry.readlink()).startswith("socket:"):
            return None
    except OSError:
        return None
    number = _libc.syscall(_PIDFD_GETFD, process, int(entry.name), 0)
    return socket.socket(fileno=number) if number >= 0 else None


def _connected(one: socket.socket) -> bool:
    try:
        one.getpeername()
    except OSError:
        return False
    return True
