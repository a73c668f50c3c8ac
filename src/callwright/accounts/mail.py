"""The port through which links reach people: invitations and resets of passwords."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from callwright.store.database import Connection

Kind = Literal["invitation", "password_reset"]


@dataclass(frozen=True, kw_only=True)
class Link:
    """What a person needs to choose a password. The token is good once."""

    kind: Kind
    organisation_id: str
    organisation: str
    user_id: str
    email: str
    name: str
    token: str
    expires_at: datetime


class Postman(Protocol):
    """Brings links to people."""

    @property
    def delivers(self) -> bool:
        """Whether mail is set up: otherwise who invites gets the token and passes it on."""
        ...

    async def bring(self, connection: Connection, link: Link) -> None:
        """See to it that it is sent once the caller's transaction commits; it must not wait for another machine."""
        ...


class NoPostman:
    """Mail is not set up: an invitation's token goes to who invites, a reset's only to the operator's command line."""

    delivers = False

    async def bring(self, connection: Connection, link: Link) -> None:
        """Bring nothing."""
