"""A text message as units to submit: headers, optional parameters, or one payload that the centre cuts itself."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from callwright.channels.sms import pdu
from callwright.channels.sms.pdu import Address, ShortMessage, Tlv
from callwright.channels.sms.port import Joining, TextMessage
from callwright.rules.sms_alphabet import SHIFTED, pack
from callwright.rules.sms_segments import Segments, alphanumeric_sender_problem, segment, user_data_header

#: ``data_coding`` (section 5.2.19).
CODING_DEFAULT = 0x00
CODING_UCS2 = 0x08
_HAS_HEADER = 0x40
#: International, ISDN; national and network specific are for short codes; alphanumeric has no plan.
_TON_INTERNATIONAL, _TON_NETWORK, _TON_NAME = 1, 3, 5
_NPI_ISDN = 1
#: Digits without a plus are a short code when there are no more.
_LONGEST_SHORT_CODE = 7
_NO_TLVS: tuple[Tlv, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Writing:
    """How a centre wants messages."""

    joining: Joining = "udh"
    #: National shift tables are carried; only with ``udh``, because they need a header.
    shifts: bool = False
    #: Septets are packed by us; most centres want one in an octet and pack themselves.
    packed: bool = False
    service_type: str = ""
    most_parts: int = 255


def cut(text: str, writing: Writing) -> Segments:
    """Return the parts of a text for this centre; raises ``TextError``."""
    shifts = SHIFTED if writing.shifts and writing.joining == "udh" else ()
    return segment(text, shifts=shifts, most_parts=writing.most_parts)


def address(number: str) -> Address:
    """Return a number in E.164, a short code or a name as an address; raises ``ValueError`` naming what is wrong."""
    digits = number.removeprefix("+")
    if digits.isascii() and digits.isdecimal():
        if len(digits) > 15:
            raise ValueError(f"'{number}' has more than 15 digits")
        if number.startswith("+") or len(digits) > _LONGEST_SHORT_CODE:
            return Address(ton=_TON_INTERNATIONAL, npi=_NPI_ISDN, digits=digits)
        return Address(ton=_TON_NETWORK, npi=0, digits=digits)
    return _name(number)


@lru_cache(maxsize=1024)
def _sender(sender: str) -> Address:
    return address(sender)


def _name(name: str) -> Address:
    if problem := alphanumeric_sender_problem(name):
        raise ValueError(problem)
    if not all(character <= "\xff" for character in name):
        raise ValueError(f"'{name}' has characters that SMPP does not carry in senders")
    return Address(ton=_TON_NAME, npi=0, digits=name)


def units(message: TextMessage, writing: Writing) -> list[ShortMessage]:
    """Return the units of a message, one a part, or a single one with ``payload``.

    Raises ``TextError`` for the text and ``ValueError`` for the sender or the recipient.
    """
    said = _written(message.text, writing)
    source, destination = _sender(message.sender), address(message.recipient)
    if destination.ton == _TON_NAME:
        raise ValueError(f"'{message.recipient}' is no number")
    validity = "" if message.validity is None else relative_time(message.validity)
    total = len(said.parts)
    made = []
    for number, part in enumerate(said.parts, 1):
        data, esm_class, tlvs = part, 0, _NO_TLVS
        if said.payload:
            data, tlvs = b"", ((pdu.PAYLOAD, part),)
        elif total > 1 and writing.joining == "sar":
            tlvs = (
                (pdu.SAR_REFERENCE, struct.pack(">H", message.reference & 0xFFFF)),
                (pdu.SAR_TOTAL, bytes((total,))),
                (pdu.SAR_NUMBER, bytes((number,))),
            )
        elif total > 1 or said.shift:
            data = user_data_header(shift=said.shift, reference=message.reference, total=total, number=number) + part
            esm_class = _HAS_HEADER
        made.append(
            ShortMessage(
                source=source,
                destination=destination,
                short_message=data,
                service_type=writing.service_type,
                esm_class=esm_class,
                validity=validity,
                registered_delivery=int(message.receipt),
                data_coding=said.coding,
                tlvs=tlvs,
            )
        )
    return made


@dataclass(frozen=True, slots=True)
class _Written:
    """What all messages of one text have in common."""

    #: User data of each part, without its header.
    parts: tuple[bytes, ...]
    coding: int
    #: The national shift table that the header names, 0 for none.
    shift: int
    #: The one part is a payload.
    payload: bool


@lru_cache(maxsize=1024)
def _written(text: str, writing: Writing) -> _Written:
    """Write a text once: most lists are told the same."""
    segments = cut(text, writing)
    alphabet = segments.alphabet
    packed, several = writing.packed and alphabet.gsm, segments.count > 1
    payload = several and writing.joining == "payload"
    header = 0
    if not payload and not (several and writing.joining == "sar"):
        header = len(user_data_header(shift=alphabet.shift, total=segments.count))
    encoded = [alphabet.encode(part) for part in ([text] if payload else segments.parts)]
    return _Written(
        parts=tuple(pack(data, header=header) for data in encoded) if packed else tuple(encoded),
        coding=CODING_DEFAULT if alphabet.gsm else CODING_UCS2,
        shift=0 if several and writing.joining == "sar" else alphabet.shift,
        payload=payload,
    )


def relative_time(validity: timedelta) -> str:
    """Return a period as SMPP writes it (section 7.1.1): ``000002000000000R`` are two days.

    At least a second and at most 30 days; centres keep nothing longer than some days.
    """
    seconds = min(max(1, int(validity.total_seconds())), 30 * 86400)
    days, seconds = divmod(seconds, 86400)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    return f"0000{days:02}{hours:02}{minutes:02}{seconds:02}000R"
