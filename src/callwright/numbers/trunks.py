"""Lines to SIP providers and to the handset lab."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import phonenumbers

from callwright.accounts.audit import record
from callwright.accounts.models import Actor, Principal, operator
from callwright.errors import Conflict, FieldError, InvalidRequest, NotFound
from callwright.ids import new_id
from callwright.numbers.formats import FORMATS
from callwright.numbers.models import Trunk
from callwright.numbers.sip_addresses import CARRIED
from callwright.numbers.sip_options import SipOptions
from callwright.store.database import Database, Row
from callwright.store.secrets import SecretBox
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__)

_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
#: A DNS name or an address; IPv6 in brackets. These reach the engine's configuration, so nothing else may.
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\]")
_CODECS = ("ulaw", "alaw", "g722", "opus", "g729")
#: The engine's configuration is read line by line, with ``;`` as comment.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f;]")
_UNSAFE_IN_USER = re.compile(r"[\x00-\x1f\x7f;\[\]]")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}", re.ASCII)
_MOST_PREFIXES = 1000
_CHOICES = {
    "kind": ("sip", "lab"),
    "transport": ("udp", "tcp", "tls"),
    "number_format": FORMATS,
    "dtmf_mode": ("rfc4733", "info", "auto_info", "inband"),
}


@dataclass(frozen=True, kw_only=True)
class NewTrunk:
    """A trunk to be added; the fields are those of ``models.Trunk``."""

    name: str
    host: str
    kind: str = "sip"
    shared: bool = False
    port: int | None = None
    transport: str = "udp"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    number_format: str = "e164"
    codecs: str = "ulaw,alaw"
    dtmf_mode: str = "auto_info"
    channels: int = 30
    calls_per_second: float = 10
    region: str | None = None
    prefixes: tuple[str, ...] = ()
    priority: int = 0
    weight: int = 10
    enabled: bool = True
    options: SipOptions = field(default_factory=SipOptions)

    def errors(self) -> list[FieldError]:
        """Return what is wrong with it."""
        found = [
            FieldError(field=name, message=f"one of {', '.join(choices)}", received=getattr(self, name))
            for name, choices in _CHOICES.items()
            if getattr(self, name) not in choices
        ]
        checks = {
            "name": (_NAME.fullmatch(self.name), "small letters, digits and hyphens, at most 31, a letter first"),
            "host": (_HOST.fullmatch(self.host), "a host name or an address, without port"),
            "port": (self.port is None or 1 <= self.port <= 65535, "1 to 65535, or none: DNS says it"),
            "channels": (0 < self.channels <= 100_000, "1 or more"),
            "calls_per_second": (0.01 <= self.calls_per_second <= 10_000, "0.01 or more"),
            "codecs": (
                self.codecs and all(codec in _CODECS for codec in self.codecs.split(",")),
                f"a comma-separated list of {', '.join(_CODECS)}",
            ),
            "username": (
                self.username is None or (self.username and not _UNSAFE_IN_USER.search(self.username)),
                "no control characters, semicolons or brackets",
            ),
            "region": (
                self.region in phonenumbers.SUPPORTED_REGIONS
                if self.number_format == "national" or self.region is not None
                else True,
                "a country as ISO 3166 writes it, such as US; the number format national needs it",
            ),
            "prefixes": (
                len(self.prefixes) <= _MOST_PREFIXES
                and all(_PREFIX.fullmatch(prefix) or CARRIED.fullmatch(prefix) for prefix in self.prefixes),
                "beginnings of E.164 numbers, such as +1 or +4420, and domains of SIP addresses, such as @example.com",
            ),
            "priority": (0 <= self.priority <= 1000, "0 to 1000, the lowest first"),
            "weight": (1 <= self.weight <= 1000, "1 to 1000"),
        }
        found += [
            FieldError(field=name, message=message, received=getattr(self, name))
            for name, (good, message) in checks.items()
            if not good
        ]
        # the password itself is not repeated in an error
        if self.password is not None and (not self.password or _UNSAFE.search(self.password)):
            found.append(FieldError(field="password", message="no control characters or semicolons, and not empty"))
        if self.password is not None and self.username is None and not self.options.inbound_digest:
            found.append(FieldError(field="username", message="a password needs a user name"))
        if self.options.inbound_digest and self.password is None:
            found.append(FieldError(field="inbound_digest", message="needs the trunk's password"))
        if self.options.register and self.username is None:
            found.append(FieldError(field="username", message="a registration needs a user name"))
        found += self.options.errors()
        return found


class Trunks:
    """The only writer of trunks and of their limits."""

    def __init__(self, database: Database, secrets: SecretBox) -> None:
        self._database = database
        self._secrets = secrets

    async def add(
        self, organisation_id: str, new: NewTrunk, *, replace: bool = False, who: Actor | None = None
    ) -> Trunk:
        """Add a trunk and its limit; with ``replace`` change the organisation's trunk of this name and kind.

        ``who`` ``None`` is the operator. Raises ``InvalidRequest``, and ``Conflict`` when the name is taken: endpoint
        names are the appliance's.
        """
        errors = new.errors()
        if errors:
            raise InvalidRequest(errors)
        async with self._database.transaction() as connection:
            before = await connection.fetchrow(SQL["find_trunk"], organisation_id, new.name)
            row = await connection.fetchrow(
                SQL["insert_trunk"],
                new_id("trk"),
                organisation_id,
                new.name,
                new.kind,
                new.shared,
                new.host,
                new.port,
                new.transport,
                new.username,
                None if new.password is None else self._secrets.seal(new.password),
                new.number_format,
                new.codecs,
                new.dtmf_mode,
                new.channels,
                new.calls_per_second,
                replace,
                new.region,
                list(new.prefixes),
                new.priority,
                new.weight,
                new.options.to_store(),
                new.enabled,
            )
            if row is None:
                raise Conflict(f"there is a trunk named {new.name!r} already; choose another name")
            await connection.execute(SQL["put_trunk_limit"], organisation_id, row["id"], new.channels)
            old, made = None if before is None else asdict(_trunk(before)), asdict(_trunk(row))
            # the lab's trunk is declared at every start, mostly as it was
            if old != made:
                action = "trunk.added" if old is None else "trunk.changed"
                await record(connection, who or operator(organisation_id), action, row["id"], old, made)
        return _trunk(row)

    async def find(self, organisation_id: str, name: str) -> Trunk:
        """Return the organisation's own trunk of this name; raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["find_trunk"], organisation_id, name)
        if row is None:
            raise NotFound(f"this organisation has no trunk {name!r}")
        return _trunk(row)

    async def remove(self, organisation_id: str, name: str, *, who: Actor | None = None) -> bool:
        """Switch the organisation's trunk off, and delete it when no call ever took it; returns whether it is deleted.

        Calls in the air go on. ``who`` ``None`` is the operator. Raises ``NotFound``.
        """
        trunk = await self.find(organisation_id, name)
        async with self._database.transaction() as connection:
            await connection.execute(SQL["disable_trunk"], organisation_id, trunk.id)
            await record(connection, who or operator(organisation_id), "trunk.removed", trunk.id, asdict(trunk), None)
            if await connection.fetchrow(SQL["delete_unused_trunk"], organisation_id, trunk.id) is None:
                return False
            await connection.execute(SQL["delete_trunk_limit"], organisation_id, trunk.id)
        return True

    async def of_organisation(self, organisation_id: str) -> list[Trunk]:
        """Return the trunks that the organisation's calls may take, its own and the shared."""
        return [_trunk(row) for row in await self._database.fetch(SQL["trunks"], organisation_id)]

    async def of_installation(self) -> list[Trunk]:
        """Return every trunk of every organisation, for who looks after the installation."""
        return [_trunk(row) for row in await self._database.fetch(SQL["installed_trunks"])]

    async def get(self, trunk_id: str, organisation_id: str | None) -> Trunk:
        """Return a trunk that the organisation's calls may take, or any for ``None``; raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["get_trunk"], trunk_id, organisation_id)
        if row is None:
            raise NotFound(f"there is no trunk {trunk_id!r}")
        return _trunk(row)

    async def in_use(self, trunks: Sequence[Trunk]) -> dict[str, int]:
        """Return how many calls go over each of the trunks now, by id."""
        rows = await self._database.fetch(SQL["calls_over_trunks"], [trunk.id for trunk in trunks])
        return {row["key"]: row["used"] for row in rows}

    async def sip_domains(self, organisation_id: str) -> list[str]:
        """Return the domains whose SIP addresses the organisation's transfers may call, as ``@pbx.example.com``."""
        carried = [prefix for trunk in await self.of_organisation(organisation_id) if trunk.enabled
                   for prefix in trunk.prefixes]  # fmt: skip
        return sorted({prefix for prefix in carried if prefix.startswith("@")})

    async def suspended(self, trunks: Sequence[Trunk]) -> dict[str, str]:
        """Return why and until when nothing goes over those of the trunks that are suspended, in words, by id."""
        rows = await self._database.fetch(SQL["suspended_trunks"], [trunk.id for trunk in trunks])
        return {
            row["key"]: (
                f"suspended until {row['open_until']:%H:%M:%S} UTC: {row['reason']}"
                if row["state"] == "open"
                else f"tried with one call, after {row['reason']}"
            )
            for row in rows
        }

    async def enabled(self) -> list[Trunk]:
        """Return every enabled trunk, for the engine's configuration."""
        return [_trunk(row) for row in await self._database.fetch(SQL["all_trunks"])]

    async def password(self, trunk_id: str) -> str | None:
        """Return a trunk's password in clear, for the engine's configuration; raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["trunk_password"], trunk_id)
        if row is None:
            raise NotFound(f"there is no trunk {trunk_id!r}")
        return None if row["password"] is None else self._secrets.open(row["password"])


async def trunk_for(connection: Connection, principal: Principal) -> Trunk | None:
    """Return the trunk for a key's calls: a sandbox key's is a lab's, never another; own ones before shared ones."""
    kind = "lab" if principal.sandbox else "sip"
    row = await connection.fetchrow(SQL["trunk_for"], principal.organisation.id, kind)
    return None if row is None else _trunk(row)


def _trunk(row: Row) -> Trunk:
    fields = dict(row)
    fields["has_password"] = fields.pop("password") is not None
    del fields["next_call_at"]
    fields["calls_per_second"] = float(fields["calls_per_second"])
    fields["prefixes"] = tuple(fields["prefixes"])
    fields["options"] = SipOptions.stored(fields["options"])
    return Trunk(**fields)
