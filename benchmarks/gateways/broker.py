"""What Jasmin keeps its messages in: RabbitMQ and Redis, each in a folder and on ports of the run."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import results
from benchmarks.gateways import debian, programs
from benchmarks.gateways.debian import Missing

_PACKAGES = ("rabbitmq-server",)
_BUILT_FOR = "/usr/lib/erlang"


@dataclass(frozen=True, kw_only=True)
class Broker:
    """Where the two listen on loopback, and their processes."""

    amqp: int
    redis: int
    processes: tuple[psutil.Process, ...]


def _rabbit() -> tuple[Path, str]:
    """Return RabbitMQ's folder, and the folder of Erlang's programs: those of the machine, else unpacked ones."""
    installed = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*"))
    if installed and shutil.which("erl"):
        return installed[-1], f"{_BUILT_FOR}/bin"
    root = debian.unpacked(results.ROOT / ".cache" / "bench" / "rabbitmq", _PACKAGES)
    erlang = root / _BUILT_FOR[1:]
    starter = erlang / "bin" / "erl"
    found = sorted(root.glob("usr/lib/rabbitmq/lib/rabbitmq_server-*"))
    if not found or not starter.exists():
        raise Missing("Debian's package rabbitmq-server came without RabbitMQ or without Erlang")
    # the starter names the folder that Erlang is installed into
    text = starter.read_text()
    if f"={_BUILT_FOR}\n" in text:
        starter.write_text(text.replace(f"={_BUILT_FOR}\n", f"={erlang}\n").replace(f'"{_BUILT_FOR}"', f'"{erlang}"'))
    return found[-1], str(erlang / "bin")


@asynccontextmanager
async def broker(folder: Path) -> AsyncIterator[Broker]:
    """Run both, with their data in ``folder``. Raises ``Missing``."""
    rabbit, erlang = _rabbit()
    redis = shutil.which("redis-server")
    if redis is None:
        raise Missing("redis-server is not on this machine: scripts/peers brings it")
    names, amqp, between, redis_port = programs.ports(4)
    home = folder / "rabbitmq"
    home.mkdir()
    env = {
        **os.environ,
        "HOME": str(home),
        "PATH": os.pathsep.join([erlang, os.environ.get("PATH", os.defpath)]),
        # a name server of the run's own, which ends with it
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_NODENAME": f"bench{amqp}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(amqp),
        "RABBITMQ_DIST_PORT": str(between),
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
        "RABBITMQ_CONFIG_FILE": str(home / "none"),
        "RABBITMQ_CONF_ENV_FILE": str(home / "none.sh"),
    }
    epmd = next(iter(sorted(Path(erlang).resolve().parent.glob("erts-*/bin/epmd"))), None)
    if epmd is None:
        raise Missing("Erlang came without its name server epmd")
    server = [redis, "--port", str(redis_port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    async with AsyncExitStack() as stack:
        named: list[str | Path] = [epmd, "-port", str(names), "-address", "127.0.0.1"]
        await stack.enter_async_context(programs.program(named, folder, env=env, port=names))
        queue = await stack.enter_async_context(
            programs.program([rabbit / "sbin" / "rabbitmq-server"], folder, env=env, port=amqp)
        )
        memory = await stack.enter_async_context(programs.program(server, folder, env=os.environ, port=redis_port))
        yield Broker(amqp=amqp, redis=redis_port, processes=(queue, memory))
