"""Whom the transfers of a flow may call, as far as it says so; what placeholders bring is looked at when dialled."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from callwright.api.native.services import Services
from callwright.errors import FieldError
from callwright.flows.language import Flow
from callwright.flows.steps import Transfer
from callwright.flows.templates import placeholders
from callwright.numbers.extensions import is_extension
from callwright.numbers.sip_addresses import is_sip, read_sip_address


def transfer_faults(
    flow: Flow,
    *,
    at: str,
    extensions: Collection[str],
    usable_numbers: Collection[str],
    number_fault: Callable[[str], str | None],
    sandbox: bool,
) -> Iterator[FieldError]:
    """Yield what is wrong; ``at`` is where the flow stands in the request, ``""`` for one made of other fields.

    ``extensions`` has whom ``targets`` returns; ``number_fault`` says why a number is never called.
    """
    for step_id, step in flow.steps.items():
        if not isinstance(step, Transfer):
            continue
        if (
            not placeholders(step.to)
            and (fault := _fault(step.to, extensions, number_fault, sandbox=sandbox)) is not None
        ):
            yield FieldError(field=_place(at, flow.path(step_id, "to")), message=fault, received=step.to)
        if step.caller_id.startswith("+") and not sandbox and step.caller_id not in usable_numbers:
            message = "is not a verified number of this organisation; GET /api/v1/numbers lists those"
            yield FieldError(
                field=_place(at, flow.path(step_id, "caller_id")), message=message, received=step.caller_id
            )


async def targets(services: Services, organisation_id: str) -> frozenset[str]:
    """Return whom beside numbers an organisation's transfers may call: ``Ext:1000``, ``@pbx.example.com``."""
    known = await services.extensions.of_organisation(organisation_id)
    domains = await services.numbers.trunks.sip_domains(organisation_id)
    return frozenset([*(extension.destination for extension in known), *domains])


def _fault(
    to: str, extensions: Collection[str], number_fault: Callable[[str], str | None], *, sandbox: bool
) -> str | None:
    if is_extension(to):
        known = to in extensions
        return None if known else f"{to} is not an extension of this organisation; GET /api/v1/extensions lists those"
    if is_sip(to):
        address = read_sip_address(to)
        if address is None:
            return "is not a SIP address such as sip:agent@pbx.example.com"
        # a sandbox call reaches the lab, whatever it is called
        if sandbox or address.carried_as in extensions:
            return None
        return f"the operator opened no trunk to addresses of {address.domain}; GET /api/v1/limits lists sip_domains"
    return number_fault(to)


def _place(at: str, path: str) -> str:
    return f"{at}.{path}" if at else path
