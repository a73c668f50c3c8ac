"""A real mail server: Postfix of Debian with a configuration, a queue and ports of its own, ended by its command."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
_STARTED_SECONDS = 30
PEOPLE = ("ann", "bob", "bounces", "busy", "grey", "shop")
#: Everything that does not deliver here.
_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.test
mydestination =
mynetworks = 127.0.0.0/8
recipient_delimiter = +
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = example.org, example.com
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ {people} }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
relay_domains = gone.example, full.example
transport_maps = inline:{{ {transports} }}
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = check_recipient_access inline:{{ {{busy@example.org = 450 4.7.1 too fast}},
  {{grey@example.org = 450 4.2.0 come again}} }}, permit
smtpd_reject_unlisted_recipient = yes
unknown_virtual_mailbox_reject_code = 550
bounce_queue_lifetime = 1d
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
smtpd_tls_security_level = {tls}
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
"""
_MASTER = """
127.0.0.1:{port} inet n - n - 200 smtpd
127.0.0.1:{elsewhere} inet n - n - 20 smtpd
  -o {{ smtpd_recipient_restrictions = check_recipient_access inline:{{ {{gone.example = 550 5.1.1 no such person}},
  {{full.example = 552 5.2.2 the mailbox is full}} }}, permit }}
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, kw_only=True)
class Postfix:
    """A running server.

    ``PEOPLE`` at ``example.org`` and ``example.com`` have folders, whatever follows a ``+``; others are refused (550
    5.1.1). ``busy@example.org`` and ``grey@example.org`` are refused for now (4.7.1 and 4.2.0). What goes to
    ``gone.example`` or ``full.example`` is accepted, refused by the server that is asked next, and bounces.
    """

    port: int
    folder: Path

    def delivered(self, person: str) -> list[bytes]:
        """Return the mails of a person's folder, the oldest first."""
        folder = self.folder / "mail" / person / "new"
        files = sorted(folder.glob("*"), key=lambda path: path.stat().st_mtime_ns) if folder.exists() else []
        return [path.read_bytes() for path in files]

    @property
    def log(self) -> str:
        """What it wrote of what it did."""
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""


@contextlib.contextmanager
def postfix(
    *, transports: Mapping[str, str] | None = None, certificate: Path | None = None, key: Path | None = None
) -> Iterator[Postfix]:
    """Run a server. ``transports``: where mails to a domain or an address go (``transport(5)``)."""
    if os.geteuid() != 0:
        pytest.fail("Postfix starts as root only")
    program = shutil.which("postfix", path=_PATH)
    if program is None:
        pytest.fail("Postfix is not here: scripts/peers brings it")
    with tempfile.TemporaryDirectory(prefix="cw-postfix-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        port = _free_port()
        _configure(folder, port, transports or {}, certificate, key)
        command = [program, "-c", str(folder / "etc")]
        environment = os.environ | {"PATH": _PATH}
        server = Postfix(port=port, folder=folder)
        with (folder / "started").open("wb") as said:
            running = subprocess.Popen([*command, "start-fg"], env=environment, stdout=said, stderr=said)
        try:
            _wait_for(port, server, running)
            yield server
        finally:
            subprocess.run([*command, "abort"], env=environment, capture_output=True, check=False)
            running.wait(timeout=_STARTED_SECONDS)


def _configure(
    folder: Path, port: int, transports: Mapping[str, str], certificate: Path | None, key: Path | None
) -> None:
    etc = folder / "etc"
    for made in (etc, folder / "queue", folder / "data", folder / "mail"):
        made.mkdir()
    shutil.chown(folder / "data", "postfix")
    shutil.chown(folder / "mail", "postfix")
    owner = (folder / "data").stat()
    elsewhere = _free_port()
    known = dict.fromkeys(("gone.example", "full.example"), f"smtp:[127.0.0.1]:{elsewhere}")
    pairs = ", ".join(f"{{{domain} = {transport}}}" for domain, transport in (known | dict(transports)).items())
    people = ", ".join(f"{{{name}@{domain} = {name}/}}" for name in PEOPLE for domain in ("example.org", "example.com"))
    (etc / "main.cf").write_text(
        _MAIN.format(
            folder=folder,
            uid=owner.st_uid,
            gid=owner.st_gid or 65534,
            transports=pairs,
            people=people,
            tls="may" if certificate else "none",
            certificate=certificate or "",
            key=key or "",
        )
    )
    (etc / "master.cf").write_text(_MASTER.format(port=port, elsewhere=elsewhere))


def _wait_for(port: int, server: Postfix, running: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _STARTED_SECONDS
    while time.monotonic() < until and running.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            if connection.recv(3) == b"220":
                return
        time.sleep(0.05)
    said = (server.folder / "started").read_text(errors="replace")
    pytest.fail(f"Postfix says nothing on port {port}: {said}{server.log}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
