"""HTML with placeholders: styles put into the elements, and every value escaped for the place where it stands.

The document is read and written anew by css-inline (html5ever's rules), with a token in the place of each placeholder.
In what comes out every attribute is quoted, so that the place of a token tells how a value must be escaped there.
"""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import css_inline

from callwright.flows.templates import lookup, split

#: ``<style>`` keeps only its at-rules (``@media``), which cannot be put into an element. Nothing is fetched.
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?[A-Za-z](?:[^<>\"]|\"[^\"]*\")*>|<![^>]*>", re.DOTALL)
_ATTRIBUTE = re.compile(r"([^\s\"=<>/]+)(?:=\"([^\"]*)\")?")
_STYLE = re.compile(r"<style\b.*?(?:</style|\Z)", re.DOTALL | re.IGNORECASE)
_RAW = frozenset({"style", "script", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext", "template"})
#: Attributes that a mail program follows or loads (HTML standard, attributes of the type URL).
_URLS = frozenset(
    {"href", "src", "action", "formaction", "background", "poster", "cite", "data", "longdesc", "xlink:href"}
)
#: Attributes whose value is a language of its own, in which no value of a person belongs.
_CODE = frozenset({"style", "srcdoc", "srcset", "sizes", "http-equiv", "ping"})
#: In a conditional comment of Outlook, an attribute that is followed.
_COMMENTED_URL = re.compile(r"(?:href|src)\s*=\s*[\"']([^\"'<>]*)\Z", re.IGNORECASE)
_SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms"})
#: What may stand unescaped in a whole address (RFC 3986, reserved and unreserved, and escapes that are there already).
_IN_ADDRESS = ":/?#[]@!$&'()*+,;=%-._~"


class MarkupError(ValueError):
    """HTML that is not sent; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Slot:
    """The place of a value."""

    name: str
    escape: Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Markup:
    """A document to be filled; equal documents are read once and filled for everybody."""

    parts: tuple[str | Slot, ...]

    @property
    def names(self) -> frozenset[str]:
        """Return the placeholders, as written."""
        return frozenset(part.name for part in self.parts if isinstance(part, Slot))

    def fill(self, variables: Mapping[str, str]) -> str:
        """Return the document for one person; a placeholder without a value vanishes."""
        return "".join(
            part if isinstance(part, str) else part.escape(lookup(part.name, variables) or "") for part in self.parts
        )


def read_markup(source: str) -> Markup:
    """Return the document in ``source`` with its styles in its elements.

    Raises ``MarkupError`` for a placeholder in a place where no escaping makes a value harmless: in a style, a script,
    a name of an element or an attribute, or an attribute that holds code.
    """
    mark = f"q{secrets.token_hex(8)}q"
    names: list[str] = []
    pieces: list[str] = []
    for piece in split(source):
        if piece.placeholder is None:
            pieces.append(piece.text)
        else:
            pieces.append(f"{mark}{len(names)}z")
            names.append(piece.placeholder)
    marked = "".join(pieces)
    if any(mark in style for style in _STYLE.findall(marked)):
        raise MarkupError("a placeholder must not stand in <style>, where a value could not be escaped")
    written = _INLINER.inline(marked)
    slots = re.compile(rf"{mark}(\d+)z")
    parts: list[str | Slot] = []
    for text, escapes in _places(written, slots):
        start = 0
        for found, escape in zip(slots.finditer(text), escapes, strict=True):
            parts += [text[start : found.start()], Slot(name=names[int(found[1])], escape=escape)]
            start = found.end()
        parts.append(text[start:])
    return Markup(parts=tuple(_joined(parts)))


def _joined(parts: list[str | Slot]) -> Iterator[str | Slot]:
    held = ""
    for part in parts:
        if isinstance(part, str):
            held += part
        else:
            yield held
            yield part
            held = ""
    yield held


def _places(written: str, slots: re.Pattern[str]) -> Iterator[tuple[str, list[Callable[[str], str]]]]:
    """Yield stretches of the document, each with the escaping of the slots in it."""
    at, raw = 0, ""
    for found in _TAG.finditer(written):
        if found.start() < at:
            continue
        yield _text(written[at : found.start()], slots, raw)
        at, tag = found.end(), found[0]
        if raw:
            # in a style or a script only its own end is a tag
            if tag.lower().startswith(f"</{raw}"):
                raw = ""
            yield _text(tag, slots, raw)
            continue
        if tag.startswith("<!--"):
            yield tag, _commented(tag, slots)
        else:
            yield tag, _in_tag(tag, slots)
            name = re.match(r"<([A-Za-z][^\s>/]*)", tag)
            raw = name[1].lower() if name and name[1].lower() in _RAW else ""
    yield _text(written[at:], slots, raw)


def _text(text: str, slots: re.Pattern[str], raw: str) -> tuple[str, list[Callable[[str], str]]]:
    found = slots.findall(text)
    if found and raw:
        raise MarkupError(f"a placeholder must not stand in <{raw}>, where a value could not be escaped")
    return text, [html.escape] * len(found)


def _in_tag(tag: str, slots: re.Pattern[str]) -> list[Callable[[str], str]]:
    escapes: list[Callable[[str], str]] = []
    for attribute in _ATTRIBUTE.finditer(tag):
        name, value = attribute[1].lower(), attribute[2] or ""
        inside = list(slots.finditer(value))
        if slots.search(attribute[1]):
            raise MarkupError("a placeholder must not stand in the name of an element or an attribute")
        if inside and (name in _CODE or name.startswith("on")):
            raise MarkupError(
                f"a placeholder must not stand in the attribute {name}, where a value could not be escaped"
            )
        escapes += [_address_escape(value[: slot.start()]) if name in _URLS else html.escape for slot in inside]
    return escapes


def _commented(comment: str, slots: re.Pattern[str]) -> list[Callable[[str], str]]:
    """Return the escapes in a comment, which Outlook reads as HTML when it is a conditional one."""
    escapes: list[Callable[[str], str]] = []
    for slot in slots.finditer(comment):
        address = _COMMENTED_URL.search(comment[: slot.start()])
        escapes.append(_in_comment if address is None else _address_escape(address[1]))
    return escapes


def _in_comment(value: str) -> str:
    return html.escape(value).replace("-", "&#45;")


def _address_escape(before: str) -> Callable[[str], str]:
    """Return the escaping of a value in an address, of which ``before`` is written in front of it."""
    if not before.strip():
        return _whole_address
    return _address_of_mail if before.strip().lower() == "mailto:" else _part_of_address


def _whole_address(value: str) -> str:
    """Return an address to be followed, or ``#`` for one that would run as a script or is none."""
    stripped = value.strip()
    try:
        scheme = urlsplit(stripped).scheme.lower()
    except ValueError:
        return "#"
    if scheme not in _SCHEMES:
        return "#"
    return html.escape(quote(stripped, safe=_IN_ADDRESS))


def _part_of_address(value: str) -> str:
    return quote(value, safe="")


def _address_of_mail(value: str) -> str:
    return quote(value, safe="@")
