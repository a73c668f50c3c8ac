"""What the API needs of the rest; the appliance puts it together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from callwright.accounts.idempotency import Idempotency
from callwright.accounts.service import AccountService
from callwright.accounts.setup import Setup
from callwright.api.native.call_flows import FlowCache
from callwright.api.native.observing import RequestCounts
from callwright.api.native.ratelimits import RequestLimits
from callwright.api.native.trial_lines import Trials
from callwright.api.native.trunk_lines import TrunkLines
from callwright.approvals.service import ApprovalService
from callwright.audio.library import AudioLibrary
from callwright.billing.service import Money
from callwright.callflows.service import SavedFlows
from callwright.calls.contactability import Contactability
from callwright.calls.course import CallCourses
from callwright.calls.limits import CallLimitService
from callwright.calls.queries import CallQueries
from callwright.calls.service import CallService
from callwright.campaigns.desk import Campaigns
from callwright.campaigns.mailed_reports import MailedReports
from callwright.clock import Clock
from callwright.consents.service import Consents
from callwright.contacts.directory import Directory
from callwright.events.deliveries import WebhookQueries
from callwright.events.queries import EventQueries
from callwright.messages.desk import Messages
from callwright.messages.email_desk import EmailDesk
from callwright.messages.gateways.service import GatewayHooks
from callwright.numbers.extensions import Extensions
from callwright.numbers.pools import NumberPools
from callwright.numbers.service import NumberService
from callwright.orders.service import OrderService
from callwright.recordings.links import RecordingLinks
from callwright.recordings.service import Recordings
from callwright.settings import Settings
from callwright.speech.samples import VoiceSamples
from callwright.speech.tts.voices import VoiceCatalogue
from callwright.verifications.caller_ids import CallerIdProofs
from callwright.verifications.service import VerificationService


@dataclass(frozen=True, kw_only=True)
class Services:
    """The domain services behind the routes."""

    settings: Settings
    clock: Clock
    accounts: AccountService
    setup: Setup
    idempotency: Idempotency
    numbers: NumberService
    pools: NumberPools
    extensions: Extensions
    contacts: Directory
    consents: Consents
    contactability: Contactability
    money: Money
    audio: AudioLibrary
    recordings: Recordings
    recording_links: RecordingLinks
    calls: CallService
    campaigns: Campaigns
    saved_flows: SavedFlows
    call_limits: CallLimitService
    approvals: ApprovalService
    verifications: VerificationService
    caller_ids: CallerIdProofs
    call_queries: CallQueries
    #: Texts and emails, with their routes, senders and templates.
    messages: Messages
    emails: EmailDesk
    mailed_reports: MailedReports
    courses: CallCourses
    orders: OrderService
    events: EventQueries
    webhooks: WebhookQueries
    voices: VoiceCatalogue
    samples: VoiceSamples
    #: Parts of the appliance and whether each can be used now, for ``/readyz``.
    ready: Callable[[], Mapping[str, bool]]
    #: Takes what providers of texts call us with; ``None`` where nothing is sent.
    gateways: GatewayHooks | None = None
    limits: RequestLimits = field(default_factory=RequestLimits)
    flows: FlowCache = field(default_factory=FlowCache)
    #: Requests answered, for ``/metrics``.
    counts: RequestCounts = field(default_factory=RequestCounts)
    #: The whole of ``/metrics`` as text; none where nothing is measured.
    metrics: Callable[[], Awaitable[str]] | None = None
    #: What legs can do beyond playing and hearing digits (``telephony.port.Capability`` values, ``sms``, ``email``).
    capabilities: frozenset[str] = frozenset()
    #: Runs flows without a telephone; ``None`` where no calls are placed.
    trials: Trials | None = None
    #: Asks the engine about trunks; ``None`` where it is not ours.
    trunk_lines: TrunkLines | None = None
    #: Set when the server is about to stop: streams end, so that it need not wait for their readers.
    closing: asyncio.Event = field(default_factory=asyncio.Event)


async def _provided(request: Request) -> Services:
    # a plain function would be run in a thread for each request
    services: Services = request.app.state.services
    return services


Provided = Annotated[Services, Depends(_provided)]
