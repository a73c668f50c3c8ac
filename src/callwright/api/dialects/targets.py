"""Whom beside telephone numbers a transfer may call, as programs write it."""

from __future__ import annotations

from callwright.numbers.sip_addresses import read_sip_address

_EXTENSION = "ext:"


def target_of(text: str) -> str | None:
    """Return an extension or a SIP address as the native API writes it (``Ext:1000``); ``None``: it is neither."""
    text = text.strip()
    if text[: len(_EXTENSION)].lower() == _EXTENSION:
        return f"Ext:{text[len(_EXTENSION) :].strip()}"
    address = read_sip_address(text)
    if address is None:
        return None
    return f"sip{'s' if address.secure else ''}:{address.user}@{address.domain}"
