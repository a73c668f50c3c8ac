"""People of a campaign with a goal, who answer as a test says: dialer, ledger and settlement without an engine."""

from __future__ import annotations

from cryptography.fernet import Fernet

from callwright.calls.claims import CallClaims
from callwright.calls.dialing import CallDialing
from callwright.calls.ledger import CallLedger
from callwright.calls.models import Attempt, Settlement
from callwright.campaigns.feeding import CampaignFeeder
from callwright.campaigns.pacing import GoalPace, TrialPace
from callwright.flows import commands
from callwright.numbers.trunks import NewTrunk, Trunks
from callwright.rules.outcomes import Outcome
from callwright.store.secrets import SecretBox
from support.api import ApiUnderTest
from support.calls import OWNER


async def dial(api: ApiUnderTest, campaign_id: str) -> dict[str, Attempt]:
    """Claim and dial what a campaign may call now; returns the attempts by number, in their order.

    Other campaigns are paused: a database may hold several tests' ones.
    """
    database, clock = api.database, api.services.clock
    await database.execute("UPDATE campaigns SET state = 'paused' WHERE state = 'running' AND id <> $1", campaign_id)
    if not await database.fetchval("SELECT EXISTS (SELECT FROM trunks WHERE kind = 'lab')"):
        trunks = Trunks(database, SecretBox(Fernet.generate_key()))
        await trunks.add(api.organisation.id, NewTrunk(name="lab", kind="lab", host="127.0.0.1", channels=50))
    claims = CallClaims(database, clock, feeder=CampaignFeeder(clock, [GoalPace(), TrialPace()]))
    dialling = CallDialing(database, clock)
    claimed = {attempt.to_number: attempt for attempt in await claims.claim(OWNER)}
    for attempt in claimed.values():
        # what was claimed for now has begun with the claim
        if attempt.permission is None:
            assert await dialling.begin(attempt) is not None
    return claimed


async def answer_of(api: ApiUnderTest, attempt: Attempt) -> None:
    """Let a person pick up."""
    await _ledger(api).answered(attempt.id, {"phase": "prompting", "variables": {}}, [])


async def accept(api: ApiUnderTest, attempt: Attempt, keys: str) -> str:
    """Let a person pick up, press keys and accept; returns what they get."""
    await answer_of(api, attempt)
    pressed = commands.Note(kind="gather", step="ask", data={"digits": keys, "result": "branch"})
    await _ledger(api).progress(attempt.id, {"phase": "accepting", "variables": {}}, [pressed])
    return await _ledger(api).accept(attempt.id)


async def end_call(api: ApiUnderTest, attempt: Attempt, *, keys: str, seconds: int) -> None:
    """End a call that was answered; it lasted so long, and these keys were pressed."""
    pressed = commands.Note(kind="gather", step="ask", data={"digits": keys, "result": "branch"})
    await _ledger(api).progress(attempt.id, {"phase": "ended", "variables": {}}, [pressed])
    for table, key in (("attempts", attempt.id), ("calls", attempt.call_id)):
        earlier = f"UPDATE {table} SET answered_at = answered_at - make_interval(secs => $2) WHERE id = $1"
        await api.database.execute(earlier, key, float(seconds))
    await _ledger(api).settle(
        attempt.id, Settlement(outcome=Outcome.ANSWERED, cause=16, sip_status=None, ended_by="callee")
    )


async def no_answer(api: ApiUnderTest, attempt: Attempt) -> None:
    """Let nobody pick up."""
    await _ledger(api).settle(
        attempt.id, Settlement(outcome=Outcome.NO_ANSWER, cause=19, sip_status=480, ended_by="ring_timeout")
    )


def _ledger(api: ApiUnderTest) -> CallLedger:
    return CallLedger(api.database, api.services.clock)
