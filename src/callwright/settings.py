"""Typed settings from the environment (``CALLWRIGHT_…``); ``docs/reference/settings.md`` describes each."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from callwright.errors import SetupError

PREFIX = "CALLWRIGHT_"
#: Variables of ours that are no settings of ``serve``: those of single commands, and of ``./run``.
_OTHER_VARIABLES = frozenset(
    PREFIX + name
    for name in ("SECRET_KEY", "TRUNK_PASSWORD", "ROUTE_SECRETS", "CONSOLE", "VENV", "NO_APT", "TEST_PROCESSES")
)
#: What is allowed, where pydantic would show a regular expression.
_ALLOWED = {
    "public_url": "must be an address such as https://calls.example.com",
    "mail_from": "must be an email address such as calls@example.com",
}
_SENTENCES = {
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "bool_parsing": "must be true or false",
    "greater_than_equal": "must be {ge:g} or more",
    "less_than_equal": "must be {le:g} or less",
    "literal_error": "must be {expected}",
}
Port = Annotated[int, Field(ge=1, le=65_535)]


def default_data_dir() -> Path:
    """Return the folder that holds everything the appliance keeps, unless a setting names another.

    As root it lies outside root's home: PostgreSQL and Asterisk run as a user that cannot enter there.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/callwright")
    return Path.home() / ".local" / "share" / "callwright"


def default_cache_dir() -> Path:
    """Return the folder of unpacked programs; as root outside root's home, as above."""
    if os.geteuid() == 0:
        return Path("/var/cache/callwright")
    return Path.home() / ".cache" / "callwright"


