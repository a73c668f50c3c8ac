"""``operations`` of a call: what the document leaves open, decided here, to steps of a flow.

A JSON text (or the list itself) of objects: ``{"op": "play", "voiceFileId"}``, ``{"op": "say", "text", "voiceCode"}``,
``{"op": "gather", "buttons": {"1": [operations]}, "timeout", "retries"}``, ``{"op": "transfer", "to"}`` (a number,
``Ext:1000`` or ``sip:user@domain``), ``{"op": "record", "maxSeconds"}``, ``{"op": "hangup"}``; ``{"voiceFileId": …}``
alone plays it. What is played or said right before a ``gather`` is its prompt: a key may interrupt it, and a retry
repeats it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson

from callwright.api.dialects.multisender.asking import number_of
from callwright.api.dialects.multisender.fields import whole
from callwright.api.dialects.targets import target_of
from callwright.audio.models import Audio
from callwright.errors import FieldError, InvalidRequest
from callwright.numbers.parsing import read_number

OPERATIONS = ("play", "say", "gather", "transfer", "record", "hangup")
_SPOKEN = ("play", "say")
_KEYS = "0123456789*#"
_DEEPEST = 8
_MOST = 200
#: Of a prompt.
_LONGEST_PROMPT = 20


def parse_operations(given: Any) -> list[Any]:
    """Return the operations of a request as a list. Raises ``InvalidRequest``."""
    data = given
    if isinstance(given, str):
        try:
            data = orjson.loads(given)
        except orjson.JSONDecodeError as error:
            raise _wrong("operations", f"is not JSON: {error.msg}") from None
    if isinstance(data, Mapping):
        data = [data]
    if not isinstance(data, list) or not data:
        raise _wrong("operations", 'is required: a JSON text such as [{"op": "play", "voiceFileId": "1"}]')
    return data


def written(given: Any) -> str:
    """Return operations as the text that is shown again: as it came, or what was sent as JSON in its place."""
    return given if isinstance(given, str) else orjson.dumps(given).decode()


def files_named(operations: Any) -> set[int]:
    """Return the numbers of all voice files in operations, at any depth."""
    if isinstance(operations, list):
        return {number for part in operations for number in files_named(part)}
    if not isinstance(operations, Mapping):
        return set()
    own = {number_of(operations["voiceFileId"])} if "voiceFileId" in operations else set()
    buttons = operations.get("buttons")
    inner = files_named(list(buttons.values())) if isinstance(buttons, Mapping) else set()
    return (own | inner) - {0}


def with_targets(operations: Any, *, region: str, sandbox: bool) -> Any:
    """Return operations with whom transfers call as the native API writes them, at any depth.

    What is neither a number, nor an extension or a SIP address, stays as it came: it is refused with the flow.
    """
    if isinstance(operations, list):
        return [with_targets(part, region=region, sandbox=sandbox) for part in operations]
    if not isinstance(operations, Mapping):
        return operations
    read = dict(operations)
    if isinstance(read.get("buttons"), Mapping):
        read["buttons"] = {
            key: with_targets(part, region=region, sandbox=sandbox) for key, part in read["buttons"].items()
        }
    to = read.get("to")
    if read.get("op") == "transfer" and isinstance(to, str | int) and not isinstance(to, bool):
        try:
            read["to"] = target_of(str(to)) or read_number(to, field="to", region=region, sandbox=sandbox)
        except InvalidRequest:
            read["to"] = to
    return read


def flow_of(operations: Sequence[Any], files: Mapping[int, Audio]) -> dict[str, Any]:
    """Return the flow that operations describe, as an author writes it. Raises ``InvalidRequest``.

    ``files`` are the voice files that the caller can see, by number.
    """
    errors: list[FieldError] = []
    steps = _steps(operations, "operations", files, errors, 0)
    if not errors and not steps:
        errors.append(FieldError(field="operations", message="nothing would be heard"))
    if errors:
        raise InvalidRequest(errors)
    # a machine keeps the message, from the beep on
    return {"steps": steps, "on_machine": {"action": "same"}}


def heard_seconds(operations: Any, files: Mapping[int, Audio]) -> float:
    """Return how long the voice files of operations are, all together."""
    return sum(files[number].seconds for number in files_named(operations) if number in files)


def file_fault(files: Mapping[int, Audio], number: int) -> str | None:
    """Return why a voice file cannot be played, ``None``: it can."""
    audio = files.get(number)
    if audio is None:
        return "there is no such voice file"
    if audio.state == "pending":
        return "this voice file is still being converted; only those with status ready can be used"
    return f"this voice file has failed: {audio.reason}" if audio.state == "failed" else None


def _steps(
    operations: Sequence[Any], at: str, files: Mapping[int, Audio], errors: list[FieldError], depth: int
) -> list[dict[str, Any]]:
    if depth > _DEEPEST or len(operations) > _MOST:
        errors.append(FieldError(field=at, message=f"at most {_MOST} operations, {_DEEPEST} levels deep"))
        return []
    steps: list[dict[str, Any]] = []
    for index, item in enumerate(operations):
        where = f"{at}[{index}]"
        if not isinstance(item, Mapping):
            errors.append(FieldError(field=where, message="must be an object with op", received=str(item)[:60]))
            continue
        op = item.get("op", "play" if "voiceFileId" in item else None)
        if op not in OPERATIONS:
            message = f"must be one of {', '.join(OPERATIONS)}"
            errors.append(FieldError(field=f"{where}.op", message=message, received=str(op)[:60]))
            continue
        if op == "gather":
            prompt = _prompt_of(steps)
            steps.append(_gather(item, where, prompt, files, errors, depth))
        else:
            steps.append(_step(op, item, where, files, errors))
        if op == "hangup":
            break
    return steps


def _prompt_of(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Take what is spoken at the end of the steps off them."""
    prompt: list[dict[str, Any]] = []
    while steps and steps[-1]["type"] in _SPOKEN and len(prompt) < _LONGEST_PROMPT:
        prompt.insert(0, steps.pop())
    return prompt


