"""What a mail says, as its author gave it, checked; one content is stored once and filled for everybody it goes to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callwright.errors import FieldError, InvalidRequest
from callwright.flows.templates import placeholders
from callwright.mail.attachments import Attachment, KeptFile, read_attachments
from callwright.mail.headers import CONTROLS
from callwright.mail.markup import MarkupError, read_markup
from callwright.mail.plain import text_of

#: Characters of a subject, of a name and of a header's value.
MAX_SUBJECT = 500
MAX_NAME = 120
MAX_HEADER = 500
#: Characters of a text or of HTML: mail programs cut what is longer (Gmail at 102 KB).
MAX_TEXT = 500_000
#: Headers of the author's own.
MAX_HEADERS = 20
_HEADER_NAME = re.compile(r"[Xx]-[A-Za-z0-9-]{1,60}")
_OURS = "x-callwright-"
#: What of a mail may hold placeholders, beside its headers.
_FILLED = ("subject", "text", "html", "from_name")


@dataclass(frozen=True, kw_only=True)
class Content:
    """A mail before its placeholders are filled. ``text`` or ``html``, or both."""

    subject: str
    text: str | None = None
    html: str | None = None
    #: Shown instead of the sender's name.
    from_name: str | None = None
    reply_to: str | None = None
    #: ``X-…`` headers of the author's own.
    headers: Mapping[str, str]
    attachments: tuple[Attachment, ...] = ()
    #: Whether openings and clicks are counted.
    track_opens: bool = False
    track_clicks: bool = False

    @property
    def plain(self) -> str:
        """Return the text, made from the HTML when there is none."""
        return self.text if self.text is not None else text_of(self.html or "")

    @property
    def names(self) -> frozenset[str]:
        """Return the placeholders of the whole mail, as written."""
        return _placeholders(self.subject, self.text, self.html, self.from_name, *self.headers.values())

    @property
    def names_in_headers(self) -> frozenset[str]:
        """Return the placeholders whose values become part of a header: these may hold no line break."""
        return _placeholders(self.subject, self.from_name, *self.headers.values())

    def body(self) -> dict[str, Any]:
        """Return what is stored; ``read_content`` takes it back."""
        stored: dict[str, Any] = {"subject": self.subject}
        for name in ("text", "html", "from_name", "reply_to"):
            if getattr(self, name) is not None:
                stored[name] = getattr(self, name)
        for name in ("track_opens", "track_clicks"):
            if getattr(self, name):
                stored[name] = True
        if self.headers:
            stored["headers"] = dict(self.headers)
        if self.attachments:
            stored["attachments"] = [attachment.body() for attachment in self.attachments]
        return stored


def names_in(body: Mapping[str, Any]) -> frozenset[str]:
    """Return the placeholders of a content that was read and stored, without reading all of it once more."""
    return _placeholders(*(body.get(name) for name in _FILLED), *(body.get("headers") or {}).values())


def _placeholders(*texts: str | None) -> frozenset[str]:
    return frozenset().union(*(placeholders(text) for text in texts if text))


def read_content(body: Mapping[str, Any], *, prefix: str = "", files: Mapping[str, KeptFile] | None = None) -> Content:
    """Return what a mail says; fields that are not a content's are left to the caller.

    ``files`` are kept ones that it may name, by id; ``None``: it was stored, and they are as it says. Raises
    ``InvalidRequest`` that names each wrong field, below ``prefix`` such as ``email.``.
    """
    reading = _Reading(body, prefix)
    content = Content(
        subject=reading.line("subject", MAX_SUBJECT, required=True) or "",
        text=reading.long("text"),
        html=reading.html(),
        from_name=reading.line("from_name", MAX_NAME),
        reply_to=reading.line("reply_to", 254),
        headers=reading.headers(),
        attachments=read_attachments(body.get("attachments"), reading.fault, files),
        track_opens=reading.flag("track_opens"),
        track_clicks=reading.flag("track_clicks"),
    )
    if content.text is None and content.html is None:
        reading.fault("text", "is required: give text, html, or both", None)
    if reading.found:
        raise InvalidRequest(reading.found)
    return content


def check_values(content: Content, variables: Mapping[str, str], *, prefix: str = "variables.") -> None:
    """Refuse values that would leave their header. Raises ``InvalidRequest`` naming the variables."""
    folded = {name.casefold() for name in content.names_in_headers}
    found = [
        FieldError(
            field=f"{prefix}{name}",
            message="stands in the subject or another header, where no line break or control character may be",
            received=value[:100],
        )
        for name, value in variables.items()
        if name.casefold() in folded and CONTROLS.search(value)
    ]
    if found:
        raise InvalidRequest(found)


class _Reading:
    """Collects what is wrong instead of ending at the first fault."""

    def __init__(self, body: Mapping[str, Any], prefix: str) -> None:
        self._body, self._prefix = body, prefix
        self.found: list[FieldError] = []

    def fault(self, field: str, message: str, received: Any) -> None:
        shown = received[:100] if isinstance(received, str) else received if isinstance(received, int) else None
        self.found.append(FieldError(field=f"{self._prefix}{field}", message=message, received=shown))

    def line(self, field: str, longest: int, *, required: bool = False) -> str | None:
        value = self._body.get(field)
        if value is None:
            if required:
                self.fault(field, "is required", None)
            return None
        if not isinstance(value, str) or not value.strip():
            self.fault(field, "must be a text that is not empty", value)
        elif len(value) > longest:
            self.fault(field, f"must not be longer than {longest} characters", value)
        elif CONTROLS.search(value):
            self.fault(field, "must not hold line breaks or other control characters", value)
        else:
            return value.strip()
        return None

    def long(self, field: str) -> str | None:
        value = self._body.get(field)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            self.fault(field, "must be a text that is not empty", value)
        elif len(value) > MAX_TEXT:
            self.fault(field, f"must not be longer than {MAX_TEXT} characters", value)
        elif "\0" in value:
            self.fault(field, "must not hold the character U+0000", value)
        else:
            return value
        return None

    def html(self) -> str | None:
        value = self.long("html")
        if value is not None:
            try:
                read_markup(value)
            except MarkupError as error:
                self.fault("html", str(error), None)
        return value

    def flag(self, field: str) -> bool:
        value = self._body.get(field)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.fault(field, "must be true or false", value)
        return False

    def headers(self) -> dict[str, str]:
        value = self._body.get("headers")
        if value is None:
            return {}
        if not isinstance(value, Mapping) or len(value) > MAX_HEADERS:
            self.fault("headers", f"must be an object of at most {MAX_HEADERS} headers", None)
            return {}
        read: dict[str, str] = {}
        for name, text in value.items():
            field = f"headers.{name[:60]}"
            if not _HEADER_NAME.fullmatch(name) or name.lower().startswith(_OURS):
                self.fault(field, "a header's name must begin with X- and hold letters, digits and -", name)
            elif not isinstance(text, str) or not text.strip() or len(text) > MAX_HEADER:
                self.fault(field, f"must be a text of at most {MAX_HEADER} characters", text)
            elif CONTROLS.search(text):
                self.fault(field, "must not hold line breaks or other control characters", text)
            else:
                read[name] = text.strip()
        return read
