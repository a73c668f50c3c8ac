"""The one form field ``name`` that holds a whole request: ``<x>key~token~…</x>``."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: In their order.
_BEFORE = ("key", "token", "whattodo", "optname", "optcallerid", "messageid")
_TEXT = "messagetext"
_AFTER = ("phonenumber", "customername")
_OPTIONAL = "vmmessageid"
_PACKED = re.compile(r"\s*<x>(?P<inside>.*)</x>\s*", re.IGNORECASE | re.DOTALL)
#: What can be a telephone number, or ``0``: it tells where the end of the text is.
_NUMBER = re.compile(r"[+(]?\d[\d\s().+-]*")
_ID = re.compile(r"\d*")


def is_packed(text: str) -> bool:
    """Return whether a field's value is a whole request."""
    return _PACKED.fullmatch(text) is not None


def unpacked(text: str) -> Mapping[str, str]:
    """Return the fields of a packed request by name. Raises ``ValueError`` when some are missing.

    Blanks around a value do not count. A ``~`` too many belongs to the text: six fields are taken from the left, the
    rest from the right.
    """
    found = _PACKED.fullmatch(text)
    if found is None:
        raise ValueError("must be <x>key~token~whattodo~optname~optCallerId~MessageId~MessageText~…</x>")
    parts = [part.strip() for part in found["inside"].split("~")]
    least = len(_BEFORE) + 1 + len(_AFTER)
    if len(parts) < least:
        raise ValueError(f"has {len(parts)} fields between ~; at least {least} are needed")
    after = (*_AFTER, _OPTIONAL) if len(parts) > least and _ends_with_voicemail(parts) else _AFTER
    middle = len(parts) - len(after)
    fields = dict(zip(_BEFORE, parts, strict=False))
    fields[_TEXT] = "~".join(found["inside"].split("~")[len(_BEFORE) : middle]).strip()
    return fields | dict(zip(after, parts[middle:], strict=True))


def _ends_with_voicemail(parts: list[str]) -> bool:
    """Return whether the last field is the optional one; else one ``~`` more stands in the text."""
    return _ID.fullmatch(parts[-1]) is not None and _NUMBER.fullmatch(parts[-3]) is not None
