"""What a program of each API sends to place a call, and to ask for it: as bytes, but for what changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

TEXT = "Hello, this is a reminder of your appointment tomorrow."
NAME = "Ann Smith"
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A request."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""

    def wire(self, port: int) -> bytes:
        """Return it as HTTP/1.1."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + self.body


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a program of one API sends and asks."""

    name: str
    #: Places a call to the number of this index.
    send: Callable[[int], Ask]
    #: From the answer to a ``send``: asks for that call.
    status: Callable[[Any], Ask]


def number(index: int) -> str:
    """Return a number of New York; a million of them."""
    return f"+1212{2_000_000 + index % 1_000_000}"


def native(keys: Mapping[str, Any], caller_id: str) -> Dialect:
    headers = {"Authorization": f"Bearer {keys['secret']}", "Content-Type": _JSON}

    def send(index: int) -> Ask:
        body = {"to": number(index), "from": caller_id, "message": TEXT}
        return Ask(method="POST", path="/api/v1/calls", headers=headers, body=json.dumps(body).encode())

    def status(answer: Any) -> Ask:
        return Ask(method="GET", path=f"/api/v1/calls/{answer['call_id']}", headers=headers)

    return Dialect(name="native", send=send, status=status)


def native_campaign(keys: Mapping[str, Any], caller_id: str) -> Dialect:
    """What a request of a dialect is beside that makes a campaign with a list of one, and starts it."""
    headers = {"Authorization": f"Bearer {keys['secret']}", "Content-Type": _JSON}

    def send(index: int) -> Ask:
        body = {
            "name": f"Campaign {index}",
            "from": caller_id,
            "message": TEXT,
            "recipients": [{"to": number(index)}],
            "start": True,
        }
        return Ask(method="POST", path="/api/v1/campaigns", headers=headers, body=json.dumps(body).encode())

    def status(answer: Any) -> Ask:
        return Ask(method="GET", path=f"/api/v1/campaigns/{answer['campaign_id']}", headers=headers)

    return Dialect(name="native campaign", send=send, status=status)


def robotalker(keys: Mapping[str, Any], caller_id: str) -> Dialect:
    secrets = {"key": keys["id"], "token": keys["secret"]}

    def send(index: int) -> Ask:
        fields = {
            **secrets,
            "whattodo": "SendTtsMessage",
            "optname": f"Job {index}",
            "optcallerid": caller_id.removeprefix("+1"),
            "messageid": "0",
            "messagetext": TEXT,
            "phonenumber": number(index).removeprefix("+1"),
            "customername": NAME,
        }
        return Ask(method="POST", path=f"/api/handler.ashx?{urlencode(fields)}", headers={})

    def status(answer: Any) -> Ask:
        fields = {**secrets, "jobStatus": answer[0]["jobName"]}
        return Ask(method="GET", path=f"/api/handler.ashx?{urlencode(fields)}", headers={})

    return Dialect(name="robotalker", send=send, status=status)


def robocall(keys: Mapping[str, Any], caller_id: str) -> Dialect:
    headers = {"x-credential-api-key": keys["secret"], "Content-Type": _JSON}

    def send(index: int) -> Ask:
        body = {
            "requestId": f"request_{index}",
            "destinations": [{"phone": number(index), "caller": caller_id}],
            "callFlow": {"steps": [{"name": "play", "message": {"msg": TEXT, "lang": "en", "gender": "female"}}]},
        }
        return Ask(method="POST", path="/v1/call", headers=headers, body=json.dumps(body).encode())

    def status(answer: Any) -> Ask:
        return Ask(method="GET", path=f"/v1/status/{answer['requestId']}", headers=headers)

    return Dialect(name="robocall", send=send, status=status)


def effebot(keys: Mapping[str, Any], caller_id: str) -> Dialect:
    def ask(path: str, fields: Mapping[str, Any]) -> Ask:
        body = {"apiKey": keys["secret"], **fields}
        return Ask(method="POST", path=path, headers={"Content-Type": _JSON}, body=json.dumps(body).encode())

    def send(index: int) -> Ask:
        numbers = {"phone": number(index).removeprefix("+"), "outgoingPhone": caller_id.removeprefix("+")}
        return ask("/apiCalls/create", {**numbers, "record": {"text": TEXT}})

    def status(answer: Any) -> Ask:
        return ask("/apiCalls/get", {"apiCallIdList": [answer["data"][0]["id"]]})

    return Dialect(name="effebot", send=send, status=status)


def multisender(keys: Mapping[str, Any], _: str) -> Dialect:
    headers = {"X-Access-Token": keys["secret"], "Content-Type": _JSON}

    def send(index: int) -> Ask:
        body = {
            "operations": json.dumps([{"op": "say", "text": TEXT}]),
            "actionTime": None,
            "receivers": [{"accountId": None, "groupId": None, "phone": number(index)}],
        }
        return Ask(method="POST", path="/calls", headers=headers, body=json.dumps(body).encode())

    def status(answer: Any) -> Ask:
        return Ask(method="GET", path=f"/calls/{answer['callId']}", headers=headers)

    return Dialect(name="multisender", send=send, status=status)


#: By name; one of the native API is called ``native`` or ``native_…``, and one of a dialect as the dialect.
ALL: Mapping[str, Callable[[Mapping[str, Any], str], Dialect]] = {
    "native": native,
    "native_campaign": native_campaign,
    "robotalker": robotalker,
    "robocall": robocall,
    "effebot": effebot,
    "multisender": multisender,
}
