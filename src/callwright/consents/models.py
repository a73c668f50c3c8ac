"""Consents and do-not-call lists, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

Channel = Literal["call", "sms", "email"]
#: What a person can agree to; an emergency asks nobody.
Purpose = Literal["transactional", "marketing"]
State = Literal["given", "withdrawn"]
#: Whose list it is.
Kind = Literal["own", "national", "partner"]
Binds = Literal["marketing", "all"]

CHANNELS: tuple[Channel, ...] = get_args(Channel)
KINDS: tuple[Kind, ...] = get_args(Kind)
BINDS: tuple[Binds, ...] = get_args(Binds)


@dataclass(frozen=True, kw_only=True)
class NewConsent:
    """What is to be recorded; every field is already validated and normalised."""

    #: E.164, or an e-mail address in small letters.
    address: str
    channel: Channel
    purpose: Purpose
    state: State = "given"
    #: What the person read or heard.
    wording: str | None = None
    #: Where it was said: ``web form``, ``call``, ``letter``, …
    source: str
    #: What shows it: the address of the form, the name of a file, the id of a recording, …
    proof: Mapping[str, Any] = field(default_factory=dict)
    given_at: datetime
    #: ``None``: until it is withdrawn.
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Consent(NewConsent):
    """A record of what a person agreed to, or withdrew; it never changes."""

    id: str
    number: int
    organisation_id: str
    owner_id: str | None
    contact_id: str | None
    #: Id of a user or a key, ``operator`` or ``system``.
    recorded_by: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class NewList:
    """A do-not-call list to be made."""

    name: str
    kind: Kind
    #: ``None``: what its kind suggests: a national register binds marketing, any other everything.
    binds: Binds | None = None
    #: ``False``: it stops only the campaigns that it is attached to.
    everywhere: bool = True
    #: How long an entry binds; ``None``: for good.
    expires_after_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class DncList:
    """A do-not-call list."""

    id: str
    number: int
    organisation_id: str
    name: str
    kind: Kind
    binds: Binds
    everywhere: bool
    expires_after_days: int | None
    #: Which rows of ``dnc_entries`` are its own.
    generation: int
    imported_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class DncEntry:
    """A number on a list."""

    e164: str
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class RefusedLine:
    """A line of a file that holds no number."""

    line: int
    value: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ListImport:
    """What became of a file."""

    #: Lines with a number, repeated ones included.
    read: int
    #: Numbers that were not on the list.
    added: int
    #: Lines without a number; ``errors`` has the first of them.
    refused: int
    errors: tuple[RefusedLine, ...]
    #: How many numbers the list has now.
    entries: int
