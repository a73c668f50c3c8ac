"""Signing in with a password (and a code), and what is signed in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from callwright.accounts import totp
from callwright.accounts.audit import record
from callwright.accounts.keys import hashed, organisation_of
from callwright.accounts.links import new_token
from callwright.accounts.models import Actor, Principal, Session
from callwright.accounts.passwords import hash_password, is_outdated, verify_password
from callwright.accounts.permissions import EVERYTHING, of_principal
from callwright.accounts.throttle import ACCOUNT, ADDRESS, Throttle
from callwright.clock import Clock
from callwright.errors import NotFound, Unauthorized
from callwright.ids import new_id
from callwright.store.database import Connection, Database, Row
from callwright.store.secrets import SecretBox
from callwright.store.statements import statements

SQL = {**statements(__package__, "users.sql"), **statements(__package__, "sessions.sql")}

#: What a session's token begins with; a key begins with ``live_`` or ``test_``.
PREFIX = "ses"
#: SP 800-63B-4, section 2.2.3 (AAL2): signing in again after 24 hours at the latest, and after an idle hour.
LIFETIME = timedelta(hours=24)
IDLE = timedelta(hours=1)
_LONGEST_AGENT = 200
_WRONG = "the email, the password or the code is wrong"


class SecondFactorNeeded(Unauthorized):
    """The password is right; a code of the second factor is needed too."""

    code: ClassVar[str] = "second_factor_needed"


class SessionService:
    """Makes, finds and ends sessions."""

    def __init__(self, database: Database, secrets: SecretBox, clock: Clock) -> None:
        self._database = database
        self._secrets = secrets
        self._clock = clock
        self.throttle = Throttle(database, clock)

    async def sign_in(
        self,
        email: str,
        password: str,
        *,
        code: str | None = None,
        sandbox: bool = False,
        address: str | None = None,
        user_agent: str | None = None,
    ) -> tuple[Session, str]:
        """Return a new session and its token, which is stored hashed only.

        Raises ``Unauthorized`` in the same words and the same time whatever was wrong, ``SecondFactorNeeded`` only to
        who knows the password, and ``RateLimited`` after many tries.
        """
        email = email.strip()
        if address is not None:
            await self.throttle.take(ADDRESS, address)
        await self.throttle.take(ACCOUNT, email)
        row = await self._database.fetchrow(SQL["find_user_by_email"], email)
        right = await verify_password(password, None if row is None else row["password_hash"])
        if row is None or not right or row["disabled_at"] is not None:
            raise Unauthorized(_WRONG)
        second_factor = row["totp_confirmed_at"] is not None
        if second_factor and not code:
            raise SecondFactorNeeded("the password is right; send the code of your second factor as 'code' with it")
        new_hash = await hash_password(password) if is_outdated(row["password_hash"]) else None
        now = self._clock.now()
        token = new_token(PREFIX)
        async with self._database.transaction() as connection:
            if second_factor:
                await use_code(connection, self._secrets, row, code or "", now)
            made = await connection.fetchrow(
                SQL["insert_session"],
                new_id("ses"),
                row["organisation_id"],
                row["id"],
                hashed(token),
                sandbox,
                now,
                now + LIFETIME,
                address,
                None if user_agent is None else user_agent[:_LONGEST_AGENT],
                now if second_factor else None,
                row["password_hash"],
            )
            if made is None:
                # it changed while we were computing
                raise Unauthorized(_WRONG)
            await connection.execute(SQL["note_sign_in"], row["organisation_id"], row["id"], now)
            if new_hash is not None:
                await connection.execute(
                    SQL["rehash_password"], row["organisation_id"], row["id"], row["password_hash"], new_hash
                )
            who = Actor(organisation_id=row["organisation_id"], kind="user", user_id=row["id"], address=address)
            await record(connection, who, "session.created", made["id"], None, {"second_factor": second_factor})
        await self.throttle.forgive(ACCOUNT, email)
        if address is not None:
            await self.throttle.give_back(ADDRESS, address)
        return _session(made), token

    async def authenticate(self, token: str) -> Principal:
        """Return who is signed in; raises ``Unauthorized`` when the session is unknown or over.

        The role is read anew each time, so that a change of it counts at once.
        """
        now = self._clock.now()
        row = await self._database.fetchrow(SQL["find_session"], hashed(token), now, IDLE)
        if row is None:
            raise Unauthorized("this session is unknown or over: sign in again")
        if row["stale"]:
            await self._database.execute(SQL["touch_session"], row["session_id"], now)
        return Principal(
            organisation=organisation_of(row),
            key_id=None,
            session_id=row["session_id"],
            sandbox=row["sandbox"],
            purpose="transactional",
            user_id=row["user_id"],
            fence=row["user_id"] if row["fenced"] else None,
            permissions=of_principal([EVERYTHING], role=row["role"], fenced=row["fenced"], sandbox=row["sandbox"]),
        )

    async def page(
        self, organisation_id: str, user_id: str, *, limit: int = 200, before: str | None = None
    ) -> list[Session]:
        """Return up to ``limit`` open sessions of a person, newest first, with an id below ``before``."""
        rows = await self._database.fetch(
            SQL["page_of_sessions"], organisation_id, user_id, self._clock.now(), IDLE, before, limit
        )
        return [_session(row) for row in rows]

    async def end(self, user_id: str, session_id: str, *, who: Actor) -> None:
        """Sign a person out on one device; raises ``NotFound``."""
        async with self._database.transaction() as connection:
            ended = await connection.fetchval(
                SQL["end_session"], who.organisation_id, user_id, session_id, self._clock.now()
            )
            if ended is None:
                raise NotFound(f"there is no session {session_id!r}")
            await record(connection, who, "session.ended", session_id)

    async def forget_old(self) -> int:
        """Delete sessions that are long over, old links and old tries; returns how many. A background job runs it."""
        before = self._clock.now() - timedelta(days=30)
        count = await self.throttle.forget_old()
        for statement in ("delete_old_sessions", "delete_old_links"):
            tag = await self._database.execute(SQL[statement], before)
            count += int(tag.rpartition(" ")[2])
        return count


async def use_code(connection: Connection, secrets: SecretBox, row: Row, code: str, now: datetime) -> None:
    """Use up a code, or a recovery code, of the person in ``row``; raises ``Unauthorized`` when it is not good."""
    secret = totp.from_text(secrets.open(row["totp_secret"]))
    step = totp.matching_step(secret, code, now, after=row["totp_last_step"])
    if step is not None:
        used = await connection.fetchval(SQL["use_step"], row["organisation_id"], row["id"], step)
    else:
        used = await connection.fetchrow(
            SQL["use_recovery_code"], row["organisation_id"], row["id"], totp.recovery_hash(code)
        )
    if used is None:
        raise Unauthorized(_WRONG)


def _session(row: Row) -> Session:
    return Session(
        id=row["id"],
        organisation_id=row["organisation_id"],
        user_id=row["user_id"],
        sandbox=row["sandbox"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        last_seen_at=row["last_seen_at"],
        address=row["address"],
        user_agent=row["user_agent"],
        second_factor_at=row["second_factor_at"],
    )
