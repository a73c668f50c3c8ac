"""Organisations, campaigns, people and dialers on one database in virtual time, and what chance does to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time, timedelta
from random import Random
from typing import Any

from cryptography.fernet import Fernet

from benchmarks.simulation import people
from benchmarks.simulation.dialers import SimulatedDialer, all_at_once
from benchmarks.simulation.lines import Lines
from benchmarks.simulation.virtual_database import VirtualClock
from callwright.accounts.models import Principal
from callwright.accounts.service import AccountService
from callwright.audit import audit
from callwright.calls.dialing import CallDialing
from callwright.calls.models import Attempt, NewCall
from callwright.calls.recovery import CallRecovery
from callwright.calls.service import CallService, columns_of
from callwright.campaigns.completing import CompletionKeeper
from callwright.campaigns.counting import CountKeeper
from callwright.campaigns.goals import GoalKeeper
from callwright.campaigns.lanes import LaneKeeper
from callwright.campaigns.models import MORE, OWN, Campaign, GoalWanted, NewCampaign, NewRecipient
from callwright.campaigns.placing import Placer
from callwright.campaigns.service import CampaignService
from callwright.campaigns.states import CampaignStates
from callwright.errors import CallwrightError
from callwright.numbers.suppressions import opt_out
from callwright.numbers.trunks import NewTrunk, Trunks
from callwright.rules.outcomes import Outcome
from callwright.rules.retries import Retry, RetryPolicy
from callwright.store.database import Database
from callwright.store.secrets import SecretBox

FLOW: dict[str, Any] = {"version": 1, "start": "s", "steps": {"s": {"type": "say", "text": "Hello", "next": None}}}
_LONG = timedelta(minutes=30)
#: Audits that compare times: after the clock was set back they cannot tell what came first. We can, and look ourselves.
_BY_THE_CLOCK = frozenset(
    {"dialled_twice", "called_after_opt_out", "called_after_withdrawal", "attempts_beyond_policy"}
)
_FROM = "+12125550100"


@dataclass(kw_only=True)
class Wanted:
    """What a simulation knows of a campaign without asking the database."""

    campaign: Campaign
    principal: Principal
    opens: time
    closes: time
    goal: int | None
    state: str = "running"


@dataclass(kw_only=True)
class World:
    """Everything of one simulation. Each step is one thing that happens, chosen by ``random``."""

    database: Database
    clock: VirtualClock
    random: Random
    lines: Lines
    principals: list[Principal]
    capacities: dict[str, int]
    channels: dict[str, int]
    dialers: list[SimulatedDialer]
    calls: CallService
    registry: CampaignService
    states: CampaignStates
    wanted: dict[str, Wanted] = field(default_factory=dict)
    #: Who opted out of an organisation, as (organisation, number).
    opted_out: set[tuple[str, str]] = field(default_factory=set)
    singles: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    people: int = 24

    @classmethod
    async def make(cls, database: Database, seed: int) -> World:
        """Return a world of one or two organisations, two trunks and up to three dialers."""
        random = Random(seed)
        clock = VirtualClock(database, people.BEGINNING)
        # a fresh database begins at the template's time
        secrets = SecretBox(Fernet.generate_key())
        accounts, trunks = AccountService(database, secrets, clock), Trunks(database, secrets)
        principals, capacities, channels = [], {}, {}
        for name in ("School", "Clinic")[: random.randint(1, 2)]:
            organisation = await accounts.create_organisation(name, time_zone="America/New_York")
            capacities[organisation.id] = random.randint(1, 6)
            await accounts.set_concurrent_calls(organisation.id, capacities[organisation.id])
            key, _ = await accounts.create_key(organisation.id, name="k", sandbox=False, purpose="transactional")
            principals.append(
                Principal(organisation=organisation, key_id=key.id, sandbox=False, purpose="transactional")
            )
        for name in ("one", "two"):
            channels[name] = random.randint(1, 5)
            trunk = NewTrunk(
                name=name,
                host="127.0.0.1",
                channels=channels[name],
                calls_per_second=random.choice([1, 5, 50]),
                shared=True,
            )
            await trunks.add(principals[0].organisation.id, trunk)
        lines, calls = Lines(), CallService(database)
        dialers = [
            SimulatedDialer(f"node{place}", database, clock, lines, random) for place in range(random.randint(1, 3))
        ]
        world = cls(
            database=database,
            clock=clock,
            random=random,
            lines=lines,
            principals=principals,
            capacities=capacities,
            channels=channels,
            dialers=dialers,
            calls=calls,
            registry=CampaignService(database, calls=calls),
            states=CampaignStates(clock),
        )
        for dialer in dialers:
            await dialer.start(principals[0].organisation.id)
        for _ in range(random.randint(1, 3)):
            await world.new_campaign()
        return world

    # what may happen

    async def new_campaign(self) -> None:
        """Somebody creates a campaign and starts it."""
        random, principal = self.random, self.random.choice(self.principals)
        opens, closes = time(random.randint(9, 12)), time(random.randint(13, 19))
        retry = RetryPolicy(
            retries={
                outcome: Retry(count=random.randint(1, 2), delay_seconds=random.choice([1, 60, 3600]))
                for outcome in random.sample([Outcome.BUSY, Outcome.NO_ANSWER, Outcome.INTERRUPTED], 2)
            }
            if random.random() < 0.6
            else {}
        )
        call = NewCall(to_number=_FROM, from_number=_FROM, flow=FLOW, retry=retry)
        template = {name: value for name, value in columns_of(call).items() if name not in OWN} | dict(MORE)
        if random.random() < 0.3:
            template["other_number_after"] = ["busy", "no_answer"]
        chosen = dict.fromkeys(people.number(random, self.people) for _ in range(random.randint(1, 12)))
        goal = random.randint(1, len(chosen)) if random.random() < 0.4 else None
        new = NewCampaign(
            name="c",
            purpose="transactional",
            flow=FLOW,
            call_template=template,
            schedule={"windows": [{"from": f"{opens:%H:%M}", "until": f"{closes:%H:%M}"}]},
            priority=random.randint(3, 7),
            weight=random.choice([1.0, 3.0]),
            max_concurrent=random.choice([None, None, 1, 2]),
            hunt=False,
            goal=None if goal is None else GoalWanted(accepts=goal),
        )
        placer = Placer(organisation_zone="America/New_York", allowed_countries=["US"])
        recipients = []
        for number in chosen:
            place = placer.place(number)
            others = [people.number(random, self.people)] if random.random() < 0.3 else []
            recipients.append(
                NewRecipient(
                    to_number=number,
                    lane=place.lane,
                    zone_source=place.zone_source,
                    other_numbers=[other for other in others if people.zone_of(other) == people.zone_of(number)],
                )
            )
        async with self.database.transaction() as connection:
            campaign = await self.registry.create(
                connection, principal, new, recipients=recipients, source={"kind": "inline"}
            )
            await self.states.start(connection, campaign)
        self.wanted[campaign.id] = Wanted(campaign=campaign, principal=principal, opens=opens, closes=closes, goal=goal)

    async def single_call(self) -> None:
        """Somebody posts one call."""
        principal = self.random.choice(self.principals)
        call = NewCall(to_number=people.number(self.random, self.people), from_number=_FROM, flow=FLOW)
        async with self.database.transaction() as connection:
            (made,) = await self.calls.create(principal, [call], connection=connection)
        self.singles.append(made.id)

    async def steer(self) -> None:
        """Somebody pauses, resumes or cancels a campaign."""
        if not self.wanted:
            return
        wanted = self.random.choice(list(self.wanted.values()))
        action = self.random.choice(["pause", "resume", "pause", "resume", "cancel"])
        if action == "cancel" and self.random.random() < 0.7:
            return
        try:
            async with self.database.transaction() as connection:
                campaign = await self.registry.lock(connection, wanted.principal, wanted.campaign.id)
                moved = await getattr(self.states, action)(connection, campaign)
        except CallwrightError:
            return
        wanted.state = moved.state

    async def opt_out(self) -> None:
        """Somebody is entered by the API as not to be contacted."""
        principal, number = self.random.choice(self.principals), people.number(self.random, self.people)
        async with self.database.transaction() as connection:
            await opt_out(
                connection,
                organisation_id=principal.organisation.id,
                e164=number,
                scope="organisation",
                evidence="asked by letter",
            )
        self.opted_out.add((principal.organisation.id, number))

    async def tidy(self) -> None:
        """The keepers look, as they do every second."""
        await LaneKeeper(self.database, self.clock).look()
        await CountKeeper(self.database, self.clock).look()
        await CompletionKeeper(self.database, self.clock).look()
        await GoalKeeper(self.database, self.clock).look()
        living = next((dialer for dialer in self.dialers if dialer.runs), None)
        if living is not None and self.random.random() < 0.3:
            await living.reap()
        if self.random.random() < 0.1:
            await CallRecovery(self.database, dialing=CallDialing(self.database, self.clock)).recount_limits()

    async def pass_time(self) -> None:
        """Time passes; who lives renews the leases."""
        by = people.some_time(self.random)
        while by > timedelta():
            each = min(by, timedelta(seconds=20)) if any(d.held for d in self.dialers) and by < _LONG else by
            for dialer in self.dialers:
                await dialer.renew()
            await self.clock.move(each)
            by -= each
        if by < timedelta():
            await self.clock.move(by)
        for dialer in self.dialers:
            await dialer.renew()

    async def kill(self) -> None:
        """A dialer dies, or one that died is started again."""
        dialer = self.random.choice(self.dialers)
        if dialer.runs:
            dialer.kill()
        else:
            await dialer.start(self.principals[0].organisation.id)

    async def claim(self) -> None:
        """One dialer claims, or all at the same moment."""
        running = [dialer for dialer in self.dialers if dialer.runs]
        if not running:
            return
        if self.random.random() < 0.3:
            claimed = await all_at_once(running)
        else:
            claimed = await self.random.choice(running).claim()
        for attempt, permission in claimed:
            if permission is not None:
                await self._permitted(attempt)

    async def go_on(self) -> None:
        """The next thing happens to one of the attempts that are held."""
        held = [(dialer, each) for dialer in self.dialers for each in dialer.held.values()]
        if not held:
            return
        dialer, each = self.random.choice(held)
        if each.invited:
            number = await dialer.go_on(each)
            if number is not None:
                self.opted_out.add((each.attempt.organisation_id, number))
        elif each.permission is not None:
            dialer.invite(each)
        elif each.attempt.not_before <= self.clock.now() and await dialer.ask(each):
            await self._permitted(each.attempt)

    async def step(self) -> None:
        """Let one thing happen."""
        kinds = {
            self.go_on: 45,
            self.claim: 18,
            self.pass_time: 16,
            self.tidy: 10,
            self.steer: 4,
            self.kill: 3,
            self.single_call: 3,
            self.opt_out: 1,
            self.new_campaign: 1,
        }
        happening = self.random.choices(list(kinds), weights=list(kinds.values()))[0]
        self.history.append(happening.__name__)
        await happening()

    # what must hold

    async def _permitted(self, attempt: Attempt) -> None:
        """Look at a permission that was just committed with the eyes of somebody else."""
        if (attempt.organisation_id, attempt.to_number) in self.opted_out:
            self.lines.faults.append(f"{attempt.to_number} was permitted after opting out")
        row = await self.database.fetchrow("SELECT campaign_id, recipient_id FROM calls WHERE id = $1", attempt.call_id)
        wanted = None if row is None else self.wanted.get(row["campaign_id"])
        now = self.clock.now()
        opens, closes = (time(9), time(20)) if wanted is None else (wanted.opens, wanted.closes)
        if not people.is_open(now, attempt.to_number, opens, closes):
            self.lines.faults.append(f"{attempt.to_number} was permitted at {now:%H:%M} UTC, {opens}-{closes} there")
        if wanted is not None and wanted.state in {"paused", "cancelled"}:
            self.lines.faults.append(f"{attempt.to_number} was permitted though its campaign is {wanted.state}")

    async def faults(self, *, thorough: bool) -> list[str]:
        """Return everything that is wrong now; ``thorough`` asks the product's own audit, too."""
        found = list(self.lines.faults)
        by_organisation: dict[str, int] = {}
        by_trunk: dict[str, int] = {}
        for channel in self.lines.living.values():
            organisation = channel.attempt.organisation_id
            by_organisation[organisation] = by_organisation.get(organisation, 0) + 1
            by_trunk[channel.trunk] = by_trunk.get(channel.trunk, 0) + 1
        found += [f"{n} calls of {o}" for o, n in by_organisation.items() if n > self.capacities[o]]
        found += [f"{n} calls over {t}" for t, n in by_trunk.items() if n > self.channels[t]]
        for row in await self.database.fetch(_GOALS):
            found.append(f"campaign {row['campaign_id']}: {row['accepted']} accepted of {row['accepts']}")
        if thorough:
            found += [
                f"audit {result.query}: {finding}"
                for result in await audit(self.database)
                if not (self.clock.went_back and result.query in _BY_THE_CLOCK)
                for finding in result.findings
            ]
        return found

    async def finish(self) -> list[str]:
        """Let everything come to its end: nobody dies, time passes. Returns who was forgotten."""
        for dialer in self.dialers:
            if not dialer.runs:
                await dialer.start(self.principals[0].organisation.id)
        for wanted in self.wanted.values():
            if wanted.state == "paused":
                async with self.database.transaction() as connection:
                    campaign = await self.registry.lock(connection, wanted.principal, wanted.campaign.id)
                    if campaign.state == "paused":
                        wanted.state = (await self.states.resume(connection, campaign)).state
        for _ in range(400):
            await self.tidy()
            for dialer in self.dialers:
                await dialer.reap()
            await self.claim()
            for _ in range(60):
                if not any(dialer.held for dialer in self.dialers):
                    break
                await self.go_on()
                await self.clock.move(timedelta(milliseconds=300))
            if not await self.database.fetchval(_OPEN):
                break
            await self.clock.move(timedelta(minutes=self.random.choice([1, 30, 60])))
        return [row["finding"] for row in await self.database.fetch(_FORGOTTEN)]


