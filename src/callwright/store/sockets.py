"""Where the embedded server's unix socket lies: below our data if the name is short enough for the kernel."""

from __future__ import annotations

import os
import pwd
import stat
import tempfile
from pathlib import Path

from callwright.processes import give_to

#: Length of ``sockaddr_un.sun_path`` on Linux without its closing NUL.
_LONGEST_PATH_BYTES = 107
_SOCKET = ".s.PGSQL.5432"


def socket_file(directory: Path) -> Path:
    """Return the name PostgreSQL gives its socket in ``directory``."""
    return directory / _SOCKET


def socket_dir(home: Path, user: str | None) -> Path:
    """Return a folder of mode 700 owned by ``user`` for the socket of the server whose files lie in ``home``.

    It is ``home/run``, or, when that is too long, a folder with a random name under ``/run`` or ``/tmp`` that
    ``home/run.path`` records: a name that can be guessed could be taken by another user of the machine first.
    """
    near = home / "run"
    if len(os.fsencode(socket_file(near))) <= _LONGEST_PATH_BYTES:
        near.mkdir(mode=0o700, exist_ok=True)
        give_to(near, user)
        return near
    record = home / "run.path"
    if record.exists():
        known = Path(record.read_text(encoding="utf-8"))
        if _is_private(known, user):
            return known
    base = Path("/run") if os.geteuid() == 0 and Path("/run").is_dir() else Path("/tmp")  # noqa: S108
    made = Path(tempfile.mkdtemp(prefix="callwright-", dir=base))
    give_to(made, user)
    temporary = record.with_suffix(".new")
    temporary.write_text(str(made), encoding="utf-8")
    temporary.replace(record)
    return made


def _is_private(directory: Path, user: str | None) -> bool:
    try:
        status = directory.lstat()
    except OSError:
        return False
    owner = os.geteuid() if user is None else pwd.getpwnam(user).pw_uid
    return stat.S_ISDIR(status.st_mode) and status.st_uid == owner and stat.S_IMODE(status.st_mode) == 0o700
