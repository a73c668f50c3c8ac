"""Organisations and what their operator sets: the only writer of them."""

from __future__ import annotations

import base64
import secrets as randomness
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time
from decimal import Decimal
from typing import Any

import phonenumbers

from callwright.accounts.audit import AuditQueries, record
from callwright.accounts.credentials import CredentialService
from callwright.accounts.dialects import SIGNED_IN, reserved, wrong_options
from callwright.accounts.keys import PURPOSES, KeyService, organisation_of
from callwright.accounts.links import Links
from callwright.accounts.mail import Postman
from callwright.accounts.models import Actor, ApiKey, Organisation, Principal, operator
from callwright.accounts.request_log import RequestLog
from callwright.accounts.sessions import PREFIX, SessionService
from callwright.accounts.users import UserService
from callwright.clock import Clock
from callwright.errors import FieldError, InvalidRequest, NotFound
from callwright.ids import new_id
from callwright.rules.zones import zone_names
from callwright.store.database import Database, Row
from callwright.store.secrets import SecretBox
from callwright.store.statements import statements

__all__ = ["PURPOSES", "AccountService"]

SQL = statements(__package__)

#: Concurrent calls of a new organisation, until an operator sets another number.
DEFAULT_CONCURRENT_CALLS = 50
_LONGEST_SPOKEN_NAME = 200
_MOST_CALLBACK_DAYS = 365
#: Standard Webhooks: ``whsec_`` and base64 of 24 to 64 bytes.
_WEBHOOK_SECRET_BYTES = 32


