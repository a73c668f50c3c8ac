"""Lets Asterisk's ``app_amd`` decide the same clips: each is played to it over a channel of its own, in real time."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.amd.corpus import Clip
from benchmarks.statistics import upper_bound
from callwright.ports import free_block
from callwright.processes import give_to, service_user
from callwright.settings import default_cache_dir
from callwright.speech.g711 import encode_ulaw
from callwright.store.sockets import socket_dir
from callwright.telephony.asterisk.ari import Event
from callwright.telephony.asterisk.configuration import ControlConfig, NodeConfig
from callwright.telephony.asterisk.install import find_or_install
from callwright.telephony.asterisk.links import AriListener
from callwright.telephony.asterisk.process import AsteriskProcess

#: Clips that play at the same time. More would make the machine late, and ``app_amd`` counts frames that come.
_AT_ONCE = 60
_SECONDS = 20.0
APPLICATION = "cw-bench"
_PORTS = 40


def make_folders(base: Path) -> Path:
    """Make the folders of a node below ``base``; return the one for sounds."""
    user = service_user()
    for folder in (base, base / "sounds", base / "node"):
        folder.mkdir(exist_ok=True)
        give_to(folder, user)
    return base / "sounds"


def bench_node(base: Path, first: int, *, ports: int, dialplan: str) -> NodeConfig:
    """Return an Asterisk without trunks, on ``ports`` ports from ``first`` on, which connects to the first of them."""
    return NodeConfig(
        base=base / "node",
        run_dir=socket_dir(base / "node", service_user()),
        program=find_or_install(default_cache_dir()),
        name="bench",
        sip_host="127.0.0.1",
        sip_port=first + 1,
        rtp_start=first + 10,
        rtp_end=first + ports - 1,
        dialplan=dialplan,
        endpoints="",
        control=ControlConfig(application=APPLICATION, port=first, user="bench", password="bench", http_port=first + 2),
    )


class Judge:
    """One Asterisk whose dialplan runs ``AMD()``."""

    def __init__(self, base: Path) -> None:
        self._sounds = make_folders(base)
        first = free_block(_PORTS, range(21000, 30000, 40))
        self._connection = AriListener(APPLICATION, port=first, user="bench", password="bench")
        self._connection.on_event = self._take
        self._waiting: dict[str, asyncio.Future[str]] = {}
        self._process = AsteriskProcess(bench_node(base, first, ports=_PORTS, dialplan=self._dialplan()))

    async def start(self) -> None:
        """Start it."""
        await self._connection.start()
        await self._process.start()
        await self._connection.wait_connected(20)

    async def stop(self) -> None:
        """Stop it."""
        await self._process.stop()
        await self._connection.stop()

    async def decide(self, number: int, clip: Clip) -> str:
        """Return ``HUMAN``, ``MACHINE``, ``NOTSURE`` or ``HANGUP``."""
        name = f"clip{number}"
        file = self._sounds / f"{number}.ulaw"
        file.write_bytes(encode_ulaw(clip.samples))
        file.chmod(0o644)
        told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[name] = told
        body = {
            "endpoint": f"Local/{number}@callee/n",
            "context": "judge",
            "extension": "s",
            "priority": 1,
            "channelId": name,
            "otherChannelId": f"callee{number}",
        }
        try:
            answer = await self._connection.request("POST", "channels", body=body)
            if not answer.ok:
                raise RuntimeError(f"Asterisk does not play clip {number}: {answer.message}")
            async with asyncio.timeout(_SECONDS):
                return await told
        finally:
            del self._waiting[name]
            await self._connection.request("DELETE", f"channels/{name}")
            file.unlink()

    def _take(self, event: Event) -> None:
        if event["type"] == "StasisStart":
            told = self._waiting.get(event["channel"]["id"])
            if told is not None and not told.done():
                told.set_result(event["args"][0])

    def _dialplan(self) -> str:
        return (
            "[callee]\nexten => _X.,1,Answer()\n"
            f" same => n,Playback({self._sounds}/${{EXTEN}})\n same => n,Wait(20)\n"
            f"[judge]\nexten => s,1,AMD()\n same => n,Stasis({APPLICATION},${{AMDSTATUS}},${{AMDCAUSE}})\n"
        )


async def judge(clips: Iterable[Clip]) -> dict[str, Any]:
    """Return the rates of ``app_amd`` by condition."""
    base = Path(tempfile.mkdtemp(prefix="cw-amd-"))
    base.chmod(0o755)
    said: list[tuple[Clip, str]] = []
    try:
        judge = Judge(base)
        await judge.start()
        try:

            async def one(number: int, clip: Clip) -> None:
                try:
                    said.append((replace(clip, samples=clip.samples[:0]), await judge.decide(number, clip)))
                finally:
                    free.release()

            free = asyncio.Semaphore(_AT_ONCE)
            async with asyncio.TaskGroup() as group:
                waiting, number = iter(clips), 10
                # made in a thread: a clip takes a tenth of a second, and what Asterisk says must be read meanwhile
                while (clip := await asyncio.to_thread(next, waiting, None)) is not None:
                    await free.acquire()
                    group.create_task(one(number, clip))
                    number += 1
        finally:
            await judge.stop()
    finally:
        shutil.rmtree(base, ignore_errors=True)
    usual = [(clip, status) for clip, status in said if clip.condition in {"40", "20", "12"}]
    rows = {"12 dB and above": _rates(usual)}
    for condition in dict.fromkeys(clip.condition for clip, _ in said):
        rows[condition] = _rates([(clip, status) for clip, status in said if clip.condition == condition])
    return rows


def _rates(said: list[tuple[Clip, str]]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for who, wrong in (("human", "MACHINE"), ("machine", "HUMAN")):
        statuses = [status for clip, status in said if clip.take.who == who]
        count = statuses.count(wrong)
        row[f"{who}s"] = len(statuses)
        row[f"{who}_called_{wrong.lower()}"] = {
            "count": count,
            "rate": count / len(statuses) if statuses else None,
            "upper_95": upper_bound(count, len(statuses)) if statuses else None,
        }
    return row
