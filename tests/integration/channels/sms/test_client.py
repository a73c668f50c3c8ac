"""The SMPP client against a message centre that we did not write, well-behaved and not."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from callwright.channels.sms.assembly import Assembler, read_text
from callwright.channels.sms.client import Plan, SmppClient
from callwright.channels.sms.parts import Writing
from callwright.channels.sms.pdu import Bind
from callwright.channels.sms.port import (
    Accepted,
    Arrival,
    InboundPart,
    LateAnswer,
    NotSent,
    Receipt,
    Refused,
    TextMessage,
    Unknown,
)
from callwright.channels.sms.session import Endpoint
from support.certificates import Authority
from support.smpp_server import MessageCentre, message_centre

pytestmark = pytest.mark.timeout(60)
THROTTLED = 0x58


class Desk:
    """Keeps what arrives, when it is ``open``; ``broken`` refuses that many times, ``hated`` a sender always."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.broken = 0
        self.hated = ""
        self.asked = 0
        self.open = asyncio.Event()
        self.open.set()
        self._news = asyncio.Condition()

    async def receive(self, arrivals: Sequence[Arrival]) -> None:
        self.asked += 1
        await self.open.wait()
        if self.broken:
            self.broken -= 1
            raise RuntimeError("the store is away")
        if any(isinstance(each, InboundPart) and each.sender == self.hated for each in arrivals):
            raise RuntimeError("this one cannot be stored")
        async with self._news:
            self.arrivals += arrivals
            self._news.notify_all()

    async def wait_for(self, count: int) -> list[Arrival]:
        async with asyncio.timeout(20), self._news:
            await self._news.wait_for(lambda: len(self.arrivals) >= count)
        return self.arrivals


@pytest.fixture
async def centre() -> AsyncIterator[MessageCentre]:
    async with message_centre() as running:
        yield running


@asynccontextmanager
async def client(centre: MessageCentre, desk: Desk | None = None, **changes: Any) -> AsyncIterator[SmppClient]:
    plan = {name: changes.pop(name) for name in list(changes) if name in Plan.__dataclass_fields__}
    kinds = changes.pop("kinds", ["transceiver"])
    bind = Bind(system_id="callwright", password="secret")
    endpoints = [
        Endpoint(**{"host": "127.0.0.1", "port": centre.port, "bind": bind, "kind": kind, **changes}) for kind in kinds
    ]
    running = SmppClient(
        Plan(**{"endpoints": endpoints, "reconnect_first": 0.05, "reconnect_most": 0.2, **plan}), desk or Desk()
    )
    running.start()
    try:
        yield running
    finally:
        await running.stop(drain=1)


def text(body: str = "Hello", *, number: int = 0, **changes: Any) -> TextMessage:
    return TextMessage(
        **{"id": f"m{number}", "sender": "Callwright", "recipient": f"+4917{number:08}", "text": body, **changes}
    )


async def many(sms: SmppClient, count: int) -> list[Any]:
    outcomes = await asyncio.gather(*(sms.submit(text(number=number)) for number in range(count)))
    return [outcome for (outcome,) in outcomes]


async def test_a_message_and_its_receipt(centre: MessageCentre) -> None:
    desk = Desk()
    centre.behave(receipt=True)
    async with client(centre, desk) as sms:
        assert await sms.submit(text("Grüße [1] für 5 €")) == (Accepted(provider_id="1"),)
        (receipt,) = await desk.wait_for(1)
        assert isinstance(receipt, Receipt)
        assert (receipt.provider_id, receipt.state, receipt.final) == ("1", "delivered", True)
        # the centre was told after the desk had it
        assert (await centre.wait_for("receipted"))[0] == {"event": "receipted", "id": "1", "status": 0}
    (submit,) = centre.of("submit")
    assert (submit["text"], submit["from"], submit["from_ton"]) == ("Grüße [1] für 5 €", "Callwright", 5)
    assert (submit["to"], submit["data_coding"], submit["registered"]) == ("491700000000", 0, 1)
    (bind,) = centre.of("bind")
    assert (bind["command"], bind["version"], bind["password"]) == ("bind_transceiver", 0x34, "secret")
    # it said goodbye
    assert len(await centre.wait_for("unbind")) == 1


@pytest.mark.parametrize(
    ("body", "coding"),
    [("Hello [you] €5\n" * 30, 0), ("Привет, 😀! " * 30, 8), ("ış ve ğ " + "abc " * 60, 0)],
    ids=["gsm7", "ucs2", "turkish"],
)
async def test_long_messages_by_header(centre: MessageCentre, body: str, coding: int) -> None:
    async with client(centre, writing=Writing(shifts=True)) as sms:
        count = sms.count(body)
        outcomes = await sms.submit(text(body, reference=0x2A))
        assert len(outcomes) == count > 1
        submits = await centre.wait_for("submit", count)
    assert {submit["data_coding"] for submit in submits} == {coding}
    assert all(submit["udh"][0] == f"00032a{count:02x}{number:02x}" for number, submit in enumerate(submits, 1))
    assert "".join(submit["text"] for submit in submits) == body


