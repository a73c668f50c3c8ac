"""Softphones that register with the lab: accounts in a file of its own, passwords shown once."""

from __future__ import annotations

import secrets
from pathlib import Path

import orjson

from callwright.errors import Conflict, FieldError, InvalidRequest, NotFound
from callwright.telephony.lab.behaviours import SOFTPHONES

_PASSWORD_BYTES = 12


class Softphones:
    """The accounts, kept in ``softphones.json`` (0600) of the lab's folder."""

    def __init__(self, base: Path) -> None:
        self._file = base / "softphones.json"

    def names(self) -> list[str]:
        """Return the accounts' names."""
        return sorted(self._read())

    def add(self, name: str) -> str:
        """Make an account and return its password. Raises ``InvalidRequest`` or ``Conflict``."""
        if not name.isdigit() or int(name) not in SOFTPHONES:
            raise InvalidRequest(
                [
                    FieldError(
                        field="name",
                        message=f"a number from {SOFTPHONES.start} to {SOFTPHONES.stop - 1}: calls to numbers that "
                        "end in it ring the softphone",
                        received=name,
                    )
                ]
            )
        accounts = self._read()
        if name in accounts:
            raise Conflict(f"there is a softphone {name} already; remove it first to get a new password")
        accounts[name] = secrets.token_urlsafe(_PASSWORD_BYTES)
        self._write(accounts)
        return accounts[name]

    def remove(self, name: str) -> None:
        """Remove an account. Raises ``NotFound``."""
        accounts = self._read()
        if accounts.pop(name, None) is None:
            raise NotFound(f"there is no softphone {name}")
        self._write(accounts)

    def endpoints(self) -> str:
        """Return the PJSIP sections of all accounts."""
        return "\n".join(_sections(name, password) for name, password in self._read().items())

    def _read(self) -> dict[str, str]:
        try:
            accounts: dict[str, str] = orjson.loads(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        return accounts

    def _write(self, accounts: dict[str, str]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._file.with_suffix(".new")
        temporary.touch(mode=0o600)
        temporary.write_bytes(orjson.dumps(accounts))
        temporary.replace(self._file)


def _sections(name: str, password: str) -> str:
    return (
        f"[{name}]\ntype = endpoint\ncontext = lab\ndisallow = all\nallow = ulaw,alaw\naors = {name}\nauth = {name}\n"
        "direct_media = no\nrtp_symmetric = yes\nforce_rport = yes\nrewrite_contact = yes\ndtmf_mode = auto_info\n"
        f"[{name}]\ntype = auth\nauth_type = userpass\nusername = {name}\npassword = {password}\n"
        f"[{name}]\ntype = aor\nmax_contacts = 1\nremove_existing = yes\nqualify_frequency = 0\n"
    )
