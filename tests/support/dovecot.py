"""A real IMAP server: Debian's Dovecot over a folder of mails, in a configuration of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
_STARTED_SECONDS = 30
USERNAME, PASSWORD = "reports", "correct-horse"
_CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
log_path = {folder}/log
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{maildir}
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
default_internal_user = dovecot
default_login_user = dovenull
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
passdb {{
  driver = static
  args = user={username} password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}
}}
"""


@contextlib.contextmanager
def dovecot(maildir: Path) -> Iterator[int]:
    """Serve ``maildir`` to ``USERNAME`` with ``PASSWORD``; yields the port."""
    if os.geteuid() != 0:
        pytest.fail("Dovecot starts as root only")
    program = shutil.which("dovecot", path=_PATH)
    if program is None:
        pytest.fail("Dovecot is not here: scripts/peers brings it")
    with tempfile.TemporaryDirectory(prefix="cw-dovecot-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port: int = free.getsockname()[1]
        owner = maildir.stat()
        configuration = folder / "dovecot.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                folder=folder,
                maildir=maildir,
                port=port,
                uid=owner.st_uid,
                gid=owner.st_gid,
                username=USERNAME,
                password=PASSWORD,
            )
        )
        with (folder / "started").open("wb") as said:
            running = subprocess.Popen([program, "-F", "-c", str(configuration)], stdout=said, stderr=said)
        try:
            _wait_for(port, running, folder)
            yield port
        finally:
            running.terminate()
            running.wait(timeout=_STARTED_SECONDS)


def _wait_for(port: int, running: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + _STARTED_SECONDS
    while time.monotonic() < until and running.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            if connection.recv(4) == b"* OK":
                return
        time.sleep(0.05)
    said = "".join(
        (folder / name).read_text(errors="replace") for name in ("started", "log") if (folder / name).exists()
    )
    pytest.fail(f"Dovecot says nothing on port {port}: {said}")
