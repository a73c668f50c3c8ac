"""A gateway as its owner describes it: the request, the answer, and what it tells afterwards.

``docs/reference/sms-gateways.md`` is the reference. Everything is checked when a route is made, so that nothing but the
network can fail when a message is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from callwright.errors import FieldError, InvalidRequest
from callwright.events.urls import check_form
from callwright.flows.faults import faults
from callwright.messages.gateways import filling
from callwright.messages.gateways.paths import steps

#: What became of a message, as ``channels.sms.port.State``; the first group is final.
State = Literal["delivered", "undelivered", "expired", "rejected", "deleted", "accepted", "enroute", "unknown"]
_HEADER = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$"
_NAME = r"^[a-z][a-z0-9_]{0,39}$"


def _path(text: str) -> str:
    steps(text)
    return text


Path = Annotated[str, AfterValidator(_path)]
Conditions = dict[Path, Annotated[list[str], Field(min_length=1, max_length=50)]]
Header = Annotated[str, StringConstraints(pattern=_HEADER)]
Text = Annotated[str, StringConstraints(max_length=2000)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Sending(_Part):
    """The request that carries a message."""

    method: Literal["POST", "GET", "PUT"] = "POST"
    url: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    headers: dict[Header, Text] = Field(default_factory=dict)
    query: dict[str, Text] = Field(default_factory=dict)
    #: Of ``form`` and ``json`` at most one.
    form: dict[str, Text] | None = None
    json_body: dict[str, Any] | None = Field(default=None, alias="json")
    #: HTTP Basic.
    username: Text | None = None
    password: Text | None = None
    #: The most that ``{validity_seconds}`` may say.
    longest_validity: Annotated[int, Field(ge=60)] | None = None


class Answering(_Part):
    """What its answer says. 2xx is yes, anything else no."""

    format: Literal["json", "form", "text"] | None = None
    #: What receipts will call the message. Without it they must call it by ``{message_id}``.
    id: Path | None = None
    #: More that must hold for a yes.
    accepted_if: Conditions = Field(default_factory=dict)
    code: Path | None = None
    error: Path | None = None
    #: HTTP statuses and codes after which the same message may be sent again …
    again: list[str] = Field(default_factory=lambda: ["408", "425", "429", "503"])
    #: … and HTTP statuses that leave open whether it went out.
    unknown: list[str] = Field(default_factory=lambda: ["500", "502", "504"])


class Receipts(_Part):
    """What became of a message, told later."""

    #: Where each of several stands; without it the body is one.
    items: Path | None = None
    when: Conditions = Field(default_factory=dict)
    id: Path
    state: Path
    error: Path | None = None
    #: The gateway's words, in any case, and ours; others mean ``unknown``.
    states: dict[str, State]


class Inbound(_Part):
    """A text that somebody sent."""

    items: Path | None = None
    when: Conditions = Field(default_factory=dict)
    id: Path | None = None
    sender: Path = Field(alias="from")
    recipient: Path = Field(alias="to")
    text: Path
    media: Path | None = None


class Proof(_Part):
    """How a gateway proves that it is speaking, beside the secret in the address that it calls."""

    kind: Literal["none", "twilio", "telnyx", "hmac-sha256"] = "none"
    #: Name under ``secrets`` of the key; of ``telnyx`` it is the public key.
    key: Annotated[str, StringConstraints(pattern=_NAME)] | None = None
    #: Of ``hmac-sha256``: the header with the signature of the body, and how it is written.
    header: Header | None = None
    encoding: Literal["hex", "base64"] = "hex"


class Reply(_Part):
    """What the gateway is answered."""

    content_type: Text = "text/plain"
    body: Text = ""


class Gateway(_Part):
    """A provider with an HTTP interface."""

    send: Sending
    answer: Answering = Field(default_factory=Answering)
    receipt: Receipts | None = None
    inbound: Inbound | None = None
    proof: Proof = Field(default_factory=Proof)
    reply: Reply = Field(default_factory=Reply)
    #: Texts that are no secrets, by name: an account's number.
    values: dict[Annotated[str, StringConstraints(pattern=_NAME)], Text] = Field(default_factory=dict)
    #: Whether pictures may be sent: ``{media}`` stands somewhere.
    mms: bool = False


def read_gateway(data: Mapping[str, Any], secrets: Iterable[str], *, at: str = "options") -> Gateway:
    """Return the gateway that ``data`` describes; ``secrets`` are the names of what is kept sealed.

    Its ``values`` stand in the request already. Raises ``InvalidRequest`` whose fields begin with ``at``.
    """
    try:
        gateway = Gateway.model_validate(dict(data))
        given = gateway.send.model_dump(by_alias=True, exclude_unset=True)
        expanded = Sending.model_validate(filling.expand(given, gateway.values))
    except ValidationError as error:
        raise InvalidRequest(faults(error, data, Gateway, at)) from None
    gateway = gateway.model_copy(update={"send": expanded})
    errors = list(_errors(gateway, frozenset(secrets), at))
    if errors:
        raise InvalidRequest(errors)
    return gateway


def _errors(gateway: Gateway, secrets: frozenset[str], at: str) -> Iterator[FieldError]:
    send, proof = gateway.send, gateway.proof
    known = filling.OF_MESSAGE | secrets
    for name in sorted((secrets | gateway.values.keys()) & filling.OF_MESSAGE):
        message = "is the name of a part of the message; take another"
        yield FieldError(field=f"{at}.values", message=message, received=name)
    used: set[str] = set()
    for field, template in _templates(send):
        for name in dict.fromkeys(filling.names(template)):
            used.add(name)
            if name not in known:
                message = f"the placeholder {{{name}}} has no value; there are {', '.join(sorted(known))}"
                yield FieldError(field=f"{at}.send.{field}", message=message, received=name)
    yield from _errors_of_url(send.url, f"{at}.send.url")
    if send.form is not None and send.json_body is not None:
        yield FieldError(field=f"{at}.send.json", message="a request has a form or a JSON body, not both")
    if send.method == "GET" and (send.form is not None or send.json_body is not None):
        yield FieldError(field=f"{at}.send.method", message="a GET has no body; write query", received="GET")
    if not {"to", "to_digits"} & used:
        yield FieldError(field=f"{at}.send", message="the request says nowhere to whom: {to} or {to_digits} is missing")
    if "text" not in used:
        yield FieldError(field=f"{at}.send", message="the request says nowhere what: {text} is missing")
    if gateway.mms and "media" not in used:
        yield FieldError(field=f"{at}.mms", message="needs {media} somewhere in the request", received=True)
    if proof.kind != "none" and proof.key not in secrets:
        message = f"must name one of the secrets: {', '.join(sorted(secrets)) or 'there are none'}"
        yield FieldError(field=f"{at}.proof.key", message=message, received=proof.key)
    if proof.kind == "hmac-sha256" and proof.header is None:
        yield FieldError(field=f"{at}.proof.header", message="is required: the header with the signature")


def _errors_of_url(url: str, field: str) -> Iterator[FieldError]:
    if filling.PLACEHOLDER.search(url.partition("://")[2].partition("/")[0]):
        yield FieldError(field=field, message="the host may hold names of values only", received=url[:200])
        return
    try:
        check_form(filling.PLACEHOLDER.sub("x", url))
    except ValueError as error:
        yield FieldError(field=field, message=str(error), received=url[:200])


def _templates(send: Sending) -> Iterator[tuple[str, Any]]:
    yield "url", send.url
    yield "headers", send.headers
    yield "query", send.query
    yield "form", send.form or {}
    yield "json", send.json_body or {}
    yield "username", send.username or ""
    yield "password", send.password or ""
