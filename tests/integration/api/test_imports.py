"""Files of contacts over the API."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.api import ApiUnderTest, client_of

pytestmark = pytest.mark.postgres

FILE = """\
First name;Surname;Phone;Mobile;E-mail;Balance;Tags;Joined
Sarah;Miller;(212) 555-0100;+12125550200;Sarah@Example.com;1,120.50;late, vip;04/15/2025
Tom;Baker;12;;;x;;
Ann;Cook;2125550103;;ann@example.com;-5;;2024-02-29
;;;;;;;
"Zoë ""Z""
Two";=HYPERLINK;'+12125550104;;;;;
"""
MAPPING = {
    "First name": "first_name",
    "Surname": "last_name",
    "Phone": "number:home",
    "Mobile": "number:mobile",
    "E-mail": "email",
    "Balance": "fields.balance:number",
    "Tags": "tags",
    "Joined": "fields.joined:date",
}


async def upload(client: httpx.AsyncClient, content: str | bytes, *, status: int = 201, **query: Any) -> Any:
    raw = content.encode() if isinstance(content, str) else content
    answer = await client.post("/api/v1/imports", content=raw, headers={"Content-Type": "text/csv"}, params=query)
    assert answer.status_code == status, answer.text
    return answer.json()


async def take_in(api: ApiUnderTest, content: str | bytes, **start: Any) -> dict[str, Any]:
    made = await upload(api.live, content)
    path = f"/api/v1/imports/{made['import']['import_id']}"
    answer = await api.live.post(f"{path}/start", json=start)
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] == "queued"
    await api.jobs.run()
    ended: dict[str, Any] = (await api.live.get(path)).json()
    return ended


async def people(api: ApiUnderTest, **query: Any) -> list[dict[str, Any]]:
    answer = await api.live.get("/api/v1/contacts", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["contacts"]
    return found


async def errors(api: ApiUnderTest, job: dict[str, Any]) -> list[dict[str, str]]:
    answer = await api.live.get(f"/api/v1/imports/{job['import_id']}/errors")
    return list(csv.DictReader(io.StringIO(answer.text)))


def files(api: ApiUnderTest) -> list[Path]:
    return list(api.services.contacts.imports.path_of("x").parent.glob("*"))


async def test_a_file_is_looked_at_mapped_and_taken_in(api: ApiUnderTest) -> None:
    made = await upload(api.live, FILE, file_name="people.csv")
    assert made["import"]["state"] == "uploaded"
    assert made["import"]["delimiter"] == ";"
    assert made["import"]["has_header"] is True
    assert made["preview"]["mapping"] == {
        "First name": "first_name",
        "Surname": "last_name",
        "Phone": "number",
        "Mobile": "number:mobile",
        "E-mail": "email",
        "Balance": None,
        "Tags": "tags",
        "Joined": None,
    }
    assert made["preview"]["rows"][0][:2] == ["Sarah", "Miller"]
    path = f"/api/v1/imports/{made['import']['import_id']}"
    again = (await api.live.get(f"{path}/preview")).json()
    assert again == made
    assert len(files(api)) == 1
    group = (await api.live.post("/api/v1/groups", json={"name": "File"})).json()["group_id"]
    body = {"mapping": MAPPING, "date_order": "mdy", "group_id": group}
    started = await api.live.post(f"{path}/start", json=body)
    assert started.status_code == 202, started.text
    assert (await api.live.post(f"{path}/start", json=body)).status_code == 409
    await api.jobs.run()
    job = (await api.live.get(path)).json()
    assert (job["state"], job["processed"], job["created"], job["failed"]) == ("completed", 4, 3, 1)
    assert job["progress"] == 1
    found = {c["first_name"]: c for c in await people(api)}
    assert set(found) == {"Sarah", "Ann", 'Zoë "Z"\nTwo'}
    sarah = found["Sarah"]
    assert [(n["number"], n["type"]) for n in sarah["numbers"]] == [
        ("+12125550100", "home"),
        ("+12125550200", "mobile"),
    ]
    assert sarah["fields"] == {"balance": 1120.5, "joined": "2025-04-15"}
    assert sarah["tags"] == ["late", "vip"]
    assert found["Ann"]["fields"] == {"balance": -5, "joined": "2024-02-29"}
    assert found['Zoë "Z"\nTwo']["to"] == "+12125550104"
    assert found['Zoë "Z"\nTwo']["last_name"] == "=HYPERLINK"
    assert len(await people(api, group_id=group)) == 3
    refused = await errors(api, job)
    assert [(e["line"], e["field"], e["value"]) for e in refused] == [("3", "Phone", "12"), ("3", "Balance", "x")]
    assert "not a possible telephone number" in refused[0]["reason"]
    fields = (await api.live.get("/api/v1/contacts/fields")).json()["fields"]
    assert [(f["name"], f["type"], f["label"]) for f in fields] == [
        ("balance", "number", "Balance"),
        ("joined", "date", "Joined"),
    ]
    # it holds people, so it is not kept
    assert files(api) == []
    assert (await api.live.get(f"{path}/preview")).status_code == 409


async def test_multipart_is_the_same(api: ApiUnderTest) -> None:
    answer = await api.live.post(
        "/api/v1/imports",
        data={"note": "x" * 5000},
        files={"upload": ("péople.csv", FILE.encode(), "text/csv")},
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["import"]["file_name"] == "péople.csv"
    assert answer.json()["import"]["bytes"] == len(FILE.encode())
    assert files(api)[0].read_bytes() == FILE.encode()
    assert files(api)[0].stat().st_mode & 0o777 == 0o600
    for broken in (
        b"--x--\r\n",
        b"--x\r\n\r\n",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--',
        b"",
    ):
        answer = await api.live.post(
            "/api/v1/imports", content=broken, headers={"Content-Type": "multipart/form-data; boundary=x"}
        )
        assert answer.status_code == 400, broken
    assert len(files(api)) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04rest", "is a workbook"),
        (b"a,b\x00,c", "is not text"),
        (b'"never closed,' + b"x" * 200_000, "a quote may be missing"),
    ],
)
async def test_what_is_no_table_is_refused_and_not_kept(api: ApiUnderTest, content: bytes, message: str) -> None:
    refused = await upload(api.live, content, status=400)
    assert message in refused["detail"]
    assert files(api) == []


async def test_wrong_types_and_encodings_of_requests(api: ApiUnderTest) -> None:
    for headers in ({"Content-Type": "application/json"}, {"Content-Type": "text/csv", "Content-Encoding": "gzip"}):
        answer = await api.live.post("/api/v1/imports", content=b"a,b", headers=headers)
        assert answer.status_code == 400
    assert files(api) == []


@pytest.mark.parametrize(
    ("start", "field"),
    [
        ({"mapping": {}}, "mapping"),
        ({"mapping": {"Surnam": "last_name"}}, "mapping.Surnam"),
        ({"mapping": {"Surname": "lastname"}}, "mapping.Surname"),
        ({"mapping": {"Surname": "fields.x"}}, "mapping.Surname"),
        ({"mapping": {"Surname": "fields.x:money"}}, "mapping.Surname"),
        ({"mapping": {"Phone": "number:fax"}}, "mapping.Phone"),
        ({"mapping": {"Surname": "last_name", "First name": "last_name"}}, "mapping.First name"),
        ({"mapping": {"Surname": "fields.city:text"}}, "name"),
        ({"mapping": MAPPING, "region": "XX"}, "region"),
        ({"mapping": MAPPING, "match_by": "name"}, "match_by"),
    ],
)
async def test_a_wrong_start_is_named_and_changes_nothing(api: ApiUnderTest, start: dict[str, Any], field: str) -> None:
    made = await upload(api.live, FILE)
    path = f"/api/v1/imports/{made['import']['import_id']}"
    answer = await api.live.post(f"{path}/start", json=start)
    assert answer.status_code == 400, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await api.live.get(path)).json()["state"] == "uploaded"
    assert (await api.live.get("/api/v1/contacts/fields")).json()["fields"] == []
    missing = await api.live.post(f"{path}/start", json={"mapping": MAPPING, "group_id": "grp_0"})
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("skip", {"created": 1, "updated": 0, "skipped": 2}),
        ("update", {"created": 1, "updated": 2, "skipped": 0}),
        ("create", {"created": 3, "updated": 0, "skipped": 0}),
    ],
)
async def test_people_who_are_there_already(api: ApiUnderTest, policy: str, expected: dict[str, int]) -> None:
    old = {"first_name": "Old", "city": "Springfield", "numbers": ["+12125550199", "+12125550100"], "tags": ["a"]}
    await api.live.post("/api/v1/contacts", json=old)
    content = "name,phone,tags\nNew,2125550100,a;b\nTom,2125550101,\nTom again,2125550101,c\n"
    mapping = {"name": "first_name", "phone": "number", "tags": "tags"}
    job = await take_in(api, content, mapping=mapping, on_duplicate=policy)
    assert {name: job[name] for name in expected} == expected
    first = (await people(api, to="+12125550199"))[0]
    toms = await people(api, to="+12125550101")
    if policy == "update":
        assert (first["first_name"], first["city"], first["tags"]) == ("New", "Springfield", ["a", "b"])
        assert len(first["numbers"]) == 2
        assert [(tom["first_name"], tom["tags"]) for tom in toms] == [("Tom again", ["c"])]
    else:
        assert first["first_name"] == "Old"
        assert len(toms) == (1 if policy == "skip" else 2)


async def test_an_undo_takes_back_what_nobody_touched_since(api: ApiUnderTest) -> None:
    old = {"first_name": "Old", "to": "+12125550100", "email": "old@example.com"}
    for number in ("+12125550100", "+12125550101"):
        await api.live.post("/api/v1/contacts", json={**old, "to": number})
    before = await people(api)
    content = "name,phone,mail\nNew,2125550100,new@example.com\nNew,2125550101,new@example.com\n"
    content += "A,2125550102,\nB,2125550103,\n"
    mapping = {"name": "first_name", "phone": "number", "mail": "email"}
    job = await take_in(api, content, mapping=mapping)
    assert (job["created"], job["updated"]) == (2, 2)
    assert len((await people(api, to="+12125550100"))[0]["emails"]) == 2
    for number in ("+12125550101", "+12125550103"):
        touched = (await people(api, to=number))[0]
        await api.live.patch(f"/api/v1/contacts/{touched['contact_id']}", json={"city": "Springfield"})
    path = f"/api/v1/imports/{job['import_id']}"
    assert (await api.live.post(f"{path}/undo")).status_code == 202
    await api.jobs.run()
    undone = (await api.live.get(path)).json()
    assert {name: undone[name] for name in ("state", "removed", "restored", "kept")} == {
        "state": "undone",
        "removed": 1,
        "restored": 1,
        "kept": 2,
    }
    now = {c["to"]: c for c in await people(api)}
    assert set(now) == {"+12125550100", "+12125550101", "+12125550103"}
    restored = now["+12125550100"]
    original = next(c for c in before if c["to"] == "+12125550100")
    assert {**restored, "updated_at": ""} == {**original, "updated_at": ""}
    assert now["+12125550101"]["first_name"] == "New"
    assert {e["value"] for e in await errors(api, job)} == {
        now["+12125550101"]["contact_id"],
        now["+12125550103"]["contact_id"],
    }
    assert (await api.live.post(f"{path}/undo")).status_code == 409


async def test_an_external_id_of_another_is_an_error_of_the_record(api: ApiUnderTest) -> None:
    await api.live.post("/api/v1/contacts", json={"external_id": "x", "to": "+12125550100"})
    content = "id,phone\nx,2125550101\ny,2125550102\ny,2125550103\n"
    job = await take_in(api, content, mapping={"id": "external_id", "phone": "number"})
    assert (job["created"], job["failed"]) == (1, 2)
    assert sorted(e["reason"] for e in await errors(api, job)) == ["is another contact's", "stands in line 3 too"]
    by_id = await take_in(api, content, mapping={"id": "external_id", "phone": "number"}, match_by="external_id")
    assert (by_id["created"], by_id["updated"], by_id["failed"]) == (0, 3, 0)


async def test_cancelling(api: ApiUnderTest) -> None:
    made = await upload(api.live, FILE)
    path = f"/api/v1/imports/{made['import']['import_id']}"
    await api.live.post(f"{path}/start", json={"mapping": MAPPING})
    assert (await api.live.post(f"{path}/cancel")).json()["state"] == "cancelled"
    await api.jobs.run()
    assert await people(api) == []
    assert (await api.live.post(f"{path}/cancel")).status_code == 409


async def test_files_from_elsewhere(api: ApiUnderTest) -> None:
    latin = "name,phone\nJosé,2125550100\n".encode("latin-1")
    utf16 = "name,phone\nŁukasz,2125550101\n".encode("utf-16")
    marked = "\ufeffname,phone\nÄnne,2125550102\n".encode()
    mapping = {"name": "first_name", "phone": "number"}
    for content in (latin, utf16, marked):
        job = await take_in(api, content, mapping=mapping)
        assert (job["created"], job["failed"]) == (1, 0), job
    assert {c["first_name"] for c in await people(api)} == {"José", "Łukasz", "Änne"}


async def test_an_export_comes_back_as_it_was(api: ApiUnderTest) -> None:
    for name, type in (("balance", "number"), ("member", "boolean"), ("joined", "date"), ("note", "text")):
        await api.live.post("/api/v1/contacts/fields", json={"name": name, "type": type})
    person = {
        "first_name": "=1+1",
        "numbers": [{"number": "+12125550100", "type": "mobile"}, {"number": "+12125550101", "type": "mobile"}],
        "emails": ["a@example.com", "b@example.com"],
        "external_id": "-7",
        "country": "US",
        "tags": ["a", "@b"],
        "fields": {"balance": -1.5, "member": False, "joined": "2025-04-15", "note": 'x, "y"\nz'},
    }
    made = (await api.live.post("/api/v1/contacts", json=person)).json()
    content = (await api.live.get("/api/v1/contacts/export")).content
    await api.live.delete(f"/api/v1/contacts/{made['contact_id']}")
    preview = await upload(api.live, content)
    mapping = preview["preview"]["mapping"]
    job = await take_in(api, content, mapping=mapping)
    assert job["created"] == 1, await errors(api, job)
    back = (await people(api))[0]
    changed = {"contact_id", "number", "created_at", "updated_at"}
    assert {k: v for k, v in back.items() if k not in changed} == {k: v for k, v in made.items() if k not in changed}


async def test_another_organisation_sees_nothing(api: ApiUnderTest) -> None:
    job = await take_in(api, FILE, mapping=MAPPING)
    other = await api.services.accounts.create_organisation("Other")
    _, secret = await api.services.accounts.create_key(other.id, "k", sandbox=False)
    async with client_of(api.app, secret) as stranger:
        assert (await stranger.get("/api/v1/imports")).json()["imports"] == []
        path = f"/api/v1/imports/{job['import_id']}"
        for method, url in (
            ("GET", path),
            ("GET", f"{path}/errors"),
            ("GET", f"{path}/preview"),
            ("POST", f"{path}/undo"),
            ("POST", f"{path}/cancel"),
        ):
            assert (await stranger.request(method, url)).status_code == 404, url
        assert (await stranger.post(f"{path}/start", json={"mapping": {"a": "city"}})).status_code == 404
    assert [j["import_id"] for j in (await api.live.get("/api/v1/imports")).json()["imports"]] == [job["import_id"]]


async def test_uploads_that_are_never_started_are_forgotten(api: ApiUnderTest) -> None:
    await upload(api.live, FILE)
    await api.database.execute("UPDATE imports SET created_at = now() - interval '8 days'")
    await api.jobs.periodic["contacts.forget"]()
    assert files(api) == []
