"""The composition root: every part is made here and handed to the parts that need it; nothing else wires anything."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvicorn

from callwright.accounts.idempotency import Idempotency
from callwright.accounts.request_hits import PostgresStorage
from callwright.accounts.service import AccountService
from callwright.accounts.setup import Setup
from callwright.api.dialects.mount import renderers
from callwright.api.native.app import create_app
from callwright.api.native.observing import RequestCounts
from callwright.api.native.ratelimits import RequestLimits, storage_of
from callwright.api.native.services import Services
from callwright.approval_room import open_approvals
from callwright.audio.library import AudioLibrary
from callwright.audio_room import AudioRoom
from callwright.billing.service import Money
from callwright.callflows.service import SavedFlows
from callwright.calls.contactability import Contactability
from callwright.calls.course import CallCourses
from callwright.calls.inbound import InboundCalls
from callwright.calls.ledger import CallLedger
from callwright.calls.limits import CallLimitService
from callwright.calls.patience import PatientLedger
from callwright.calls.personal import CallTraces
from callwright.calls.queries import CallQueries
from callwright.calls.service import CallService
from callwright.calls.transfers import CallTransfers
from callwright.campaigns.background import CampaignJobs
from callwright.campaigns.desk import Campaigns
from callwright.campaigns.keepers import CampaignKeepers, feeder_of
from callwright.campaigns.mailed_reports import MailedReports
from callwright.campaigns.personal import CampaignTraces
from callwright.clock import SystemClock
from callwright.consents.personal import ConsentTraces
from callwright.consents.service import Consents
from callwright.console.site import Site
from callwright.contacts.directory import Directory
from callwright.dispatch.bell import Bell
from callwright.dispatch.ownership import NodeOwnership
from callwright.engine_lines import extensions_of_engine, trunks_of_engine
from callwright.errors import SetupError
from callwright.events.bell import EventBell
from callwright.events.http_client import GuardedClient
from callwright.events.queries import EventQueries
from callwright.events.stamper import Stamper
from callwright.events.webhooks import DeliveryService, WebhookQueries
from callwright.foundation import Ground, lay_ground, make_data_dir
from callwright.jobs import Jobs
from callwright.keyword_calls import FlowCalls
from callwright.listening import Listening, check_port_is_free, listening
from callwright.mailing import mail_openers
from callwright.messages.email_desk import EmailDesk
from callwright.messages.personal import MessageTraces
from callwright.messages.service import MessageService
from callwright.messaging_room import MessagingRoom
from callwright.metrics import Metrics
from callwright.numbers.pools import NumberPools
from callwright.numbers.trunks import NewTrunk
from callwright.orders.personal import OrderTraces
from callwright.orders.reports import OrderReports
from callwright.orders.service import OrderService
from callwright.recorders import Recorders, can_transcribe, transcriber
from callwright.recordings.links import RecordingLinks
from callwright.recordings.personal import RecordingTraces
from callwright.recordings.service import Recordings
from callwright.settings import Settings
from callwright.speech.listen.detectors import DetectorProcess, NoDetectors
from callwright.speech.recognise.models import find_models
from callwright.speech.recognise.recogniser import Recogniser
from callwright.speech.samples import VoiceSamples
from callwright.speech.speaker import Speaker, SpeechRequest
from callwright.speech.tts.installed import VoiceFolders
from callwright.store.migrate import migrate
from callwright.store.postgres import EmbeddedPostgres
from callwright.telephony.answers import AnswerMeans
from callwright.telephony.asterisk.engine import AsteriskEngine
from callwright.telephony.asterisk.links import AriClient
from callwright.telephony.caller import EngineCaller
from callwright.telephony.dialer import Dialer
from callwright.telephony.engine_change import EngineChanger
from callwright.telephony.greeting_words import GreetingWords
from callwright.telephony.lab.lab import TRUNK as LAB_TRUNK
from callwright.telephony.node import EngineNode
from callwright.telephony.preparing import Preparing
from callwright.telephony.reception import Reception
from callwright.telephony.trial.trials import FlowTrials
from callwright.telephony.voice import SpokenVoice
from callwright.trunk_desk import TrunkDesk
from callwright.verifications.caller_ids import CallerIdProofs
from callwright.verifications.service import VerificationService

log = logging.getLogger(__name__)

#: The organisation that owns what belongs to the appliance itself: the lab's trunk, the engine nodes.
OPERATOR = "Operator"

#: The lab is on this machine: what it carries is bounded by the processor, not by a contract.
LAB_CHANNELS = 500
LAB_CALLS_PER_SECOND = 50

#: What flows may use beyond speaking, keys and hanging up (``flows.requirements``), in calls of both directions.
CAPABILITIES: frozenset[str] = frozenset({"audio", "transfer", "record", "sms", "email"})

Stop = Callable[[], Awaitable[object]]


class Appliance:
    """Everything that ``callwright serve`` runs, started in order and stopped in the reverse order."""

    services: Services

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        #: What ends each part, and what lets go of it instead when its program shall live on.
        self._stops: list[tuple[str, Stop, Stop]] = []
        self._server: uvicorn.Server | None = None
        self._hurried = asyncio.Event()
        self._node: EngineNode | None = None
        self._postgres: EmbeddedPostgres | None = None

    async def start(self) -> None:
        """Start all parts; raises ``SetupError`` with what is missing. ``stop`` must follow in any case."""
        settings = self.settings
        where = _place(settings)
        ground = await self._start_database()
        clock = SystemClock()

        event_bell = EventBell()
        stamper = Stamper(ground.database, event_bell)
        await self._run("the event stamper", stamper.start, stamper.stop)
        client = GuardedClient(allow_networks=settings.webhook_allow_networks)
        jobs = Jobs(ground.url)
        deliveries = DeliveryService(
            ground.database, client, clock, secret_of=ground.accounts.webhook_secret, jobs=jobs
        )
        idempotency = Idempotency(ground.database, clock)
        hits = storage_of(settings.rate_limits, ground.database)
        contacts = self._open_contacts(ground, clock, jobs)
        bell = Bell(
            ground.url,
            on_cancel=lambda attempt_id: _spawn(caller.cancel(attempt_id)),
            on_recording=lambda attempt_id: _spawn(caller.recording_changed(attempt_id)),
        )
        recordings = Recordings(ground.database, clock, on_pause=bell.recording, on_events=stamper.kick)
        campaign_jobs = CampaignJobs.on(ground.database, data_dir=settings.data_dir.absolute(), enqueue=jobs.enqueue)
        campaign_jobs.register(jobs)
        speaker = Speaker(
            settings.data_dir.absolute() / "audio",
            folders=VoiceFolders.of(settings.data_dir, settings.voices_dir),
            neural_workers=settings.speech_workers,
        )
        answers = self._open_recogniser(ground, speaker, clock, jobs, recordings)
        _keep_house(jobs, ground, idempotency=idempotency, hits=hits, speaker=speaker, recordings=recordings)
        self._on_stop("speech", speaker.close)
        audio = await self._open_audio(ground, speaker, client, jobs, clock, recordings, stamper)
        await self._run("background jobs", jobs.start, jobs.stop)
        await self._run("webhook deliveries", deliveries.start, deliveries.stop)

        engine, caller = await self._start_telephony(
            ground, speaker, audio, clock, answers, on_events=stamper.kick, on_webhooks=deliveries.kick
        )
        capabilities = _capabilities(engine, answers)
        await self._run("the bell", bell.start, bell.stop)
        operator = await _operator(ground.accounts)
        dialer = Dialer(
            ground.database,
            ownership=NodeOwnership(ground.url, node=settings.node, organisation_id=operator),
            caller=caller,
            bell=bell,
            clock=clock,
            reception=Reception(
                engine,
                inbound=InboundCalls(
                    ground.database,
                    clock,
                    capabilities=capabilities,
                    on_events=stamper.kick,
                    on_webhooks=deliveries.kick,
                ),
                caller=caller,
                clock=clock,
            ),
            feeder=feeder_of(clock),
        )
        working = asyncio.create_task(dialer.run(), name="dialer")
        self._on_stop("the dialer", lambda: _end(working))
        self._on_stop(
            "calls in the air", lambda: self._unless_hurried(dialer.drain(settings.drain_seconds)), dialer.leave
        )
        await self._start_engine_changes(engine, caller, dialer)

        def on_new() -> None:
            bell.ring()
            stamper.kick()

        def ready() -> dict[str, bool]:
            return {"engine": engine.connected, "dialer": dialer.owning and not working.done()}

        keepers = CampaignKeepers(ground.database, clock, on_change=on_new)
        await self._run("campaigns", keepers.start, keepers.stop)
        counts = RequestCounts()
        metrics = Metrics(
            ground.database, clock, counts=counts, ready=ready, restarts=self._restarts, held=lambda: dialer.live
        )
        calls = CallService(ground.database, on_new=on_new, on_cancel=bell.cancel)
        saved_flows = SavedFlows(ground.database)
        messaging = MessagingRoom(
            ground,
            clock,
            settings=settings,
            calls=FlowCalls(saved_flows, ground.numbers, calls, capabilities=capabilities),
            openers=mail_openers(ground, settings, clock, listens_at=where.url),
            on_events=stamper.kick,
            on_webhooks=deliveries.kick,
        )
        await self._run("messages", lambda: messaging.start(operator), messaging.stop)
        verifications = VerificationService(
            *(ground.database, ground.secrets, clock),
            calls=calls,
            messages=messaging.desk.service,
            on_events=stamper.kick,
        )
        self.services = Services(
            settings=settings,
            clock=clock,
            accounts=ground.accounts,
            setup=Setup(ground.database, ground.secrets, clock, ground.accounts),
            idempotency=idempotency,
            numbers=ground.numbers,
            pools=NumberPools(ground.database),
            extensions=ground.extensions,
            money=Money.on(ground.database, mailed=ground.mail.statements),
            contacts=contacts,
            consents=Consents.on(ground.database, ground.secrets, clock),
            contactability=Contactability(ground.database, clock),
            audio=audio,
            recordings=recordings,
            recording_links=RecordingLinks(ground.secrets, clock),
            calls=calls,
            campaigns=Campaigns.on(ground.database, clock, calls=calls, jobs=campaign_jobs),
            saved_flows=saved_flows,
            verifications=verifications,
            caller_ids=CallerIdProofs(ground.database, clock, verifications=verifications, on_events=stamper.kick),
            call_limits=CallLimitService(ground.database, clock),
            approvals=open_approvals(ground.database, on_events=stamper.kick),
            call_queries=CallQueries(ground.database),
            messages=messaging.desk,
            gateways=messaging.gateways,
            emails=EmailDesk.on(
                ground.database, ground.secrets, bring=ground.mail.bring_text if ground.mail.delivers else None
            ),
            mailed_reports=MailedReports(ground.database),
            courses=CallCourses(ground.database),
            orders=OrderService(ground.database),
            events=EventQueries(ground.database, event_bell),
            webhooks=WebhookQueries(ground.database),
            voices=speaker.catalogue,
            samples=VoiceSamples(speaker, key=ground.secrets.derived("voice samples"), now=clock.now),
            limits=RequestLimits(
                settings.requests_per_second,
                address_per_second=settings.address_requests_per_second,
                storage=hits,
            ),
            ready=ready,
            counts=counts,
            metrics=metrics.text,
            capabilities=capabilities,
            trunk_lines=None if self._node is None else TrunkDesk(self._node),
            trials=FlowTrials(voice=SpokenVoice(speaker), audio=audio.shelf, answers=answers, clock=clock),
        )
        deliveries.render_by(renderers(self.services))
        await self._start_http()

    def heard(self, number: str) -> list[Path]:
        """Return what the lab's handset of this number recorded, oldest first."""
        return self._node.heard(number) if self._node is not None else []

    def _restarts(self) -> dict[str, int]:
        restarts = self._node.restarts if self._node is not None else {}
        return restarts if self._postgres is None else {**restarts, "postgresql": self._postgres.restarts}

    async def run_until(self, stop: asyncio.Event) -> None:
        """Return when ``stop`` is set."""
        await stop.wait()

    async def stop(self) -> None:
        """Stop all parts in the reverse order; a part that fails does not keep the others running."""
        while self._stops:
            name, stop, _ = self._stops.pop()
            await self._attempt(name, stop)

    async def release_all(self) -> None:
        """End this process's parts and leave PostgreSQL, Asterisk and the calls in the air to the next start."""
        while self._stops:
            name, _, release = self._stops.pop()
            await self._attempt(name, release)

    def hurry(self) -> None:
        """Wait no longer for calls and requests; what still runs is ended."""
        self._hurried.set()
        if self._server is not None:
            self._server.force_exit = True

    @staticmethod
    async def _attempt(name: str, stop: Stop) -> None:
        try:
            await stop()
        except Exception:
            log.exception("%s did not stop cleanly", name)

    async def _unless_hurried(self, work: Awaitable[None]) -> None:
        tasks = [asyncio.ensure_future(work), asyncio.ensure_future(self._hurried.wait())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _start_database(self) -> Ground:
        settings = self.settings
        url = settings.database_url
        if url is None:
            postgres = self._postgres = EmbeddedPostgres(settings.data_dir, settings.cache_dir)
            await self._run("PostgreSQL", postgres.start, postgres.stop, postgres.release)
            url = postgres.url
        await migrate(url)
        ground = await lay_ground(settings, url, pool_size=20)
        self._on_stop("database connections", ground.database.close)
        return ground

    def _open_contacts(self, ground: Ground, clock: SystemClock, jobs: Jobs) -> Directory:
        contacts = Directory.on(
            ground.database,
            clock,
            data_dir=self.settings.data_dir.absolute(),
            enqueue=jobs.enqueue,
            traces=[
                *(RecordingTraces(clock), MessageTraces(), CallTraces()),
                *(CampaignTraces(), OrderTraces(), ConsentTraces()),
            ],
        )
        contacts.register(jobs)
        return contacts

    async def _open_audio(
        self,
        ground: Ground,
        speaker: Speaker,
        client: GuardedClient,
        jobs: Jobs,
        clock: SystemClock,
        recordings: Recordings,
        stamper: Stamper,
    ) -> AudioLibrary:
        room = AudioRoom.on(
            ground.database,
            ground.secrets,
            clock,
            data_dir=self.settings.data_dir.absolute(),
            speaker=speaker,
            client=client,
            recordings=recordings,
            enqueue=jobs.enqueue,
            on_events=stamper.kick,
        )
        await room.tidy()
        room.library.register(jobs)
        await self._run("audio by phone", room.phone.start, room.phone.stop)
        return room.library

    def _open_recogniser(
        self, ground: Ground, speaker: Speaker, clock: SystemClock, jobs: Jobs, recordings: Recordings
    ) -> AnswerMeans:
        """Return what understands words; its processes start when the first call listens.

        Recordings are written down where it understands more than the words that a flow expects.
        """
        settings = self.settings
        recogniser = Recogniser(
            find_models(settings.recogniser, settings.recogniser_models), workers=settings.recogniser_workers
        )
        self._on_stop("the recogniser of words", recogniser.close)
        if can_transcribe(recogniser.models):
            work = transcriber(
                ground.database,
                recordings,
                models=recogniser.models,
                language_of=speaker.catalogue.language_of,
            )
            jobs.every("recordings.transcribe", "* * * * *", work.run)
        return AnswerMeans(recogniser=recogniser, clock=clock, language_of=speaker.catalogue.language_of)

    async def _start_telephony(
        self,
        ground: Ground,
        speaker: Speaker,
        audio: AudioLibrary,
        clock: SystemClock,
        answers: AnswerMeans,
        *,
        on_events: Callable[[], None],
        on_webhooks: Callable[[], None],
    ) -> tuple[AsteriskEngine, EngineCaller]:
        settings = self.settings
        application = f"cw-{settings.node}"
        voice = SpokenVoice(speaker)
        ensure_trunk: Callable[[str], Awaitable[None]] | None = None
        signs = False
        recorders: Recorders | None = None

        async def say(text: str) -> list[Path]:
            return await speaker.render(SpeechRequest(text=text))

        if settings.asterisk_urls is not None:
            if "," in settings.asterisk_urls:
                raise SetupError("CALLWRIGHT_ASTERISK_URLS: one node a process for now; start another with its own URL")
            client = AriClient(application, url=settings.asterisk_urls)
            engine = AsteriskEngine(node=settings.node, connection=client)
            await self._run("the control connection", client.start, client.stop)
        else:
            await self._declare_lab(ground)
            node = EngineNode(
                settings,
                trunks=lambda: trunks_of_engine(ground.numbers.trunks),
                extensions=lambda: extensions_of_engine(ground.extensions),
            )
            self._node = node
            ensure_trunk, signs = node.ensure_trunk, node.signs
            client = AriClient(application, url=node.control_url)
            engine = AsteriskEngine(
                node=settings.node, connection=client, past_calls=node.past_calls, recordings=node.recordings
            )
            recorders = Recorders.on(
                ground.database, clock, node=settings.node, folder=node.recordings, sounds=node.sounds,
                on_events=on_events, on_webhooks=on_webhooks,
                transcribes=can_transcribe(answers.recogniser.models),
            )  # fmt: skip
            await self._run("recordings", recorders.collector.start, recorders.collector.stop)
            await self._run("Asterisk", lambda: node.start(say), node.stop, node.release)
            await self._run("the control connection", client.start, client.stop)
        detectors = DetectorProcess() if settings.machine_detector == "own" else NoDetectors()
        self._on_stop("the detector of answering machines", detectors.close)
        return engine, EngineCaller(
            engine,
            ledger=PatientLedger(
                CallLedger(ground.database, clock, on_events=on_events, on_webhooks=on_webhooks), clock
            ),
            voice=voice,
            clock=clock,
            ensure_trunk=ensure_trunk,
            transfers=CallTransfers(ground.database, signs=signs),
            open_sealed=ground.secrets.open,
            audio=audio.shelf,
            signs=signs,
            detectors=detectors,
            words=GreetingWords(answers),
            answers=answers,
            recording=None if recorders is None else recorders.means,
            preparing=Preparing(speaker),
        )

    async def _start_engine_changes(self, engine: AsteriskEngine, caller: EngineCaller, dialer: Dialer) -> None:
        if self._node is not None:
            changer = EngineChanger(
                self._node,
                caller,
                cache_dir=self.settings.cache_dir,
                live=lambda: dialer.live,
                connected=engine.wait_connected,
                interrupt=engine.interrupt,
            )
            await self._run("engine changes", changer.start, changer.stop)

    async def _declare_lab(self, ground: Ground) -> None:
        """Make the lab a trunk that carries every organisation's sandbox calls, and only those."""
        if self.settings.lab:
            await ground.numbers.trunks.add(
                await _operator(ground.accounts),
                NewTrunk(
                    name=LAB_TRUNK,
                    kind="lab",
                    host="127.0.0.1",
                    port=self.settings.internal_port_base + 3,
                    shared=True,
                    channels=LAB_CHANNELS,
                    calls_per_second=LAB_CALLS_PER_SECOND,
                ),
                replace=True,
            )

    async def _start_http(self) -> None:
        where = listening(self.settings)
        app = create_app(self.services)
        Site().install(app)
        server = self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=where.host,
                port=where.port,
                ssl_certfile=where.cert,
                ssl_keyfile=where.key,
                # uvicorn would believe anybody on this machine
                proxy_headers=bool(where.proxies),
                forwarded_allow_ips=list(where.proxies),
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=3,
                # longer than clients and proxies keep a connection: a request on one that we close is lost
                timeout_keep_alive=75,
            )
        )
        # signals are ours: uvicorn would end the process without the order of stopping
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
        task = asyncio.create_task(server.serve(), name="http")

        async def stop() -> None:
            # event streams end by themselves: they would hold the server for its whole time limit
            self.services.closing.set()
            server.should_exit = True
            await task

        self._on_stop("HTTP", stop)
        while not server.started:
            if task.done():
                raise SetupError(f"HTTP cannot listen on {where.host}:{where.port}")
            await asyncio.sleep(0.01)

    async def _run(
        self, name: str, start: Callable[[], Awaitable[object]], stop: Stop, release: Stop | None = None
    ) -> None:
        self._on_stop(name, stop, release)
        await start()

    def _on_stop(self, name: str, stop: Stop, release: Stop | None = None) -> None:
        self._stops.append((name, stop, release or stop))


