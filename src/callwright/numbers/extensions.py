"""Softphones that register with the engine and are called as ``Ext:1000``."""

from __future__ import annotations

import re
import secrets as randomness
from dataclasses import dataclass, field, fields
from datetime import datetime

from callwright.accounts.audit import record
from callwright.accounts.models import Actor, operator
from callwright.errors import Conflict, FieldError, InvalidRequest, NotFound
from callwright.ids import new_id
from callwright.store.database import Database, Row
from callwright.store.secrets import SecretBox
from callwright.store.statements import statements

SQL = statements(__package__, "extensions.sql")

#: How an extension is written where a number stands.
PREFIX = "Ext:"
_WRITTEN = re.compile(r"ext:\s*([0-9]{2,6})", re.ASCII | re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{2,6}", re.ASCII)
#: It becomes a caller's name in SIP and a line of the engine's configuration.
_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\"<>\\;\[\]]{1,80}")
_PASSWORD_BYTES = 18


@dataclass(frozen=True, kw_only=True)
class Extension:
    """A softphone's account."""

    id: str
    number: int
    organisation_id: str
    #: 2 to 6 digits.
    extension: str
    name: str
    #: Name of the registration and of the engine's endpoint.
    username: str
    created_at: datetime

    @property
    def destination(self) -> str:
        """How it is called: ``Ext:1000``."""
        return PREFIX + self.extension


@dataclass(frozen=True, kw_only=True)
class ExtensionAccess:
    """What the engine must know of an extension."""

    extension: Extension
    password: str = field(repr=False)


class Extensions:
    """The only writer of extensions."""

    def __init__(self, database: Database, secrets: SecretBox) -> None:
        self._database = database
        self._secrets = secrets

    async def add(
        self, organisation_id: str, extension: str, name: str | None = None, *, who: Actor | None = None
    ) -> ExtensionAccess:
        """Make an extension and its password, which is shown now and never again.

        ``name`` is shown on other telephones; ``who`` ``None`` is the operator. Raises ``InvalidRequest``, or
        ``Conflict`` when there is one already.
        """
        shown = f"Extension {extension}" if name is None else name.strip()
        errors = []
        if not _DIGITS.fullmatch(extension):
            errors.append(FieldError(field="extension", message="2 to 6 digits, such as 1000", received=extension[:40]))
        if not _NAME.fullmatch(shown):
            message = '1 to 80 characters, without " < > \\ ; [ ] and line breaks'
            errors.append(FieldError(field="name", message=message, received=shown[:100]))
        if errors:
            raise InvalidRequest(errors)
        password = randomness.token_urlsafe(_PASSWORD_BYTES)
        who = who or operator(organisation_id)
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                SQL["insert_extension"],
                new_id("ext"),
                organisation_id,
                extension,
                shown,
                self._secrets.seal(password),
                who.user_id,
            )
            if row is None:
                raise Conflict(f"there is an extension {extension} already; remove it first to get a new password")
            await record(connection, who, "extension.added", row["id"], None, {"extension": extension, "name": shown})
        return ExtensionAccess(extension=_extension(row), password=password)

    async def of_organisation(self, organisation_id: str) -> list[Extension]:
        """Return the organisation's extensions by their digits."""
        return [_extension(row) for row in await self._database.fetch(SQL["extensions"], organisation_id)]

    async def remove(self, organisation_id: str, extension: str, *, who: Actor | None = None) -> None:
        """Remove an extension, named by its id or digits; calls in the air go on. Raises ``NotFound``."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["delete_extension"], organisation_id, extension)
            if row is None:
                raise NotFound(f"there is no extension {extension[:60]!r}")
            before = {"extension": row["extension"], "name": row["name"]}
            await record(connection, who or operator(organisation_id), "extension.removed", row["id"], before, None)

    async def of_node(self) -> list[ExtensionAccess]:
        """Return every extension with its password, for the engine's configuration."""
        return [
            ExtensionAccess(extension=_extension(row), password=self._secrets.open(row["password"]))
            for row in await self._database.fetch(SQL["extensions_of_node"])
        ]


def read_extension(value: object) -> str | None:
    """Return ``Ext:1000`` for a text that names an extension in any case, ``None`` for anything else."""
    found = _WRITTEN.fullmatch(value.strip()) if isinstance(value, str) else None
    return None if found is None else PREFIX + found[1]


def is_extension(destination: str) -> bool:
    """Return whether a stored destination is an extension, not a telephone number."""
    return destination.startswith(PREFIX)


def _extension(row: Row) -> Extension:
    return Extension(**{each.name: row[each.name] for each in fields(Extension)})
