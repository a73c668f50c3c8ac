"""People of an organisation: the only writer of who they are. What they prove it with is in ``credentials.py``."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import asyncpg

from callwright.accounts.audit import record
from callwright.accounts.links import Links
from callwright.accounts.models import Actor, Role, User
from callwright.accounts.passwords import check_password, hash_password
from callwright.accounts.permissions import ROLES, covers, of_role
from callwright.clock import Clock
from callwright.errors import Conflict, FieldError, Forbidden, InvalidRequest, NotFound
from callwright.ids import new_id
from callwright.store.database import Connection, Database, Row
from callwright.store.statements import statements

SQL = statements(__package__, "users.sql")

#: Enough of RFC 5321 to catch slips; whether mail arrives only a mail can tell. At most 254 characters (RFC 5321,
#: 4.5.3.1.3, less the angle brackets).
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f]{1,64}@[^\s@<>()\[\],;:\\\"\x00-\x1f]{1,189}")
_PHONE = re.compile(r"\+?[0-9 ()./-]{3,30}")
_USERNAME = re.compile(r"[A-Za-z0-9._@+-]{1,100}")
_LONGEST_NAME = 200
#: Roles that a subuser may have: who manages others sees them.
_FENCED_ROLES = ("agent", "read-only")
#: What the audit log says of a person.
_LOGGED = ("email", "name", "first_name", "last_name", "username", "phone", "company", "role", "fenced", "disabled_at")


@dataclass(frozen=True, kw_only=True)
class NewUser:
    """A person to be added."""

    email: str
    role: Role
    name: str = ""
    username: str | None = None
    phone: str | None = None
    company: str | None = None
    #: A subuser.
    fenced: bool = False
    #: Without a ``name`` they make it up.
    first_name: str | None = None
    last_name: str | None = None


class UserService:
    """Adds, shows, changes and removes people."""

    def __init__(
        self, database: Database, clock: Clock, links: Links, *, on_change: Callable[[], None] = lambda: None
    ) -> None:
        self._database = database
        self._clock = clock
        self._links = links
        #: Makes this process forget what it remembers of people's keys.
        self._on_change = on_change

    async def create(
        self, wanted: NewUser, *, who: Actor, password: str | None = None, connection: Connection | None = None
    ) -> tuple[User, str | None]:
        """Add a person; returns it and the token of its invitation, ``None`` when a password was given.

        With a ``connection`` it is written in the caller's transaction.

        Raises ``InvalidRequest``, ``Forbidden`` for a role that may do more than who adds it, and ``Conflict`` for an
        email or a sign-in name in use.
        """
        check_person(wanted)
        check_authority(who, wanted.role, wanted.fenced)
        stored = None
        if password is not None:
            check_password(password, expected=[wanted.email, wanted.name])
            stored = await hash_password(password)
        token = None
        async with self._in(connection) as mine:
            row = await _unique(
                mine.fetchrow(
                    SQL["insert_user"],
                    new_id("usr"),
                    who.organisation_id,
                    wanted.email.strip(),
                    wanted.name.strip() or joined(wanted.first_name, wanted.last_name),
                    wanted.username,
                    wanted.phone,
                    wanted.company,
                    wanted.role,
                    wanted.fenced,
                    stored,
                    self._clock.now(),
                    wanted.first_name,
                    wanted.last_name,
                )
            )
            user = user_of(_there(row, "of this request"))
            await record(mine, who, "user.created", user.id, None, _logged(user))
            if password is None:
                token = await self._links.make(mine, user, "invitation")
        return user, token

    @asynccontextmanager
    async def _in(self, connection: Connection | None) -> AsyncIterator[Connection]:
        """Yield the caller's transaction, or one of our own."""
        if connection is not None:
            yield connection
            return
        async with self._database.transaction() as own:
            yield own

    async def page(
        self,
        organisation_id: str,
        *,
        email: str | None = None,
        role: str | None = None,
        fenced: bool | None = None,
        limit: int = 200,
        before: int | None = None,
    ) -> list[User]:
        """Return up to ``limit`` people, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(SQL["page_of_users"], organisation_id, email, role, fenced, before, limit)
        return [user_of(row) for row in rows]

    async def get(self, organisation_id: str, user_id: str) -> User:
        """Return one; raises ``NotFound``."""
        return user_of(_there(await self._database.fetchrow(SQL["get_user"], organisation_id, user_id), user_id))

    async def find(self, organisation_id: str, reference: str) -> User:
        """Return the one that an operator means by id, number or email; raises ``NotFound``."""
        rows = await self._database.fetch(SQL["find_users"], organisation_id, reference)
        return user_of(_there(rows[0] if rows else None, reference))

    async def change(self, user_id: str, fields: Mapping[str, Any], *, who: Actor) -> User:
        """Set some of ``email``, ``name``, ``username``, ``phone``, ``company``, ``role``, ``fenced``, ``disabled``,
        ``first_name``, ``last_name``.

        Raises ``NotFound``, ``InvalidRequest``, ``Forbidden`` (see ``create``; nobody changes their own role or
        disables themselves) and ``Conflict`` (see ``create``; an organisation keeps an owner).
        """
        fields = dict(fields)
        disabled = fields.pop("disabled", None)
        async with self._database.transaction() as connection:
            await connection.execute(SQL["lock_organisation_of_users"], who.organisation_id)
            before = user_of(_there(await connection.fetchrow(SQL["lock_user"], who.organisation_id, user_id), user_id))
            after = replace(before, **fields)
            if disabled is not None:
                after = replace(after, disabled_at=(before.disabled_at or self._clock.now()) if disabled else None)
            self._check_change(before, after, who)
            row = await _unique(
                connection.fetchrow(
                    SQL["set_user"],
                    who.organisation_id,
                    user_id,
                    after.email.strip(),
                    after.name.strip(),
                    after.username,
                    after.phone,
                    after.company,
                    after.role,
                    after.fenced,
                    after.disabled_at,
                    after.first_name,
                    after.last_name,
                )
            )
            after = user_of(_there(row, user_id))
            await self._check_owner(connection, before)
            if after.disabled_at is not None:
                await connection.execute(
                    SQL["end_sessions_of_user"], who.organisation_id, user_id, self._clock.now(), None
                )
            await record(connection, who, "user.changed", user_id, _logged(before), _logged(after))
        self._on_change()
        return after

    async def delete(self, user_id: str, *, who: Actor) -> None:
        """Remove a person: sessions and keys end, what it made stays. Raises as ``change``."""
        now = self._clock.now()
        async with self._database.transaction() as connection:
            await connection.execute(SQL["lock_organisation_of_users"], who.organisation_id)
            before = user_of(_there(await connection.fetchrow(SQL["lock_user"], who.organisation_id, user_id), user_id))
            check_authority(who, before.role, before.fenced)
            if who.user_id == user_id:
                raise Forbidden("nobody removes themselves; ask another owner")
            await connection.execute(SQL["delete_user"], who.organisation_id, user_id, now)
            await self._check_owner(connection, before)
            await connection.execute(SQL["end_sessions_of_user"], who.organisation_id, user_id, now, None)
            await connection.execute(SQL["end_keys_of_user"], who.organisation_id, user_id, now)
            await record(connection, who, "user.removed", user_id, _logged(before), None)
        self._on_change()

    @staticmethod
    def _check_change(before: User, after: User, who: Actor) -> None:
        check_person(after)
        if who.user_id == before.id:
            same = (before.role, before.fenced, before.disabled_at) == (after.role, after.fenced, after.disabled_at)
            if not same:
                raise Forbidden("nobody changes their own role or disables themselves; ask another owner")
            return
        check_authority(who, before.role, before.fenced)
        check_authority(who, after.role, after.fenced)

    @staticmethod
    async def _check_owner(connection: Connection, before: User) -> None:
        """Raise ``Conflict`` when the organisation has no owner left who can sign in."""
        if before.role == "owner" and await connection.fetchval(SQL["active_owners"], before.organisation_id) == 0:
            raise Conflict("an organisation keeps at least one owner; make somebody else an owner first")


def check_authority(who: Actor, role: Role, fenced: bool) -> None:
    """Raise ``Forbidden`` for who may do less than a person of this role: nobody manages people above them."""
    if who.kind not in {"operator", "system"} and not covers(who.permissions, of_role(role, fenced=fenced)):
        raise Forbidden(f"you may not manage somebody with the role {role!r}: it may do more than you may")


def check_person(person: NewUser | User) -> None:
    """Raise ``InvalidRequest`` that names every field that a person cannot have."""
    errors = []
    if not _EMAIL.fullmatch(person.email.strip()):
        message = "must be an address such as ann@example.com"
        errors.append(FieldError(field="email", message=message, received=person.email[:254]))
    texts = {name: getattr(person, name) or "" for name in ("name", "company", "first_name", "last_name")}
    for field, text in texts.items():
        if len(text) > _LONGEST_NAME or not text.isprintable():
            message = f"must have at most {_LONGEST_NAME} characters, none of them invisible"
            errors.append(FieldError(field=field, message=message, received=text[:_LONGEST_NAME]))
    if person.username is not None and not _USERNAME.fullmatch(person.username):
        message = "must be 1 to 100 letters, digits and . _ @ + -"
        errors.append(FieldError(field="username", message=message, received=person.username[:100]))
    if person.phone is not None and not _PHONE.fullmatch(person.phone):
        errors.append(FieldError(field="phone", message="must be a telephone number", received=person.phone[:60]))
    if person.role not in ROLES:
        errors.append(FieldError(field="role", message=f"one of {', '.join(ROLES)}", received=person.role))
    elif person.fenced and person.role not in _FENCED_ROLES:
        message = f"a subuser's role is one of {', '.join(_FENCED_ROLES)}"
        errors.append(FieldError(field="role", message=message, received=person.role))
    if errors:
        raise InvalidRequest(errors)


def joined(first_name: str | None, last_name: str | None) -> str:
    """Return the name of somebody whose names were given apart."""
    return " ".join(part.strip() for part in (first_name, last_name) if part and part.strip())


async def _unique(work: Any) -> Row | None:
    try:
        row: Row | None = await work
    except asyncpg.UniqueViolationError as error:
        thing = "sign-in name" if error.constraint_name == "users_username" else "email"
        raise Conflict(f"this {thing} is in use; choose another") from None
    return row


def _there(row: Row | None, reference: str) -> Row:
    if row is None:
        raise NotFound(f"there is no user {reference[:80]!r}")
    return row


def _logged(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in _LOGGED}


def user_of(row: Row) -> User:
    """Return the value of a row of ``users``."""
    return User(
        id=row["id"],
        number=row["number"],
        organisation_id=row["organisation_id"],
        email=row["email"],
        name=row["name"],
        username=row["username"],
        phone=row["phone"],
        company=row["company"],
        role=row["role"],
        fenced=row["fenced"],
        has_password=row["password_hash"] is not None,
        second_factor=row["totp_confirmed_at"] is not None,
        created_at=row["created_at"],
        last_login_at=row["last_login_at"],
        disabled_at=row["disabled_at"],
        updated_at=row["updated_at"],
        first_name=row["first_name"],
        last_name=row["last_name"],
    )
