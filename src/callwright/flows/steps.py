"""The steps of a flow, as typed data. ``docs/reference/flow-language.md`` describes each with an example."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from callwright.flows import fields
from callwright.flows.fields import Flag, Target
from callwright.flows.templates import placeholders
from callwright.flows.words import fold

#: Where a step may lead: (name of the field, id of the step or ``None`` for the end of the call).
Lead = tuple[str, str | None]


class Part(BaseModel):
    """A step or a part of one: immutable, and unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Spoken(Part):
    """Text to be spoken."""

    type: Literal["say"]
    text: fields.Text
    voice: fields.Voice | None = None
    language: fields.Language | None = None
    rate: fields.Multiple = 1.0
    pitch: fields.Multiple = 1.0
    #: Spoken by whole sentences, or in pieces of which only those with the person's own words are new work; absent:
    #: pieces where the voice is a slow one.
    phrasing: Literal["sentences", "pieces"] | None = None


class SayItem(Spoken):
    """Spoken text inside a prompt."""


class PlayItem(Part):
    """An audio file inside a prompt."""

    type: Literal["play"]
    audio: fields.AudioId


PromptItem = Annotated[SayItem | PlayItem, Field(discriminator="type")]
Prompt = Annotated[tuple[PromptItem, ...], Field(max_length=20)]


