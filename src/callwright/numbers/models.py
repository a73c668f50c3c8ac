"""Caller ids, suppressions and trunks, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callwright.numbers.sip_options import SipOptions


@dataclass(frozen=True, kw_only=True)
class InboundSettings:
    """What a number does with the calls that come to it."""

    enabled: bool = True
    #: A flow as its author wrote it; ``None``: the call-back flow.
    flow: Mapping[str, Any] | None = None
    #: Whom the call-back flow connects a caller with: E.164 or ``Ext:1000``; ``None``: nobody.
    forward_to: str | None = None
    #: Gets the events of inbound calls: those that every ``webhook_url`` gets, and ``webhook_events``.
    webhook_url: str | None = None
    webhook_events: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CallerId:
    """A number that an organisation may show to those it calls, once verified, and on which it is called back."""

    id: str
    number: int
    organisation_id: str
    e164: str
    #: How the right to show it was proved: ``operator`` vouched for it; ``None``: not yet.
    verified_by: str | None
    verified_at: datetime | None
    enabled: bool
    created_at: datetime
    inbound: InboundSettings
    #: The person who added it; ``None``: the organisation's, which everybody in it may show.
    owner_id: str | None = None
    #: What the operator attests of it (RFC 8588: ``A``, ``B``, ``C``); ``None``: the usual.
    attestation: str | None = None

    @property
    def attested(self) -> str:
        """The level with which calls that show it are signed, as ``attestation_of`` of the database says."""
        if self.usable:
            return self.attestation or "A"
        return "C" if self.attestation == "C" else "B"

    @property
    def usable(self) -> bool:
        """Whether calls may show it."""
        return self.enabled and self.verified_at is not None


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """A person who must not be contacted within a scope."""

    id: str
    number: int
    organisation_id: str
    #: A number in E.164, or an e-mail address in small letters.
    e164: str
    #: ``organisation``, ``channel``, ``campaign`` or ``topic``.
    scope: str
    #: ``call``, ``sms`` or ``email`` of a channel, the campaign's id, the topic in small letters, or nothing.
    scope_key: str
    #: What the person did.
    evidence: str
    #: Which way the wish came: ``key``, ``spoken``, ``sms``, ``email``, ``link``, ``api``, ``import``, ``operator``.
    source: str
    call_id: str | None
    #: Binds no longer after this time; ``None``: for good.
    expires_at: datetime | None
    created_at: datetime
    #: The person who entered it, or whose call it was; ``None``: the organisation's.
    owner_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Trunk:
    """A line to a SIP provider, or to the handset lab."""

    id: str
    number: int
    organisation_id: str
    #: Name of the engine's endpoint.
    name: str
    #: ``sip`` or ``lab``.
    kind: str
    #: Carries the calls of every organisation of this appliance.
    shared: bool
    host: str
    #: ``None``: what DNS says (SRV), else the protocol's own.
    port: int | None
    #: ``udp``, ``tcp`` or ``tls``.
    transport: str
    username: str | None
    #: How numbers are written in requests: ``e164`` +1212…, ``plain`` 1212…, ``00`` 001212…, ``national`` as in
    #: ``region`` (ISO 3166).
    number_format: str
    region: str | None
    #: Beginnings of the numbers that it carries, with ``+``; none: every number.
    prefixes: tuple[str, ...]
    #: The lowest with room takes a call; trunks of one priority share by weight.
    priority: int
    weight: int
    #: Comma-separated names of the engine's codecs, best first.
    codecs: str
    #: ``rfc4733``, ``info``, ``auto_info`` or ``inband``.
    dtmf_mode: str
    #: Calls at once.
    channels: int
    calls_per_second: float
    options: SipOptions
    enabled: bool
    created_at: datetime
    #: It is never shown itself.
    has_password: bool = False
