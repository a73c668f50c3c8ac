"""effebot's small lists: the account, its numbers, languages, templates; and lists of ids in requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callwright.accounts.models import Principal
from callwright.api.dialects.effebot.creating import show_template
from callwright.api.dialects.effebot.rendering import digits, seconds
from callwright.api.dialects.fields import Fields, Findings
from callwright.api.dialects.reading import Sent
from callwright.api.native.call_requests import audio_named
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
    """Return the published flows; with ``only_moderated`` those of which nobody has to approve anything any more."""
    shown: list[dict[str, Any]] = []
    before = None
    while page := await services.saved_flows.page(caller, limit=_PAGE, before=before):
        before = page[-1].number
        bodies = await services.saved_flows.published(caller, [flow.id for flow in page])
        sounds = await services.audio.items.among(caller, audio_named(list(bodies.values())))
        waiting = await _waiting(services, caller, bodies, sounds)
        shown += [
            show_template(flow, bodies[flow.id], moderated=flow.id in waiting, sounds=sounds)
            for flow in page
            if flow.id in bodies and not (only_moderated and flow.id in waiting)
        ]
    return shown


async def _waiting(
    services: Services, caller: Principal, bodies: Mapping[str, Mapping[str, Any]], sounds: Mapping[str, Audio]
) -> set[str]:
    """Return the ids of those flows with a text, or a sound, that somebody has to approve first."""
    organisation_id, approvals = caller.organisation.id, services.approvals
    wanted = await approvals.settings(organisation_id)
    texts = {text for body in bodies.values() for text in texts_of(body)} if wanted.texts else set()
    read = await approvals.approved(organisation_id, sorted(texts))
    hashes = [sound.content_hash for sound in sounds.values() if sound.content_hash is not None] if wanted.audio else []
    decided = await approvals.of_sounds(organisation_id, hashes)
    heard = {content_hash for content_hash, approval in decided.items() if approval.state == "approved"}

    def waits(body: Mapping[str, Any]) -> bool:
        played = [sounds[name] for name in audio_named(body) if name in sounds] if wanted.audio else []
        unheard = any(sound.content_hash not in heard for sound in played)
        return unheard or (wanted.texts and not read.issuperset(texts_of(body)))

    return {flow_id for flow_id, body in bodies.items() if waits(body)}
