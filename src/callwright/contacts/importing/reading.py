"""The reading process of an import, and its batches as they come."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import orjson

from callwright.contacts.importing.taking import Encoded
from callwright.contacts.importing.worker import LENGTH
from callwright.contacts.values import wrong

#: Records of one transaction.
BATCH = 10_000
#: Bytes that are taken from the pipe before it holds the reader back: about a batch.
_BUFFER = 1 << 22


async def read_batches(job: Mapping[str, Any]) -> AsyncGenerator[Encoded, None]:
    """Yield the batches of a file; raises ``InvalidRequest`` where it cannot be read, ``OSError`` when the reader dies.

    ``job`` is what ``worker`` takes. Wrap it in ``contextlib.aclosing``: the process ends with the generator.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "callwright.contacts.importing.worker",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_BUFFER,
    )
    assert process.stdin is not None  # noqa: S101  (both are pipes)
    assert process.stdout is not None  # noqa: S101
    try:
        process.stdin.write(orjson.dumps(job) + b"\n")
        await process.stdin.drain()
        while True:
            head, rows = await _receive(process.stdout)
            if "error" in head:
                raise wrong("file", str(head["error"]).removeprefix("file: "), None)
            if "end" in head:
                return
            yield Encoded(**head, rows=rows)
    except (asyncio.IncompleteReadError, ConnectionError):
        raise OSError("the process that reads the file ended unexpectedly") from None
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _receive(stream: asyncio.StreamReader) -> tuple[dict[str, Any], bytes]:
    (length,) = LENGTH.unpack(await stream.readexactly(LENGTH.size))
    head = orjson.loads(await stream.readexactly(length))
    (length,) = LENGTH.unpack(await stream.readexactly(LENGTH.size))
    return head, await stream.readexactly(length)
