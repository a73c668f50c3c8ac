"""Signs mails (DKIM, RFC 6376) with RSA, and relaxed canonicalisation of head and body.

The library dkimpy does the same in pure Python, at 182 mails a second; tests check our signatures with it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

#: Signed when they are there, and against being added where they are not (RFC 6376, section 8.15): those that a reader
#: sees, and those that a program acts on.
SIGNED = (
    *("from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type"),
    *("content-transfer-encoding", "list-unsubscribe", "list-unsubscribe-post", "feedback-id"),
)
#: Headers that a forger gains by adding a second one.
_ONCE = frozenset({"from", "to", "subject", "date", "reply-to"})
_BLANKS = re.compile(rb"[ \t]+")
_TRAILING = re.compile(rb"[ \t]+(?=\r\n)")
_ENDING = re.compile(rb"(?:\r\n)+\Z")
_LABELS = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*")
#: RFC 8301: shorter keys are not believed.
_LEAST_BITS = 1024
KEY_BITS = 2048


class KeyFault(ValueError):
    """A key, selector or domain that cannot sign; the message says why."""


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """A key pair: the private half is for our store, the other for a record in the domain's zone."""

    #: PKCS #8 in PEM, without a password.
    private: str
    #: The TXT record at ``selector._domainkey.domain``.
    record: str


def new_key() -> NewKey:
    """Return a new RSA key of 2048 bits, which every verifier understands."""
    key = generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    return NewKey(private=_pem(key), record=_record(key))


class Signer:
    """Signs for one domain."""

    def __init__(self, *, domain: str, selector: str, key: str) -> None:
        """Take a private key in PEM; raises ``KeyFault`` for what cannot sign."""
        for name, value in (("domain", domain), ("selector", selector)):
            if not _LABELS.fullmatch(value):
                raise KeyFault(f"the {name} {value!r} is none: letters, digits, - and . only")
        try:
            loaded = serialization.load_pem_private_key(key.encode(), password=None)
        except (TypeError, ValueError):
            raise KeyFault("the key is not a private key in PEM without a password") from None
        if not isinstance(loaded, RSAPrivateKey):
            raise KeyFault("the key must be one of RSA, which every receiver understands")
        if loaded.key_size < _LEAST_BITS:
            raise KeyFault(f"the key has {loaded.key_size} bits; receivers want {_LEAST_BITS} at least")
        self._key = loaded
        self._domain, self._selector = domain.lower(), selector

    @property
    def domain(self) -> str:
        """Return the domain that signs."""
        return self._domain

    @property
    def record(self) -> str:
        """Return the TXT record by which receivers check the signatures."""
        return _record(self._key)

    def sign(self, headers: Sequence[bytes], body: bytes, *, at: int) -> bytes:
        """Return the header ``DKIM-Signature`` of a mail; ``headers`` end with CRLF, ``at`` is the Unix time.

        The body's lines must end with CRLF.
        """
        canonical = [_relaxed(header) for header in headers]
        present = [header.partition(b":")[0].decode("ascii") for header in canonical]
        # the last of several equal ones is the first to be signed (section 5.4.2)
        named: list[str] = []
        said: list[bytes] = []
        for name in SIGNED:
            alike = [header for header, its in zip(canonical, present, strict=True) if its == name]
            said += reversed(alike)
            named += [name] * (len(alike) + (name in _ONCE))
        digest = base64.b64encode(hashlib.sha256(_relaxed_body(body)).digest()).decode()
        unsigned = (
            f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={self._domain};\r\n"
            f" s={self._selector}; t={at};\r\n"
            f" h={_folded_names(named)};\r\n"
            f" bh={digest};\r\n"
            f" b="
        ).encode("ascii")
        signature = self._signature(b"".join(said) + _relaxed(unsigned).rstrip(b"\r\n"))
        lines = "\r\n ".join(signature[start : start + 72] for start in range(0, len(signature), 72))
        return unsigned + f"\r\n {lines}\r\n".encode("ascii")

    def _signature(self, said: bytes) -> str:
        return base64.b64encode(self._key.sign(said, padding.PKCS1v15(), hashes.SHA256())).decode()


def _relaxed(header: bytes) -> bytes:
    """Return a header in the relaxed form (section 3.4.2)."""
    name, _, value = header.partition(b":")
    return name.strip().lower() + b":" + _BLANKS.sub(b" ", value.replace(b"\r\n", b"")).strip() + b"\r\n"


def _relaxed_body(body: bytes) -> bytes:
    """Return a body in the relaxed form (section 3.4.4)."""
    body = _ENDING.sub(b"", _BLANKS.sub(b" ", _TRAILING.sub(b"", body if body.endswith(b"\r\n") else body + b"\r\n")))
    return body + b"\r\n" if body else b""


def _folded_names(names: Sequence[str]) -> str:
    lines = [names[start : start + 5] for start in range(0, len(names), 5)]
    return ":\r\n  ".join(":".join(line) for line in lines)


def _pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _record(key: RSAPrivateKey) -> str:
    octets = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(octets).decode()}"
