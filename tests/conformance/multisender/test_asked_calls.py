"""RSVP calls and clicks to call: fields, states, receivers, what people replied, webhooks; and the campaigns behind."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from callwright.api.dialects.mount import renderers
from callwright.events.sending import Delivery
from support.multisender import Program, conforms, examples
from support.proofs import proves
from support.rsvp import accept, answer_of, dial, end_call, no_answer

pytestmark = pytest.mark.postgres

DAYS = [
    {"weekday": name, "active": active}
    for name, active in (
        *(("monday", "1"), ("tuesday", "1"), ("wednesday", 1), ("thursday", "1"), ("friday", True)),
        *(("saturday", "1"), ("sunday", "1")),
    )
]
BUTTONS = [{"button": "5", "action": "accept"}, {"button": 9, "action": "decline"}]
META = {"someparam": "string", "otherparam": {"deep": [1, None, "x"], "more": 2.5}}


def utc(when: timedelta) -> str:
    return (datetime.now(UTC) + when).strftime("%Y-%m-%d %H:%M:%S")


async def rsvp(program: Program, *numbers: str, **fields: Any) -> dict[str, Any]:
    """Return a body with every field of the document's."""
    file = await program.voice_file()
    body = {
        "state": "active",
        "startTime": None,
        "endTime": utc(timedelta(days=2)),
        "activeFrom": "00:00:00",
        "activeTo": "00:00:00",
        "activeWeekdays": DAYS,
        "voiceFiles": [
            {"type": each, "voiceFileId": file} for each in ("start", "data", "actionButtons", "accept", "end")
        ],
        "actionButtons": BUTTONS,
        "receivers": [{"accountId": None, "groupId": None, "phone": number} for number in numbers],
        "acceptsWanted": "1",
        "maxRedials": "2",
        "receiverWebhookUrl": "http://example.com/webhook/",
        "stateWebhookUrl": "http://example.com/states/",
        "meta": META,
        **fields,
    }
    assert set(body) - {"colour"} == set(examples()["POST /rsvp_calls body"])
    return body


async def click(program: Program, *numbers: str, **fields: Any) -> dict[str, Any]:
    body = {
        "expiresAt": None,
        "activeFrom": "00:00:00",
        "activeTo": "24:00:00",
        "activeWeekdays": DAYS,
        "voiceFileId": int(await program.voice_file()),
        "actionButtons": BUTTONS,
        "receivers": [{"phone": number} for number in numbers],
        "maxRedials": 1,
        "receiverWebhookUrl": "http://example.com/webhook/",
        "meta": META,
        **fields,
    }
    assert set(body) == set(examples()["POST /click_to_calls body"])
    return body


async def native(program: Program, number: str) -> dict[str, Any]:
    """Return the campaign behind it, as the native API shows it."""
    campaign_id = await campaign_of(program, number)
    shown: dict[str, Any] = (await program.api.sandbox.get(f"/api/v1/campaigns/{campaign_id}")).json()
    return shown


async def campaign_of(program: Program, number: str) -> str:
    orders = (await program.api.sandbox.get("/api/v1/orders", params={"number": number})).json()["orders"]
    (found,) = [order["campaign_id"] for order in orders if str(order["number"]) == number]
    return str(found)


async def durations(program: Program, campaign_id: str) -> list[int]:
    """Return how long the calls of a campaign were, as the native API has it, in the order in which they were made."""
    calls = (await program.api.sandbox.get("/api/v1/calls", params={"campaign_id": campaign_id})).json()["calls"]
    return [call["duration_seconds"] or 0 for call in reversed(calls)]


