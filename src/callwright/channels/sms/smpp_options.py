"""What a route of the kind ``smpp`` says of its message centre, read once and refused with the field that is wrong."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any, Literal, cast, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from callwright.channels.sms.client import Plan
from callwright.channels.sms.parts import Writing
from callwright.channels.sms.pdu import Bind
from callwright.channels.sms.port import Joining
from callwright.channels.sms.receipts import IdForm
from callwright.channels.sms.session import Endpoint, Kind
from callwright.errors import FieldError

Binding = Literal["transceiver", "separate", "transmitter"]
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")
#: What SMPP writes as C octet strings: sizes without the closing zero (section 4.1.1).
_SYSTEM_ID = re.compile(r"[\x21-\x7e]{1,15}")
_SYSTEM_TYPE = re.compile(r"[\x20-\x7e]{0,12}")
_SERVICE_TYPE = re.compile(r"[\x20-\x7e]{0,5}")
_PASSWORD = re.compile(r"[\x20-\x7e]{0,64}")
_PLAIN_PORT, _TLS_PORT = 2775, 3550


@dataclass(frozen=True, kw_only=True)
class SmppOptions:
    """A message centre and how it wants messages; times in seconds."""

    host: str
    #: ``None``: 2775, or 3550 with TLS.
    port: int | None = None
    tls: bool = False
    #: Whether the centre's certificate is checked.
    tls_verify: bool = True
    system_id: str = ""
    system_type: str = ""
    #: ``separate``: as many receivers as transmitters.
    bind: Binding = "transceiver"
    connections: int = 1
    #: Units of a connection that wait for their answers.
    window: int = 50
    enquire_after: float = 30.0
    answer_timeout: float = 30.0
    #: How long a part that the centre refused because of its load is tried again before the message waits its turn.
    patience: float = 20.0
    joining: Joining = "udh"
    #: The centre and its networks carry national single shift tables.
    shifts: bool = False
    packed: bool = False
    service_type: str = ""
    most_parts: int = 10
    #: Ask for delivery receipts.
    receipts: bool = True
    #: The form of ids in receipts, where it is not that of answers.
    receipt_ids: IdForm = "same"
    #: IANA zone in which the centre writes dates.
    receipt_zone: str = "UTC"
    #: Minutes for which the centre tries; ``None`` leaves it to the centre.
    validity_minutes: int | None = None
    password: str = field(default="", repr=False)

    def plan(self, *, per_second: float) -> Plan:
        """Return how the client talks to the centre."""
        binds: dict[Binding, tuple[Kind, ...]] = {
            "transceiver": ("transceiver",),
            "transmitter": ("transmitter",),
            "separate": ("transmitter", "receiver"),
        }
        context = None
        if self.tls:
            context = ssl.create_default_context()
            if not self.tls_verify:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
        endpoints = [
            Endpoint(
                host=self.host,
                port=self.port or (_TLS_PORT if self.tls else _PLAIN_PORT),
                bind=Bind(system_id=self.system_id, password=self.password, system_type=self.system_type),
                kind=kind,
                tls=context,
                window=self.window,
                answer_timeout=self.answer_timeout,
                enquire_after=self.enquire_after,
            )
            for _ in range(self.connections)
            for kind in binds[self.bind]
        ]
        return Plan(
            endpoints=endpoints,
            writing=Writing(
                joining=self.joining,
                shifts=self.shifts,
                packed=self.packed,
                service_type=self.service_type,
                most_parts=self.most_parts,
            ),
            rate=per_second,
            patience=self.patience,
            zone=ZoneInfo(self.receipt_zone),
            receipt_ids=self.receipt_ids,
        )

    @property
    def validity(self) -> timedelta | None:
        """How long the centre tries."""
        return None if self.validity_minutes is None else timedelta(minutes=self.validity_minutes)


def _matching(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _whole(least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _number(least: float, most: float) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _zone(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(ZoneInfo(value))
    except (ZoneInfoNotFoundError, ValueError):
        return False


def _one_of(choices: Sequence[str]) -> tuple[Callable[[Any], bool], str]:
    return (lambda value: value in choices, f"one of {', '.join(choices)}")


_CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "host": (_matching(_HOST), "a host name or an address, without port"),
    "port": (_whole(1, 65535), "1 to 65535"),
    "tls": (_flag, "true or false"),
    "tls_verify": (_flag, "true or false"),
    "system_id": (_matching(_SYSTEM_ID), "1 to 15 characters of ASCII without blanks"),
    "system_type": (_matching(_SYSTEM_TYPE), "at most 12 characters of ASCII"),
    "bind": _one_of(get_args(Binding)),
    "connections": (_whole(1, 50), "1 to 50"),
    "window": (_whole(1, 1000), "1 to 1000"),
    "enquire_after": (_number(1, 3600), "1 to 3600 seconds"),
    "answer_timeout": (_number(1, 300), "1 to 300 seconds"),
    "patience": (_number(0, 120), "0 to 120 seconds"),
    "joining": _one_of(get_args(Joining)),
    "shifts": (_flag, "true or false"),
    "packed": (_flag, "true or false"),
    "service_type": (_matching(_SERVICE_TYPE), "at most 5 characters of ASCII"),
    "most_parts": (_whole(1, 255), "1 to 255"),
    "receipts": (_flag, "true or false"),
    "receipt_ids": _one_of(get_args(IdForm)),
    "receipt_zone": (_zone, "an IANA time zone, such as Europe/Berlin"),
    "validity_minutes": (_whole(1, 30 * 1440), "1 to 43200"),
}
_REQUIRED = ("host", "system_id")


def option_errors(options: Mapping[str, Any], secrets: Mapping[str, str] | None) -> list[FieldError]:
    """Return what is wrong with a route's options and secrets."""
    found = [
        FieldError(field=f"options.{name}", message=f"is no option of smpp; known are {', '.join(_CHECKS)}")
        for name in options
        if name not in _CHECKS
    ]
    for name, (good, message) in _CHECKS.items():
        value = options.get(name)
        if value is None:
            if name in _REQUIRED:
                found.append(FieldError(field=f"options.{name}", message=f"is needed: {message}"))
        elif not good(value):
            found.append(FieldError(field=f"options.{name}", message=message, received=value))
    for name, value in (secrets or {}).items():
        if name != "password":
            found.append(FieldError(field=f"secrets.{name}", message="the only secret of smpp is password"))
        elif not _PASSWORD.fullmatch(value):
            # most centres take eight characters, as the standard says, some more; the value itself is not repeated
            found.append(FieldError(field="secrets.password", message="at most 64 characters of ASCII"))
    return found


def read_options(options: Mapping[str, Any], secrets: Mapping[str, str]) -> SmppOptions:
    """Return what a route's options mean; raises ``ValueError`` for wrong ones."""
    if found := option_errors(options, secrets):
        raise ValueError("; ".join(f"{error.field}: {error.message}" for error in found))
    known = {each.name for each in fields(SmppOptions)}
    given = {name: value for name, value in options.items() if name in known and value is not None}
    return SmppOptions(**cast("Any", given), password=secrets.get("password", ""))