class StepBase(Part):
    """What all steps can say about themselves."""

    #: Fields that name another step; ``None`` in them means the end of the call.
    leads: ClassVar[tuple[str, ...]] = ()
    #: Those of ``leads`` that mean the following item when they are absent in a list of steps.
    follows: ClassVar[tuple[str, ...]] = ()
    #: Fields that hold templates.
    templates: ClassVar[tuple[str, ...]] = ()
    #: Fields that hold prompts.
    prompts: ClassVar[tuple[str, ...]] = ()

    @property
    def waits(self) -> bool:
        """Whether a flow stands still here until the callee acts or time passes."""
        return False

    def targets(self) -> Iterator[Lead]:
        """Yield the field and the step of each way on."""
        for name in self.leads:
            yield name, getattr(self, name)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the field and the text of everything in which placeholders are filled."""
        for name in self.prompts:
            for index, item in enumerate(getattr(self, name)):
                if isinstance(item, SayItem):
                    yield f"{name}[{index}].text", item.text
        for name in self.templates:
            yield from _strings(name, getattr(self, name))

    def sets(self) -> tuple[str, ...]:
        """Return the names of the variables that this step sets; ``reply.`` stands for all that begin so."""
        return ()


class Say(StepBase, Spoken):
    """Speak."""

    leads = follows = ("next",)
    templates = ("text",)

    next: Target | None = None


class Play(StepBase):
    """Play an audio file."""

    leads = follows = ("next",)

    type: Literal["play"]
    audio: fields.AudioId
    next: Target | None = None


class KeywordChoice(Part):
    """Where some words lead."""

    words: Annotated[tuple[fields.Keyword, ...], Field(min_length=1, max_length=50)]
    next: Target | None


class Gather(StepBase):
    """Ask, and wait for keys, words or both."""

    leads = ("default", "on_no_input", "on_invalid", "next")
    follows = ("next",)
    prompts = ("prompt", "invalid_prompt")

    type: Literal["gather"]
    prompt: Prompt = ()
    branches: Annotated[dict[fields.Digits, Target | None], Field(max_length=200)] = {}
    keywords: Annotated[tuple[KeywordChoice, ...], Field(max_length=50)] = ()
    #: Keys at most; absent: as many as the longest branch, or 1.
    max_digits: Annotated[int, Field(strict=True, ge=1, le=fields.MAX_DIGITS)] | None = None
    #: Keys at least, of an entry without branches.
    min_digits: Annotated[int, Field(strict=True, ge=0, le=fields.MAX_DIGITS)] = 1
    terminator: Literal["#", "*"] | None = "#"
    #: Seconds after the end of the prompt until the attempt counts as no input.
    timeout_seconds: Annotated[float, Field(strict=True, ge=0.1, le=120, allow_inf_nan=False)] = 5.0
    #: Seconds after a key until the entry counts as complete.
    inter_digit_seconds: Annotated[float, Field(strict=True, ge=0.1, le=30, allow_inf_nan=False)] = 3.0
    #: How many times the prompt is played in all.
    attempts: Annotated[int, Field(strict=True, ge=1, le=10)] = 3
    #: How many times nothing, or something that leads nowhere, may be the answer; absent: ``attempts`` says it.
    no_input_attempts: Annotated[int, Field(strict=True, ge=1, le=10)] | None = None
    invalid_attempts: Annotated[int, Field(strict=True, ge=1, le=10)] | None = None
    invalid_prompt: Prompt = ()
    barge_in: Flag = True
    #: What is said stops the prompt when a keyword was understood in it, or as soon as the callee speaks.
    barge_in_by: Literal["word", "speech"] = "word"
    #: Listen although there are no keywords: for spoken digits, and for the wish not to be called again.
    listen: Flag = False
    sensitive: Flag = False
    save_as: fields.VariableName | None = None
    #: After the last attempt, when nothing was pressed or said.
    on_no_input: Target | None = None
    #: After the last attempt, when what was pressed or said led nowhere.
    on_invalid: Target | None = None
    #: After the last attempt, when neither of the two above applies; ``None``: ``next``.
    default: Target | None = None
    next: Target | None = None

    @field_validator("keywords")
    @classmethod
    def _distinct(cls, choices: tuple[KeywordChoice, ...]) -> tuple[KeywordChoice, ...]:
        seen: dict[tuple[str, ...], str] = {}
        for word in (word for choice in choices for word in choice.words):
            if fold(word) in seen:
                raise ValueError(f"{word!r} and {seen[fold(word)]!r} are the same words")
            seen[fold(word)] = word
        return choices

    @field_validator("max_digits")
    @classmethod
    def _long_enough(cls, value: int | None, info: ValidationInfo) -> int | None:
        longest = max((len(digits) for digits in info.data.get("branches", {})), default=0)
        if value is not None and value < longest:
            raise ValueError(f"must be at least {longest}, the length of the longest branch")
        return value

    @field_validator("min_digits")
    @classmethod
    def _possible(cls, value: int, info: ValidationInfo) -> int:
        if value != 1 and info.data.get("branches"):
            raise ValueError("is for a gather without branches")
        if value > (info.data.get("max_digits") or 1) and "max_digits" in info.data:
            raise ValueError("must not be greater than max_digits")
        return value

    @property
    def waits(self) -> bool:
        """True: the callee is asked."""
        return True

    def keyword_target(self, word: str) -> str | None:
        """Return where a keyword leads."""
        return next(choice.next for choice in self.keywords if word in choice.words)

    @property
    def listens(self) -> bool:
        """Whether what the callee says matters here."""
        return bool(self.keywords) or self.listen

    @property
    def takes_digits(self) -> bool:
        """Whether keys mean something here: not when there are keywords only."""
        return bool(self.branches or self.max_digits is not None or not self.keywords)

    @property
    def longest_entry(self) -> int:
        """Keys after which an entry is complete."""
        return self.max_digits or max((len(digits) for digits in self.branches), default=1)

    @property
    def finish_key(self) -> str | None:
        """The terminator, unless a branch needs that key."""
        needed = self.terminator is not None and any(self.terminator in digits for digits in self.branches)
        return None if needed else self.terminator

    def targets(self) -> Iterator[Lead]:
        """Yield branches and keywords first: they are what usually happens."""
        for digits, target in self.branches.items():
            yield f"branches.{digits}", target
        for index, choice in enumerate(self.keywords):
            yield f"keywords[{index}].next", choice.next
        yield from super().targets()

    def sets(self) -> tuple[str, ...]:
        """Return the name that the entry is saved under."""
        return (self.save_as,) if self.save_as else ()


Operator = Literal["==", "!=", ">", "<", ">=", "<=", "in", "contains", "exists"]
Scalar = (
    Annotated[str, Field(strict=True, max_length=fields.MAX_TEXT)]
    | Annotated[bool, Field(strict=True)]
    | Annotated[int, Field(strict=True)]
    | Annotated[float, Field(strict=True, allow_inf_nan=False)]
)


def _comparable(value: Any) -> Any:
    parts = value if isinstance(value, list | tuple) else (value,)
    if not all(part is None or isinstance(part, str | bool | int | float) for part in parts):
        raise ValueError("must be a text, a number, true, false, or a list of these")
    return value


CaseValue = Annotated[
    Scalar | Annotated[tuple[Scalar, ...], Field(max_length=200)] | None,
    BeforeValidator(_comparable),
    Field(validate_default=True),
]


class Case(Part):
    """One comparison and where it leads when it holds."""

    variable: fields.AnyVariableName
    operator: Operator
    #: Compared with the variable's value; texts without regard to case, numbers as numbers.
    value: CaseValue = None
    next: Target | None

    @field_validator("value")
    @classmethod
    def _suits(cls, value: Any, info: ValidationInfo) -> Any:
        operator = info.data.get("operator")
        if operator == "in" and not isinstance(value, tuple):
            raise ValueError("must be a list for the operator in")
        if operator == "exists" and value is not None and not isinstance(value, bool):
            raise ValueError("must be true, false or absent for the operator exists")
        if operator not in {"in", "exists", None} and (value is None or isinstance(value, tuple)):
            raise ValueError(f"must be a text, a number or true or false for the operator {operator}")
        return value


class Branch(StepBase):
    """Choose a way by the value of variables: the first case that holds."""

    leads = follows = ("otherwise",)

    type: Literal["branch"]
    cases: Annotated[tuple[Case, ...], Field(min_length=1, max_length=50)]
    otherwise: Target | None = None

    def targets(self) -> Iterator[Lead]:
        """Yield the cases, then the rest."""
        for index, case in enumerate(self.cases):
            yield f"cases[{index}].next", case.next
        yield from super().targets()

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the values that cases compare with."""
        for index, case in enumerate(self.cases):
            yield from _strings(f"cases[{index}].value", case.value)


