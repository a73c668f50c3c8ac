"""Openings and clicks, counted only with our signature."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

from callwright.ids import new_id
from callwright.mail.tokens import Tokens
from callwright.mail.tracking import Counting, counted_links, is_counted_link

TOKENS = Tokens(b"key")
MESSAGE = new_id("eml")


def counting(*, opens: bool = True, clicks: bool = True) -> Counting:
    return Counting(opens=opens, clicks=clicks, base="https://c.example/", message_id=MESSAGE, tokens=TOKENS)


def test_a_link_leads_through_us_to_where_it_led() -> None:
    change = counted_links(counting())
    assert change is not None
    made = change('<p><a class="b" href="https://x.example/?a=1&amp;b=ü">x</a></p>')
    address = html.unescape(re.findall('href="([^"]*)"', made)[0])
    parts = urlsplit(address)
    assert parts.netloc == "c.example"
    _, mail, clicked, token, signature = parts.path.split("/")
    assert (mail, clicked) == ("mail", "clicked")
    (url,) = parse_qs(parts.query)["to"]
    assert url == "https://x.example/?a=1&b=ü"
    assert is_counted_link(TOKENS, token, signature, url) == MESSAGE
    assert is_counted_link(TOKENS, token, signature, "https://evil.example/") is None
    assert is_counted_link(TOKENS, TOKENS.token(new_id("eml")), signature, url) is None


def test_other_links_stay() -> None:
    change = counted_links(counting())
    assert change is not None
    for kept in (
        '<a href="mailto:a@b.example">x</a>',
        '<a href="#top">x</a>',
        '<a href="https://c.example/unsubscribe/x.y">x</a>',
        '<img src="https://x.example/a.png">',
    ):
        assert change(kept) == kept


def test_nothing_is_counted_unasked() -> None:
    assert counting(opens=False).picture == ""
    assert counted_links(counting(clicks=False)) is None
    assert TOKENS.token(MESSAGE) in counting().picture
