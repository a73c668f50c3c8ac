"""Files of recipients over the API: mapped, taken in, reported, taken in again after a break."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.campaigns import uploads as module
from support.api import ApiUnderTest

pytestmark = pytest.mark.postgres

FILE = """\
Phone;First name;Phone 2
(212) 555-0100;Sarah;+12125550199
+13125550101;Tom;
+12125550100;Sarah again;
12;Nobody;
+12125550102;;
+911;Police;
'+12125550103;=Zoë;
"""


async def draft(api: ApiUnderTest, **fields: Any) -> str:
    body = {"name": "Snow day", "message": "School is closed, {FIRST_NAME}.", "start": False, **fields}
    answer = await api.live.post("/api/v1/campaigns", json=body)
    assert answer.status_code == 201, answer.text
    return f"/api/v1/campaigns/{answer.json()['campaign_id']}"


async def upload(api: ApiUnderTest, path: str, content: str, *, status: int = 202, **query: Any) -> dict[str, Any]:
    answer = await api.live.post(
        f"{path}/recipients", content=content.encode(), headers={"Content-Type": "text/csv"}, params=query
    )
    assert answer.status_code == status, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_file_is_taken_in(api: ApiUnderTest) -> None:
    path = await draft(api)
    made = await upload(api, path, FILE)
    assert made["state"] == "queued"
    assert made["mapping"] == {"Phone": "to", "First name": "variables.First_name", "Phone 2": "other_number"}


async def test_a_placeholder_that_no_column_fills_is_refused(api: ApiUnderTest) -> None:
    path = await draft(api, message="Hello {DOG}.")
    refused = await upload(api, path, FILE, status=400)
    assert refused["errors"][0]["field"] == "mapping"
    assert "{DOG}" in refused["errors"][0]["message"]
    assert (await api.live.get(f"{path}/uploads")).json() == {"uploads": []}


async def test_each_record_is_taken_merged_or_reported(api: ApiUnderTest) -> None:
    path = await draft(api)
    made = await upload(
        api,
        path,
        FILE,
        mapping='{"Phone": "to", "First name": "variables.FIRST_NAME", "Phone 2": "other_number"}',
    )
    assert (await api.live.get(path)).json()["filling"] is True
    await api.jobs.run()
    ended = (await api.live.get(f"{path}/uploads/{made['upload_id']}")).json()
    assert {name: ended[name] for name in ("state", "processed", "added", "duplicates", "failed", "progress")} == {
        "state": "completed",
        "processed": 7,
        "added": 3,
        "duplicates": 1,
        "failed": 3,
        "progress": 1.0,
    }
    errors = (await api.live.get(f"{path}/uploads/{made['upload_id']}/errors")).text.splitlines()
    assert errors[0] == "line,field,reason,value"
    assert [line.split(",")[:2] for line in errors[1:]] == [["5", "Phone"], ["6", "First name"], ["7", "Phone"]]
    people = (await api.live.get(f"{path}/recipients")).json()["recipients"]
    assert [(r["position"], r["to"], r["variables"], r["other_numbers"]) for r in people] == [
        (1, "+12125550100", {"FIRST_NAME": "Sarah"}, ["+12125550199"]),
        (2, "+13125550101", {"FIRST_NAME": "Tom"}, []),
        (7, "+12125550103", {"FIRST_NAME": "=Zoë"}, []),
    ]
    shown = (await api.live.get(path)).json()
    assert (shown["filling"], shown["recipients"]["total"]) == (False, 3)
    assert shown["source"] == {"kind": "file", "given": 7, "refused": 3, "duplicates": 1}


async def test_who_is_there_already_stays(api: ApiUnderTest) -> None:
    path = await draft(api, message="Closed.", recipients=["+12125550100"])
    made = await upload(api, path, "to,name\n+12125550100,Sarah\n+12125550101,Tom\n")
    await api.jobs.run()
    ended = (await api.live.get(f"{path}/uploads/{made['upload_id']}")).json()
    assert (ended["added"], ended["duplicates"]) == (1, 1)
    people = (await api.live.get(f"{path}/recipients")).json()["recipients"]
    assert [(r["to"], r["variables"]) for r in people] == [("+12125550100", {}), ("+12125550101", {"name": "Tom"})]


async def test_it_goes_on_where_it_broke_off(api: ApiUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    path = await draft(api, message="Closed.")
    numbers = [f"+1212555{n:04d}" for n in range(2000, 5000)]
    made = await upload(api, path, "to\n" + "\n".join([*numbers, numbers[0]]) + "\n")
    whole = module._Taking._take
    taken = 0

    async def dies(self: Any, head: Any, good: bytes, done: bytes) -> None:
        nonlocal taken
        taken += 1
        if taken == 2:
            raise OSError("the process was killed")
        await whole(self, head, good, done)

    monkeypatch.setattr(module._Taking, "_take", dies)
    with pytest.raises(OSError, match="killed"):
        await api.services.campaigns.uploads.run(made["upload_id"].encode())
    shown = (await api.live.get(f"{path}/uploads/{made['upload_id']}")).json()
    assert (shown["state"], shown["processed"]) == ("running", 1000)
    assert (await api.live.get(path)).json()["recipients"]["waiting"] == 1000
    await api.services.campaigns.uploads.run(made["upload_id"].encode())
    ended = (await api.live.get(f"{path}/uploads/{made['upload_id']}")).json()
    assert (ended["state"], ended["added"], ended["duplicates"]) == ("completed", 3000, 1)
    assert await api.database.fetchval("SELECT array_agg(position ORDER BY id) FROM recipients") == list(range(1, 3001))


async def test_a_contact_is_called_by_its_own_clock(api: ApiUnderTest) -> None:
    person = {"to": "+12125550100", "first_name": "Sarah", "time_zone": "America/Los_Angeles"}
    contact = (await api.live.post("/api/v1/contacts", json=person)).json()
    path = await draft(api, message="Closed.")
    await upload(api, path, "to\n+12125550100\n+12125550101\n")
    await api.jobs.run()
    people = (await api.live.get(f"{path}/recipients")).json()["recipients"]
    assert people[0]["contact_id"] == contact["contact_id"]
    assert (people[0]["time_zones"], people[0]["time_zone_source"]) == (["America/Los_Angeles"], "contact")
    assert (people[1]["time_zones"], people[1]["time_zone_source"]) == (["America/New_York"], "number")


async def test_a_list_is_added_while_it_runs(api: ApiUnderTest) -> None:
    path = await draft(api, message="Closed.", recipients=["+12125550100"])
    await api.live.post(f"{path}/start")
    answer = await api.live.post(f"{path}/recipients", json={"recipients": ["+12125550100", "+12125550101"]})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"added": 1, "duplicates": 1, "refused": 0, "errors": []}
    refused = await api.live.post(f"{path}/recipients", json={"recipients": ["12"]})
    assert [error["field"] for error in refused.json()["errors"]] == ["recipients[0]"]