_GOALS = "SELECT * FROM goals WHERE accepted > accepts OR pace = 'exact' AND accepted + undecided > accepts"
_OPEN = """
SELECT EXISTS (SELECT FROM calls WHERE outcome IS NULL)
    OR EXISTS (SELECT FROM campaigns WHERE kind = 'campaign' AND state IN ('scheduled', 'running'))
"""
_FORGOTTEN = """
SELECT 'call ' || id || ' is ' || status || ': ' || coalesce(reason, '') AS finding FROM calls WHERE outcome IS NULL
UNION ALL
SELECT 'campaign ' || id || ' is ' || state || ': ' || coalesce(state_reason, '') || coalesce((
    SELECT string_agg(concat_ws(' ', r.to_number, r.state, r.again_at, r.outcome, k.status, k.reason), '; ')
    FROM recipients r LEFT JOIN calls k ON k.id = r.call_id WHERE r.campaign_id = campaigns.id AND r.state <> 'done'
), '')
FROM campaigns WHERE kind = 'campaign' AND state NOT IN ('completed', 'cancelled')
UNION ALL
SELECT 'recipient ' || r.id || ' of a completed campaign is ' || r.state
FROM recipients r JOIN campaigns c ON c.id = r.campaign_id
WHERE c.state = 'completed' AND r.state <> 'done' AND c.state_reason IS NULL
"""
