"""The whole appliance as a user starts it: a process, reached by HTTP, SIP and the command line only."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from standardwebhooks import Webhook, WebhookVerificationError

from support.warm_commands import WarmCommands
from support.workers import RTP_PORTS, take_ports, take_rtp_ports

ROOT = Path(__file__).parents[2]
_START_SECONDS = 90
_STOP_SECONDS = 30
_COMMAND_SECONDS = 90
_COMMANDS = WarmCommands()


@dataclass(kw_only=True)
class RunningAppliance:
    """``callwright serve`` in a data directory of its own."""

    data_dir: Path
    port: int
    internal_port_base: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    #: The interpreter that runs it.
    python: str = sys.executable

    @property
    def url(self) -> str:
        """Address of the API."""
        scheme = "https" if "CALLWRIGHT_TLS_CERT" in self.environment else "http"
        return f"{scheme}://127.0.0.1:{self.port}"

    @property
    def verify(self) -> ssl.SSLContext | bool:
        """What to check the server's certificate with."""
        cert = self.environment.get("CALLWRIGHT_TLS_CERT")
        return True if cert is None else ssl.create_default_context(cafile=cert)

    def start(self) -> None:
        """Start it and wait until it is ready."""
        log = (self.data_dir.parent / "serve.log").open("ab")
        self.process = subprocess.Popen(
            [self.python, "-m", "callwright", "serve"],
            env=self.environment,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            cwd=ROOT,
        )
        log.close()
        deadline = time.monotonic() + _START_SECONDS
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/readyz", trust_env=False, timeout=2, verify=self.verify).status_code == 200:
                    return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"callwright serve did not come up:\n{self.log()[-3000:]}")
            time.sleep(0.1)

    def log(self) -> str:
        """Return what it wrote."""
        return (self.data_dir.parent / "serve.log").read_text(errors="replace")

    def kill(self) -> None:
        """Kill -9 the control plane alone; PostgreSQL, Asterisk and calls live on."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Stop it in order, and everything that it supervises."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._end_left_over()

    def _end_left_over(self) -> None:
        """End children that a killed control plane left, by the pids it wrote down."""
        for pid_file in self.data_dir.glob("**/*.pid"):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                os.kill(json.loads(pid_file.read_text())["pid"], signal.SIGKILL)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``callwright ARGUMENTS`` and return what came of it."""
        if self.python == sys.executable:
            return _COMMANDS.run(arguments, environment=self.environment, timeout=_COMMAND_SECONDS)
        return subprocess.run(
            [self.python, "-m", "callwright", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_COMMAND_SECONDS,
            cwd=ROOT,
            check=False,
        )

    def cli(self, *arguments: str) -> str:
        """Run ``callwright ARGUMENTS`` and return its standard output; fails the test when it fails."""
        done = self.command(*arguments)
        assert done.returncode == 0, f"callwright {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def organisation(self, name: str) -> str:
        """Make an organisation by the command line and return its number."""
        found = re.search(r"organisation (\d+)", self.cli("orgs", "create", name))
        assert found
        return found.group(1)

    def key(self, organisation: str, *options: str) -> str:
        """Make a key by the command line and return the secret."""
        found = re.search(r"(live|test)_[0-9a-z]+", self.cli("keys", "create", "test", "--org", organisation, *options))
        assert found
        return found.group(0)

    def client(self, key: str) -> httpx.AsyncClient:
        """Return a client with this key."""
        return httpx.AsyncClient(
            base_url=self.url,
            headers={"Authorization": f"Bearer {key}"},
            trust_env=False,
            timeout=20,
            verify=self.verify,
        )

    def heard(self, number: str) -> list[Path]:
        """Return what the lab's handset with this number recorded."""
        return sorted((self.data_dir / "lab" / "heard").glob(f"{number.lstrip('+')}-*.wav"))


@contextlib.contextmanager
def appliance(**environment: str) -> Iterator[RunningAppliance]:
    """Yield an appliance in temporary folders and on free ports, not yet started."""
    folder = Path(tempfile.mkdtemp(prefix="callwright-e2e-"))
    folder.chmod(0o755)
    block = take_ports(19_000, 32_000, 20)
    rtp = take_rtp_ports()
    data = folder / "data"
    data.mkdir()
    made = RunningAppliance(
        data_dir=data,
        port=block + 10,
        internal_port_base=block,
        environment={
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": os.environ.get("HOME", "/"),
            "LANG": "C.UTF-8",
            "CALLWRIGHT_DATA_DIR": str(data),
            "CALLWRIGHT_PORT": str(block + 10),
            "CALLWRIGHT_SIP_PORT": str(block + 11),
            "CALLWRIGHT_INTERNAL_PORT_BASE": str(block),
            "CALLWRIGHT_RTP_START": str(rtp),
            # the lab takes as many after these
            "CALLWRIGHT_RTP_END": str(rtp + RTP_PORTS // 2 - 1),
            "CALLWRIGHT_WEBHOOK_ALLOW_NETWORKS": "127.0.0.0/8",
            **environment,
        },
    )
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(kw_only=True)
class Receiver:
    """A customer's webhook server: keeps every request, says which signatures are good."""

    url: str = ""
    secret: str = ""
    received: list[dict[str, Any]] = field(default_factory=list)
    #: Statuses to answer before it answers 204, one a request.
    answers: list[int] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        try:
            Webhook(self.secret).verify(body, headers)
            signed = True
        except (WebhookVerificationError, ValueError, IndexError):
            signed = False
        self.received.append(
            {"path": scope["path"], "headers": headers, "signed": signed, "body": json.loads(body), "at": time.time()}
        )
        status = self.answers.pop(0) if self.answers else 204
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def of(self, call_id: str) -> list[dict[str, Any]]:
        """Return the bodies that tell of this call, in order of arrival."""
        return [item["body"] for item in self.received if item["body"]["call_id"] == call_id]


@contextlib.asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Yield a receiver that listens on loopback."""
    made = Receiver()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(made, log_level="critical", lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    made.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        yield made
    finally:
        server.should_exit = True
        await task


async def ended(client: httpx.AsyncClient, call_id: str, *, within: float = 60) -> dict[str, Any]:
    """Return the call once it has an outcome; fails after ``within`` seconds."""
    async with asyncio.timeout(within):
        while True:
            answer = await client.get(f"/api/v1/calls/{call_id}")
            assert answer.status_code == 200, answer.text
            call: dict[str, Any] = answer.json()
            if call["outcome"] is not None:
                return call
            await asyncio.sleep(0.1)


async def until(condition: Any, *, within: float = 20) -> None:
    """Return when ``condition()`` is true; fails after ``within`` seconds."""
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.05)


async def followed(client: httpx.AsyncClient, call_id: str, *, within: float = 30) -> list[str]:
    """Follow a call's events to its last one, as server-sent events, and return their types in order."""
    seen = []
    async with client.stream(
        "GET", f"/api/v1/calls/{call_id}/events", headers={"Accept": "text/event-stream"}
    ) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        async with asyncio.timeout(within):
            async for line in stream.aiter_lines():
                if line.startswith("event:"):
                    seen.append(line.removeprefix("event:").strip())
    return seen
