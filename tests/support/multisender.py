"""Multisender's dialect on a test's services: its document's examples, a program with a token, sound to play."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from callwright.accounts.models import Organisation
from support.api import ApiUnderTest, client_of
from support.sound_files import encoded, tones

FOLDER = Path(__file__).parents[1] / "conformance" / "multisender"
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")
_CLOCK = re.compile(r"\d{2}:\d{2}:\d{2}")
#: Where an object has a field that its example lacks: table and example differ, or a spelling is ours beside theirs.
MORE = frozenset(
    {"firstName", "dialedCalls", "phoneNumber", "totalDialedCalls", "fileName", "size", "text", "voiceCode"}
)


@cache
def examples() -> Mapping[str, Any]:
    """The document's examples by method and path, as it has them but for the repairs beside them."""
    texts = dict(_sections("examples.txt"))
    for name, repair in _sections("repairs.txt"):
        for gone, new in zip(
            *[[line[1:] for line in repair.split("\n") if line[:1] == mark] for mark in "-+"], strict=True
        ):
            assert gone in texts[name], name
            texts[name] = texts[name].replace(gone, new)
    # single quotes are Python's, and no word in the examples means something else there
    return {name: ast.literal_eval(text) for name, text in texts.items()}


def _sections(file: str) -> list[tuple[str, str]]:
    parts = re.split(r"^== (.+)\n", (FOLDER / file).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [(name, text.rstrip("\n")) for name, text in zip(parts[1::2], parts[2::2], strict=True)]


def conforms(value: Any, example: Any, at: str = "") -> None:
    """See that an answer has the example's fields, no others but ``MORE``, and the types that it names."""
    if isinstance(example, list):
        assert isinstance(value, list), at
        for index, item in enumerate(value):
            conforms(item, example[0], f"{at}[{index}]")
    elif isinstance(example, dict) and not at.endswith(".meta"):
        assert isinstance(value, dict), at
        assert set(example) <= set(value), (at, set(example) - set(value))
        assert set(value) - set(example) <= MORE, (at, set(value) - set(example))
        for name, inner in example.items():
            conforms(value[name], inner, f"{at}.{name}")
    elif isinstance(example, str):
        _of_type(value, example, at)


def _of_type(value: Any, words: str, at: str) -> None:
    lower = words.lower()
    if value is None:
        # the document says it of some; a receiver is an account or a group, and a year may be unknown
        assert (
            "null" in lower
            or "if receiver is" in lower
            or at.endswith((".yearOfBirth", ".accountId", ".groupId", "WebhookUrl"))
        ), (at, words)
    elif "yyyy-mm-dd hh:mm:ss" in lower:
        assert isinstance(value, str), (at, value)
        assert _STAMP.fullmatch(value) or (value == "" and at.endswith("latestCallAt")), (at, value)
    elif lower == "hh:mm:ss":
        assert isinstance(value, str), (at, value)
        assert _CLOCK.fullmatch(value), (at, value)
    elif lower == "array":
        assert isinstance(value, list), (at, value)
    elif lower.startswith("int"):
        assert type(value) is int, (at, value)
        assert "1 or 0" not in lower or value in {0, 1}, (at, value)
    elif lower.startswith("float"):
        assert type(value) is float, (at, value)
    else:
        assert isinstance(value, str), (at, value)
        if lower == "string, json":
            json.loads(value)
        if lower == "string, y or n":
            assert value in {"y", "n"}, (at, value)
        if "accept, decline" in lower:
            assert value in {"accept", "decline", "noAnswer" if "noanswer" in lower else "noReply"}, (at, value)
        if "pending|ready|failed" in lower:
            assert value in {"pending", "ready", "failed"}, (at, value)


@dataclass(kw_only=True)
class Program:
    """A program that was written for Multisender, with its token."""

    api: ApiUnderTest
    client: httpx.AsyncClient
    token: str
    organisation: Organisation
    _sound: str | None = None

    async def ask(self, method: str, path: str, body: Any = None, *, status: int = 200, **more: Any) -> Any:
        """Send a request, see its status, and return the JSON of the answer."""
        answer = (
            await self.client.request(method, path, json=body, **more)
            if body is not None
            else (await self.client.request(method, path, **more))
        )
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    async def made(self, path: str, body: Any) -> dict[str, Any]:
        """Create something, and see its answer has the example's shape and its address leads to it."""
        answer = await self.client.post(path, json=body)
        assert answer.status_code == 201, (path, answer.text)
        content: dict[str, Any] = answer.json()
        again = await self.client.get(answer.headers["location"])
        assert again.status_code == 200, (answer.headers["location"], again.text)
        conforms(content, examples()[f"POST {path}"], path)
        return content

    async def refused(self, method: str, path: str, body: Any, field: str | None, *, status: int = 400) -> str:
        """See a request refused in the dialect's form, naming the field; returns the message."""
        answer = await self.client.request(method, path, json=body)
        assert answer.status_code == status, (answer.status_code, answer.text)
        error = answer.json()["error"]
        assert error["code"] == status
        assert error.get("field") == field, error
        assert error["message"]
        return str(error["message"])

    async def voice_file(self, *, new: bool = False) -> str:
        """Return the ``voiceFileId`` of a sound that can be played; ``new``: of one that no other test has."""
        if new or self._sound is None:
            files = {"files": ("hello.wav", encoded(tones((440.0, 1.0)), "wav"), "audio/wav")}
            answer = await self.client.post("/voice_files", files=files)
            assert answer.status_code == 201, answer.text
            await self.api.jobs.run()
            self._sound = str(answer.json()["files"][0]["voiceFileId"])
        return self._sound


async def make_program(api: ApiUnderTest, *, sandbox: bool = False, purpose: str = "transactional") -> Program:
    """Return a program with a token of the organisation."""
    _, token = await api.services.accounts.key_service.create(
        api.organisation.id, "Multisender", sandbox=sandbox, purpose=purpose, dialect="multisender"
    )
    client = client_of(api.app)
    client.headers["X-Access-Token"] = token
    return Program(api=api, client=client, token=token, organisation=api.organisation)
