"""Second legs: who may be called for a transfer, over which line, and the call of the organisation that it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from callwright.calls import charging, routing
from callwright.calls.ledger import release
from callwright.calls.models import Attempt, Permission
from callwright.flows.commands import Transfer
from callwright.flows.events import TransferFailure
from callwright.numbers.extensions import PREFIX, is_extension
from callwright.numbers.formats import is_dialable, written
from callwright.numbers.parsing import country_of, is_forbidden, is_valid
from callwright.numbers.sip_addresses import is_sip, lab_number, read_sip_address
from callwright.rules.gcra import next_slot
from callwright.store.database import Connection, Database, Row
from callwright.store.statements import statements

SQL = statements(__package__, "transfers.sql")


@dataclass(frozen=True, kw_only=True)
class TransferPermission:
    """The second leg may be called: this is how."""

    permission: Permission
    #: When the trunk's rate allows the INVITE; ``None``: at once.
    not_before: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class TransferRefused:
    """Nobody is called."""

    reason: TransferFailure
    detail: str


class _UnpaidError(Exception):
    """The organisation cannot pay for the second leg."""


@dataclass(frozen=True, kw_only=True)
class _Line:
    """What carries the second leg."""

    permission: Permission
    trunk_id: str | None = None
    not_before: datetime | None = None


class CallTransfers:
    """The writer of transfers. Each holds one of the organisation's calls, and one of its trunk's, until ``ended``."""

    def __init__(self, database: Database, *, signs: bool = False) -> None:
        """``signs``: the engine signs calls (STIR/SHAKEN)."""
        self._database = database
        self._signs = signs

    async def begin(
        self, attempt: Attempt, transfer_id: str, command: Transfer
    ) -> TransferPermission | TransferRefused | None:
        """Take what the second leg needs and commit that it is dialled; ``None``: it was begun before.

        The same rules as for calls: emergency, short and premium numbers are never called, a sandbox call reaches
        the handset lab or an extension only, and no limit is exceeded.
        """
        own_rules = is_extension(command.to) or is_sip(command.to)
        if not own_rules and (fault := _fault(command.to, sandbox=attempt.sandbox)) is not None:
            return _failed(fault)
        try:
            return await self._begin(attempt, transfer_id, command)
        except _UnpaidError as unpaid:
            return _failed(str(unpaid))

    async def _begin(
        self, attempt: Attempt, transfer_id: str, command: Transfer
    ) -> TransferPermission | TransferRefused | None:
        organisation_id = attempt.organisation_id
        async with self._database.transaction() as connection:
            if await connection.fetchval(SQL["transfer_of"], organisation_id, transfer_id) is not None:
                return None
            if await connection.fetchval(SQL["take_organisation"], organisation_id) is None:
                return _congestion("all calls that the organisation may have at once are in use")
            line = await _line(connection, attempt, command, signs=self._signs)
            if isinstance(line, TransferRefused):
                await connection.execute(SQL["give_back_organisation"], organisation_id)
                return line
            await connection.execute(
                SQL["insert_transfer"],
                transfer_id,
                organisation_id,
                attempt.call_id,
                attempt.id,
                command.to,
                line.trunk_id,
            )
            if line.trunk_id is not None and not attempt.sandbox and not is_sip(command.to):
                short = await charging.hold_leg(connection, transfer_id, organisation_id, attempt.call_id, command.to)
                if short is not None:
                    # what was taken for the leg is given back with the transaction
                    raise _UnpaidError(short.words)
        return TransferPermission(permission=line.permission, not_before=line.not_before)

    async def connected(self, attempt: Attempt, transfer_id: str) -> None:
        """Both hear each other from now on."""
        await self._database.execute(SQL["connect_transfer"], attempt.organisation_id, transfer_id)

    async def ended(
        self,
        attempt: Attempt,
        transfer_id: str,
        *,
        cause: int | None = None,
        sip_status: int | None = None,
        at: datetime | None = None,
    ) -> float | None:
        """The second leg is over, or was ``at`` that time: free what it held, and charge it.

        Returns how many seconds both heard each other.
        """
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                SQL["end_transfer"], attempt.organisation_id, transfer_id, cause, sip_status, at
            )
            if row is None:
                return None
            await release(connection, row)
            if row["paying"]:
                await charging.settle_leg(connection, row)
            seconds: float | None = row["seconds"]
            return None if seconds is None else round(seconds, 1)

    async def ended_with(self, attempt: Attempt, *, at: datetime | None = None) -> None:
        """The call is over, or was ``at`` that time, and with it every second leg of the attempt."""
        for row in await self._database.fetch(SQL["live_transfers"], attempt.organisation_id, attempt.id):
            await self.ended(attempt, row["id"], at=at)


def _fault(number: str, *, sandbox: bool) -> str | None:
    """Return why a number may not be called, in words."""
    if sandbox:
        return None
    return is_forbidden(number) or (None if is_valid(number) else "the numbering plan has no such number")


async def _line(connection: Connection, attempt: Attempt, command: Transfer, *, signs: bool) -> _Line | TransferRefused:
    if is_extension(command.to):
        return await _extension(connection, attempt, command)
    if is_sip(command.to):
        return await _sip(connection, attempt, command)
    return await _number(connection, attempt, command, signs=signs)


async def _number(
    connection: Connection, attempt: Attempt, command: Transfer, *, signs: bool
) -> _Line | TransferRefused:
    countries = await connection.fetchval(SQL["allowed_countries"], attempt.organisation_id)
    if not attempt.sandbox and countries is not None and country_of(command.to) not in countries:
        return _failed(f"numbers of this country are not called (allowed: {', '.join(countries) or 'none'})")
    trunks = await connection.fetch(SQL["trunks_of"], attempt.organisation_id, "lab" if attempt.sandbox else "sip")
    able = [trunk for trunk in trunks if routing.carries(trunk["prefixes"], command.to)]
    if not able:
        return _failed("no trunk carries this number")
    trunk = _chosen(command.to, able, "number")
    if isinstance(trunk, TransferRefused):
        return trunk
    caller = await _caller(connection, attempt, command.caller_id, passes=trunk["passes"])
    signed = signs and trunk["signs"]
    permission = Permission(
        trunk=trunk["name"],
        dial_string=_on_trunk(command.to, trunk),
        caller_number=_on_trunk(caller, trunk),
        withheld=trunk["withheld"],
        attestation=await _attestation(connection, attempt, caller) if signed else None,
    )
    if not is_dialable(permission.dial_string):
        return _failed("this is not a telephone number")
    return await _taken(connection, trunk, permission)


def _chosen(to: str, able: Sequence[Row], what: str) -> Row | TransferRefused:
    """Return the trunk that takes a leg, among those that carry it."""
    working = [trunk for trunk in able if trunk["works"]]
    if not working:
        return _congestion(f"the trunks that carry this {what} fail and are out of use for now")
    trunk = routing.choose(to, [trunk for trunk in working if trunk["room"]])
    return _congestion(f"all channels of the trunks that carry this {what} are in use") if trunk is None else trunk


async def _taken(connection: Connection, trunk: Row, permission: Permission) -> _Line:
    """Take a channel of the trunk and the next place of its rate."""
    await connection.execute(SQL["take_trunk"], trunk["id"])
    next_at, slot = next_slot(trunk["next_call_at"], trunk["now"], rate=float(trunk["calls_per_second"]), burst=1)
    await connection.execute(SQL["set_next_call_at"], trunk["id"], next_at)
    return _Line(permission=permission, trunk_id=trunk["id"], not_before=slot)


async def _sip(connection: Connection, attempt: Attempt, command: Transfer) -> _Line | TransferRefused:
    """Return a line to a SIP address: of a trunk that the operator gave its domain to. A sandbox call stays in the lab.

    Only the user part is dialled; the host is the trunk's.
    """
    address = read_sip_address(command.to)
    if address is None:
        return _failed("this is not a SIP address")
    if attempt.sandbox:
        return await _number(connection, attempt, replace(command, to=lab_number(address)), signs=False)
    row = await connection.fetchrow(SQL["region_of"], attempt.organisation_id)
    if row is not None and (fault := address.fault(row["region"], row["countries"])) is not None:
        return _failed(fault)
    trunks = await connection.fetch(SQL["trunks_of"], attempt.organisation_id, "sip")
    able = [
        trunk
        for trunk in trunks
        if address.carried_as in trunk["prefixes"] and (trunk["transport"] == "tls" or not address.secure)
    ]
    if not able:
        return _failed(f"the operator opened no trunk {'over TLS ' * address.secure}to addresses of {address.domain}")
    trunk = _chosen(address.carried_as, able, "address")
    if isinstance(trunk, TransferRefused):
        return trunk
    caller = await _caller(connection, attempt, command.caller_id, passes=trunk["passes"])
    permission = Permission(
        trunk=trunk["name"],
        dial_string=address.user,
        caller_number=_on_trunk(caller, trunk),
        withheld=trunk["withheld"],
        sip_user=True,
    )
    return await _taken(connection, trunk, permission)


async def _extension(connection: Connection, attempt: Attempt, command: Transfer) -> _Line | TransferRefused:
    digits = command.to.removeprefix(PREFIX)
    username = await connection.fetchval(SQL["extension_of"], attempt.organisation_id, digits)
    if username is None:
        return _failed(f"the organisation has no extension {digits}")
    # our own telephone: whoever calls may be shown
    caller = await _caller(connection, attempt, command.caller_id, passes=True)
    return _Line(
        permission=Permission(trunk=username, dial_string=digits, caller_number=caller, registered=True),
    )


async def _caller(connection: Connection, attempt: Attempt, wanted: str, *, passes: bool) -> str:
    """Return the number to be shown: what the step wants when it may be shown, else our own."""
    if wanted == "callee":
        return attempt.person if passes and is_dialable(attempt.person) else attempt.own_number
    if wanted == "own":
        return attempt.own_number
    if attempt.sandbox or await connection.fetchval(SQL["may_show"], attempt.organisation_id, wanted):
        return wanted
    return attempt.own_number


async def _attestation(connection: Connection, attempt: Attempt, shown: str) -> str:
    level: str = await connection.fetchval(SQL["attestation_of"], attempt.organisation_id, shown)
    return level


def _on_trunk(number: str, trunk: Row) -> str:
    return written(number, trunk["number_format"] or "e164", trunk["region"])


def _failed(detail: str) -> TransferRefused:
    return TransferRefused(reason=TransferFailure.FAILED, detail=detail)


def _congestion(detail: str) -> TransferRefused:
    return TransferRefused(reason=TransferFailure.CONGESTION, detail=detail)
