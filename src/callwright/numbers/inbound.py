"""What a number of ours does when somebody calls it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from callwright.accounts.audit import record
from callwright.accounts.models import Actor, operator
from callwright.errors import FieldError, InvalidRequest, NotFound
from callwright.events.catalogue import WEBHOOK_EVENTS
from callwright.flows.language import Flow, parse_flow
from callwright.flows.templates import missing_variables
from callwright.numbers.models import CallerId, InboundSettings
from callwright.numbers.parsing import is_forbidden, read_number
from callwright.store.database import Database, Row
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "inbound.sql")

_EXTENSION = re.compile(r"Ext:[0-9]{2,6}", re.ASCII)


class InboundNumbers:
    """The writer of ``InboundSettings``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, organisation_id: str, reference: str, *, fence: str | None = None) -> CallerId:
        """Return the organisation's number with this id or in this E.164 form; raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["find_number"], organisation_id, reference, fence)
        return caller_id_of(_found(row, reference))

    async def change(
        self,
        organisation_id: str,
        reference: str,
        fields: Mapping[str, Any],
        *,
        region: str,
        who: Actor | None = None,
        fence: str | None = None,
    ) -> CallerId:
        """Change some of the fields of ``InboundSettings``, all or none.

        ``region`` is whose national numbers ``forward_to`` may be; ``who`` ``None`` is the operator. Raises
        ``NotFound``, and ``InvalidRequest`` whose fields are those of the API: ``inbound_flow…``, ``forward_to``,
        ``inbound_webhook_url``, ….
        """
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["lock_number"], organisation_id, reference, fence)
            found = caller_id_of(_found(row, reference))
            wanted = _checked(replace(found.inbound, **fields), region, own=found.e164)
            row = await connection.fetchrow(
                SQL["set_inbound"],
                organisation_id,
                found.id,
                wanted.enabled,
                wanted.flow,
                wanted.forward_to,
                wanted.webhook_url,
                list(wanted.webhook_events),
            )
            changed = caller_id_of(_found(row, reference))
            before, after = asdict(found.inbound), asdict(changed.inbound)
            await record(connection, who or operator(organisation_id), "number.changed", found.id, before, after)
        return changed


def _found(row: Row | None, reference: str) -> Row:
    if row is None:
        raise NotFound(f"there is no number {reference!r}")
    return row


def caller_id_of(row: Row) -> CallerId:
    """Return the value of a row of ``numbers``."""
    return CallerId(
        id=row["id"],
        number=row["number"],
        organisation_id=row["organisation_id"],
        e164=row["e164"],
        verified_by=row["verified_by"],
        verified_at=row["verified_at"],
        enabled=row["enabled"],
        created_at=row["created_at"],
        inbound=InboundSettings(
            enabled=row["inbound_enabled"],
            flow=row["inbound_flow"],
            forward_to=row["forward_to"],
            webhook_url=row["inbound_webhook_url"],
            webhook_events=tuple(row["inbound_webhook_events"]),
        ),
        owner_id=row["owner_id"],
        attestation=row["attestation"],
    )


def inbound_flow(data: Mapping[str, Any]) -> Flow:
    """Return the flow that an author wrote for a number. Raises ``InvalidRequest`` below ``inbound_flow``.

    An inbound call brings no variables of its own: a placeholder that no step sets is a fault.
    """
    flow = parse_flow(data, at="inbound_flow")
    missing = missing_variables(flow, ())
    if missing:
        raise InvalidRequest(
            [
                FieldError(
                    field=f"inbound_flow.{path}",
                    message=f"the placeholder {{{name}}} has no value: a call that comes in brings to and from only",
                    received=name,
                )
                for path, name in missing
            ]
        )
    return flow


async def numbers_that_play(connection: Connection, organisation_id: str, audio_id: str) -> Sequence[str]:
    """Return in words the numbers whose flow plays an audio, so that it is not deleted under them."""
    rows = await connection.fetch(SQL["numbers_that_play"], organisation_id, audio_id)
    return [f"the number {row['e164']}" for row in rows]


def _checked(settings: InboundSettings, region: str, *, own: str) -> InboundSettings:
    errors: list[FieldError] = []
    if settings.flow is not None and not isinstance(settings.flow, dict):
        errors.append(FieldError(field="inbound_flow", message="a flow is an object with steps"))
    elif settings.flow is not None:
        try:
            inbound_flow(settings.flow)
        except InvalidRequest as error:
            errors += error.errors
    forward_to = settings.forward_to
    if forward_to is not None and not _EXTENSION.fullmatch(forward_to):
        try:
            forward_to = _forwarding(forward_to, region, own)
        except InvalidRequest as error:
            errors += error.errors
    url = settings.webhook_url
    if url is not None and not url.startswith(("https://", "http://")):
        message = "must be an http or https address such as https://example.com/path"
        errors.append(FieldError(field="inbound_webhook_url", message=message, received=url[:200]))
    for index, event in enumerate(settings.webhook_events):
        if event not in WEBHOOK_EVENTS:
            field = f"inbound_webhook_events[{index}]"
            message = f"is not an event; one of {', '.join(sorted(WEBHOOK_EVENTS))}"
            errors.append(FieldError(field=field, message=message, received=event))
    if errors:
        raise InvalidRequest(errors)
    return replace(settings, forward_to=forward_to)


def _forwarding(text: str, region: str, own: str) -> str:
    """Return whom callers are connected with; raises ``InvalidRequest``."""
    if text.lower().startswith("ext"):
        message = "write an extension as Ext:1000, two to six digits"
        raise InvalidRequest([FieldError(field="forward_to", message=message, received=text[:40])])
    number = read_number(text, field="forward_to", region=region, sandbox=False)
    reason = is_forbidden(number)
    if number == own:
        # it would come back here, take another line and be forwarded again
        reason = "a number cannot be forwarded to itself"
    if reason is not None:
        raise InvalidRequest([FieldError(field="forward_to", message=reason, received=text)])
    return number
