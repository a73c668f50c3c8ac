"""The smallest programs that place calls by AMI and by ARI, each in a process of its own so that its CPU is seen.

``python -m benchmarks.controllers ami|ari PORT CALLER PROMPT`` takes the password and then jobs from standard input,
one JSON line each (``{"numbers": […], "rate": 20}``), and answers each with the times of its requests.
"""

from __future__ import annotations

import asyncio
import base64
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks.pacing import Place, place_all
from benchmarks.reference import APPLICATION, CONTEXT, TRUNK, USER

#: What the raw client needs of Asterisk's events; the product filters them in the same way.
_EVENTS = ("StasisStart", "PlaybackFinished", "RESTResponse")


class AmiController:
    """Originates with ``Async: true`` into the dialplan, which plays the prompt and hangs up."""

    def __init__(self, port: int, caller: str, _prompt: str) -> None:
        self._port = port
        self._caller = caller
        self._writer: asyncio.StreamWriter | None = None
        self._next = 0
        self._waiting: dict[str, asyncio.Future[str]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def open(self, password: str) -> None:
        """Log in."""
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        await reader.readline()
        self._reading = asyncio.create_task(self._read(reader))
        await self._action(Action="Login", Username=USER, Secret=password, Events="off")

    async def place(self, number: str) -> float:
        """Originate one call; returns when the request was sent."""
        at = time.time()
        await self._action(
            Action="Originate",
            Channel=f"PJSIP/{number}@{TRUNK}",
            Context=CONTEXT,
            Exten="s",
            Priority="1",
            CallerID=self._caller,
            Async="true",
        )
        return at

    async def _action(self, **fields: str) -> None:
        self._next += 1
        identity = str(self._next)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[identity] = answer
        lines = [f"{name}: {value}" for name, value in {**fields, "ActionID": identity}.items()]
        if self._writer is None:
            raise RuntimeError("not connected")
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        text = await answer
        if "Response: Success" not in text:
            raise RuntimeError(f"AMI refused {fields['Action']}: {text}")

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            text = (await reader.readuntil(b"\r\n\r\n")).decode()
            identity = text.partition("ActionID: ")[2].partition("\r\n")[0]
            if waiting := self._waiting.pop(identity, None):
                waiting.set_result(text)


class AriController:
    """Originates into Stasis, plays the prompt at the answer and hangs up at its end; REST over the websocket."""

    def __init__(self, port: int, caller: str, prompt: str) -> None:
        self._port = port
        self._caller = caller
        self._prompt = prompt
        self._socket: ClientConnection | None = None
        self._next = 0
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    async def open(self, password: str) -> None:
        """Connect and ask for the few events that are needed."""
        credentials = base64.b64encode(f"{USER}:{password}".encode()).decode()
        self._socket = await connect(
            f"ws://127.0.0.1:{self._port}/ari/events?app={APPLICATION}",
            subprotocols=[Subprotocol("ari")],
            additional_headers={"Authorization": f"Basic {credentials}"},
            compression=None,
            max_queue=4096,
            proxy=None,
        )
        self._spawn(self._read(self._socket))
        allowed = {"allowed": [{"type": event} for event in _EVENTS]}
        await self._request("PUT", f"applications/{APPLICATION}/eventFilter", allowed)

    async def place(self, number: str) -> float:
        """Originate one call; returns when the request was sent."""
        at = time.time()
        body = {
            "endpoint": f"PJSIP/{number}@{TRUNK}",
            "app": APPLICATION,
            "channelId": f"bench{number.lstrip('+')}",
            "callerId": self._caller,
        }
        await self._request("POST", "channels", body)
        return at

    async def _request(self, method: str, path: str, body: Any = None) -> None:
        self._next += 1
        identity = str(self._next)
        message = {
            "type": "RESTRequest",
            "transaction_id": identity,
            "request_id": identity,
            "method": method,
            "uri": path,
        }
        if body is not None:
            message |= {"content_type": "application/json", "message_body": orjson.dumps(body).decode()}
        if self._socket is None:
            raise RuntimeError("not connected")
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[identity] = answer
        await self._socket.send(orjson.dumps(message), text=True)
        answered = await answer
        if answered["status_code"] >= 300:
            raise RuntimeError(f"ARI refused {method} {path}: {answered}")

    async def _read(self, socket: ClientConnection) -> None:
        while True:
            message = orjson.loads(await socket.recv(decode=False))
            match message["type"]:
                case "RESTResponse":
                    if waiting := self._waiting.pop(message["request_id"], None):
                        waiting.set_result(message)
                case "StasisStart":
                    channel = message["channel"]["id"]
                    media = {"media": [f"sound:{self._prompt}"]}
                    self._spawn(self._request("POST", f"channels/{channel}/play/{channel}", media))
                case "PlaybackFinished":
                    self._spawn(self._request("DELETE", f"channels/{message['playback']['id']}"))

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


CONTROLLERS: dict[str, Callable[[int, str, str], AmiController | AriController]] = {
    "ami": AmiController,
    "ari": AriController,
}


async def serve(open_: Callable[[str], Awaitable[None]], place: Place) -> None:
    """Work off the jobs of standard input until it ends."""
    reader = asyncio.StreamReader(limit=2**22)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await open_((await reader.readline()).decode().strip())
    print("ready", flush=True)
    while line := await reader.readline():
        job = orjson.loads(line)
        print(orjson.dumps(await place_all(job["numbers"], job["rate"], place)).decode(), flush=True)


if __name__ == "__main__":
    _, _kind, _port, _caller, _prompt = sys.argv
    _controller = CONTROLLERS[_kind](int(_port), _caller, _prompt)
    asyncio.run(serve(_controller.open, _controller.place))
