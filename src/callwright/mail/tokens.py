"""Names of mails that only we can make: in envelope senders, Message-IDs and links.

What comes back (a bounce, a complaint, a click) is believed when it carries one. Without the signature anybody who
knows an id could have a person put on the list of those who are not written to.
"""

from __future__ import annotations

import base64
import hmac
import re

#: Octets of the signature: 60 bits, which nobody guesses over mail.
_SIGNATURE = 12
_TOKEN = re.compile(r"([a-z]{3}_[0-9a-z]{20})[.=]([a-z2-7]{12})", re.IGNORECASE)


class Tokens:
    """Makes and reads tokens such as ``msg_06e4k1q0s8b2n4p6r8t0.abcdefghij23``, which survive a change of case."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def token(self, message_id: str) -> str:
        """Return the token of a message."""
        return f"{message_id}.{self._signature(message_id)}"

    def find(self, text: str) -> str | None:
        """Return the id of the first message whose genuine token stands in ``text``."""
        for found in _TOKEN.finditer(text):
            message_id = found[1].lower()
            if hmac.compare_digest(found[2].lower(), self._signature(message_id)):
                return message_id
        return None

    def message_id(self, message_id: str, domain: str) -> str:
        """Return the ``Message-ID`` of a mail, without angle brackets."""
        return f"{self.token(message_id)}@{domain}"

    def return_path(self, message_id: str, address: str) -> str:
        """Return the envelope sender of a mail: ``bounces@…`` with the token as its detail (RFC 5233)."""
        local, _, domain = address.rpartition("@")
        return f"{local}+{self.token(message_id)}@{domain}"

    def sign(self, text: str) -> str:
        """Return the signature of any text, for links."""
        return self._signature(text)

    def is_genuine(self, text: str, signature: str) -> bool:
        """Return whether ``sign`` made ``signature``."""
        return hmac.compare_digest(signature.encode(), self._signature(text).encode())

    def _signature(self, text: str) -> str:
        digest = hmac.digest(self._key, text.encode(), "sha256")
        return base64.b32encode(digest)[:_SIGNATURE].decode().lower()
