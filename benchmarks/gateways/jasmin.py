"""Jasmin 0.11.0 as a baseline: its HTTP interface, RabbitMQ and Redis behind it, receipts told to a URL of ours.

It runs as its documents say: the daemons for receipts beside the main one. Its package is put into a virtual
environment of its own, once.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

import psutil

from benchmarks import results
from benchmarks.gateways import programs, rush
from benchmarks.gateways.broker import Broker, broker
from benchmarks.gateways.debian import Missing
from benchmarks.gateways.rush import Texts

#: Not 0.11.1: it asks the request for what only its answer has, so that no receipt of a text in one part is ever told.
#: Jasmin's dependencies import ``pkg_resources``, which newer setuptools have no more.
_REQUIREMENTS = ("jasmin==0.11.0", "setuptools<81")
_PROTOCOL = "amqp0-9-1.stripped.xml"
_INSTALL_SECONDS = 600
_CONNECTOR = "centre"


def _environment() -> Path:
    """Return the virtual environment with Jasmin, which is made when it is not there. Raises ``Missing``."""
    folder = results.ROOT / ".cache" / "bench" / "jasmin"
    if (folder / "bin" / "jasmind.py").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    base = str(getattr(sys, "_base_executable", sys.executable))
    python = folder / "bin" / "python"
    for command in (
        [base, "-m", "venv", "--without-pip", str(folder)],
        [base, "-m", "pip", "--python", str(python), "install", "--quiet", "setuptools<81", "wheel"],
        [base, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-build-isolation", *_REQUIREMENTS],
    ):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            shutil.rmtree(folder, ignore_errors=True)
            raise Missing(f"installing jasmin did not end in {_INSTALL_SECONDS} s") from None
        if done.returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            raise Missing(f"{' '.join(command[1:4])} failed: {done.stderr.strip()[-300:]}")
    return folder


@asynccontextmanager
async def _jasmin(folder: Path, kept: Broker) -> AsyncIterator[tuple[int, int, list[psutil.Process]]]:
    """Run Jasmin's daemons; yields the ports of its HTTP interface and of its console, and the processes."""
    venv = _environment()
    protocol = next(iter(venv.glob(f"lib/python3*/site-packages/txamqp/specs/standard/{_PROTOCOL}")), None)
    if protocol is None:
        raise Missing(f"Jasmin's packages came without {_PROTOCOL}")
    for place in ("etc/jasmin/resource", "etc/jasmin/store", "log"):
        (folder / place).mkdir(parents=True)
    # its package lacks the file that its queue's client reads
    shutil.copyfile(protocol, folder / "etc/jasmin/resource/amqp0-9-1.xml")
    http, console, router, clients, smpp, between = programs.ports(6)
    settings: dict[str, dict[str, str | int]] = {
        "http-api": {"bind": "127.0.0.1", "port": http, "log_level": "ERROR", "access_log": "/dev/null"},
        "jcli": {"bind": "127.0.0.1", "port": console, "authentication": "False"},
        "router": {"bind": "127.0.0.1", "port": router},
        "client-management": {"bind": "127.0.0.1", "port": clients},
        "smpp-server": {"bind": "127.0.0.1", "port": smpp},
        "smpp-server-pb": {"bind": "127.0.0.1", "port": between},
        "smpp-server-pb-client": {"host": "127.0.0.1", "port": between},
        "amqp-broker": {"host": "127.0.0.1", "port": kept.amqp},
        "redis-client": {"host": "127.0.0.1", "port": kept.redis},
        "sm-listener": {"log_level": "ERROR"},
        "service-smppclient": {"log_level": "ERROR"},
        # a receipt within a millisecond overtakes its answer: it is looked for again soon, and not given up
        "dlr": {"log_level": "ERROR", "dlr_lookup_retry_delay": 1, "dlr_lookup_max_retries": 100},
        "dlr-thrower": {"log_level": "ERROR"},
    }
    text = "\n".join(
        f"[{section}]\n" + "".join(f"{name} = {value}\n" for name, value in values.items())
        for section, values in settings.items()
    )
    for name in ("jasmin.cfg", "dlr.cfg", "dlrlookupd.cfg"):
        (folder / "etc/jasmin" / name).write_text(text)
    env = {
        **os.environ,
        "ROOT_PATH": str(folder),
        "CONFIG_PATH": f"{folder}/etc/jasmin/",
        "RESOURCE_PATH": f"{folder}/etc/jasmin/resource/",
        "STORE_PATH": f"{folder}/etc/jasmin/store/",
        "LOG_PATH": str(folder / "log"),
    }
    python = venv / "bin" / "python"
    async with AsyncExitStack() as stack:
        processes = []
        for daemon, port in (("jasmind.py", http), ("dlrlookupd.py", None), ("dlrd.py", None)):
            # those that listen nowhere are named by the run: two benches at once must not lock each other out
            named = [] if port else ["-i", f"bench{http}"]
            argv: list[str | Path] = [python, venv / "bin" / daemon, *named]
            log = folder / daemon
            log.mkdir()
            processes.append(await stack.enter_async_context(programs.program(argv, log, env=env, port=port)))
        yield http, console, processes


