"""SIP of one call out of Asterisk's capture file, without what would let a reader pass for us."""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from callwright.errors import SetupError

#: Asterisk's clock and the database's may differ by so much.
_MARGIN = timedelta(seconds=2)
_ETHERNET, _ETHERNET_HEADER, _UDP_HEADER = 1, 14, 8
_IPV4, _IPV6 = 0x0800, 0x86DD
_CALL_ID = re.compile(r"^(?:Call-ID|i)\s*:\s*(\S+)", re.MULTILINE | re.IGNORECASE)
_INVITE = re.compile(r"INVITE sips?:([^@;>\s]+)@")
_CREDENTIALS = re.compile(r"^((?:Proxy-)?Authorization\s*:).*$", re.MULTILINE | re.IGNORECASE)
#: Answers to challenges, keys of SRTP, the word by which a registered trunk knows the provider, keys pressed.
_SECRETS = (
    re.compile(r"(\b(?:response|cnonce)=)(\"[^\"]*\"|[^,\s]+)", re.IGNORECASE),
    re.compile(r"(\binline:)()[^\s|]+", re.IGNORECASE),
    re.compile(r"(;line=)()[^;>\s]+", re.IGNORECASE),
    re.compile(r"^(Signal\s*=\s*)()\S+", re.MULTILINE | re.IGNORECASE),
)
_HIDDEN = "[hidden]"


@dataclass(frozen=True, kw_only=True)
class SipMessage:
    """One message; an address of ``0.0.0.0`` is the engine's own."""

    time: datetime
    source: str
    target: str
    text: str

    @property
    def call_id(self) -> str | None:
        """SIP's name of the dialog."""
        found = _CALL_ID.search(self.text)
        return found[1] if found else None


def read(file: Path) -> list[SipMessage]:
    """Return the messages of a capture, in order; raises ``SetupError`` when it is none of Asterisk's."""
    data = file.read_bytes()
    if len(data) < 24 or data[:4] not in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4"):
        raise SetupError(f"{file} is not a capture in the pcap format")
    order = "<" if data[0] == 0xD4 else ">"
    if struct.unpack_from(f"{order}I", data, 20)[0] != _ETHERNET:
        raise SetupError(f"{file} is a capture, but not one of Asterisk's")
    return list(_messages(data, order))


def of_call(
    messages: Sequence[SipMessage], *, dialled: Collection[str], windows: Sequence[tuple[datetime, datetime]]
) -> list[SipMessage]:
    """Return the messages of the dialogs whose INVITE went to one of ``dialled`` within one of ``windows``."""
    dialogs = {
        message.call_id
        for message in messages
        if (invite := _INVITE.match(message.text))
        and invite[1] in dialled
        and any(begin - _MARGIN <= message.time <= end + _MARGIN for begin, end in windows)
    }
    return [message for message in messages if message.call_id is not None and message.call_id in dialogs]


def redacted(text: str) -> str:
    """Return a message without credentials, SRTP keys and pressed keys."""

    def credentials(line: re.Match[str]) -> str:
        # only digest is understood; of anything else nothing is shown
        return line[0] if re.match(r"[\w-]+\s*:\s*Digest ", line[0], re.IGNORECASE) else f"{line[1]} {_HIDDEN}"

    text = _CREDENTIALS.sub(credentials, text)
    for secret in _SECRETS:
        text = secret.sub(rf"\g<1>{_HIDDEN}", text)
    return text


def shown(message: SipMessage) -> str:
    """Return a message as people read it, redacted."""
    clock = message.time.strftime("%H:%M:%S.%f")[:-3]
    return f"--- {clock} UTC  {message.source} -> {message.target}\n{redacted(message.text).strip()}\n"


def _messages(data: bytes, order: str) -> Iterator[SipMessage]:
    at = 24
    while at + 16 <= len(data):
        seconds, micros, size = struct.unpack_from(f"{order}III", data, at)
        packet = data[at + 16 : at + 16 + size]
        at += 16 + size
        kind, ip = int.from_bytes(packet[12:14]), packet[_ETHERNET_HEADER:]
        if kind == _IPV4:
            head = (ip[0] & 0x0F) * 4
            source, target = (".".join(map(str, ip[begin : begin + 4])) for begin in (12, 16))
        elif kind == _IPV6:
            head = 40
            source, target = (f"[{ip[begin : begin + 16].hex(':', 2)}]" for begin in (8, 24))
        else:
            continue
        ports = struct.unpack_from(">HH", ip, head)
        yield SipMessage(
            time=datetime.fromtimestamp(seconds + micros / 1_000_000, UTC),
            source="engine" if source == "0.0.0.0" else f"{source}:{ports[0]}",  # noqa: S104  (nothing is bound)
            target="engine" if target == "0.0.0.0" else f"{target}:{ports[1]}",  # noqa: S104
            text=ip[head + _UDP_HEADER :].decode(errors="replace").replace("\r\n", "\n"),
        )
