"""``callwright demo``: the whole appliance in a temporary folder, twenty real SIP calls, and what came of each."""

from __future__ import annotations

import asyncio
import re
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import uvicorn
from rich.console import Console
from rich.live import Live
from rich.table import Table
from standardwebhooks import Webhook, WebhookVerificationError

from callwright.appliance import Appliance
from callwright.ports import free_block
from callwright.processes import service_user
from callwright.settings import Settings
from callwright.telephony.lab.behaviours import DEMO, Behaviour

#: Everything has ended long before this; a demo that hangs says so.
TIME_LIMIT_SECONDS = 120
CALLER_ID = "+15550109999"
NAMES = ("Sarah", "Tom", "Aisha", "Liu", "Maria", "Ravi", "Emma", "Olu", "Hugo", "Nina")
TEXT = (
    "Hello {NAME}, this is Northside Clinic. Your appointment is on {DATE} at {TIME}. "
    "Press 1 to confirm, 2 to reschedule, or 9 to receive no more calls."
)
_REFRESH_SECONDS = 0.25
#: Columns where there is no terminal that says how many it has.
_WIDTH = 124


@dataclass(kw_only=True)
class DemoCall:
    """One row of the table."""

    number: str
    behaviour: Behaviour
    call_id: str = ""
    status: str = "posting"
    outcome: str | None = None
    digits: str | None = None
    duration: int | None = None
    #: Terminal webhooks received with a valid signature.
    webhooks: list[str] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether the call has its outcome and its webhook arrived."""
        return self.outcome is not None and bool(self.webhooks)

    @property
    def as_expected(self) -> bool:
        """Whether what came of it is what the handset's description says."""
        return (
            self.outcome == self.behaviour.outcome and self.digits == self.behaviour.pressed and len(self.webhooks) == 1
        )


class WebhookReceiver:
    """A customer's server: takes webhooks, verifies their signature, remembers what they said."""

    def __init__(self) -> None:
        self.secret: str | None = None
        self.received: list[dict[str, Any]] = []
        self.rejected = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one ASGI request."""
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        status = 204
        try:
            Webhook(self.secret or "").verify(body, headers)
            self.received.append(orjson.loads(body) | {"_path": scope["path"]})
        except (WebhookVerificationError, ValueError):
            self.rejected += 1
            status = 400
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def run_demo(*, keep: bool, svg: Path | None) -> int:
    """Run the demo and return the exit code: 0 only if every call went as its handset's description says."""
    console = Console(record=svg is not None)
    if svg is not None or not console.is_terminal:
        console = Console(record=svg is not None, width=_WIDTH)
    folder = Path(tempfile.mkdtemp(prefix="callwright-demo-"))
    # PostgreSQL and Asterisk run as a user of their own when we are root, and must be able to enter
    if service_user() is not None:
        folder.chmod(0o755)
    base = free_block(12, range(18080, 28000, 12))
    settings = Settings(
        data_dir=folder,
        port=base + 10,
        sip_port=base + 11,
        internal_port_base=base,
        webhook_allow_networks="127.0.0.0/8",
        log_level="error",
    )
    appliance = Appliance(settings)
    try:
        with console.status("Starting PostgreSQL, Asterisk 22 and the handset lab (the first time fetches Asterisk) …"):
            await appliance.start()
        code = await _demonstrate(console, appliance, settings)
        if console.is_terminal and sys.stdin.isatty():
            await _look_around(console, appliance, settings)
        return code
    finally:
        await appliance.stop()
        if svg is not None:
            # without the fonts that rich would fetch from elsewhere: any monospaced one will do
            picture = console.export_svg(title="./run demo")
            svg.write_text(re.sub(r"\s*@font-face \{.*?\}", "", picture, flags=re.DOTALL))
        if not keep:
            _remove(folder)


async def _demonstrate(console: Console, appliance: Appliance, settings: Settings) -> int:
    services = appliance.services
    organisation = await services.accounts.create_organisation("Northside Clinic", time_zone="America/New_York")
    _, key = await services.accounts.create_key(organisation.id, name="demo", sandbox=True)
    receiver = WebhookReceiver()
    receiver.secret = await services.accounts.webhook_secret(organisation.id)
    calls = [DemoCall(number=f"+1555010{behaviour.digits}", behaviour=behaviour) for behaviour in DEMO]
    async with (
        _serve(receiver) as receiver_url,
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{settings.port}",
            headers={"Authorization": f"Bearer {key}"},
            trust_env=False,
        ) as client,
    ):
        await _post(client, calls, receiver_url)
        with Live(_table(calls), console=console, refresh_per_second=8) as live:
            try:
                async with asyncio.timeout(TIME_LIMIT_SECONDS):
                    while not all(call.ended for call in calls):
                        await _look(client, calls, receiver)
                        live.update(_table(calls))
                        await asyncio.sleep(_REFRESH_SECONDS)
            except TimeoutError:
                console.print(f"[red]Some calls had not ended after {TIME_LIMIT_SECONDS} s.[/red]")
            live.update(_table(calls))
    return _summary(console, appliance, settings, calls, receiver)


