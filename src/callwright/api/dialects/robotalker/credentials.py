"""Who sends a request: by ``token`` and ``key``, by Basic, or by the cookie of ``Login``."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from callwright.accounts.dialects import option
from callwright.accounts.models import Principal
from callwright.api.dialects.credentials import enter
from callwright.api.dialects.robotalker.asked import WrongField, read_asked
from callwright.api.native.security import client_address
from callwright.api.native.services import Services
from callwright.errors import InvalidRequest, NotFound, Unauthorized

DIALECT = "robotalker"
COOKIE = "robotalker"
_LONGEST_USER_ID = 18


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a request brought to prove whose it is."""

    token: str
    #: Says which token; ``None``: the way does not ask for it.
    key: str | None = None
    #: The part of Basic before the colon.
    user: str | None = None


def given_in(pairs: Iterable[tuple[str, Any]]) -> Given:
    """Return ``key`` and ``token`` of a request's fields, wherever they stand; empty when they cannot be read."""
    pairs = list(pairs)
    try:
        asked = read_asked(pairs)
    except WrongField:
        # the fault is told to who may know it: the two are looked for without the rest
        known = {name.strip().lower(): value for name, value in pairs if isinstance(value, str)}
        return Given(token=known.get("token", "").strip(), key=known.get("key", "").strip())
    return Given(token=asked["token"], key=asked["key"])


def basic_of(request: Request) -> Given | None:
    """Return what ``Authorization: Basic`` says, ``None`` without one that can be read."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, token = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return Given(token=token.strip(), user=user.strip())


def cookie_of(request: Request) -> Given | None:
    """Return what ``Login`` left with the program."""
    token = request.cookies.get(COOKIE)
    return None if token is None else Given(token=token)


async def authenticate(
    request: Request,
    services: Services,
    pairs: Iterable[tuple[str, Any]],
    *,
    permission: str,
    user_id: str = "",
    cookie: bool = False,
) -> Principal:
    """Return who sends a request; ``cookie``: the one of ``Login`` counts, too.

    ``user_id`` is the account's number when the request says it. Raises ``Unauthorized``, ``Forbidden`` and
    ``RateLimited``.
    """
    given = given_in(pairs)
    if not given.token:
        given = basic_of(request) or (cookie_of(request) if cookie else None) or given
    who = await enter(request, services, given.token, dialect=DIALECT, permission=permission)
    await _check(request, services, who, given)
    if user_id and user_id != str(who.organisation.number):
        await services.limits.unknown_from(client_address(request))
        raise Unauthorized("userId is not the account's of this token")
    return who


async def reader(
    request: Request, services: Services, pairs: Iterable[tuple[str, Any]], *, user_id: str, cookie: bool = True
) -> Principal:
    """Return who may read the account's jobs: as ``authenticate``, or everybody who knows the ``userId`` of an account
    that has turned this on.
    """
    pairs = list(pairs)
    without = not given_in(pairs).token and basic_of(request) is None and cookie_of(request) is None
    if without and user_id:
        return await _open_reader(request, services, user_id)
    return await authenticate(request, services, pairs, permission="calls:read", user_id=user_id, cookie=cookie)


async def _open_reader(request: Request, services: Services, user_id: str) -> Principal:
    address = client_address(request)
    await services.limits.come_from(address)
    if user_id.isascii() and user_id.isdigit() and len(user_id) <= _LONGEST_USER_ID:
        try:
            organisation = await services.accounts.find_organisation(user_id)
        except (NotFound, InvalidRequest):
            pass
        else:
            # one may be called like the number of another
            its_number = str(organisation.number) == user_id
            if its_number and option(organisation.dialect_options, "robotalker_open_job_lookup"):
                allowed, allowance = await services.limits.take(organisation.id)
                if not allowed:
                    raise services.limits.refusal(allowance)
                return Principal(
                    organisation=organisation,
                    key_id=None,
                    sandbox=False,
                    purpose="transactional",
                    permissions=frozenset({"calls:read"}),
                    address=address,
                )
    await services.limits.unknown_from(address)
    raise Unauthorized("a token is needed beside userId")


async def _check(request: Request, services: Services, who: Principal, given: Given) -> None:
    """Raise ``Unauthorized`` when what stands beside the token belongs to another one."""
    fault = None
    if given.key is not None and given.key != who.key_id:
        fault = "key does not belong to this token" if given.key else "key is needed beside token"
    if given.user is not None and not await _is_theirs(services, who, given.user):
        fault = "the user of Basic is not one of the account of this token: use the userId, the key or an email"
    if fault is not None:
        await services.limits.unknown_from(client_address(request))
        raise Unauthorized(fault)


async def _is_theirs(services: Services, who: Principal, user: str) -> bool:
    if user in {who.key_id, str(who.organisation.number)}:
        return True
    if "@" not in user:
        return False
    try:
        found = await services.accounts.users.find(who.organisation.id, user)
    except (NotFound, InvalidRequest):
        return False
    return found.disabled_at is None