async def test_long_messages_by_parameters_and_as_one_payload(centre: MessageCentre) -> None:
    body = "a long story " * 30
    async with client(centre, writing=Writing(joining="sar")) as sms:
        assert len(await sms.submit(text(body, reference=300))) == 3
    async with client(centre, writing=Writing(joining="payload")) as sms:
        assert len(await sms.submit(text(body))) == 1
    *sar, payload = await centre.wait_for("submit", 4)
    assert [submit["sar"] for submit in sar] == [[300, 3, 1], [300, 3, 2], [300, 3, 3]]
    assert "".join(submit["text"] for submit in sar) == body
    assert payload["payload"] == body


async def test_only_the_parts_that_are_asked_for(centre: MessageCentre) -> None:
    async with client(centre) as sms:
        assert len(await sms.submit(text("abc " * 100, only=frozenset({2, 3})))) == 2
        submits = await centre.wait_for("submit", 2)
    assert [submit["udh"][0][-2:] for submit in submits] == ["02", "03"]


async def test_the_window_is_kept(centre: MessageCentre) -> None:
    centre.behave(hold=True)
    async with client(centre, window=10) as sms:
        sending = asyncio.create_task(many(sms, 25))
        await centre.wait_for("submit", 10)
        # an answered enquiry proves that the centre has read everything that was written before it
        centre.order("enquire")
        await centre.wait_for("alive")
        assert len(centre.of("submit")) == 10
        assert sms.states()[0].outstanding == 10
        centre.behave()
        centre.order("release")
        assert all(isinstance(outcome, Accepted) for outcome in await sending)
    assert len(centre.of("submit")) == 25


async def test_receipts_before_the_answer_and_answers_twice(centre: MessageCentre) -> None:
    desk = Desk()
    centre.behave(receiptFirst=True, twice=True)
    async with client(centre, desk) as sms:
        outcomes = await many(sms, 50)
        receipts = await desk.wait_for(50)
    assert len({outcome.provider_id for outcome in outcomes}) == 50
    assert {receipt.provider_id for receipt in receipts} == {outcome.provider_id for outcome in outcomes}


async def test_a_throttling_centre_gets_less_and_takes_all(centre: MessageCentre) -> None:
    centre.behave(throttleFirst=10)
    async with client(centre, rate=200.0) as sms:
        outcomes = await many(sms, 40)
        assert sms.share < 1
    assert len({outcome.provider_id for outcome in outcomes}) == 40
    assert len(centre.of("submit")) == 50


async def test_patience_ends(centre: MessageCentre) -> None:
    centre.behave(refuse=THROTTLED)
    async with client(centre, patience=0.0) as sms:
        assert await sms.submit(text()) == (Refused(status=THROTTLED, name="ESME_RTHROTTLED", permanent=False),)


async def test_a_refusal_costs_one_part(centre: MessageCentre) -> None:
    centre.behave(refuse=0x0B)
    async with client(centre) as sms:
        first, second = await sms.submit(text("a" * 200))
    assert first == Refused(status=0x0B, name="ESME_RINVDSTADR", permanent=True)
    assert isinstance(second, NotSent)
    assert len(centre.of("submit")) == 1


async def test_a_centre_that_dies_in_the_middle_of_a_window(centre: MessageCentre) -> None:
    centre.behave(dieAt=31)
    async with client(centre, window=10) as sms:
        sending = asyncio.create_task(many(sms, 60))
        await centre.wait_for("closed")
        centre.behave()
        outcomes = await sending
        assert sms.states()[0].binds == 2
    tried = [submit["to"] for submit in centre.of("submit")]
    # nothing was written twice, whether an answer came or not
    assert len(tried) == len(set(tried))
    unknown = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Unknown)]
    accepted = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Accepted)]
    assert 1 <= len(unknown) <= 10
    assert len(unknown) + len(accepted) == 60
    assert {f"4917{number:08}" for number in accepted} <= set(tried)
    # each accepted one has an id of its own
    assert len({outcomes[number].provider_id for number in accepted}) == len(accepted)