async def _said(port: int, lines: Sequence[str]) -> str:
    """Say lines to Jasmin's console, each after its prompt; returns all that it said."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    said = b""
    try:
        async with asyncio.timeout(30):
            # it greets without a prompt
            await reader.readuntil(b"Session ref")
            writer.write(b"\r\n")
            for line in [*lines, None]:
                while not said.endswith((b"jcli : ", b"> ")):
                    if not (more := await reader.read(4096)):
                        return said.decode(errors="replace")
                    said += more
                if line is not None:
                    writer.write(f"{line}\r\n".encode())
                    said += b"\n"
    except TimeoutError:
        raise Missing(f"Jasmin's console did not answer: {said[-200:].decode(errors='replace')}") from None
    finally:
        writer.close()
    return said.decode(errors="replace")


async def _set_up(console: int, centre: int) -> None:
    """Make a user, a connector to the message centre without a limit of its rate, and a route over it."""
    for lines in (
        ["group -a", "gid bench", "ok"],
        ["user -a", "username bench", "password bench", "gid bench", "uid bench", "ok"],
        [
            *("smppccm -a", f"cid {_CONNECTOR}", "host 127.0.0.1", f"port {centre}", "username bench"),
            *("password bench", "submit_throughput 0", "log_level 40", "ok"),
        ],
        ["mtrouter -a", "type defaultroute", f"connector smppc({_CONNECTOR})", "rate 0.0", "ok"],
        [f"smppccm -1 {_CONNECTOR}"],
    ):
        said = await _said(console, lines)
        if "Successfully" not in said:
            raise Missing(f"Jasmin's console refused {lines[0]!r}: {said[-300:]}")

    async def bound() -> bool:
        return "BOUND_TRX" in await _said(console, ["smppccm --list"])

    await programs.until(bound, "Jasmin is bound to the message centre", seconds=30)


async def through_http(folder: Path, centre: int, texts: Texts) -> dict[str, float]:
    """Return what sending cost, from the first request to the last receipt at our address."""
    async with AsyncExitStack() as stack:
        kept = await stack.enter_async_context(broker(folder))
        http, console, processes = await stack.enter_async_context(_jasmin(folder, kept))
        await _set_up(console, centre)
        receipts = await stack.enter_async_context(rush.receipts(b"ACK/Jasmin"))
        asked = {"username": "bench", "password": "bench", "from": texts.sender, "content": texts.text}
        asked |= {"dlr": "yes", "dlr-level": "2", "dlr-method": "GET"}
        paths = [
            f"/send?{urlencode({**asked, 'to': to, 'dlr-url': receipts.url(number)})}"
            for number, to in enumerate(texts.recipients)
        ]
        return await rush.measure([*processes, *kept.processes], http, paths, receipts)