async def deliveries(program: Program, number: str) -> list[dict[str, Any]]:
    """Return the webhooks of an RSVP call or a click to call, in the bodies in which they are sent."""
    campaign_id = await campaign_of(program, number)
    rows = await program.api.database.fetch(
        "SELECT d.* FROM deliveries d LEFT JOIN calls c ON c.id = d.subject"
        " WHERE d.subject = $1 OR c.campaign_id = $1 ORDER BY d.ordinal",
        campaign_id,
    )
    render = renderers(program.api.services)["multisender"]
    sent = []
    for row in rows:
        assert row["format"] == "multisender"
        delivery = Delivery(
            id=row["id"],
            organisation_id=row["organisation_id"],
            url=row["url"],
            subject=row["subject"],
            event_type=row["event_type"],
            body=row["body"],
            policy=row["policy"],
            tries=1,
        )
        sent.append({"url": row["url"], **await render(delivery)})
    return sent


@proves("rsvp: *")
async def test_an_rsvp_call_has_every_field_of_the_document(program: Program) -> None:
    body = await rsvp(program, "+12125550150", "+12125550151", startTime=utc(timedelta(hours=1)))
    made = await program.made("/rsvp_calls", body)
    assert made["state"] == "waitingToActive"
    for name in ("startTime", "endTime", "activeFrom", "activeTo", "voiceFiles", "receiverWebhookUrl", "meta"):
        assert made[name] == body[name], name
    assert made["actionButtons"] == [{"button": "5", "action": "accept"}, {"button": "9", "action": "decline"}]
    assert [day["active"] for day in made["activeWeekdays"]] == ["1"] * 7
    assert (made["acceptsWanted"], made["maxRedials"]) == (1, 2)
    assert [receiver["phone"] for receiver in made["receivers"]] == ["+12125550150", "+12125550151"]
    conforms(await program.ask("GET", "/rsvp_calls"), examples()["GET /rsvp_calls"])
    conforms(await program.ask("GET", f"/rsvp_calls/{made['rsvpCallId']}"), examples()["GET /rsvp_calls/{id}"])
    campaign = await native(program, made["rsvpCallId"])
    assert (campaign["state"], campaign["goal"]["accepts"], campaign["goal"]["pace"]) == ("scheduled", 1, "exact")


@proves("rsvp: state", "rsvp: actionButtons", "rsvp: acceptsWanted", "added: *", "state-webhook: *")
async def test_an_rsvp_call_is_halted_resumed_changed_and_deleted(program: Program) -> None:
    body = await rsvp(program, "+12125550152", "+12125550153")
    made = await program.made("/rsvp_calls", body)
    number = made["rsvpCallId"]
    assert made["state"] == "active"
    path = f"/rsvp_calls/{number}"
    assert (await program.ask("PUT", path, {"state": "halt"}))["state"] == "halt"
    assert (await native(program, number))["state"] == "paused"
    assert (await program.ask("PUT", path, {"state": "halt"}))["state"] == "halt"
    assert (await program.ask("PUT", path, {"state": "active"}))["state"] == "active"
    refused = {name: value for name, value in body.items() if name != "receivers"}
    await program.refused("PUT", path, {**refused, "startTime": "2020-01-01 00:00:00"}, "startTime")
    await program.refused("PUT", path, {"acceptsWanted": 2}, "endTime")
    assert (await program.ask("PUT", path, {**refused, "startTime": made["startTime"]}))["state"] == "active"
    # the document's own body of PUT writes actionbuttons
    change = {name: value for name, value in body.items() if name not in {"receivers", "actionButtons"}}
    change |= {"actionbuttons": [{"button": "1", "action": "accept"}], "acceptsWanted": 2, "state": "halt"}
    assert set(change) == set(examples()["PUT /rsvp_calls/{id} body"])
    changed = await program.ask("PUT", path, change)
    conforms(changed, examples()["PUT /rsvp_calls/{id}"])
    assert (changed["state"], changed["acceptsWanted"]) == ("halt", 2)
    assert changed["actionButtons"] == [{"button": "1", "action": "accept"}]
    assert (await native(program, number))["goal"]["accepts"] == 2

    told = await program.ask(
        "POST",
        f"{path}/receivers",
        [{"accountId": None, "groupId": None, "phone": "+12125550154"}, {"phone": "+12125550152"}],
        status=201,
    )
    conforms(told, examples()["POST /rsvp_calls/{id}/receivers"])
    assert [each["phone"] for each in told] == ["+12125550152", "+12125550154"]
    assert len((await program.ask("GET", path))["receivers"]) == 3

    states = [each for each in await deliveries(program, number) if each["url"].endswith("/states/")]
    assert [each["state"] for each in states] == ["active", "halt", "active", "halt"]
    example = examples()["state webhook"]
    assert set(example) <= set(states[0])
    assert all(type(states[0][name]) is type(example[name]) for name in example)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d:\d\d:\d\d:\d\d", states[0]["timestamp"])

    await program.ask("DELETE", path, status=204)
    await program.refused("GET", path, None, None, status=404)


