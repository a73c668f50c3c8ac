"""What a proxy says of its clients is believed when it is a trusted one: real sockets, from addresses of loopback."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from support.appliance import RunningAppliance, appliance

#: Every 127.x.x.x is this machine: each stands for another host.
PROXY = "127.0.0.2"
STRANGER = "127.0.0.3"
CLIENT = "198.51.100.7"
FORWARDED = {"X-Forwarded-For": CLIENT, "X-Forwarded-Proto": "https"}
#: So many wrong passwords from one address are free (accounts/throttle.py).
FREE_TRIES = 50


@pytest.fixture(scope="module")
def behind() -> Iterator[RunningAppliance]:
    with appliance(CALLWRIGHT_TRUSTED_PROXIES=PROXY, CALLWRIGHT_LOG_FORMAT="json", CALLWRIGHT_LAB="false") as made:
        made.start()
        yield made


@pytest.fixture(scope="module")
def key(behind: RunningAppliance) -> str:
    return behind.key(behind.organisation("Proxy School"), "--live")


def coming_from(behind: RunningAppliance, address: str) -> httpx.Client:
    return httpx.Client(
        base_url=behind.url, transport=httpx.HTTPTransport(local_address=address), trust_env=False, timeout=20
    )


def logged(behind: RunningAppliance, request_id: str) -> dict[str, Any]:
    """Return the line about a request: it is written when the answer has gone, so the answer may be here first."""
    deadline = time.monotonic() + 10
    while True:
        lines = (json.loads(line) for line in behind.log().splitlines() if line.startswith("{") and line.endswith("}"))
        found = next((line for line in lines if line.get("request_id") == request_id and "client" in line), None)
        if found is not None:
            return found
        assert time.monotonic() < deadline, "no line about the request"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("sender", "said", "client"),
    [
        pytest.param(PROXY, CLIENT, CLIENT, id="a trusted proxy"),
        pytest.param(PROXY, f"203.0.113.9, {CLIENT}", CLIENT, id="its client made up an address"),
        pytest.param(PROXY, "2001:db8::7", "2001:db8::7", id="IPv6"),
        pytest.param(STRANGER, CLIENT, STRANGER, id="a stranger"),
        pytest.param("127.0.0.1", CLIENT, "127.0.0.1", id="a program of this machine"),
    ],
)
def test_the_log_names_the_client(behind: RunningAppliance, key: str, sender: str, said: str, client: str) -> None:
    request_id = f"{sender}-{len(said)}"
    with coming_from(behind, sender) as http:
        headers = {"Authorization": f"Bearer {key}", "X-Forwarded-For": said, "X-Request-Id": request_id}
        assert http.get("/api/v1/calls", headers=headers).status_code == 200
    assert logged(behind, request_id)["client"] == client


@pytest.mark.parametrize(
    ("sender", "address", "cookie", "secure"),
    [
        pytest.param(PROXY, CLIENT, "__Host-callwright", True, id="a trusted proxy"),
        pytest.param(STRANGER, STRANGER, "callwright", False, id="a stranger"),
    ],
)
def test_audit_log_session_and_cookie(
    behind: RunningAppliance, key: str, sender: str, address: str, cookie: str, secure: bool
) -> None:
    ours = {"Authorization": f"Bearer {key}"}
    who = {"email": f"ann-{sender}@example.com", "password": "seven blue herons sing"}
    with coming_from(behind, sender) as http:
        http.headers.update(FORWARDED)
        made = http.post("/api/v1/users", json={"email": who["email"], "role": "read-only"}, headers=ours)
        assert made.status_code == 201, made.text
        accepted = {"token": made.json()["invitation_token"], "password": who["password"]}
        assert http.post("/api/v1/invitations/accept", json=accepted).is_success
        signed_in = http.post("/api/v1/sessions", json={**who, "cookie": True})
        assert signed_in.status_code == 201, signed_in.text
        entries = http.get("/api/v1/audit-log", params={"action": "user"}, headers=ours).json()["entries"]
    assert entries[0]["address"] == address
    assert signed_in.json()["session"]["address"] == address
    set_cookie = signed_in.headers["set-cookie"]
    assert (set_cookie.split("=")[0], "; Secure" in set_cookie) == (cookie, secure)


def test_the_throttle_counts_clients_and_strangers_cannot_escape_it(behind: RunningAppliance) -> None:
    def tries(sender: str, number: int, *, said: str) -> int:
        body = {"email": f"nobody-{sender}-{said}-{number}@example.com", "password": "not the right one"}
        with coming_from(behind, sender) as http:
            headers = {"X-Forwarded-For": said}
            return http.post("/api/v1/sessions", json=body, headers=headers).status_code

    statuses = [tries(PROXY, number, said="198.51.100.20") for number in range(FREE_TRIES + 5)]
    assert statuses[0] == 401
    assert 429 in statuses
    # another client of the same proxy
    assert tries(PROXY, 0, said="198.51.100.21") == 401
    # one that says another address each time is still one
    statuses = [tries(STRANGER, number, said=f"198.51.100.{number + 100}") for number in range(FREE_TRIES + 5)]
    assert 429 in statuses
