"""The console's texts: the same keys in each language, a word for each code of the API, and sentences that are said."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from callwright.events.catalogue import EVENT_TYPES
from callwright.flows.events import TransferFailure
from callwright.rules.contactability import Verdict
from callwright.rules.outcomes import OUTCOMES, Outcome

ROOT = Path(__file__).parents[3]
WORDS = ROOT / "console" / "src" / "i18n"
_ENTRY = re.compile(r'^\s*"((?:[^"\\]|\\.)+)":\s*"((?:[^"\\]|\\.)*)",$', re.MULTILINE)
_BRACES = re.compile(r"\{\w*\}")


@cache
def texts(language: str) -> dict[str, str]:
    """Return the texts of a language by key."""
    found: dict[str, str] = {}
    for path in sorted((WORDS / language).glob("*.ts")):
        if path.name != "told.ts":
            found |= dict(_ENTRY.findall(path.read_text(encoding="utf-8")))
    assert len(found) > 500
    return found


def told() -> dict[str, str]:
    """Return what the German console says for sentences of the appliance."""
    text = (WORDS / "de" / "told.ts").read_text(encoding="utf-8")
    return dict(_ENTRY.findall(re.sub(r":\n\s+", ": ", text)))


def codes() -> list[str]:
    source = (ROOT / "src" / "callwright" / "rules" / "contactability.py").read_text(encoding="utf-8")
    rules = set(re.findall(r'rule="(\w+)"', source)) | set(re.findall(r'^        \("(\w+)", ', source, re.MULTILINE))
    assert {"none", "opted_out", "calling_hours"} <= rules
    return sorted(
        {f"outcome.{outcome}" for outcome in Outcome}
        | {f"state.{words.status}" for words in OUTCOMES.values()}
        | {f"rule.{rule}" for rule in rules}
        | {f"decision.{verdict}" for verdict in Verdict}
        | {f"transfer.{failure}" for failure in TransferFailure}
        | {f"event.{name}" for name in EVENT_TYPES if name.startswith(("call.", "contact."))}
    )


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("code", codes())
def test_each_code_has_a_word(language: str, code: str) -> None:
    assert texts(language).get(code), f"{code} is missing in console/src/i18n/{language}"


def test_a_text_has_the_same_placeholders_in_both_languages() -> None:
    english, german = texts("en"), texts("de")
    assert english.keys() == german.keys()
    wrong = [key for key in english if sorted(_BRACES.findall(english[key])) != sorted(_BRACES.findall(german[key]))]
    assert wrong == []


@cache
def _sentences() -> str:
    """Return every text of the sources, one a line, what varies as ``{}``."""
    found: set[str] = set()
    for path in (ROOT / "src" / "callwright").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
                found.add("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(_BRACES.sub("{}", node.value))
    return "\n".join(found)


def test_the_appliance_says_each_sentence_that_is_translated() -> None:
    said = _sentences()
    unsaid = []
    for english in told():
        # what is told by another function stands between two texts
        parts = [part.strip("{} ") for part in re.split(r"\{\w+\}", english)]
        if not all(part in said for part in parts):
            unsaid.append(english)
    assert unsaid == []


def test_a_translated_sentence_keeps_what_varies() -> None:
    for english, german in told().items():
        # some say the same example in another way
        assert set(_BRACES.findall(german)) <= set(_BRACES.findall(english)), english
    assert len(told()) > 100