@proves("rsvp: state", "rsvp: acceptsWanted", "rsvp: maxRedials", "rsvp: actionButtons", "rsvp: meta")
async def test_a_new_one_may_wait_and_may_want_more_than_its_list(program: Program) -> None:
    body = await rsvp(program, "+12125550155", state="halt", acceptsWanted=5, maxRedials=None, meta=["x", {"y": None}])
    # as the document's PUT writes it
    body["actionbuttons"] = body.pop("actionButtons")
    made = await program.made("/rsvp_calls", body)
    assert (made["state"], made["acceptsWanted"], made["maxRedials"]) == ("halt", 5, 3)
    assert (made["meta"], [each["button"] for each in made["actionButtons"]]) == (["x", {"y": None}], ["5", "9"])
    # what the document does not require is, when it is left out of a change, as in a new one
    optional = {"state", "startTime", "receivers", "maxRedials", "receiverWebhookUrl", "stateWebhookUrl", "meta"}
    change = {name: value for name, value in body.items() if name not in optional}
    changed = await program.ask("PUT", f"/rsvp_calls/{made['rsvpCallId']}", change)
    told = ("state", "maxRedials", "receiverWebhookUrl", "stateWebhookUrl", "meta")
    assert [changed[name] for name in told] == ["halt", 3, None, None, None]
    await program.ask("DELETE", f"/rsvp_calls/{made['rsvpCallId']}", status=204)


@proves("rsvp: receivers", "rsvp: stats", "report: *", "stats: *", "receiver-webhook: *")
async def test_what_people_reply_is_shown_counted_and_sent(program: Program) -> None:
    ann = await program.made("/accounts", {"firstName": "Ann", "lastName": "Lee", "phone": "+12125550156"})
    body = await rsvp(program, "+12125550157", "+12125550158", acceptsWanted=3, maxRedials=0, colour="red")
    body["receivers"].insert(0, {"accountId": ann["accountId"]})
    made = await program.made("/rsvp_calls", body)
    number, campaign_id = made["rsvpCallId"], await campaign_of(program, made["rsvpCallId"])
    dialled = await dial(program.api, campaign_id)
    assert list(dialled) == ["+12125550156", "+12125550157", "+12125550158"]
    ignored = await program.api.database.fetchval(
        "SELECT body -> 'ignored_fields' FROM events WHERE type = 'call.ordered' AND subject = $1",
        dialled["+12125550156"].call_id,
    )
    assert ignored == ["colour"]
    await accept(program.api, dialled["+12125550156"], "5")
    await end_call(program.api, dialled["+12125550156"], keys="5", seconds=12)
    await answer_of(program.api, dialled["+12125550157"])
    await end_call(program.api, dialled["+12125550157"], keys="9", seconds=7)
    await no_answer(program.api, dialled["+12125550158"])

    path = f"/rsvp_calls/{number}"
    shown = await program.ask("GET", path)
    conforms(shown, examples()["GET /rsvp_calls/{id}"])
    told = [(each["answered"], each["rsvpReply"], each["callDuration"]) for each in shown["receivers"]]
    seconds = await durations(program, campaign_id)
    assert told == [(1, "accept", seconds[0]), (1, "decline", seconds[1]), (0, "noAnswer", 0)]
    assert seconds[0] >= 12
    assert seconds[1] >= 7
    assert [each["dialledCalls"] for each in shown["receivers"]] == [1, 1, 1]
    first = shown["receivers"][0]
    assert (first["accountId"], first["firsName"], first["firstName"]) == (ann["accountId"], "Ann", "Ann")
    assert shown["stats"] == {
        "totalDialedCalls": 3,
        "answeredCalls": 2,
        "totalDuration": sum(seconds),
        "acceptsReceived": 1,
        "declinesAndNoRepliesReceived": 1,
        "notAnsweredCalls": 1,
    }
    counted = await program.ask("GET", f"{path}/stats")
    conforms(counted, examples()["GET /rsvp_calls/{id}/stats"])
    assert counted["acceptsReceived"] == 1
    report = await program.ask("GET", f"{path}/receivers")
    conforms(report, examples()["GET /rsvp_calls/{id}/receivers"])
    assert [each["rsvpReply"] for each in report] == ["accept", "decline", "noReply"]

    sent = [each for each in await deliveries(program, number) if each["url"].endswith("/webhook/")]
    assert [(each["rsvpCallId"], each["rsvpReply"]) for each in sent] == [
        (number, "accept"),
        (number, "decline"),
        (number, "noReply"),
    ]
    assert set(sent[0]) - {"url"} == set(examples()["receiver webhook"])
    assert (sent[0]["accountId"], sent[0]["phoneNumber"], sent[0]["meta"]) == (
        ann["accountId"],
        "+12125550156",
        META,
    )


