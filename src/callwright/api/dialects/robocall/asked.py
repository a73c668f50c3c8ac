"""What a Robo call request asks for, read and checked as its document says."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from callwright.api.dialects.fields import Fields, Findings
from callwright.api.dialects.targets import target_of

#: As many as the native API takes at once.
MAX_DESTINATIONS = 10_000
#: A gather's branches, and their steps, one inside the other.
MAX_DEPTH = 20
MAX_STEPS = 500
MAX_MESSAGE = 1000
MAX_RETRIES = 3
_MOST_ATTEMPTS = 10
_LONGEST_ID = 200
_LONGEST_VALUE = 2000
_MOST_PROPERTIES = 150
#: The document's pattern.
_PHONE = re.compile(r"\+?([1-9]\d{1,14})")
_DIGITS = re.compile(r"[0-9*#]{1,32}")
#: ``pitch`` and ``rate``: from lowest to highest, and the usual one.
_LOWEST, _HIGHEST, _USUAL = 0, 9, 5
STEP_NAMES = frozenset({"play", "gather", "transfer"})


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is spoken."""

    text: str
    language: str | None
    gender: str | None
    pitch: int
    rate: int
    #: Where it stands in the request.
    at: str


@dataclass(frozen=True, kw_only=True)
class Branch:
    """Where a gather leads."""

    digits: str | None
    default: bool
    steps: Sequence[Step]


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of a call flow."""

    #: ``play``, ``gather`` or ``transfer``.
    name: str
    at: str
    message: Message | None
    #: Of a gather: how often it asks in all.
    attempts: int = MAX_RETRIES
    branches: Sequence[Branch] = ()
    #: Of a transfer.
    destination: str = ""


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Who is called."""

    #: E.164 with ``+``.
    phone: str
    #: As ``phone``; ``None``: the organisation's first number.
    caller: str | None
    properties: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A whole request."""

    request_id: str
    destinations: Sequence[Destination]
    recording: bool
    steps: Sequence[Step]
    ignored: Sequence[str]


def read_request(body: Mapping[str, Any], *, languages: Collection[str]) -> Asked:
    """Return what a body asks for; raises ``InvalidRequest`` that names everything wrong.

    ``languages`` are the tags that can be spoken, such as ``en-US``.
    """
    findings = Findings()
    fields = Fields(body, findings)
    request_id = fields.text("requestId", most=_LONGEST_ID, required=True)
    destinations = [_destination(one) for one in fields.each("destinations", most=MAX_DESTINATIONS, required=True)]
    recording = fields.flag("enableCallRecording")
    reader = _StepReader(findings, {tag.lower() for tag in languages})
    steps = reader.flow(fields, required=True)
    fields.done()
    findings.check()
    return Asked(
        request_id=request_id or "",
        destinations=[one for one in destinations if one is not None],
        recording=bool(recording),
        steps=steps,
        ignored=findings.ignored,
    )


def _destination(fields: Fields) -> Destination | None:
    phone = _number(fields, "phone", required=True)
    caller = _number(fields, "caller")
    properties: dict[str, str] = {}
    given = fields.inner("properties")
    if given is not None:
        if len(given.data) > _MOST_PROPERTIES:
            fields.wrong("properties", f"must have at most {_MOST_PROPERTIES} names")
        for name in list(given.data)[:_MOST_PROPERTIES]:
            if given.data[name] is None:
                continue
            value = given.data[name]
            if isinstance(value, bool):
                properties[name] = str(value).lower()
                continue
            text = given.text(name, most=_LONGEST_VALUE)
            if text is not None:
                properties[name] = text
    fields.done()
    return None if phone is None else Destination(phone=phone, caller=caller, properties=properties)


def _number(fields: Fields, name: str, *, required: bool = False) -> str | None:
    text = fields.text(name, most=40, required=required)
    if not text:
        return None
    found = _PHONE.fullmatch(re.sub(r"[\s().-]", "", text))
    if found is None:
        fields.wrong(name, "must be a number in E.164 form, such as +6588893322")
        return None
    return f"+{found[1]}"


class _StepReader:
    """Reads a flow and those inside it."""

    def __init__(self, findings: Findings, languages: Collection[str]) -> None:
        self._findings = findings
        self._languages = languages
        self._count = 0

    def flow(self, owner: Fields, *, required: bool, depth: int = 0) -> Sequence[Step]:
        """Return the steps of ``callFlow``."""
        if depth > MAX_DEPTH:
            owner.wrong("callFlow", f"flows may stand inside each other {MAX_DEPTH} deep")
            return ()
        flow = owner.inner("callFlow", required=required)
        if flow is None:
            return ()
        steps = [self._step(one, depth) for one in flow.each("steps", most=MAX_STEPS, required=True)]
        flow.done()
        return [step for step in steps if step is not None]

    def _step(self, fields: Fields, depth: int) -> Step | None:
        self._count += 1
        if self._count == MAX_STEPS + 1:
            self._findings.wrong("callFlow", f"must have at most {MAX_STEPS} steps in all")
        name = fields.one_of("name", STEP_NAMES)
        if name is None:
            if fields.data.get("name") in (None, ""):
                fields.wrong("name", f"is required: one of {', '.join(sorted(STEP_NAMES))}")
            return None
        message = self._message(fields, required=name != "transfer")
        attempts = MAX_RETRIES
        branches: Sequence[Branch] = ()
        destination = ""
        if name == "gather":
            attempts = fields.integer("maxRetries", 1, _MOST_ATTEMPTS) or MAX_RETRIES
            branches = self._branches(fields, depth)
        elif name == "transfer":
            destination = _transfer_to(fields)
        fields.done()
        return Step(
            name=name, at=fields.at, message=message, attempts=attempts, branches=branches, destination=destination
        )

    def _branches(self, fields: Fields, depth: int) -> Sequence[Branch]:
        found: list[Branch] = []
        for one in fields.each("branches", most=100, required=True):
            digits = one.text("digit", most=32) or None
            default = bool(one.flag("default"))
            if digits is not None and not _DIGITS.fullmatch(digits):
                one.wrong("digit", "must be keys of a telephone: 0 to 9, * and #")
            elif digits is None and not default:
                one.wrong("digit", "a branch needs a digit, or default true")
            elif digits is not None and any(other.digits == digits for other in found):
                one.wrong("digit", "another branch has this digit")
            elif default and any(other.default for other in found):
                one.wrong("default", "another branch is the default")
            found.append(Branch(digits=digits, default=default, steps=self.flow(one, required=False, depth=depth + 1)))
            one.done()
        return found

    def _message(self, fields: Fields, *, required: bool) -> Message | None:
        given = fields.inner("message", required=required)
        if given is None:
            return None
        text = given.text("msg", most=MAX_MESSAGE, required=True)
        language = given.text("lang", most=50) or given.text("language", most=50) or None
        given.raw("language")
        gender = given.one_of("gender", {"male", "female"})
        pitch = given.integer("pitch", _LOWEST, _HIGHEST)
        rate = given.integer("rate", _LOWEST, _HIGHEST)
        if language is not None and not self._spoken(language):
            name = "lang" if given.data.get("lang") else "language"
            given.wrong(name, f"nobody here speaks it; there are {', '.join(sorted(self._languages))}")
        given.done()
        return Message(
            text=text or "",
            language=language,
            gender=gender,
            pitch=_USUAL if pitch is None else pitch,
            rate=_USUAL if rate is None else rate,
            at=given.at,
        )

    def _spoken(self, language: str) -> bool:
        primary = language.replace("_", "-").lower().partition("-")[0]
        return any(tag.partition("-")[0] == primary for tag in self._languages)


def _transfer_to(fields: Fields) -> str:
    text = fields.text("destination", most=200, required=True) or ""
    number = _PHONE.fullmatch(re.sub(r"[\s().-]", "", text))
    if number is not None:
        return f"+{number[1]}"
    target = target_of(text)
    if target is not None:
        return target
    if text:
        fields.wrong(
            "destination", "must be a number in E.164 form, Ext: and an extension, or a SIP address (sip:user@domain)"
        )
    return text