class Settings(BaseSettings):
    """What an operator can set; every default works on a laptop."""

    # a variable that is set to nothing, as files for services leave them, is not set
    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", env_ignore_empty=True)

    #: Database, engine configuration, audio, keys: all the appliance's state lives below it.
    data_dir: Path = Field(default_factory=default_data_dir)
    #: Where unpacked programs (Asterisk) are kept; shared by data directories, safe to delete.
    cache_dir: Path = Field(default_factory=default_cache_dir)
    #: The user's own PostgreSQL, ``postgresql://user:password@host/name``; none: the embedded one.
    database_url: str | None = None
    #: The user's own Asterisk nodes, comma-separated ``http://user:password@host:8088``; none: the embedded one.
    asterisk_urls: str | None = None
    #: Debian mirror for Asterisk's packages on a machine whose apt is not Debian's (Ubuntu); none: apt's own.
    debian_mirror: str | None = None
    #: HTTP address of the API. Plain HTTP is for loopback; a proxy with TLS stands before anything else.
    host: str = "127.0.0.1"
    port: Port = 8080
    #: SIP address of the embedded engine.
    sip_host: str = "127.0.0.1"
    sip_port: Port = 5060
    #: Behind address translation: the address that providers see, in SIP and (the same unless given) in RTP.
    sip_external_host: str | None = None
    rtp_external_host: str | None = None
    #: Networks (CIDR, comma-separated) that reach the engine without that translation; none: the private ones.
    sip_local_networks: str = ""
    #: First port of the block of 10 that the appliance's loopback services use (ARI, control websockets, lab).
    internal_port_base: Port = 18700
    #: RTP ports of the embedded engine and, after them, of the lab.
    rtp_start: Port = 20000
    rtp_end: Port = 23999
    #: Name of this engine node; the ARI application is ``cw-<node>``.
    node: str = "node1"
    #: Networks (CIDR, comma-separated) that webhooks may reach although they are private; none by default.
    webhook_allow_networks: str = ""
    #: Who finds out whether a machine answered: ``own``, or Asterisk's ``app_amd`` (``asterisk``), which is also asked
    #: where ours cannot run.
    machine_detector: Literal["own", "asterisk"] = "own"
    #: Whether the handset lab runs; sandbox keys need it.
    lab: bool = True
    #: SIP address of the lab; loopback unless softphones on other machines shall register.
    lab_host: str = "127.0.0.1"
    #: Signed calls (STIR/SHAKEN): private key (PEM, P-256), where the other side finds its certificate, and that
    #: certificate (PEM) to be checked against the key.
    stir_shaken_key: Path | None = None
    stir_shaken_certificate_url: str | None = None
    stir_shaken_certificate: Path | None = None
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(str.lower)] = "info"
    #: One line an event: for people, or one JSON object for programs.
    log_format: Literal["text", "json"] = "text"
    #: Where requests are counted: ``memory`` (each process for itself), ``database``, or ``redis://HOST:PORT/NUMBER``.
    rate_limits: str = "memory"
    #: Requests a second of one key, and of one address whatever its keys.
    requests_per_second: int = Field(default=100, ge=1)
    address_requests_per_second: int = Field(default=300, ge=1)
    #: Bearer token of ``/metrics`` for scrapers on other machines; none: loopback only.
    metrics_token: str | None = None
    #: Where others reach this appliance, ``https://calls.example.com``: what gateways of texts call back and what links
    #: in messages lead to. None: gateways are given no address, and messages hold no links.
    public_url: str | None = Field(default=None, pattern=r"^https?://[^\s?#]+$")
    #: Whom the appliance's own mails come from (links to choose a password, codes, reports). None: it sends none, and
    #: who invites passes the link on. They leave over the operator's shared routes of emails.
    mail_from: str | None = Field(default=None, pattern=r"^[^\s@<>\"(),;:\\]+@[^\s@<>\"(),;:\\]+$")
    #: Certificate chain and private key (PEM); with them HTTP is HTTPS.
    tls_cert: Path | None = None
    tls_key: Path | None = None
    #: Plain HTTP may listen beyond loopback: a proxy that ends TLS stands before it.
    behind_proxy: bool = False
    #: The proxies (addresses or CIDRs, comma-separated) whose ``X-Forwarded-For`` and ``-Proto`` are believed.
    trusted_proxies: str = ""
    #: Further folders with Piper voices (``*.onnx`` beside ``*.onnx.json``), separated by colons.
    voices_dir: str = ""
    #: Processes that each neural engine (Kokoro, Piper) speaks with; each holds up to 400 MB.
    speech_workers: int = Field(default=1, ge=1, le=64)
    #: What understands words: ``auto`` (Whisper when it is installed, else pocketsphinx), one of them, or ``off``.
    recogniser: Literal["auto", "whisper", "pocketsphinx", "off"] = "auto"
    #: A folder with a Whisper model in CTranslate2's form for other languages than English, or one in a folder a
    #: language (``de``, ``fr``, …).
    recogniser_models: Path | None = None
    #: Processes that understand words; each keeps a processor core busy and holds 250 MB.
    recogniser_workers: int = Field(default=1, ge=1, le=64)
    #: How long an ordered stop waits for the calls in the air.
    drain_seconds: float = Field(default=5.0, ge=0)

    def __init__(self, **given: Any) -> None:
        """Read what is not ``given`` from the environment. Raises ``SetupError``, which names each wrong variable."""
        try:
            super().__init__(**given)
        except ValidationError as error:
            # values are shown, so that a slip is seen: no secret is of a kind that can be wrong
            told = (_told(fault["loc"][0], fault) for fault in error.errors(include_url=False))
            raise SetupError("; ".join(told)) from None


def unknown_variables(environment: Mapping[str, str]) -> dict[str, str | None]:
    """Return the variables that look like ours and are not, each with the one that was probably meant."""
    known = _OTHER_VARIABLES | {PREFIX + name.upper() for name in Settings.model_fields}
    found: dict[str, str | None] = {}
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            found[name] = next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.8)), None)
    return found


def _told(name: int | str, fault: Mapping[str, Any]) -> str:
    field = str(name)
    message = _ALLOWED.get(field) or _SENTENCES.get(fault["type"], str(fault["msg"]).lower())
    return f"{PREFIX}{field.upper()} {message.format(**fault.get('ctx', {}))}, not {str(fault['input'])!r}"
