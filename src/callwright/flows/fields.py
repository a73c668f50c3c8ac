"""Types of the steps' fields: their limits, and what is said when a value is outside them."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, WithJsonSchema

from callwright.flows.templates import NAME, placeholders
from callwright.flows.words import fold

MAX_TEXT = 5000
#: A page of a mail.
MAX_HTML = 50_000
#: Ten segments of a long message; more is not sent as one by most networks.
MAX_SMS = 1600
MAX_BODY_DEPTH = 20
MAX_DIGITS = 32

E164 = re.compile(r"\+[1-9][0-9]{1,14}")
#: What a transfer may call: a number, an extension, or a SIP address. Which domains are allowed is the operator's word.
DESTINATION = re.compile(
    r"\+[1-9][0-9]{1,14}|Ext:[0-9]{1,10}|sips?:[A-Za-z0-9._~+-]{1,64}@[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?"
)
EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,255}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,5}")
_RESERVED = frozenset({"to", "from", "digits"})
_REPLY_PREFIX = "reply."


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


def _one_line(text: str) -> str:
    if len(text.splitlines()) > 1 or text.endswith(("\n", "\r")):
        raise ValueError("must be one line")
    return text


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise ValueError("must be a BCP 47 language such as en-US")
    return text


def _variable(name: str) -> str:
    if not re.fullmatch(NAME, name):
        raise ValueError("must be a name of letters, digits, _ and . that begins with a letter or _")
    if name.lower() in _RESERVED or name.lower().startswith(_REPLY_PREFIX):
        raise ValueError(f"{name} is set by the call itself; choose another name")
    return name


def _destination(text: str) -> str:
    if not placeholders(text) and not DESTINATION.fullmatch(text):
        raise ValueError("must be an E.164 number (+12125550100), an extension (Ext:1000) or sip:user@domain")
    return text


def _caller_id(text: str) -> str:
    if text not in {"own", "callee"} and not E164.fullmatch(text):
        raise ValueError("must be own, callee or an E.164 number (+12125550100)")
    return text


def _sms_recipient(text: str) -> str:
    if text != "callee" and not placeholders(text) and not E164.fullmatch(text):
        raise ValueError("must be callee or an E.164 number (+12125550100)")
    return text


def _email_recipient(text: str) -> str:
    if not placeholders(text) and not EMAIL.fullmatch(text):
        raise ValueError("must be an email address")
    return text


def _url(text: str) -> str:
    wrong = "must be an http or https address such as https://example.com/path"
    if any(c <= " " or c == "\x7f" for c in text):
        raise ValueError(wrong)
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError(wrong) from None
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        raise ValueError(wrong)
    return text


def _keyword(text: str) -> str:
    if not fold(text):
        raise ValueError("must hold at least one letter or digit")
    return text


def _body(body: dict[str, Any]) -> dict[str, Any]:
    if _depth(body) > MAX_BODY_DEPTH:
        raise ValueError(f"must not be nested deeper than {MAX_BODY_DEPTH}")
    return body


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max((_depth(v) for v in value.values()), default=0)
    if isinstance(value, list | tuple):
        return 1 + max((_depth(v) for v in value), default=0)
    return 0


_Str = Annotated[str, Field(strict=True)]

#: Id of another step. In what authors write it may also be a list of steps, which the schema says.
Target = Annotated[_Str, WithJsonSchema({"type": "string", "x-target": True})]
Text = Annotated[_Str, Field(min_length=1, max_length=MAX_TEXT), AfterValidator(_not_blank)]
SmsText = Annotated[_Str, Field(min_length=1, max_length=MAX_SMS), AfterValidator(_not_blank)]
Html = Annotated[_Str, Field(min_length=1, max_length=MAX_HTML), AfterValidator(_not_blank)]
Subject = Annotated[_Str, Field(min_length=1, max_length=200), AfterValidator(_not_blank), AfterValidator(_one_line)]
Voice = Annotated[_Str, Field(min_length=1, max_length=100), AfterValidator(_not_blank), AfterValidator(_one_line)]
Language = Annotated[_Str, Field(max_length=50), AfterValidator(_language)]
#: Multiples of the voice's own speed or pitch.
Multiple = Annotated[float, Field(strict=True, ge=0.5, le=2, allow_inf_nan=False)]
AudioId = Annotated[_Str, Field(pattern=r"^aud_[0-9a-z]{1,40}$")]
Digits = Annotated[_Str, Field(pattern=r"^[0-9A-D*#]{1,32}$")]
VariableName = Annotated[_Str, Field(min_length=1, max_length=64), AfterValidator(_variable)]
#: A name that is read, so built-in ones too.
AnyVariableName = Annotated[_Str, Field(pattern=f"^{NAME}$", max_length=64)]
Destination = Annotated[_Str, Field(min_length=1, max_length=330), AfterValidator(_destination)]
CallerId = Annotated[_Str, AfterValidator(_caller_id)]
SmsRecipient = Annotated[_Str, Field(min_length=1, max_length=100), AfterValidator(_sms_recipient)]
EmailRecipient = Annotated[_Str, Field(min_length=1, max_length=320), AfterValidator(_email_recipient)]
Url = Annotated[_Str, Field(min_length=1, max_length=2048), AfterValidator(_url)]
Keyword = Annotated[_Str, Field(min_length=1, max_length=100), AfterValidator(_keyword)]
Body = Annotated[dict[str, Any], AfterValidator(_body)]
Flag = Annotated[bool, Field(strict=True)]
