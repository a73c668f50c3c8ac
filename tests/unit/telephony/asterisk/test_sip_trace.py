from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callwright.errors import SetupError
from callwright.telephony.asterisk.sip_trace import of_call, read, redacted, shown

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def _capture(file: Path, *messages: tuple[float, str, str]) -> Path:
    """Write a capture as Asterisk does: seconds after ``NOW``, the dialog, the first line."""
    data = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for seconds, dialog, first in messages:
        text = f"{first}\r\nCall-ID: {dialog}\r\n\r\n".encode()
        ip = bytes((0x45, 0)) + struct.pack(">H", 28 + len(text)) + bytes(8) + bytes(4) + bytes((192, 0, 2, 7))
        packet = bytes(12) + b"\x08\x00" + ip + struct.pack(">HHHH", 5060, 5080, 8 + len(text), 0) + text
        stamp = NOW.timestamp() + seconds
        data += struct.pack("<IIII", int(stamp), int(stamp % 1 * 1_000_000), len(packet), len(packet)) + packet
    file.write_bytes(data)
    return file


def test_the_dialogs_of_a_call_are_found_by_number_and_time(tmp_path: Path) -> None:
    file = _capture(
        tmp_path / "a.pcap",
        (0, "early", "INVITE sip:+15550001111@sip.example SIP/2.0"),
        (60, "ours", "INVITE sip:+15550001111@sip.example SIP/2.0"),
        (60.1, "ours", "SIP/2.0 180 Ringing"),
        (60.2, "other", "INVITE sip:+15550002222@sip.example SIP/2.0"),
        (200, "ours", "BYE sip:x@sip.example SIP/2.0"),
    )
    begin = NOW + timedelta(seconds=59)
    found = of_call(read(file), dialled={"+15550001111"}, windows=[(begin, begin + timedelta(seconds=5))])
    assert [message.text.split()[0] for message in found] == ["INVITE", "SIP/2.0", "BYE"]
    assert shown(found[0]).startswith("--- 12:01:00.000 UTC  engine -> 192.0.2.7:5080\nINVITE ")


@pytest.mark.parametrize(
    "line",
    [
        'Authorization: Digest username="a", response="SECRET", cnonce="SECRET", nonce="n"',
        "proxy-authorization: Digest response=SECRET,username=a",
        "Proxy-Authorization: Basic SECRET",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRET|2^31",
        "Contact: <sip:4711@192.0.2.1:5060;line=SECRET>",
        "Signal=SECRET",
    ],
)
def test_what_is_secret_is_hidden(line: str) -> None:
    text = redacted(f"INVITE sip:a@b SIP/2.0\n{line}\nTo: <sip:a@b>\n")
    assert "SECRET" not in text
    assert "[hidden]" in text
    assert text.endswith("To: <sip:a@b>\n")


def test_another_file_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"hello" * 10, struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 113)):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(SetupError, match="capture"):
            read(tmp_path / "x")