class AccountService:
    """Organisations and their limits; the parts have their keys, people, sessions and the audit log."""

    def __init__(self, database: Database, secrets: SecretBox, clock: Clock, *, postman: Postman | None = None) -> None:
        self._database = database
        self._secrets = secrets
        self._clock = clock
        self.key_service = KeyService(database, secrets, clock)
        links = Links(clock, postman)
        self.users = UserService(database, clock, links, on_change=self.key_service.cache.clear)
        self.credentials = CredentialService(database, secrets, clock, links)
        self.sessions = SessionService(database, secrets, clock)
        self.audit = AuditQueries(database)
        self.request_log = RequestLog(database, clock)

    async def forget_old(self) -> None:
        """Delete sessions that are over and old refused requests."""
        await self.sessions.forget_old()
        await self.request_log.forget()

    async def create_organisation(self, name: str, *, time_zone: str = "UTC", region: str = "US") -> Organisation:
        """Make an organisation with its limit, event sequence and webhook secret. Raises ``InvalidRequest``."""
        organisation_id = new_id("org")
        check_organisation(
            Organisation(
                id=organisation_id,
                number=0,
                name=name,
                time_zone=time_zone,
                region=region,
                voice="",
                calling_from=None,
                calling_until=None,
                created_at=self._clock.now(),
            )
        )
        secret = "whsec_" + base64.b64encode(randomness.token_bytes(_WEBHOOK_SECRET_BYTES)).decode()
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                SQL["insert_organisation"],
                organisation_id,
                name.strip(),
                time_zone,
                region,
                self._secrets.seal(secret),
            )
            await connection.execute(SQL["insert_event_sequence"], organisation_id)
            await connection.execute(SQL["insert_organisation_limit"], organisation_id, DEFAULT_CONCURRENT_CALLS)
            after = {"name": name.strip(), "time_zone": time_zone, "region": region}
            await record(connection, operator(organisation_id), "account.created", organisation_id, None, after)
        return organisation_of(_found(row, organisation_id))

    async def organisations(self) -> list[Organisation]:
        """Return every organisation, oldest first; for the operator only."""
        return [organisation_of(row) for row in await self._database.fetch(SQL["organisations"])]

    async def organisation(self, organisation_id: str) -> Organisation:
        """Return one; raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["get_organisation"], organisation_id)
        return organisation_of(_found(row, organisation_id))

    async def find_organisation(self, reference: str) -> Organisation:
        """Return the one that an operator means by id, number or name; raises ``NotFound`` or ``InvalidRequest``."""
        rows = await self._database.fetch(SQL["find_organisations"], reference)
        if len(rows) > 1:
            numbers = ", ".join(str(row["number"]) for row in rows)
            raise InvalidRequest(
                [
                    FieldError(
                        field="organisation",
                        message=f"several have this name; say one of the numbers {numbers}",
                        received=reference,
                    )
                ]
            )
        return organisation_of(_found(rows[0] if rows else None, reference))

    async def set_calling_hours(
        self,
        organisation_id: str,
        calling_from: time | None,
        calling_until: time | None,
        *,
        who: Actor | None = None,
    ) -> Organisation:
        """Set the daily window in the callee's zone; both ``None`` turns it off. Raises ``InvalidRequest``."""
        return await self.change(organisation_id, {"calling_from": calling_from, "calling_until": calling_until}, who)

    async def change(self, organisation_id: str, fields: Mapping[str, Any], who: Actor | None = None) -> Organisation:
        """Set some of ``name``, ``time_zone``, ``region``, ``voice``, ``calling_from``, ``calling_until``,
        ``spoken_name``, ``callback_days`` and ``dialect_options``.

        ``who`` ``None`` is the operator. Raises ``InvalidRequest``, which names every wrong field, and ``NotFound``.
        """
        async with self._database.transaction() as connection:
            row = _found(await connection.fetchrow(SQL["lock_organisation"], organisation_id), organisation_id)
            before = organisation_of(row)
            after = replace(before, **fields)
            check_organisation(after)
            if who is not None and (faults := reserved(before.dialect_options, after.dialect_options)):
                raise InvalidRequest(faults)
            changed = await connection.fetchrow(
                SQL["set_organisation"],
                organisation_id,
                after.name.strip(),
                after.time_zone,
                after.region,
                after.voice,
                after.calling_from,
                after.calling_until,
                after.spoken_name,
                after.callback_days,
                after.dialect_options,
            )
            after = organisation_of(_found(changed, organisation_id))
            await record(
                connection,
                who or operator(organisation_id),
                "account.changed",
                organisation_id,
                {name: getattr(before, name) for name in fields},
                {name: getattr(after, name) for name in fields},
            )
        self.key_service.cache.clear()
        return after

    async def set_operates(self, organisation_id: str, operates: bool) -> Organisation:
        """Say whether the organisation looks after the installation; raises ``NotFound``."""
        async with self._database.transaction() as connection:
            if await connection.fetchval(SQL["set_operates"], organisation_id, operates) is not None:
                await record(
                    connection,
                    operator(organisation_id),
                    "account.changed",
                    organisation_id,
                    {"operates": not operates},
                    {"operates": operates},
                )
        self.key_service.cache.clear()
        return await self.organisation(organisation_id)

    async def webhook_secret(self, organisation_id: str) -> str:
        """Return the secret that signs the organisation's webhooks (``whsec_…``); raises ``NotFound``."""
        sealed = await self._database.fetchval(SQL["webhook_secret"], organisation_id)
        if sealed is None:
            raise NotFound(f"there is no organisation {organisation_id!r}")
        return self._secrets.open(sealed)

    async def concurrent_calls(self, organisation_id: str) -> tuple[int, int]:
        """Return the calls in the air and how many there may be; raises ``NotFound``."""
        row = _found(await self._database.fetchrow(SQL["get_limit"], organisation_id), organisation_id)
        return row["used"], row["capacity"]

    async def set_concurrent_calls(
        self, organisation_id: str, capacity: int, *, who: Actor | None = None
    ) -> tuple[int, int]:
        """Set how many calls may be in the air; those above it end by themselves. Raises ``InvalidRequest``."""
        if capacity < 0:
            raise InvalidRequest([FieldError(field="concurrent_calls", message="must be 0 or more", received=capacity)])
        async with self._database.transaction() as connection:
            before = _found(await connection.fetchrow(SQL["lock_limit"], organisation_id), organisation_id)
            row = _found(await connection.fetchrow(SQL["set_limit"], organisation_id, capacity), organisation_id)
            await record(
                connection,
                who or operator(organisation_id),
                "account.limit_changed",
                organisation_id,
                {"concurrent_calls": before["capacity"]},
                {"concurrent_calls": capacity},
            )
        return row["used"], row["capacity"]

    async def set_calls_per_second(
        self, organisation_id: str, rate: Decimal | None, *, who: Actor | None = None
    ) -> None:
        """Set how many calls may begin in a second, over all trunks; ``None``: as many as they carry.

        Raises ``InvalidRequest`` and ``NotFound``.
        """
        if rate is not None and not (rate.is_finite() and Decimal("0.01") <= rate <= Decimal("99999")):
            message = "must be 0.01 to 99999"
            raise InvalidRequest([FieldError(field="calls_per_second", message=message, received=str(rate))])
        async with self._database.transaction() as connection:
            before = _found(await connection.fetchrow(SQL["lock_rate"], organisation_id), organisation_id)
            await connection.execute(SQL["set_rate"], organisation_id, rate)
            await record(
                connection,
                who or operator(organisation_id),
                "account.limit_changed",
                organisation_id,
                {"calls_per_second": _text(before["calls_per_second"])},
                {"calls_per_second": _text(rate)},
            )

    async def create_key(
        self,
        organisation_id: str,
        name: str,
        *,
        sandbox: bool,
        purpose: str = "transactional",
        expires_at: datetime | None = None,
    ) -> tuple[ApiKey, str]:
        """Make a key of the organisation as its operator; returns it and its secret. Raises as ``create``."""
        await self.organisation(organisation_id)
        return await self.key_service.create(
            organisation_id, name, sandbox=sandbox, purpose=purpose, expires_at=expires_at
        )

    async def keys(self, organisation_id: str) -> list[ApiKey]:
        """Return the keys of an organisation, oldest first, the revoked too."""
        return await self.key_service.all(organisation_id)

    async def revoke_key(self, organisation_id: str, key_id: str) -> ApiKey:
        """Revoke a key as the operator. Raises ``NotFound``."""
        return await self.key_service.revoke(key_id, who=operator(organisation_id))

    async def authenticate(self, secret: str, *, dialect: str | None = None) -> Principal:
        """Return who sent this key, or this session's token; raises ``Unauthorized``.

        A dialect takes its own keys only, and sessions where its programs sign in.
        """
        if secret.startswith(f"{PREFIX}_") and (dialect is None or dialect in SIGNED_IN):
            return await self.sessions.authenticate(secret)
        return await self.key_service.authenticate(secret, dialect=dialect)


