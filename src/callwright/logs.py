"""Logging: one line an event, as text or as JSON, with what it is about; secrets never in it."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson

#: What a URL or a header may carry that no log shall show.
_SECRETS = re.compile(
    r"(?i)((?:\bkey|token|name|jsoncallpost|apikey|api_key|access_token|password)=)[^&\s\"]+"
    r"|((?:Bearer|Basic)\s+)\S+|((?:live|test)_)[0-9a-z]{16,}|(whsec_)\S+"
)
#: Attribute of a record that holds values of its own for a JSON line: ``extra={FIELDS: {…}}``.
FIELDS = "fields"

_subject: ContextVar[Mapping[str, str]] = ContextVar("log_subject", default={})  # noqa: B039  (never changed in place)


def redact(text: str) -> str:
    """Return ``text`` with secrets blanked."""
    return _SECRETS.sub(lambda found: next(part for part in found.groups() if part) + "[redacted]", text)


@contextlib.contextmanager
def about(**names: str) -> Iterator[None]:
    """Name what the lines of this block, and of tasks begun in it, are about: ``call_id``, ``request_id``, …"""
    token = _subject.set({**_subject.get(), **names})
    try:
        yield
    finally:
        _subject.reset(token)


class RedactSecrets(logging.Filter):
    """Blanks secrets in a record's text, whoever wrote it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; always lets it pass."""
        text = record.getMessage()
        clean = redact(text)
        if clean != text:
            record.msg, record.args = clean, None
        return True


class TextFormatter(logging.Formatter):
    """``12:30:01 INFO    name: message [call_id=…]``; a traceback follows on lines of its own."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (the base class's name)
        """Return the line without its traceback."""
        subject = " ".join(f"{name}={value}" for name, value in _subject.get().items())
        return super().formatMessage(record) + (f" [{subject}]" if subject else "")

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """Return the traceback, without secrets."""
        return redact(super().formatException(ei))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: ``time`` (RFC 3339, UTC), ``level``, ``logger``, ``message``, and what it is about."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
            **_subject.get(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))
        return orjson.dumps(line, default=str).decode()


def set_up(level: str, style: str = "text") -> None:
    """Send logs of ``level`` and above to standard error, as ``text`` or ``json``."""
    handler = logging.StreamHandler()
    handler.addFilter(RedactSecrets())
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "websockets", "uvicorn.access", "alembic", "pgqueuer"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
