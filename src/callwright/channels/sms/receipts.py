"""Delivery receipts: in optional parameters, or in the text that appendix B of SMPP 3.4 shows and each vendor bends.

Only a message that its sender *marked* as a receipt is read as one: anybody may text us "id:1 stat:DELIVRD".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Literal

from callwright.channels.sms.pdu import MESSAGE_STATE, NETWORK_ERROR, RECEIPTED_ID, ShortMessage
from callwright.channels.sms.port import Receipt, State

#: Types of message in ``esm_class`` (section 5.2.12): delivery receipt, acknowledgement of delivery, and the
#: intermediate notification, a bit of its own.
_TYPE_MASK = 0x3C
_RECEIPTS = {0x04, 0x08, 0x20, 0x24}
#: ``message_state`` (section 5.2.28).
_STATES: Mapping[int, State] = {
    1: "enroute", 2: "delivered", 3: "expired", 4: "deleted", 5: "undelivered", 6: "accepted", 7: "unknown",
    8: "rejected",
}  # fmt: skip
#: Beginnings of words after ``stat:``; the specification has seven letters, vendors write more, fewer and others.
_WORDS: tuple[tuple[str, State], ...] = (
    ("DELIV", "delivered"),
    ("DELET", "deleted"),
    ("EXPIR", "expired"),
    ("UNDEL", "undelivered"),
    ("FAIL", "undelivered"),
    ("ACCEP", "accepted"),
    ("ACKED", "accepted"),
    ("REJEC", "rejected"),
    ("ENROU", "enroute"),
    ("BUFFE", "enroute"),
    ("SENT", "enroute"),
)
_FIELD = re.compile(
    r"\b(id|sub|dlvrd|submit[ _]?date|done[ _]?date|stat(?:us)?|err(?:or)?|text)\s*[:=]\s*([^\s,;]*)", re.IGNORECASE
)
#: Appendix B as it stands, which most centres write: id, done date, stat, err.
_STANDARD = re.compile(
    r"id:([^\s,;]*) sub:[^\s,;]* dlvrd:[^\s,;]* submit date:[^\s,;]* "
    r"done date:([^\s,;]*) stat:([^\s,;]*) err:([^\s,;]*)(?: text:|$)",
    re.IGNORECASE,
)
#: The form of ids in receipts: that of answers, or another base. Some centres answer in hexadecimal and write ids in
#: ``decimal`` into receipts, others answer in decimal and write ``hexadecimal`` ones.
IdForm = Literal["same", "decimal", "hexadecimal"]
#: Longer ones are no numbers, whatever their digits.
_NUMBER = re.compile(r"[0-9A-Fa-f]{1,64}")
_DATE_LENGTHS = {10, 12, 14}
_MOST_TEXT = 1000


def is_receipt(message: ShortMessage) -> bool:
    """Return whether its sender says that this is a receipt, not a text of a person."""
    return message.esm_class & _TYPE_MASK in _RECEIPTS or message.tlv(RECEIPTED_ID) is not None


def read_receipt(message: ShortMessage, zone: tzinfo, *, ids: IdForm = "same") -> Receipt | None:
    """Return what a receipt says, ``None`` when it names no message or is none.

    Optional parameters count before the text. ``zone`` is the one in which the centre writes its dates, ``ids`` the
    form of the ids in its receipts.
    """
    if not is_receipt(message):
        return None
    fields = _fields(message.data[:_MOST_TEXT].decode("latin-1"))
    provider_id = (message.tlv(RECEIPTED_ID) or b"").split(b"\0")[0].decode("latin-1") or fields.get("id", "")
    if not provider_id:
        return None
    number = message.tlv(MESSAGE_STATE) or b""
    state = _STATES.get(number[0]) if number else None
    return Receipt(
        provider_id=provider_id if ids == "same" else receipt_id(provider_id, ids),
        state=state or _state(fields.get("stat", "")),
        error=_error(message.tlv(NETWORK_ERROR), fields.get("err", "")),
        at=_date(fields.get("done", ""), zone),
    )


def receipt_id(provider_id: str, form: IdForm) -> str:
    """Return the id of a receipt in the form in which the ids of answers are kept; what is no number stays as it is."""
    if form == "same" or not _NUMBER.fullmatch(provider_id):
        return provider_id
    if form == "hexadecimal":
        return str(int(provider_id, 16))
    return f"{int(provider_id):x}" if provider_id.isdecimal() else provider_id


def answer_id(provider_id: str, form: IdForm) -> str:
    """Return the id of an answer in the form in which it is kept: without leading zeros and in lower case where
    receipts have it in another base."""
    if form == "same" or not _NUMBER.fullmatch(provider_id):
        return provider_id
    if form == "decimal":
        return f"{int(provider_id, 16):x}"
    return str(int(provider_id)) if provider_id.isdecimal() else provider_id


def _fields(text: str) -> dict[str, str]:
    if standard := _STANDARD.match(text):
        return dict(zip(("id", "done", "stat", "err"), standard.groups(), strict=True))
    found: dict[str, str] = {}
    for match in _FIELD.finditer(text):
        name = match[1].lower()
        if name == "text":
            # the person's own words follow, and may hold anything
            break
        # the first of a name counts
        found.setdefault({"sta": "stat", "err": "err", "don": "done"}.get(name[:3], name), match[2])
    return found


def _state(word: str) -> State:
    if word == "DELIVRD":
        return "delivered"
    upper = word.upper()
    if upper.isdecimal() and upper.isascii():
        return _STATES.get(int(upper[:3]), "unknown")
    return next((state for begin, state in _WORDS if upper.startswith(begin)), "unknown")


def _error(parameter: bytes | None, word: str) -> str | None:
    if parameter is not None and len(parameter) == 3 and (number := int.from_bytes(parameter[1:], "big")):
        return str(number)
    return word if word.strip("0") else None


@lru_cache(maxsize=256)
def _date(digits: str, zone: tzinfo) -> datetime | None:
    # YYMMDDhhmm, with seconds, or with the century as well
    if len(digits) not in _DATE_LENGTHS or not (digits.isascii() and digits.isdecimal()):
        return None
    whole = digits if len(digits) == 14 else "20" + digits
    month, day, hour, minute = (int(whole[at : at + 2]) for at in (4, 6, 8, 10))
    try:
        return datetime(int(whole[:4]), month, day, hour, minute, int(whole[12:] or 0), tzinfo=zone)
    except ValueError:
        return None
