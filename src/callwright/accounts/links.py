"""Invitations and resets: a token that lets one person choose a password, once, for a while."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from callwright.accounts.keys import hashed
from callwright.accounts.mail import Kind, Link, NoPostman, Postman
from callwright.accounts.models import User
from callwright.clock import Clock
from callwright.ids import new_id
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Row

SQL = statements(__package__, "users.sql")

LIFETIMES: dict[Kind, timedelta] = {"invitation": timedelta(days=7), "password_reset": timedelta(hours=1)}
_TOKEN_BYTES = 20


class Links:
    """Makes tokens, hands them to the postman, and finds whose they are."""

    def __init__(self, clock: Clock, postman: Postman | None = None) -> None:
        self._clock = clock
        self._postman = postman or NoPostman()

    @property
    def delivers(self) -> bool:
        """Whether links are sent to people; else who asked passes them on."""
        return self._postman.delivers

    async def make(self, connection: Connection, user: User, kind: Kind) -> str:
        """Make a token in the caller's transaction and hand it to the postman; returns it."""
        token = new_token("lnk")
        now = self._clock.now()
        expires_at = now + LIFETIMES[kind]
        await connection.execute(
            SQL["insert_link"],
            *(new_id("lnk"), user.organisation_id, user.id, kind, hashed(token), now, expires_at),
        )
        await self._postman.bring(
            connection,
            Link(
                kind=kind,
                organisation_id=user.organisation_id,
                organisation=await connection.fetchval(SQL["organisation_name"], user.organisation_id),
                user_id=user.id,
                email=user.email,
                name=user.name,
                token=token,
                expires_at=expires_at,
            ),
        )
        return token

    async def find(self, connection: Connection, token: str) -> Row | None:
        """Return the open link of a token, locked together with its person; ``None`` when there is none."""
        return await connection.fetchrow(SQL["find_link"], hashed(token), self._clock.now())

    async def use_all(self, connection: Connection, organisation_id: str, user_id: str) -> None:
        """Make every open link of a person worthless."""
        await connection.execute(SQL["use_links"], organisation_id, user_id, self._clock.now())


def new_token(prefix: str) -> str:
    """Return ``prefix_`` and 160 random bits in lower-case base32."""
    return f"{prefix}_{base64.b32encode(secrets.token_bytes(_TOKEN_BYTES)).decode().lower()}"