@proves("rsvp: maxRedials", "report: dialedCalls", "receiver-webhook: rsvpReply", "receiver-webhook: accountId")
async def test_who_does_not_answer_is_called_again_and_told_of_after_the_last_time(program: Program) -> None:
    ann = await program.made("/accounts", {"firstName": "Ann", "phone": "+12125550159"})
    body = await rsvp(program, maxRedials=1)
    made = await program.made("/rsvp_calls", body | {"receivers": [{"accountId": ann["accountId"]}]})
    number, campaign_id = made["rsvpCallId"], await campaign_of(program, made["rsvpCallId"])
    for attempts in (1, 2):
        dialled = await dial(program.api, campaign_id)
        assert list(dialled) == ["+12125550159"]
        if attempts == 2:
            # who is no account any more is told of all the same
            await program.ask("DELETE", f"/accounts/{ann['accountId']}", status=204)
        await no_answer(program.api, dialled["+12125550159"])
        (report,) = await program.ask("GET", f"/rsvp_calls/{number}/receivers")
        assert (report["answered"], report["rsvpReply"], report["dialedCalls"]) == (0, "noReply", attempts)
        sent = [each for each in await deliveries(program, number) if each["url"].endswith("/webhook/")]
        assert len(sent) == attempts - 1
        # as if the minutes until the next time had passed
        await program.api.database.execute(
            "UPDATE calls SET due_at = now() WHERE campaign_id = $1 AND outcome IS NULL", campaign_id
        )
    assert (sent[0]["accountId"], report["accountId"]) == (ann["accountId"], ann["accountId"])
    assert (sent[0]["rsvpReply"], sent[0]["phoneNumber"]) == ("noReply", "+12125550159")
    assert await dial(program.api, campaign_id) == {}


@proves("rsvp: acceptsWanted")
async def test_a_lower_goal_is_taken_while_people_are_in_the_air(program: Program) -> None:
    body = await rsvp(program, "+12125550160", "+12125550161", acceptsWanted=2)
    made = await program.made("/rsvp_calls", body)
    dialled = await dial(program.api, await campaign_of(program, made["rsvpCallId"]))
    assert len(dialled) == 2
    change = {name: value for name, value in body.items() if name != "receivers"} | {"acceptsWanted": 1}
    changed = await program.ask("PUT", f"/rsvp_calls/{made['rsvpCallId']}", change)
    assert changed["acceptsWanted"] == 1
    places = [await accept(program.api, attempt, "5") for attempt in dialled.values()]
    # who comes too late hears the end, and does not count
    assert places == ["taken", "filled"]
    for attempt in dialled.values():
        await end_call(program.api, attempt, keys="5", seconds=3)
    shown = await program.ask("GET", f"/rsvp_calls/{made['rsvpCallId']}")
    assert shown["stats"]["acceptsReceived"] == 1


