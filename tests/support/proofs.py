"""Which test proves which field of a dialect's document, and the page that says so.

A dialect's ``tests/conformance/<dialect>/fields.toml`` lists the fields of its document; a test says
``@proves("request: whattodo", …)``. ``scripts/dialect-tables`` writes ``docs/reference/dialects/<dialect>.md``.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).parents[2]
CONFORMANCE = ROOT / "tests" / "conformance"
PAGES = ROOT / "docs" / "reference" / "dialects"

Test = TypeVar("Test", bound=Callable[..., Any])


def proves(*fields: str) -> Callable[[Test], Test]:
    """Say that a test proves what is written in ``fields.toml`` of these, each as ``table: name``.

    ``table: *`` are all of a table: the test looks at each, as ``support.multisender.conforms`` does.
    """
    del fields

    def same(test: Test) -> Test:
        return test

    return same


@dataclass(kw_only=True)
class Table:
    """The fields of one part of a document, such as a request."""

    name: str
    title: str
    #: What stands above the table.
    text: str
    #: What each field does, by its name.
    fields: dict[str, str]


@dataclass(kw_only=True)
class Document:
    """A dialect's document: its tables, and the tests that prove them."""

    dialect: str
    title: str
    text: str
    tables: list[Table]
    #: Files and names of tests by ``table: name``.
    proofs: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return [f"{table.name}: {name}" for table in self.tables for name in table.fields]

    def page(self) -> str:
        """Return the page."""
        lines = [f"# {self.title}", "", self.text.strip(), ""]
        for table in self.tables:
            lines += [f"## {table.title}", ""]
            if table.text.strip():
                lines += [table.text.strip(), ""]
            lines += ["| field | what it does | proved by |", "| --- | --- | --- |"]
            for name, text in table.fields.items():
                proofs = "<br>".join(f"`{test}`" for _, test in self.proofs.get(f"{table.name}: {name}", []))
                shown = f"`{name}`" if name.isprintable() and " " not in name else name
                lines.append(f"| {shown} | {' '.join(text.split())} | {proofs} |")
            lines.append("")
        lines += [f"Written by `scripts/dialect-tables` from `tests/conformance/{self.dialect}/`.", ""]
        return "\n".join(lines)


def documents() -> Iterator[Document]:
    """Yield the documents of all dialects."""
    for listed in sorted(CONFORMANCE.glob("*/fields.toml")):
        written = tomllib.loads(listed.read_text())
        tables = [
            Table(name=name, title=table["title"], text=table.get("text", ""), fields=table["fields"])
            for name, table in written.items()
            if isinstance(table, dict)
        ]
        document = Document(
            dialect=listed.parent.name, title=written["title"], text=written.get("text", ""), tables=tables
        )
        for file in sorted(listed.parent.glob("test_*.py")):
            for test, names in _proofs_in(file):
                for name in names:
                    table, _, field_name = name.partition(": ")
                    whole = [each for each in document.names if each.startswith(f"{table}: ")]
                    for each in whole if field_name == "*" else [name]:
                        document.proofs.setdefault(each, []).append((str(file.relative_to(ROOT)), test))
        yield document


def _proofs_in(file: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each test of a file and what it proves, without importing it."""
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for mark in node.decorator_list:
            if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "proves":
                yield node.name, [ast.literal_eval(argument) for argument in mark.args]
