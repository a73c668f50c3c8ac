"""Files in requests: as the body itself or as a part of ``multipart/form-data``, written to disk as they come."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path

from fastapi import Request

from callwright.errors import FieldError, InvalidRequest

#: Longest head of a part.
_MAX_HEAD = 16_384
#: Of the parts that are no files: bytes of one, and how many are kept.
_MAX_FIELD = 10_000
_MAX_FIELDS = 20
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{1,70}")


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that lies on disk now."""

    name: str
    size: int
    #: SHA-256 of its name and content.
    digest: bytes
    #: SHA-256 of its content.
    content_digest: bytes
    #: The form's other parts, as text by name.
    fields: Mapping[str, str] = field(default_factory=dict)


async def save_upload(request: Request, path: Path, *, types: frozenset[str]) -> Upload:
    """Write the file of a request to ``path``, readable by its owner alone; raises ``InvalidRequest``.

    ``types`` are those of a body that is the file itself. Of a form the part with a file name is taken, whatever it is
    called. Nothing is left behind when it fails.
    """
    part: FormParts | None = None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.headers.get("content-encoding", "identity") != "identity":
        raise _wrong("Content-Encoding", "compressed files are not read; send the file as it is")
    if kind == "multipart/form-data":
        part = FormParts(request.stream(), boundary_of(request))
        name = await part.find_file()
        chunks = part.file_and_rest()
    elif kind in types:
        name, chunks = "", request.stream()
    else:
        allowed = ", ".join(sorted(types))
        raise _wrong("Content-Type", f"must be multipart/form-data with a file, or one of {allowed}")
    digest, content_digest = hashlib.sha256(name.encode() + b"\n"), hashlib.sha256()
    size = 0
    try:
        path.touch(mode=0o600, exist_ok=False)
        with path.open("wb") as file:
            async for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                content_digest.update(chunk)
                size += len(chunk)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    fields = {} if part is None else part.fields
    return Upload(name=name, size=size, digest=digest.digest(), content_digest=content_digest.digest(), fields=fields)


@contextlib.asynccontextmanager
async def upload_to_keep(
    request: Request, path: Path, *, types: frozenset[str]
) -> AsyncIterator[tuple[Upload, Callable[[], None]]]:
    """Write the file of a request as ``save_upload`` does, and yield it with what to call when it is to stay.

    It is deleted where that was not called, as when an earlier answer is repeated, and where the block raises after it.
    """
    kept = False

    def keep() -> None:
        nonlocal kept
        kept = True

    upload = await save_upload(request, path, types=types)
    try:
        yield upload, keep
    except BaseException:
        kept = False
        raise
    finally:
        if not kept:
            path.unlink(missing_ok=True)


def boundary_of(request: Request) -> bytes:
    """Return what parts the parts of a request's form; raises ``InvalidRequest``."""
    header = Message()
    header["Content-Type"] = request.headers.get("content-type", "")
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str) or not _BOUNDARY.fullmatch(boundary):
        raise _wrong("Content-Type", "the boundary of the form is missing")
    return boundary.encode()


class FormParts:
    """Reads the parts of a form (RFC 7578) one by one, without holding more of a file than a chunk."""

    def __init__(
        self,
        stream: AsyncIterator[bytes],
        boundary: bytes,
        *,
        max_field: int = _MAX_FIELD,
        max_fields: int = _MAX_FIELDS,
    ) -> None:
        self._stream = stream
        self._mark = b"\r\n--" + boundary
        # the first boundary has no line break before it
        self._buffer = b"\r\n"
        self._begun = False
        self._max_field = max_field
        self._max_fields = max_fields
        #: Parts that are no files, as they came: name and content.
        self.pairs: list[tuple[str, bytes]] = []
        #: Of the part that was found last.
        self.part_name: str | None = None

    @property
    def fields(self) -> dict[str, str]:
        """Parts that are no files, as text by name."""
        return {name: content.decode("utf-8", "replace") for name, content in self.pairs}

    async def find_file(self) -> str:
        """Go to the first part that has a file name and return that name; raises ``InvalidRequest``."""
        name = await self.next_file()
        if name is None:
            raise _wrong("file", "the form has no part with a file")
        return name

    async def next_file(self) -> str | None:
        """Go to the next part that has a file name and return that name; ``None``: the form is over."""
        if not self._begun:
            self._begun = True
            async for _ in self.content():
                # what stands before the first part
                pass
        while True:
            while len(self._buffer) < 2:
                await self._more()
            if self._buffer.startswith(b"--"):
                return None
            while b"\r\n\r\n" not in self._buffer:
                if len(self._buffer) > _MAX_HEAD:
                    raise _wrong("body", "the head of a part of the form is too long")
                await self._more()
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            # an empty part ends at once
            self._buffer = b"\r\n" + self._buffer if self._buffer.startswith(self._mark[2:]) else self._buffer
            name, self.part_name = _names(head)
            if name is not None:
                return name
            text = b""
            async for chunk in self.content():
                if len(text) <= self._max_field:
                    text += chunk
            if self.part_name is not None and len(self.pairs) < self._max_fields:
                self.pairs.append((self.part_name, text[: self._max_field]))

    async def file_and_rest(self) -> AsyncIterator[bytes]:
        """Yield what is left of this part, then take the fields after it; further files are passed over."""
        async for chunk in self.content():
            yield chunk
        with contextlib.suppress(InvalidRequest):
            while True:
                await self.find_file()
                async for _ in self.content():
                    pass

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


def _names(head: bytes) -> tuple[str | None, str | None]:
    """Return the file name of a part, and the name of its field."""
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            part = Message()
            part["Content-Disposition"] = value.strip()
            field_name = part.get_param("name", header="content-disposition")
            return part.get_filename(), field_name if isinstance(field_name, str) else None
    return None, None


def _wrong(field: str, message: str) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message)])
