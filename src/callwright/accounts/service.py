"""Organisations and their keys: the only writer of both."""

from __future__ import annotations

import base64
import hashlib
import secrets as randomness
from datetime import datetime, time
from zoneinfo import available_timezones

import phonenumbers

from callwright.accounts.keycache import KeyCache
from callwright.accounts.models import ApiKey, Organisation, Principal
from callwright.clock import Clock
from callwright.errors import FieldError, InvalidRequest, NotFound, Unauthorized
from callwright.ids import new_id
from callwright.store.database import Database, Row
from callwright.store.secrets import SecretBox
from callwright.store.statements import statements

SQL = statements(__package__)

PURPOSES = ("emergency", "transactional", "marketing")
#: Concurrent calls of a new organisation, until an operator sets another number.
DEFAULT_CONCURRENT_CALLS = 50
#: 160 bits: nobody finds one by trying, so SHA-256 without salt is enough to store.
_KEY_BYTES = 20
#: ``live_`` or ``test_`` and four characters: enough for a person to tell keys apart, useless to others.
_PREFIX_CHARACTERS = 9
#: Standard Webhooks: ``whsec_`` and base64 of 24 to 64 bytes.
_WEBHOOK_SECRET_BYTES = 32


class AccountService:
    """Organisations, keys, limits."""

    def __init__(self, database: Database, secrets: SecretBox, clock: Clock) -> None:
        self._database = database
        self._secrets = secrets
        self._clock = clock
        self._cache = KeyCache(clock)

    async def create_organisation(self, name: str, *, time_zone: str = "UTC", region: str = "US") -> Organisation:
        """Make an organisation with its limit, event sequence and webhook secret. Raises ``InvalidRequest``."""
        errors = []
        if not name.strip():
            errors.append(FieldError(field="name", message="a name is needed", received=name))
        if time_zone not in available_timezones():
            errors.append(
                FieldError(field="time_zone", message="not an IANA name such as Europe/Berlin", received=time_zone)
            )
        if region not in phonenumbers.SUPPORTED_REGIONS:
            errors.append(
                FieldError(field="region", message="not an ISO 3166 country code such as US", received=region)
            )
        if errors:
            raise InvalidRequest(errors)
        secret = "whsec_" + base64.b64encode(randomness.token_bytes(_WEBHOOK_SECRET_BYTES)).decode()
        organisation_id = new_id("org")
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
        return _organisation(_found(row, organisation_id))

    async def organisations(self) -> list[Organisation]:
        """Return every organisation, oldest first; for the operator only."""
        return [_organisation(row) for row in await self._database.fetch(SQL["organisations"])]

    async def organisation(self, organisation_id: str) -> Organisation:
        """Return one; raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["get_organisation"], organisation_id)
        return _organisation(_found(row, organisation_id))

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
        return _organisation(_found(rows[0] if rows else None, reference))

    async def set_calling_hours(
        self, organisation_id: str, calling_from: time | None, calling_until: time | None
    ) -> Organisation:
        """Set the daily window in the callee's zone; both ``None`` turns it off. Raises ``InvalidRequest``."""
        if (calling_from is None) != (calling_until is None):
            raise InvalidRequest([FieldError(field="calling_hours", message="give both ends, or neither")])
        if calling_from is not None and calling_from == calling_until:
            raise InvalidRequest(
                [FieldError(field="calling_hours", message="the window is empty", received=str(calling_from))]
            )
        row = await self._database.fetchrow(SQL["set_calling_hours"], organisation_id, calling_from, calling_until)
        self._cache.clear()
        return _organisation(_found(row, organisation_id))

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

    async def set_concurrent_calls(self, organisation_id: str, capacity: int) -> tuple[int, int]:
        """Set how many calls may be in the air; those above it end by themselves. Raises ``InvalidRequest``."""
        if capacity < 0:
            raise InvalidRequest([FieldError(field="concurrent_calls", message="must be 0 or more", received=capacity)])
        row = _found(await self._database.fetchrow(SQL["set_limit"], organisation_id, capacity), organisation_id)
        return row["used"], row["capacity"]

    async def create_key(
        self,
        organisation_id: str,
        name: str,
        *,
        sandbox: bool,
        purpose: str = "transactional",
        expires_at: datetime | None = None,
    ) -> tuple[ApiKey, str]:
        """Make a key; returns it and its secret, which is never to be had again.

        Raises ``InvalidRequest`` for an unknown purpose and ``NotFound`` for an unknown organisation.
        """
        if purpose not in PURPOSES:
            raise InvalidRequest(
                [FieldError(field="purpose", message=f"one of {', '.join(PURPOSES)}", received=purpose)]
            )
        await self.organisation(organisation_id)
        random = base64.b32encode(randomness.token_bytes(_KEY_BYTES)).decode().lower()
        secret = f"{'test' if sandbox else 'live'}_{random}"
        row = await self._database.fetchrow(
            SQL["insert_key"],
            new_id("key"),
            organisation_id,
            name,
            secret[:_PREFIX_CHARACTERS],
            _hash(secret),
            sandbox,
            purpose,
            expires_at,
        )
        return _key(_found(row, organisation_id)), secret

    async def keys(self, organisation_id: str) -> list[ApiKey]:
        """Return the keys of an organisation, oldest first, the revoked too."""
        return [_key(row) for row in await self._database.fetch(SQL["keys"], organisation_id)]

    async def revoke_key(self, organisation_id: str, key_id: str) -> ApiKey:
        """Revoke a key: at once in this process, within ``keycache.TTL_SECONDS`` in others. Raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["revoke_key"], organisation_id, key_id, self._clock.now())
        if row is None:
            raise NotFound(f"there is no key {key_id!r}")
        self._cache.clear()
        return _key(row)

    async def authenticate(self, secret: str) -> Principal:
        """Return who sent this key; raises ``Unauthorized`` when it is unknown, revoked or expired.

        The look-up is by SHA-256, so that its time says nothing about a stored key.
        """
        digest = _hash(secret)
        known = self._cache.get(digest)
        if known is not None:
            return known
        now = self._clock.now()
        row = await self._database.fetchrow(SQL["find_key"], digest, now)
        if row is None:
            raise Unauthorized("this API key is unknown, revoked or expired")
        if row["stale"]:
            await self._database.execute(SQL["touch_key"], row["key_id"], now)
        principal = Principal(
            organisation=_organisation(row), key_id=row["key_id"], sandbox=row["sandbox"], purpose=row["purpose"]
        )
        self._cache.put(digest, principal, expires_at=row["expires_at"])
        return principal


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _found(row: Row | None, reference: str) -> Row:
    if row is None:
        raise NotFound(f"there is no organisation {reference!r}")
    return row


def _organisation(row: Row) -> Organisation:
    return Organisation(
        id=row["id"],
        number=row["number"],
        name=row["name"],
        time_zone=row["time_zone"],
        region=row["region"],
        voice=row["voice"],
        calling_from=row["calling_from"],
        calling_until=row["calling_until"],
        created_at=row["created_at"],
    )


def _key(row: Row) -> ApiKey:
    return ApiKey(
        id=row["id"],
        organisation_id=row["organisation_id"],
        name=row["name"],
        prefix=row["prefix"],
        sandbox=row["sandbox"],
        purpose=row["purpose"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
    )
