"""What a campaign's request says of texts and emails: its channels, what is written, what recipients must fill in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from callwright.accounts.models import Principal
from callwright.api.native.call_emails import read_address, read_written
from callwright.api.native.campaign_requests import CampaignFields
from callwright.api.native.email_contents import EmailMeans
from callwright.api.native.services import Services
from callwright.campaigns.models import NewCampaign
from callwright.campaigns.writing import EMAILS, names_in_texts
from callwright.errors import FieldError, InvalidRequest
from callwright.flows.templates import placeholders
from callwright.messages.addresses import choose_text_sender
from callwright.messages.inbound_rules import read_forwarding
from callwright.messages.texts import render

#: What becomes of a recipient of texts beside what calls end with.
TextOutcome = Literal["sent", "delivered", "undelivered", "unknown"]
#: What only calls have.
_OF_CALLS = (
    *("goal", "hunt", "breaker", "abandonment_limit", "max_concurrent", "fallback_sms", "fallback_email"),
    "other_number_after",
)
#: What is said, or shown, in a call or a text.
_SAID = ("message", "flow", "audio", "dtmf", "keywords", "machine_detection", "record", "from_", "from_pool", "sms")
EMAIL = "email"


async def senders_if_any(services: Services, caller: Principal) -> Mapping[str, Any] | None:
    """Return whom texts may come from, ``None`` where no route carries them."""
    organisation_id = caller.organisation.id
    if not await services.messages.routes.can_carry(organisation_id, "sms", sandbox=caller.sandbox):
        return None
    return await services.messages.senders.usable(organisation_id, "sms", fence=caller.fence)


def spoken(wanted: CampaignFields) -> CampaignFields:
    """Return a request with something that is said: of a campaign that only writes, that is its text.

    Of an email it is the subject, so that a campaign always has a flow.
    """
    if wanted.channels == [EMAIL]:
        subject = None if wanted.email is None else wanted.email.subject
        return wanted.model_copy(update=dict.fromkeys(_SAID) | {"message": subject or EMAIL})
    if wanted.channels != ["sms"] or wanted.sms is None or wanted.message is not None:
        return wanted
    return wanted.model_copy(update={"message": wanted.sms.message})


def read_channels(
    wanted: CampaignFields,
    *,
    caller: Principal,
    senders: Mapping[str, Any] | None,
    emails: EmailMeans | None,
    purpose: str,
    errors: list[FieldError],
) -> dict[str, Any]:
    """Return ``channels``, ``sms`` and ``email`` of ``campaigns.call_template``; empty for a campaign that calls."""
    channels = list(dict.fromkeys(wanted.channels or ["call"]))
    if channels == [EMAIL]:
        return _read_email(wanted, channels, emails, purpose, errors)
    if EMAIL not in channels and wanted.email is not None:
        errors.append(FieldError(field=EMAIL, message='is for campaigns that write emails: add "email" to channels'))
    writes = "sms" in channels
    if wanted.sms is not None and not writes:
        errors.append(FieldError(field="sms", message='is for campaigns that write: add "sms" to channels'))
    if (writes or wanted.fallback_sms is not None) and senders is None:
        message = "no route carries texts of this organisation: the operator adds one (callwright routes add)"
        errors.append(FieldError(field="channels" if writes else "fallback_sms", message=message))
    if EMAIL in channels:
        return _read_email(wanted, channels, emails, purpose, errors)
    if not writes:
        return {}
    if "call" not in channels:
        errors += _for_calls(wanted, _OF_CALLS)
    said = wanted.sms
    text = wanted.message if said is None or said.message is None else said.message
    field = "sms.message" if said is not None and said.message is not None else "message"
    more: dict[str, Any] = {}
    if said is not None and said.forward_replies_to is not None:
        region = caller.organisation.region
        try:
            target = read_forwarding(said.forward_replies_to, field="sms.forward_replies_to", region=region)
            more["forward_replies_to"] = target
        except InvalidRequest as error:
            errors += error.errors
    sender, plain = "", said is not None and said.replace_typography
    if text is None:
        errors.append(FieldError(field="sms.message", message="is needed: the campaign has no message of its own"))
        return {}
    try:
        sender = choose_text_sender(caller, senders or {}, None if said is None else said.from_, field="sms.from")
        render(text, dict.fromkeys(placeholders(text), "x"), field=field, plain=plain)
    except InvalidRequest as error:
        if senders is not None:
            errors += error.errors
    return {"channels": channels, "sms": {"message": text, "from": sender, "plain": plain} | more}


def _read_email(
    wanted: CampaignFields, channels: list[str], means: EmailMeans | None, purpose: str, errors: list[FieldError]
) -> dict[str, Any]:
    beside = channels != [EMAIL]
    if beside and set(channels) != {"call", EMAIL}:
        message = "email goes with calls, or alone; make a second campaign for the texts, or give fallback_email"
        errors.append(FieldError(field="channels", message=message, received=channels))
        return {}
    if not beside:
        errors += _for_calls(wanted, _OF_CALLS)
        errors += _for_calls(wanted, _SAID, but="email says what is written, and whom it is from")
    if wanted.email is None:
        errors.append(FieldError(field=EMAIL, message="is needed: subject, and text or html or both (or a template)"))
        return {}
    to = wanted.email.to
    if to is not None and not beside:
        errors.append(FieldError(field="email.to", message="is for emails beside calls: recipients are addresses here"))
    elif to is not None:
        to = read_address(to, field="email.to", errors=errors)
    read = read_written(wanted.email, means, purpose=purpose, at=EMAIL, errors=errors)
    if read is None:
        return {}
    more = {} if to is None else {"to": to}
    return {"channels": ["call", EMAIL] if beside else channels, EMAIL: read | more}


def _for_calls(wanted: CampaignFields, names: Sequence[str], *, but: str | None = None) -> list[FieldError]:
    message = "is for campaigns that call" + (f"; {but}" if but else "")
    return [
        FieldError(field=name.removesuffix("_"), message=message)
        for name in names
        if getattr(wanted, name) is not None and getattr(wanted, name) is not False
    ]


def missing_in_texts(campaign: NewCampaign, defaults: Mapping[str, str]) -> list[str]:
    """Return the placeholders of the campaign's texts and emails that each recipient must fill."""
    return names_in_texts(campaign.call_template, defaults)


def texts_request(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a request that would make these texts; ``template`` is ``campaigns.call_template``."""
    fields: dict[str, Any] = {}
    if template.get("channels"):
        fields["channels"] = list(template["channels"])
    for name in ("sms", "fallback_sms"):
        if (said := template.get(name)) is not None:
            shown = {key: value for key, value in said.items() if key != "plain" and value is not None}
            fields[name] = shown | {"replace_typography": bool(said.get("plain"))}
    for name in EMAILS:
        if (email := template.get(name)) is not None:
            fields[name] = dict(email)
    if "sms" in fields and fields["sms"]["message"] == (template.get("content") or {}).get("message"):
        # it is the campaign's own: who changes that changes the text
        del fields["sms"]["message"]
    return fields
