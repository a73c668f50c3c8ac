"""What effebot's ``create`` and ``createWithTemplate`` ask for, read and checked as the document says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from callwright.api.dialects.fields import Fields, Findings
from callwright.errors import InvalidRequest
from callwright.numbers.parsing import read_number

MAX_PHONES = 5_000
MAX_TEXT = 1024
MAX_SMS = 70
MAX_WEBHOOK_URL = 255
MAX_ACTIONS = 100
MAX_DEPTH = 20
#: What a variable of a call can carry.
MAX_PARAMETERS = 2000
_MOST_WORDS = 50
#: The last second that four digits of a year can say.
LATEST = 253_402_300_799
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::[0-5][0-9])?")
#: Seconds a telephone may ring, and minutes after which a call is made once more.
_RING = (5, 120)
_DELAY = (2, 1440)


@dataclass(frozen=True, kw_only=True)
class Record:
    """What is heard: an audio by its number, or a text."""

    number: int | None
    text: str | None
    male: bool
    at: str


@dataclass(frozen=True, kw_only=True)
class Action:
    """What a key or a word does; one without either is for who chooses nothing."""

    #: Counts the actions of a request from 1, in the order of writing: ``ivrIdList`` names them.
    id: int
    at: str
    digit: int | None
    words: Sequence[str]
    block: bool
    record: Record | None
    sms: str | None
    webhook_url: str | None
    #: JSON text of an object.
    webhook_parameters: str | None
    #: E.164.
    manager: str | None
    actions: Sequence[Action]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request for calls."""

    phones: Sequence[Any]
    #: E.164; ``None``: ``dutyPhone``, one of the organisation's numbers at random.
    sender: str | None
    #: UNIX seconds.
    planned_at: int | None
    #: ``None``: the request does not say.
    recording: bool | None
    webhook_url: str | None
    webhook_parameters: str | None
    record: Record | None
    actions: Sequence[Action]
    #: Of ``createWithTemplate``.
    template: int | None
    variables: Mapping[str, str]
    #: ``None``: the request does not say.
    manager_sees_sender: bool | None
    language: str | None
    label: str | None
    comment: str | None
    ring_seconds: int | None
    #: Minutes after which a call that reached nobody is made once more.
    delay: int | None
    #: ``hours`` of ``POST /calls``; ``None``: any hour.
    hours: Mapping[str, Any] | None
    ignored: Sequence[str]