@proves(
    "rsvp: state",
    "rsvp: startTime",
    "rsvp: endTime",
    "rsvp: activeFrom",
    "rsvp: activeTo",
    "rsvp: activeWeekdays",
    "rsvp: voiceFiles",
    "rsvp: actionButtons",
    "rsvp: receivers",
    "rsvp: acceptsWanted",
    "rsvp: maxRedials",
    "rsvp: receiverWebhookUrl",
    "rsvp: stateWebhookUrl",
    "rsvp: meta",
)
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"state": "sleep"}, "state"),
        ({"startTime": "now"}, "startTime"),
        ({"startTime": "2020-01-01 00:00:00"}, "startTime"),
        ({"endTime": None}, "endTime"),
        ({"endTime": "2020-01-01 00:00:00"}, "endTime"),
        ({"endTime": "2026-99-01 00:00:00"}, "endTime"),
        ({"activeFrom": None}, "activeFrom"),
        ({"activeFrom": "9 o'clock"}, "activeFrom"),
        ({"activeTo": None}, "activeTo"),
        ({"activeTo": "25:00:00"}, "activeTo"),
        ({"activeWeekdays": None}, "activeWeekdays"),
        ({"activeWeekdays": "monday"}, "activeWeekdays"),
        ({"activeWeekdays": [{"weekday": "Mittwoch", "active": "1"}]}, "activeWeekdays[0].weekday"),
        ({"activeWeekdays": [{"weekday": "monday", "active": "perhaps"}]}, "activeWeekdays[0].active"),
        ({"activeWeekdays": [{"weekday": "monday", "active": "0"}]}, "activeWeekdays"),
        ({"voiceFiles": None}, "voiceFiles"),
        ({"voiceFiles": [{"type": "middle", "voiceFileId": "1"}]}, "voiceFiles[0].type"),
        ({"voiceFiles": [{"type": "start", "voiceFileId": "999999"}]}, "voiceFiles[0].voiceFileId"),
        ({"actionButtons": None}, "actionButtons"),
        ({"actionButtons": {"5": "accept"}}, "actionButtons"),
        ({"actionButtons": [{"button": "#", "action": "accept"}]}, "actionButtons[0].button"),
        ({"actionButtons": [{"button": "5", "action": "maybe"}]}, "actionButtons[0].action"),
        ({"actionButtons": [{"button": "9", "action": "decline"}]}, "actionButtons"),
        ({"receivers": None}, "receivers"),
        ({"receivers": [{"phone": "x"}]}, "receivers[0].phone"),
        ({"acceptsWanted": None}, "acceptsWanted"),
        ({"acceptsWanted": 0}, "acceptsWanted"),
        ({"acceptsWanted": "many"}, "acceptsWanted"),
        ({"maxRedials": -1}, "maxRedials"),
        ({"maxRedials": 11}, "maxRedials"),
        ({"receiverWebhookUrl": "ftp://example.com"}, "receiverWebhookUrl"),
        ({"stateWebhookUrl": "http://10.0.0.1/x"}, "stateWebhookUrl"),
        ({"meta": {"long": "x" * 20_000}}, "meta"),
    ],
)
async def test_a_wrong_field_of_an_rsvp_call_is_named(program: Program, fields: dict[str, Any], field: str) -> None:
    before = len(await program.ask("GET", "/rsvp_calls"))
    await program.refused("POST", "/rsvp_calls", await rsvp(program, "+12125550162", **fields), field)
    assert len(await program.ask("GET", "/rsvp_calls")) == before


