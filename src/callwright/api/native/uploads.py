"""Files in requests: as the body itself or as a part of ``multipart/form-data``, written to disk as they come."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from fastapi import Request

from callwright.errors import FieldError, InvalidRequest

#: Longest head of a part.
_MAX_HEAD = 16_384
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{1,70}")


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that lies on disk now."""

    name: str
    size: int
    #: SHA-256 of its name and content.
    digest: bytes


async def save_upload(request: Request, path: Path, *, types: frozenset[str]) -> Upload:
    """Write the file of a request to ``path``, readable by its owner alone; raises ``InvalidRequest``.

    ``types`` are those of a body that is the file itself. Of a form the part with a file name is taken, whatever it is
    called. Nothing is left behind when it fails.
    """
    header = Message()
    header["Content-Type"] = request.headers.get("content-type", "")
    kind = header.get_content_type()
    if request.headers.get("content-encoding", "identity") != "identity":
        raise _wrong("Content-Encoding", "compressed files are not read; send the file as it is")
    if kind == "multipart/form-data":
        boundary = header.get_param("boundary")
        if not isinstance(boundary, str) or not _BOUNDARY.fullmatch(boundary):
            raise _wrong("Content-Type", "the boundary of the form is missing")
        part = _Part(request.stream(), boundary.encode())
        name = await part.find_file()
        chunks = part.content()
    elif kind in types:
        name, chunks = "", request.stream()
    else:
        allowed = ", ".join(sorted(types))
        raise _wrong("Content-Type", f"must be multipart/form-data with a file, or one of {allowed}")
    digest = hashlib.sha256(name.encode() + b"\n")
    size = 0
    try:
        path.touch(mode=0o600, exist_ok=False)
        with path.open("wb") as file:
            async for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Upload(name=name, size=size, digest=digest.digest())


class _Part:
    """Reads one part of a form (RFC 7578) without holding more of it than a chunk."""

    def __init__(self, stream: AsyncIterator[bytes], boundary: bytes) -> None:
        self._stream = stream
        self._mark = b"\r\n--" + boundary
        # the first boundary has no line break before it
        self._buffer = b"\r\n"

    async def find_file(self) -> str:
        """Go to the first part that has a file name and return that name; raises ``InvalidRequest``."""
        while True:
            async for _ in self.content():
                # a field of the form, or what stands before the first part
                pass
            while len(self._buffer) < 2:
                await self._more()
            if self._buffer.startswith(b"--"):
                raise _wrong("file", "the form has no part with a file")
            while b"\r\n\r\n" not in self._buffer:
                if len(self._buffer) > _MAX_HEAD:
                    raise _wrong("body", "the head of a part of the form is too long")
                await self._more()
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            # an empty part ends at once
            self._buffer = b"\r\n" + self._buffer if self._buffer.startswith(self._mark[2:]) else self._buffer
            name = _file_name(head)
            if name is not None:
                return name

    async def content(self) -> AsyncIterator[bytes]:
        """Yield what is left of this part; afterwards the buffer begins after the boundary."""
        while (at := self._buffer.find(self._mark)) < 0:
            keep = len(self._mark) - 1
            if len(self._buffer) > keep:
                yield self._buffer[:-keep]
                self._buffer = self._buffer[-keep:]
            await self._more()
        if at:
            yield self._buffer[:at]
        self._buffer = self._buffer[at + len(self._mark) :]

    async def _more(self) -> None:
        try:
            self._buffer += await anext(self._stream)
        except StopAsyncIteration:
            raise _wrong("body", "the form ends in the middle") from None


def _file_name(head: bytes) -> str | None:
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            part = Message()
            part["Content-Disposition"] = value.strip()
            return part.get_filename()
    return None


def _wrong(field: str, message: str) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message)])
