"""effebot's records and key actions as a flow of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callwright.api.dialects.effebot.asked import Action, Asked, Record
from callwright.api.dialects.literals import as_written

#: What the variables of a call are called that carry parameters and texts with braces.
PREFIX = "effebot_"


@dataclass(kw_only=True)
class Built:
    """A flow for ``POST /calls`` and where its parts come from."""

    flow: dict[str, Any]
    variables: dict[str, str] = field(default_factory=dict)
    #: Id of the action that begins with a step, by the step's id.
    actions: dict[str, int] = field(default_factory=dict)
    #: Where in the request a step stands, by its id.
    places: dict[str, str] = field(default_factory=dict)

    @property
    def recorded(self) -> bool:
        """Whether the calls are recorded."""
        return self.flow.get("recording") is not None


def build(asked: Asked, *, audio: Mapping[int, str], default_language: str) -> Built:
    """Return the flow of a request; ``audio`` are the ids of its records by number."""
    return _Builder(asked, audio, default_language).build()


def caller_id_of(asked: Asked) -> str:
    """Return whose number a manager is shown, as a step of ours says it."""
    return "own" if asked.manager_sees_sender else "callee"


class _Builder:
    def __init__(self, asked: Asked, audio: Mapping[int, str], default_language: str) -> None:
        self._asked = asked
        self._audio = audio
        self._language = (asked.language or default_language).replace("_", "-")
        self._steps: dict[str, Any] = {}
        self._built = Built(flow={})

    def build(self) -> Built:
        asked = self._asked
        start = self._ask("start", asked.record, asked.actions, otherwise=None)
        flow: dict[str, Any] = {"start": start, "steps": self._steps}
        if asked.language is not None:
            flow["language"] = self._language
        if asked.recording:
            flow["recording"] = True
        self._built.flow = flow
        return self._built

    def _ask(self, name: str, record: Record | None, actions: Sequence[Action], *, otherwise: str | None) -> str | None:
        """Add what is played and asked; return the step with which it begins.

        ``otherwise`` follows without a choice.
        """
        if not actions:
            return self._play(name, record, otherwise)
        targets = [(action, self._act(action)) for action in actions]
        stay = [target for action, target in targets if action.digit is None and not action.words]
        self._put(
            name,
            "ivrs" if record is None else record.at,
            {
                "type": "gather",
                "prompt": [] if record is None else [self._heard(record)],
                "attempts": 1,
                "branches": {str(action.digit): target for action, target in targets if action.digit is not None},
                "keywords": [
                    {"words": list(action.words), "next": target} for action, target in targets if action.words
                ],
                "default": stay[0] if stay else otherwise,
                "terminator": None,
            },
        )
        return name

    def _play(self, name: str, record: Record | None, following: str | None) -> str | None:
        if record is None:
            return following
        self._put(name, record.at, {**self._heard(record), "next": following})
        return name

    def _act(self, action: Action) -> str:
        """Add what an action does, in the order block, record, SMS, webhook, manager; return its first step.

        With keys of its own its record is their question, which comes after SMS and webhook and before the manager.
        """
        name = f"a{action.id}"
        following: str | None = None
        if action.manager is not None:
            following = f"{name}_manager"
            self._put(
                following,
                f"{action.at}.managerPhone",
                {
                    "type": "transfer",
                    "to": action.manager,
                    "caller_id": caller_id_of(self._asked),
                    "message": [],
                },
            )
        if action.actions:
            following = self._ask(f"{name}_ask", action.record, action.actions, otherwise=following)
        if action.webhook_url is not None:
            following = self._webhook(f"{name}_webhook", action, following)
        if action.sms is not None:
            step = {"type": "sms", "text": self._literal(action.sms), "next": following}
            following = self._put(f"{name}_sms", f"{action.at}.smsText", step)
        if action.record is not None and not action.actions:
            following = self._play(f"{name}_record", action.record, following)
        if action.block:
            step = {"type": "optout", "confirmation": None, "next": following}
            following = self._put(f"{name}_block", f"{action.at}.needBlock", step)
        # something to begin with, whatever it does: the timeline shows that it was chosen
        self._put(name, action.at, {"type": "set", "variables": {f"{PREFIX}action": str(action.id)}, "next": following})
        self._built.actions[name] = action.id
        return name

    def _webhook(self, name: str, action: Action, following: str | None) -> str:
        step: dict[str, Any] = {"type": "webhook", "url": action.webhook_url, "next": following}
        if action.webhook_parameters is not None:
            # as a value: what stands in it is no placeholder
            variable = f"{PREFIX}parameters_{action.id}"
            self._built.variables[variable] = action.webhook_parameters
            step["body"] = {"parameters": f"{{{{{variable}}}}}"}
        return self._put(name, f"{action.at}.webhookUrl", step)

    def _heard(self, record: Record) -> dict[str, Any]:
        if record.number is not None:
            return {"type": "play", "audio": self._audio[record.number]}
        letter = "M" if record.male else "F"
        return {"type": "say", "text": self._literal(record.text or ""), "voice": f"{self._language}-{letter}"}

    def _literal(self, text: str) -> str:
        """Return text that stays as it is written; nothing in it is a placeholder."""
        return as_written(text, self._built.variables, prefix=PREFIX)

    def _put(self, name: str, at: str, step: dict[str, Any]) -> str:
        self._steps[name] = step
        self._built.places[name] = at
        return name
