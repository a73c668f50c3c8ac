"""``callwright campaigns``: lists of people who are called, made from a file, watched, started and stopped."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from callwright.cli_accounts import DataDir, Org, show
from callwright.errors import FieldError, InvalidRequest, NotFound
from callwright.settings import Settings

if TYPE_CHECKING:
    from callwright.accounts.models import Principal
    from callwright.campaigns.desk import Campaigns
    from callwright.campaigns.models import Campaign
    from callwright.foundation import Ground

campaigns = typer.Typer(no_args_is_help=True)

Which = Annotated[str, typer.Argument(help="Id, number or name of the campaign.")]
Job = Callable[["Ground", "Campaigns", "Principal"], Awaitable[None]]
#: Campaigns that are listed.
_LISTED = 50
#: Digits of the longest number that the database holds.
_LONGEST_NUMBER = 18


@campaigns.command("list")
def list_campaigns(
    org: Org,
    state: Annotated[str | None, typer.Option(help="draft, scheduled, running, paused, completed, cancelled.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Show an organisation's newest campaigns and where they stand."""
    from callwright.campaigns.models import STATES  # noqa: PLC0415  (``--help`` stays quick without it)
    from callwright.campaigns.service import CampaignFilter  # noqa: PLC0415

    if state is not None and state not in STATES:
        raise _wrong("--state", f"must be one of {', '.join(STATES)}", state)

    async def job(_: Ground, desk: Campaigns, who: Principal) -> None:
        found = await desk.registry.page(who, CampaignFilter(state=state), limit=_LISTED, before=None)
        counts = await desk.statistics.of(found)
        rows: list[list[object]] = [
            [each.number, each.name, each.state, counts[each.id].total, f"{counts[each.id].progress:.0%}", each.id]
            for each in found
        ]
        show("Campaigns", ["number", "name", "state", "people", "done", "id"], rows)

    _run(data_dir, org, job)


@campaigns.command("show")
def show_campaign(campaign: Which, org: Org, data_dir: DataDir = None) -> None:
    """Show a campaign's counts."""

    async def job(_: Ground, desk: Campaigns, who: Principal) -> None:
        found = await _find(desk, who, campaign)
        counts = (await desk.statistics.of([found]))[found.id]
        typer.echo(
            f"{found.name} ({found.id}): {found.state}" + (f", {found.state_reason}" if found.state_reason else "")
        )
        rows: list[list[object]] = [["people", name, n] for name, n in counts.states.items() if n]
        rows += [["outcome", name, n] for name, n in sorted(counts.outcomes.items())]
        rows += [
            [f"answer at {step}", answer, n]
            for step, answers in sorted(counts.answers.items())
            for answer, n in sorted(answers.items())
        ]
        rows += [["seconds", "", counts.seconds]] + ([] if counts.cost is None else [["cost", "", counts.cost]])
        show("Counts", ["of", "", "number"], rows)

    _run(data_dir, org, job)


