"""effebot's small lists: the account, its numbers, languages, templates; and lists of ids in requests."""

from __future__ import annotations

from typing import Any

from callwright.accounts.models import Principal
from callwright.api.dialects.effebot.creating import show_template
from callwright.api.dialects.effebot.rendering import digits, seconds
from callwright.api.dialects.fields import Fields, Findings
from callwright.api.dialects.reading import Sent
from callwright.api.native.services import Services
from callwright.approvals.content import texts_of
from callwright.audio.models import Audio, AudioFilter
from callwright.billing.models import Kind
from callwright.billing.service import LedgerFilter
from callwright.numbers.models import CallerId
from callwright.speech.tts.shipped import language_names

MAX_IDS = 5_000
_PAGE = 1_000


def numbers_of(sent: Sent, name: str, *, required: bool) -> list[int]:
    """Return the ids of a field: a list, one number, or text with commas. Raises ``InvalidRequest``."""
    findings = Findings()
    value = sent.fields.get(name)
    if isinstance(value, str) and value.strip():
        value = [part for part in value.split(",") if part.strip()]
    elif isinstance(value, int):
        value = [value]
    listed = Fields({name: value if value != "" else None}, findings).items(name, most=MAX_IDS, required=required)
    numbers = []
    for index, item in enumerate(listed):
        number = Fields({str(index): item}, findings, name).integer(str(index), 1, 2**62, required=True)
        numbers += [] if number is None else [number]
    findings.check()
    return numbers


async def all_audio(services: Services, caller: Principal) -> list[Audio]:
    """Return every audio of the caller, newest first."""
    found: list[Audio] = []
    before = None
    while page := await services.audio.items.page(caller, AudioFilter(), limit=_PAGE, before=before):
        found += page
        before = page[-1].number
    return found


async def user_info(services: Services, caller: Principal) -> dict[str, Any]:
    """Return the account: its number, its money, when its person signed in last, when money was added last."""
    organisation_id = caller.organisation.id
    balance = await services.money.balances.find(organisation_id)
    top_ups = await services.money.balances.page(organisation_id, LedgerFilter(kind=Kind.TOPUP), limit=1)
    person = None
    if caller.user_id is not None:
        person = await services.accounts.users.get(organisation_id, caller.user_id)
    return {
        "id": caller.organisation.number,
        "balance": float(balance.available) if balance is not None else 0,
        "loggedAt": seconds(person.last_login_at) if person is not None else None,
        "lastPayAt": seconds(top_ups[0].created_at) if top_ups else None,
    }


async def phones(services: Services, caller: Principal, *, everything: bool) -> list[dict[str, Any]]:
    """Return the caller ids, oldest first; of those that cannot be shown now only when all are wanted."""
    found: list[CallerId] = []
    before = None
    while page := await services.numbers.numbers(
        caller.organisation.id, limit=_PAGE, before=before, fence=caller.fence
    ):
        found += page
        before = page[-1].number
    return [
        {
            "id": number.number,
            "phone": digits(number.e164),
            # entered by the operator, not by the account
            "isSystem": number.verified_by == "operator",
            "overall": int(number.owner_id is None),
            "enable": int(number.usable),
        }
        for number in reversed(found)
        if everything or number.usable
    ]


def languages(services: Services) -> list[dict[str, Any]]:
    """Return the languages, each with the place that it has in the alphabet of tags."""
    titles = language_names()
    return [
        {"id": place, "name": titles.get(tag, tag), "defaultLangCode": tag}
        for place, tag in enumerate(services.voices.languages(), 1)
    ]


async def templates(services: Services, caller: Principal, *, only_moderated: bool) -> list[dict[str, Any]]:
    """Return the published flows; with ``only_moderated`` those whose texts nobody has to approve any more."""
    moderated = (await services.approvals.settings(caller.organisation.id)).texts
    shown: list[dict[str, Any]] = []
    before = None
    while page := await services.saved_flows.page(caller, limit=_PAGE, before=before):
        before = page[-1].number
        bodies = await services.saved_flows.published(caller, [flow.id for flow in page])
        texts = {text for body in bodies.values() for text in texts_of(body)} if moderated else set()
        approved = await services.approvals.approved(caller.organisation.id, sorted(texts))
        for flow in page:
            if flow.id not in bodies:
                continue
            waits = moderated and not approved.issuperset(texts_of(bodies[flow.id]))
            if not (waits and only_moderated):
                shown.append(show_template(flow, bodies[flow.id], moderated=waits))
    return shown
