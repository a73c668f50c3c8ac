"""Files that go with a mail, as their sender named them: brought in base64, or kept already and named by an id."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

MAX_ATTACHMENTS = 20
#: Octets of all attachments of a mail; many servers refuse mails of more than 10 MB as they are transported.
MAX_OCTETS = 7_000_000
_MEDIA_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9][A-Za-z0-9.+-]{0,100}")
_FILE_NAME = re.compile(r"[^\x00-\x1f\x7f/\\]{1,120}")
_CONTENT_ID = re.compile(r"[A-Za-z0-9._-]{1,60}")
#: Files that mail servers refuse, because opening one runs it.
_PROGRAMS = frozenset(["bat", "cmd", "com", "cpl", "dll", "exe", "hta", "js", "jse", "lnk", "msc", "msi", "pif", "ps1",
                       "reg", "scr", "vbe", "vbs", "wsf", "wsh"])  # fmt: skip
#: What a kept file is called in a stored mail; a request may bring the last two along, as it was shown them.
OF_KEPT = ("file", "bytes", "sha256")
_UNKNOWN_TYPE = "application/octet-stream"
_FIELDS = frozenset({"filename", "content_type", "content", "content_id", *OF_KEPT})


@dataclass(frozen=True, kw_only=True)
class KeptFile:
    """A file that an organisation has stored."""

    id: str
    #: Octets.
    size: int
    #: Of its octets, in hexadecimal digits.
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file of a mail; with ``content_id`` one that its HTML shows (``<img src="cid:…">``)."""

    filename: str
    content_type: str
    #: ``None``: it is kept, and was not brought for what is done now.
    octets: bytes | None
    content_id: str | None = None
    kept: KeptFile | None = None

    @property
    def size(self) -> int:
        """Return how many octets it has."""
        if self.octets is not None:
            return len(self.octets)
        return 0 if self.kept is None else self.kept.size

    def body(self) -> dict[str, Any]:
        """Return what is stored of it."""
        stored: dict[str, Any] = {"filename": self.filename, "content_type": self.content_type}
        if self.octets is not None:
            stored["content"] = base64.b64encode(self.octets).decode()
        elif self.kept is not None:
            stored |= kept_fields(self.kept)
        return stored if self.content_id is None else stored | {"content_id": self.content_id}


#: A field of an attachment, what is wrong with it, and what was received.
_Fault = tuple[str, str, Any]


class Fault(Protocol):
    """Takes down what is wrong with a field."""

    def __call__(self, field: str, message: str, received: Any) -> None:
        """``received`` is shortened by whoever shows it."""
        ...


def kept_fields(file: KeptFile) -> dict[str, Any]:
    """Return what a stored mail says of a kept file in the place of its octets."""
    return {"file": file.id, "bytes": file.size, "sha256": file.sha256}


def line_of(stored: Mapping[str, Any]) -> str:
    """Return how whoever approves a mail is told of a kept file of it: other octets make another line."""
    return f"Attached: {stored['filename']} ({stored['bytes']} bytes, SHA-256 {stored['sha256']})"


def lines_of(body: Mapping[str, Any]) -> list[str]:
    """Return ``line_of`` of each file of a stored mail."""
    return [line_of(stored) for stored in body.get("attachments") or () if "file" in stored]


def read_attachments(value: Any, fault: Fault, files: Mapping[str, KeptFile] | None) -> tuple[Attachment, ...]:
    """Return the files of a mail; what is wrong goes to ``fault``.

    ``files`` are those that a request may name, by id; ``None``: the mail was stored, and says itself what they are.
    """
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or len(value) > MAX_ATTACHMENTS:
        fault("attachments", f"must be a list of at most {MAX_ATTACHMENTS} files", None)
        return ()
    read = [found for index, one in enumerate(value) if (found := _read(one, f"attachments[{index}]", fault, files))]
    total = sum(one.size for one in read)
    if total > MAX_OCTETS:
        fault("attachments", f"are {total} bytes together; at most {MAX_OCTETS} are sent", total)
    return tuple(read)


def _read(value: Any, field: str, fault: Fault, files: Mapping[str, KeptFile] | None) -> Attachment | None:
    if not isinstance(value, Mapping):
        fault(field, "must be an object with filename, content_type and content", value)
        return None
    wrong = [*_faults_of_names(value), *_faults_of_values(value)]
    octets, kept = None, None
    if value.get("file") is None:
        octets = _decoded(value.get("content"))
        if octets is None:
            wrong.append(("content", "must be the file in base64", None))
    elif value.get("content") is not None:
        wrong.append(("file", "give either content or file, not both", value["file"]))
    else:
        kept = _kept(value, files)
        if kept is None:
            wrong.append(("file", "is not a file of this organisation; send its content", value["file"]))
    for name, message, received in wrong:
        fault(f"{field}.{name}", message, received)
    if wrong:
        return None
    return Attachment(
        filename=value["filename"],
        content_type=value.get("content_type", _UNKNOWN_TYPE),
        octets=octets,
        content_id=value.get("content_id"),
        kept=kept,
    )


def _faults_of_names(value: Mapping[str, Any]) -> Iterator[_Fault]:
    for name in value:
        if name not in _FIELDS:
            yield name, "is not a field of an attachment", None
        elif name in OF_KEPT[1:] and "file" not in value:
            yield name, "goes with file only", None


def _faults_of_values(value: Mapping[str, Any]) -> Iterator[_Fault]:
    filename = value.get("filename")
    if not isinstance(filename, str) or not _FILE_NAME.fullmatch(filename):
        yield "filename", "must be a file's name of 1 to 120 characters, without a path", filename
    elif filename.rpartition(".")[2].lower() in _PROGRAMS:
        yield "filename", "is a program's; mail servers refuse such files", filename
    kind = value.get("content_type", _UNKNOWN_TYPE)
    if not isinstance(kind, str) or not _MEDIA_TYPE.fullmatch(kind) or kind.startswith(("multipart/", "message/")):
        yield "content_type", "must be a media type such as application/pdf", kind
    content_id = value.get("content_id")
    if content_id is not None and not (isinstance(content_id, str) and _CONTENT_ID.fullmatch(content_id)):
        yield "content_id", "must have 1 to 60 letters, digits, dots, - and _", content_id


def _kept(value: Mapping[str, Any], files: Mapping[str, KeptFile] | None) -> KeptFile | None:
    """Return the file that is named; what a request says of its size and hash is not believed."""
    name = value["file"]
    if files is not None:
        return files.get(name) if isinstance(name, str) else None
    return KeptFile(id=name, size=value["bytes"], sha256=value["sha256"])


def _decoded(value: Any) -> bytes | None:
    if not isinstance(value, str) or not value:
        return None
    try:
        return base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        return None
