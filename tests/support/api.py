"""The native API on a test's database: real services, and a client for each kind of key."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from cryptography.fernet import Fernet
from fastapi import FastAPI

from callwright.accounts.idempotency import Idempotency
from callwright.accounts.models import Organisation
from callwright.accounts.service import AccountService
from callwright.accounts.setup import Setup
from callwright.api.native.app import create_app
from callwright.api.native.ratelimits import RequestLimits
from callwright.api.native.services import Services
from callwright.approval_room import open_approvals
from callwright.audio_room import AudioRoom
from callwright.billing.service import Money
from callwright.callflows.service import SavedFlows
from callwright.calls.contactability import Contactability
from callwright.calls.course import CallCourses
from callwright.calls.limits import CallLimitService
from callwright.calls.personal import CallTraces
from callwright.calls.queries import CallQueries
from callwright.calls.service import CallService
from callwright.campaigns.background import CampaignJobs
from callwright.campaigns.desk import Campaigns
from callwright.campaigns.mailed_reports import MailedReports
from callwright.campaigns.personal import CampaignTraces
from callwright.clock import SystemClock
from callwright.consents.personal import ConsentTraces
from callwright.consents.service import Consents
from callwright.contacts.directory import Directory
from callwright.events.bell import EventBell
from callwright.events.deliveries import WebhookQueries
from callwright.events.http_client import GuardedClient
from callwright.events.queries import EventQueries
from callwright.events.stamper import Stamper
from callwright.messages.desk import Messages
from callwright.messages.email_desk import EmailDesk
from callwright.messages.personal import MessageTraces
from callwright.numbers.extensions import Extensions
from callwright.numbers.pools import NumberPools
from callwright.numbers.service import NumberService
from callwright.orders.personal import OrderTraces
from callwright.orders.service import OrderService
from callwright.recordings.links import RecordingLinks
from callwright.recordings.personal import RecordingTraces
from callwright.recordings.service import Recordings
from callwright.settings import Settings
from callwright.speech.samples import VoiceSamples
from callwright.speech.speaker import Speaker
from callwright.speech.tts.engine import Voice
from callwright.speech.tts.voices import VoiceCatalogue
from callwright.store.database import Database
from callwright.store.secrets import SecretBox
from callwright.verifications.caller_ids import CallerIdProofs
from callwright.verifications.service import VerificationService
from support.jobs import HandJobs

VOICES = (
    Voice(id="pico-en-US-f", engine="pico", language="en-US", gender="female", rank=50),
    Voice(id="espeak-en-US-m", engine="espeak", language="en-US", gender="male", rank=10),
    Voice(id="pico-de-DE-f", engine="pico", language="de-DE", gender="female", rank=50),
)
#: The first caller id of a test's organisation.
CALLER_ID = "+18005550199"


@dataclass(frozen=True, kw_only=True)
class ApiUnderTest:
    """The application, what is behind it, and who may ask."""

    app: FastAPI
    services: Services
    database: Database
    organisation: Organisation
    #: Authorised by a live key, a sandbox key, and not at all.
    live: httpx.AsyncClient
    sandbox: httpx.AsyncClient
    nobody: httpx.AsyncClient
    jobs: HandJobs


def client_of(app: FastAPI, secret: str | None = None) -> httpx.AsyncClient:
    """A client that sees a 500 as an answer, as a real one does."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url="http://api.test",
        headers={} if secret is None else {"Authorization": f"Bearer {secret}"},
    )


@asynccontextmanager
async def serve_api(database: Database, *, requests_per_second: int = 100_000) -> AsyncIterator[ApiUnderTest]:
    """Serve the native API for one organisation with a verified number."""
    clock = SystemClock()
    secrets = SecretBox(Fernet.generate_key())
    accounts = AccountService(database, secrets, clock)
    numbers = NumberService(database, secrets, clock)
    bell = EventBell()
    stamper = Stamper(database, bell)
    await stamper.start()
    jobs = HandJobs()
    folder = tempfile.TemporaryDirectory(prefix="callwright-api-")
    traces = [RecordingTraces(clock), MessageTraces(), CallTraces(), CampaignTraces(), OrderTraces(), ConsentTraces()]
    contacts = Directory.on(database, clock, data_dir=Path(folder.name), enqueue=jobs.enqueue, traces=traces)
    contacts.register(jobs)
    recordings = Recordings(database, clock, on_events=stamper.kick)
    client, speaker = GuardedClient("127.0.0.0/8"), Speaker(Path(folder.name) / "audio")
    room = AudioRoom.on(
        database,
        secrets,
        clock,
        data_dir=Path(folder.name),
        speaker=speaker,
        client=client,
        recordings=recordings,
        enqueue=jobs.enqueue,
        on_events=stamper.kick,
    )
    audio = room.library
    audio.register(jobs)
    calls = CallService(database, on_new=stamper.kick)
    messages = Messages.on(database, secrets, on_new=stamper.kick, on_events=stamper.kick)
    verifications = VerificationService(
        database, secrets, clock, calls=calls, messages=messages.service, on_events=stamper.kick
    )
    campaign_jobs = CampaignJobs.on(database, data_dir=Path(folder.name), enqueue=jobs.enqueue)
    campaign_jobs.register(jobs)
    services = Services(
        settings=Settings(data_dir=Path("/nonexistent")),
        clock=clock,
        accounts=accounts,
        setup=Setup(database, secrets, clock, accounts),
        idempotency=Idempotency(database, clock),
        numbers=numbers,
        pools=NumberPools(database),
        extensions=Extensions(database, secrets),
        money=Money.on(database),
        audio=audio,
        recordings=recordings,
        recording_links=RecordingLinks(secrets, clock),
        contacts=contacts,
        consents=Consents.on(database, secrets, clock),
        contactability=Contactability(database, clock),
        calls=calls,
        campaigns=Campaigns.on(database, clock, calls=calls, jobs=campaign_jobs),
        saved_flows=SavedFlows(database),
        verifications=verifications,
        caller_ids=CallerIdProofs(database, clock, verifications=verifications, on_events=stamper.kick),
        call_limits=CallLimitService(database, clock),
        approvals=open_approvals(database, on_events=stamper.kick),
        call_queries=CallQueries(database),
        messages=messages,
        emails=EmailDesk.on(database, secrets),
        mailed_reports=MailedReports(database),
        courses=CallCourses(database),
        orders=OrderService(database),
        events=EventQueries(database, bell),
        webhooks=WebhookQueries(database),
        voices=VoiceCatalogue(VOICES),
        samples=VoiceSamples(speaker, key=secrets.derived("voice samples"), now=clock.now),
        ready=lambda: {"database": True, "engine": False},
        limits=RequestLimits(requests_per_second, address_per_second=100_000, unknown_per_minute=100_000),
        capabilities=frozenset({"audio", "transfer", "record", "sms"}),
    )
    organisation = await accounts.create_organisation("Elm Street Dental", time_zone="America/New_York")
    organisation = await accounts.set_operates(organisation.id, True)
    await numbers.add_number(organisation.id, CALLER_ID, verified_by="operator")
    _, live = await accounts.create_key(organisation.id, "live", sandbox=False)
    _, test = await accounts.create_key(organisation.id, "test", sandbox=True)
    app = create_app(services)
    try:
        async with client_of(app, live) as a, client_of(app, test) as b, client_of(app) as c:
            yield ApiUnderTest(
                app=app,
                services=services,
                database=database,
                organisation=organisation,
                live=a,
                sandbox=b,
                nobody=c,
                jobs=jobs,
            )
    finally:
        await speaker.close()
        await client.close()
        await stamper.stop()
        folder.cleanup()