class Transfer(StepBase):
    """Connect the callee with somebody."""

    leads = follows = ("on_failed", "on_ended")
    templates = ("to",)
    prompts = ("message", "hold", "whisper")

    type: Literal["transfer"]
    to: fields.Destination
    #: ``own``: the caller id of this call; ``callee``: the called person's number; else an E.164 number.
    caller_id: fields.CallerId = "own"
    ring_timeout_seconds: Annotated[int, Field(strict=True, ge=5, le=120)] = 30
    message: Prompt = ()
    #: Whether the other side is called while the message is spoken; its answer ends the message.
    during_message: Flag = False
    #: What the callee hears while it rings there, again and again; without one a ring-back tone.
    hold: Prompt = ()
    #: What the other side hears before it is connected.
    whisper: Prompt = ()
    #: Key that the other side must press to take the call; absent: its answer is enough.
    accept_key: Annotated[str, Field(pattern=r"^[0-9*#]$")] | None = None
    #: Seconds after the whisper until a missing key counts as no answer.
    accept_seconds: Annotated[float, Field(strict=True, ge=1, le=60, allow_inf_nan=False)] = 10.0
    #: Variable that gets ``answered``, or why nobody was reached: ``busy``, ``no_answer``, ``failed``, ``congestion``.
    save_as: fields.VariableName | None = None
    on_failed: Target | None = None
    on_ended: Target | None = None

    @property
    def waits(self) -> bool:
        """Whether a second leg is called in any case: what a placeholder brings may turn out to be no number."""
        return not placeholders(self.to)

    def sets(self) -> tuple[str, ...]:
        """Return the name that the result is saved under."""
        return (self.save_as,) if self.save_as else ()


class Record(StepBase):
    """Record what the callee says."""

    leads = follows = ("next",)

    type: Literal["record"]
    max_seconds: Annotated[int, Field(strict=True, ge=1, le=3600)] = 120
    silence_seconds: Annotated[int, Field(strict=True, ge=1, le=60)] = 5
    terminator: Literal["#", "*"] | None = "#"
    beep: Flag = True
    #: Variable that gets the recording's id.
    save_as: fields.VariableName | None = None
    next: Target | None = None

    @property
    def waits(self) -> bool:
        """True: for the callee to speak."""
        return True

    def sets(self) -> tuple[str, ...]:
        """Return the name that the recording's id is saved under."""
        return (self.save_as,) if self.save_as else ()


