"""The option ``machine_detection`` of a call with a message: who answers is found out, and what a machine hears."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from callwright.flows import fields
from callwright.flows.steps import Part


class Mode(StrEnum):
    """What happens when a machine answers."""

    #: Nobody listens for one.
    OFF = "off"
    HANGUP = "hangup"
    #: The call's message, after the beep.
    SAME = "same"
    #: Another message, after the beep.
    LEAVE = "leave"
    #: The message is for machines only; a person hears who called, and that is all.
    MACHINE_ONLY = "machine_only"


#: ``MachineDetection`` or one of the modes that need no more, as JSON Schema for the API's description.
JSON_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"enum": ["off", "hangup", "same"]},
        {
            "type": "object",
            "required": ["mode"],
            "additionalProperties": False,
            "properties": {
                "mode": {"enum": [mode.value for mode in Mode]},
                "message": {"type": ["string", "null"], "description": "What a machine hears in the mode leave."},
                "person_message": {
                    "type": ["string", "null"],
                    "description": "What a person hears in the mode machine_only.",
                },
                "speak": {"enum": ["after_greeting", "at_once"], "default": "after_greeting"},
            },
        },
        {"type": "null"},
    ]
}


class MachineDetection(Part):
    """How a call deals with answering machines."""

    mode: Mode
    #: What a machine hears in the mode ``leave``.
    message: fields.Text | None = Field(default=None, validate_default=True)
    #: What a person hears in the mode ``machine_only``: who calls, and why there is nothing more. Nobody is called to
    #: hear silence; in the United States a prerecorded message begins with its caller (47 CFR 64.1200 (b)).
    person_message: fields.Text | None = Field(default=None, validate_default=True)
    #: When a person hears the first words.
    speak: Literal["after_greeting", "at_once"] = "after_greeting"

    @field_validator("message", "person_message")
    @classmethod
    def _suits_mode(cls, value: str | None, info: ValidationInfo) -> str | None:
        mode, name = info.data.get("mode"), info.field_name
        if mode is None:
            return value
        needed = {"message": Mode.LEAVE, "person_message": Mode.MACHINE_ONLY}[str(name)]
        if mode is needed and value is None:
            raise ValueError(f"is required for the mode {mode}")
        if mode is not needed and value is not None:
            raise ValueError(f"is for the mode {needed} only")
        return value

    def on_machine(self, message: dict[str, Any], other: dict[str, Any] | None) -> dict[str, Any] | None:
        """Return the flow's ``on_machine``: ``message`` is the step of the call's own, ``other`` that of ours."""
        if self.mode is Mode.OFF:
            return None
        if self.mode in {Mode.HANGUP, Mode.SAME}:
            return {"action": self.mode.value, "speak": self.speak}
        return {"leave": [message if self.mode is Mode.MACHINE_ONLY else other], "speak": self.speak}
