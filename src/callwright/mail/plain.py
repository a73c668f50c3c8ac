"""The text of a mail whose author wrote HTML only: what a person without pictures and colours needs of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

#: Elements that begin on a line of their own; those of ``_PARAGRAPHS`` also keep an empty line around them.
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
_PARAGRAPHS = frozenset(["blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul"])
#: What is in these is not shown.
_HIDDEN = frozenset(["head", "noscript", "script", "style", "template", "title"])
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_SPACES = re.compile(r"[ \t\r\n\f]+")


def text_of(source: str) -> str:
    """Return the text of an HTML document: paragraphs, lists, the cells of a row, links with their address.

    Placeholders stay as they are. Links whose text is their address are written once; pictures give their ``alt``.
    """
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = [""]
        #: Empty lines that are due before the next text.
        self._gap = 0
        self._hidden: list[str] = []
        self._links: list[tuple[str, int, int]] = []
        self._lists: list[int | None] = []
        self._preformatted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if self._hidden:
            if tag == self._hidden[-1]:
                self._hidden.append(tag)
            return
        if tag in _HIDDEN or (tag not in _VOID and _is_hidden(found)):
            self._hidden.append(tag)
            return
        self._begin(tag)
        if tag == "br":
            self._lines.append("")
        elif tag == "hr":
            self._write("-" * 20)
            self._break(tag)
        elif tag == "img":
            self.handle_data(found.get("alt") or "")
        elif tag == "a":
            self._links.append((_worth(found.get("href")), len(self._lines) - 1, len(self._lines[-1])))
        elif tag in {"ul", "ol"}:
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._write(self._bullet())
        elif tag in {"td", "th"} and self._lines[-1].strip():
            self._lines[-1] += " "
        self._preformatted += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            if tag == self._hidden[-1]:
                self._hidden.pop()
            return
        if tag == "a" and self._links:
            address, line, column = self._links.pop()
            shown = "\n".join([self._lines[line][column:], *self._lines[line + 1 :]]).strip()
            if address and shown not in {address, address.removeprefix("mailto:"), address.removeprefix("tel:")}:
                self._write(f" ({address})" if shown else address)
        if tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
        self._preformatted -= tag == "pre" and self._preformatted > 0
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._preformatted:
            first, *others = data.split("\n")
            self._write(first)
            self._lines += others
            return
        data = _SPACES.sub(" ", data)
        if not self._lines[-1]:
            data = data.lstrip()
        elif self._lines[-1].endswith(" "):
            data = data.removeprefix(" ")
        if data:
            self._write(data)

    def text(self) -> str:
        joined = "\n".join(line.replace("\xa0", " ").rstrip() for line in self._lines)
        return re.sub(r"\n{3,}", "\n\n", joined).strip()

    def _begin(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._break(tag)

    def _break(self, tag: str) -> None:
        if tag in _BLOCKS:
            # a list inside a list is no paragraph of its own
            self._gap = max(self._gap, 2 if tag in _PARAGRAPHS and not self._lists else 1)

    def _write(self, text: str) -> None:
        if self._gap:
            written = any(line.strip() for line in self._lines)
            if written:
                lines = self._gap if self._lines[-1].strip() else self._gap - 1
                self._lines += [""] * lines
            self._gap = 0
        self._lines[-1] += text

    def _bullet(self) -> str:
        number = self._lists[-1] if self._lists else None
        depth = "  " * max(0, len(self._lists) - 1)
        if number is None:
            return f"{depth}- "
        self._lists[-1] = number + 1
        return f"{depth}{number + 1}. "


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    style = (attributes.get("style") or "").replace(" ", "").lower()
    return "hidden" in attributes or "display:none" in style


def _worth(address: str | None) -> str:
    """Return an address that says something in a text: not a place in the document."""
    stripped = (address or "").strip()
    return "" if stripped.startswith("#") or stripped.lower().startswith("javascript:") else stripped
