"""The text of an SMS: filled, made plain on request, cut into parts, or refused with the field that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from callwright.errors import FieldError, InvalidRequest
from callwright.flows.templates import fill, lookup, placeholders
from callwright.rules.sms_replacements import outside_gsm7, simplify
from callwright.rules.sms_segments import TextError, segment

#: Characters of a text as it is written, placeholders and all.
MAX_TEXT = 4000
#: Parts, unless the request asks for fewer: networks and telephones join about ten.
MOST_PARTS = 10


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text as it will be sent."""

    text: str
    parts: int
    #: A name of ``rules.sms_alphabet.ALPHABETS``.
    encoding: str
    #: Septets or 16-bit units, and how many a part of it holds.
    units: int
    capacity: int
    #: Characters that keep it from being written in GSM 03.38; empty when nothing does.
    outside: tuple[str, ...]


def render(
    template: str,
    variables: Mapping[str, str],
    *,
    field: str = "text",
    plain: bool = False,
    most_parts: int = MOST_PARTS,
    literal: bool = False,
) -> Text:
    """Return the text with its placeholders filled, in parts; ``plain``: typographic characters become plain ones.
    ``literal``: braces are braces.

    The parts are those of a route without national shift tables: what is sent never has more. Raises
    ``InvalidRequest`` naming ``field``: an empty text, a placeholder without a value, too many parts.
    """
    text = template
    if not literal:
        absent = sorted(name for name in placeholders(template) if lookup(name, variables) is None)
        if absent:
            raise _wrong(field, f"the placeholder {{{absent[0]}}} has no value; give it in variables", template)
        text = fill(template, variables)
    if plain:
        text = simplify(text)
    try:
        cut = segment(text, shifts=(), most_parts=most_parts)
    except TextError as error:
        raise _wrong(field, str(error), text) from None
    return Text(
        text=text,
        parts=cut.count,
        encoding=cut.alphabet.name,
        units=cut.units,
        capacity=cut.capacity,
        outside=outside_gsm7(text),
    )


def _wrong(field: str, message: str, received: str) -> InvalidRequest:
    shown = received if len(received) <= 80 else f"{received[:80]}…"
    return InvalidRequest([FieldError(field=field, message=message, received=shown)])
