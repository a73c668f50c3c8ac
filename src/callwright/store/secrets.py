"""Secrets that must be shown or used again (webhook secrets, trunk passwords), encrypted at rest with one key.

The key is in the environment (``CALLWRIGHT_SECRET_KEY``) or in ``<data_dir>/secret.key``. Whoever has the database but
not the key reads nothing; a backup needs both.
"""

from __future__ import annotations

import hmac
import os
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from callwright.errors import SetupError

KEY_VARIABLE = "CALLWRIGHT_SECRET_KEY"
KEY_FILE = "secret.key"


class SecretBox:
    """Encrypts and decrypts short texts with the appliance's key (Fernet: AES-128-CBC with HMAC-SHA-256)."""

    def __init__(self, key: bytes | str) -> None:
        """Take a Fernet key, 32 bytes in URL-safe base64; raises ``SetupError`` for anything else."""
        self._key = key.encode() if isinstance(key, str) else key
        try:
            self._fernet = Fernet(key)
        except ValueError:
            raise SetupError(
                f"the secret key ({KEY_VARIABLE} or {KEY_FILE}) is not 32 bytes in URL-safe base64"
            ) from None

    @classmethod
    def load(cls, data_dir: Path) -> SecretBox:
        """Return the box of this appliance; the key file is made when there is neither it nor the variable.

        Raises ``SetupError`` when the key cannot be read, made, or used.
        """
        given = os.environ.get(KEY_VARIABLE)
        if given:
            return cls(given.strip())
        path = data_dir / KEY_FILE
        try:
            if not path.exists():
                _make_key_file(path)
            return cls(path.read_bytes().strip())
        except OSError as error:
            raise SetupError(f"the secret key {path} cannot be read or made: {error.strerror}") from error

    def derived(self, label: str) -> bytes:
        """Return a key of 32 bytes for one use, which tells nothing of the appliance's key or of other labels."""
        return hmac.digest(self._key, f"callwright {label}".encode(), "sha256")

    def seal(self, text: str) -> bytes:
        """Encrypt ``text``."""
        return self._fernet.encrypt(text.encode())

    def digest(self, text: str) -> bytes:
        """Return a hash (HMAC-SHA-256) of a text so short that anybody could guess it from a hash without a key."""
        return hmac.digest(self.derived("digest"), text.encode(), "sha256")

    def open(self, sealed: bytes | str) -> str:
        """Decrypt what ``seal`` made; raises ``SetupError`` when it was made with another key."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise SetupError(
                f"a stored secret was encrypted with another key: restore the {KEY_FILE} (or {KEY_VARIABLE}) "
                "that belongs to this database"
            ) from None


def _make_key_file(path: Path) -> None:
    """Write a new key. Two processes at once end with one file: a link never replaces what is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp makes the file with mode 0600
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{KEY_FILE}-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
    finally:
        temporary.unlink()
