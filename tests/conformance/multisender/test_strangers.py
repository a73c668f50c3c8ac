"""Every route of the dialect is tried without a token, with another organisation's, and with a subuser's."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from callwright.messages.routes import NewRoute
from support.api import client_of
from support.multisender import Program, make_program
from support.objects import rows_of
from support.routes import Route, dialect_routes_of

pytestmark = pytest.mark.postgres

#: Ways in for who has no token yet.
OPEN = {"/multisender/login", "/multisender/auth"}
SAID = '[{"op": "say", "text": "Hello"}]'


def routes(program: Program) -> list[Route]:
    """Return the routes of this dialect, each once; what reads comes first, before anything was made."""
    found = sorted(dialect_routes_of(program.api.app), key=lambda route: route.changes)
    return [
        route
        for route in found
        if route.path.startswith("/multisender/")
        and not route.path.startswith(("/multisender/v1/", "/multisender/vi/"))
        and route.path not in OPEN
    ]


async def made_by(program: Program) -> dict[str, str]:
    """Return one of everything that a path can name."""
    account = (await program.made("/accounts", {"firstName": "Ann", "phone": "+12125550191", "email": "a@b.example"}))[
        "accountId"
    ]
    receivers = [{"accountId": account}]
    later = await program.api.database.fetchval(
        "SELECT to_char(now() AT TIME ZONE 'America/New_York' + interval '1 day', 'YYYY-MM-DD HH24:MI:SS')"
    )
    days = [{"weekday": "monday", "active": "1"}, {"weekday": "friday", "active": "1"}]
    file = await program.voice_file(new=True)
    asked = {
        "activeFrom": "00:00:00",
        "activeTo": "24:00:00",
        "activeWeekdays": days,
        "actionButtons": [{"button": "1", "action": "accept"}],
        "receivers": receivers,
    }
    rsvp = {**asked, "endTime": "2100-01-01 00:00:00", "acceptsWanted": 1}
    rsvp["voiceFiles"] = [{"type": "start", "voiceFileId": file}]
    mail = {"subject": "x", "messageText": "x", "receivers": receivers, "actionTime": later}
    call = {"operations": SAID, "receivers": receivers, "actionTime": later}
    return {
        "account_id": account,
        "filter_id": str(
            (await program.made("/accounts/filters", {"filters": [{"field": "city", "operator": "==", "value": "x"}]}))[
                "filterId"
            ]
        ),
        "group_id": (await program.made("/groups", {"name": f"g {account}", "description": ""}))["groupId"],
        "call_id": (await program.made("/calls", call))["callId"],
        "sms_id": (await program.made("/smses", {"message": "x", "receivers": receivers, "actionTime": later}))[
            "smsId"
        ],
        "email_id": (await program.made("/emails", mail))["emailId"],
        "click_to_call_id": (await program.made("/click_to_calls", {**asked, "voiceFileId": file}))["clickToCallId"],
        "rsvp_call_id": (await program.made("/rsvp_calls", rsvp))["rsvpCallId"],
        "subuser_id": str((await program.made("/subusers", {"email": f"u{account}@example.com"}))["subuserId"]),
        "voice_file_id": file,
    }


@pytest.fixture(scope="module")
async def mine(live: Program) -> dict[str, str]:
    # what is waited for here is not sent: no sender runs
    for channel in ("sms", "email"):
        await live.api.services.messages.routes.add(
            live.organisation.id, NewRoute(channel=channel, kind="smtp" if channel == "email" else "smpp", name=channel)
        )
    await live.api.database.execute(
        "INSERT INTO senders (id, organisation_id, channel, address, verified_by, verified_at, is_default)"
        " VALUES ('snd_1', $1, 'email', 'shop@example.com', 'operator', now(), true)",
        live.organisation.id,
    )
    return await made_by(live)


async def tried(client: httpx.AsyncClient, route: Route, objects: dict[str, str]) -> httpx.Response:
    path = re.sub(r"\{(\w+)\}", lambda found: objects[found[1]], route.path)
    body: Any = None
    if route.method in {"POST", "PUT"}:
        body = {
            "name": "x",
            "description": "x",
            "state": "halt",
            "firstName": "x",
            "filters": [{"field": "city", "operator": "==", "value": "y"}],
        }
        if path.endswith("/accounts") or path.endswith("/receivers"):
            body = [{"accountId": objects["account_id"]}]
    return await client.request(route.method, path, json=body)


async def rows(live: Program) -> set[tuple[str, str]]:
    """Return everything of the organisation."""
    return await rows_of(live.api.database, live.organisation.id)


async def test_nothing_opens_without_a_token(live: Program, mine: dict[str, str]) -> None:
    before = await rows(live)
    async with client_of(live.api.app) as client:
        for route in routes(live):
            answer = await tried(client, route, mine)
            assert answer.status_code == 401, (route, answer.text)
            assert answer.json()["error"]["code"] == 401
    assert await rows(live) == before


async def test_another_organisation_finds_nothing(live: Program, mine: dict[str, str]) -> None:
    accounts = live.api.services.accounts
    other = await accounts.create_organisation("Other")
    _, token = await accounts.key_service.create(other.id, "x", sandbox=False, dialect="multisender")
    before = await rows(live)
    async with client_of(live.api.app) as client:
        client.headers["X-Access-Token"] = token
        for route in routes(live):
            answer = await tried(client, route, mine)
            if "{" in route.path:
                assert answer.status_code == 404, (route, answer.text)
            elif route.method == "GET" and not route.path.endswith("voice_codes"):
                assert answer.json() == [], route
    assert await rows(live) == before


async def test_a_subuser_finds_nothing_of_others(live: Program, mine: dict[str, str]) -> None:
    made = await live.made("/subusers", {"email": "fenced@example.com"})
    before = await rows(live)
    async with client_of(live.api.app) as client:
        client.headers["X-Access-Token"] = made["authToken"]
        for route in routes(live):
            answer = await tried(client, route, mine)
            if "{" in route.path or "subusers" in route.path:
                assert answer.status_code in {403, 404}, (route, answer.text)
            elif route.method == "GET" and not route.path.endswith("voice_codes"):
                assert answer.status_code == 403 or answer.json() == [], (route, answer.text)
    # what it made itself is not taken into account: an account and a group named x, a filter
    after = await rows(live)
    assert not [row for row in before - after if row[0] not in {"api_keys", "organisations"}]


async def test_a_sandbox_token_sees_no_live_calls(live: Program, mine: dict[str, str]) -> None:
    program = await make_program(live.api, sandbox=True)
    for kind, name in (("calls", "call_id"), ("rsvp_calls", "rsvp_call_id"), ("smses", "sms_id")):
        await program.refused("GET", f"/{kind}/{mine[name]}", None, None, status=404)
    await program.client.aclose()
