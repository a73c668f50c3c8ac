"""The octets of SMPP 3.4: protocol data units to values and back (sections 3 to 5 of the specification).

Everything that a peer sends is taken as hostile: a length is checked before anything is kept for it, and what cannot be
read raises ``PduError``, never anything else. Text fields are Latin-1 here, so that any octet survives.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

RESPONSE = 0x80000000
GENERIC_NACK = 0x80000000
BIND_RECEIVER = 0x01
BIND_TRANSMITTER = 0x02
SUBMIT_SM = 0x04
DELIVER_SM = 0x05
UNBIND = 0x06
BIND_TRANSCEIVER = 0x09
ENQUIRE_LINK = 0x15

USER_REFERENCE = 0x0204
SAR_REFERENCE = 0x020C
SAR_TOTAL = 0x020E
SAR_NUMBER = 0x020F
RECEIPTED_ID = 0x001E
NETWORK_ERROR = 0x0423
PAYLOAD = 0x0424
MESSAGE_STATE = 0x0427

HEADER_OCTETS = 16
#: A payload has at most 65,535 octets and the rest is small: anything longer is no SMPP.
MOST_OCTETS = 70_000
#: A text of one part, in its own field.
MOST_SHORT_MESSAGE = 254
LAST_SEQUENCE = 0x7FFFFFFF
VERSION_34 = 0x34

_HEADER = struct.Struct(">IIII")
_TLV = struct.Struct(">HH")
_BINDS = {BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER}
_MESSAGES = {SUBMIT_SM, DELIVER_SM}
_EMPTY = {ENQUIRE_LINK, ENQUIRE_LINK | RESPONSE, UNBIND, UNBIND | RESPONSE, GENERIC_NACK}

# Units are tuples with names: made for every message, and a frozen dataclass takes four times as long to make.

#: Tag and value of an optional parameter; ones that we do not know are kept.
Tlv = tuple[int, bytes]


class PduError(Exception):
    """Octets that are no protocol data unit, or values that fit into none.

    ``sequence`` is that of the unit when its header could be read: then the connection is still in step.
    """

    def __init__(self, message: str, *, sequence: int | None = None) -> None:
        self.sequence = sequence
        super().__init__(message)


class Address(NamedTuple):
    """A number or a name with its type of number and numbering plan (sections 5.2.5 and 5.2.6)."""

    ton: int = 0
    npi: int = 0
    digits: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bind:
    """The fields of ``bind_*``."""

    system_id: str
    password: str = ""
    system_type: str = ""
    version: int = VERSION_34
    ton: int = 0
    npi: int = 0
    address_range: str = ""


class ShortMessage(NamedTuple):
    """The fields of ``submit_sm`` and ``deliver_sm``."""

    source: Address
    destination: Address
    short_message: bytes = b""
    service_type: str = ""
    esm_class: int = 0
    protocol_id: int = 0
    priority: int = 0
    #: ``YYMMDDhhmmsstnnp`` or empty (section 7.1.1).
    schedule: str = ""
    validity: str = ""
    registered_delivery: int = 0
    replace: int = 0
    data_coding: int = 0
    default_message: int = 0
    tlvs: tuple[Tlv, ...] = ()

    def tlv(self, tag: int) -> bytes | None:
        """Return the value of an optional parameter, ``None`` when it is not there."""
        return next((value for known, value in self.tlvs if known == tag), None)

    @property
    def data(self) -> bytes:
        """Return the user data, from whichever of the two fields holds it."""
        return self.short_message or self.tlv(PAYLOAD) or b""


class Answer(NamedTuple):
    """The body of an answer: the system's name after ``bind_*``, else the id of the message."""

    text: str = ""
    tlvs: tuple[Tlv, ...] = ()


Body = Bind | ShortMessage | Answer | None


class Pdu(NamedTuple):
    """One protocol data unit; ``body`` is ``None`` for those without one and for commands that we do not know."""

    command: int
    sequence: int
    status: int = 0
    body: Body = None

    @property
    def response(self) -> bool:
        """Return whether this answers something."""
        return self.command >= RESPONSE


def encode(pdu: Pdu) -> bytes:
    """Return the octets of a unit; raises ``PduError`` when a value does not fit into its field."""
    body = pdu.body
    if body is None:
        octets = b""
    elif isinstance(body, ShortMessage):
        octets = _message(body)
    elif isinstance(body, Answer):
        octets = _text(body.text, 65, "message_id") + _tlvs(body.tlvs)
    else:
        octets = _bind(body)
    try:
        return _HEADER.pack(HEADER_OCTETS + len(octets), pdu.command, pdu.status, pdu.sequence) + octets
    except struct.error as error:
        raise PduError(f"a field of the header is out of range: {error}") from None


def _bind(bind: Bind) -> bytes:
    return (
        _text(bind.system_id, 16, "system_id")
        + _text(bind.password, 9, "password")
        + _text(bind.system_type, 13, "system_type")
        + _octets(bind.version, bind.ton, bind.npi)
        + _text(bind.address_range, 41, "address_range")
    )


def _message(message: ShortMessage) -> bytes:
    source, destination, text = message.source, message.destination, message.short_message
    if len(text) > MOST_SHORT_MESSAGE:
        raise PduError(f"short_message has {len(text)} octets, at most {MOST_SHORT_MESSAGE} are allowed")
    return b"".join(
        (
            _text(message.service_type, 6, "service_type"),
            _octets(source.ton, source.npi),
            _text(source.digits, 21, "source_addr"),
            _octets(destination.ton, destination.npi),
            _text(destination.digits, 21, "destination_addr"),
            _octets(message.esm_class, message.protocol_id, message.priority),
            _text(message.schedule, 17, "schedule_delivery_time"),
            _text(message.validity, 17, "validity_period"),
            _octets(
                message.registered_delivery, message.replace, message.data_coding, message.default_message, len(text)
            ),
            text,
            _tlvs(message.tlvs),
        )
    )


