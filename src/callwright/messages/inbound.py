"""Texts that people send: whose number they wrote to, what they answer, and what follows by itself. In one transaction.

Words of revocation are looked at before anything else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from callwright.accounts.keys import organisation_of
from callwright.accounts.models import Organisation, Principal
from callwright.errors import InvalidRequest
from callwright.events import webhooks
from callwright.ids import new_id
from callwright.messages import pictures, wishes
from callwright.messages.bodies import announce, event_body
from callwright.messages.inbound_rules import InboundRules, Keyword, stored_rules
from callwright.messages.models import Message, NewMessage, Route
from callwright.messages.queries import message_of
from callwright.messages.repeats import Arrived, is_new
from callwright.messages.service import MessageService
from callwright.messages.texts import MOST_PARTS
from callwright.numbers.parsing import is_valid, read_number
from callwright.rules.sms_segments import TextError, segment
from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Row

log = logging.getLogger(__name__)

SQL = statements(__package__, "inbound.sql")

#: Two programs that answer each other stop after so many answers to one person.
MOST_ANSWERS, _PERIOD = 10, timedelta(hours=1)
#: Digits of a short code.
_SHORT_CODE = 8


@dataclass(frozen=True, kw_only=True)
class InboundText:
    """A whole text, as its route brought it."""

    #: Numbers in whatever form the route writes them.
    sender: str
    recipient: str
    text: str
    #: Addresses of pictures, which the provider serves.
    media: Sequence[str] = ()
    #: What the provider calls it; the same one is never taken twice.
    provider_id: str | None = None
    #: Of a text that has no such name: how it came in, by which it is known again.
    arrived: Arrived | None = None
    parts: int = 1
    #: Whose it is, where the route knows (the lab does); ``None``: it is found by the numbers.
    organisation_id: str | None = None


class KeywordCalls(Protocol):
    """Calls people who wrote a keyword."""

    async def begin(self, connection: Connection, who: Principal, message: Message, keyword: Keyword) -> None:
        """Write the call in the caller's transaction. Raises ``InvalidRequest`` when there is nothing to play."""
        ...

    def wake(self) -> None:
        """Tell who makes calls that one was committed."""
        ...


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a text came in: the organisation, its rules for this number, and our last message to this person."""

    organisation: Organisation
    rules: InboundRules
    owner_id: str | None
    row: Row


class InboundTexts:
    """The writer of texts that come in."""

    def __init__(
        self,
        database: Database,
        messages: MessageService,
        *,
        calls: KeywordCalls | None = None,
        on_events: Callable[[], None] = lambda: None,
        on_webhooks: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._messages = messages
        self._calls = calls
        self._on_events = on_events
        self._on_webhooks = on_webhooks

    async def read(self, route: Route, texts: Sequence[InboundText]) -> None:
        """Take texts; each is committed, with all that follows from it, when this returns."""
        for text in texts:
            async with self._database.transaction() as connection:
                await self.take(connection, route, text)
            self.committed()

    def committed(self) -> None:
        """Tell those who wait for events, webhooks, messages and calls."""
        self._on_events()
        self._on_webhooks()
        self._messages.wake()
        if self._calls is not None:
            self._calls.wake()

    async def take(self, connection: Connection, route: Route, text: InboundText) -> str | None:
        """Write a text in the caller's transaction and return its id; ``None``: it was taken before."""
        message_id = new_id("sms")
        if text.provider_id is not None and not await connection.fetchval(
            SQL["claim_provider_id"], route.id, text.provider_id, message_id
        ):
            return None
        if text.arrived is not None and not await is_new(connection, route.id, text.arrived):
            return None
        sandbox = route.kind == "lab"
        region = await connection.fetchval(SQL["region_of"], text.organisation_id or route.organisation_id)
        ours, theirs = (normalised(number, region) for number in (text.recipient, text.sender))
        places = await self._places(connection, route, text, ours, theirs)
        first = places[0]
        message = await self._write(connection, route, first, message_id, (ours, theirs), text)
        await announce(connection, [message])
        await self._tell_rules_url(connection, first, message)
        wish = wishes.read(message.text or "")
        if wish is not None and wish.meaning == "revoke":
            # whoever writes from a shared number: the person cannot know who else does
            for other in places[1:]:
                if other.row["last_id"] is not None:
                    await wishes.revoke(connection, message, other.organisation.id, wish, other.rules)
        who = Principal(
            organisation=first.organisation,
            key_id=None,
            sandbox=sandbox,
            purpose="transactional",
            user_id=message.owner_id,
        )
        await self._follow(connection, who, first, message, wish)
        return message_id

    async def _places(
        self, connection: Connection, route: Route, text: InboundText, ours: str, theirs: str
    ) -> list[_Place]:
        keeper, shared = route.organisation_id, route.shared
        if text.organisation_id is not None:
            keeper, shared = text.organisation_id, False
        rows = await connection.fetch(SQL["owners_of_address"], ours, keeper, theirs, shared, route.kind == "lab")
        return [
            _Place(
                organisation=organisation_of(row),
                rules=stored_rules(row["inbound"]),
                owner_id=row["text_owner_id"],
                row=row,
            )
            for row in rows
        ]

    async def _write(
        self,
        connection: Connection,
        route: Route,
        place: _Place,
        message_id: str,
        numbers: tuple[str, str],
        text: InboundText,
    ) -> Message:
        ours, theirs = numbers
        organisation_id, sandbox = place.organisation.id, route.kind == "lab"
        conversation = await connection.fetchrow(
            SQL["upsert_conversation"], new_id("cnv"), organisation_id, ours, theirs, sandbox
        )
        assert conversation is not None  # noqa: S101  (an upsert returns its row)
        row = await connection.fetchrow(
            SQL["insert_inbound"],
            message_id,
            organisation_id,
            place.owner_id,
            sandbox,
            place.row["campaign_id"],
            place.row["recipient_id"],
            conversation["contact_id"],
            conversation["id"],
            ours,
            theirs,
            text.text,
            text.parts,
            list(text.media) or None,
            place.row["webhook_url"],
            place.row["webhook_events"] or [],
            route.id,
            place.row["last_id"],
        )
        assert row is not None  # noqa: S101  (an insert returns its row)
        await pictures.expect(connection, organisation_id, message_id, text.media)
        return message_of(row)

    async def _tell_rules_url(self, connection: Connection, place: _Place, message: Message) -> None:
        url = place.rules.webhook_url
        if url is None or url == message.webhook_url:
            return
        await webhooks.enqueue(
            connection,
            organisation_id=message.organisation_id,
            url=url,
            subject=message.id,
            event_type="sms.received",
            body=event_body("sms.received", message),
            owner_id=message.owner_id,
        )

    async def _follow(
        self, connection: Connection, who: Principal, place: _Place, message: Message, wish: wishes.Wish | None
    ) -> None:
        """Do what follows from a text by itself."""
        recent = await connection.fetchval(
            SQL["automatic_answers_since"], message.organisation_id, message.from_address, _PERIOD
        )
        may_answer = recent < MOST_ANSWERS
        if wish is not None:
            language = await connection.fetchval(SQL["language_of_person"], message.id)
            answer = await wishes.carry_out(connection, message, place.organisation, wish, place.rules, language)
            if answer is not None and may_answer:
                await self.send(connection, who, message, answer.text, kind=answer.kind, own=answer.own)
            if wish.meaning != "start" or answer is not None:
                return
        keyword = place.rules.keyword(message.text or "")
        if keyword is not None and may_answer:
            await self._start(connection, who, message, keyword)
        await self._forward(connection, who, place, message)

    async def _start(self, connection: Connection, who: Principal, message: Message, keyword: Keyword) -> None:
        if keyword.reply is not None:
            await self.send(connection, who, message, keyword.reply, kind="keyword", own=False)
        if keyword.flow_id is not None and self._calls is not None:
            try:
                async with connection.transaction():
                    await self._calls.begin(connection, who, message, keyword)
            except InvalidRequest as error:
                log.warning("the keyword %r of %s starts no call: %s", keyword.words[0], message.to_address, error)

    async def _forward(self, connection: Connection, who: Principal, place: _Place, message: Message) -> None:
        """Send a text on to whom its rules, or the message that it answers, name."""
        said = (place.row["body"] or {}).get("forward_replies_to")
        targets = dict.fromkeys([*place.rules.forward_to, *([said] if isinstance(said, str) else [])])
        if message.from_address in targets:
            # a colleague's own words; two telephones that answer by themselves would otherwise never end
            return
        for target in targets:
            if "://" in target:
                if target not in {message.webhook_url, place.rules.webhook_url}:
                    await webhooks.enqueue(
                        connection,
                        organisation_id=message.organisation_id,
                        url=target,
                        subject=message.id,
                        event_type="sms.received",
                        body=event_body("sms.received", message),
                        owner_id=message.owner_id,
                    )
            elif target != message.to_address:
                media = "".join(f"\n{url}" for url in message.media)
                text = f"{message.from_address}: {message.text or ''}{media}".strip()
                await self.send(connection, who, message, text, kind="forward", own=True, to=target)

    async def send(
        self,
        connection: Connection,
        who: Principal,
        message: Message,
        text: str,
        *,
        kind: str,
        own: bool,
        to: str | None = None,
    ) -> None:
        """Write a text that answers a text by itself; ``own``: nobody has to approve what it says."""
        target = to or message.from_address
        if not target.startswith("+"):
            # a name, or a short code: nobody reads what is sent there
            return
        try:
            cut = _cut(text)
        except TextError as error:
            log.warning("no answer to %s: %s", message.id, error)
            return
        new = NewMessage(
            channel="sms",
            to_address=target,
            from_address=message.to_address,
            content={"text": cut[0]},
            text=cut[0],
            parts=cut[1],
            encoding=cut[2],
            purpose="transactional",
            conversation_id=None if to else message.conversation_id,
            own_text=own,
        )
        try:
            async with connection.transaction():
                await self._messages.create(who, [new], connection=connection, automatic=kind, reply_to=message.id)
        except InvalidRequest as error:
            log.warning("no answer to %s: %s", message.id, error)


def normalised(number: str, region: str | None) -> str:
    """Return a number of a text in E.164 where it is one: international without its plus sign first, then national.

    A short code, a name, and what is no number stay as they are.
    """
    text = number.strip()
    digits = text.removeprefix("+")
    if not (digits.isascii() and digits.isdecimal()) or (len(digits) <= _SHORT_CODE and not text.startswith("+")):
        return text
    if text.startswith("+") or is_valid(f"+{digits}"):
        return f"+{digits}"
    try:
        return read_number(text, field="number", region=region or "US", sandbox=False)
    except InvalidRequest:
        return text


def _cut(text: str) -> tuple[str, int, str]:
    """Return a text, cut to what one message may hold, its parts and its alphabet. Raises ``TextError``."""
    while True:
        found = segment(text, shifts=())
        if found.count <= MOST_PARTS:
            return text, found.count, found.alphabet.name
        text = text[: len("".join(found.parts[: MOST_PARTS - 1]))]
