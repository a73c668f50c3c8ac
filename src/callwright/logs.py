"""Logging: one line an event, secrets never in it."""

from __future__ import annotations

import logging
import re

#: What a URL or a header may carry that no log shall show.
_SECRETS = re.compile(
    r"(?i)((?:\bkey|token|name|jsoncallpost|apikey|api_key|access_token|password)=)[^&\s\"]+"
    r"|((?:Bearer|Basic)\s+)\S+|((?:live|test)_)[0-9a-z]{16,}|(whsec_)\S+"
)


class RedactSecrets(logging.Filter):
    """Blanks secrets in a record's text, whoever wrote it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; always lets it pass."""
        text = record.getMessage()
        clean = _SECRETS.sub(lambda found: next(part for part in found.groups() if part) + "[redacted]", text)
        if clean != text:
            record.msg, record.args = clean, None
        return True


def set_up(level: str) -> None:
    """Send logs of ``level`` and above to standard error."""
    handler = logging.StreamHandler()
    handler.addFilter(RedactSecrets())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "websockets", "uvicorn.access", "alembic", "pgqueuer"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
