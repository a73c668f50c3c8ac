"""Trunks as requests write them and answers show them; the fields are those of docs/reference/trunks.md."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.times import Utc
from callwright.numbers.models import Trunk
from callwright.numbers.sip_options import SipOptions

_OPTIONS = tuple(each.name for each in fields(SipOptions))


class TrunkChange(BaseModel):
    """What to change of a trunk; what is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    host: str = Field(default="", max_length=255, description="The provider's host name or address, without port.")
    shared: bool = Field(default=False, description="Carries the calls of every organisation.")
    port: int | None = Field(default=None, description="null: DNS says it (SRV), else the protocol's own.")
    transport: Literal["udp", "tcp", "tls"] = "udp"
    username: str | None = Field(default=None, max_length=255, description="For digest authentication.")
    password: str | None = Field(
        default=None, max_length=255, description="Never shown again. null takes it away; left out, it stays."
    )
    number_format: Literal["e164", "plain", "00", "national"] = Field(
        default="e164", description="How numbers are written: +1212…, 1212…, 001212…, or as dialled inside `region`."
    )
    region: str | None = Field(default=None, max_length=2, description="ISO 3166; the number format national needs it.")
    prefixes: list[str] = Field(
        default_factory=list, max_length=1000, description="Beginnings of the numbers that it carries; none: all."
    )
    priority: int = Field(default=0, description="The lowest with a free channel takes a call.")
    weight: int = Field(default=10, description="Share among trunks of one priority.")
    codecs: str = Field(default="ulaw,alaw", max_length=100, description="Best first.")
    dtmf_mode: Literal["rfc4733", "info", "auto_info", "inband"] = "auto_info"
    channels: int = Field(default=30, description="Calls at once; never exceeded.")
    calls_per_second: float = Field(default=10, allow_inf_nan=False, description="Never exceeded.")
    enabled: bool = Field(default=True, description="false: no new call takes it; calls in the air go on.")
    outbound_proxy: str | None = Field(default=None, description="host or host:port through which every request goes.")
    from_user: str | None = None
    from_domain: str | None = None
    caller_id: Literal["pai", "rpid", "none"] = "none"
    pass_caller_id: bool = False
    withhold_number: bool = False
    allow_from: list[str] = Field(
        default_factory=list, max_length=64, description="Addresses and networks from which the provider calls us."
    )
    inbound_digest: bool = False
    session_timers: Literal["off", "accept", "require"] = "off"
    reliable_provisional: Literal["off", "accept", "require"] = "accept"
    qualify_seconds: int = 0
    rtp_timeout_seconds: int = 60
    srtp: Literal["off", "optional", "required"] = "off"
    tls_verify: bool = True
    tls_ca_file: str | None = None
    register_: bool = Field(default=False, alias="register", description="Log in to the provider.")
    registrar: str | None = None
    register_seconds: int = 300
    sign_calls: bool = True

    def given(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the fields that the request names: those of the trunk, and those of its ``SipOptions``."""
        own: dict[str, Any] = {}
        options: dict[str, Any] = {}
        for written in self.model_fields_set:
            name, value = written.rstrip("_"), getattr(self, written)
            (options if name in _OPTIONS else own)[name] = tuple(value) if isinstance(value, list) else value
        return own, options


class TrunkRequest(TrunkChange):
    """A trunk to be added."""

    name: str = Field(max_length=31, description="Small letters, digits and hyphens. It stays.", examples=["provider"])
    host: str = Field(max_length=255, examples=["sip.provider.example"])


class SipOptionsView(BaseModel):
    """What a provider may ask of a line beyond its address."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    outbound_proxy: str | None
    from_user: str | None
    from_domain: str | None
    caller_id: str
    pass_caller_id: bool
    withhold_number: bool
    allow_from: list[str]
    inbound_digest: bool
    session_timers: str
    reliable_provisional: str
    qualify_seconds: int
    rtp_timeout_seconds: int
    srtp: str
    tls_verify: bool
    tls_ca_file: str | None
    register_: bool = Field(alias="register")
    registrar: str | None
    register_seconds: int
    sign_calls: bool


class ProviderView(BaseModel):
    """How the provider is reached: only for those whose line it is, and who looks after the installation."""

    host: str
    port: int | None
    transport: str
    username: str | None
    has_password: bool
    options: SipOptionsView


class TrunkView(BaseModel):
    """A trunk and how it is."""

    trunk_id: str
    number: int
    name: str
    kind: Literal["sip", "lab"] = Field(description="lab: the handset lab, which comes from the appliance's settings.")
    own: bool = Field(description="false: another organisation's, shared.")
    shared: bool
    enabled: bool
    suspended: str | None = Field(description="Why no call takes it at this moment, because too much failed on it.")
    registration: str | None = Field(description="Registered, Unregistered, Rejected; null: none, or not known.")
    calls: int | None = Field(description="Calls that go over it now; null: not told for a line of others.")
    channels: int
    calls_per_second: float
    number_format: str
    region: str | None
    prefixes: list[str]
    priority: int
    weight: int
    codecs: str
    dtmf_mode: str
    provider: ProviderView | None = Field(description="null: a shared line of another organisation.")
    created_at: Utc

    @classmethod
    def of(
        cls, trunk: Trunk, *, own: bool, suspended: str | None, registration: str | None, calls: int, trusted: bool
    ) -> TrunkView:
        """Return the view of a trunk; ``trusted``: to whom the provider is told."""
        return cls(
            trunk_id=trunk.id,
            number=trunk.number,
            name=trunk.name,
            kind="lab" if trunk.kind == "lab" else "sip",
            own=own,
            shared=trunk.shared,
            enabled=trunk.enabled,
            suspended=suspended,
            registration=registration if trusted else None,
            calls=calls if trusted else None,
            channels=trunk.channels,
            calls_per_second=trunk.calls_per_second,
            number_format=trunk.number_format,
            region=trunk.region,
            prefixes=list(trunk.prefixes),
            priority=trunk.priority,
            weight=trunk.weight,
            codecs=trunk.codecs,
            dtmf_mode=trunk.dtmf_mode,
            provider=_provider(trunk) if trusted else None,
            created_at=trunk.created_at,
        )


def _provider(trunk: Trunk) -> ProviderView:
    return ProviderView(
        host=trunk.host,
        port=trunk.port,
        transport=trunk.transport,
        username=trunk.username,
        has_password=trunk.has_password,
        options=SipOptionsView.model_validate(
            {**trunk.options.to_store(), "allow_from": list(trunk.options.allow_from)}
        ),
    )