async def _look_around(console: Console, appliance: Appliance, settings: Settings) -> None:
    """Leave the appliance to who watches, until they have seen enough."""
    link = appliance.services.setup.link(f"http://{settings.host}:{settings.port}")
    console.print(f"Look around for yourself, in the console of this very demo: {link}", soft_wrap=True)
    console.print("Enter ends it.")
    await asyncio.to_thread(sys.stdin.readline)


async def _post(client: httpx.AsyncClient, calls: list[DemoCall], receiver_url: str) -> None:
    for index, call in enumerate(calls):
        answer = await client.post(
            "/api/v1/calls",
            json={
                "to": call.number,
                "from": CALLER_ID,
                "message": TEXT,
                "voice": "en-US-Neural-F",
                "variables": {
                    "NAME": NAMES[index % len(NAMES)],
                    "DATE": "Tuesday, April 15th",
                    "TIME": "3:15 PM",
                },
                "dtmf": {
                    "1": {"action": "webhook", "url": f"{receiver_url}/confirm"},
                    "2": {"action": "webhook", "url": f"{receiver_url}/reschedule"},
                    "9": {"action": "optout"},
                },
                "webhook_url": f"{receiver_url}/status",
                "ring_timeout_seconds": 12,
            },
        )
        answer.raise_for_status()
        call.call_id = answer.json()["call_id"]


async def _look(client: httpx.AsyncClient, calls: list[DemoCall], receiver: WebhookReceiver) -> None:
    answer = await client.get("/api/v1/calls", params={"limit": 100})
    answer.raise_for_status()
    seen = {item["call_id"]: item for item in answer.json()["calls"]}
    terminal = {"call.completed", "call.no_answer", "call.voicemail", "call.failed", "call.cancelled"}
    for call in calls:
        item = seen.get(call.call_id)
        if item is not None:
            call.status, call.outcome = item["status"], item["outcome"]
            call.digits, call.duration = item["dtmf_response"], item["duration_seconds"]
        call.webhooks = [
            body["event"] for body in receiver.received if body["call_id"] == call.call_id and body["event"] in terminal
        ]


def _table(calls: list[DemoCall]) -> Table:
    table = Table(title="Calls to the handset lab", expand=True)
    for heading in ("Number", "The handset", "State", "Outcome", "Key", "Seconds", "Webhook"):
        table.add_column(
            heading,
            justify="right" if heading == "Seconds" else "left",
            overflow="fold",
            no_wrap=heading != "The handset",
        )
    for call in calls:
        mark = ""
        if call.ended:
            mark = "[green]✓[/green]" if call.as_expected else f"[red]✗ expected {call.behaviour.outcome}[/red]"
        table.add_row(
            call.number,
            call.behaviour.name,
            call.status,
            f"{call.outcome or ''} {mark}".strip(),
            call.digits or "",
            "" if call.duration is None else str(call.duration),
            ", ".join(call.webhooks),
        )
    return table


def _summary(
    console: Console, appliance: Appliance, settings: Settings, calls: list[DemoCall], receiver: WebhookReceiver
) -> int:
    console.print()
    good = sum(call.as_expected for call in calls)
    outcomes: dict[str, int] = {}
    for call in calls:
        outcomes[call.outcome or "none"] = outcomes.get(call.outcome or "none", 0) + 1
    console.print(
        f"{good} of {len(calls)} calls went as expected: "
        + ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items()))
    )
    console.print(
        f"{len(receiver.received)} webhooks arrived with a valid signature, {receiver.rejected} without; "
        f"{sum(body['_path'] == '/confirm' for body in receiver.received)} people confirmed by key."
    )
    recordings = [path for call in calls for path in appliance.heard(call.number)]
    if recordings:
        console.print(f"Listen to what one handset heard: {recordings[0]}", soft_wrap=True)
    console.print(
        "Look around for yourself: `callwright serve` (in a checkout `./run callwright serve`), then open the link "
        f"that it prints. The console is at http://{settings.host}:8080/app/; the API's pages are at /api/docs.",
        soft_wrap=True,
    )
    return 0 if good == len(calls) and receiver.rejected == 0 else 1


@asynccontextmanager
async def _serve(receiver: WebhookReceiver) -> AsyncIterator[str]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(receiver, log_level="critical", lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


def _remove(folder: Path) -> None:
    import shutil  # noqa: PLC0415  (only when nothing is kept)

    shutil.rmtree(folder, ignore_errors=True)
