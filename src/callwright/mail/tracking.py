"""Counting of openings and clicks, for mails whose sender asked for it: a picture, and links that lead through us.

The addresses are signed, so that nobody can count for another mail or have our host lead elsewhere. What is counted
says little: mail programs fetch pictures without a reader, and scanners follow links.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from callwright.mail.tokens import Tokens

_LINK = re.compile(r"(<a\s(?:[^<>\"]|\"[^\"]*\")*?href=\")(https?://[^\"]*)(\")", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Counting:
    """What of one mail is counted."""

    opens: bool
    clicks: bool
    #: Where the appliance is reached, such as ``https://calls.example.com``.
    base: str
    message_id: str
    tokens: Tokens

    @property
    def picture(self) -> str:
        """Return the element whose picture counts an opening, or nothing."""
        if not self.opens:
            return ""
        address = f"{self.base.rstrip('/')}/mail/opened/{self.tokens.token(self.message_id)}.gif"
        return f'<img src="{html.escape(address)}" width="1" height="1" alt="">'

    def link(self, url: str) -> str:
        """Return the address that counts a click and leads to ``url``."""
        signature = self.tokens.sign(f"{self.message_id} {url}")
        base = f"{self.base.rstrip('/')}/mail/clicked/{self.tokens.token(self.message_id)}"
        return f"{base}/{signature}?to={quote(url, safe='')}"


def counted_links(counting: Counting) -> Callable[[str], str] | None:
    """Return what leads the links of a filled document through us; ``None`` when clicks are not counted.

    Links to unsubscribe stay as they are: they must work without us counting.
    """
    if not counting.clicks:
        return None
    own = f"{counting.base.rstrip('/')}/unsubscribe/"

    def change(document: str) -> str:
        return _LINK.sub(lead, document)

    def lead(found: re.Match[str]) -> str:
        url = html.unescape(found[2])
        if url.startswith(own):
            return found[0]
        return f"{found[1]}{html.escape(counting.link(url))}{found[3]}"

    return change


def is_counted_link(tokens: Tokens, token: str, signature: str, url: str) -> str | None:
    """Return the id of the message whose link to ``url`` this is, or ``None`` for one that we did not make."""
    message_id = tokens.find(token)
    if message_id is None or not tokens.is_genuine(f"{message_id} {url}", signature):
        return None
    return message_id
