"""What becomes of texts that people send to a number of ours, as its owner says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from callwright.errors import FieldError, InvalidRequest
from callwright.events.urls import check_form
from callwright.flows.faults import faults
from callwright.numbers.parsing import is_forbidden, read_number
from callwright.rules.revocation import revocation_of
from callwright.rules.sms_segments import TextError, segment

_MOST_PARTS = 4
Answer = Annotated[str, StringConstraints(min_length=1, max_length=612)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Keyword(_Part):
    """A word that starts something: an answer, a call with a flow, or both."""

    words: Annotated[list[Word], Field(min_length=1, max_length=20)]
    #: What is answered.
    reply: Answer | None = None
    #: The person is called, and this saved flow is played to them.
    flow_id: Annotated[str, StringConstraints(pattern=r"^flo_[0-9a-z]{1,40}$")] | None = None
    #: The number that the call shows; none: the number that was texted.
    call_from: str | None = None


class InboundRules(_Part):
    """What becomes of texts."""

    #: Numbers and http(s) addresses to which each text goes on.
    forward_to: Annotated[list[str], Field(max_length=5)] = Field(default_factory=list)
    keywords: Annotated[list[Keyword], Field(max_length=100)] = Field(default_factory=list)
    #: In the place of ours, which say who writes and how to stop.
    stop_reply: Answer | None = None
    start_reply: Answer | None = None
    help_reply: Answer | None = None
    #: What a STOP ends: everything of the organisation, or its texts only.
    stop_scope: Literal["organisation", "channel"] = "organisation"
    #: RFC 5646: of the people who write here, for answers to words that are of no language.
    language: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    #: Gets ``sms.received``.
    webhook_url: str | None = None

    def keyword(self, text: str) -> Keyword | None:
        """Return the keyword that is the whole of a text, or its first word."""
        words = folded(text)
        for wanted in (words, words[:1]):
            for each in self.keywords:
                if wanted and any(folded(word) == wanted for word in each.words):
                    return each
        return None


def folded(text: str) -> tuple[str, ...]:
    """Return the words of a text, without case and punctuation around them."""
    return tuple(word for part in text.casefold().split() if (word := part.strip(".,;:!?¡¿\"'()[]«»„“”")))


def read_rules(data: Mapping[str, Any], *, region: str, at: str = "inbound") -> InboundRules:
    """Return checked rules; ``region`` is whose national numbers ``forward_to`` may be.

    Raises ``InvalidRequest`` whose fields begin with ``at``.
    """
    try:
        rules = InboundRules.model_validate(dict(data))
    except ValidationError as error:
        raise InvalidRequest(faults(error, data, InboundRules, at)) from None
    errors: list[FieldError] = []
    targets = [
        _target(text, f"{at}.forward_to[{index}]", region, errors) for index, text in enumerate(rules.forward_to)
    ]
    if rules.webhook_url is not None:
        _check_url(rules.webhook_url, f"{at}.webhook_url", errors)
    for name in ("stop_reply", "start_reply", "help_reply"):
        _check_text(getattr(rules, name), f"{at}.{name}", errors)
    keywords = [
        keyword.model_copy(update={"call_from": _caller(keyword, f"{at}.keywords[{index}]", region, errors)})
        for index, keyword in enumerate(rules.keywords)
    ]
    _check_keywords(rules.keywords, at, errors)
    if errors:
        raise InvalidRequest(errors)
    return rules.model_copy(update={"forward_to": targets, "keywords": keywords})


def read_forwarding(text: str, *, field: str, region: str) -> str:
    """Return where replies go: a number in E.164, or an http(s) address. Raises ``InvalidRequest`` naming ``field``."""
    errors: list[FieldError] = []
    target = _target(text, field, region, errors)
    if errors:
        raise InvalidRequest(errors)
    return target


def stored_rules(data: Mapping[str, Any]) -> InboundRules:
    """Return what ``read_rules`` made and the database kept."""
    return InboundRules.model_validate(dict(data))


def _check_keywords(keywords: Sequence[Keyword], at: str, errors: list[FieldError]) -> None:
    seen: dict[tuple[str, ...], str] = {}
    for index, keyword in enumerate(keywords):
        _check_text(keyword.reply, f"{at}.keywords[{index}].reply", errors)
        if keyword.reply is None and keyword.flow_id is None:
            message = "a keyword needs a reply, a flow_id, or both"
            errors.append(FieldError(field=f"{at}.keywords[{index}]", message=message))
        for place, word in enumerate(keyword.words):
            field, key = f"{at}.keywords[{index}].words[{place}]", folded(word)
            if not key:
                errors.append(FieldError(field=field, message="has no letter or digit", received=word))
            elif key in seen:
                errors.append(FieldError(field=field, message=f"stands in {seen[key]} already", received=word))
            elif (found := revocation_of(word)) is not None:
                message = f"is what people write for {'STOP' if found.meaning == 'revoke' else found.meaning.upper()}"
                errors.append(FieldError(field=field, message=f"{message}; take another", received=word))
            seen.setdefault(key, field)


def _check_text(text: str | None, field: str, errors: list[FieldError]) -> None:
    if text is None:
        return
    try:
        segment(text, shifts=(), most_parts=_MOST_PARTS)
    except TextError as error:
        errors.append(FieldError(field=field, message=str(error), received=text[:80]))


def _check_url(url: str, field: str, errors: list[FieldError]) -> None:
    try:
        check_form(url)
    except ValueError as error:
        errors.append(FieldError(field=field, message=str(error), received=url[:200]))


def _target(text: str, field: str, region: str, errors: list[FieldError]) -> str:
    if "://" in text:
        _check_url(text, field, errors)
        return text
    return _number(text, field, region, errors)


def _caller(keyword: Keyword, at: str, region: str, errors: list[FieldError]) -> str | None:
    if keyword.call_from is None:
        return None
    if keyword.flow_id is None:
        errors.append(FieldError(field=f"{at}.call_from", message="stands beside flow_id only"))
        return None
    return _number(keyword.call_from, f"{at}.call_from", region, errors)


def _number(text: str, field: str, region: str, errors: list[FieldError]) -> str:
    try:
        number = read_number(text, field=field, region=region, sandbox=False)
    except InvalidRequest as error:
        errors += error.errors
        return text
    if (reason := is_forbidden(number)) is not None:
        errors.append(FieldError(field=field, message=reason, received=text))
    return number