async def test_a_late_answer_is_told(centre: MessageCentre) -> None:
    desk = Desk()
    centre.behave(hold=True)
    async with client(centre, desk, answer_timeout=0.2) as sms:
        (outcome,) = await sms.submit(text(number=5))
        assert isinstance(outcome, Unknown)
        centre.order("release")
        assert await desk.wait_for(1) == [LateAnswer(message_id="m5", part=1, outcome=Accepted(provider_id="1"))]


async def test_no_connection_is_not_sent(centre: MessageCentre) -> None:
    centre.behave(refuseBinds=0x0E)
    async with client(centre, bound_within=0.3) as sms:
        (outcome,) = await sms.submit(text())
        assert isinstance(outcome, NotSent)
        assert "ESME_RINVPASWD" in outcome.reason
        assert not sms.states()[0].bound
        # it goes on trying, and gets in when the password is right
        centre.behave()
        while isinstance((await sms.submit(text()))[0], NotSent):
            pass
        assert sms.states()[0].bound
    assert len(centre.of("submit")) == 1


async def test_a_centre_that_never_answers_the_bind(centre: MessageCentre) -> None:
    centre.behave(ignoreBinds=True)
    async with client(centre, bind_timeout=0.2, bound_within=0.1) as sms:
        await centre.wait_for("bind", 2)
        (outcome,) = await sms.submit(text())
    assert isinstance(outcome, NotSent)


@pytest.mark.parametrize("how", ["drop", "unbind"])
async def test_it_comes_back(centre: MessageCentre, how: str) -> None:
    async with client(centre) as sms:
        await many(sms, 5)
        centre.order(how)
        await centre.wait_for("bind", 2)
        assert all(isinstance(outcome, Accepted) for outcome in await many(sms, 5))
    assert len(centre.of("submit")) == 10


async def test_a_connection_that_fails_under_a_message(centre: MessageCentre) -> None:
    async with client(centre) as sms:
        await sms.submit(text())
        # the transport is closing now and says so a turn of the loop later: the message must wait for the next bind
        session = sms._connections[0].session
        assert session is not None
        assert session._transport is not None
        session._transport.abort()
        assert isinstance((await sms.submit(text()))[0], Accepted)
    assert len(centre.of("submit")) == 2


async def test_enquiries_both_ways(centre: MessageCentre) -> None:
    async with client(centre, enquire_after=0.1) as sms:
        await sms.submit(text())
        await centre.wait_for("enquire_link", 2)
        centre.order("enquire")
        assert (await centre.wait_for("alive"))[0]["status"] == 0
        assert sms.states()[0].binds == 1


async def test_a_silent_centre_is_left(centre: MessageCentre) -> None:
    async with client(centre, enquire_after=0.1, answer_timeout=0.2) as sms:
        await sms.submit(text())
        centre.behave(deaf=True)
        await centre.wait_for("bind", 2)


@pytest.mark.parametrize("octets", ["0000000f000000050000000000000001", "ffffffff00000005", "474554202f"])
async def test_octets_that_are_no_smpp_end_the_connection(centre: MessageCentre, octets: str) -> None:
    async with client(centre) as sms:
        await sms.submit(text())
        centre.order("raw", hex=octets)
        await centre.wait_for("bind", 2)
        assert isinstance((await sms.submit(text()))[0], Accepted)


async def test_units_that_make_no_sense_are_refused_and_the_connection_stays(centre: MessageCentre) -> None:
    async with client(centre) as sms:
        await sms.submit(text())
        # a deliver_sm cut short, and a command of nobody's
        centre.order("raw", hex="00000014000000050000000000000063" + "41414141")
        centre.order("raw", hex="00000010000001030000000000000064")
        centre.order("enquire")
        await centre.wait_for("alive")
        assert sms.states()[0].binds == 1
        assert isinstance((await sms.submit(text()))[0], Accepted)


async def test_inbound_texts(centre: MessageCentre) -> None:
    desk = Desk()
    sender = {"source_addr": "491700000001", "source_addr_ton": 1, "destination_addr": "12345"}
    async with client(centre, desk) as sms:
        await sms.submit(text())
        centre.order("deliver", name="plain", pdu={**sender, "data_coding": 0, "hex": b"STOP".hex()})
        (part,) = await desk.wait_for(1)
        assert isinstance(part, InboundPart)
        assert (part.sender, part.recipient, read_text([part])) == ("+491700000001", "12345", "STOP")
        for number in (2, 1):
            data = bytes((5, 0, 3, 9, 2, number)) + ("Привет" if number == 1 else ", 😀").encode("utf-16-be")
            centre.order("deliver", pdu={**sender, "esm_class": 0x40, "data_coding": 8, "hex": data.hex()})
        assembler, whole = Assembler(seconds=60), None
        for arrival in (await desk.wait_for(3))[1:]:
            assert isinstance(arrival, InboundPart)
            whole = assembler.add(arrival, 0)
        assert whole is not None
        assert read_text(whole) == "Привет, 😀"