@proves("click: *", "receiver-webhook: rsvpCallId")
async def test_a_click_to_call_has_every_field_of_the_document(program: Program) -> None:
    body = await click(program, "+12125550170", "+12125550171")
    made = await program.made("/click_to_calls", body)
    number = made["clickToCallId"]
    assert (made["voiceFileId"], made["maxRedials"], made["meta"]) == (body["voiceFileId"], 1, META)
    conforms(await program.ask("GET", "/click_to_calls"), examples()["GET /click_to_calls"])
    conforms(await program.ask("GET", f"/click_to_calls/{number}"), examples()["GET /click_to_calls/{id}"])
    campaign = await native(program, number)
    assert campaign["hunt"] is True
    dialled = await dial(program.api, await campaign_of(program, number))
    # one at a time, in their order
    assert list(dialled) == ["+12125550170"]
    await answer_of(program.api, dialled["+12125550170"])
    await end_call(program.api, dialled["+12125550170"], keys="9", seconds=4)
    dialled = await dial(program.api, await campaign_of(program, number))
    assert list(dialled) == ["+12125550171"]
    await accept(program.api, dialled["+12125550171"], "5")
    await end_call(program.api, dialled["+12125550171"], keys="5", seconds=6)
    shown = await program.ask("GET", f"/click_to_calls/{number}")
    assert [each["reply"] for each in shown["receivers"]] == ["decline", "accept"]
    assert shown["stats"] == {
        "totalDialedCalls": 2,
        "answeredCalls": 2,
        "totalDuration": sum(await durations(program, await campaign_of(program, number))),
        "acceptsReceived": 1,
        "acceptsDeclined": 1,
        "notAnsweredCalls": 0,
    }
    sent = await deliveries(program, number)
    assert [(each["clickToCallId"], each["rsvpReply"]) for each in sent] == [(number, "decline"), (number, "accept")]
    await program.ask("DELETE", f"/click_to_calls/{number}", status=204)
    await program.refused("GET", f"/click_to_calls/{number}", None, None, status=404)


@proves("click: expiresAt", "click: activeWeekdays", "click: actionButtons", "click: maxRedials", "click: meta")
async def test_what_a_click_to_call_leaves_out(program: Program) -> None:
    body = await click(program, "+12125550173", maxRedials=None, meta="any JSON")
    body["actionbuttons"] = body.pop("actionButtons")
    body["activeWeekdays"] = [{"weekday": "Tuesday", "active": 1}]
    made = await program.made("/click_to_calls", body)
    expires = datetime.fromisoformat(made["expiresAt"]).replace(tzinfo=ZoneInfo("America/New_York"))
    assert abs(expires - datetime.now(UTC) - timedelta(days=7)) < timedelta(hours=2)
    assert (made["maxRedials"], made["meta"]) == (3, "any JSON")
    assert [each["action"] for each in made["actionButtons"]] == ["accept", "decline"]
    # a day that is not named is not active
    assert [each["active"] for each in made["activeWeekdays"]] == ["0", "1", "0", "0", "0", "0", "0"]
    await program.ask("DELETE", f"/click_to_calls/{made['clickToCallId']}", status=204)


@proves(
    "click: expiresAt",
    "click: activeFrom",
    "click: activeTo",
    "click: activeWeekdays",
    "click: voiceFileId",
    "click: actionButtons",
    "click: receivers",
    "click: maxRedials",
    "click: receiverWebhookUrl",
)
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"expiresAt": "2020-01-01 00:00:00"}, "expiresAt"),
        ({"expiresAt": "soon"}, "expiresAt"),
        ({"activeFrom": None}, "activeFrom"),
        ({"activeTo": "late"}, "activeTo"),
        ({"activeWeekdays": []}, "activeWeekdays"),
        ({"voiceFileId": None}, "voiceFileId"),
        ({"voiceFileId": 999999}, "voiceFileId"),
        ({"actionButtons": []}, "actionButtons"),
        ({"receivers": None}, "receivers"),
        ({"receivers": [{"groupId": 999999}]}, "receivers[0].groupId"),
        ({"maxRedials": "x"}, "maxRedials"),
        ({"receiverWebhookUrl": "x"}, "receiverWebhookUrl"),
    ],
)
async def test_a_wrong_field_of_a_click_is_named(program: Program, fields: dict[str, Any], field: str) -> None:
    await program.refused("POST", "/click_to_calls", await click(program, "+12125550172", **fields), field)