class Reader:
    """Reads one request."""

    def __init__(self, fields: Mapping[str, Any], *, region: str, sandbox: bool) -> None:
        self.findings = Findings()
        self.top = Fields(fields, self.findings)
        self._region = region
        self._sandbox = sandbox
        self._count = 0

    def create(self, *, templated: bool) -> Asked:
        """Return what is asked for. Raises ``InvalidRequest`` that names everything wrong."""
        top = self.top
        top.raw("apiKey")
        template: int | None = None
        variables: Mapping[str, str] = {}
        record: Record | None = None
        actions: Sequence[Action] = ()
        if templated:
            template = top.integer("templateId", 1, 2**62, required=True)
            variables = self._variables()
        else:
            record = self._record(top, required=True)
            actions = self._actions(top, 0)
        asked = Asked(
            phones=self._phones(),
            sender=self._sender(),
            planned_at=top.integer("plannedAt", 0, LATEST),
            recording=self._said("needRecording"),
            webhook_url=top.text("webhookUrl", most=MAX_WEBHOOK_URL) or None,
            webhook_parameters=self._parameters(top),
            record=record,
            actions=actions,
            template=template,
            variables=variables,
            manager_sees_sender=self._said("isManagerDeliveryPhone"),
            language=top.text("lang", most=20) or None,
            label=top.text("label", most=255) or None,
            comment=top.text("comment", most=1000) or None,
            ring_seconds=top.integer("answerTimeout", *_RING),
            delay=top.integer("smartDelay", *_DELAY),
            hours=self._hours(),
            ignored=self.findings.ignored,
        )
        self.done()
        return asked

    def done(self) -> None:
        """List what nobody asked for; raise what is wrong."""
        self.top.done()
        self.findings.check()

    def _said(self, name: str) -> bool | None:
        """Return what a flag says; ``None``: it is absent or empty."""
        return None if self.top.raw(name) == "" else self.top.flag(name)

    def _hours(self) -> Mapping[str, Any] | None:
        """Return the window that programs ask for although the document does not have it: account time, ISO days."""
        start, end = self._clock("startTime"), self._clock("endTime")
        given = self.top.raw("weekdays")
        days = []
        if given is not None and given != "":
            listed = given.split(",") if isinstance(given, str) else given
            days = [
                day
                for index, one in enumerate(Fields({"weekdays": listed}, self.findings).items("weekdays", most=7))
                if (
                    day := Fields({str(index): one}, self.findings, "weekdays").integer(str(index), 1, 7, required=True)
                )
            ]
        if start is None and end is None and not days:
            return None
        window: dict[str, Any] = {"from": start or "00:00", "until": end or "23:59"}
        if window["from"] == window["until"]:
            self.findings.wrong("endTime", "must not be startTime: the window would never open", window["until"])
        if days:
            window["weekdays"] = sorted(set(days))
        return {"windows": [window], "time_zone": "account"}

    def _clock(self, name: str) -> str | None:
        text = self.top.text(name, most=10)
        if not text:
            return None
        found = _CLOCK.fullmatch(text)
        if found is None:
            self.findings.wrong(name, "must be a time of day such as 09:00", text)
            return None
        return f"{int(found[1]):02}:{found[2]}"

    def _phones(self) -> Sequence[Any]:
        many, one = self.top.raw("phones"), self.top.raw("phone")
        if many is not None and many != "":
            phones = self.top.items("phones", most=MAX_PHONES, required=True)
            if one is not None and one != "":
                self.top.pass_over("phone")
        elif one is None or one == "":
            self.findings.wrong("phone", "is required (or phones, for several)")
            return ()
        else:
            phones = [one]
        return phones

    def _sender(self) -> str | None:
        duty = self.top.flag("dutyPhone")
        text = self.top.text("outgoingPhone", most=40)
        if not text:
            if not duty:
                self.findings.wrong("outgoingPhone", "is required (or dutyPhone 1, for one of your numbers)")
            return None
        if duty:
            self.top.pass_over("outgoingPhone")
            return None
        return self.number(self.top, "outgoingPhone", text)

    def number(self, fields: Fields, name: str, text: str) -> str | None:
        """Return a number in E.164; notes one that cannot be."""
        try:
            return read_number(text, field=fields.where(name), region=self._region, sandbox=self._sandbox)
        except InvalidRequest as error:
            self.findings.errors += error.errors
            return None

    def _record(self, owner: Fields, *, required: bool) -> Record | None:
        given = owner.raw("record")
        fields = owner.inner("record", required=required)
        if fields is None or given == {}:
            if given == {} and required:
                owner.wrong("record", "needs id or text")
            return None
        number = fields.integer("id", 1, 2**62)
        text = fields.text("text", most=MAX_TEXT) or None
        if number is None and text is None and not any(one.field.startswith(fields.at) for one in self.findings.errors):
            owner.wrong("record", "needs id or text")
        gender = fields.integer("gender", 0, 1)
        if number is not None and text is not None:
            fields.pass_over("text")
        fields.done()
        return Record(number=number, text=None if number else text, male=gender == 1, at=fields.at)

    def _actions(self, owner: Fields, depth: int) -> Sequence[Action]:
        if depth > MAX_DEPTH:
            owner.wrong("ivrs", f"may stand inside each other {MAX_DEPTH} deep")
            return ()
        found: list[Action] = []
        for fields in owner.each("ivrs", most=MAX_ACTIONS):
            self._count += 1
            action_id = self._count
            if self._count == MAX_ACTIONS + 1:
                owner.wrong("ivrs", f"must have at most {MAX_ACTIONS} in all")
            digit = fields.integer("digit", 0, 9)
            words = self._words(fields)
            if digit is not None and any(other.digit == digit for other in found):
                fields.wrong("digit", "another one has this digit")
            if digit is None and not words and any(other.digit is None and not other.words for other in found):
                self.findings.wrong(fields.at, "another one is for who chooses nothing: give digit or keyWords")
            manager = fields.text("managerPhone", most=40)
            found.append(
                Action(
                    id=action_id,
                    at=fields.at,
                    digit=digit,
                    words=words,
                    block=bool(fields.flag("needBlock")),
                    record=self._record(fields, required=False),
                    sms=fields.text("smsText", most=MAX_SMS) or None,
                    webhook_url=fields.text("webhookUrl", most=2000) or None,
                    webhook_parameters=self._parameters(fields),
                    manager=self.number(fields, "managerPhone", manager) if manager else None,
                    actions=self._actions(fields, depth + 1),
                )
            )
            fields.done()
        return found

    def _words(self, fields: Fields) -> Sequence[str]:
        text = fields.text("keyWords", most=2000)
        words = [word.strip() for word in (text or "").split("|") if word.strip()]
        if len(words) > _MOST_WORDS:
            fields.wrong("keyWords", f"must have at most {_MOST_WORDS} words")
        if text and not words:
            fields.wrong("keyWords", "has no words")
        return words[:_MOST_WORDS]

    def _parameters(self, fields: Fields) -> str | None:
        given = fields.raw("webhookParameters")
        if given is None or given == "":
            return None
        data = given
        if isinstance(given, str):
            try:
                data = json.loads(given)
            except ValueError:
                fields.wrong("webhookParameters", 'must be JSON such as {"order": "4711"}')
                return None
        if not isinstance(data, dict):
            # PHP writes an empty object as an empty list
            if data == []:
                return None
            fields.wrong("webhookParameters", "must be a JSON object")
            return None
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        if len(text) > MAX_PARAMETERS:
            fields.wrong("webhookParameters", f"must have at most {MAX_PARAMETERS} characters")
        return text

    def _variables(self) -> Mapping[str, str]:
        given = self.top.raw("variables")
        if given in (None, "", []):
            return {}
        if isinstance(given, str):
            try:
                given = json.loads(given)
            except ValueError:
                given = None
        if not isinstance(given, dict):
            self.top.wrong("variables", "must be an object of names and texts")
            return {}
        fields = Fields(given, self.findings, "variables")
        found = {name: fields.text(name, most=MAX_PARAMETERS) for name in given}
        return {name: text for name, text in found.items() if text is not None}


def moment_of(seconds: int) -> datetime:
    """Return the time of UNIX seconds."""
    return datetime.fromtimestamp(seconds, UTC)