async def test_what_is_not_stored_is_the_centres(centre: MessageCentre) -> None:
    desk = Desk()
    async with client(centre, desk) as sms:
        await sms.submit(text())
        desk.broken = 1
        for name in ("first", "second"):
            fields = {"source_addr": "1", "destination_addr": "2", "hex": "41"}
            centre.order("deliver", name=name, pdu=fields)
            await centre.wait_for("delivered", 1 if name == "first" else 2)
    assert [(each["order"], each["status"]) for each in centre.of("delivered")] == [("first", 0x64), ("second", 0)]
    assert len(desk.arrivals) == 1


async def test_the_centre_is_told_after_the_desk_has_it_and_one_bad_text_holds_up_no_other(
    centre: MessageCentre,
) -> None:
    desk = Desk()
    desk.hated = "666"
    async with client(centre, desk) as sms:
        await sms.submit(text())
        desk.open.clear()
        for sender in ("1", "666", "2", "3"):
            fields = {"source_addr": sender, "destination_addr": "9", "hex": "41"}
            centre.order("deliver", name=sender, pdu=fields)
        while not desk.asked:
            await asyncio.sleep(0.01)
        centre.order("enquire")
        await centre.wait_for("alive")
        assert centre.of("delivered") == []
        desk.open.set()
        told = await centre.wait_for("delivered", 4)
    assert {each["order"]: each["status"] for each in told} == {"1": 0, "666": 0x64, "2": 0, "3": 0}
    assert sorted(arrival.sender for arrival in desk.arrivals) == ["1", "2", "3"]


async def test_a_transmitter_and_a_receiver(centre: MessageCentre) -> None:
    desk = Desk()
    async with client(centre, desk, kinds=["transmitter", "receiver"]) as sms:
        await centre.wait_for("bind", 2)
        assert isinstance((await sms.submit(text()))[0], Accepted)
        while not all(state.bound for state in sms.states()):
            await asyncio.sleep(0.01)
        centre.order("deliver", pdu={"source_addr": "1", "destination_addr": "2", "hex": "41"})
        assert len(await desk.wait_for(1)) == 1
    assert {bind["command"] for bind in centre.of("bind")} == {"bind_transmitter", "bind_receiver"}


async def test_several_connections_share_the_work(centre: MessageCentre) -> None:
    centre.behave(hold=True)
    async with client(centre, kinds=["transceiver"] * 3, window=5) as sms:
        while not all(state.bound for state in sms.states()):
            await asyncio.sleep(0.01)
        sending = asyncio.create_task(many(sms, 15))
        await centre.wait_for("submit", 15)
        assert [state.outstanding for state in sms.states()] == [5, 5, 5]
        centre.order("release")
        assert all(isinstance(outcome, Accepted) for outcome in await sending)


async def test_a_stop_waits_for_answers_and_marks_the_others(centre: MessageCentre) -> None:
    centre.behave(hold=True)
    async with client(centre, window=5) as sms:
        sending = asyncio.create_task(many(sms, 8))
        await centre.wait_for("submit", 5)
        await sms.stop(drain=0.1)
        outcomes = await sending
    assert sum(isinstance(outcome, Unknown) for outcome in outcomes) == 5
    assert sum(isinstance(outcome, NotSent) for outcome in outcomes) == 3


async def test_tls_and_who_is_believed(tmp_path) -> None:
    authority = Authority(tmp_path / "authority")
    other = Authority(tmp_path / "other")
    async with message_centre(*authority.issue(tmp_path / "centre", "127.0.0.1")) as centre:
        trusting = ssl.create_default_context(cafile=str(authority.file))
        async with client(centre, tls=trusting) as sms:
            assert isinstance((await sms.submit(text()))[0], Accepted)
        doubting = ssl.create_default_context(cafile=str(other.file))
        async with client(centre, tls=doubting, bound_within=0.5) as sms:
            (outcome,) = await sms.submit(text())
    assert isinstance(outcome, NotSent)
    assert "certificate" in outcome.reason
    assert len(centre.of("submit")) == 1


@pytest.mark.parametrize(
    "changes",
    [{"sender": "far too long a name"}, {"recipient": "Shop"}, {"body": " "}, {"body": "a" * 50_000}],
    ids=["sender", "recipient", "empty", "long"],
)
async def test_what_cannot_be_sent_is_not(centre: MessageCentre, changes: dict[str, str]) -> None:
    async with client(centre) as sms:
        with pytest.raises(ValueError, match=r"\w"):
            await sms.submit(text(**changes))
    assert centre.of("submit") == []