def check_organisation(organisation: Organisation) -> None:
    """Raise ``InvalidRequest`` that names what an organisation cannot have."""
    errors = []
    if not organisation.name.strip():
        errors.append(FieldError(field="name", message="a name is needed", received=organisation.name))
    if organisation.time_zone not in zone_names():
        errors.append(
            FieldError(
                field="time_zone",
                message="not an IANA name such as Europe/Berlin",
                received=organisation.time_zone,
            )
        )
    if organisation.region not in phonenumbers.SUPPORTED_REGIONS:
        errors.append(
            FieldError(field="region", message="not an ISO 3166 country code such as US", received=organisation.region)
        )
    start, end = organisation.calling_from, organisation.calling_until
    if (start is None) != (end is None):
        errors.append(FieldError(field="calling_hours", message="give both ends, or neither"))
    elif start is not None and start == end:
        errors.append(FieldError(field="calling_hours", message="the window is empty", received=str(start)))
    spoken = organisation.spoken_name
    if spoken is not None and not (spoken.strip() and len(spoken) <= _LONGEST_SPOKEN_NAME):
        message = f"1 to {_LONGEST_SPOKEN_NAME} characters, or none: the name is spoken"
        errors.append(FieldError(field="spoken_name", message=message, received=spoken[:_LONGEST_SPOKEN_NAME]))
    if not 0 <= organisation.callback_days <= _MOST_CALLBACK_DAYS:
        message = f"0 to {_MOST_CALLBACK_DAYS} days"
        errors.append(FieldError(field="callback_days", message=message, received=organisation.callback_days))
    errors += wrong_options(organisation.dialect_options)
    if errors:
        raise InvalidRequest(errors)


def _found(row: Row | None, reference: str) -> Row:
    if row is None:
        raise NotFound(f"there is no organisation {reference!r}")
    return row


def _text(rate: Decimal | None) -> str | None:
    return None if rate is None else str(rate)
