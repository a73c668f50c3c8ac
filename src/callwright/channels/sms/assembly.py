"""Inbound texts: what a unit holds, and parts put together.

Parts are committed one by one before the centre is told that we have them (it may wait for that before it sends the
next), so ``Assembler`` can be filled again from what was stored.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from callwright.channels.sms import pdu
from callwright.channels.sms.pdu import Address, ShortMessage
from callwright.channels.sms.port import InboundPart
from callwright.rules.sms_alphabet import GSM7, SHIFTED, UCS2, unpack

_HAS_HEADER = 0x40
_SHIFTS = {alphabet.shift: alphabet for alphabet in SHIFTED}
_LATIN1, _UCS2, _ASCII = 0x03, 0x08, 0x01
#: Texts that wait for their other parts; the oldest is given up for the next.
MOST_WAITING = 10_000


def read_part(message: ShortMessage) -> InboundPart:
    """Return what a ``deliver_sm`` holds; a header that makes no sense is taken as text, nothing is thrown away."""
    data, reference, total, number, shift = message.data, 0, 1, 1, 0
    skipped = 0
    if message.esm_class & _HAS_HEADER and data and data[0] < len(data):
        skipped = data[0] + 1
        header, data = data[1:skipped], data[skipped:]
        for tag, value in _elements(header):
            if tag == 0x00 and len(value) == 3:
                reference, total, number = value[0], value[1], value[2]
            elif tag == 0x08 and len(value) == 4:
                reference, total, number = int.from_bytes(value[:2], "big"), value[2], value[3]
            elif tag == 0x24 and len(value) == 1:
                shift = value[0]
    sar = [message.tlv(tag) for tag in (pdu.SAR_REFERENCE, pdu.SAR_TOTAL, pdu.SAR_NUMBER)]
    if total == 1 and all(sar):
        reference, total, number = (int.from_bytes(value or b"", "big") for value in sar)
    if not 1 <= number <= total <= 255:
        reference, total, number = 0, 1, 1
    return InboundPart(
        sender=_number(message.source),
        recipient=_number(message.destination),
        data=data,
        data_coding=message.data_coding,
        header=skipped,
        single_shift=shift,
        reference=reference,
        total=total,
        number=number,
        mark=message.tlv(pdu.USER_REFERENCE) or b"",
    )


def _elements(header: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 2 <= len(header):
        end = at + 2 + header[at + 1]
        if end > len(header):
            return
        yield header[at], header[at + 2 : end]
        at = end


def _number(address: Address) -> str:
    digits = address.digits
    return f"+{digits}" if address.ton == 1 and digits.isdecimal() and digits.isascii() else digits


def read_text(parts: Sequence[InboundPart], *, packed: bool = False) -> str:
    """Return the text of all parts of a message, in their order.

    UCS-2 is joined before it is read, because some senders cut between the halves of a character.
    """
    first = parts[0]
    coding = first.data_coding
    if coding == _UCS2 or coding & 0xEC == 0x08:
        return UCS2.decode(b"".join(part.data for part in parts))
    if coding in {_LATIN1, _ASCII}:
        return b"".join(part.data for part in parts).decode("latin-1")
    alphabet = _SHIFTS.get(first.single_shift, GSM7)
    septets = [_unpacked(part) if packed else part.data for part in parts]
    return alphabet.decode(b"".join(septets))


def _unpacked(part: InboundPart) -> bytes:
    fill = -part.header * 8 % 7
    count = (len(part.data) * 8 - fill) // 7
    septets = unpack(part.data, count, header=part.header)
    # seven bits over are filled with a carriage return (TS 23.038 section 6.1.2.3.1), which is no part of the text
    return septets[:-1] if (fill + 7 * count) % 8 == 0 and septets.endswith(b"\r") else septets


@dataclass(kw_only=True)
class _Waiting:
    since: float
    parts: dict[int, InboundPart] = field(default_factory=dict)


class Assembler:
    """Puts long texts together; what stays incomplete for ``seconds`` is given out as it is."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: OrderedDict[tuple[str, str, int, int], _Waiting] = OrderedDict()

    def add(self, part: InboundPart, now: float) -> list[InboundPart] | None:
        """Take a part at the time ``now`` (seconds) and return the whole text's parts when it is the last one missing.

        A part that came before is taken again without effect.
        """
        if part.total == 1:
            return [part]
        key = (part.sender, part.recipient, part.reference, part.total)
        waiting = self._waiting.setdefault(key, _Waiting(since=now))
        waiting.parts.setdefault(part.number, part)
        if len(waiting.parts) < part.total:
            return None
        del self._waiting[key]
        return [waiting.parts[number] for number in sorted(waiting.parts)]

    def overdue(self, now: float) -> list[list[InboundPart]]:
        """Return the parts of each text that waited too long, or that there is no room for, in their order."""
        given_up = []
        while self._waiting:
            key, waiting = next(iter(self._waiting.items()))
            if now - waiting.since < self._seconds and len(self._waiting) <= MOST_WAITING:
                break
            del self._waiting[key]
            given_up.append([waiting.parts[number] for number in sorted(waiting.parts)])
        return given_up
