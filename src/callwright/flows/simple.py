"""The short form of a call: one message, and what a key does. Compiles to a flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from callwright.errors import FieldError, InvalidRequest
from callwright.flows import fields
from callwright.flows.language import Flow, parse_flow
from callwright.flows.machine_option import MachineDetection, Mode
from callwright.flows.steps import Part

#: The message is repeated once when nothing is pressed.
DEFAULT_ATTEMPTS = 2
_MESSAGE_ID = "message"
_BRANCHES = f"steps.{_MESSAGE_ID}.branches."
_KEYWORDS = f"steps.{_MESSAGE_ID}.keywords["
#: Between words that mean the same: ``Yes|of course``.
WORD_MARK = "|"

#: Fields that an action needs, and those it may have.
_NEEDED: dict[str, tuple[str, ...]] = {"webhook": ("url",), "transfer": ("to",), "say": ("text",), "sms": ("text",)}
_ALLOWED: dict[str, tuple[str, ...]] = {
    "webhook": ("url", "message"),
    "transfer": ("to", "message"),
    "sms": ("text", "message"),
    "say": ("text",),
    "optout": ("message", "scope"),
}


class DtmfAction(Part):
    """What a key does, or a word."""

    #: ``webhook``: post to ``url``; ``optout``: never call again; ``transfer``: connect with ``to``; ``repeat``: the
    #: message again; ``say``: speak ``text``; ``sms``: send ``text`` to the callee; ``hangup``: end the call.
    action: Literal["webhook", "optout", "transfer", "repeat", "hangup", "say", "sms"]
    url: fields.Url | None = Field(default=None, validate_default=True)
    to: fields.Destination | None = Field(default=None, validate_default=True)
    text: fields.Text | None = Field(default=None, validate_default=True)
    #: Spoken after a webhook or an SMS, before a transfer, as the confirmation of an opt-out.
    message: fields.Text | None = None
    #: Of an opt-out; ``None``: the whole organisation.
    scope: Literal["organisation", "channel", "campaign", "topic"] | None = None

    @field_validator("url", "to", "text", "message", "scope")
    @classmethod
    def _suits_action(cls, value: str | None, info: ValidationInfo) -> str | None:
        action, name = info.data.get("action"), info.field_name or ""
        if action is None:
            return value
        if value is None and name in _NEEDED.get(action, ()):
            raise ValueError(f"is required for the action {action}")
        if value is not None and name not in _ALLOWED.get(action, ()):
            raise ValueError(f"is not a field of the action {action}")
        if action == "sms" and name == "text" and value is not None and len(value) > fields.MAX_SMS:
            raise ValueError(f"must have at most {fields.MAX_SMS} characters for the action sms")
        return value


def call_flow(
    message: str,
    *,
    dtmf: Mapping[str, DtmfAction] | None = None,
    keywords: Mapping[str, DtmfAction] | None = None,
    voice: str | None = None,
    language: str | None = None,
    rate: float = 1.0,
    pitch: float = 1.0,
    attempts: int = DEFAULT_ATTEMPTS,
    machine_detection: MachineDetection | None = None,
    audio: str | None = None,
) -> Flow:
    """Return the flow of a message, or of an ``audio`` in its place, and of keys and words that can interrupt it.

    Without them it is spoken and the call ends. A name in ``keywords`` is a word, or several: ``Yes|of course``.

    Where the message is for machines only, a person hears who called, and key 9 is an opt-out unless ``dtmf`` says
    what keys do.
    Raises ``InvalidRequest`` whose fields are the arguments': ``message``, ``dtmf.1.url``, ``rate``.
    """

    def say(text: str) -> dict[str, Any]:
        return {"type": "say", "text": text, "rate": rate, "pitch": pitch}

    detection = machine_detection or MachineDetection(mode=Mode.OFF)
    spoken = say(message) if audio is None else {"type": "play", "audio": audio}
    on_machine = detection.on_machine(spoken, None if detection.message is None else say(detection.message))
    if detection.person_message is not None:
        spoken = say(detection.person_message)
        dtmf, attempts = dtmf or {"9": DtmfAction(action="optout")}, 1
    steps: dict[str, Any] = {_MESSAGE_ID: spoken}
    words = dict(keywords or {})
    if dtmf or words:
        steps[_MESSAGE_ID] = {
            "type": "gather",
            "prompt": [spoken],
            "attempts": attempts,
            "branches": {key: _target(action, rate, pitch) for key, action in (dtmf or {}).items()},
            "keywords": [
                {"words": [word.strip() for word in name.split(WORD_MARK)], "next": _target(action, rate, pitch)}
                for name, action in words.items()
            ],
        }
    try:
        flow = parse_flow(
            {"start": _MESSAGE_ID, "voice": voice, "language": language, "steps": steps, "on_machine": on_machine}
        )
    except InvalidRequest as error:
        raise InvalidRequest([_renamed(fault, detection) for fault in _outside(error.errors, (*words,))]) from None
    flow.show_paths_as(lambda path: _named_for(detection, _outside_path(path, (*words,))))
    return flow


def _renamed(fault: FieldError, detection: MachineDetection) -> FieldError:
    return FieldError(field=_named_for(detection, fault.field), message=fault.message, received=fault.received)


def _named_for(detection: MachineDetection, field: str) -> str:
    """Return what the author calls a text: which of the two a machine hears depends on the mode."""
    only = detection.mode is Mode.MACHINE_ONLY
    if field.startswith("on_machine."):
        return "message" if only else "machine_detection.message"
    return "machine_detection.person_message" if only and field == "message" else field


def _target(action: DtmfAction, rate: float, pitch: float) -> Any:
    if action.action == "repeat":
        return _MESSAGE_ID
    spoken = [{"type": "say", "text": action.message, "rate": rate, "pitch": pitch}] if action.message else []
    steps: dict[str, list[dict[str, Any]]] = {
        "webhook": [{"type": "webhook", "url": action.url}, *spoken],
        "sms": [{"type": "sms", "text": action.text}, *spoken],
        "say": [{"type": "say", "text": action.text, "rate": rate, "pitch": pitch}],
        "transfer": [{"type": "transfer", "to": action.to, "message": spoken}],
        "optout": [_opt_out(action)],
    }
    return steps.get(action.action)


def _opt_out(action: DtmfAction) -> dict[str, Any]:
    step: dict[str, Any] = {"type": "optout"}
    if action.message:
        step["confirmation"] = action.message
    if action.scope:
        step["scope"] = action.scope
    return step


def _outside(faults: Sequence[FieldError], words: Sequence[str]) -> list[FieldError]:
    """Return the faults of the compiled flow as those of the arguments, each field once."""
    found: dict[str, FieldError] = {}
    for fault in faults:
        # speed and pitch stand in every spoken step, but were given once
        once = fault.field.endswith((".rate", ".pitch"))
        field = fault.field.rpartition(".")[2] if once else _outside_path(fault.field, words)
        found.setdefault(field, FieldError(field=field, message=fault.message, received=fault.received))
    return list(found.values())


def _outside_path(path: str, words: Sequence[str]) -> str:
    """Return the argument that became what stands at ``path`` of the compiled flow."""
    if path.startswith(_BRANCHES):
        key, _, field = path.removeprefix(_BRANCHES).partition("[")
        return _of_action(f"dtmf.{key}", field)
    if path.startswith(_KEYWORDS):
        place, _, field = path.removeprefix(_KEYWORDS).partition("]")
        return _of_action(f"keywords.{words[int(place)]}", field.partition("next[")[2])
    name = path.removeprefix(f"steps.{_MESSAGE_ID}").removeprefix(".prompt[0]").removeprefix(".")
    return "message" if name in {"", "text"} else name


def _of_action(name: str, place: str) -> str:
    """Return the field of a key's or a word's action; ``place``: index of the step, ``]``, and its field."""
    index, _, field = place.partition("].")
    if (index, field) == ("1", "text") or field == "confirmation" or field.startswith("message["):
        field = "message"
    return f"{name}.{field}" if field else name