class Sms(StepBase):
    """Send a text message."""

    leads = follows = ("next",)
    templates = ("to", "text")

    type: Literal["sms"]
    to: fields.SmsRecipient = "callee"
    text: fields.SmsText
    next: Target | None = None


class Email(StepBase):
    """Send an email, with ``text`` or ``html`` or both."""

    leads = follows = ("next",)
    templates = ("to", "subject", "text", "html")

    type: Literal["email"]
    to: fields.EmailRecipient
    subject: fields.Subject
    text: fields.Text | None = None
    html: fields.Html | None = None
    next: Target | None = None


class Webhook(StepBase):
    """POST to a customer's address; with ``wait``, go on when it has answered."""

    leads = follows = ("next",)
    templates = ("body",)

    type: Literal["webhook"]
    url: fields.Url
    body: fields.Body | None = None
    wait: Flag = False
    timeout_seconds: Annotated[float, Field(strict=True, ge=0.1, le=60, allow_inf_nan=False)] = 10.0
    next: Target | None = None

    @property
    def waits(self) -> bool:
        """Whether the flow stands still until the answer."""
        return self.wait

    def sets(self) -> tuple[str, ...]:
        """Return the prefix of the answer's values."""
        return ("reply.",) if self.wait else ()


class OptOut(StepBase):
    """Never contact this person again. Without a way on the call ends after the confirmation."""

    leads = follows = ("next",)
    templates = ("confirmation",)

    type: Literal["optout"]
    scope: Literal["organisation", "channel", "campaign", "topic"] = "organisation"
    confirmation: fields.Text | None = "You will not be called again. Goodbye."
    next: Target | None = None


class Accept(StepBase):
    """The callee accepts what is offered: it is put on record, and the way on is by what they get."""

    leads = ("taken", "stand_by", "filled")
    follows = ("taken",)

    type: Literal["accept"]
    #: Variable that gets ``taken``, ``stand_by`` or ``filled``.
    save_as: fields.VariableName | None = None
    #: There is a place.
    taken: Target | None = None
    #: The next place that becomes free is theirs.
    stand_by: Target | None = None
    #: There is no place left.
    filled: Target | None = None

    def sets(self) -> tuple[str, ...]:
        """Return the name that the answer is saved under."""
        return (self.save_as,) if self.save_as else ()


class Set(StepBase):
    """Give variables values."""

    leads = follows = ("next",)
    templates = ("variables",)

    type: Literal["set"]
    variables: Annotated[
        dict[fields.VariableName, Annotated[str, Field(strict=True, max_length=1000)]],
        Field(min_length=1, max_length=50),
    ]
    next: Target | None = None

    def sets(self) -> tuple[str, ...]:
        """Return the variables' names."""
        return tuple(self.variables)


class Wait(StepBase):
    """Let time pass."""

    leads = follows = ("next",)

    type: Literal["wait"]
    seconds: Annotated[float, Field(strict=True, ge=0.1, le=300, allow_inf_nan=False)]
    next: Target | None = None

    @property
    def waits(self) -> bool:
        """True: for time."""
        return True


class Hangup(StepBase):
    """End the call."""

    type: Literal["hangup"]


Step = Annotated[
    Say | Play | Gather | Branch | Transfer | Record | Sms | Email | Webhook | OptOut | Accept | Set | Wait | Hangup,
    Field(discriminator="type"),
]

#: Step classes by what authors write in ``type``.
STEP_TYPES: dict[str, type[StepBase]] = {
    "say": Say,
    "play": Play,
    "gather": Gather,
    "branch": Branch,
    "transfer": Transfer,
    "record": Record,
    "sms": Sms,
    "email": Email,
    "webhook": Webhook,
    "optout": OptOut,
    "accept": Accept,
    "set": Set,
    "wait": Wait,
    "hangup": Hangup,
}


def _strings(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _strings(f"{path}.{key}", part)
    elif isinstance(value, list | tuple):
        for index, part in enumerate(value):
            yield from _strings(f"{path}[{index}]", part)
