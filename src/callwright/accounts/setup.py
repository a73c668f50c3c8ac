"""The first owner of an appliance: who holds the set-up link that its operator was shown, and nobody after them.

The token is derived from the appliance's key, so every process knows it and nothing stores it; it is worth something
only while nobody can sign in. An appliance that anybody on the network could claim would be theirs.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, replace
from datetime import datetime

from callwright.accounts.models import Actor, Organisation, User
from callwright.accounts.passwords import check_password
from callwright.accounts.service import AccountService, check_organisation
from callwright.accounts.throttle import ADDRESS
from callwright.accounts.users import NewUser, check_person
from callwright.clock import Clock
from callwright.errors import Conflict, FieldError, InvalidRequest
from callwright.store.database import Database
from callwright.store.secrets import SecretBox
from callwright.store.statements import statements

SQL = statements(__package__, "setup.sql")

PREFIX = "stp"
_BYTES = 20
_WRONG = "not the token of this appliance's set-up link; `callwright setup-link` shows it"


@dataclass(frozen=True, kw_only=True)
class FirstOwner:
    """Who takes an appliance over, and for which organisation."""

    organisation: str
    name: str
    email: str
    password: str
    time_zone: str = "UTC"
    region: str = "US"


class Setup:
    """Whether an appliance has been claimed, and its claiming."""

    def __init__(self, database: Database, secrets: SecretBox, clock: Clock, accounts: AccountService) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        digest = secrets.derived("set-up link")[:_BYTES]
        #: What the link ends with.
        self.token = f"{PREFIX}_{base64.b32encode(digest).decode().lower()}"

    def link(self, url: str) -> str:
        """Return the set-up link of an appliance at ``url``; the token stands where no server's log gets it."""
        return f"{url.rstrip('/')}/app/setup#{self.token}"

    async def open(self) -> bool:
        """Return whether there is nobody yet: no person in any organisation."""
        return bool(await self._database.fetchval(SQL["nobody_yet"]))

    async def claim(self, token: str, wanted: FirstOwner, *, address: str | None = None) -> tuple[Organisation, User]:
        """Make the organisation and its owner.

        Raises ``InvalidRequest`` for a wrong token or field, ``Conflict`` when there is an owner already, and
        ``RateLimited`` after many wrong tokens.
        """
        throttle = self._accounts.sessions.throttle
        if address is not None:
            await throttle.take(ADDRESS, address)
        if not hmac.compare_digest(token.strip().encode(), self.token.encode()):
            raise InvalidRequest([FieldError(field="token", message=_WRONG)])
        if address is not None:
            await throttle.give_back(ADDRESS, address)
        owner = NewUser(email=wanted.email, name=wanted.name, role="owner")
        _check(wanted, owner, self._clock.now())
        async with self._database.transaction() as connection:
            # one at a time: two who send it together are the owner and a conflict
            await connection.execute(SQL["lock"])
            if not await connection.fetchval(SQL["nobody_yet"]):
                raise Conflict("this appliance has an owner already: sign in, or ask an owner to invite you")
            organisation = await self._accounts.create_organisation(
                wanted.organisation, time_zone=wanted.time_zone, region=wanted.region
            )
            # who holds the link could read it on this machine
            organisation = await self._accounts.set_operates(organisation.id, True)
            who = Actor(organisation_id=organisation.id, kind="operator", address=address)
            user, _ = await self._accounts.users.create(owner, who=who, password=wanted.password)
        return organisation, user


def _check(wanted: FirstOwner, owner: NewUser, now: datetime) -> None:
    """Raise ``InvalidRequest`` for everything that is wrong at once, before anything is made."""
    organisation = Organisation(
        id="",
        number=0,
        name=wanted.organisation,
        time_zone=wanted.time_zone,
        region=wanted.region,
        voice="",
        calling_from=None,
        calling_until=None,
        created_at=now,
    )
    errors: list[FieldError] = []
    try:
        check_organisation(organisation)
    except InvalidRequest as error:
        # here "name" is the person's
        errors += [replace(each, field="organisation") if each.field == "name" else each for each in error.errors]
    try:
        check_person(owner)
    except InvalidRequest as error:
        errors += error.errors
    try:
        check_password(wanted.password, expected=[wanted.email, wanted.name, wanted.organisation])
    except InvalidRequest as error:
        errors += error.errors
    if errors:
        raise InvalidRequest(errors)
