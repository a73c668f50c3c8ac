"""Every PHP sample of the document, run by PHP over TLS as it stands there after the repairs listed beside it."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
import tomllib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from support.certificates import make_certificate
from support.effebot import Program
from support.live_server import served
from support.proofs import proves

pytestmark = pytest.mark.postgres

SAMPLES = Path(__file__).parent / "samples"


@dataclass(kw_only=True)
class Php:
    """Runs the document's samples against a server of ours."""

    program: Program
    base: str
    certificate: Path
    folder: Path

    async def data(self, sample: str, **values: Any) -> Any:
        """Run a sample after its repairs, with values in their places; return ``data`` of what it prints."""
        text = (SAMPLES / f"{sample}.php").read_text()
        known = {"key": self.program.key, "base": self.base, **values}
        for repair in tomllib.loads((SAMPLES / f"{sample}.repairs.toml").read_text())["repair"]:
            assert repair["from"] in text, (sample, repair["why"])
            to = repair["to"]
            for name, value in known.items():
                to = to.replace(f"{{{name}}}", str(value))
            text = text.replace(repair["from"], to, 1)
        script = self.folder / f"{sample}.php"
        script.write_text(text)
        php = shutil.which("php")
        assert php, "php is missing: scripts/peers brings it"
        process = await asyncio.create_subprocess_exec(
            *(php, "-d", f"curl.cainfo={self.certificate}", "-d", "display_errors=stderr", str(script)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            out, complaints = await process.communicate()
        assert process.returncode == 0, complaints
        content = json.loads(out)
        assert (set(content), content["status"]) == ({"status", "data"}, "success"), content
        return content["data"]


@pytest_asyncio.fixture(scope="module")
async def php(program: Program, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Php]:
    folder = tmp_path_factory.mktemp("php")
    certificate, key = make_certificate(folder)
    async with served(program.api.app, certificate, key) as port:
        yield Php(program=program, base=f"https://127.0.0.1:{port}", certificate=certificate, folder=folder)


async def ready_record(program: Program) -> int:
    """Return the number of a record that can be played."""
    record = await program.ok("/apiCalls/createRecord", name="Clip", source="text", text="Hello")
    await program.api.database.execute(
        "UPDATE audio SET state = 'ready', content_hash = '\\x02', facts = '{\"seconds\": 1}' WHERE number = $1",
        record["id"],
    )
    number: int = record["id"]
    return number


@proves("create: samples")
async def test_a_clip_with_keys(php: Php) -> None:
    phone, record = php.program.phone(), await ready_record(php.program)
    (item,) = await php.data("01-create-clip", phone=phone, record=record)
    assert item["phone"] == phone
    steps = (await php.program.flow(item["id"]))["steps"]
    assert sorted(steps["start"]["branches"]) == ["1", "2"]
    assert (steps["a1_record"]["type"], steps["a2_manager"]["to"]) == ("play", "+99999999998")
    await php.program.exchange.answers(await php.program.call_id(item["id"]), "2", "answered")
    attempt = (await php.program.shown(item["id"]))["calls"][0]
    assert (attempt["ivrDigit"], attempt["managerStatus"]) == (2, "answered")


@proves("create: samples")
async def test_a_text_with_keys(php: Php) -> None:
    (item,) = await php.data("02-create-text", phone=php.program.phone())
    steps = (await php.program.flow(item["id"]))["steps"]
    assert steps["start"]["prompt"][0]["text"] == "Text for generating the audio file"
    assert steps["a1_sms"]["text"] == "Message text"


@proves("create: samples")
async def test_words(php: Php) -> None:
    (item,) = await php.data("03-create-words", phone=php.program.phone())
    steps = (await php.program.flow(item["id"]))["steps"]
    assert [choice["words"] for choice in steps["start"]["keywords"]] == [["Yes", "No", "don\u2019t know"]]
    assert (steps["start"]["default"], steps["a1"]["next"], steps["a1_record"]["next"]) == ("a2", "a1_record", "a1_sms")


@proves("get: sample")
async def test_the_details_of_a_call(php: Php) -> None:
    number = await php.program.create()
    assert await php.data("04-get", call=number) == [await php.program.shown(number) | {}]


@proves("createRecord: sample", "removeRecord: sample")
async def test_a_record_is_made_and_removed(php: Php) -> None:
    made = await php.data("05-create-record")
    assert (made["name"], made["recordText"]) == ("TestRecord", "Hello world")
    (gone,) = await php.data("06-remove-record", record=made["id"])
    assert (gone["id"], type(gone["deletedAt"])) == (made["id"], int)


@proves("userInfo: sample", "getPhones: sample", "getAvailableLanguages: sample")
async def test_the_lists(php: Php) -> None:
    assert set(await php.data("07-user-info")) >= {"id", "balance"}
    assert [set(phone) >= {"id", "phone", "isSystem", "overall"} for phone in await php.data("08-phones")] == [True]
    assert {"id", "name", "defaultLangCode"} == set((await php.data("09-languages"))[0])


@proves("confirmPhone: sample")
async def test_a_flash_call(php: Php) -> None:
    phone = php.program.phone()
    assert await php.data("10-confirm-phone", phone=phone) == "done"
    sql = "SELECT from_number FROM calls WHERE to_number = $1"
    assert (await php.program.api.database.fetchval(sql, f"+{phone}")).endswith("1234")


@proves("update: sample", "remove: samples")
async def test_calls_are_replanned_and_removed(php: Php) -> None:
    call, other = await php.program.create(), await php.program.create()
    soon = int(time.time()) + 600
    data = await php.data("11-update", call=call, other=other, soon=soon, later=soon + 60)
    assert data == {"callIdList": [call, other]}
    assert (await php.program.shown(other))["plannedAt"] == soon + 60
    assert await php.data("12-remove-several", call=call, other=other) == {"callIdList": [call, other]}
    assert await php.data("13-remove-one", call=await php.program.create()) == []