def _step(
    op: str, item: Mapping[str, Any], at: str, files: Mapping[int, Audio], errors: list[FieldError]
) -> dict[str, Any]:
    if op == "play":
        number = number_of(item.get("voiceFileId"))
        fault = file_fault(files, number)
        if fault is not None:
            received = str(item.get("voiceFileId"))[:30]
            errors.append(FieldError(field=f"{at}.voiceFileId", message=fault, received=received))
            return {"type": "hangup"}
        return {"type": "play", "audio": files[number].id}
    if op == "say":
        text, voice = item.get("text"), item.get("voiceCode")
        if not isinstance(text, str) or not text.strip():
            errors.append(FieldError(field=f"{at}.text", message="is required: what is said", received=text))
        if voice is not None and not isinstance(voice, str):
            errors.append(FieldError(field=f"{at}.voiceCode", message="must be a voice code", received=voice))
        return {"type": "say", "text": str(text), **({"voice": voice} if voice else {})}
    if op == "transfer":
        to = item.get("to")
        if isinstance(to, bool) or not isinstance(to, str | int):
            message = "is required: a telephone number, Ext: and an extension, or a SIP address (sip:user@domain)"
            errors.append(FieldError(field=f"{at}.to", message=message, received=to))
        return {"type": "transfer", "to": str(to)}
    if op == "record":
        seconds = _between(item, "maxSeconds", at, 120, range(1, 3601), errors)
        return {"type": "record", "max_seconds": seconds}
    return {"type": "hangup"}


def _gather(
    item: Mapping[str, Any],
    at: str,
    prompt: list[dict[str, Any]],
    files: Mapping[int, Audio],
    errors: list[FieldError],
    depth: int,
) -> dict[str, Any]:
    buttons = item.get("buttons")
    branches: dict[str, Any] = {}
    if not isinstance(buttons, Mapping) or not buttons:
        message = 'is required: what each key does, such as {"1": [{"op": "hangup"}]}'
        errors.append(FieldError(field=f"{at}.buttons", message=message))
        buttons = {}
    for key, operations in buttons.items():
        where = f"{at}.buttons.{key}"
        if not _is_keys(key, _KEYS):
            errors.append(FieldError(field=where, message="is no key: 0 to 9, * and #", received=str(key)[:20]))
            continue
        inner = [operations] if isinstance(operations, Mapping) else operations
        if not isinstance(inner, list):
            errors.append(FieldError(field=where, message="must be a list of operations"))
            continue
        branches[key] = _steps(inner, where, files, errors, depth + 1) or [{"type": "hangup"}]
    timeout = _between(item, "timeout", at, 5, range(1, 121), errors)
    retries = _between(item, "retries", at, 1, range(10), errors)
    return {
        "type": "gather",
        "prompt": prompt,
        "branches": branches,
        "timeout_seconds": float(timeout),
        "attempts": retries + 1,
    }


def _is_keys(key: Any, allowed: Collection[str]) -> bool:
    return isinstance(key, str) and 1 <= len(key) <= 10 and all(each in allowed for each in key)


def _between(item: Mapping[str, Any], name: str, at: str, usual: int, allowed: range, errors: list[FieldError]) -> int:
    value = item.get(name)
    if value is None:
        return usual
    number = whole(value)
    if number is None or number not in allowed:
        message = f"must be a whole number from {allowed.start} to {allowed.stop - 1}"
        errors.append(FieldError(field=f"{at}.{name}", message=message, received=str(value)[:30]))
        return usual
    return number


def _wrong(field: str, message: str) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message)])
