"""How a worker and its pool talk: a length of four bytes (big-endian), a JSON object of that length, then the samples.

The object's ``pcm_bytes`` says how many bytes of samples (16-bit little-endian) follow it; absent means none.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

import orjson

_LENGTH = struct.Struct(">I")
#: A frame announced larger is a sign that the stream is out of step.
_MOST_JSON_BYTES = 16 * 1024 * 1024
_PCM_BYTES = "pcm_bytes"

Frame = tuple[dict[str, Any], bytes]


class BrokenStream(EOFError):
    """The other side ended, or what it sends is no frame."""


def pack(header: Mapping[str, Any], pcm: bytes = b"") -> bytes:
    """Return the bytes of one frame."""
    body = orjson.dumps({**header, _PCM_BYTES: len(pcm)} if pcm else header)
    return _LENGTH.pack(len(body)) + body + pcm


def read(stream: BinaryIO) -> Frame | None:
    """Read one frame; ``None`` at the stream's end. Raises ``BrokenStream`` when it ends within a frame."""
    start = stream.read(_LENGTH.size)
    if not start:
        return None
    header = _header(_exactly(stream, _json_length(start)))
    return header, _exactly(stream, header.get(_PCM_BYTES, 0))


async def receive(stream: asyncio.StreamReader) -> Frame:
    """Read one frame. Raises ``BrokenStream``."""
    try:
        header = _header(await stream.readexactly(_json_length(await stream.readexactly(_LENGTH.size))))
        return header, await stream.readexactly(header.get(_PCM_BYTES, 0))
    except asyncio.IncompleteReadError as error:
        raise BrokenStream("the stream ended") from error


def _json_length(start: bytes) -> int:
    if len(start) < _LENGTH.size:
        raise BrokenStream("the stream ended")
    (length,) = _LENGTH.unpack(start)
    if length > _MOST_JSON_BYTES:
        raise BrokenStream("this is no frame")
    return int(length)


def _header(body: bytes) -> dict[str, Any]:
    header = orjson.loads(body)
    if not isinstance(header, dict):
        raise BrokenStream("a frame's header must be an object")
    return header


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count) if count else b""
    if len(data) < count:
        raise BrokenStream("the stream ended")
    return data
