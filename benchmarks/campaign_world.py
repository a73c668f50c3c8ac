"""A database with organisations, trunks and campaigns of any size, for the benchmarks of campaigns."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from callwright.accounts.models import Principal
from callwright.accounts.service import AccountService
from callwright.calls.models import NewCall
from callwright.calls.service import CallService, columns_of
from callwright.campaigns.models import MORE, OWN, Campaign, NewCampaign
from callwright.campaigns.service import CampaignService
from callwright.campaigns.states import CampaignStates
from callwright.campaigns.upload_plan import UploadPlan, plan_of
from callwright.campaigns.uploads import CampaignUploads
from callwright.clock import SystemClock
from callwright.contacts.importing.looking import look
from callwright.ids import new_id
from callwright.numbers.trunks import NewTrunk, Trunks
from callwright.store.database import Connection, Database
from callwright.store.secrets import SecretBox

FLOW: dict[str, Any] = {"version": 1, "start": "s", "steps": {"s": {"type": "say", "text": "Hello", "next": None}}}
_FROM = "+12125550100"
#: Area codes of four zones; of each, exchanges from 220 on are assigned one after another.
_AREAS = (
    "212",
    "646",
    "718",
    "917",
    "312",
    "773",
    "214",
    "512",
    "303",
    "602",
    "415",
    "213",
    "310",
    "619",
    "206",
    "503",
)
HEADER = ("phone", "name", "amount")


def numbers(count: int, *, first: int = 0) -> Iterator[str]:
    """Yield numbers of people, all different and valid."""
    for place in range(first, first + count):
        area, rest = _AREAS[place % len(_AREAS)], place // len(_AREAS)
        yield f"+1{area}{220 + rest // 10_000}{rest % 10_000:04d}"


def write_file(path: Path, rows: int, *, first: int = 0) -> None:
    """Write a file of recipients."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(
            (number, f"Person {place}", place % 1000) for place, number in enumerate(numbers(rows, first=first))
        )


@dataclass(kw_only=True)
class CampaignWorld:
    """Services on a database that has trunks for everybody."""

    database: Database
    folder: Path
    clock: SystemClock
    accounts: AccountService
    registry: CampaignService
    states: CampaignStates
    uploads: CampaignUploads

    @classmethod
    async def make(cls, database: Database, folder: Path, *, trunks: int = 8) -> CampaignWorld:
        """Return a world with an operator's organisation, whose trunks all share."""
        clock, secrets = SystemClock(), SecretBox(Fernet.generate_key())
        accounts = AccountService(database, secrets, clock)
        operator = await accounts.create_organisation("Operator")
        for place in range(trunks):
            trunk = NewTrunk(name=f"t{place}", host="127.0.0.1", channels=1000, calls_per_second=1000, shared=True)
            await Trunks(database, secrets).add(operator.id, trunk)

        async def enqueue(connection: Connection, name: str, payload: bytes = b"") -> None:
            """Nothing: the benchmark runs the job itself."""

        uploads = CampaignUploads(database, folder=folder / "uploads", enqueue=enqueue)
        uploads.prepare_folder()
        registry = CampaignService(database, calls=CallService(database))
        return cls(
            database=database,
            folder=folder,
            clock=clock,
            accounts=accounts,
            registry=registry,
            states=CampaignStates(clock),
            uploads=uploads,
        )

    async def organisation(self, name: str, *, concurrent: int = 1000) -> Principal:
        """Make an organisation with a key."""
        organisation = await self.accounts.create_organisation(name)
        await self.accounts.set_concurrent_calls(organisation.id, concurrent)
        key, _ = await self.accounts.create_key(organisation.id, name="k", sandbox=False, purpose="emergency")
        return Principal(organisation=organisation, key_id=key.id, sandbox=False, purpose="emergency")

    async def campaign(self, who: Principal, *, max_concurrent: int | None = 1000) -> Campaign:
        """Make a draft without recipients, at any hour."""
        call = NewCall(to_number=_FROM, from_number=_FROM, flow=FLOW)
        template = {name: value for name, value in columns_of(call).items() if name not in OWN} | dict(MORE)
        new = NewCampaign(
            name="bench", purpose="emergency", flow=FLOW, call_template=template, max_concurrent=max_concurrent
        )
        async with self.database.transaction() as connection:
            return await self.registry.create(connection, who, new, source={"kind": "inline"})

    async def start(self, campaign: Campaign, who: Principal) -> Campaign:
        """Let it run."""
        async with self.database.transaction() as connection:
            return await self.states.start(connection, await self.registry.lock(connection, who, campaign.id))

    async def accept_file(self, campaign: Campaign, who: Principal, rows: int, *, first: int = 0) -> str:
        """Enter a file of recipients as an upload does; returns the upload's id. It is not read yet."""
        upload_id = new_id("upl")
        path = self.uploads.path_of(upload_id)
        write_file(path, rows, first=first)
        plan = _plan(path, who)
        async with self.database.transaction() as connection:
            held = await self.registry.lock(connection, who, campaign.id)
            await self.uploads.add(connection, held, upload_id, file_name="b.csv", size=path.stat().st_size, plan=plan)
        return upload_id

    async def filled(self, who: Principal, rows: int, *, first: int = 0) -> Campaign:
        """Return a running campaign with recipients."""
        campaign = await self.campaign(who)
        upload_id = await self.accept_file(campaign, who, rows, first=first)
        await self.uploads.run(upload_id.encode())
        return await self.start(campaign, who)


def _plan(path: Path, who: Principal) -> UploadPlan:
    return plan_of(
        look(path),
        None,
        needed=(),
        region="US",
        sandbox=False,
        organisation_zone=who.organisation.time_zone,
        allowed_countries=("US",),
    )
