"""Another host behind a router with address translation: network namespaces, removed whatever happens."""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

_CLONE_NEWNET = 0x40000000
_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
#: Ports that the router hands to whom it hides.
FORWARDED = range(5060, 20000)


@dataclass(frozen=True, kw_only=True)
class Network:
    """``near`` is an address of this machine, ``far`` one of the other host; the router has one on either side."""

    near: str
    near_router: str
    far_router: str
    far: str
    namespace: str

    @property
    def prefix(self) -> tuple[str, ...]:
        """What runs a program on the far host."""
        return (_program("ip"), "netns", "exec", self.namespace)

    def far_socket(self, port: int) -> socket.socket:
        """Return a UDP socket of the far host."""
        made: list[socket.socket] = []

        # a thread of its own moves to the other namespace, and ends there
        def make() -> None:
            with Path(f"/run/netns/{self.namespace}").open("rb") as namespace:
                if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), _CLONE_NEWNET) != 0:
                    return
            there = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            there.setblocking(False)
            there.bind((self.far, port))
            made.append(there)

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if not made:
            pytest.fail("a socket in another network namespace could not be made")
        return made[0]


@contextlib.contextmanager
def router(*, hides: Literal["near", "far"]) -> Iterator[Network]:
    """Connect this machine and a far host by a router that hides one of them behind its own address.

    The hidden one can call out, and gets what comes for ``FORWARDED`` ports; the other has no route to it.
    """
    if os.geteuid() != 0:
        pytest.fail("network namespaces need root")
    ip, nft = _program("ip"), _program("nft")
    number, suffix = random.randrange(1, 250), f"{os.getpid() % 100_000}"
    inside, outside, link = f"cwr{suffix}", f"cwf{suffix}", f"cwn{suffix}"
    made = Network(
        near=f"10.213.{number}.2",
        near_router=f"10.213.{number}.1",
        far_router=f"198.18.{number}.1",
        far=f"198.18.{number}.2",
        namespace=outside,
    )
    # a router with many hosts behind it gives them other ports; one with fixed ports for one host does not
    target, side, ports = (made.near, "far", "") if hides == "near" else (made.far, "near", " to :40000-50000")
    rules = (
        "table ip nat {\n"
        " chain pre { type nat hook prerouting priority -100;"
        f' iifname "{side}" udp dport {FORWARDED.start}-{FORWARDED.stop - 1} dnat to {target}; }}\n'
        f' chain post {{ type nat hook postrouting priority 100; oifname "{side}" meta l4proto udp'
        f" masquerade{ports}; }}\n}}\n"
    )
    try:
        for command in (
            f"netns add {inside}",
            f"netns add {outside}",
            f"link add {link} type veth peer name near netns {inside}",
            f"-n {inside} link add far type veth peer name far netns {outside}",
            f"addr add {made.near}/24 dev {link}",
            f"link set {link} up",
            f"-n {inside} addr add {made.near_router}/24 dev near",
            f"-n {inside} addr add {made.far_router}/24 dev far",
            f"-n {inside} link set near up",
            f"-n {inside} link set far up",
            f"-n {outside} addr add {made.far}/24 dev far",
            f"-n {outside} link set far up",
            f"-n {outside} link set lo up",
            f"route add 198.18.{number}.0/24 via {made.near_router}"
            if hides == "near"
            else f"route add unreachable 198.18.{number}.0/24",
            f"-n {outside} route add default via {made.far_router}" if hides == "far" else "netns list",
        ):
            _run([ip, *command.split()])
        enter = [ip, "netns", "exec", inside]
        _run([*enter, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"])
        _run([*enter, nft, "-f", "-"], rules)
        yield made
    finally:
        for command in (
            f"route del 198.18.{number}.0/24",
            f"link del {link}",
            f"netns del {inside}",
            f"netns del {outside}",
        ):
            subprocess.run([ip, *command.split()], check=False, capture_output=True)


def _program(name: str) -> str:
    found = shutil.which(name, path=_PATH)
    if found is None:
        pytest.fail(f"{name} is missing: apt-get install {'iproute2' if name == 'ip' else 'nftables'} (scripts/peers)")
    return found


def _run(command: list[str], text: str = "") -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.fail(f"{' '.join(command)}: {done.stderr.strip()}")