def _capabilities(engine: AsteriskEngine, answers: AnswerMeans) -> frozenset[str]:
    """Return what flows may use here."""
    missing = frozenset() if engine.recordings is not None else frozenset({"record"})
    return CAPABILITIES - missing | answers.recogniser.models.capabilities


def _place(settings: Settings) -> Listening:
    """Return where we listen, with the data directory there and the port free; raises ``SetupError``."""
    where = listening(settings)
    make_data_dir(settings)
    check_port_is_free(where.host, where.port)
    return where


def _keep_house(
    jobs: Jobs, ground: Ground, *, idempotency: Idempotency, hits: object, speaker: Speaker, recordings: Recordings
) -> None:
    """Forget, by the clock, what nobody needs any more; send the appliance's own mails."""
    ground.mail.register(jobs)
    if ground.mail.delivers:
        mailed = MailedReports(ground.database)
        jobs.every("campaigns.mail_reports", "* * * * *", lambda: mailed.look(ground.mail.bring_results))
    jobs.every("idempotency.forget", "17 * * * *", idempotency.delete_old)
    jobs.every("sessions.forget", "23 * * * *", ground.accounts.forget_old)
    if isinstance(hits, PostgresStorage):
        jobs.every("request_hits.forget", "37 * * * *", hits.sweep)
    jobs.every("speech.sweep", "43 * * * *", speaker.sweep)
    jobs.every("recordings.forget", "11 * * * *", recordings.forget_old)
    reports = OrderReports(ground.database, mail=ground.mail, messages=MessageService(ground.database))
    jobs.every("orders.reports", "* * * * *", reports.send_due)


async def _operator(accounts: AccountService) -> str:
    """Return the id of the operator's organisation, made at the first start."""
    for organisation in await accounts.organisations():
        if organisation.name == OPERATOR:
            return organisation.id
    return (await accounts.create_organisation(OPERATOR)).id


_tasks: set[asyncio.Task[None]] = set()


def _spawn(work: Awaitable[None]) -> None:
    """Run ``work`` on its own; kept until it ends."""
    task = asyncio.ensure_future(work)
    assert isinstance(task, asyncio.Task)  # noqa: S101  (a coroutine always becomes a task)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
