"""Keys: scoped, expiring, rotated, and what each was last used for. The only writer of them."""

from __future__ import annotations

import base64
import hashlib
import secrets as randomness
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from callwright.accounts.audit import record
from callwright.accounts.keycache import KeyCache
from callwright.accounts.models import Actor, ApiKey, Organisation, Principal, operator
from callwright.accounts.permissions import (
    EVERYTHING,
    READ_EVERYTHING,
    covers,
    expand,
    of_principal,
    of_role,
    unknown,
)
from callwright.clock import Clock
from callwright.errors import Conflict, FieldError, Forbidden, InvalidRequest, NotFound, Unauthorized
from callwright.ids import new_id
from callwright.store.database import Connection, Database, Row
from callwright.store.secrets import SecretBox
from callwright.store.statements import statements

SQL = statements(__package__, "keys.sql")

PURPOSES = ("emergency", "transactional", "marketing")
#: The longest time for which a rotated key works beside the new one.
LONGEST_OVERLAP = timedelta(days=30)
#: 160 bits: nobody finds one by trying, so SHA-256 without salt is enough to store.
_KEY_BYTES = 20
#: ``live_`` or ``test_`` and four characters: enough for a person to tell keys apart, useless to others.
_PREFIX_CHARACTERS = 9


class KeyService:
    """Keys of organisations and of their people."""

    def __init__(self, database: Database, secrets: SecretBox, clock: Clock) -> None:
        self._database = database
        self._secrets = secrets
        self._clock = clock
        self.cache = KeyCache(clock)

    async def create(
        self,
        organisation_id: str,
        name: str,
        *,
        sandbox: bool,
        purpose: str = "transactional",
        expires_at: datetime | None = None,
        permissions: Collection[str] = (EVERYTHING,),
        user_id: str | None = None,
        dialect: str | None = None,
        shown_again: bool = False,
        who: Actor | None = None,
        connection: Connection | None = None,
    ) -> tuple[ApiKey, str]:
        """Make a key; returns it and its secret, which is not to be had again (``shown_again``: by ``token``).

        ``user_id`` is whom it acts for; it may never do more than this person. ``who`` ``None`` is the operator.
        Raises ``InvalidRequest``, and ``Forbidden`` when it could do more than who makes it.
        """
        who = who or operator(organisation_id)
        self._check(purpose, expires_at, permissions)
        values = {
            "name": name,
            "sandbox": sandbox,
            "purpose": purpose,
            "expires_at": expires_at,
            "user_id": user_id,
            "permissions": sorted(set(permissions)),
            "dialect": dialect,
        }
        if connection is not None:
            return await self._insert(connection, who, values, shown_again=shown_again)
        async with self._database.transaction() as own:
            return await self._insert(own, who, values, shown_again=shown_again)

    async def all(self, organisation_id: str) -> list[ApiKey]:
        """Return the keys of an organisation, oldest first, the revoked too."""
        return [_key(row) for row in await self._database.fetch(SQL["keys"], organisation_id)]

    async def page(
        self, organisation_id: str, *, user_id: str | None = None, limit: int, before: str | None = None
    ) -> list[ApiKey]:
        """Return up to ``limit`` keys, newest first, with an id below ``before``; with ``user_id`` that person's."""
        rows = await self._database.fetch(SQL["page_of_keys"], organisation_id, user_id, before, limit)
        return [_key(row) for row in rows]

    async def token(self, organisation_id: str, key_id: str, *, user_id: str | None = None) -> str | None:
        """Return the secret of a key that was made to be shown again, else ``None``. Raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["key_token"], organisation_id, key_id, user_id)
        if row is None:
            raise NotFound(f"there is no key {key_id!r}")
        return None if row["token"] is None else self._secrets.open(row["token"])

    async def rotate(
        self, key_id: str, *, overlap: timedelta, who: Actor, only_of: str | None = None
    ) -> tuple[ApiKey, ApiKey, str]:
        """Replace a key: returns the old one, which ends after ``overlap``, the new one, and the new one's secret.

        A key that had an end gets one as long after now as the old one had after its making. ``only_of`` narrows to
        the keys of a person. Raises ``NotFound``, ``Conflict`` for one that has ended, ``InvalidRequest`` and
        ``Forbidden``.
        """
        if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
            message = f"must be between 0 and {int(LONGEST_OVERLAP.total_seconds())}"
            raise InvalidRequest(
                [FieldError(field="overlap_seconds", message=message, received=int(overlap.total_seconds()))]
            )
        now = self._clock.now()
        async with self._database.transaction() as connection:
            old = await self._lock(connection, who, key_id, only_of)
            if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
                raise Conflict(f"the key {key_id!r} has ended already; make a new one instead")
            lifetime = None if old.expires_at is None else old.expires_at - old.created_at
            values = {
                "name": old.name,
                "sandbox": old.sandbox,
                "purpose": old.purpose,
                "expires_at": None if lifetime is None else now + lifetime,
                "user_id": old.user_id,
                "permissions": list(old.permissions),
                "dialect": old.dialect,
                "rotated_from": old.id,
            }
            sealed = await connection.fetchval(SQL["key_token"], who.organisation_id, key_id, None)
            made, secret = await self._insert(connection, who, values, shown_again=sealed is not None)
            ended = await connection.fetchrow(SQL["end_key_by"], who.organisation_id, key_id, now + overlap)
            old = _key(_there(ended, key_id))
            await record(connection, who, "key.rotated", old.id, None, {"to": made.id, "ends_at": old.expires_at})
        self.cache.clear()
        return old, made, secret

    async def revoke(self, key_id: str, *, who: Actor, only_of: str | None = None) -> ApiKey:
        """End a key: at once in this process, within ``keycache.TTL_SECONDS`` in others. Raises ``NotFound``."""
        async with self._database.transaction() as connection:
            before = await self._lock(connection, who, key_id, only_of)
            row = await connection.fetchrow(SQL["revoke_key"], who.organisation_id, key_id, self._clock.now())
            after = _key(_there(row, key_id))
            if before.revoked_at is None:
                await record(connection, who, "key.revoked", key_id, None, {"name": after.name})
        self.cache.clear()
        return after

    async def authenticate(self, secret: str, *, dialect: str | None = None) -> Principal:
        """Return who sent this key; raises ``Unauthorized`` when it is unknown, revoked, expired, or its person's
        account is disabled.

        The look-up is by SHA-256, so that its time says nothing about a stored key.
        """
        # a dialect's key is another key to the native API
        digest = hashed(secret)
        place = digest if dialect is None else hashed(f"{dialect} {secret}")
        known = self.cache.get(place)
        if known is not None:
            return known
        now = self._clock.now()
        row = await self._database.fetchrow(SQL["find_key"], digest, now, dialect)
        if row is None:
            raise Unauthorized("this API key is unknown, revoked or expired")
        if row["stale"]:
            await self._database.execute(SQL["touch_key"], row["key_id"], now)
        principal = Principal(
            organisation=organisation_of(row),
            key_id=row["key_id"],
            sandbox=row["sandbox"],
            purpose=row["purpose"],
            user_id=row["user_id"],
            fence=row["user_id"] if row["fenced"] else None,
            permissions=of_principal(
                row["permissions"], role=row["role"], fenced=bool(row["fenced"]), sandbox=row["sandbox"]
            ),
        )
        self.cache.put(place, principal, expires_at=row["expires_at"])
        return principal

    def _check(self, purpose: str, expires_at: datetime | None, permissions: Collection[str]) -> None:
        errors = []
        if purpose not in PURPOSES:
            errors.append(FieldError(field="purpose", message=f"one of {', '.join(PURPOSES)}", received=purpose))
        if expires_at is not None and expires_at <= self._clock.now():
            errors.append(
                FieldError(field="expires_at", message="must be in the future", received=expires_at.isoformat())
            )
        if not permissions:
            errors.append(FieldError(field="permissions", message="at least one is needed", received=[]))
        errors += [
            FieldError(
                field="permissions",
                message="no such permission; write resource:read or resource:write, *:read, or *",
                received=name[:80],
            )
            for name in unknown(permissions)
        ]
        if errors:
            raise InvalidRequest(errors)

    async def _insert(
        self, connection: Connection, who: Actor, values: Mapping[str, Any], *, shown_again: bool
    ) -> tuple[ApiKey, str]:
        await _check_authority(connection, who, values)
        random = base64.b32encode(randomness.token_bytes(_KEY_BYTES)).decode().lower()
        secret = f"{'test' if values['sandbox'] else 'live'}_{random}"
        row = await connection.fetchrow(
            SQL["insert_key"],
            new_id("key"),
            who.organisation_id,
            values["name"],
            secret[:_PREFIX_CHARACTERS],
            hashed(secret),
            values["sandbox"],
            values["purpose"],
            self._clock.now(),
            values["expires_at"],
            values["user_id"],
            who.user_id,
            values["permissions"],
            values["dialect"],
            self._secrets.seal(secret) if shown_again else None,
            values.get("rotated_from"),
        )
        key = _key(_there(row, "of this request"))
        await record(connection, who, "key.created", key.id, None, values)
        return key, secret

    @staticmethod
    async def _lock(connection: Connection, who: Actor, key_id: str, only_of: str | None) -> ApiKey:
        row = await connection.fetchrow(SQL["lock_key"], who.organisation_id, key_id, only_of)
        return _key(_there(row, key_id))


async def _check_authority(connection: Connection, who: Actor, values: Mapping[str, Any]) -> None:
    """Nobody makes a key that can do more than they can; ``*`` of a person's key is what this person may do."""
    listed = set(values["permissions"])
    wildcards = listed & {EVERYTHING, READ_EVERYTHING}
    wanted = expand(wildcards)
    if values["user_id"] is not None:
        row = await connection.fetchrow(SQL["person_of_key"], who.organisation_id, values["user_id"])
        if row is None:
            raise NotFound(f"there is no active user {values['user_id']!r}")
        wanted &= of_role(row["role"], fenced=row["fenced"])
    wanted |= listed - wildcards
    if who.kind == "operator":
        return
    if not covers(who.permissions, wanted):
        missing = ", ".join(sorted(wanted - who.permissions)[:5])
        raise Forbidden(f"a key may not do more than who makes it, which has no {missing}")
    if who.sandbox and not values["sandbox"]:
        raise Forbidden("a sandbox key may not make a live one")
    # calling hours do not bind it, and only who may turn them off may make it
    if values["purpose"] == "emergency" and not covers(who.permissions, frozenset({"account:write"})):
        raise Forbidden("only an owner may make a key with the purpose 'emergency': calling hours do not bind it")


def hashed(secret: str) -> bytes:
    """Return what is stored of a random secret: its SHA-256."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _there(row: Row | None, key_id: str) -> Row:
    if row is None:
        raise NotFound(f"there is no key {key_id!r}")
    return row


def organisation_of(row: Row) -> Organisation:
    """Return the organisation in a row that has its columns."""
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
        rate_plan_id=row["rate_plan_id"],
        spoken_name=row["spoken_name"],
        callback_days=row["callback_days"],
        dialect_options=row["dialect_options"],
        operates=row["operates"],
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
        user_id=row["user_id"],
        created_by=row["created_by"],
        permissions=tuple(row["permissions"]),
        dialect=row["dialect"],
        rotated_from=row["rotated_from"],
    )
