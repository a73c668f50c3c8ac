"""Routes: SMPP binds, HTTP gateways, SMTP servers, and the lab. The only writer of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from callwright.accounts.audit import record
from callwright.accounts.models import Actor, operator
from callwright.errors import Conflict, FieldError, InvalidRequest, NotFound
from callwright.ids import new_id
from callwright.messages.models import Route
from callwright.messages.queries import SENDING
from callwright.store.database import Database, Row
from callwright.store.secrets import SecretBox
from callwright.store.statements import statements

SQL = statements(__package__, "routes.sql")

KINDS: Mapping[str, Sequence[str]] = {"sms": ("smpp", "http", "lab"), "email": ("smtp", "lab")}
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}", re.ASCII)
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", re.ASCII)
_MOST_PREFIXES = 1000

#: Returns what is wrong with the options and secrets of a kind; wired in the composition root.
OptionsCheck = Callable[["NewRoute"], Sequence[FieldError]]


@dataclass(frozen=True, kw_only=True)
class NewRoute:
    """A route to be added."""

    channel: str
    kind: str
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    #: Passwords and tokens by name; ``None`` keeps those that are stored.
    secrets: Mapping[str, str] | None = field(default=None, repr=False)
    shared: bool = False
    #: Beginnings of E.164 numbers, or domains of email; none: every one.
    prefixes: Sequence[str] = ()
    #: The lowest goes first.
    priority: int = 0
    weight: float = 1.0
    #: Messages a second; parts, of SMS.
    per_second: float = 10.0

    def errors(self) -> list[FieldError]:
        """Return what is wrong with it, but for its options."""
        kinds = KINDS.get(self.channel, ())
        prefix, example = (_DOMAIN, "domains") if self.channel == "email" else (_PREFIX, "beginnings such as +1 or +44")
        checks = {
            "channel": (self.channel in KINDS, f"one of {', '.join(KINDS)}"),
            "kind": (self.kind in kinds, f"one of {', '.join(kinds)}"),
            "name": (_NAME.fullmatch(self.name), "small letters, digits and hyphens, at most 31, a letter first"),
            "prefixes": (
                len(self.prefixes) <= _MOST_PREFIXES and all(prefix.fullmatch(each) for each in self.prefixes),
                f"{example}, at most {_MOST_PREFIXES}",
            ),
            "priority": (0 <= self.priority <= 1000, "0 to 1000, the lowest first"),
            "weight": (0.001 <= self.weight <= 1000, "0.001 to 1000"),
            "per_second": (0.01 <= self.per_second <= 100_000, "0.01 to 100000"),
        }
        return [
            FieldError(field=name, message=message, received=getattr(self, name))
            for name, (good, message) in checks.items()
            if not good
        ]


@dataclass(frozen=True, kw_only=True)
class RouteView:
    """A route as lists show it: never its secrets."""

    id: str
    number: int
    organisation_id: str
    shared: bool
    channel: str
    kind: str
    name: str
    options: Mapping[str, Any]
    prefixes: Sequence[str]
    priority: int
    weight: float
    per_second: float
    enabled: bool
    #: What its sender says of its connections.
    state: Mapping[str, Any]
    suspended_until: datetime | None
    suspended_reason: str | None
    created_at: datetime


class MessageRoutes:
    """Adds, changes and lists routes; the senders take theirs from here."""

    def __init__(
        self,
        database: Database,
        secrets: SecretBox,
        *,
        checks: Mapping[str, OptionsCheck] | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._secrets = secrets
        #: By kind.
        self._checks = checks or {}
        self._on_change = on_change

    async def add(
        self, organisation_id: str, new: NewRoute, *, replace: bool = False, who: Actor | None = None
    ) -> RouteView:
        """Add a route; with ``replace`` change the organisation's route of this name, channel and kind.

        ``who`` ``None`` is the operator. Raises ``InvalidRequest``, and ``Conflict`` when the name is taken.
        """
        errors = new.errors()
        if not errors and new.kind in self._checks:
            errors = list(self._checks[new.kind](new))
        if errors:
            raise InvalidRequest(errors)
        sealed = None if new.secrets is None else self._secrets.seal(orjson.dumps(dict(new.secrets)).decode())
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                SQL["insert_route"],
                *(new_id("rte"), organisation_id, new.shared, new.channel, new.kind, new.name, new.options, sealed),
                *(list(new.prefixes), new.priority, new.weight, new.per_second, replace),
            )
            if row is None:
                raise Conflict(f"a route is called {new.name!r} already; names are those of the whole appliance")
            view = _view(row)
            after = {"name": view.name, "kind": view.kind, "channel": view.channel, "options": dict(view.options)}
            await record(connection, who or operator(organisation_id), "route.added", view.id, None, after)
        self._on_change()
        return view

    async def page(
        self, organisation_id: str, *, channel: str | None = None, limit: int = 200, before: int | None = None
    ) -> list[RouteView]:
        """Return the routes that carry an organisation's messages, newest first."""
        rows = await self._database.fetch(SQL["page_of_routes"], organisation_id, channel, before, limit)
        return [_view(row) for row in rows]

    async def get(self, organisation_id: str, id_or_name: str) -> RouteView:
        """Return a route. Raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["get_route"], organisation_id, id_or_name)
        if row is None:
            raise NotFound(f"there is no route {id_or_name!r}")
        return _view(row)

    async def enable(
        self, organisation_id: str, id_or_name: str, *, enabled: bool, who: Actor | None = None
    ) -> RouteView:
        """Let a route carry messages, or not. Raises ``NotFound``."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["lock_route"], organisation_id, id_or_name)
            if row is None:
                raise NotFound(f"there is no route {id_or_name!r}")
            changed = await connection.fetchrow(SQL["enable_route"], organisation_id, row["id"], enabled)
            actor = who or operator(organisation_id)
            before, after = {"enabled": row["enabled"]}, {"enabled": enabled}
            await record(connection, actor, "route.changed", row["id"], before, after)
        self._on_change()
        assert changed is not None  # noqa: S101  (it is locked)
        return _view(changed)

    async def remove(self, organisation_id: str, id_or_name: str, *, who: Actor | None = None) -> None:
        """Remove a route that never carried a message. Raises ``NotFound``, ``Conflict``."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["lock_route"], organisation_id, id_or_name)
            if row is None:
                raise NotFound(f"there is no route {id_or_name!r}")
            if await connection.fetchval(SQL["route_is_used"], row["id"]):
                raise Conflict("the route has carried messages, which name it; disable it instead")
            await connection.execute(SQL["delete_route"], organisation_id, row["id"])
            before = {"name": row["name"], "kind": row["kind"]}
            await record(connection, who or operator(organisation_id), "route.removed", row["id"], before, None)
        self._on_change()

    async def can_carry(
        self, organisation_id: str, channel: str, *, sandbox: bool = False, media: bool = False
    ) -> bool:
        """Return whether any route carries this organisation's messages; ``media``: texts with pictures."""
        found: bool = await self._database.fetchval(SQL["can_carry"], organisation_id, channel, sandbox, media)
        return found

    async def own(self, sender_id: str, channels: Sequence[str]) -> list[Route]:
        """Return the routes that this sender keeps from now on: its own, and those that nobody keeps."""
        rows = await self._database.fetch(SENDING["own_routes"], sender_id, list(channels))
        return [self._route(row) for row in rows]

    async def shared(self, channel: str, kind: str) -> list[Route]:
        """Return the operator's routes of a kind that are enabled, with their secrets, the preferred first."""
        return [self._route(row) for row in await self._database.fetch(SQL["shared_routes"], channel, kind)]

    async def opened(self, id_or_name: str) -> Route:
        """Return a route with its secrets, whoever keeps it. Raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["opened_route"], id_or_name)
        if row is None:
            raise NotFound(f"there is no route {id_or_name!r}")
        return self._route(row)

    def _route(self, row: Row) -> Route:
        secrets = {} if row["secrets"] is None else orjson.loads(self._secrets.open(row["secrets"]))
        return Route(
            id=row["id"],
            organisation_id=row["organisation_id"],
            shared=row["shared"],
            channel=row["channel"],
            kind=row["kind"],
            name=row["name"],
            options=row["options"],
            secrets=secrets,
            per_second=float(row["per_second"]),
            updated_at=row["updated_at"],
        )


def _view(row: Row) -> RouteView:
    columns = {name: row[name] for name in RouteView.__dataclass_fields__}
    return RouteView(**columns | {"per_second": float(row["per_second"])})