@campaigns.command("create")
def create_campaign(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    csv: Annotated[Path, typer.Option("--csv", exists=True, dir_okay=False, help="Numbers, and values for the text.")],
    message: Annotated[str, typer.Option(help="What is said; {NAME} stands for the column NAME.")],
    org: Org,
    sandbox: Annotated[bool, typer.Option(help="Call the handset lab only.")] = False,
    purpose: Annotated[str, typer.Option(help="transactional, marketing or emergency.")] = "transactional",
    start: Annotated[bool, typer.Option(help="Start at once; else it stays a draft.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Make a campaign of a file; the running appliance takes the file in."""
    from callwright.calls.limits import CallLimitService  # noqa: PLC0415
    from callwright.calls.models import NewCall  # noqa: PLC0415
    from callwright.calls.service import columns_of  # noqa: PLC0415
    from callwright.campaigns.models import MORE, OWN, NewCampaign  # noqa: PLC0415
    from callwright.campaigns.placeholders import names_needed  # noqa: PLC0415
    from callwright.campaigns.upload_plan import plan_of  # noqa: PLC0415
    from callwright.clock import SystemClock  # noqa: PLC0415
    from callwright.contacts.importing.looking import look  # noqa: PLC0415
    from callwright.flows.simple import call_flow  # noqa: PLC0415
    from callwright.ids import new_id  # noqa: PLC0415
    from callwright.numbers.service import SANDBOX_CALLER_ID  # noqa: PLC0415

    _check_purpose(purpose)

    async def job(ground: Ground, desk: Campaigns, who: Principal) -> None:
        who = replace(who, sandbox=sandbox, purpose=purpose)
        organisation = who.organisation
        usable = await ground.numbers.usable_numbers(organisation.id)
        if not usable and not sandbox:
            raise _wrong("--org", "has no verified number to show: callwright numbers add")
        call = NewCall(
            to_number="",
            from_number=usable[0] if usable else SANDBOX_CALLER_ID,
            flow=call_flow(message).to_json(),
        )
        template = {**MORE, **{key: value for key, value in columns_of(call).items() if key not in OWN}}
        new = NewCampaign(
            name=name,
            purpose=purpose,
            flow=call.flow,
            call_template=template | {"content": {"message": message}},
        )
        allowed = (await CallLimitService(ground.database, SystemClock()).get(organisation)).allowed_countries
        plan = plan_of(
            look(csv),
            None,
            needed=names_needed(call.flow, {}),
            region=organisation.region,
            sandbox=sandbox,
            organisation_zone=organisation.time_zone,
            allowed_countries=allowed,
        )
        upload_id = new_id("upl")
        desk.uploads.prepare_folder()
        path = desk.uploads.path_of(upload_id)
        shutil.copyfile(csv, path)
        try:
            async with ground.database.transaction() as connection:
                made = await desk.registry.create(connection, who, new, source={"kind": "file"})
                size = path.stat().st_size
                await desk.uploads.add(connection, made, upload_id, file_name=csv.name, size=size, plan=plan)
                if start:
                    made = await desk.registry.lock(connection, who, made.id)
                    made = await desk.states.start(connection, made)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        typer.echo(f"campaign {made.number} ({made.id}): {made.state}; {csv.name} is taken in as {upload_id}")

    _run(data_dir, org, job)


@campaigns.command("start")
def start_campaign(campaign: Which, org: Org, data_dir: DataDir = None) -> None:
    """Start a draft; a scheduled one starts now."""
    _move(data_dir, org, campaign, "start")


@campaigns.command("pause")
def pause_campaign(campaign: Which, org: Org, data_dir: DataDir = None) -> None:
    """Make no call any more; those in the air go on."""
    _move(data_dir, org, campaign, "pause")


@campaigns.command("resume")
def resume_campaign(campaign: Which, org: Org, data_dir: DataDir = None) -> None:
    """Go on with one that is paused."""
    _move(data_dir, org, campaign, "resume")


@campaigns.command("cancel")
def cancel_campaign(campaign: Which, org: Org, data_dir: DataDir = None) -> None:
    """End a campaign for good."""
    _move(data_dir, org, campaign, "cancel")


def _move(data_dir: Path | None, org: str, which: str, action: Literal["start", "pause", "resume", "cancel"]) -> None:
    from callwright.accounts import audit  # noqa: PLC0415
    from callwright.accounts.models import operator  # noqa: PLC0415

    async def job(ground: Ground, desk: Campaigns, who: Principal) -> None:
        found = await _find(desk, who, which)
        async with ground.database.transaction() as connection:
            locked = await desk.registry.lock(connection, who, found.id)
            moved = await getattr(desk.states, action)(connection, locked)
            states = {"state": locked.state}, {"state": moved.state}
            await audit.record(connection, operator(who.organisation.id), f"campaign.{action}", moved.id, *states)
        typer.echo(f"campaign {moved.number} ({moved.id}): {moved.state}")

    _run(data_dir, org, job)


async def _find(desk: Campaigns, who: Principal, which: str) -> Campaign:
    from callwright.campaigns.service import CampaignFilter  # noqa: PLC0415

    if which.startswith("cmp_"):
        return await desk.registry.get(who, which)
    if which.isascii() and which.isdigit() and len(which) <= _LONGEST_NUMBER:
        found = await desk.registry.page(who, CampaignFilter(), limit=1, before=int(which) + 1)
        if found and found[0].number == int(which):
            return found[0]
    named = await desk.registry.page(who, CampaignFilter(name=which), limit=2, before=None)
    if len(named) > 1:
        raise _wrong("campaign", f"several are called {which!r}; give the id")
    if not named:
        raise NotFound(f"there is no campaign {which!r}")
    return named[0]


def _run(data_dir: Path | None, org: str, job: Job) -> None:
    from callwright.accounts.models import Principal  # noqa: PLC0415
    from callwright.calls.service import CallService  # noqa: PLC0415
    from callwright.campaigns.background import CampaignJobs  # noqa: PLC0415
    from callwright.campaigns.desk import Campaigns  # noqa: PLC0415
    from callwright.clock import SystemClock  # noqa: PLC0415
    from callwright.foundation import open_ground  # noqa: PLC0415
    from callwright.jobs import Jobs  # noqa: PLC0415

    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)

    async def work() -> None:
        async with open_ground(settings) as ground:
            organisation = await ground.accounts.find_organisation(org)
            # the jobs are carried out by the appliance; here they are only added
            waiting = Jobs(ground.url)
            jobs = CampaignJobs.on(ground.database, data_dir=settings.data_dir.absolute(), enqueue=waiting.enqueue)
            desk = Campaigns.on(ground.database, SystemClock(), calls=CallService(ground.database), jobs=jobs)
            who = Principal(organisation=organisation, key_id=None, sandbox=False, purpose="transactional")
            await job(ground, desk, who)

    asyncio.run(work())


def _check_purpose(purpose: str) -> None:
    if purpose not in {"transactional", "marketing", "emergency"}:
        raise _wrong("--purpose", "must be transactional, marketing or emergency", purpose)


def _wrong(field: str, message: str, received: str | None = None) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message, received=received)])
