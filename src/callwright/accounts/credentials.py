"""What people prove who they are with: passwords, invitations and resets, the second factor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from callwright.accounts import totp
from callwright.accounts.audit import record
from callwright.accounts.links import Links
from callwright.accounts.models import Actor, User
from callwright.accounts.passwords import check_password, hash_password, verify_password
from callwright.accounts.sessions import use_code
from callwright.accounts.throttle import ACCOUNT, ADDRESS, Throttle
from callwright.accounts.users import check_authority, user_of
from callwright.clock import Clock
from callwright.errors import Conflict, FieldError, InvalidRequest, NotFound
from callwright.store.database import Database
from callwright.store.secrets import SecretBox
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Row

SQL = statements(__package__, "users.sql")


class CredentialService:
    """Sets passwords and second factors."""

    def __init__(self, database: Database, secrets: SecretBox, clock: Clock, links: Links) -> None:
        self._database = database
        self._secrets = secrets
        self._clock = clock
        self._links = links
        self._throttle = Throttle(database, clock)

    async def change_password(self, user_id: str, old: str, new: str, *, who: Actor, session_id: str | None) -> None:
        """Set another password; every session but ``session_id`` ends. Raises ``InvalidRequest``, ``RateLimited``."""
        row = await self._confirmed(user_id, old, who, field="current_password")
        check_password(new, expected=[row["email"], row["name"]], field="new_password")
        stored = await hash_password(new)
        async with self._database.transaction() as connection:
            await self._set(connection, row, stored, session_id=session_id)
            await record(connection, who, "user.password_changed", user_id)

    async def ask_for_reset(self, email: str, *, address: str | None = None) -> None:
        """Send a link to a person; nobody learns whether there is one. Raises ``RateLimited``."""
        if address is not None:
            await self._throttle.take(ADDRESS, address)
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["find_user_by_email"], email.strip())
            if row is None or row["disabled_at"] is not None:
                return
            user = user_of(row)
            await self._links.make(connection, user, "password_reset")
            who = Actor(organisation_id=user.organisation_id, kind="system", address=address)
            await record(connection, who, "user.password_reset_asked", user.id)

    async def make_reset(self, user_id: str, *, who: Actor) -> str:
        """Return the token of a new link for a person, for the operator to pass on. Raises ``NotFound``."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["lock_user"], who.organisation_id, user_id)
            user = user_of(_there(row, user_id))
            token = await self._links.make(connection, user, "password_reset" if user.has_password else "invitation")
            await record(connection, who, "user.password_reset_asked", user.id)
        return token

    @property
    def mails_links(self) -> bool:
        """Whether links are sent to people; else who invites gets the token."""
        return self._links.delivers

    async def invite_again(self, user_id: str, *, who: Actor) -> str:
        """Return the token of a new invitation; the ones before are worthless.

        Raises ``NotFound``, ``Forbidden``, and ``Conflict`` when the person has a password: a link would be a way in.
        """
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["lock_user"], who.organisation_id, user_id)
            user = user_of(_there(row, user_id))
            check_authority(who, user.role, user.fenced)
            if user.has_password:
                raise Conflict("this person has a password already; they can ask for a new one themselves")
            await self._links.use_all(connection, user.organisation_id, user.id)
            token = await self._links.make(connection, user, "invitation")
            await record(connection, who, "user.invited", user.id)
        return token

    async def accept(self, token: str, password: str, *, name: str | None = None, address: str | None = None) -> User:
        """Set the password of who has the token of an invitation or a reset; all their sessions end.

        Raises ``NotFound`` for a token that is unknown, used or too old, ``InvalidRequest`` and ``RateLimited``.
        """
        if address is not None:
            await self._throttle.take(ADDRESS, address)
        async with self._database.transaction() as connection:
            link = await self._links.find(connection, token)
            if link is None:
                raise NotFound("this link is unknown, used or too old; ask for another")
            row = _there(
                await connection.fetchrow(SQL["lock_user"], link["organisation_id"], link["user_id"]), link["user_id"]
            )
            check_password(password, expected=[row["email"], row["name"], name or "", link["organisation"]])
            await self._set(connection, row, await hash_password(password), session_id=None)
            who = Actor(organisation_id=row["organisation_id"], kind="user", user_id=row["id"], address=address)
            action = "user.invitation_accepted" if link["kind"] == "invitation" else "user.password_reset"
            await record(connection, who, action, row["id"])
        # who has the token is who was meant: earlier wrong guesses of others no longer delay
        await self._throttle.forgive(ACCOUNT, row["email"])
        if address is not None:
            await self._throttle.give_back(ADDRESS, address)
        return replace(user_of(row), has_password=True)

    async def start_second_factor(self, user_id: str, password: str, *, who: Actor) -> tuple[str, str]:
        """Return a new secret, as text and as ``otpauth`` address; it counts once a code of it was confirmed.

        Raises ``InvalidRequest`` for a wrong password, ``Conflict`` when there is a second factor, ``RateLimited``.
        """
        row = await self._confirmed(user_id, password, who)
        secret = totp.new_secret()
        async with self._database.transaction() as connection:
            sealed = self._secrets.seal(totp.as_text(secret))
            started = await connection.fetchval(SQL["start_second_factor"], who.organisation_id, user_id, sealed)
            if started is None:
                raise Conflict("there is a second factor already; remove it first")
            organisation = await connection.fetchval(SQL["organisation_name"], who.organisation_id)
        issuer = f"Callwright {organisation}"
        return totp.as_text(secret), totp.uri(secret, account=row["email"], issuer=issuer)

    async def confirm_second_factor(self, user_id: str, code: str, *, who: Actor) -> list[str]:
        """Turn the second factor on with the first code; returns the recovery codes, which are not to be had again.

        Raises ``InvalidRequest`` for a wrong code, ``Conflict`` when none was started, ``RateLimited``.
        """
        now = self._clock.now()
        row = _there(await self._database.fetchrow(SQL["get_user"], who.organisation_id, user_id), user_id)
        await self._throttle.take(ACCOUNT, row["email"])
        async with self._database.transaction() as connection:
            row = _there(await connection.fetchrow(SQL["lock_user"], who.organisation_id, user_id), user_id)
            if row["totp_secret"] is None or row["totp_confirmed_at"] is not None:
                raise Conflict("no second factor waits for its first code; start one")
            step = totp.matching_step(
                totp.from_text(self._secrets.open(row["totp_secret"])), code, now, after=row["totp_last_step"]
            )
            if step is None:
                raise InvalidRequest([FieldError(field="code", message="is not the code of this moment")])
            codes = totp.new_recovery_codes()
            hashes = [totp.recovery_hash(code) for code in codes]
            await connection.execute(SQL["confirm_second_factor"], who.organisation_id, user_id, now, step, hashes)
            await record(connection, who, "user.second_factor_added", user_id)
        await self._throttle.forgive(ACCOUNT, row["email"])
        return codes

    async def end_second_factor(self, user_id: str, password: str, code: str, *, who: Actor) -> None:
        """Turn the second factor off. Raises ``InvalidRequest``, ``Unauthorized``, ``Conflict``, ``RateLimited``."""
        await self._confirmed(user_id, password, who)
        async with self._database.transaction() as connection:
            row = _there(await connection.fetchrow(SQL["lock_user"], who.organisation_id, user_id), user_id)
            if row["totp_confirmed_at"] is None:
                raise Conflict("there is no second factor")
            await use_code(connection, self._secrets, row, code, self._clock.now())
            await connection.execute(SQL["end_second_factor"], who.organisation_id, user_id)
            await record(connection, who, "user.second_factor_removed", user_id)

    async def new_recovery_codes(self, user_id: str, password: str, *, who: Actor) -> list[str]:
        """Replace the recovery codes; raises as ``end_second_factor``."""
        await self._confirmed(user_id, password, who)
        codes = totp.new_recovery_codes()
        async with self._database.transaction() as connection:
            row = _there(await connection.fetchrow(SQL["lock_user"], who.organisation_id, user_id), user_id)
            if row["totp_confirmed_at"] is None:
                raise Conflict("there is no second factor that they could stand in for")
            hashes = [totp.recovery_hash(code) for code in codes]
            await connection.execute(SQL["set_recovery_codes"], who.organisation_id, user_id, hashes)
            await record(connection, who, "user.recovery_codes_replaced", user_id)
        return codes

    async def reset_second_factor(self, user_id: str, *, who: Actor) -> None:
        """Take the second factor from a person who lost it: for the operator. All its sessions end."""
        async with self._database.transaction() as connection:
            row = _there(await connection.fetchrow(SQL["lock_user"], who.organisation_id, user_id), user_id)
            await connection.execute(SQL["end_second_factor"], who.organisation_id, row["id"])
            await self._end_sessions(connection, row, None)
            await record(connection, who, "user.second_factor_removed", user_id)

    async def _confirmed(self, user_id: str, password: str, who: Actor, *, field: str = "password") -> Row:
        """Return the person's row, whose password this is; guessing is as slow as at the sign-in."""
        row = _there(await self._database.fetchrow(SQL["get_user"], who.organisation_id, user_id), user_id)
        await self._throttle.take(ACCOUNT, row["email"])
        if not await verify_password(password, row["password_hash"]):
            raise InvalidRequest([FieldError(field=field, message="is not your password")])
        await self._throttle.forgive(ACCOUNT, row["email"])
        return row

    async def _set(self, connection: Connection, row: Row, stored: str, *, session_id: str | None) -> None:
        organisation_id, user_id = row["organisation_id"], row["id"]
        await connection.execute(SQL["set_password"], organisation_id, user_id, stored, self._clock.now())
        await self._links.use_all(connection, organisation_id, user_id)
        await self._end_sessions(connection, row, session_id)

    async def _end_sessions(self, connection: Connection, row: Row, but: str | None) -> None:
        await connection.execute(SQL["end_sessions_of_user"], row["organisation_id"], row["id"], self._clock.now(), but)


def _there(row: Row | None, user_id: str) -> Row:
    if row is None:
        raise NotFound(f"there is no user {user_id[:80]!r}")
    return row
