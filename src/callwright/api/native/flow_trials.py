"""``/flows/try``: a websocket on which a flow is tried: heard, answered by keys and words, and watched.

Messages are described in docs/reference/try-a-flow.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts.models import Principal
from callwright.api.native.call_requests import MAX_VARIABLES, Value, audio_named
from callwright.api.native.flows import compiler_of
from callwright.api.native.problems import problem_of
from callwright.api.native.services import Services
from callwright.api.native.trial_lines import Line
from callwright.api.native.validation import parsed
from callwright.api.native.websocket_security import principal_of_websocket
from callwright.errors import CallwrightError, FieldError, InvalidRequest, Unauthorized, Unavailable
from callwright.flows.language import parse_flow
from callwright.flows.storable import unstorable

router = APIRouter()

PERMISSION = "flows:write"
#: How long a page may take to say what it wants to try, in seconds.
_FIRST_SECONDS = 30
_LARGEST = 512 * 1024
#: Close codes of RFC 6455: policy violation, and going on as wished.
_REFUSED, _DONE = 1008, 1000


class TrialRequest(BaseModel):
    """The first message: what is to be tried."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Literal["start"]
    flow: dict[str, Any]
    variables: dict[str, Value] = Field(default_factory=dict, max_length=MAX_VARIABLES)
    to: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{3,14}$")] = "+12125550100"
    from_: Annotated[str, Field(alias="from", pattern=r"^\+[1-9][0-9]{3,14}$")] = "+12125550199"
    answered_by: Literal["person", "machine"] = "person"


@router.websocket("/flows/try")
async def try_flow(websocket: WebSocket) -> None:
    """Run a flow for whoever is at the other end."""
    services: Services = websocket.app.state.services
    try:
        caller = await principal_of_websocket(websocket, services, PERMISSION)
    except Unauthorized:
        # before it is accepted, a close is an answer of 403
        await websocket.close()
        return
    except CallwrightError as error:
        await websocket.accept()
        await _refuse(websocket, error)
        return
    await websocket.accept()
    try:
        wanted, flow = await _first(websocket, services, caller)
        await _run(websocket, services, caller, wanted, flow)
    except CallwrightError as error:
        await _refuse(websocket, error)
    except WebSocketDisconnect:
        return


async def _first(websocket: WebSocket, services: Services, caller: Principal) -> tuple[TrialRequest, Mapping[str, Any]]:
    """Return what is to be tried, and its flow in canonical form. Raises ``InvalidRequest`` and what follows."""
    try:
        async with asyncio.timeout(_FIRST_SECONDS):
            text = await websocket.receive_text()
    except (TimeoutError, KeyError):
        raise _wrong("body", "the first message must be JSON, and say what to try") from None
    data = _read(text)
    if not isinstance(data, dict):
        raise _wrong("body", "the first message must be a JSON object of at most 512 kB")
    faults = unstorable(data)
    if faults:
        raise InvalidRequest(faults)
    wanted = parsed(TrialRequest, data)
    audio = await services.audio.items.among(caller, audio_named(wanted.flow))
    compiled = compiler_of(services, caller, audio).check(parse_flow(wanted.flow, at="flow"), at="flow")
    missing = {name.casefold(): name for _, name in compiled.missing(wanted.variables)}
    if missing:
        raise InvalidRequest(
            [
                FieldError(field=f"variables.{name}", message="the flow says it, and it has no value", received=None)
                for name in missing.values()
            ]
        )
    return wanted, compiled.body


async def _run(
    websocket: WebSocket, services: Services, caller: Principal, wanted: TrialRequest, flow: Mapping[str, Any]
) -> None:
    trials = services.trials
    if trials is None:
        raise Unavailable("flows cannot be tried here: this process places no calls")
    line = trials.line()

    async def call() -> None:
        try:
            await trials.run(
                line,
                organisation_id=caller.organisation.id,
                flow=flow,
                variables=wanted.variables,
                to=wanted.to,
                from_=wanted.from_,
                voice=caller.organisation.voice,
                answered_by=wanted.answered_by,
            )
        finally:
            line.close()

    calling = asyncio.create_task(call(), name="a trial")
    reading = asyncio.create_task(_read_all(websocket, line), name="what a trial's page says")
    closing = asyncio.create_task(services.closing.wait())
    sending = asyncio.create_task(_send_all(websocket, line), name="what a trial's page is told")
    try:
        await asyncio.wait({sending, closing}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done() and not sending.cancelled():
            sending.result()
            await calling
            await websocket.close(_DONE)
    except WebSocketDisconnect:
        return
    finally:
        line.take({"type": "left"})
        for task in (reading, closing, sending):
            task.cancel()
        await asyncio.wait({calling, reading, closing, sending}, timeout=5)
        calling.cancel()


async def _read_all(websocket: WebSocket, line: Line) -> None:
    """Hand on what the page says until it leaves."""
    try:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("bytes") is not None:
                line.take(message["bytes"])
                continue
            data = _read(message.get("text") or "")
            if isinstance(data, dict):
                line.take(data)
    finally:
        line.take({"type": "left"})


async def _send_all(websocket: WebSocket, line: Line) -> None:
    while (message := await line.outbox.get()) is not None:
        if isinstance(message, bytes):
            await websocket.send_bytes(message)
        else:
            await websocket.send_text(orjson.dumps(message, default=str).decode())


async def _refuse(websocket: WebSocket, error: CallwrightError) -> None:
    try:
        problem = orjson.loads(bytes(problem_of(error).body))
        await websocket.send_text(orjson.dumps({"type": "refused", "problem": problem}).decode())
        await websocket.close(_REFUSED)
    except (WebSocketDisconnect, RuntimeError):
        # it has gone
        return


def _read(text: str) -> Any:
    if len(text) > _LARGEST:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _wrong(field: str, message: str) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message)])
