"""Records of an uploaded file that were refused, as a file to download."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi.responses import StreamingResponse

from callwright.contacts.exporting import cell, csv_line


def refused_records(name: str, page: Callable[[int], Awaitable[Sequence[Mapping[str, Any]]]]) -> StreamingResponse:
    """Stream them as CSV: line, field, reason, value.

    ``page`` returns the next ones after an ordinal, none at the end; ``name`` becomes part of the file's name.
    """

    async def lines() -> AsyncIterator[bytes]:
        yield csv_line(["line", "field", "reason", "value"])
        after = 0
        while found := await page(after):
            yield b"".join(
                csv_line([str(e["line"]), cell(e["field"]), cell(e["reason"]), cell(e["value"])]) for e in found
            )
            after = found[-1]["ordinal"]

    headers = {"Content-Disposition": f'attachment; filename="{name}-errors.csv"'}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)
