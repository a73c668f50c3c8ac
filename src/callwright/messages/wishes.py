"""STOP, START and HELP in texts: put on record, and answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from callwright.accounts.models import Actor, Organisation
from callwright.messages.answers import Kind, answer
from callwright.messages.inbound_rules import InboundRules
from callwright.messages.models import Message
from callwright.numbers.suppressions import opt_in, opt_out
from callwright.rules.revocation import Revocation, revocation_of

if TYPE_CHECKING:
    from callwright.store.database import Connection

Wish = Revocation
#: Characters of a text that stand in the record.
_EVIDENCE = 80


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is answered."""

    kind: Kind
    text: str
    #: It is the appliance's own text, which nobody has to approve.
    own: bool


def read(text: str) -> Wish | None:
    """Return what a text says about being written to, in any language."""
    return revocation_of(text)


async def revoke(
    connection: Connection, message: Message, organisation_id: str, wish: Wish, rules: InboundRules
) -> bool:
    """Enter the person; return whether that is new."""
    scope = rules.stop_scope
    said = " ".join((message.text or "").split())
    _, new = await opt_out(
        connection,
        organisation_id=organisation_id,
        e164=message.from_address,
        scope=scope,
        scope_key="sms" if scope == "channel" else "",
        evidence=f'wrote "{said if len(said) <= _EVIDENCE else said[:_EVIDENCE] + "…"}" ({wish.matched})',
        source="sms",
    )
    return new


async def carry_out(
    connection: Connection,
    message: Message,
    organisation: Organisation,
    wish: Wish,
    rules: InboundRules,
    language: str | None,
) -> Answer | None:
    """Put a wish on record and return what is to be answered: nothing where it changed nothing, but to HELP."""
    name = organisation.spoken_name or organisation.name
    speaks = wish.language or rules.language or language
    if wish.meaning == "help":
        return _answer("help", rules.help_reply, name, speaks)
    if wish.meaning == "revoke":
        new = await revoke(connection, message, organisation.id, wish, rules)
        return _answer("stop", rules.stop_reply, name, speaks) if new else None
    who = Actor(organisation_id=organisation.id, kind="system")
    undone = await opt_in(connection, e164=message.from_address, who=who)
    return _answer("start", rules.start_reply, name, speaks) if undone else None


def _answer(kind: Kind, own: str | None, name: str, language: str | None) -> Answer:
    if own is not None:
        return Answer(kind=kind, text=own, own=False)
    return Answer(kind=kind, text=answer(kind, name=name, language=language), own=True)
