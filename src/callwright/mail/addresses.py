"""E-mail addresses as mail servers take them: ASCII, with the domain of another script in its other form (IDNA)."""

from __future__ import annotations


class AddressError(ValueError):
    """An address that cannot be written to; the message says why."""


def domain_of(address: str) -> str:
    """Return what stands behind the ``@``."""
    return address.rpartition("@")[2]


def in_ascii(address: str) -> str:
    """Return an address for SMTP. Raises ``AddressError`` for one that needs SMTPUTF8, which few servers have."""
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise AddressError("has letters before the @ that are not ASCII, which most mail servers cannot deliver to")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        raise AddressError("has a domain that does not exist in the internet's form") from None