def _octets(*values: int) -> bytes:
    try:
        return bytes(values)
    except ValueError:
        raise PduError(f"not all of {values} fit into an octet") from None


def _text(text: str, most: int, field: str) -> bytes:
    # ``most`` counts the zero at the end, as the specification's tables do
    if not text:
        return b"\0"
    try:
        octets = text.encode("latin-1")
    except UnicodeEncodeError:
        raise PduError(f"{field} has characters outside Latin-1") from None
    if len(octets) >= most or b"\0" in octets:
        raise PduError(f"{field} has at most {most - 1} characters, none of them a zero")
    return octets + b"\0"


def _tlvs(tlvs: tuple[Tlv, ...]) -> bytes:
    if not tlvs:
        return b""
    try:
        return b"".join([_TLV.pack(tag, len(value)) + value for tag, value in tlvs])
    except struct.error:
        raise PduError("an optional parameter has a tag or a length above 65535") from None


def decode(frame: bytes) -> Pdu:
    """Return the unit of a whole frame; raises ``PduError`` when it cannot be read."""
    if len(frame) < HEADER_OCTETS:
        raise PduError(f"{len(frame)} octets are too few for a header")
    length, command, status, sequence = _HEADER.unpack_from(frame)
    if length != len(frame):
        raise PduError(f"the unit says {length} octets and has {len(frame)}", sequence=sequence)
    if length == HEADER_OCTETS or command in _EMPTY:
        # a refusal needs no body, and some centres leave it out where one belongs
        return Pdu(command, sequence, status, _absent(command, sequence))
    try:
        return Pdu(command, sequence, status, _body(command, frame))
    except (IndexError, ValueError, struct.error):
        raise PduError(f"the body of command 0x{command:08X} is cut short", sequence=sequence) from None


def _absent(command: int, sequence: int) -> Body:
    if command & ~RESPONSE in _BINDS | _MESSAGES:
        if not command & RESPONSE:
            raise PduError(f"command 0x{command:08X} has no body", sequence=sequence)
        return Answer()
    return None


def _body(command: int, frame: bytes) -> Body:
    if command in {SUBMIT_SM | RESPONSE, DELIVER_SM | RESPONSE} or (
        command & ~RESPONSE in _BINDS and command >= RESPONSE
    ):
        text, at = _read(frame, HEADER_OCTETS)
        return Answer(text=text, tlvs=_read_tlvs(frame, at))
    if command in _MESSAGES:
        return _read_message(frame)
    if command in _BINDS:
        return _read_bind(frame)
    return None


def _read(frame: bytes, at: int) -> tuple[str, int]:
    if not frame[at]:
        return "", at + 1
    end = frame.index(0, at)
    return frame[at:end].decode("latin-1"), end + 1


def _read_bind(frame: bytes) -> Bind:
    system_id, at = _read(frame, HEADER_OCTETS)
    password, at = _read(frame, at)
    system_type, at = _read(frame, at)
    version, ton, npi = frame[at], frame[at + 1], frame[at + 2]
    address_range, _ = _read(frame, at + 3)
    return Bind(
        system_id=system_id,
        password=password,
        system_type=system_type,
        version=version,
        ton=ton,
        npi=npi,
        address_range=address_range,
    )


def _read_message(frame: bytes) -> ShortMessage:
    service_type, at = _read(frame, HEADER_OCTETS)
    source_ton, source_npi = frame[at], frame[at + 1]
    source, at = _read(frame, at + 2)
    destination_ton, destination_npi = frame[at], frame[at + 1]
    destination, at = _read(frame, at + 2)
    esm_class, protocol_id, priority = frame[at], frame[at + 1], frame[at + 2]
    schedule, at = _read(frame, at + 3)
    validity, at = _read(frame, at)
    registered, replace, coding, default, length = frame[at : at + 5]
    at += 5
    if at + length > len(frame):
        raise ValueError("short_message ends after its unit")
    return ShortMessage(
        service_type=service_type,
        source=Address(ton=source_ton, npi=source_npi, digits=source),
        destination=Address(ton=destination_ton, npi=destination_npi, digits=destination),
        esm_class=esm_class,
        protocol_id=protocol_id,
        priority=priority,
        schedule=schedule,
        validity=validity,
        registered_delivery=registered,
        replace=replace,
        data_coding=coding,
        default_message=default,
        short_message=frame[at : at + length],
        tlvs=_read_tlvs(frame, at + length),
    )


def _read_tlvs(frame: bytes, at: int) -> tuple[Tlv, ...]:
    if at >= len(frame):
        return ()
    tlvs = []
    while at < len(frame):
        tag, length = _TLV.unpack_from(frame, at)
        at += _TLV.size
        if at + length > len(frame):
            raise ValueError("an optional parameter ends after its unit")
        tlvs.append((tag, frame[at : at + length]))
        at += length
    return tuple(tlvs)


class Frames:
    """Cuts a stream of octets into frames; keeps at most one unfinished frame."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the frames that are complete with these octets.

        Raises ``PduError`` for a length that no unit has: what follows cannot be told apart, the connection is lost.
        """
        rest = self._rest
        rest += data
        at = 0
        try:
            while len(rest) - at >= 4:
                length = int.from_bytes(rest[at : at + 4], "big")
                if not HEADER_OCTETS <= length <= MOST_OCTETS:
                    raise PduError(f"a unit of {length} octets is none of SMPP")
                if len(rest) - at < length:
                    break
                at += length
                yield bytes(rest[at - length : at])
        finally:
            del rest[:at]
