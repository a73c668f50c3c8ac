r"""Filters as text: ``balance > 100 and (city == "Springfield" or tags contains "late")``.

``not`` binds before ``and``, ``and`` before ``or``. Texts stand in single or double quotes with ``\"``, ``\\``, ``\n``
and ``\t``; lists in brackets: ``city in ["Springfield", "Shelbyville"]``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from callwright.contacts.filters.language import (
    MAX_DEPTH,
    MAX_LIST,
    MAX_TEXT,
    Comparison,
    Either,
    Every,
    Expression,
    FilterError,
    Negation,
    Value,
    check_size,
)

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
      | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<op>==|!=|<=|>=|<|>)
      | (?P<mark>[()\[\],])
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_CONSTANTS = {"true": True, "false": False, "null": None}
_RESERVED = frozenset({"and", "or", "not", "in", "contains", *_CONSTANTS})


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(text: str) -> Expression:
    """Read a filter; raises ``FilterError`` with the character at which it is wrong."""
    if len(text) > MAX_TEXT:
        raise FilterError(f"has {len(text)} characters; at most {MAX_TEXT} are taken")
    parser = _Parser(_tokens(text))
    expression = parser.either(1)
    parser.end()
    check_size(expression)
    return expression


def render(expression: Expression) -> str:
    """Return the text of a filter, which ``parse`` reads back to the same tree."""
    match expression:
        case Comparison(field=field, op=op, value=value):
            return f"{field} {op} {_written(value)}"
        case Negation(part):
            return f"not {_bracketed(part, (Comparison, Negation))}"
        case Every(parts):
            return " and ".join(_bracketed(part, (Comparison, Negation)) for part in parts)
        case Either(parts):
            return " or ".join(_bracketed(part, (Comparison, Negation)) for part in parts)


def _bracketed(part: Expression, bare: tuple[type, ...]) -> str:
    return render(part) if isinstance(part, bare) else f"({render(part)})"


def _written(value: Value) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_written(item) for item in value) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + escaped.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r") + '"'
    return repr(value)


def _tokens(text: str) -> list[_Token]:
    found = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            if text[start] == "=":
                raise FilterError(f"at character {start + 1}: write '==' to compare")
            if text[start] in "\"'":
                raise FilterError(f"at character {start + 1}: this text has no closing quote")
            raise FilterError(f"at character {start + 1}: {text[start]!r} has no meaning here")
        kind = match.lastgroup
        found.append(_Token(kind, match.group(kind), match.start(kind)))
        at = match.end()
    found.append(_Token("end", "", end))
    return found


class _Parser:
    """Recursive descent, one method a level."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def either(self, depth: int) -> Expression:
        parts = [self._every(depth)]
        while self._word("or"):
            parts.append(self._every(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def end(self) -> None:
        token = self._next()
        if token.kind != "end":
            raise self._wrong(token, "'and', 'or' or the end is expected")

    def _every(self, depth: int) -> Expression:
        parts = [self._factor(depth)]
        while self._word("and"):
            parts.append(self._factor(depth))
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _factor(self, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            raise FilterError(f"is nested more than {MAX_DEPTH} deep")
        if self._word("not"):
            return Negation(self._factor(depth + 1))
        if self._mark("("):
            inner = self.either(depth + 1)
            if not self._mark(")"):
                raise self._wrong(self._next(), "')' is expected")
            return inner
        return self._comparison()

    def _comparison(self) -> Comparison:
        field = self._next()
        if field.kind != "word" or field.text.lower() in _RESERVED:
            raise self._wrong(field, "the name of a field is expected")
        op = self._next()
        name = op.text.lower()
        if op.kind != "op" and not (op.kind == "word" and name in {"in", "contains"}):
            raise self._wrong(op, "an operator is expected: == != < <= > >= in contains")
        return Comparison(field=field.text, op=name, value=self._value())

    def _value(self) -> Value:
        for closing in (")" if self._mark("(") else "", "]" if self._mark("[") else ""):
            if closing:
                return self._list(closing)
        return self._constant(none=True)

    def _list(self, closing: str) -> Value:
        items: list[str | int | float | bool] = []
        while not self._mark(closing):
            if items and not self._mark(","):
                raise self._wrong(self._next(), f"',' or '{closing}' is expected")
            item = self._constant(none=False)
            assert item is not None  # noqa: S101  (for the type checker)
            items.append(item)
            if len(items) > MAX_LIST:
                raise FilterError(f"a list has more than {MAX_LIST} entries")
        return tuple(items)

    def _constant(self, *, none: bool) -> str | int | float | bool | None:
        token = self._next()
        if token.kind == "text":
            return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), token.text[1:-1], flags=re.DOTALL)
        if token.kind == "number":
            return self._number(token)
        word = token.text.lower()
        if token.kind == "word" and word in _CONSTANTS and (none or word != "null"):
            return _CONSTANTS[word]
        hint = f'; write texts in quotes: "{token.text}"' if token.kind == "word" else ""
        raise self._wrong(token, f"a text in quotes, a number, true or false is expected{hint}")

    def _number(self, token: _Token) -> int | float:
        if re.fullmatch(r"-?\d{1,18}", token.text):
            return int(token.text)
        number = float(token.text)
        if not math.isfinite(number):
            raise self._wrong(token, "this number is too large")
        return number

    def _next(self) -> _Token:
        token = self._tokens[self._at]
        if token.kind != "end":
            self._at += 1
        return token

    def _word(self, word: str) -> bool:
        token = self._tokens[self._at]
        return self._took(token.kind == "word" and token.text.lower() == word)

    def _mark(self, mark: str) -> bool:
        token = self._tokens[self._at]
        return self._took(token.kind == "mark" and token.text == mark)

    def _took(self, fits: bool) -> bool:
        self._at += fits
        return fits

    @staticmethod
    def _wrong(token: _Token, expected: str) -> FilterError:
        found = f"{token.text!r} stands here" if token.kind != "end" else "the text ends here"
        return FilterError(f"at character {token.at + 1}: {found}, {expected}")
